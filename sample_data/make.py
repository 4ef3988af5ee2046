"""Makes the scenario `hospitals`: synthetic visits at three hospitals, and the pooled answers to its queries.

    python sample_data/make.py            write what is missing or out of date
    python sample_data/make.py --check    compare what is checked in with what this script makes

Nothing here is real, and no number was estimated from data. What is assumed, hospital by hospital, is
in `HOSPITALS`; what is assumed of all persons:

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

Only `random.Random.random` is drawn from: it is the one method whose sequence Python promises to keep.
Parquet and DuckDB files differ in bytes from version to version, so their CONTENT is digested instead.
The pooled answers come from `pooled.sql`, written by hand; fedcli is not imported.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import math
import random
import re
import shutil
import sys
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

SEED = "fedcli hospitals 9"
HERE = Path(__file__).resolve().parent / "hospitals"
FILES = ("north/part-0.parquet", "north/part-1.parquet", "south.parquet", "east.duckdb")
SITES = {"north": FILES[:2], "south": FILES[2:3], "east": FILES[3:]}

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
Row = dict[str, Any]


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


class Luck:
    """Draws of one hospital."""

    def __init__(self, seed: str) -> None:
        self._next = random.Random(seed).random

    def chance(self, probability: float) -> bool:
        """Whether something of this probability happens."""
        return self._next() < probability

    def whole(self, below: int) -> int:
        """One of 0, 1, ..., below - 1."""
        return int(self._next() * below)

    def pick(self, weights: Mapping[Any, float]) -> Any:
        """A key, as likely as its weight; the weights add up to one."""
        left = self._next()
        for key, weight in weights.items():
            left -= weight
            if left < 0:
                return key
        return key

    def bell(self, mean: float, sd: float, low: float, high: float) -> float:
        """Nearly normal (the sum of twelve uniform draws), and drawn again until within the ends."""
        while True:
            drawn = mean + sd * (sum(self._next() for _ in range(12)) - 6)
            if low <= drawn <= high:
                return drawn


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


def likely(log_odds: float) -> float:
    """The probability of some log odds."""
    return 1 / (1 + math.exp(-log_odds))


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
    no_smoking = at.no_smoking[luck.whole(len(at.no_smoking))]
    no_bmi = at.no_bmi[luck.whole(len(at.no_bmi))]
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


def build(folder: Path) -> None:
    """Write the data files; north keeps its visits of each year in a file of their own."""
    north = rows("north")
    write_parquet(folder / FILES[0], [row for row in north if row["visit_date"] < NEW_YEAR])
    write_parquet(folder / FILES[1], [row for row in north if row["visit_date"] >= NEW_YEAR])
    write_parquet(folder / FILES[2], rows("south"))
    write_database(folder / FILES[3], rows("east"))


def write_parquet(path: Path, found: list[Row]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.Table.from_pylist(found, SCHEMA), path, compression="zstd")


def write_database(path: Path, found: list[Row]) -> None:
    """A table `cohort` in small blocks, with nothing left in a write-ahead log."""
    with duckdb.connect() as engine:
        engine.register("found", pa.Table.from_pylist(found, SCHEMA))
        engine.execute(f"ATTACH '{path}' AS site (BLOCK_SIZE 16384)")
        engine.execute("CREATE TABLE site.cohort AS FROM found")
        engine.execute("CHECKPOINT site")
        engine.execute("DETACH site")


def view(engine: duckdb.DuckDBPyConnection, name: str, paths: tuple[Path, ...]) -> None:
    """Make the rows of some Parquet files, or of one database, the view `name`."""
    if paths[0].suffix == ".duckdb":
        engine.execute(f"ATTACH '{paths[0]}' AS {name}_file (READ_ONLY)")
        engine.execute(f"CREATE VIEW {name} AS FROM {name}_file.cohort")
    else:
        engine.read_parquet([str(path) for path in paths]).create_view(name)


def content(path: Path) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """The names and types of a file's columns, and its rows in the order of their keys."""
    with duckdb.connect() as engine:
        view(engine, "file", (path,))
        found = engine.execute("FROM file ORDER BY visit_id, patient_id")
        return [(name, str(kind)) for name, kind, *_ in found.description], found.fetchall()


def digest(path: Path) -> str:
    """The SHA-256 of a file's columns and sorted rows, a line of JSON each."""
    columns, lines = content(path)
    text = "".join(json.dumps(line, default=str) + "\n" for line in (columns, *lines))
    return hashlib.sha256(text.encode()).hexdigest()


def digests(folder: Path) -> dict[str, str]:
    """The digest of each data file."""
    return {name: digest(folder / name) for name in FILES}


