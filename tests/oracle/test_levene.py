"""Levene's test over sites, against SciPy on the pooled rows."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats

from fedcli.analytics.levene import Levene
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of
from tests.oracle.wheels import fair

GRADES = [1, 2, 3, 4, 5]
COLUMNS = {
    "age": {"type": "real", "bounds": [17, 43]},
    "rate_marriage": {"type": "integer", "levels": [0, *GRADES]},
}


def answered(tables: list[pa.Table], folder: Path) -> Answer:
    """What sites with some rows tell together."""
    asked = Levene(column="age", by="rate_marriage")
    return converged(asked, dictionary_of(COLUMNS), tables, folder)


@pytest.mark.parametrize("sites", [1, 3])
def test_over_sites(sites: int, tmp_path: Path) -> None:
    """Statistic and p-value to ten digits, and each group; a level that nobody has is no group."""
    answer, frame = answered(fair.tables(sites), tmp_path), fair.load()
    groups = [frame.loc[frame["rate_marriage"] == grade, "age"].to_numpy() for grade in GRADES]
    wanted = stats.levene(*groups, center="mean")
    [(_, statistic, df, df_within, p)] = answer.tables["tests"].rows
    assert (df, df_within) == (len(GRADES) - 1, len(frame) - len(GRADES))
    assert statistic == pytest.approx(wanted.statistic, rel=1e-10)
    assert p == pytest.approx(wanted.pvalue, rel=1e-9)
    told = {row[0]: row[1:] for row in answer.tables["groups"].rows}
    assert told[0] == (0, 0, None, None)
    for grade, values in zip(GRADES, groups, strict=True):
        off = np.abs(values - values.mean()).mean()
        assert told[grade] == pytest.approx((len(values), 0, values.mean(), off), rel=1e-10)


def test_missing_values_and_a_site_without_a_group(tmp_path: Path) -> None:
    """A site may have nobody of a group; who has no value, or no level, is in none."""
    tables = [
        pa.table({"age": [20.0, 23.0, None, 31.0, 40.0], "rate_marriage": [1, 1, 1, 1, None]}),
        pa.table({"age": [22.0, 42.0, 18.0, 30.5], "rate_marriage": [2, 2, 2, 1]}),
    ]
    [(_, statistic, *_, p)] = answered(tables, tmp_path).tables["tests"].rows
    wanted = stats.levene([20.0, 23.0, 31.0, 30.5], [22.0, 42.0, 18.0], center="mean")
    assert (statistic, p) == pytest.approx((wanted.statistic, wanted.pvalue), rel=1e-10)
