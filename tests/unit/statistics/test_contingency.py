"""Tests of independence against SciPy, statsmodels and published tables, and over hidden counts."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats
from statsmodels.stats.contingency_tables import Table

from fedcli.model.cells import About, Cell, Gap
from fedcli.statistics.contingency import Contingency
from fedcli.statistics.figures import UNTESTED

EXACT = 1e-10
#: Aspirin and myocardial infarction: Agresti (2013), table 2.3; placebo first, those with one first.
ASPIRIN = Contingency((189, 10845, 104, 10933), 2)
#: Fisher's tea: Agresti (2013), table 3.9; his p-value of both sides is 0.486.
TEA = Contingency((3, 1, 1, 3), 2)


def drawn(seed: int, shape: tuple[int, int], most: int) -> Contingency:
    """A table of random counts."""
    counts = np.random.default_rng(seed).integers(1, most, size=shape)
    return Contingency(tuple(map(int, counts.ravel())), shape[1])


def counts(table: Contingency) -> np.ndarray:
    """The numbers of a table."""
    return np.array(table.cells, int).reshape(-1, table.width)


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("shape", [(2, 2), (3, 2), (4, 5)])
def test_scipy_and_statsmodels_agree(seed: int, shape: tuple[int, int]) -> None:
    """Statistics, degrees, p-values, expected counts, V and residuals, to ten digits."""
    table = drawn(seed, shape, 10 ** (1 + seed % 4))
    plain = stats.chi2_contingency(counts(table), correction=False)
    assert table.pearson() == pytest.approx((plain.statistic, plain.dof, plain.pvalue), rel=EXACT)
    assert list(table.expected()) == pytest.approx(plain.expected_freq.ravel(), rel=EXACT)
    ratio = stats.chi2_contingency(counts(table), correction=False, lambda_="log-likelihood")
    assert table.likelihood_ratio() == pytest.approx((ratio.statistic, ratio.dof, ratio.pvalue), rel=EXACT)
    assert table.cramers_v() == pytest.approx(stats.contingency.association(counts(table)), rel=EXACT)
    wanted = Table(counts(table), shift_zeros=False).standardized_resids
    assert list(table.residuals()) == pytest.approx(np.asarray(wanted).ravel(), rel=EXACT, abs=1e-12)


@pytest.mark.parametrize("seed", range(12))
def test_four_cells(seed: int) -> None:
    """Yates and Fisher as SciPy has them."""
    table = drawn(seed, (2, 2), 10 ** (1 + seed % 3))
    yates = stats.chi2_contingency(counts(table), correction=True)
    assert table.yates() == pytest.approx((yates.statistic, yates.dof, yates.pvalue), rel=EXACT)
    assert table.fisher().p_value == pytest.approx(stats.fisher_exact(counts(table)).pvalue, rel=EXACT)


def test_published() -> None:
    """Agresti: X2 25.01 of the aspirin trial; 0.486 of the tea."""
    assert ASPIRIN.pearson().statistic == pytest.approx(25.01, abs=0.005)
    assert TEA.fisher().p_value == pytest.approx(0.486, abs=5e-4)


def test_levels_that_nobody_has_are_left_out() -> None:
    """As SciPy says of the table without them; of one row or nobody there is no test."""
    wide = Contingency((10, 0, 20, 0, 0, 0, 30, 0, 15), 3)
    small = Contingency((10, 20, 30, 15), 2)
    assert wide.pearson() == pytest.approx(small.pearson(), rel=EXACT)
    assert wide.cramers_v() == pytest.approx(small.cramers_v(), rel=EXACT)
    for table in (Contingency((5, 7, 0, 0), 2), Contingency((0, 0, 0, 0), 2)):
        assert (table.pearson(), table.likelihood_ratio(), table.yates()) == (UNTESTED,) * 3
        assert (table.cramers_v(), table.fisher().p_value) == (None, None)


def inside(cell: Cell, truth: Cell) -> bool:
    """Whether an interval holds the truth, up to the rounding of floating point."""
    if truth is None:
        return True
    assert isinstance(cell, Gap | About)
    assert isinstance(truth, int | float)
    slack = 1e-9 * max(1.0, abs(truth))
    low = -np.inf if cell.low is None else cell.low
    return bool(low - slack <= truth <= (np.inf if cell.high is None else cell.high) + slack)


def hidden(draw: st.DrawFn, count: int) -> Cell:
    """A count, or an interval that holds it: bounded, rounded, or without an upper end."""
    low, high = max(count - draw(st.integers(0, 9)), 0), count + draw(st.integers(0, 9))
    rounded = About(value=min(max(5 * round(count / 5), low), high), low=low, high=high)
    return draw(st.sampled_from([count, Gap(low=low, high=high), Gap(low=0), rounded]))


@st.composite
def tables(draw: st.DrawFn) -> tuple[Contingency, Contingency]:
    """A table, and the same with some counts hidden, at least one."""
    width, height = draw(st.integers(2, 4)), draw(st.integers(2, 4))
    size = width * height
    told = tuple(draw(st.lists(st.integers(0, 60), min_size=size, max_size=size)))
    cells = [hidden(draw, one) for one in told]
    cells[0] = Gap(low=max(told[0] - 3, 0), high=told[0] + 3)
    return Contingency(told, width), Contingency(tuple(cells), width)


@given(tables())
def test_intervals_hold(both: tuple[Contingency, Contingency]) -> None:
    """What is told of hidden counts holds what is told of the counts."""
    exact, table = both
    for name in ("pearson", "yates", "likelihood_ratio"):
        for cell, truth in zip(getattr(table, name)(), getattr(exact, name)(), strict=True):
            assert inside(cell, truth), (name, cell, truth)
    assert inside(table.cramers_v(), exact.cramers_v())
    if len(exact.cells) == 4:
        assert inside(table.fisher().p_value, exact.fisher().p_value)
    for name in ("expected", "residuals"):
        for cell, truth in zip(getattr(table, name)(), getattr(exact, name)(), strict=True):
            assert isinstance(cell, Gap | About) is False or inside(cell, truth)


def test_few_hidden_persons_leave_a_narrow_interval() -> None:
    """One count of 1 to 9 in a strong association: it is strong whatever the count is."""
    table = Contingency((400, 100, 100, 400, Gap(low=1, high=9), 200), 2)
    found, v = table.pearson(), table.cramers_v()
    assert isinstance(found.statistic, Gap)
    assert isinstance(found.p_value, Gap)
    assert isinstance(v, Gap)
    assert (found.statistic.low or 0) > 400
    assert (found.p_value.high or 0) < 1e-80
    assert 0.5 < (v.low or 0) < (v.high or 1) < 0.9


def test_hidden_levels_may_be_nobody_s() -> None:
    """Three rows of nobody or one: with fewer degrees of freedom the same statistic is less likely."""
    table = Contingency((300, 100, 100, 300, *(Gap(low=0, high=1),) * 6), 2)
    truth = Contingency((300, 100, 100, 300, *(0,) * 6), 2)
    for name in ("pearson", "likelihood_ratio"):
        found, exact = getattr(table, name)(), getattr(truth, name)()
        assert exact.df == 1
        assert found.df == Gap(low=0, high=4)
        assert found.p_value.low <= exact.p_value <= found.p_value.high


def test_hidden_persons_count_for_a_statistic() -> None:
    """All on the diagonal X2 is n, whatever n is."""
    found = Contingency((Gap(low=100, high=109), 0, 0, 100), 2).pearson().statistic
    assert isinstance(found, Gap)
    assert (found.low, found.high) == (pytest.approx(200), pytest.approx(209))
