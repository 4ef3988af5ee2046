"""Tests by ranks against SciPy on values that are told by their bin, and over hidden counts."""

from __future__ import annotations

from itertools import chain

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from fedcli.model.cells import Cell, Gap
from fedcli.statistics.figures import UNTESTED
from fedcli.statistics.rank_sums import Ranked
from tests.unit.statistics.test_contingency import EXACT, hidden, inside


def drawn(seed: int, groups: int) -> tuple[Ranked, list[np.ndarray]]:
    """Counts in bins, and the numbers of the bins as often as they are counted."""
    draw = np.random.default_rng(seed)
    counts = draw.integers(0, 10 ** (1 + seed % 3), size=(3 + seed, groups))
    values = [np.repeat(np.arange(len(counts)), counts[:, at]) for at in range(groups)]
    return Ranked(tuple(map(int, counts.ravel())), groups), values


@pytest.mark.parametrize("seed", range(9))
def test_scipy_agrees(seed: int) -> None:
    """Both tests of two groups, and Kruskal's of more, to ten digits; the mean ranks too."""
    ranked, values = drawn(seed, 2)
    told = stats.mannwhitneyu(*values, method="asymptotic")
    assert ranked.mann_whitney() == (
        pytest.approx(told.statistic),
        None,
        pytest.approx(told.pvalue, rel=EXACT),
    )
    pairs = len(values[0]) * len(values[1])
    assert ranked.superiority() == pytest.approx(told.statistic / pairs, rel=EXACT)
    for groups in (2, 3, 5):
        ranked, values = drawn(seed, groups)
        wanted = stats.kruskal(*values)
        assert ranked.kruskal_wallis() == pytest.approx(
            (wanted.statistic, groups - 1, wanted.pvalue), rel=1e-9
        )
        ranks = np.split(stats.rankdata(np.concatenate(values)), np.cumsum([len(one) for one in values])[:-1])
        assert ranked.mean_ranks() == pytest.approx([one.mean() for one in ranks], rel=EXACT)


def test_a_group_in_which_nobody_is() -> None:
    """It does not count; of one group, or of one bin, there is no test."""
    three = Ranked((5, 0, 2, 3, 0, 9, 1, 0, 4), 3)
    two = Ranked((5, 2, 3, 9, 1, 4), 2)
    assert three.kruskal_wallis() == pytest.approx(two.kruskal_wallis(), rel=EXACT)
    assert three.mean_ranks()[1] is None
    for none in (Ranked((5, 0, 3, 0), 2), Ranked((0, 0, 4, 5), 2), Ranked((0, 0, 0, 0), 2)):
        assert none.kruskal_wallis() == UNTESTED
        assert none.mann_whitney().p_value is None
    assert Ranked((0, 0, 4, 5), 2).superiority() == 0.5
    assert Ranked((5, 0, 3, 0), 2).superiority() is None
    even = Ranked((4, 4, 4, 4), 2).mann_whitney()
    assert even == (32, None, 1.0)


@st.composite
def tables(draw: st.DrawFn) -> tuple[Ranked, Ranked]:
    """Counts in bins, and the same with some hidden, at least one."""
    groups, bins = draw(st.integers(2, 3)), draw(st.integers(2, 5))
    told = draw(st.lists(st.integers(0, 40), min_size=groups * bins, max_size=groups * bins))
    cells: list[Cell] = [hidden(draw, one) for one in told]
    cells[0] = Gap(low=max(told[0] - 3, 0), high=told[0] + 3)
    return Ranked(tuple(told), groups), Ranked(tuple(cells), groups)


@given(tables())
def test_intervals_hold(both: tuple[Ranked, Ranked]) -> None:
    """What is told of hidden counts holds what is told of the counts."""
    exact, ranked = both
    found = [ranked.kruskal_wallis(), ranked.mean_ranks()]
    wanted = [exact.kruskal_wallis(), exact.mean_ranks()]
    if exact.groups == 2:
        found += [ranked.mann_whitney(), [ranked.superiority()]]
        wanted += [exact.mann_whitney(), [exact.superiority()]]
    for cell, truth in zip(chain(*found), chain(*wanted), strict=True):
        assert cell is None or inside(cell, truth), (cell, truth)


def test_a_hidden_count_leaves_an_interval_of_u() -> None:
    """One to nine more in the highest bin: between so many pairs, and so many."""
    low, high = (Ranked((30, 50, 40, 20, count, 10), 2).mann_whitney().statistic for count in (1, 9))
    ranked = Ranked((30, 50, 40, 20, Gap(low=1, high=9), 10), 2)
    found, share = ranked.mann_whitney().statistic, ranked.superiority()
    assert isinstance(found, Gap)
    assert isinstance(share, Gap)
    assert (found.low, found.high) == (pytest.approx(low), pytest.approx(high))
    assert 0.5 < (share.low or 0) < (share.high or 1) < 0.8
    assert ranked.mann_whitney().p_value == Gap(low=0, high=1)


def test_hidden_values_may_be_nobody_s() -> None:
    """All ten of the first group are higher, and up to nine more may be lower."""
    share = Ranked((Gap(low=0, high=9), 0, 0, 20, 10, 0), 2).superiority()
    assert isinstance(share, Gap)
    assert (share.low, share.high) == (pytest.approx(10 / 19), 1.0)
