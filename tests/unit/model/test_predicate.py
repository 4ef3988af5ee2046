"""Predicates: a closed tree within limits, which reads the columns that it names and nothing else."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.errors import InvalidFile
from fedcli.model.predicate import MAX_CHOICES, MAX_NODES, Cohort, Predicate, children, columns, nodes

AGE = {"op": "column", "name": "age"}
SEX = {"op": "column", "name": "sex"}
FORTY = {"op": "constant", "type": "integer", "value": 40}
OLDER = {"op": "ge", "left": AGE, "right": FORTY}
MISSING = {"op": "is_null", "of": SEX}


def cohort(where: Any) -> Predicate:
    """A predicate, read as from a file."""
    return Cohort.read({"where": where}, "a file").where


def together(*parts: Any) -> dict[str, Any]:
    """All of some predicates."""
    return {"op": "and", "of": list(parts)}


def deep(levels: int, where: Any = MISSING) -> Any:
    """A predicate below so many `not`."""
    for _ in range(levels):
        where = {"op": "not", "of": where}
    return where


@pytest.mark.parametrize(
    "where",
    [
        OLDER,
        MISSING,
        {"op": "not", "of": OLDER},
        {"op": "or", "of": [OLDER, MISSING, {"op": "not", "of": MISSING}]},
        {"op": "in", "of": SEX, "choices": [{"op": "constant", "type": "text", "value": "f"}]},
        {
            "op": "lt",
            "left": {"op": "divide", "left": AGE, "right": FORTY},
            "right": {"op": "abs", "of": AGE},
        },
        {"op": "eq", "left": {"op": "year", "of": {"op": "column", "name": "birth"}}, "right": FORTY},
    ],
)
def test_what_is_in_the_closed_set_is_accepted(where: Any) -> None:
    """And comes back as it is."""
    assert cohort(where).model_dump(mode="json") == where


@pytest.mark.parametrize(
    "where",
    [
        {"op": "like", "left": SEX, "right": FORTY},
        {"op": "sql", "text": "1 = 1"},
        {"op": "exists", "of": OLDER},
        {"op": "is_null", "of": {"op": "sum", "of": AGE}},
        {"op": "is_null", "of": {"op": "read_csv", "of": AGE}},
        {"op": "is_null", "of": {"op": "column", "name": 'age" or 1=1 --'}},
        {"op": "is_null", "of": {"op": "column", "name": "table.age"}},
        {"op": "is_null", "of": {"op": "column"}},
        {"op": "is_null", "of": OLDER},
        {"op": "is_null", "of": AGE, "cast": "text"},
        {"op": "not", "of": AGE},
        {"op": "and", "of": [OLDER]},
        {"op": "or", "of": []},
        {"op": "and", "of": [OLDER, AGE]},
        {"op": "in", "of": SEX, "choices": []},
        {"op": "in", "of": SEX, "choices": [AGE]},
        {"op": "ge", "left": AGE, "right": {"op": "constant", "type": "integer", "value": None}},
        {"op": "ge", "left": AGE, "right": {"op": "constant", "type": "integer", "value": [1]}},
        {"op": "ge", "left": AGE, "right": {"op": "constant", "type": "money", "value": 1}},
        {"op": "ge", "left": AGE, "right": {"op": "constant", "type": "text", "value": "x" * 81}},
        {"op": "ge", "left": AGE},
        {"of": AGE},
        AGE,
        FORTY,
        True,
        "age >= 40",
        None,
        [],
    ],
)
def test_what_is_not_is_refused(where: Any) -> None:
    """No text, no aggregate, no cast, no other function, no value in the place of a predicate."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        cohort(where)


def test_parts_are_limited() -> None:
    """64 parts, counting every column and constant; one more is refused."""
    most = together(*[OLDER] * 21)  # 1 + 21 · 3 parts
    assert len(nodes(cohort(most))) == MAX_NODES
    for more in (together(*[OLDER] * 20, {"op": "not", "of": OLDER}), {"op": "not", "of": most}):
        with pytest.raises(InvalidFile, match="at most 64 parts"):
            cohort(more)


def test_choices_are_parts_too() -> None:
    """A long list of choices counts as long as it is."""
    one = {"op": "constant", "type": "integer", "value": 1}
    listed = {"op": "in", "of": SEX, "choices": [one] * 62}
    assert len(nodes(cohort(listed))) == MAX_NODES
    for number in (63, MAX_CHOICES, MAX_CHOICES + 1, 10_000):
        with pytest.raises(InvalidFile, match="F-SCHEMA"):
            cohort(listed | {"choices": [one] * number})


@pytest.mark.parametrize("levels", [60, 62])
def test_depth_is_limited_by_parts(levels: int) -> None:
    """A chain as long as the limit is read."""
    assert len(nodes(cohort(deep(levels)))) == levels + 2


@pytest.mark.parametrize("levels", [63, 100, 150])
def test_what_is_deeper_is_refused(levels: int) -> None:
    """Without meeting Python's own limits."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        cohort(deep(levels))


def test_children_are_directly_below() -> None:
    """For every kind of node."""
    tree = cohort(together(OLDER, {"op": "not", "of": MISSING}))
    older, negated = children(tree)
    assert [one.op for one in children(older)] == ["column", "constant"]
    assert [one.op for one in children(negated)] == ["is_null"]
    assert [one.op for one in nodes(tree)] == ["and", "ge", "column", "constant", "not", "is_null", "column"]
    chosen = cohort({"op": "in", "of": SEX, "choices": [FORTY, FORTY]})
    assert [one.op for one in children(chosen)] == ["column", "constant", "constant"]


def test_columns_are_those_that_are_named() -> None:
    """Each once, at any depth; none without a predicate."""
    tree = cohort(
        together(
            OLDER,
            {"op": "or", "of": [MISSING, OLDER]},
            {
                "op": "lt",
                "left": {"op": "add", "left": AGE, "right": {"op": "column", "name": "bmi"}},
                "right": FORTY,
            },
        )
    )
    assert columns(tree) == {"age", "sex", "bmi"}
    assert columns(None) == frozenset()
