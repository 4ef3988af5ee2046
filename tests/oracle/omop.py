"""A small made-up hospital in OMOP 5.4: as tables, as files, and as plain rows for an oracle."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb

DICTIONARY = Path(__file__).parents[2] / "configs" / "dictionaries" / "omop-5.4.toml"
DIABETES, METFORMIN, HBA1C = (201826, 443238), 1503297, 3004410
_STORED = {"integer": "INTEGER", "real": "DOUBLE", "date": "DATE"}
Hospital = dict[str, list[dict[str, Any]]]


def hospital(seed: int, persons: int = 500) -> Hospital:
    """Persons of whom more than half have diabetes; what is not said of an event is null."""
    lots = random.Random(seed)
    found: Hospital = {name: [] for name in ("person", *declared()["tables"])}
    for person in range(persons):
        who = {"person_id": 1000 * seed + person}
        found["person"].append(
            {
                **who,
                "gender_concept_id": lots.choice([8507, 8532]),
                "year_of_birth": lots.randint(1930, 1990),
                "month_of_birth": lots.randint(1, 12),
                "day_of_birth": lots.choice([None, lots.randint(1, 28)]),
            }
        )
        for name, event in _events(lots):
            found[name].append({**who, **event})
    return found


def _events(lots: random.Random) -> Iterator[tuple[str, dict[str, Any]]]:
    for _ in range(lots.randint(0, 6)):
        yield (
            "visit_occurrence",
            {"visit_concept_id": lots.choice([9201, 9202]), "visit_start_date": _day(lots)},
        )
    for _ in range(lots.randint(0, 3)):
        code = lots.choice([*DIABETES, 320128])
        yield "condition_occurrence", {"condition_concept_id": code, "condition_start_date": _day(lots)}
    for _ in range(lots.randint(0, 2)):
        drug = lots.choice([METFORMIN, 40164929])
        yield "drug_exposure", {"drug_concept_id": drug, "drug_exposure_start_date": _day(lots)}
    for _ in range(lots.randint(0, 2)):
        value = {"value_as_number": lots.choice([None, round(lots.gauss(7, 1), 1)])}
        yield "measurement", {"measurement_concept_id": HBA1C, "measurement_date": _day(lots), **value}


def _day(lots: random.Random) -> date:
    return date(2018, 1, 1) + timedelta(days=lots.randint(0, 1200))


def declared() -> dict[str, Any]:
    """The dictionary as it is written."""
    return tomllib.loads(DICTIONARY.read_text())


def write(rows: Hospital, path: Path) -> None:
    """A database with all tables, or a folder with a Parquet file for each."""
    known = {"person": declared()} | declared()["tables"]
    with duckdb.connect(str(path) if path.suffix else ":memory:") as made:
        for name, some in rows.items():
            columns = known[name]["columns"]
            types = ", ".join(f"{column} {_STORED[one['type']]}" for column, one in columns.items())
            made.execute(f"CREATE TABLE {name} ({types})")
            marks = ", ".join("?" * len(columns))
            if some:
                values = [[row.get(column) for column in columns] for row in some]
                made.executemany(f"INSERT INTO {name} VALUES ({marks})", values)
            if not path.suffix:
                path.mkdir(exist_ok=True)
                made.execute(f"COPY {name} TO '{path / name}.parquet' (FORMAT parquet)")
