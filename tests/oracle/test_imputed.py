"""Multiple imputation: fits of the completed rows pooled by hand, and the truth that incomplete rows tell."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import statsmodels.api as sm
import statsmodels.formula.api as smf
from scipy import stats
from statsmodels.imputation.mice import MICE, MICEData
from statsmodels.regression.linear_model import OLS

from fedcli.analytics.imputed import ImputedModel
from fedcli.engine.by_imputing import filled
from fedcli.engine.chained import Target, completed
from fedcli.engine.draws import Draws
from fedcli.errors import FedcliError
from fedcli.model.result import Answer
from tests.oracle.fits import converged, dictionary_of

COLUMNS: dict[str, Any] = {
    "y": {"type": "real", "bounds": [-50, 150]},
    "ill": {"type": "integer", "levels": [0, 1], "bounds": [0, 1]},
    "visits": {"type": "integer", "bounds": [0, 60]},
    "age": {"type": "real", "bounds": [0, 120]},
    "dose": {"type": "real", "bounds": [-10, 10]},
    "ward": {"type": "text", "levels": ["a", "b", "c"]},
    "late": {"type": "boolean"},
}
DICTIONARY = dictionary_of(COLUMNS)
FORMULA = "age + dose + ward + late"
FILLED = ("dose", "ward", "late")
TRUE = {"Intercept": 2.0, "age": 0.1, "dose": 1.0, "ward[T.b]": 0.5, "ward[T.c]": -0.5, "late": 0.8}


def whole(number: int, seed: int) -> pd.DataFrame:
    """Persons whose outcome is a sum of all else, by `TRUE`."""
    dealt = np.random.default_rng(seed)
    age = dealt.normal(50, 10, number)
    dose = 0.5 * (age - 50) / 10 + dealt.normal(size=number)
    ward = dealt.choice(["a", "b", "c"], number)
    late = dealt.uniform(size=number) < 1 / (1 + np.exp(-0.5 * dose - 0.4 * (ward == "b")))
    y = 2 + 0.1 * age + dose + 0.5 * (ward == "b") - 0.5 * (ward == "c") + 0.8 * late
    y += dealt.normal(size=number)
    ill = (dealt.uniform(size=number) < 1 / (1 + np.exp(-(y - 7.5) / 2))).astype(int)
    visits = dealt.poisson(np.exp(0.2 * (y - 7)))
    return pd.DataFrame(
        {"y": y, "ill": ill, "visits": visits, "age": age, "dose": dose, "ward": ward, "late": late}
    )


def gaps(frame: pd.DataFrame, seed: int, steep: float = 0.8) -> pd.DataFrame:
    """The same, with values missing by the outcome and by age: the complete are not like the others."""
    dealt = np.random.default_rng(seed + 1000)
    frame = frame.astype({"ward": object, "late": object})

    def lacks(at: Any) -> Any:
        return dealt.uniform(size=len(frame)) < 1 / (1 + np.exp(-at))

    high = frame["y"] - frame["y"].mean()
    frame.loc[lacks(-1 + steep * high), "dose"] = np.nan
    frame.loc[lacks(-1.2 + 0.3 * high), "late"] = None
    frame.loc[lacks(-1.5 + 0.03 * (frame["age"] - 50)), "ward"] = None
    return frame


def sites(frame: pd.DataFrame) -> list[pd.DataFrame]:
    """The rows at three sites of different sizes."""
    edges = [0, len(frame) // 5, len(frame) // 2, len(frame)]
    return [frame.iloc[low:high] for low, high in pairwise(edges)]


def rows_of(frame: pd.DataFrame) -> list[dict[str, Any]]:
    return [
        {name: None if pd.isna(cell) else cell for name, cell in row.items()}
        for row in frame.to_dict("records")
    ]


def asked(**more: Any) -> ImputedModel:
    told = {
        "family": "gaussian",
        "formula": f"y ~ {FORMULA}",
        "impute": FILLED,
        "imputations": 4,
        "cycles": 3,
    }
    return ImputedModel.read({**told, **more}, "a test")


def over_sites(question: ImputedModel, frames: list[pd.DataFrame], folder: Path) -> Answer:
    tables = [
        pa.table({name: pa.array(list(column), from_pandas=True) for name, column in frame.items()})
        for frame in frames
    ]
    return converged(question, DICTIONARY, tables, folder)


def by_hand(question: ImputedModel, frames: list[pd.DataFrame], fit: Any) -> dict[str, Any]:
    """Each completed data set fitted by statsmodels, pooled as Rubin (1987, section 3.1) writes it."""
    fits = []
    for design in question.resolved(DICTIONARY, "a test")._designs.values():
        rows = [row for frame in frames for row in filled(design, rows_of(frame), DICTIONARY)[0]]
        fits.append(fit(pd.DataFrame(rows).astype({"late": bool})))
    m, n = len(fits), fits[0].nobs
    estimates = np.array([one.params for one in fits])
    within = np.mean([np.diag(one.cov_params()) for one in fits], axis=0)
    between = estimates.var(axis=0, ddof=1)
    total = within + between + between / m
    part = (between + between / m) / total
    full = n - estimates.shape[1]
    df = 1 / (part**2 / (m - 1) + 1 / ((full + 1) / (full + 3) * full * (1 - part)))
    return {
        "terms": list(fits[0].params.index),
        "estimate": estimates.mean(axis=0),
        "error": np.sqrt(total),
        "df": df,
        "p": 2 * stats.t.sf(np.abs(estimates.mean(axis=0)) / np.sqrt(total), df),
        "fits": fits,
        "n": n,
    }


FITS: dict[str, Any] = {
    "gaussian": lambda frame: smf.ols(f"y ~ {FORMULA}", frame).fit(),
    "binomial": lambda frame: smf.logit(f"ill ~ {FORMULA}", frame).fit(disp=0, tol=1e-12),
    "poisson": lambda frame: smf.glm(f"visits ~ {FORMULA}", frame, family=sm.families.Poisson()).fit(
        tol=1e-12
    ),
}
OUTCOMES = {"gaussian": "y", "binomial": "ill", "poisson": "visits"}


@pytest.mark.parametrize("family", FITS)
def test_pooled_by_hand(family: str, tmp_path: Path) -> None:
    """Under `evaluation`, over three sites: the fits of the completed rows of all, pooled."""
    frames = sites(gaps(whole(600, 3), 3))
    question = asked(family=family, formula=f"{OUTCOMES[family]} ~ {FORMULA}")
    answer = over_sites(question, frames, tmp_path)
    theirs = by_hand(question, frames, FITS[family])
    assert (answer.scalars["n"], answer.scalars["converged"]) == (theirs["n"], 1)
    names = {
        "(Intercept)": "Intercept",
        "wardb": "ward[T.b]",
        "wardc": "ward[T.c]",
        "lateTRUE": "late[T.True]",
    }
    for term, estimate, error, _, p, _, _, df, riv, fmi in answer.tables["coefficients"].rows:
        at = theirs["terms"].index(names.get(str(term), str(term)))
        assert estimate == pytest.approx(theirs["estimate"][at], rel=1e-7), term
        assert error == pytest.approx(theirs["error"][at], rel=1e-6), term
        assert df == pytest.approx(theirs["df"][at], rel=1e-5), term
        assert p == pytest.approx(theirs["p"][at], rel=1e-4), term
        assert riv > 0  # type: ignore[operator]
        assert 0 < fmi < 1  # type: ignore[operator]
    if family == "gaussian":
        scale = np.sqrt(np.mean([one.mse_resid for one in theirs["fits"]]))
        assert answer.scalars["sigma"] == pytest.approx(scale, rel=1e-9)


def test_a_term_over_all_data_sets(tmp_path: Path) -> None:
    """Li, Raghunathan and Rubin's test of both columns of a ward, written out; and contrasts."""
    frames = sites(gaps(whole(600, 4), 4))
    question = asked(contrasts=("2 * dose", "wardb - wardc"))
    answer = over_sites(question, frames, tmp_path)
    fits = by_hand(question, frames, FITS["gaussian"])["fits"]
    m, names = len(fits), ["ward[T.b]", "ward[T.c]"]
    q = np.array([one.params[names] for one in fits])
    within = np.mean([one.cov_params().loc[names, names] for one in fits], axis=0)
    r = (1 + 1 / m) * np.trace(np.cov(q.T) @ np.linalg.inv(within)) / 2
    d = q.mean(axis=0) @ np.linalg.inv(within) @ q.mean(axis=0) / (2 * (1 + r))
    t = 2 * (m - 1)
    v = 4 + (t - 4) * (1 + (1 - 2 / t) / r) ** 2
    [told] = [row for row in answer.tables["tests"].rows if row[0] == "ward"]
    assert told == ("ward", 2, pytest.approx(d), pytest.approx(stats.f.sf(d, 2, v)), pytest.approx(v))
    rows = {row[0]: row for row in answer.tables["coefficients"].rows}
    twice, between = answer.tables["contrasts"].rows
    assert twice[1] == pytest.approx(2 * rows["dose"][1])  # type: ignore[operator]
    assert twice[3:5] == pytest.approx(rows["dose"][3:5])
    assert between[1] == pytest.approx(q.mean(axis=0) @ [1, -1])


