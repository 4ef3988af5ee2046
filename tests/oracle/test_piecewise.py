"""A baseline in intervals over sites, against statsmodels' Poisson fit of rows that are expanded here."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
import statsmodels.api as sm
from statsmodels.duration.hazard_regression import PHReg

from fedcli.analytics.piecewise import Piecewise
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of
from tests.oracle.test_cox import DRAWN, drawn, entering

COLUMNS = DRAWN | {"begins": {"type": "integer", "bounds": [0, 62]}}
BREAKS = (5.5, 12, 20)


def asked(tables: list[pa.Table], folder: Path, **more: Any) -> Answer:
    """The answer over sites."""
    told = {"time": "months", "event": "died", "formula": "age * treated", "breaks": list(BREAKS), **more}
    return converged(Piecewise.read(told, "a test"), dictionary_of(COLUMNS), tables, folder)


class Pooled:
    """All rows together, each once for every interval that it is followed in."""

    def __init__(self, tables: list[pa.Table], until: float, late: bool) -> None:
        whole = pa.concat_tables(tables)
        time, age = whole["months"].to_numpy().astype(float), whole["age"].to_numpy()
        died, treated = (whole[name].to_numpy(zero_copy_only=False) for name in ("died", "treated"))
        begun = whole["begins"].to_numpy().astype(float) if late else np.zeros(len(time))
        self.columns = np.column_stack([age, treated, age * treated]).astype(float)
        self.time, self.died, self.begun = np.minimum(time, until), died & (time <= until), begun
        parts = list(zip((0.0, *BREAKS), (*BREAKS, until), strict=True))
        rows = [self._within(at, *ends) for at, ends in enumerate(parts)]
        at, who, self.spent, self.came = (np.concatenate(lines) for lines in zip(*rows, strict=True))
        self.x = np.column_stack([np.eye(len(parts))[at], self.columns[who]])
        self.at = at

    def _within(self, at: int, low: float, high: float) -> tuple[Any, ...]:
        starts, ends = np.maximum(self.begun, low), np.minimum(self.time, high)
        who = np.flatnonzero(ends > starts)
        came = self.died[who] & (low < self.time[who]) & (self.time[who] <= high)
        return np.full(len(who), at), who, (ends - starts)[who], came.astype(float)

    def fit(self, columns: slice) -> Any:
        """The model, or that of no columns."""
        model = sm.GLM(self.came, self.x[:, columns], sm.families.Poisson(), offset=np.log(self.spent))
        return model.fit(tol=1e-13, tol_criterion="params", maxiter=12)

    def likelihood(self, fit: Any) -> float:
        """Of times, not of counts: less the logarithms of the time at risk."""
        return float(fit.llf - self.came @ np.log(self.spent))


@pytest.fixture(scope="module")
def tables() -> list[pa.Table]:
    """Several blocks of rows, in whole months, some of them exactly at breaks; one site is small."""
    return [entering(rows, seed) for seed, rows in enumerate((300, 9000))]


@pytest.mark.parametrize("late", [False, True])
@pytest.mark.parametrize("until", [None, 36])
def test_the_poisson_model(tables: list[pa.Table], tmp_path: Path, until: float | None, late: bool) -> None:
    """Coefficients to 1e-8, errors to 1e-7, likelihoods to 1e-9; and events, time and hazards."""
    answer = asked(tables, tmp_path, until=until, entry="begins" if late else None)
    pooled = Pooled(tables, until or np.inf, late)
    fit, null = pooled.fit(slice(None)), pooled.fit(slice(len(BREAKS) + 1))
    found = answer.tables["coefficients"].rows
    k = len(BREAKS) + 1
    assert [row[1] for row in found] == pytest.approx(fit.params[k:], rel=1e-8)
    assert [row[2] for row in found] == pytest.approx(fit.bse[k:], rel=1e-7)
    ratios = np.exp([fit.params, *fit.conf_int().T]).T[k:]
    assert [row[1:] for row in answer.tables["hazard_ratios"].rows] == [
        pytest.approx(tuple(one), rel=1e-6) for one in ratios
    ]
    told = answer.scalars
    assert told["log_likelihood"] == pytest.approx(pooled.likelihood(fit), rel=1e-9)
    assert told["null_log_likelihood"] == pytest.approx(pooled.likelihood(null), rel=1e-9)
    assert told["lr_statistic"] == pytest.approx(2 * (fit.llf - null.llf), rel=1e-7)
    assert told["score_statistic"] == pytest.approx(_score(pooled, null), rel=1e-7)
    assert told["aic"] == pytest.approx(2 * (k + 3) - 2 * pooled.likelihood(fit), rel=1e-9)
    assert (told["events"], told["converged"], told["df"]) == (pooled.came.sum(), 1, 3)
    hazards = np.exp([fit.params, *fit.conf_int().T]).T[:k]
    for at, (low, high, events, time, *hazard) in enumerate(answer.tables["baseline"].rows):
        assert (low, high) == ((0, *BREAKS)[at], (*BREAKS, until)[at])
        assert events == pooled.came[pooled.at == at].sum()
        assert time == pytest.approx(pooled.spent[pooled.at == at].sum(), rel=1e-12)
        assert hazard == pytest.approx(hazards[at], rel=1e-6)


def _score(pooled: Pooled, null: Any) -> float:
    """The score test of all columns, at the fit without them."""
    mu = np.exp(pooled.x[:, : len(BREAKS) + 1] @ null.params) * pooled.spent
    score = pooled.x.T @ (pooled.came - mu)
    return float(score @ np.linalg.solve((pooled.x * mu[:, None]).T @ pooled.x, score))


def test_finer_intervals_come_to_cox(tmp_path: Path) -> None:
    """With narrower and narrower intervals the coefficients come to those of Cox's model without strata."""
    lots = np.random.default_rng(5)
    rows = 4000
    age, treated = lots.uniform(40, 80, rows), lots.random(rows) < 0.5
    time = 20 * lots.weibull(2.5, rows) * np.exp(-(0.05 * (age - 60) - 0.7 * treated) / 2.5)
    table = pa.table({"age": age, "treated": treated, "months": time, "died": lots.random(rows) < 0.7})
    columns = COLUMNS | {"months": {"type": "real", "bounds": [0, 200]}}
    cox = PHReg(time, np.column_stack([age, treated]), status=table["died"].to_numpy(zero_copy_only=False))
    wanted = cox.fit(tol=1e-12).params
    off = []
    for number in (1, 6, 36):
        breaks = np.quantile(time, np.linspace(0, 1, number + 2)[1:-1]).round(3).tolist()
        told = {"time": "months", "event": "died", "formula": "age + treated", "breaks": breaks}
        sites = [table.slice(0, 1500), table.slice(1500)]
        answer = converged(Piecewise.read(told, "a test"), dictionary_of(columns), sites, tmp_path)
        found = [row[1] for row in answer.tables["coefficients"].rows]
        off.append(float(np.abs((np.array(found) - wanted) / wanted).max()))
    assert off == sorted(off, reverse=True)
    assert off[-1] < 0.01 < off[0]


def test_an_interval_without_events(tmp_path: Path) -> None:
    """Its hazard is zero, whose logarithm is no number: the fit says that it has no end."""
    table = drawn(500, 1).filter(pa.compute.greater(drawn(500, 1)["months"], 3))
    answer = asked([table], tmp_path, breaks=[2, 12])
    assert (answer.scalars["separated"], answer.scalars["converged"]) == (1, 0)
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}
