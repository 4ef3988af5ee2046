"""Tests of means against SciPy and statsmodels, and over hidden cells."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.oneway import anova_oneway

from fedcli.model.cells import About, Cell, Gap
from fedcli.statistics import variances
from fedcli.statistics.means import Difference, cohens_d, hedges_g, student, welch
from fedcli.statistics.moments import Part
from tests.unit.statistics.test_contingency import EXACT, inside

NOTHING = Part(0, None, None)


def part(values: np.ndarray) -> Part:
    """The moments of some values."""
    return Part(len(values), float(values.mean()), float(((values - values.mean()) ** 2).sum()))


def drawn(seed: int, groups: int) -> list[np.ndarray]:
    """Groups of unequal sizes, means and spreads."""
    draw = np.random.default_rng(seed)
    sizes = draw.integers(3, 10 ** (2 + seed % 3), size=groups)
    return [draw.normal(5 + at / 4, 1 + at, size=size) for at, size in enumerate(sizes)]


@pytest.mark.parametrize("seed", range(9))
def test_scipy_s_t_tests(seed: int) -> None:
    """Both tests with their intervals, to ten digits."""
    one, other = drawn(seed, 2)
    for test, equal in ((student, True), (welch, False)):
        told = stats.ttest_ind(one, other, equal_var=equal)
        ends = told.confidence_interval(0.95)
        wanted = told.statistic, told.df, told.pvalue, one.mean() - other.mean(), ends.low, ends.high
        assert test((part(one), part(other))) == pytest.approx(wanted, rel=EXACT)


@pytest.mark.parametrize("seed", range(9))
def test_effect_sizes(seed: int) -> None:
    """d by its definition; g by Hedges' correction, written with logarithms of gamma functions."""
    one, other = drawn(seed, 2)
    degrees = len(one) + len(other) - 2
    pooled = math.sqrt(((len(one) - 1) * one.var(ddof=1) + (len(other) - 1) * other.var(ddof=1)) / degrees)
    d = (one.mean() - other.mean()) / pooled
    factor = math.exp(math.lgamma(degrees / 2) - math.lgamma((degrees - 1) / 2)) / math.sqrt(degrees / 2)
    parts = part(one), part(other)
    assert cohens_d(parts) == pytest.approx(d, rel=EXACT)
    assert hedges_g(parts) == pytest.approx(d * factor, rel=1e-9)


def test_hedges_correction_in_closed_form() -> None:
    """Of 2 degrees of freedom one over the root of pi, of 4 the root of 2 / pi."""
    for size, wanted in ((2, 1 / math.sqrt(math.pi)), (3, math.sqrt(2 / math.pi))):
        parts = Part(size, 1.0, 1.0), Part(size, 0.0, 1.0)
        assert hedges_g(parts) == pytest.approx(wanted * math.sqrt(size - 1), rel=EXACT)


def test_no_test() -> None:
    """Of nobody, of one value each, and where nothing varies."""
    nothing = Difference(*(None,) * 6)
    alone, flat = Part(1, 2.0, 0.0), Part(5, 2.0, 0.0)
    for pair in ((NOTHING, flat), (alone, alone), (flat, flat)):
        assert welch(pair) == student(pair) == nothing
        assert (cohens_d(pair), hedges_g(pair)) == (None, None)
    told = stats.ttest_ind([2.0], [1.0, 3.0, 8.0])
    found = student((alone, part(np.array([1.0, 3.0, 8.0]))))
    assert found[:3] == pytest.approx((told.statistic, told.df, told.pvalue), rel=EXACT)


@pytest.mark.parametrize("seed", range(9))
def test_statsmodels_analysis_of_variance(seed: int) -> None:
    """Fisher's and Welch's F, degrees and tails; eta and omega squared."""
    groups = drawn(seed, 2 + seed % 4)
    parts = [*map(part, groups), NOTHING]
    for test, kind in ((variances.fisher, "equal"), (variances.welch, "unequal")):
        told = anova_oneway(groups, use_var=kind, welch_correction=True)
        wanted = told.statistic, told.df_num, told.df_denom, told.pvalue
        assert test(parts) == pytest.approx(wanted, rel=EXACT)
    between, within = variances.between(parts), variances.within(parts)
    every = np.concatenate(groups)
    assert within.sum_of_squares == pytest.approx(sum(one.var() * len(one) for one in groups), rel=EXACT)
    whole = every.var() * len(every)
    assert between.sum_of_squares + within.sum_of_squares == pytest.approx(whole, rel=EXACT)  # type: ignore[operator]
    assert (between.df, within.df) == (len(groups) - 1, len(every) - len(groups))
    assert variances.eta_squared(parts) == pytest.approx(between.sum_of_squares / whole, rel=EXACT)  # type: ignore[operator]


