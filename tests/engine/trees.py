"""Random predicate trees that are well typed for the dictionary of the shared cases."""

from __future__ import annotations

from typing import Any

from hypothesis import strategies as st

from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Column,
    Comparison,
    Constant,
    Function,
    Junction,
    Missing,
    Not,
    Predicate,
    Value,
)
from tests.engine.cases import LEVELS

ORDERED = st.sampled_from(["eq", "ne", "lt", "le", "gt", "ge"])
EQUAL = st.sampled_from(["eq", "ne"])
DATES = ["2024-01-01", "2024-02-29", "2024-12-31", "2025-01-01"]
MOMENTS = ["2024-01-01T00:00:00", "2024-01-01T12:00:00", "2024-12-31T23:59:59"]


def constants(kind: Any, values: st.SearchStrategy[Any]) -> st.SearchStrategy[Value]:
    """Constants of one type."""
    return values.map(lambda value: Constant(type=kind, value=value))


def columns(*names: str) -> st.SearchStrategy[Value]:
    """Columns by name."""
    return st.sampled_from(names).map(lambda name: Column(name=name))


numbers: st.SearchStrategy[Value] = st.one_of(
    constants("integer", st.integers(-4, 4) | st.sampled_from([-9, 10, 2024])),
    constants("real", st.sampled_from([-1.5, 0.5, 2.5, 1e200])),
)
plain: st.SearchStrategy[Value] = columns("x", "n", "whole", "level")
dates: st.SearchStrategy[Value] = columns("d", "ts")
numeric: st.SearchStrategy[Value] = st.recursive(
    plain | numbers | dates.map(lambda of: Function(op="year", of=of)),
    lambda inner: st.one_of(
        st.builds(
            Arithmetic, op=st.sampled_from(["add", "subtract", "multiply", "divide"]), left=inner, right=inner
        ),
        st.builds(Function, op=st.sampled_from(["abs", "floor", "ceil"]), of=inner),
    ),
    max_leaves=4,
)
texts = constants("text", st.sampled_from(LEVELS))
booleans = constants("boolean", st.booleans())
days = constants("date", st.sampled_from(DATES))
moments = constants("timestamp", st.sampled_from(MOMENTS))
levels = constants("integer", st.sampled_from([1, 2, 3]))


def chosen(of: st.SearchStrategy[Value], constants: st.SearchStrategy[Any]) -> st.SearchStrategy[Predicate]:
    """Membership of a list."""
    return st.builds(Choice, of=of, choices=st.lists(constants, min_size=1, max_size=4).map(tuple))


leaves: st.SearchStrategy[Predicate] = st.one_of(
    # a column with levels is compared for equality with its levels only, so `level` stands inside
    # of arithmetic, or in an order
    st.builds(Comparison, op=ORDERED, left=numeric, right=numeric).filter(
        lambda one: "level" not in (getattr(one.left, "name", ""), getattr(one.right, "name", ""))
    ),
    st.builds(Comparison, op=EQUAL, left=columns("level"), right=levels),
    st.builds(Comparison, op=ORDERED, left=days, right=columns("d")),
    st.builds(Comparison, op=ORDERED, left=columns("ts"), right=moments),
    st.builds(Comparison, op=EQUAL, left=columns("t"), right=texts),
    st.builds(Comparison, op=EQUAL, left=columns("b"), right=booleans | columns("b")),
    chosen(columns("t"), texts),
    chosen(columns("level"), levels),
    chosen(columns("x", "n", "whole"), numbers),
    chosen(columns("d"), days),
    chosen(columns("b"), booleans),
    st.builds(Missing, of=numeric | columns("t", "b", "d", "ts")),
)
predicates: st.SearchStrategy[Predicate] = st.recursive(
    leaves,
    lambda inner: st.one_of(
        inner.map(lambda of: Not(of=of)),
        st.builds(
            Junction, op=st.sampled_from(["and", "or"]), of=st.lists(inner, min_size=2, max_size=4).map(tuple)
        ),
    ),
    max_leaves=8,
)
