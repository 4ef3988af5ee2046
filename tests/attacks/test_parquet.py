"""Parquet files that an enemy made: bombs, lies, columns twice or of another kind, rows as metadata."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.engine.check import check
from fedcli.engine.draft import draft
from fedcli.engine.opening import open_source
from fedcli.errors import DataFault
from fedcli.model.checked import Checked
from fedcli.model.dataset import Dictionary
from fedcli.model.vault import Source
from tests.workflows.acts import SOUTH, south

KEY = "00" * 32
COLUMNS = {"age": {"type": "integer"}, "sex": {"type": "text", "levels": ["female", "male"]}}
AGREED = Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": COLUMNS}, "a test")
#: Rows, and the memory that the engine gets, in MB.
BOMB, MEMORY = 50_000_000, 200


def checked(path: Path) -> Checked:
    """A file held against the dictionary in bounded memory."""
    source = Source(kind="parquet", paths=(str(path),))
    return check(open_source(source, MEMORY, threads=1), AGREED, source, KEY)


def said(path: Path) -> list[str]:
    """The codes of what is wrong with a file: of its problems, or of the failure to read it."""
    try:
        return sorted({one.code for one in checked(path).problems})
    except DataFault as error:
        return [error.code]


def test_fifty_million_rows_in_a_small_file(tmp_path: Path) -> None:
    """Counted within the memory that the policy gives; nothing is unpacked as a whole."""
    rows = 5_000_000
    part = pa.table(
        {"age": pa.repeat(pa.scalar(70, pa.int8()), rows), "sex": pa.repeat("male", rows).dictionary_encode()}
    )
    with pq.ParquetWriter(tmp_path / "bomb.parquet", part.schema, compression="zstd") as file:
        for _ in range(BOMB // rows):
            file.write_table(part, row_group_size=rows)
    assert (tmp_path / "bomb.parquet").stat().st_size < 400_000
    found = checked(tmp_path / "bomb.parquet")
    assert (found.rows, found.problems) == (BOMB, ())


def _twice() -> pa.Table:
    table = south()
    return pa.Table.from_arrays([*table.columns, table["age"]], names=[*table.schema.names, "age"])


def _renamed(old: str, new: str, first: object = 1) -> pa.Table:
    table = _twice()
    table = table.rename_columns([*table.schema.names[:-1], new])
    return table.add_column(0, "first", pa.array([first] * len(table)))


def _beside(value: object) -> pa.Table:
    """A good table with a column that has others inside."""
    table = south()
    return table.add_column(0, "other", pa.array([value] * len(table)))


def _of(values: list[Any]) -> pa.Table:
    table = south()
    return table.set_column(table.schema.get_field_index("age"), "age", pa.array(values * len(table)))


MADE: dict[str, tuple[Callable[[], pa.Table], list[str]]] = {
    "a column twice": (_twice, ["D-TWICE"]),
    "a column twice, in large letters": (lambda: _renamed("age", "AGE"), ["D-TWICE"]),
    "the control: another column": (lambda: _renamed("age", "age_1"), []),
    "10 000 columns": (lambda: pa.table({f"c{at}": [1] for at in range(10_000)}), ["D-COLUMN"]),
    "a list": (lambda: _of([[1, 2]]), ["D-TYPE"]),
    "a structure": (lambda: _of([{"age": 1}]), ["D-TYPE"]),
    "names inside of other columns": (lambda: _beside({"age": {"age": 1, "sex": [1]}}), []),
    "lists of lists beside": (lambda: _beside({"sex": [[1, 2], [3]], "element": [4]}), []),
    "a column twice, after one with an inside": (lambda: _renamed("age", "AGE", {"sex": [1]}), ["D-TWICE"]),
    "bytes": (lambda: _of([b"\\xff\\xfe"]), ["D-TYPE"]),
    "no rows": (lambda: south().slice(0, 0), ["D-EMPTY"]),
    "no columns": (lambda: pa.table({}), ["D-FILE"]),
    "not a number": (lambda: _of([float("nan")]), []),
    "infinite": (lambda: _of([float("inf")]), []),
}


@pytest.mark.parametrize("name", MADE)
def test_a_file_of_another_form(tmp_path: Path, name: str) -> None:
    """Each is told by its code, and by no value."""
    make, wanted = MADE[name]
    pq.write_table(make(), tmp_path / "made.parquet")
    found = said(tmp_path / "made.parquet")
    assert found == wanted


def test_letters_that_stand_for_others(tmp_path: Path) -> None:
    """A name with brackets is that of one file, also where its columns are looked at one by one."""
    for name in ("part1.parquet", "part[1].parquet", "part?.parquet"):
        pq.write_table(_beside({"age": {"age": 1}}), tmp_path / name)
        assert said(tmp_path / name) == []


def lies() -> Iterator[tuple[str, bytes]]:
    """A good file with another footer length, another magic, bits changed in its footer, or a part of it."""
    data = SOUTH.read_bytes()
    footer = int.from_bytes(data[-8:-4], "little")
    for length in (0, 3, footer - 1, footer + 1, len(data), 2**31 - 1, 2**32 - 1):
        yield f"a footer of {length}", data[:-8] + length.to_bytes(4, "little") + data[-4:]
    yield "encrypted", data[:-4] + b"PARE"
    yield "no magic", data[:-4] + b"PAR0"
    lots = random.Random(3)
    for at in range(20):
        changed = bytearray(data)
        for _ in range(4):
            changed[len(data) - 8 - lots.randrange(footer)] ^= 1 << lots.randrange(8)
        yield f"a changed footer, {at}", bytes(changed)
    for tenth in range(10):
        yield f"{tenth} tenths", data[: len(data) * tenth // 10]


def test_files_that_lie(tmp_path: Path) -> None:
    """Each is refused as a file, or read as what its footer still says; the engine's words go nowhere."""
    ended = {}
    for name, data in lies():
        (tmp_path / "lie.parquet").write_bytes(data)
        ended[name] = said(tmp_path / "lie.parquet")
    assert {
        name for name, codes in ended.items() if codes not in (["D-FILE"], ["D-ENGINE"], ["D-MEMORY"])
    } <= {name for name in ended if name.startswith("a changed footer")}
    assert sum(codes == ["D-FILE"] for codes in ended.values()) > 20


def test_rows_in_the_metadata(tmp_path: Path) -> None:
    """What is told of a file is told of its columns: not of what its writer left in its metadata."""
    table = south().replace_schema_metadata({"pandas": "CANARY9434765919", "note": "S-0001-1"})
    pq.write_table(table, tmp_path / "made.parquet")
    source = Source(kind="parquet", paths=(str(tmp_path / "made.parquet"),))
    text = repr(draft(open_source(source, MEMORY), 10))
    assert "age" in text
    assert "CANARY" not in text
    assert "S-0001" not in text
