"""The test of proportional hazards over sites, against the score test by its definition, event by event."""

from __future__ import annotations

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from scipy import stats
from statsmodels.duration.hazard_regression import PHReg

from fedcli.analytics.proportional import Proportional
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of
from tests.oracle.test_cox import DRAWN, drawn

UNTIL = 36
TRENDS: dict[str, Callable[[float], float]] = {"identity": float, "log": math.log}


def zph(rows: list[tuple[Any, Any, Any]], beta: Any, trend: Callable[[float], float], ties: str) -> Any:
    """The score and the information of (x, x g(t)) at (beta, 0), for strata of times, events and columns.

    Grambsch and Therneau (1994); R's `cox.zph` with `terms = FALSE` since survival 3.0: the score of x is
    zero at the fit, and each test is of one column of x g(t) beside all of x.
    """
    p = len(beta)
    score, information = np.zeros(2 * p), np.zeros((2 * p, 2 * p))
    for time, event, x in rows:
        w = np.exp(x @ beta)
        for at in np.unique(time[event]):
            g, risk, dead = trend(at), time >= at, event & (time == at)
            for k in range(dead.sum()):
                share = w * (risk - (k / dead.sum() if ties == "efron" else 0) * dead)
                mean = share @ x / share.sum()
                spread = (x - mean).T * share @ (x - mean) / share.sum()
                information += np.kron([[1, g], [g, g * g]], spread)
                score[p:] -= g * mean
            score[p:] += g * x[dead].sum(axis=0)
    tests = []
    for columns in [*([at] for at in range(p)), list(range(p))]:
        held = [*range(p), *(p + at for at in columns)]
        part = np.where(np.arange(len(held)) < p, 0.0, score[held])
        statistic = part @ np.linalg.solve(information[np.ix_(held, held)], part)
        tests.append((statistic, len(columns), stats.chi2.sf(statistic, len(columns))))
    return tests


def _rows(table: pa.Table) -> tuple[Any, Any, Any]:
    months = table["months"].to_numpy().astype(float)
    dead = table["died"].to_numpy(zero_copy_only=False) & (months <= UNTIL)
    x = np.column_stack([table["age"].to_numpy(), table["treated"].to_numpy(zero_copy_only=False)])
    return np.minimum(months, UNTIL + 1), dead, x.astype(float)


def _asked(tables: list[pa.Table], folder: Path, **more: Any) -> Answer:
    told = {"time": "months", "event": "died", "formula": "age + treated", "until": UNTIL, **more}
    return converged(Proportional.read(told, "a test"), dictionary_of(DRAWN), tables, folder)


@pytest.mark.parametrize("trend", TRENDS)
@pytest.mark.parametrize("ties", ["breslow", "efron"])
def test_three_sites(tmp_path: Path, trend: str, ties: str) -> None:
    """Of several blocks, with hundreds of events at a time: statistics to eight digits."""
    tables = [drawn(rows, seed) for seed, rows in enumerate((300, 2500, 9000))]
    answer = _asked(tables, tmp_path, trend=trend, ties=ties)
    rows = [_rows(one) for one in tables]
    time, dead, x = (np.concatenate(parts) for parts in zip(*rows, strict=True))
    site = np.repeat(np.arange(3), [len(one) for one in tables])
    fit = PHReg(time, x, status=dead.astype(int), strata=site, ties=ties).fit(tol=1e-14)
    wanted = zph(rows, fit.params, TRENDS[trend], ties)
    found = answer.tables["tests"].rows
    assert [row[0] for row in found] == ["age", "treatedTRUE", "GLOBAL"]
    for row, (statistic, df, p) in zip(found, wanted, strict=True):
        assert row[1:] == (pytest.approx(statistic, rel=1e-8), df, pytest.approx(p, rel=1e-7)), row[0]


def test_a_hazard_that_changes_is_found(tmp_path: Path) -> None:
    """A treatment that helps early and hurts late, beside an age that always counts the same."""
    lots = np.random.default_rng(5)
    age, treated = lots.uniform(40, 80, 4000).round(1), lots.random(4000) < 0.5
    early = lots.exponential(20 / np.exp(0.03 * (age - 60) - 1.2 * treated))
    late = 12 + lots.exponential(20 / np.exp(0.03 * (age - 60) + 0.8 * treated))
    months = np.ceil(np.where(early < 12, early, late))
    died = months <= 60
    table = pa.table(
        {
            "age": age,
            "treated": treated,
            "months": np.minimum(months, 60).astype(np.int64),
            "died": died,
        }
    )
    found = {row[0]: row[3] for row in _asked([table], tmp_path, trend="log").tables["tests"].rows}
    assert found["treatedTRUE"] < 1e-10  # type: ignore[operator]
    assert found["GLOBAL"] < 1e-10  # type: ignore[operator]
    assert found["age"] > 0.01  # type: ignore[operator]
