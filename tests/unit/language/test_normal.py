"""The normal form: one question is one tree, and it means what was written."""

from __future__ import annotations

import pytest
from hypothesis import given

from fedcli.engine.holding import holds
from fedcli.files.canonical import canonical
from fedcli.language.expression import parse
from fedcli.language.normal import normal
from fedcli.language.types import check
from fedcli.language.words import words
from fedcli.model.predicate import Junction, Not, Predicate, nodes
from tests.engine.cases import DICTIONARY
from tests.engine.test_random import CLEAN
from tests.engine.trees import predicates


@given(tree=predicates)
def test_it_is_a_normal_form(tree: Predicate) -> None:
    """Taken twice it is what it is taken once."""
    once = normal(tree)
    assert normal(once) == once


@given(tree=predicates)
def test_it_means_the_same(tree: Predicate) -> None:
    """Every row is in, out or neither, as before."""
    assert [holds(normal(tree), row) for row in CLEAN] == [holds(tree, row) for row in CLEAN]


@given(tree=predicates)
def test_it_is_well_typed(tree: Predicate) -> None:
    """What a dictionary allowed before, it allows after."""
    check(normal(tree), DICTIONARY)


@given(tree=predicates)
def test_negations_are_at_the_leaves(tree: Predicate) -> None:
    """No negation of a negation, of a comparison or of a junction; no junction in one of its kind."""
    for node in nodes(normal(tree)):
        if isinstance(node, Not):
            assert node.of.op in ("in", "is_null")
        if isinstance(node, Junction):
            assert all(not isinstance(part, Junction) or part.op != node.op for part in node.of)
            parts = [canonical(part.model_dump(mode="json")) for part in node.of]
            assert parts == sorted(set(parts))


@given(tree=predicates)
def test_words_mean_the_tree(tree: Predicate) -> None:
    """What approvers read, read by the parser again, picks the same rows."""
    again = parse(words(normal(tree)), DICTIONARY, "a test")
    assert [holds(again, row) for row in CLEAN] == [holds(tree, row) for row in CLEAN]


SAME = [
    ("x > 1", "1 < x"),
    ("x > 1 and n > 2", "n > 2 and x > 1"),
    ("x > 1 and (n > 2 and b)", "(b and x > 1) and n > 2"),
    ("not (x > 1 or n > 2)", "x <= 1 and n <= 2"),
    ("level in (1, 2)", "level in (2, 1)"),
    ("level = 1 or level = 2", "level in (1, 2)"),
    ("not (level <> 1 and level <> 2)", "level in (1, 2)"),
    ("x between 1 and 2", "x >= 1 and x <= 2"),
    ("x between 1 and 2", "2 >= x and 1 <= x"),
    ("x = n", "n = x"),
    ("x < n", "n > x"),
    ("b", "true = b"),
    ("not not b", "b = true"),
    ("x > 1 and x > 1", "x > 1"),
    ("x > 1.0", "x > 1"),
]


@pytest.mark.parametrize(("one", "other"), SAME)
def test_the_same_question_in_other_words(one: str, other: str) -> None:
    """Is the same tree, so the same charge, and no way around the memory of releases."""
    assert parse(one, DICTIONARY, "a test") == parse(other, DICTIONARY, "a test")


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("level not in (1, 2)", "level <> 1 and level <> 2"),
        ("not not (level <> 1 and level <> 2)", "level <> 1 and level <> 2"),
        ("level not in (1, 2)", "not (level = 1) and not (level = 2)"),
    ],
)
def test_a_list_of_exceptions_in_other_words(one: str, other: str) -> None:
    """`not in` is one question, however its exceptions are written down."""
    assert parse(one, DICTIONARY, "a test") == parse(other, DICTIONARY, "a test")


DIFFERENT = [
    ("x > 1", "x >= 1"),
    ("x > 1 and n > 2", "x > 1 or n > 2"),
    ("not (x = 1)", "x = 1"),
    ("x is null", "not (x is null)"),
    ("b = false", "b <> true or b is null"),
    ("x > 1 or x <= 1", "x is not null or x is null"),
]


@pytest.mark.parametrize(("one", "other"), DIFFERENT)
def test_different_questions_are_different_trees(one: str, other: str) -> None:
    """Also where they differ only for rows without a value."""
    assert parse(one, DICTIONARY, "a test") != parse(other, DICTIONARY, "a test")
