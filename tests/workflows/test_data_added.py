"""Data that does not meet the dictionary is not taken in: a code, no value, and nothing kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.workflows.acts import CANARY, SOUTH, code, edit, south, with_value, written
from tests.world import SAMPLE, SITES, World

HOSTILE: dict[str, tuple[Callable[[], pa.Table], str, str | None]] = {
    "undeclared level": (lambda: with_value("smoking", CANARY), "D-LEVEL", "smoking"),
    "level in another case": (lambda: with_value("sex", "Female"), "D-LEVEL", "sex"),
    "out of bounds": (lambda: with_value("age", 777), "D-BOUNDS", "age"),
    "no person": (lambda: with_value("patient_id", None), "D-KEY", "patient_id"),
    "no row key": (lambda: with_value("visit_id", None), "D-KEY", "visit_id"),
    "repeated key": (lambda: with_value("visit_id", "S-0001-1"), "D-REPEATS", "visit_id"),
    "too many rows": (lambda: _of_one_person(9), "D-ROWS", "patient_id"),
    "fraction": (lambda: with_value("age", 45.5, kind=pa.float64()), "D-INTEGER", "age"),
    "text for a number": (lambda: _cast("age", pa.string()), "D-TYPE", "age"),
    "column missing": (lambda: south().drop_columns(["bmi"]), "D-COLUMN", "bmi"),
    "column in another case": (lambda: south().rename_columns(_upper("bmi")), "D-COLUMN", "bmi"),
    "no rows": (lambda: south().slice(0, 0), "D-EMPTY", None),
}


def _of_one_person(rows: int) -> pa.Table:
    table = south()
    people = table.column("patient_id").to_pylist()
    people[:rows] = [people[0]] * rows
    return table.set_column(0, "patient_id", pa.array(people))


def _cast(column: str, kind: pa.DataType) -> pa.Table:
    table = south()
    return table.set_column(table.schema.get_field_index(column), column, pc.cast(table.column(column), kind))


def _upper(column: str) -> list[str]:
    return [name.upper() if name == column else name for name in south().column_names]


@pytest.mark.parametrize("name", HOSTILE)
def test_data_that_does_not_meet_the_dictionary(world: World, name: str) -> None:
    """Each fault has its code and column, exit 9, no value in the text, and changes nothing."""
    make, wanted, column = HOSTILE[name]
    file = world.folder / "data.parquet"
    pq.write_table(make(), file)
    before = written(world, "south")
    ended = world.cli("data", "add", "cohort", str(file), "--format", "json", home="south")
    assert (ended.exit, code(ended)) == (9, wanted)
    [problem] = ended.data["problems"]
    assert (problem["code"], problem["column"] if column else None) == (wanted, column)
    assert CANARY not in ended.text
    assert written(world, "south") == before


def test_all_faults_are_told_at_once(world: World) -> None:
    """Two faults in one file are two problems, with the number of their rows."""
    table = with_value("smoking", CANARY)
    ages = table.column("age").to_pylist()
    ages[:2] = [777, 888]
    file = world.folder / "data.parquet"
    pq.write_table(table.set_column(4, "age", pa.array(ages, type=table.schema.field("age").type)), file)
    ended = world.cli("data", "add", "cohort", str(file), "--format", "json", home="south")
    found = {(one["code"], one["column"], one["rows"]) for one in ended.data["problems"]}
    assert found == {("D-LEVEL", "smoking", 1), ("D-BOUNDS", "age", 2)}


def _half(path: Path, source: Path) -> Path:
    data = source.read_bytes()
    path.write_bytes(data[: len(data) // 2])
    return path


def _with_log(path: Path) -> Path:
    path.write_bytes(SITES["east"].read_bytes())
    path.with_name(f"{path.name}.wal").write_bytes(b"more")
    return path


def _text(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


def _folder(path: Path) -> Path:
    path.mkdir()
    return path


def _copy(path: Path, source: Path) -> Path:
    path.write_bytes(source.read_bytes())
    return path


FILES: dict[str, tuple[Callable[[Path], Path], tuple[str, ...], str]] = {
    "missing": (lambda at: at / "none.parquet", (), "D-MISSING"),
    "empty folder": (lambda at: _folder(at / "none"), (), "D-MISSING"),
    "truncated": (lambda at: _half(at / "half.parquet", SOUTH), (), "D-FILE"),
    "empty": (lambda at: _text(at / "none.parquet", ""), (), "D-FILE"),
    "not Parquet": (lambda at: _text(at / "text.parquet", f"patient_id\n{CANARY}\n"), (), "D-FILE"),
    "truncated database": (
        lambda at: _half(at / "half.duckdb", SITES["east"]),
        ("--table", "cohort"),
        "D-FILE",
    ),
    "open write-ahead log": (lambda at: _with_log(at / "open.duckdb"), ("--table", "cohort"), "D-WAL"),
    "database without table": (lambda at: _copy(at / "east.duckdb", SITES["east"]), (), "D-MIXED"),
    "files with table": (lambda at: SOUTH, ("--table", "cohort"), "D-MIXED"),
    "no such table": (
        lambda at: _copy(at / "east.duckdb", SITES["east"]),
        ("--table", 'x"; DROP'),
        "D-TABLE",
    ),
}


@pytest.mark.parametrize("name", FILES)
def test_files_that_are_no_dataset(world: World, name: str) -> None:
    """A file that cannot be a dataset gives exit 9 with its code, and changes nothing."""
    make, more, wanted = FILES[name]
    path = make(world.folder)
    before = written(world, "east")
    ended = world.cli("data", "add", "cohort", str(path), *more, "--format", "json", home="east")
    assert (ended.exit, code(ended)) == (9, wanted)
    assert CANARY not in ended.text
    assert ended.document["hint"]
    assert written(world, "east") == before


def test_unknown_dataset(world: World) -> None:
    """A dataset that the federation does not have is refused with those that it has."""
    ended = world.cli("data", "add", "cohrt", str(SOUTH), "--format", "json", home="south")
    assert (ended.exit, code(ended)) == (3, "Q-DATASET")
    assert "cohort" in ended.document["message"]


def test_another_dictionary(world: World) -> None:
    """A dictionary that is not the agreed one is refused before any data are opened."""
    file = world.folder / "cohort.toml"
    file.write_text((SAMPLE / "cohort.toml").read_text())
    edit(file, "[18, 100]", "[18, 110]")
    words = ("data", "add", "cohort", "/nowhere.parquet", "--dictionary", str(file), "--format", "json")
    ended = world.cli(*words, home="south")
    assert (ended.exit, code(ended)) == (3, "C-DICTIONARY")


def test_the_agreed_dictionary(world: World) -> None:
    """The agreed dictionary may be named."""
    world.ok("data", "add", "cohort", str(SOUTH), "--dictionary", str(SAMPLE / "cohort.toml"), home="south")


def test_a_draft_with_a_bad_name(world: World) -> None:
    """A name that no dataset can have is a mistake on the command line, not a bug."""
    ended = world.cli("data", "draft-dictionary", str(SOUTH), "--name", "My Data", "--format", "json")
    assert (ended.exit, code(ended)) == (2, "U-NAME")


def test_a_draft_is_a_dictionary(world: World) -> None:
    """What is drafted can be read as a dictionary, and shows no level that few rows have."""
    table = with_value("smoking", CANARY)
    file = world.folder / "data.parquet"
    pq.write_table(table, file)
    text = world.ok("data", "draft-dictionary", str(file)).out
    assert CANARY not in text
    drafted = world.folder / "drafted.toml"
    drafted.write_text(text)
    world.ok("federation", "dataset", "add", str(drafted), home="federation")
