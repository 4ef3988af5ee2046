"""Rows that keep to nothing, asked under differential privacy: what a person can move is measured on them."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from fractions import Fraction
from typing import Any

from hypothesis import assume, settings
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic, Iterative
from fedcli.engine.bounded import BoundedRows
from fedcli.errors import FedcliError
from fedcli.model.policy import Contribution
from fedcli.statistics.forms import Form
from fedcli.statistics.ranks import Ranks
from fedcli.statistics.seal import Bounded
from tests.examples import examples
from tests.laws.datasets import Case, Row, cases
from tests.laws.engines import opened, table

#: Each example asks an engine several times; `make campaign` takes away a thousand persons for each analytic.
few = settings(max_examples=examples(3, 12))
KEY = hashlib.sha256(b"a site's key").hexdigest()
PERSONS = 6

#: What no check would let in: far out of bounds, no number, a level that nobody declared.
_WILD: dict[str, st.SearchStrategy[Any]] = {
    "x": st.one_of(
        st.floats(-3000, 3000), st.sampled_from([None, math.nan, math.inf, -math.inf, 1e308, -1e308, 5e-324])
    ),
    "y": st.one_of(st.integers(-30, 30), st.sampled_from([None, 2**62, -(2**62)])),
    "k": st.sampled_from([1, 2, 3, 3, 9, 17, None]),
    "b": st.sampled_from([0, 1, 1, 2, None]),
    "t": st.sampled_from(["a", "a", "it's", "ü", "nobody", "", None]),
    "f": st.sampled_from([True, False, None]),
    "w": st.one_of(st.floats(0, 20), st.sampled_from([None, -5.0, math.nan, 1e300])),
    "u": st.one_of(st.floats(0.1, 100), st.sampled_from([None, 0.0, 1e300])),
}


@st.composite
def wild(draw: st.DrawFn, kind: type[Analytic[Any]], most: int = 24) -> tuple[Case, Contribution]:
    """A question about persons with many rows, duplicate and missing keys, and how much a person counts."""
    case = draw(cases(kind, bounded=True, noisy=True))
    values = draw(st.lists(st.fixed_dictionaries(_WILD), min_size=1, max_size=most))
    whole = case.dictionary.unit == "person"
    rows = [
        {
            "person": draw(_PERSON) if whole else f"p{at}",
            "visit": draw(st.sampled_from([f"v{at}", "v0", None])),
            **row,
        }
        for at, row in enumerate(values)
    ]
    counted = Contribution(rows=draw(st.integers(1, 4)), cells=draw(st.integers(1, 4)))
    return replace(case, rows=tuple(rows), doubles=frozenset()), counted


_PERSON = st.sampled_from([*(f"p{at}" for at in range(PERSONS)), "p0", "p0", None])


def without(case: Case, person: str | None) -> Case:
    """The same without one person; where rows are told apart by nobody, without one row."""
    return case.having([row for row in case.rows if row["person"] != person])


def persons(case: Case) -> list[str]:
    """Everybody who has a row."""
    return sorted({row["person"] for row in case.rows if row["person"] is not None})


@contextmanager
def bounded_of(
    case: Case, counted: Contribution, rows: Sequence[Row] | None = None, threads: int | None = None
) -> Iterator[BoundedRows]:
    """A case's rows, opened bounded."""
    with opened(table(case.dictionary, case.rows if rows is None else rows, case.doubles)) as source:
        source.connection.execute(f"SET threads = {threads or 1}")
        yield BoundedRows(source, case.dictionary, case.cohort, case.analytic.reads(), counted, KEY)


def vector(
    case: Case, counted: Contribution, state: Any = None, threads: int | None = None
) -> tuple[Form, tuple[int, ...]]:
    """The exact bounded vector of a case, which only the gate and tests may see."""
    with bounded_of(case, counted, threads=threads) as rows:
        found = _asked(case.analytic, rows, state)
    assert isinstance(found, Bounded)
    return found.unseal_for_noise()


def _asked(analytic: Analytic[Any], rows: BoundedRows, state: Any) -> Any:
    try:
        if isinstance(analytic, Iterative) and state is not None:
            return analytic.local_at(rows, state)
        return analytic.local(rows)
    except FedcliError as error:
        assume(error.code != "Q-BOUNDS")
        raise


def apart(form: Form, left: Sequence[int], right: Sequence[int]) -> Fraction:
    """The square of the distance of two vectors; of choices that of the score that moves furthest."""
    moved = [abs(one - other) for one, other in zip(left, right, strict=True)]
    if isinstance(form, Ranks):
        blocks = zip(form.blocks(moved), form.reach, strict=True)
        return Fraction(max(max(block) ** 2 / Fraction(reach) ** 2 for block, reach in blocks))
    return Fraction(sum(one**2 for one in moved))
