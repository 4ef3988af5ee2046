"""A small made-up hospital in OMOP 5.4: as tables, as files, and as plain rows for an oracle."""

from __future__ import annotations

import random
import tomllib
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

DICTIONARY = Path(__file__).parents[2] / "configs" / "dictionaries" / "omop-5.4.toml"
DIABETES, METFORMIN, HBA1C = (201826, 443238), 1503297, 3004410
_STORED = {"integer": pa.int32(), "real": pa.float64(), "date": pa.date32()}
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
    tables = {name: _table(some, known[name]["columns"]) for name, some in rows.items()}
    if not path.suffix:
        path.mkdir(exist_ok=True)
        for name, table in tables.items():
            pq.write_table(table, path / f"{name}.parquet")
        return
    with duckdb.connect(str(path)) as made:
        for name, table in tables.items():
            made.register("given", table)
            made.execute(f"CREATE TABLE {name} AS SELECT * FROM given")


def _table(rows: list[dict[str, Any]], columns: dict[str, Any]) -> pa.Table:
    return pa.table(
        {
            name: pa.array([row.get(name) for row in rows], _STORED[column["type"]])
            for name, column in columns.items()
        }
    )