def test_two_groups_are_the_t_tests() -> None:
    """F is t squared, by either test."""
    parts = [part(one) for one in drawn(5, 2)]
    for ratio, test in ((variances.fisher, student), (variances.welch, welch)):
        f, t = ratio(parts), test((parts[0], parts[1]))
        assert f.statistic == pytest.approx(t.statistic**2, rel=EXACT)  # type: ignore[operator]
        assert f.p_value == pytest.approx(t.p_value, rel=EXACT)
        assert f.df_within == pytest.approx(t.df, rel=EXACT)


def test_no_analysis_of_variance() -> None:
    """Of nobody, of one group, and where nothing varies within a group."""
    nothing = variances.Ratio(None, None, None, None)
    flat, plain = Part(5, 2.0, 0.0), Part(5, 3.0, 4.0)
    for parts in ([NOTHING, NOTHING], [plain, NOTHING], [flat, flat]):
        assert variances.fisher(parts) == variances.welch(parts) == nothing
    assert variances.welch([flat, plain]) == nothing
    assert variances.fisher([flat, plain]).statistic == pytest.approx(2.5 / 0.5)
    assert (variances.eta_squared([NOTHING]), variances.omega_squared([NOTHING])) == (None, None)


@st.composite
def hidden(draw: st.DrawFn) -> tuple[list[Part], list[Part]]:
    """Two to four groups; and the same with some cells as intervals, at least one, with and without ends."""
    numbers = st.floats(-50, 50).map(lambda x: round(x, 2))
    groups = draw(st.lists(st.lists(numbers, min_size=2, max_size=12), min_size=2, max_size=4))
    exact = [part(np.array(one)) for one in groups]
    told = [Part(*(_hidden(draw, cell) for cell in one[:3])) for one in exact]
    mean = exact[0].mean
    assert isinstance(mean, float)
    return exact, [Part(told[0].n, Gap(low=mean - 1, high=mean + 2), told[0].m2), *told[1:]]


def _hidden(draw: st.DrawFn, cell: Cell) -> Cell:
    assert isinstance(cell, int | float)
    least = 0 if isinstance(cell, int) else -math.inf
    low, high = max(cell - draw(st.integers(0, 5)), least), cell + draw(st.integers(0, 5))
    about = About(value=cell, low=low, high=high)
    return draw(st.sampled_from([cell, cell, Gap(low=low, high=high), about, Gap(), Gap(low=low)]))


@given(hidden())
def test_intervals_hold(both: tuple[list[Part], list[Part]]) -> None:
    """What is told of hidden cells holds what is told of the cells."""
    exact, told = both
    pair, known = (told[0], told[1]), (exact[0], exact[1])
    for test in (welch, student):
        for cell, truth in zip(test(pair), test(known), strict=True):
            assert isinstance(cell, int | float) or inside(cell, truth), (test, cell, truth)
    for effect in (cohens_d, hedges_g):
        assert inside(effect(pair), effect(known))
    for several in (variances.fisher, variances.welch, variances.between, variances.within):
        for cell, truth in zip(several(told), several(exact), strict=True):
            assert isinstance(cell, int | float) or inside(cell, truth), (several, cell, truth)
    for share in (variances.eta_squared, variances.omega_squared):
        assert inside(share(told), share(exact))


def test_rounded_means_leave_narrow_intervals() -> None:
    """A mean known to a tenth on each side: t between what it is at the ends."""
    rounded = Part(50, About(value=1.0, low=0.9, high=1.1), 49.0)
    found = student((rounded, Part(50, 0.0, 49.0)))
    assert isinstance(found.statistic, About)
    ends = found.statistic.low, found.statistic.value, found.statistic.high
    assert ends == pytest.approx((4.5, 5.0, 5.5))
    assert isinstance(found.p_value, About)
    assert found.p_value.high < 5e-4
    assert (found.df, found.conf_low) != (None, None)


def test_means_at_a_few_digits_are_told_with_their_interval() -> None:
    """A mean of 1 at one digit is 0.95 to 1.05: each figure has its own, and it holds what both ends give."""
    other = Part(50, 0.0, 49.0)
    found = student((Part(50, 1.0, 49.0, 0.05, 0.0), other))
    for mean in (0.95, 1.0, 1.05):
        for cell, truth in zip(found, student((Part(50, mean, 49.0), other)), strict=True):
            assert isinstance(cell, About)
            assert inside(cell, truth), (cell, truth)
    assert isinstance(found.conf_low, About)
    assert found.conf_low.high - found.conf_low.low < 0.13
