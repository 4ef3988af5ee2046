"""Ratios and differences of risks against statsmodels, SciPy and published tables, and over hidden counts."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from scipy.stats.contingency import odds_ratio as scipy_odds_ratio
from statsmodels.stats.contingency_tables import StratifiedTable, Table2x2

from fedcli.model.cells import Cell, Gap
from fedcli.statistics import fourfold
from fedcli.statistics.figures import UNTESTED
from fedcli.statistics.fourfold import Measure
from tests.unit.statistics.test_contingency import EXACT, hidden, inside

#: Eight centres that tried a cream against infections (Agresti 2013, table 6.9): success and failure with
#: the drug, success and failure with the control.
CENTRES = (
    (11, 25, 10, 27),
    (16, 4, 22, 10),
    (14, 5, 7, 12),
    (2, 14, 1, 16),
    (6, 11, 0, 12),
    (1, 10, 0, 10),
    (1, 4, 1, 8),
    (4, 2, 6, 1),
)
FLAT = [count for centre in CENTRES for count in centre]


def drawn(seed: int, strata: int, most: int = 200) -> list[tuple[int, ...]]:
    """Random fourfold tables without a zero."""
    counts = np.random.default_rng(seed).integers(1, most, size=(strata, 4))
    return [tuple(map(int, row)) for row in counts]


@pytest.mark.parametrize("seed", range(8))
def test_statsmodels_agrees(seed: int) -> None:
    """Odds ratio and risk ratio with their intervals; the difference with Wald's."""
    [(a, b, c, d)] = drawn(seed, 1)
    table = Table2x2([[a, b], [c, d]], shift_zeros=False)
    wanted = (table.oddsratio, *table.oddsratio_confint())
    assert fourfold.odds_ratio((a, b, c, d)) == pytest.approx(wanted, rel=EXACT)
    wanted = (table.riskratio, *table.riskratio_confint())
    assert fourfold.risk_ratio((a, b, c, d)) == pytest.approx(wanted, rel=EXACT)
    p, q = a / (a + b), c / (c + d)
    width = stats.norm.ppf(0.975) * math.sqrt(p * (1 - p) / (a + b) + q * (1 - q) / (c + d))
    assert fourfold.risk_difference((a, b, c, d)) == pytest.approx((p - q, p - q - width, p - q + width))


@pytest.mark.parametrize("seed", range(8))
def test_scipy_s_conditional_odds_ratio(seed: int) -> None:
    """SciPy solves for it to about six digits."""
    [(a, b, c, d)] = drawn(seed, 1, 10 ** (1 + seed % 3))
    told = scipy_odds_ratio([[a, b], [c, d]], kind="conditional")
    wanted = (told.statistic, *told.confidence_interval(0.95))
    assert fourfold.conditional_odds_ratio((a, b, c, d)) == pytest.approx(wanted, rel=1e-6)


@pytest.mark.parametrize("seed", range(8))
def test_statsmodels_pools_as_we_do(seed: int) -> None:
    """Mantel and Haenszel's odds ratio and its interval, the test with and without correction."""
    strata = drawn(seed, 1 + seed)
    flat = [count for one in strata for count in one]
    told = StratifiedTable([np.array(one, float).reshape(2, 2) for one in strata])
    wanted = (told.oddsratio_pooled, *told.oddsratio_pooled_confint())
    assert fourfold.pooled_odds_ratio(flat) == pytest.approx(wanted, rel=EXACT)
    assert fourfold.pooled_risk_ratio(flat).estimate == pytest.approx(told.riskratio_pooled, rel=EXACT)
    for correction, on in ((0.0, False), (0.5, True)):
        test = told.test_null_odds(correction=on)
        wanted = (test.statistic, 1, test.pvalue)
        assert fourfold.mantel_haenszel(flat, correction) == pytest.approx(wanted, rel=EXACT)


def test_one_stratum_pools_to_itself() -> None:
    """Of one stratum the pooled ratios are the ratios, and so are their intervals."""
    [one] = drawn(3, 1)
    assert fourfold.pooled_odds_ratio(one) == pytest.approx(fourfold.odds_ratio(one), rel=EXACT)
    assert fourfold.pooled_risk_ratio(one) == pytest.approx(fourfold.risk_ratio(one), rel=EXACT)