def pooled(folder: Path) -> dict[str, Any]:
    """The answers of `pooled.sql` over the data of all sites: query, analysis, scalar or table."""
    first, *parts = re.split(r"^--@ (.+)\n", (HERE / "pooled.sql").read_text(), flags=re.MULTILINE)
    found: dict[str, Any] = {}
    with duckdb.connect() as engine:
        engine.execute("SET threads = 1")
        for site, names in SITES.items():
            view(engine, site, tuple(folder / name for name in names))
        engine.execute(first)
        for heading, text in zip(parts[::2], parts[1::2], strict=True):
            query, analysis, what, name = heading.split()
            asked = found.setdefault(query, {}).setdefault(analysis, {"scalars": {}, "tables": {}})
            asked[what][name] = answer(engine.execute(text), what)
    return found


def answer(found: duckdb.DuckDBPyConnection, what: str) -> Any:
    """One number, or the names and rows of a table."""
    columns, lines = [name for name, *_ in found.description], found.fetchall()
    return lines[0][0] if what == "scalars" else {"columns": columns, "rows": [list(line) for line in lines]}


def written(value: Any) -> str:
    """JSON for people: the rows of a table are a line each."""
    text = json.dumps(value, indent=2)
    return re.sub(r"\[\s+([^\[\]{}]*?)\s+\]", lambda found: f"[{' '.join(found[1].split())}]", text) + "\n"


def same(left: Any, right: Any) -> bool:
    """Equal, but for the last digits of a real number: they depend on the order of a sum."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12)
    return type(left) is type(right) and left == right


def misfits(folder: Path) -> Iterator[str]:
    """Where the data do not meet `cohort.toml`, or a person or a visit is found twice."""
    columns = tomllib.loads((HERE / "cohort.toml").read_text())["columns"]
    sites: dict[str, str] = {}
    keys: set[str] = set()
    for site, name in ((site, name) for site, names in SITES.items() for name in names):
        heads, lines = content(folder / name)
        if [head for head, _ in heads] != list(columns):
            yield f"{name}: other columns than the dictionary's"
            continue
        for row in (dict(zip(columns, line, strict=True)) for line in lines):
            wrong = [column for column in columns if not fits(row[column], columns[column])]
            yield from (f"{name}: {column} does not meet the dictionary" for column in wrong)
            if row["visit_id"] in keys or sites.setdefault(row["patient_id"], site) != site:
                yield f"{name}: a person at two sites, or a visit twice"
            keys.add(row["visit_id"])


def fits(value: Any, column: dict[str, Any]) -> bool:
    """Whether a value is missing as declared, or of the column's type, levels and bounds."""
    not_a_number = isinstance(value, float) and math.isnan(value)
    if value is None or not_a_number or value in column.get("missing", ()):
        return column["sensitivity"] != "identifier"
    kinds = {"text": str, "integer": int, "real": float, "boolean": bool, "date": date}
    low, high = column.get("bounds", (-math.inf, math.inf))
    within = "bounds" not in column or low <= value <= high
    return type(value) is kinds[column["type"]] and value in column.get("levels", [value]) and within


def asked() -> dict[str, list[str]]:
    """The ids of the analyses of each query."""
    queries = {path.stem: tomllib.loads(path.read_text()) for path in sorted(HERE.glob("queries/*.toml"))}
    return {name: [analysis["id"] for analysis in query["analysis"]] for name, query in queries.items()}


def check(fresh: Path) -> Iterator[str]:
    """What differs between the checked-in files and those just made."""
    made, found = digests(fresh), digests(HERE)
    if json.loads((HERE / "digests.json").read_text()) != found:
        yield "digests.json: other digests than those of the files"
    changed = (name for name in FILES if found[name] != made[name])
    yield from (f"{name}: other content than this script makes" for name in changed)
    answers = json.loads((HERE / "pooled.json").read_text())
    if not same(answers, pooled(fresh)):
        yield "pooled.json: other answers than those of pooled.sql"
    if {name: list(analyses) for name, analyses in answers.items()} != asked():
        yield "pooled.json: other analyses than those of the queries"
    yield from sorted(set(misfits(HERE)))


def update(fresh: Path) -> Iterator[str]:
    """Put the files just made in place, but leave alone what has the right content already."""
    made = digests(fresh)
    for name in FILES:
        kept = HERE / name
        if not kept.exists() or digest(kept) != made[name]:
            kept.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(fresh / name, kept)
            yield f"{name}: written"
    for name, value in (("digests.json", made), ("pooled.json", pooled(fresh))):
        kept = HERE / name
        if not kept.exists() or not same(json.loads(kept.read_text()), value):
            kept.write_text(written(value))
            yield f"{name}: written"


def main() -> int:
    """Write, or with `--check` compare; 1 where the comparison fails."""
    parser = argparse.ArgumentParser(description="Make the sample data, or check what is checked in.")
    parser.add_argument("--check", action="store_true", help="compare only; exit 1 where something differs")
    only_check = parser.parse_args().check
    with tempfile.TemporaryDirectory() as folder:
        build(Path(folder))
        told = list((check if only_check else update)(Path(folder)))
    print("\n".join(told) or "hospitals: as it should be")
    return int(only_check and bool(told))


if __name__ == "__main__":
    sys.exit(main())
