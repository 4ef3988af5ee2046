"""Moments with noise: what is raised, what a step then lacks, and what cannot be known at all."""

from __future__ import annotations

import numpy as np
import pytest

from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.blurred import BlurredFit
from fedcli.statistics.models import Blur, Blurred
from fedcli.statistics.repair import repaired, shortfall, unknown
from fedcli.statistics.score import SUMS, empty, pairs

P = 3


def upper(*diagonal: float) -> tuple[float, ...]:
    """The upper triangle of a diagonal matrix."""
    return tuple(diagonal[i] if i == j else 0.0 for i, j in pairs(len(diagonal)))


def test_enough_moments_stay_as_they_are() -> None:
    """Nothing is raised, lacking or unknown where everything is well above the noise."""
    moments = upper(900.0, 500.0, 300.0)
    assert repaired(moments, P, 10.0) == moments
    assert not shortfall(moments, np.ones(P), 10.0).any()
    assert unknown(moments, P, 10.0).shape == (P, 0)


def test_what_a_shorter_step_lacks() -> None:
    """A direction of 12, raised to the root of three deviations, went 12 / 17.3 of its way."""
    moments = upper(900.0, 500.0, 12.0)
    lacking = shortfall(moments, np.array([1.0, 1.0, 2.0]), 10.0)
    wanted = np.zeros((P, P))
    wanted[2, 2] = (2 * (10 * 3**0.5 / 12 - 1)) ** 2
    assert np.allclose(lacking, wanted)
    assert unknown(moments, P, 10.0).shape == (P, 0)


@pytest.mark.parametrize("least", [9.9, 0.0, -30.0])
def test_less_than_its_noise_is_unknown(least: float) -> None:
    """Also below zero, where no true moment is."""
    away = unknown(upper(900.0, 500.0, least), P, 10.0)
    assert np.allclose(np.abs(away[:, 0]), [0, 0, 1])


@pytest.mark.parametrize(("least", "told"), [(9.0, False), (12.0, True), (300.0, True)])
def test_a_coefficient_of_which_nothing_is_known_is_not_told(least: float, told: bool) -> None:
    """The others are; and the nearer its moments are to their noise, the larger is its error."""
    terms = tuple(
        Term(name=name, factors=(Factor(column=name),) if name != "one" else ()) for name in ("one", "x", "z")
    )
    design = Design(outcome=Term(name="y", factors=(Factor(column="y"),)), terms=terms)
    moments, sums = upper(900.0, 500.0, least), dict.fromkeys(SUMS)
    cells = {
        **empty(design, "gaussian", first=True).cells,
        "n": (1000.0,),
        "gram": repaired(moments, P, 10.0),
        "score": (90.0, 50.0, 30.0),
        "sums": tuple((sums | {"own": 700.0, "y": 90.0, "weights": 900.0}).values()),
    }
    axes = empty(design, "gaussian", first=True).axes
    total = Blurred(axes, cells, Blur(3.0, 10.0, 1.0, 1, moments), (0.0,) * 3)
    rows = BlurredFit(design, "gaussian", total, ()).coefficients()
    assert [row[1] is not None for row in rows] == [True, True, told]
    if told:
        naive = 3.0 / max(least, 10 * 3**0.5)
        assert isinstance(rows[2][2], float) and rows[2][2] > naive