def test_it_tells_the_truth_where_complete_rows_do_not() -> None:
    """Of 40 draws of persons whose gaps depend on their outcome: pooled estimates are without bias and their
    intervals hold the truth as often as they say; those of complete rows are biased.
    """
    truth = np.array([*TRUE.values()])
    scores, complete = [], []
    for seed in range(40):
        frame = gaps(whole(300, seed), seed)
        lines = _lines(frame)
        fits = [_ols(completed(lines, TARGETS, 3, Draws("key", f"{seed} {at}"))) for at in range(5)]
        estimate = np.mean([one.params for one in fits], axis=0)
        within = np.mean([np.diag(one.cov_params()) for one in fits], axis=0)
        total = within + 1.2 * np.var([one.params for one in fits], axis=0, ddof=1)
        scores.append((estimate - truth) / np.sqrt(total))
        alone = _ols(lines[:, np.isfinite(lines).all(axis=0)])
        complete.append((alone.params - truth) / alone.bse)
    assert np.abs(np.mean(scores, axis=0)).max() < 3 / np.sqrt(40)
    held = (np.abs(scores) < 2).mean()
    assert 0.92 < held < 0.98
    assert np.abs(np.mean(complete, axis=0)).max() > 3 / np.sqrt(40)


TARGETS = [Target((2,), (-10.0, 10.0)), Target((3, 4), None), Target((5,), None)]