def test_agresti_s_eight_centres() -> None:
    """As the book says: CMH 6.38, and a common odds ratio of 2.13."""
    assert fourfold.mantel_haenszel(FLAT, 0.0).statistic == pytest.approx(6.38, abs=0.005)
    assert fourfold.pooled_odds_ratio(FLAT).estimate == pytest.approx(2.13, abs=0.005)


def test_nobody_in_a_cell() -> None:
    """A ratio to nothing is none, one of nothing is zero, and neither has an interval by logarithms."""
    nothing = Measure(None, None, None)
    assert fourfold.odds_ratio((5, 0, 3, 4)) == fourfold.risk_ratio((5, 1, 0, 4)) == nothing
    assert fourfold.odds_ratio((0, 5, 3, 4)) == fourfold.risk_ratio((0, 5, 3, 4)) == Measure(0.0, None, None)
    assert fourfold.risk_difference((0, 0, 3, 4)) == fourfold.conditional_odds_ratio((0, 0, 3, 4)) == nothing
    assert fourfold.pooled_odds_ratio((0, 5, 3, 4)) == fourfold.pooled_risk_ratio((0, 5, 3, 4))
    assert fourfold.mantel_haenszel((0, 0, 3, 4, 0, 0, 0, 0), 0.0) == UNTESTED
    told = scipy_odds_ratio([[0, 5], [3, 4]], kind="conditional").confidence_interval(0.95)
    assert fourfold.conditional_odds_ratio((0, 5, 3, 4)) == pytest.approx((0.0, 0.0, told.high), rel=1e-6)
    told = scipy_odds_ratio([[5, 0], [3, 4]], kind="conditional").confidence_interval(0.95)
    assert fourfold.conditional_odds_ratio((5, 0, 3, 4)) == (None, pytest.approx(told.low, rel=1e-6), None)


@st.composite
def strata(draw: st.DrawFn) -> tuple[list[int], list[Cell]]:
    """The counts of one to three strata, and the same with some hidden, at least one."""
    size = 4 * draw(st.integers(1, 3))
    told = draw(st.lists(st.integers(0, 60), min_size=size, max_size=size))
    cells = [hidden(draw, one) for one in told]
    cells[0] = Gap(low=max(told[0] - 3, 0), high=told[0] + 3)
    return told, cells


MEASURES = (
    fourfold.odds_ratio,
    fourfold.risk_ratio,
    fourfold.risk_difference,
    fourfold.conditional_odds_ratio,
    fourfold.pooled_odds_ratio,
    fourfold.pooled_risk_ratio,
)


@given(strata())
def test_intervals_hold(both: tuple[list[int], list[Cell]]) -> None:
    """What is told of hidden counts holds what is told of the counts."""
    counts, cells = both
    for measure in MEASURES:
        several = measure in (fourfold.pooled_odds_ratio, fourfold.pooled_risk_ratio)
        last = None if several else 4
        for cell, truth in zip(measure(cells[:last]), measure(counts[:last]), strict=True):
            assert inside(cell, truth), (measure, cell, truth)
    found, exact = (fourfold.mantel_haenszel(one, 0.5) for one in (cells, counts))
    assert inside(found.statistic, exact.statistic)
    assert inside(found.p_value, exact.p_value)


def test_a_hidden_count_leaves_an_interval() -> None:
    """One to nine exposed with the event: the ratios between what they are at one and at nine."""
    found = fourfold.odds_ratio((Gap(low=1, high=9), 100, 50, 200)).estimate
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (pytest.approx(0.04), pytest.approx(0.36))
    [low, high] = (fourfold.risk_difference((a, 100, 50, 200)).estimate for a in (1, 9))
    apart = fourfold.risk_difference((Gap(low=1, high=9), 100, 50, 200))
    assert isinstance(apart.estimate, Gap)
    assert (apart.estimate.low, apart.estimate.high) == (pytest.approx(low), pytest.approx(high))
    assert (apart.conf_low, apart.conf_high) == (Gap(), Gap())
