"""A dataset of several tables: where its files are, what does not meet the dictionary, when it changed."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import duckdb
import pytest

from fedcli.engine.check import check
from fedcli.engine.opening import open_source
from fedcli.errors import FedcliError
from fedcli.model.checked import Checked
from fedcli.model.dataset import Dictionary
from fedcli.model.vault import Source
from fedcli.workflows.sources import look, source, tables

KEY = "cd" * 32
_ID = {"type": "integer", "sensitivity": "identifier"}
HEAD: dict[str, Any] = {
    "schema": "fedcli/dictionary/1",
    "dataset": "people",
    "unit": "person",
    "person_id": "person",
    "columns": {"person": _ID, "sex": {"type": "text", "levels": ["f", "m"]}},
}
VISITS: dict[str, Any] = {
    "person_id": "person",
    "date": "day",
    "columns": {"person": _ID, "day": {"type": "date"}, "cost": {"type": "real", "bounds": [0, 10]}},
}
DRUGS: dict[str, Any] = {"person_id": "who", "date": "day", "columns": {"who": _ID, "day": {"type": "date"}}}
DICTIONARY = Dictionary.read({**HEAD, "tables": {"visits": VISITS, "Drugs": DRUGS}}, "a test")
ROWS = {
    "people": "SELECT range AS person, 'f' AS sex FROM range(20)",
    "visits": "SELECT range % 25 AS person, DATE '2020-01-01' AS day, range / 10 AS cost FROM range(60)",
    "drugs": "SELECT range AS who, DATE '2020-01-01' AS day FROM range(3)",
}


@pytest.fixture(params=["folder", "parts", "database"])
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    """A folder with a file for each table, or a folder of files, or a database."""
    return put(tmp_path, request.param, ROWS)


def put(folder: Path, kind: str, rows: dict[str, str]) -> Path:
    """Write the tables, and say where."""
    if kind == "database":
        with duckdb.connect(str(folder / "all.duckdb")) as made:
            for name, text in rows.items():
                made.execute(f"CREATE TABLE {name} AS {text}")
        return folder / "all.duckdb"
    for name, text in rows.items():
        file = folder / f"{name}.parquet"
        if kind == "parts":
            (folder / name).mkdir(exist_ok=True)
            file = folder / name / "part-0.parquet"
        duckdb.execute(f"COPY ({text}) TO '{file}' (FORMAT parquet)")
    return folder


def checked(where: Path, dictionary: Dictionary = DICTIONARY) -> Checked:
    """What a site finds."""
    found = tables((str(where),), None, dictionary)
    opened = open_source(found, 400, 1, dictionary)
    try:
        return check(opened, dictionary, found, KEY)
    finally:
        opened.connection.close()


def test_tables_that_meet_the_dictionary(place: Path) -> None:
    """Persons are those of the dataset's own table; events of others are no fault."""
    found = checked(place)
    assert (found.problems, found.rows, found.persons) == ((), 20, 20)


@pytest.mark.parametrize(
    ("table", "text", "code", "where", "rows"),
    [
        ("visits", "SELECT 1 AS person, DATE '2020-01-01' AS day", "D-COLUMN", "visits.cost", None),
        (
            "visits",
            f"{ROWS['visits']} UNION ALL SELECT 1, DATE '2020-01-01', 11",
            "D-BOUNDS",
            "visits.cost",
            1,
        ),
        ("visits", f"{ROWS['visits']} UNION ALL SELECT NULL, NULL, 1", "D-KEY", "visits.person", 1),
        ("drugs", "SELECT 1 AS who, '2020-01-01' AS day", "D-TYPE", "Drugs.day", None),
        ("people", f"{ROWS['people']} UNION ALL SELECT 1, 'm'", "D-REPEATS", "person", 1),
    ],
)
def test_tables_that_do_not(
    tmp_path: Path, table: str, text: str, code: str, where: str, rows: int | None
) -> None:
    """The problem names its table and column, and how many rows."""
    [problem] = checked(put(tmp_path, "folder", {**ROWS, table: text})).problems
    assert (problem.code, problem.place, problem.rows) == (code, where, rows)


def test_a_table_without_rows(tmp_path: Path) -> None:
    """Nobody had an event: that can be."""
    place = put(tmp_path, "folder", {**ROWS, "drugs": f"{ROWS['drugs']} WHERE false"})
    assert checked(place).problems == ()


