"""Hazards by federated averaging against descent written out and statsmodels, under `evaluation`."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from statsmodels.duration.hazard_regression import PHReg

from fedcli.analytics.fedcox import Fedcox
from fedcli.model.result import Answer
from tests.oracle.fits import dictionary_of
from tests.oracle.test_cox import DRAWN, drawn
from tests.oracle.test_fedavg import trained

FOLLOWED = dictionary_of(DRAWN)
COLUMNS = ["age", "treated"]


def asked(**more: Any) -> Fedcox:
    told = {"time": "months", "event": "died", "formula": "age + treated", "c": 1e9, **more}
    return Fedcox.read(told, "a test")


def standardised(answer: Answer) -> np.ndarray:
    return np.array([row[2] for row in answer.tables["coefficients"].rows], float)


def together(tables: list[pa.Table]) -> tuple[pd.DataFrame, np.ndarray, np.ndarray]:
    """All rows with their site, their standardised columns, and the spreads of these."""
    frame = pd.concat([one.to_pandas().assign(site=at) for at, one in enumerate(tables)], ignore_index=True)
    x = frame[COLUMNS].to_numpy(float)
    return frame, (x - x.mean(axis=0)) / x.std(axis=0), x.std(axis=0)


def slope(x: np.ndarray, frame: pd.DataFrame, beta: np.ndarray, until: float) -> tuple[np.ndarray, float]:
    """Of Breslow's partial likelihood of each site, added up: the score, and minus the logarithm."""
    score, loss = np.zeros(len(beta)), 0.0
    for site in frame["site"].unique():
        own = (frame["site"] == site).to_numpy()
        z, time = x[own], frame["months"].to_numpy()[own]
        came = frame["died"].to_numpy()[own] & (time <= until)
        w = np.exp(z @ beta)
        for when in np.unique(time[came]):
            here, risk = came & (time == when), time >= when
            mean = w[risk] @ z[risk] / w[risk].sum()
            score += z[here].sum(axis=0) - here.sum() * mean
            loss += here.sum() * np.log(w[risk].sum()) - (z[here] @ beta).sum()
    return score, loss


@pytest.mark.parametrize("until", [None, 12])
def test_one_step_a_round_is_descent_on_the_stratified_likelihood(until: int | None, tmp_path: Path) -> None:
    """To 1e-10 of the same steps in numpy, over three uneven sites of several blocks, many events at once."""
    tables = [drawn(rows, seed) for seed, rows in enumerate((300, 9000, 17000))]
    question = asked(rounds=5, epochs=1, learning_rate=2.0, c=0.01, until=until)
    answer = trained(question, tables, tmp_path, FOLLOWED, judged=True)
    frame, x, _ = together(tables)
    beta, n, losses = np.zeros(2), len(frame), []
    for _ in range(5):
        score, loss = slope(x, frame, beta, until or np.inf)
        beta, losses = beta + 2.0 * (score - beta / 0.01) / n, [*losses, loss / n]
    assert standardised(answer) == pytest.approx(beta, rel=1e-10)
    assert [row[1] for row in answer.tables["rounds"].rows] == pytest.approx(losses, rel=1e-10)


def differing() -> list[pa.Table]:
    """Sites whose columns, and whose follow-up, differ."""
    tables = []
    for seed, (rows, low) in enumerate(((200, 40), (350, 50), (600, 60))):
        table = drawn(4 * rows, seed + 7)
        age = table["age"].to_numpy()
        kept = np.flatnonzero((age >= low) & (age < low + 20))[:rows]
        tables.append(table.take(kept))
    return tables


def test_scaffold_ends_at_the_stratified_fit(tmp_path: Path) -> None:
    """Statsmodels' fit of the rows together, stratified by site, after Breslow; averaging ends elsewhere."""
    tables = differing()
    frame, x, spreads = together(tables)
    fit = PHReg(frame["months"], x, status=frame["died"], strata=frame["site"], ties="breslow").fit(tol=1e-12)
    off = {}
    for strategy, rounds in (("fedavg", 15), ("scaffold", 40)):
        question = asked(strategy=strategy, rounds=rounds, epochs=10, learning_rate=0.5)
        answer = trained(question, tables, tmp_path, FOLLOWED, judged=True)
        off[strategy] = float(np.abs(standardised(answer) - fit.params).max())
        told = [float(row[1]) for row in answer.tables["coefficients"].rows]  # type: ignore[arg-type]
        assert told == pytest.approx(standardised(answer) / spreads)
    assert off["scaffold"] < 1e-7
    assert off["fedavg"] > 1e-3


def test_many_rounds_of_one_step_end_there_too(tmp_path: Path) -> None:
    """However long the way: to 1e-7, and training says that it stands still."""
    tables = differing()
    frame, x, _ = together(tables)
    fit = PHReg(frame["months"], x, status=frame["died"], strata=frame["site"], ties="breslow").fit(tol=1e-12)
    question = asked(rounds=100, epochs=1, learning_rate=2.0)
    answer = trained(question, tables, tmp_path, FOLLOWED, judged=True)
    assert standardised(answer) == pytest.approx(fit.params, abs=1e-7)
    assert answer.scalars["converged"] == 1
