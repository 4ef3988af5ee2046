"""Persons in parts: whatever fits into memory at a time, the answer is that of all persons at once."""

from __future__ import annotations

from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.engine import parts
from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.parts import KEY, WHOLE
from fedcli.engine.sql import Binder
from tests.laws.datasets import cases
from tests.laws.engines import assert_same, assert_same_evidence, by_duck, by_memory, duck
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]


@pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)
@given(data=st.data(), keys=st.integers(1, 6))
def test_the_number_of_parts_does_not_matter(kind: Kind, data: st.DataObject, keys: int) -> None:
    """With room for a few persons at a time, cells and evidence are those of the engine in memory."""
    case = data.draw(cases(kind).filter(lambda case: case.dictionary.repeats))
    with patch.object(parts, "MOST", keys * KEY):
        split = by_duck(case)
    for other in (by_duck(case), by_memory(case)):
        assert_same(split[0], other[0])
        assert_same_evidence(split, other)
        assert split[1].outside == other[1].outside


@given(data=st.data(), of=st.integers(1, 12))
def test_each_person_is_in_one_part(data: st.DataObject, of: int) -> None:
    """The parts together are all rows, and no person is in two."""
    case = data.draw(cases(ANALYTICS[0], cohort=False))
    with patch.object(parts, "MOST", 1):
        found = parts.parts(of, 1)
    assert len(found) == of
    with duck(case) as rows:
        told = [people for part in found for people in _people(rows._opened, part)]
    assert sorted(told) == sorted({row["person"] for row in case.rows})


def test_what_fits_is_asked_once() -> None:
    """Also where there are no rows; and there are never more parts than rows."""
    assert parts.parts(0, 1000) == parts.parts(1, 10**12) == parts.parts(1000, 1000) == (WHOLE,)
    assert len(parts.parts(3, 10**12)) == 3
    assert len(parts.parts(parts.MOST, 3)) == 3


def _people(opened: Opened, part: parts.Part) -> list[str]:
    binder = Binder()
    text = f"SELECT DISTINCT person FROM {TABLE}{part.where('person', binder)}"
    return [person for (person,) in opened.ask(text, binder.values)]