@pytest.mark.parametrize("kind", ["folder", "parts", "database"])
def test_a_table_that_changed(tmp_path: Path, kind: str) -> None:
    """Its rows are part of the data: another snapshot, and another look."""
    later = {**ROWS, "drugs": "SELECT range + 1 AS who, DATE '2020-01-01' AS day FROM range(3)"}
    places = []
    for name, rows in (("one", ROWS), ("other", later)):
        (tmp_path / name).mkdir()
        places.append(put(tmp_path / name, kind, rows))
    one, other = places
    assert checked(one).digest == checked(one).digest != checked(other).digest
    assert look(tables((str(one),), None, DICTIONARY)) != look(tables((str(other),), None, DICTIONARY))


def test_tables_that_changed_places(tmp_path: Path) -> None:
    """The same files as other tables are other data."""
    twice = Dictionary.read({**HEAD, "tables": {"visits": VISITS, "later": VISITS}}, "a test")
    other = "SELECT 3 AS person, DATE '2021-01-01' AS day, 1 AS cost"
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
    one = {"people": ROWS["people"], "visits": ROWS["visits"], "later": other}
    two = {**one, "visits": other, "later": ROWS["visits"]}
    digests = {
        checked(put(tmp_path / name, "folder", rows), twice).digest
        for name, rows in (("one", one), ("two", two))
    }
    assert len(digests) == 2


def test_a_table_that_is_not_there(tmp_path: Path) -> None:
    """It is said which."""
    less = {name: text for name, text in ROWS.items() if name != "visits"}
    for kind, wanted in (("folder", "D-MISSING"), ("database", "D-TABLE")):
        where = tmp_path / kind
        where.mkdir()
        with pytest.raises(FedcliError, match="visits") as refused:
            checked(put(where, kind, less))
        assert refused.value.code == wanted


def test_a_place_that_is_no_place_for_tables(tmp_path: Path) -> None:
    """Files without a folder, several places, and a table of a folder."""
    put(tmp_path, "folder", ROWS)
    file = str(tmp_path / "people.parquet")
    for paths, table in (((file,), None), ((str(tmp_path), file), None), ((str(tmp_path),), "people")):
        with pytest.raises(FedcliError) as refused:
            tables(paths, table, DICTIONARY)
        assert refused.value.code == "D-TABLES"


def test_one_table_is_as_it_was(tmp_path: Path) -> None:
    """Where the dictionary has no tables of events, nothing is added to what a vault is told."""
    put(tmp_path, "folder", {"people": ROWS["people"]})
    agreed = Dictionary.read(HEAD, "a test")
    assert tables((str(tmp_path),), None, agreed) == source((str(tmp_path),), None)
    assert b"tables" not in agreed.canonical()
    assert "events" not in source((str(tmp_path),), None).json_value()


@pytest.mark.parametrize(
    ("more", "told"),
    [
        ({"unit": "row"}, "one row for each person"),
        ({"row_key": "sex"}, "sex must have"),
        ({"table": "visits"}, "name of another"),
        ({"tables": {"sex": VISITS}}, "name of another one, or of a column"),
        ({"tables": {"v": {**VISITS, "date": "cost"}}}, "must be a date"),
        ({"tables": {"v": {**VISITS, "person_id": "cost"}}}, "identifier"),
        ({"tables": {"v": {**VISITS, "person_id": "nobody"}}}, "not among the columns"),
        ({"tables": None, "table": "people"}, "table is for a dataset with tables"),
    ],
)
def test_dictionaries_that_do_not_hold_together(more: dict[str, Any], told: str) -> None:
    """Each is refused in words."""
    value = {**HEAD, "tables": {"visits": VISITS}, **more}
    with pytest.raises(FedcliError) as refused:
        Dictionary.read({key: one for key, one in value.items() if one is not None}, "a test")
    assert told in str(refused.value.facts)


def test_a_person_id_of_another_type() -> None:
    """Tables are joined by what persons are told apart with."""
    visits = {
        **VISITS,
        "columns": {**VISITS["columns"], "person": {"type": "text", "sensitivity": "identifier"}},
    }
    with pytest.raises(FedcliError) as refused:
        Dictionary.read({**HEAD, "tables": {"visits": visits}}, "a test")
    assert "another type" in str(refused.value.facts)


def test_a_source_says_all_its_files(place: Path) -> None:
    """For the cage, which lets a vault read these and no others."""
    found: Source = tables((str(place),), None, DICTIONARY)
    assert len(found.files) == (1 if place.suffix else 3)
