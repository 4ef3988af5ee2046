"""A tree in words, made from the tree alone."""

from __future__ import annotations

import pytest

from fedcli.language.words import words
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
)

AGE, SEX = Column(name="age"), Column(name="sex")
FIVE, HALF = Constant(type="integer", value=5), Constant(type="real", value=0.5)
TEXT, YES = Constant(type="text", value="it's"), Constant(type="boolean", value=True)
OLDER = Comparison(op="gt", left=AGE, right=FIVE)


@pytest.mark.parametrize(
    ("tree", "expected"),
    [
        (None, "everyone"),
        (OLDER, "age > 5"),
        (Comparison(op="ne", left=SEX, right=TEXT), "sex <> 'it''s'"),
        (Comparison(op="eq", left=Column(name="mi"), right=YES), "mi = true"),
        (Comparison(op="le", left=AGE, right=HALF), "age <= 0.5"),
        (Choice(of=SEX, choices=(TEXT, Constant(type="text", value="b"))), "sex in ('it''s', 'b')"),
        (Missing(of=AGE), "age is null"),
        (Not(of=Missing(of=AGE)), "not (age is null)"),
        (Junction(op="and", of=(OLDER, Missing(of=SEX))), "(age > 5) and (sex is null)"),
        (Junction(op="or", of=(OLDER, Not(of=OLDER))), "(age > 5) or (not (age > 5))"),
        (
            Comparison(op="lt", left=Arithmetic(op="divide", left=AGE, right=HALF), right=FIVE),
            "(age / 0.5) < 5",
        ),
        (Comparison(op="ge", left=Function(op="floor", of=AGE), right=FIVE), "floor(age) >= 5"),
    ],
)
def test_words(tree: Predicate | None, expected: str) -> None:
    """Every kind of node."""
    assert words(tree) == expected
