"""An attacker with linear programs of its own, who knows all that is public, against tables and sequences.

`make campaign` does a thousand tables and two hundred sequences.
"""

from __future__ import annotations

import random

import pytest

from tests.campaign.__main__ import OPEN
from tests.campaign.attacker import Told, narrowed
from tests.campaign.tables import sequences, tables

SAMPLE = 10


@pytest.mark.parametrize("part", range(2))
def test_tables_with_margins_cannot_be_solved(part: int) -> None:
    """Of every hidden cell the whole published interval stays possible."""
    for at in range(part * SAMPLE, (part + 1) * SAMPLE):
        assert tables(random.Random(f"tables {at}")) == []


@pytest.mark.parametrize("part", range(2))
def test_linked_releases_cannot_be_solved(part: int) -> None:
    """Tables, sums and models, one after the other, of everybody and of those with a level."""
    for at in range(part * SAMPLE, (part + 1) * SAMPLE):
        assert sequences(random.Random(f"sequences {at}")) == []


def test_both_can_be_solved_with_nothing_in_the_way() -> None:
    """The control: with neither secondary suppression nor memory the same attacker succeeds."""
    assert all(tables(random.Random(f"tables {at}"), OPEN) for at in range(3))
    assert any(sequences(random.Random(f"sequences {at}"), OPEN) for at in range(20))


def test_memory_matters_beside_secondary_suppression() -> None:
    """Each release alone cannot be solved; all of them can."""
    alone = OPEN.model_copy(update={"secondary": "optimised"})
    assert any(sequences(random.Random(f"sequences {at}"), alone) for at in range(20))


def test_the_attacker_knows_a_cell_that_is_the_rest() -> None:
    """7 of 100 are hidden, 93 are told, and so is their sum."""
    told = [Told({"a": "x"}, 0, 9, True), Told({"a": "y"}, 93, 93), Told({}, 100, 100)]
    assert narrowed({"a": ("x", "y")}, told) == told[:1]
    assert narrowed({"a": ("x", "y")}, told[:2]) == []
