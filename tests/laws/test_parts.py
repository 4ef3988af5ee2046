"""Persons in parts: whatever fits into memory at a time, the answer is that of all persons at once."""

from __future__ import annotations

from dataclasses import replace
from typing import Any
from unittest.mock import patch

import pyarrow as pa
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.engine import parts, spread
from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.parts import KEY, WHOLE, Bin, Part
from fedcli.engine.spread import Spread
from fedcli.engine.sql import Binder
from fedcli.model.dataset import Column
from tests.laws.datasets import Case, cases
from tests.laws.engines import assert_same, assert_same_evidence, by_duck, by_memory, opened
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
Keys = list[int | None]
SIGNED = st.one_of(st.integers(-20, 20), st.integers(-(2**63), 2**63 - 1), st.none())


@pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)
@given(data=st.data(), keys=st.integers(1, 6), numbered=st.booleans())
def test_the_number_of_parts_does_not_matter(
    kind: Kind, data: st.DataObject, keys: int, numbered: bool
) -> None:
    """With room for a few persons at a time, cells and evidence are those of the engine in memory."""
    case = data.draw(cases(kind, units=["visits"]).filter(lambda case: case.dictionary.repeats))
    case = _numbered(case) if numbered else case
    split = by_duck(case, most=keys * KEY)
    for other in (by_duck(case), by_memory(case)):
        assert_same(split[0], other[0])
        assert_same_evidence(split, other)
        assert split[1].outside == other[1].outside


def _numbered(case: Case) -> Case:
    """The same with persons who are told by whole numbers, some of them below zero."""
    person = case.dictionary.columns["person"].model_copy(update={"type": "integer"})
    columns = {**case.dictionary.columns, "person": person}
    rows = [{**row, "person": 7 * int(row["person"][1:]) - 10} for row in case.rows]
    return replace(case, dictionary=case.dictionary.model_copy(update={"columns": columns}), rows=tuple(rows))


@given(keys=st.lists(st.text("abc", max_size=3) | st.none(), max_size=12), of=st.integers(1, 12))
def test_each_text_is_in_one_part(keys: list[str | None], of: int) -> None:
    """The parts together are all rows, and no key is in two; nor are those without."""
    with opened(pa.table({"key": pa.array(keys, pa.string())})) as source:
        found = parts.parts(of, 1, 1)
        assert len(found) == of
        _in_one_each(source, found, keys)


@given(keys=st.lists(SIGNED, max_size=40), room=st.integers(1, 40), bins=st.integers(1, 5))
@example(keys=[None, -3, -3, 0, 4, 4, 4, 9, 9, None], room=2, bins=3)
@example(keys=[-(2**63), 2**63 - 1, 0], room=1, bins=2)
def test_each_number_is_in_one_part(keys: Keys, room: int, bins: int) -> None:
    """The same of ranges; and none has more rows than there is room for, but for rows of one key."""
    with opened(pa.table({"key": pa.array(keys, pa.int64())})) as source, patch.object(spread, "_BINS", bins):
        source.most = room * KEY
        found = _spread(source, len(keys)).parts()
        _in_one_each(source, found, keys)
        assert all(_rows(source, part) <= room for part in found if part.of == 1 and len(found) > 1)


def test_ranges_are_read_in_pieces() -> None:
    """Where persons are written one after the other, parts are ranges, not hashes."""
    keys = [at // 2 for at in range(20_000)]
    with opened(pa.table({"key": pa.array(keys, pa.int64())})) as source:
        source.most = 1000 * KEY
        found = _spread(source, len(keys)).parts()
        assert {part.of for part in found} == {1}
        assert 20 <= len(found) <= 25


@pytest.mark.parametrize("kind", [pa.uint64(), pa.int8(), pa.decimal128(20, 0), pa.float64()], ids=str)
def test_numbers_of_any_kind(kind: Any) -> None:
    """However whole numbers are stored, and also where all are the same."""
    for keys in ([1, 2, 3, 3, None], [5, 5, 5]):
        with opened(pa.table({"key": pa.array(keys, kind)})) as source:
            source.most = KEY
            _in_one_each(source, _spread(source, len(keys)).parts(), keys)


def test_a_bin_that_does_not_fit_is_divided() -> None:
    """By a hash, within its range; the others are put together as they fit."""
    bins = [Bin(None, 1), Bin(3, 1), Bin(5, 5), Bin(9, 2)]
    assert parts.ranges(bins, 10, 20) == (
        Part(high=5),
        Part(0, 3, 5, 9),
        Part(1, 3, 5, 9),
        Part(2, 3, 5, 9),
        Part(low=9),
    )


def test_what_fits_is_asked_once() -> None:
    """Also where there are no rows; and there are never more parts than rows."""
    assert parts.parts(0, 1000, 10) == parts.parts(1, 10**12, 10) == parts.parts(10, 9, 90) == (WHOLE,)
    assert len(parts.parts(3, 10**12, 1)) == 3
    assert len(parts.parts(parts.most(400), 3, parts.most(400))) == 3
    assert parts.most(4000) == parts.most(400) == 2 * parts.most(200) == 160_000_000


def _spread(source: Opened, rows: int) -> Spread:
    return Spread(source, "key", Column(type="integer", sensitivity="identifier"), rows)


def _in_one_each(source: Opened, found: tuple[Part, ...], keys: Any) -> None:
    told = [key for part in found for (key,) in _ask(source, "SELECT DISTINCT key", part)]
    assert sorted(map(str, told)) == sorted({str(None if key is None else kept(source, key)) for key in keys})


def kept(source: Opened, key: Any) -> Any:
    """A key as the source has it."""
    return float(key) if source.is_real("key") else key


def _rows(source: Opened, part: Part) -> int:
    [(rows,)] = _ask(source, "SELECT count(*)", part)
    return int(rows)


def _ask(source: Opened, select: str, part: Part) -> list[tuple[Any, ...]]:
    binder = Binder()
    return source.ask(f"{select} FROM {TABLE}{part.where('key', binder)}", binder.values)
