"""Fits of which some numbers do not exist: they are left out, and nothing stops."""

from __future__ import annotations

import math

import pytest

from fedcli.analytics import parse
from fedcli.engine.memory import MemoryRows
from fedcli.statistics.fitted import line
from fedcli.statistics.seal import Exact
from fedcli.workflows.trial import analysis
from tests.attacks.test_planted import rows
from tests.attacks.test_remembered import DICTIONARY


def test_an_outcome_that_is_always_zero() -> None:
    """A perfect fit but for rounding: each number is one, or is left out."""
    asked = parse(analysis(DICTIONARY, "glm", family="gaussian", formula="cost ~ age"), "a test")
    exact = asked.local(MemoryRows(rows([0.0] * 40), DICTIONARY, None, asked.reads()))
    assert isinstance(exact, Exact)
    answer = asked.answer(exact.unseal_for_the_gate()[0])
    assert answer.scalars["deviance"] == pytest.approx(0.0, abs=1e-12)
    assert answer.scalars["sigma"] == pytest.approx(0.0, abs=1e-6)
    table = answer.tables["coefficients"]
    cells = [*answer.scalars.values(), *(cell for row in table.rows for cell in row[1:])]
    assert all(cell is None or math.isfinite(cell) for cell in cells)  # type: ignore[arg-type]
    assert [row[1] for row in table.rows] == pytest.approx([0.0, 0.0], abs=1e-12)


def test_an_error_that_is_not_known() -> None:
    """Of sums that left at a few digits a variance can be below zero: only the estimate is told."""
    assert list(line(2.5, float("nan"), 10.0)) == [2.5, None, None, None, None, None]
    assert None not in list(line(2.5, 0.5, 10.0))
