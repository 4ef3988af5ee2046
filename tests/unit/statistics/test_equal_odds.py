"""Breslow and Day's test, against statsmodels, a published table, and where there is none."""

from __future__ import annotations

import random

import numpy as np
import pytest
from statsmodels.stats.contingency_tables import StratifiedTable

from fedcli.model.cells import Gap
from fedcli.statistics.equal_odds import equal_odds
from fedcli.statistics.figures import UNTESTED

#: SAS/STAT, PROC FREQ, example of the Cochran-Mantel-Haenszel statistics: treatment of migraine by sex, with
#: the statistic and the p-value that the manual prints.
MIGRAINE = (16, 11, 5, 20, 12, 16, 7, 19)
PRINTED = (1.4929, 0.2218)


def test_what_a_manual_prints() -> None:
    """To its four decimals."""
    found = equal_odds(MIGRAINE, corrected=False)
    assert (found.statistic, found.p_value) == pytest.approx(PRINTED, abs=5e-5)
    assert found.df == 1


@pytest.mark.parametrize("corrected", [False, True])
@pytest.mark.parametrize("seed", range(8))
def test_tables_by_chance(seed: int, corrected: bool) -> None:
    """Of two to nine strata, with odds ratios far from one on either side."""
    lots = random.Random(seed)
    cells = [lots.randint(1, 400 if at % 3 else 9) for at in range(4 * lots.randint(2, 9))]
    tables = [np.array(cells[at : at + 4], float).reshape(2, 2) for at in range(0, len(cells), 4)]
    wanted = StratifiedTable(tables).test_equal_odds(adjust=corrected)
    found = equal_odds(cells, corrected=corrected)
    assert (found.statistic, found.p_value) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-8)
    assert found.df == len(tables) - 1


def test_strata_without_an_odds_ratio() -> None:
    """Nobody exposed, no event, or nobody at all: such a stratum is none, and one alone is not tested."""
    silent = (0, 0, 5, 20, 0, 9, 0, 8, 0, 0, 0, 0)
    assert equal_odds((*silent, *MIGRAINE), corrected=True) == equal_odds(MIGRAINE, corrected=True)
    assert equal_odds((*silent, *MIGRAINE[:4]), corrected=True) == UNTESTED
    assert equal_odds((9, 0, 0, 8, 7, 0, 0, 3), corrected=False) == UNTESTED  # the pooled one is infinite


def test_hidden_counts() -> None:
    """Nothing is known of the statistic but that it is not below zero."""
    found = equal_odds((Gap(high=9), *MIGRAINE[1:]), corrected=False)
    assert found.statistic == Gap(low=0.0)
    assert isinstance(found.p_value, Gap)