def _lines(frame: pd.DataFrame) -> Any:
    """The outcome, and the columns of the design, one line each."""
    ward, late = frame["ward"], frame["late"]
    dummies = [np.where(ward.isna(), np.nan, ward == level) for level in "bc"]
    return np.array([frame["y"], frame["age"], frame["dose"], *dummies, late.astype(float)], dtype=float)


def _ols(lines: Any) -> Any:
    return OLS(lines[0], np.vstack([np.ones(lines.shape[1]), lines[1:]]).T).fit()


def test_beside_another_program() -> None:
    """statsmodels' chained equations, which match means, come to about the same."""
    frame = gaps(whole(2000, 9), 9, 0.3)[["y", "age", "dose"]].astype(float)
    np.random.seed(1)
    theirs = MICE("y ~ age + dose", OLS, MICEData(frame)).fit(5, 20)
    lines = frame.to_numpy().T
    fits = [_ols(completed(lines, [TARGETS[0]], 5, Draws("key", str(at)))) for at in range(20)]
    ours = np.mean([one.params for one in fits], axis=0)
    within = np.mean([np.diag(one.cov_params()) for one in fits], axis=0)
    error = np.sqrt(within + 1.05 * np.var([one.params for one in fits], axis=0, ddof=1))
    assert np.abs((ours - theirs.params) / theirs.bse).max() < 0.5
    assert np.allclose(error / theirs.bse, 1, atol=0.2)


def test_draws() -> None:
    """They are what their names say, and the same for the same key and question alone."""
    draws = Draws("key", "question")
    assert stats.kstest(draws.uniform(20_000), "uniform").pvalue > 0.01
    assert stats.kstest(draws.normal(20_000), "norm").pvalue > 0.01
    for degrees in (1, 2, 3, 40):
        several = [draws.chi_squared(degrees) for _ in range(2000)]
        assert stats.kstest(several, stats.chi2(degrees).cdf).pvalue > 0.01, degrees
    again, other, asked_else = (
        Draws(*of) for of in (("key", "question"), ("other", "question"), ("key", "else"))
    )
    first = again.uniform(5)
    assert (first == Draws("key", "question").uniform(5)).all()
    assert not set(first) & {*other.uniform(5), *asked_else.uniform(5), *again.uniform(5)}


def test_a_column_that_a_site_hardly_has(tmp_path: Path) -> None:
    """Rows that lack it are left out there, and filled in elsewhere."""
    frames = sites(gaps(whole(600, 5), 5))
    few = frames[0].copy()
    few.loc[few.index[4:], "dose"] = np.nan
    answer = over_sites(asked(), [few, *frames[1:]], tmp_path)
    kept = few["dose"].notna() & few["ward"].notna() & few["late"].notna()
    assert answer.scalars["n"] == len(frames[1]) + len(frames[2]) + int(few["dose"].notna().sum())
    assert int(kept.sum()) <= int(few["dose"].notna().sum())


@pytest.mark.parametrize(
    ("told", "code"),
    [
        ({"impute": ("y",)}, "Q-MODEL"),
        ({"impute": ("visits",)}, "Q-MODEL"),
        ({"impute": ("nothing",)}, "Q-MODEL"),
        ({"formula": "y ~ ill + C(ill)", "impute": ("ill",)}, "Q-MODEL"),
        ({"offset": "age"}, "Q-MODEL"),
        (
            {
                "family": "poisson",
                "formula": "visits ~ age + dose",
                "offset": "scale(age, 0, 9)",
                "impute": ("age",),
            },
            "Q-MODEL",
        ),
        ({"contrasts": ("other",)}, "Q-CONTRAST"),
    ],
)
def test_what_does_not_go_together(told: dict[str, Any], code: str) -> None:
    """Is refused before anybody is asked."""
    with pytest.raises(FedcliError) as caught:
        asked(**told).resolved(DICTIONARY, "a test")
    assert caught.value.code == code


@pytest.mark.parametrize("large", [1e200, 1.5e308])
def test_values_too_large_to_be_squared(large: float) -> None:
    """They are told as such, as of any model, also where only rows have them that lack something."""
    lines = _lines(gaps(whole(200, 6), 6))
    lines[1, np.flatnonzero(np.isnan(lines[2]))[:2]] = large
    with pytest.raises(FedcliError) as caught:
        completed(lines, TARGETS, 2, Draws("key", "question"))
    assert caught.value.code == "D-OVERFLOW"
