"""The scenario `hospitals`: synthetic visits at three hospitals.

What is assumed, hospital by hospital, is in `HOSPITALS`; what is assumed of all persons:

- A person belongs to one hospital and has 1 to 6 visits in 2023 and 2024, one row each. Sex, diabetes,
  a prior infarction, the rare disease and the statin are the person's and the same at every visit; age
  is in full years at the visit. Smoking, body mass and blood pressure are taken at the visit.
- Diabetes becomes likelier with age and body mass, a prior infarction with age, in men, with diabetes
  and in smokers, a statin after an infarction and with diabetes and age. Systolic pressure rises with
  age, body mass and diabetes, and in the emergency department. Some smokers quit between visits.
- The rare lung disease has 22 in 1000 women and 6 in 1000 men, whatever else is true of them.
  The number in `SEED` is the first with which, in the cohort of the query `2-rare`, each hospital has
  between 1 and 9 men with the disease, east 1 to 9 women, and north and south 10 women or more.
- Values are missing at random. Each hospital writes a missing value down in its own way: as null, as
  NaN, or as a code ("unknown", "") that the dictionary declares.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta

import pyarrow as pa

from making.luck import Luck, likely
from making.scenario import Row, Scenario

SEED = "fedcli hospitals 9"
FIRST_DAY, DAYS = date(2023, 1, 1), 365 + 366
NEW_YEAR = date(2024, 1, 1)
VISITS = {1: 0.15, 2: 0.25, 3: 0.24, 4: 0.16, 5: 0.12, 6: 0.08}
SMOKING = {"never": 0.46, "ex": 0.31, "current": 0.23}

SCHEMA = pa.schema(
    {
        "patient_id": pa.string(),
        "visit_id": pa.string(),
        "visit_date": pa.date32(),
        "visit_type": pa.string(),
        "age": pa.int16(),
        "sex": pa.string(),
        "smoking": pa.string(),
        "bmi": pa.float64(),
        "sbp": pa.int16(),
        "diabetes": pa.bool_(),
        "prior_mi": pa.bool_(),
        "rare_lung": pa.bool_(),
        "statin": pa.bool_(),
    }
)


@dataclass(frozen=True)
class Hospital:
    """Who comes to a hospital, for what, and how it writes down what it does not know."""

    letter: str
    persons: int
    age: tuple[float, float]
    female: float
    bmi: float
    visit_types: Mapping[str, float]
    no_smoking: tuple[str | None, ...]
    no_bmi: tuple[float | None, ...]
    no_statin: float


HOSPITALS = {
    "north": Hospital(  # a university hospital: younger, many clinics
        letter="N",
        persons=1400,
        age=(57, 14),
        female=0.50,
        bmi=27.5,
        visit_types={"clinic": 0.66, "emergency": 0.14, "ward": 0.20},
        no_smoking=("unknown",),
        no_bmi=(None, math.nan),
        no_statin=0.0,
    ),
    "south": Hospital(  # a district hospital: heavier, some statins never written down
        letter="S",
        persons=1000,
        age=(62, 12),
        female=0.53,
        bmi=29.5,
        visit_types={"clinic": 0.48, "emergency": 0.24, "ward": 0.28},
        no_smoking=("", None),
        no_bmi=(None,),
        no_statin=0.04,
    ),
    "east": Hospital(  # a small rural hospital: older, many emergencies
        letter="E",
        persons=650,
        age=(66, 11),
        female=0.51,
        bmi=28.5,
        visit_types={"clinic": 0.36, "emergency": 0.33, "ward": 0.31},
        no_smoking=("unknown", "", None),
        no_bmi=(None,),
        no_statin=0.0,
    ),
}


@dataclass(frozen=True)
class Person:
    """What is true of a person at every visit, and around which the visits vary."""

    born: date
    sex: str
    smoking: str
    bmi: float
    sbp: float
    diabetes: bool
    prior_mi: bool
    rare_lung: bool
    statin: bool | None


def person(luck: Luck, at: Hospital) -> Person:
    """Draw a person of a hospital."""
    years = luck.bell(*at.age, low=18.5, high=96)
    male = not luck.chance(at.female)
    bmi = luck.bell(at.bmi, 4.6, low=16, high=55)
    smoking = luck.pick(SMOKING)
    older, heavier = (years - 60) / 10, bmi - 28
    diabetes = luck.chance(likely(-1.15 + 0.40 * older + 0.11 * heavier + 0.15 * male))
    current = smoking == "current"
    prior_mi = luck.chance(likely(-2.0 + 0.45 * older + 0.55 * male + 0.5 * diabetes + 0.4 * current))
    statin = luck.chance(likely(-1.1 + 0.25 * older + 2.0 * prior_mi + 0.9 * diabetes))
    return Person(
        born=FIRST_DAY - timedelta(days=int(years * 365.25)),
        sex="male" if male else "female",
        smoking=smoking,
        bmi=bmi,
        sbp=luck.bell(131 + 4.5 * older + 0.6 * heavier + 4 * diabetes, 10, low=85, high=215),
        diabetes=diabetes,
        prior_mi=prior_mi,
        rare_lung=luck.chance(0.006 if male else 0.022),
        statin=None if luck.chance(at.no_statin) else statin,
    )


def visits(luck: Luck, at: Hospital, who: Person, patient_id: str) -> Iterator[Row]:
    """Draw the rows of a person, by date."""
    days = sorted(luck.whole(DAYS) for _ in range(luck.pick(VISITS)))
    smoking = who.smoking
    for number, day in enumerate(days, 1):
        if smoking == "current" and number > 1 and luck.chance(0.08):
            smoking = "ex"
        seen = {
            "patient_id": patient_id,
            "visit_id": f"{patient_id}-{number}",
            "visit_date": FIRST_DAY + timedelta(days=day),
        }
        yield seen | traits(who, seen["visit_date"]) | measured(luck, at, who, smoking)


def traits(who: Person, today: date) -> Row:
    """What a row says of the person."""
    birthday_to_come = (today.month, today.day) < (who.born.month, who.born.day)
    known = {name: getattr(who, name) for name in ("sex", "diabetes", "prior_mi", "rare_lung", "statin")}
    return {"age": today.year - who.born.year - birthday_to_come, **known}


def measured(luck: Luck, at: Hospital, who: Person, smoking: str) -> Row:
    """What is taken at one visit, as far as it was written down."""
    visit_type = luck.pick(at.visit_types)
    bmi = round(luck.bell(who.bmi, 0.5, low=12, high=60), 1)
    sbp = round(luck.bell(who.sbp + 6 * (visit_type == "emergency"), 8, low=70, high=240))
    no_smoking = luck.one(at.no_smoking)
    no_bmi = luck.one(at.no_bmi)
    return {
        "visit_type": visit_type,
        "smoking": no_smoking if luck.chance(0.07) else smoking,
        "bmi": no_bmi if luck.chance(0.10) else bmi,
        "sbp": None if luck.chance(0.08) else sbp,
    }


def rows(site: str) -> list[Row]:
    """All visits of a hospital, person by person."""
    at, luck = HOSPITALS[site], Luck(f"{SEED} {site}")
    numbered = (f"{at.letter}-{number:04}" for number in range(1, at.persons + 1))
    return [row for patient_id in numbered for row in visits(luck, at, person(luck, at), patient_id)]


def draw() -> Iterator[list[Row]]:
    """The rows of each file; north keeps its visits of each year in a file of their own."""
    north = rows("north")
    yield [row for row in north if row["visit_date"] < NEW_YEAR]
    yield [row for row in north if row["visit_date"] >= NEW_YEAR]
    yield rows("south")
    yield rows("east")


SCENARIO = Scenario(
    name="hospitals",
    dataset="cohort",
    schema=SCHEMA,
    files=("north/part-0.parquet", "north/part-1.parquet", "south.parquet", "east.duckdb"),
    draw=draw,
)
