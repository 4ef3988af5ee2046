"""Dictionaries drafted from several tables: what is guessed, what is left blank, and what is not told."""

from __future__ import annotations

import tomllib
from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.model.dataset import Dictionary
from tests.workflows.acts import CANARY, SOUTH, code
from tests.world import World


def clinic(folder: Path) -> Path:
    """A table of persons and two of events, one of which has no date; and one of them has many visits."""
    folder.mkdir()
    persons = [f"p{at:03}" for at in range(40)]
    pq.write_table(pa.table({"id": persons, "sex": ["f", "m"] * 20}), folder / "persons.parquet")
    who = [*persons, *["p000"] * 40]
    visits = {
        "ID": who,
        "until": [date(2025, 2, 1 + at % 28) for at in range(80)],
        "start_day": [date(2025, 1, 1) + timedelta(days=at) for at in range(80)],
        "ward": [*["a"] * 20, *["b"] * 20, *[CANARY] * 40],
        "cost": [at / 2 for at in range(80)],
    }
    pq.write_table(pa.table(visits), folder / "visits.parquet")
    pq.write_table(pa.table({"who": persons, "code": [at % 2 for at in range(40)]}), folder / "codes.parquet")
    return folder


def database(folder: Path) -> Path:
    """The same tables in a database."""
    with duckdb.connect(str(folder.parent / "clinic.duckdb")) as engine:
        for one in folder.iterdir():
            engine.execute(f"CREATE TABLE {one.stem} AS FROM read_parquet('{one}')")
    return folder.parent / "clinic.duckdb"


@pytest.mark.parametrize("kept", [lambda folder: folder, database], ids=["folder", "database"])
def test_a_draft_of_several_tables(world: World, tmp_path: Path, kept: Callable[[Path], Path]) -> None:
    """Persons and their events, with whose they are and when guessed; a level that one person has is none."""
    place = kept(clinic(tmp_path / "clinic"))
    words = ["data", "draft-dictionary", str(place), "--name", "clinic", "--table", "persons"]
    text = world.ok(*words, "--events", "visits").out
    assert CANARY not in text
    drafted = Dictionary.read(tomllib.loads(text), "a draft")
    assert (drafted.unit, drafted.person_id, drafted.own_table) == ("person", "id", "persons")
    events = (drafted.tables or {})["visits"]
    assert (events.person_id, events.date) == ("ID", "start_day")
    assert events.columns["ward"].levels == ("a", "b")
    ended = world.ok(*words, "--events", "visits", "--events", "codes")
    assert "codes: it has no date" in ended.err
    assert "# person_id = " in ended.out
    assert ended.out.count("GUESS: named as") == 1


def test_a_draft_of_tables_that_are_not_there(world: World, tmp_path: Path) -> None:
    """A table without a file, a name that is none, one that is there twice, and a file for a folder."""
    place = clinic(tmp_path / "clinic")
    words = ["data", "draft-dictionary", str(place), "--table", "persons", "--format", "json"]
    for events, told in ((["drugs"], "D-MISSING"), (["a b"], "D-TABLES"), (["visits", "VISITS"], "D-TABLES")):
        more = [word for one in events for word in ("--events", one)]
        assert code(world.cli(*words, *more)) == told
    ended = world.cli("data", "draft-dictionary", str(SOUTH), "--events", "visits", "--format", "json")
    assert code(ended) == "D-TABLES"
