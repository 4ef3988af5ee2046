"""Figures of counts that are hidden lie where every filling of the gaps says, and no wider than need be."""

from __future__ import annotations

import random
from itertools import product
from typing import Any

import pytest

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.discrimination import Classes
from fedcli.statistics.interval import span

MIDDLES = (0.125, 0.375, 0.625, 0.875)


def hidden(seed: int) -> tuple[tuple[Cell, ...], list[range]]:
    """Eight counts, some of which are gaps; and what each can be."""
    lots = random.Random(seed)
    cells, can = list[Cell](), list[range]()
    for _ in range(8):
        number = lots.randint(0, 9)
        gap = lots.random() < 0.5
        cells.append(Gap(low=0, high=3) if gap else number)
        can.append(range(4) if gap else range(number, number + 1))
    return tuple(cells), can


FIGURES: dict[str, Any] = {
    "auc": Classes.auc,
    "average_precision": Classes.average_precision,
    "brier": Classes.brier,
    "net_benefit": lambda one: one.at(2).net_benefit(0.5),
    "net_benefit_low": lambda one: one.at(1).net_benefit(0.25),
}
#: Those whose ends are reached by some filling.
TIGHT = {"auc", "brier"}


@pytest.mark.parametrize("name", FIGURES)
def test_every_filling_is_within(name: str) -> None:
    """By brute force; of the area and Brier's score the ends are those of fillings."""
    hiding = 0
    for seed in range(12):
        cells, can = hidden(seed)
        found = FIGURES[name](Classes(cells[:4], cells[4:], MIDDLES))
        fillings = [FIGURES[name](Classes(one[:4], one[4:], MIDDLES)) for one in product(*can)]
        known = [one for one in fillings if one is not None]
        if not known or not any(isinstance(cell, Gap) for cell in cells):
            continue
        low, high = span(found)
        assert low <= min(known) <= max(known) <= high
        hiding += 1
        if name in TIGHT and None not in fillings:
            assert (low, high) == pytest.approx((min(known), max(known)), abs=1e-9)
    assert hiding > 5


def test_what_is_open_is_all_that_is_possible() -> None:
    """A count without an upper end says nothing of a share; nobody has no figure."""
    some = Classes((5, 5, Gap(low=0), 5), (1, 2, 3, 4), MIDDLES)
    assert span(some.auc()) == (0, 1)
    assert span(some.brier()) == (0, 1)
    assert span(some.at(2).net_benefit(0.5)) == (-1, 1)
    nobody = Classes((0,) * 4, (0,) * 4, MIDDLES)
    figures = (nobody.auc(), nobody.average_precision(), nobody.brier(), *nobody.calibration())
    assert figures == (None,) * 5
    assert Classes((1, 1, 1, 1), (0,) * 4, MIDDLES).auc() is None


def test_a_score_that_separates_has_no_slope() -> None:
    """Newton's method would run away; one bin has no spread."""
    assert Classes((5, 5, 0, 0), (0, 0, 5, 5), MIDDLES).calibration() == (None, None)
    assert Classes((5, 0, 0, 0), (5, 0, 0, 0), MIDDLES).calibration() == (None, None)
    slope = Classes((7, 5, 3, 1), (1, 3, 5, 7), MIDDLES).calibration()
    assert slope == pytest.approx((0, 1), abs=1e-9)
