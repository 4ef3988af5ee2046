"""The same run with and without a person: nothing that leaves the vault differs, but for the noisy cells.

Whatever is random anyway (salts, seals, names of snapshots) is masked; what is masked is listed here, and a
control shows that an exact release does not pass.
"""

from __future__ import annotations

import json
import re
import sqlite3
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.workflows.acts import own_data, run, south, tree
from tests.workflows.conftest import ALONE
from tests.workflows.private import COUNT, MEAN, TABLE, contribution, make_private, private_text
from tests.world import World, copied, query_text

#: Random in every run: a salt, a seal, the name of a snapshot, and every digest or signature over one.
_RANDOM = re.compile(rb"s-[0-9a-f]{12}|[0-9a-f]{64}|[A-Za-z0-9+/]{40,}={0,2}")
#: What a site measures of its own data before any run, for the eyes of its people.
_MEASURED = ("snapshot",)

ANALYSES = (COUNT, TABLE, MEAN, 'id = "h"\nanalytic = "histogram"\ncolumn = "bmi"\nedges = [15, 25, 35]')


def table_of(change: str) -> pa.Table:
    """The data of south without somebody, or with somebody whom no dictionary would let in."""
    table = south()
    someone = table.column("patient_id")[0]
    if change == "one person fewer":
        return table.filter(pc.not_equal(table.column("patient_id"), someone))
    mine = table.filter(pc.equal(table.column("patient_id"), someone))
    place = mine.schema.get_field_index("age")
    old = mine.set_column(place, "age", pa.array([9999] * mine.num_rows, mine.schema.field("age").type))
    place = old.schema.get_field_index("smoking")
    odd = old.set_column(place, "smoking", pa.array(["a word"] * old.num_rows, pa.string()))
    return pa.concat_tables([table.filter(pc.not_equal(table.column("patient_id"), someone)), *[odd] * 40])


def left(world: World, query: str, before: dict[str, bytes]) -> dict[str, Any]:
    """Everything that a run left behind outside the vault, with what is random anyway masked."""
    release, values = contribution(world, query)
    files = {name: data for name, data in tree(world.folder).items() if before.get(name) != data}
    told = {
        name: len(data) if name.endswith(".sealed") else _masked(data)
        for name, data in files.items()
        if not name.endswith(("site.db", ".parquet"))
    }
    return {
        "files": told,
        "statement": _masked(release.canonical()),
        "values": _cells(values.json_value()),
        "book": _book(world.folder / "south" / "state" / "site.db"),
    }


def _masked(data: bytes) -> bytes:
    """A DSSE envelope is base64 of what the release says, which is looked at by itself."""
    return _RANDOM.sub(b"*", data)


def _cells(value: Any) -> Any:
    """Values with noisy numbers masked: only their place and that they are numbers is left."""
    if isinstance(value, dict) and value.get("kind") == "noisy":
        cells = {name: [type(cell) in (int, float) for cell in row] for name, row in value["cells"].items()}
        return {**value, "cells": cells}
    if isinstance(value, dict):
        return {name: _cells(one) for name, one in value.items()}
    return [_cells(one) for one in value] if isinstance(value, list) else value


def _book(path: Path) -> dict[str, list[Any]]:
    """The tables of a site's book, but for what it measured of its own data."""
    found: dict[str, list[Any]] = {}
    where = str(path.parents[2]).encode()
    with sqlite3.connect(path) as connection:
        for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'").fetchall():
            if name not in _MEASURED:
                found[name] = [_row(name, row, where) for row in connection.execute(f"SELECT * FROM {name}")]
    return found


def _row(table: str, row: tuple[Any, ...], where: bytes) -> tuple[Any, ...]:
    if table == "answer":
        return (_cells(json.loads(row[2])),)
    if table == "release":
        return (*row[:9], _masked(row[9]), len(row[10]), row[11])
    masked = (one.encode() if isinstance(one, str) else one for one in row)
    return tuple(_masked(one.replace(where, b"")) if isinstance(one, bytes) else one for one in masked)


def played(alone: World, folder: Path, change: str, text: str, prepare: Callable[[World], object]) -> Any:
    """One run on the data of south, or on neighbouring data; what it said, and what it left."""
    world = copied(alone, folder / (change.replace(" ", "-") or "as-it-is"))
    prepare(world)
    file = own_data(world)
    table = table_of(change) if change else south()
    pq.write_table(table, file, compression="none")  # so that the site meets new data in either case
    query = world.submit(text)
    before = tree(world.folder)
    ended = run(world, "south")
    return (ended.exit, ended.out, ended.err, left(world, query, before))


CHANGES = ("one person fewer", "somebody whom no dictionary lets in")


@pytest.mark.parametrize("change", CHANGES)
def test_nothing_but_noisy_cells_differs(alone: World, tmp_path: Path, change: str) -> None:
    """Exit, words, files and their lengths, the log, charges, answers and releases are the same."""

    def prepare(world: World) -> None:
        make_private(world, "south")

    text = private_text(*ANALYSES, rho="0.4")
    with_them, without = (played(alone, tmp_path, one, text, prepare) for one in ("", change))
    assert with_them == without
    assert with_them[0] == 0


def test_an_exact_release_does_not_pass(alone: World, tmp_path: Path) -> None:
    """The control: the same comparison finds one person in exact values."""
    text = query_text(*ANALYSES, **ALONE)
    first, other = (played(alone, tmp_path, one, text, lambda _: None) for one in ("", CHANGES[0]))
    assert first[3]["values"] != other[3]["values"]
