"""Meta-analysis against metafor and statsmodels: published trials, and sites of public federations."""

from __future__ import annotations

import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.statistics.synthesis import (
    FIGURES,
    Estimate,
    by_likelihood,
    by_moments,
    by_squares,
    figures,
    mean,
    spread,
    without_each,
)

#: Log risk ratios and their variances of the 13 trials of BCG (Colditz et al. 1994), rounded.
BCG = (
    *((-0.8893, 0.3256), (-1.5854, 0.1946), (-1.3481, 0.4154), (-1.4416, 0.0200), (-0.2175, 0.0512)),
    *((-0.7861, 0.0069), (-1.6209, 0.2230), (0.0120, 0.0040), (-0.4694, 0.0564), (-1.3713, 0.0730)),
    *((-0.3394, 0.0124), (0.4459, 0.5325), (-0.0173, 0.0714)),
)


def estimates(values: list[float], variances: list[float]) -> list[Estimate]:
    """Of sites that are numbered."""
    pairs = zip(values, variances, strict=True)
    return [Estimate(f"s{at}", value, variance) for at, (value, variance) in enumerate(pairs)]


@pytest.fixture(scope="module")
def oracles() -> Path:
    """Where the oracles are."""
    folder = Path(os.environ.get("FEDCLI_SHARED_DATA", "../shared/data")) / "oracles"
    if not folder.exists():
        pytest.skip("the public data are not here: name them in FEDCLI_SHARED_DATA")
    return folder


def test_the_trials_of_bcg() -> None:
    """As metafor's documentation of dat.bcg tells it: REML -0.7145 (0.1798), tau2 0.3132, I2 92.2 %."""
    some = estimates(*map(list, zip(*BCG, strict=True)))
    random = mean(some, by_likelihood(some))
    assert random.value == pytest.approx(-0.7145, abs=2e-4)
    assert random.error == pytest.approx(0.1798, abs=2e-4)
    assert by_likelihood(some) == pytest.approx(0.3132, abs=3e-4)
    assert figures(some)["i2"] == pytest.approx(0.92, abs=0.01)


def test_metafor(oracles: Path) -> None:
    """DerSimonian and Laird, REML, and the interval of Hartung and Knapp, to its tolerances."""
    trials = json.loads((oracles / "meta_analysis.json").read_text())["BCG log RR (13 trials)"]
    metafor = json.loads((oracles / "r_oracles.json").read_text())
    known: Any = metafor["meta_BCG"]
    some = estimates(trials["yi"], trials["vi"])
    assert by_moments(some) == pytest.approx(known["DL"]["tau2"], rel=1e-10)
    assert by_likelihood(some) == pytest.approx(known["REML"]["tau2"], rel=1e-10)
    assert mean(some, by_moments(some)) == pytest.approx((known["DL"]["est"], known["DL"]["se"]), rel=1e-10)
    assert mean(some, by_likelihood(some)).error == pytest.approx(known["REML"]["se"], rel=1e-10)
    told = figures(some)
    assert (told["q"], told["p_value"]) == pytest.approx((known["DL"]["Q"], known["DL"]["Qp"]), rel=1e-10)
    assert told["i2"] == pytest.approx(trials["I2"], rel=1e-10)
    # metafor stops its search for these at about 1e-7
    assert [told["conf_low"], told["conf_high"]] == pytest.approx(known["HKSJ_REML"]["ci"], rel=1e-6)
    assert told["random_error"] == pytest.approx(known["HKSJ_REML"]["se"], rel=1e-6)
    assert by_squares(some) == pytest.approx(known["PM"]["tau2"], rel=1e-3)  # its root is found to 1e-4


@pytest.mark.parametrize("key", ["meta_CNSIM_BMI", "meta_CNSIM_TSC_TRIG"])
def test_metafor_of_studies(oracles: Path, key: str) -> None:
    """Three studies that differ little: all estimators of the variance between, to its tolerances."""
    known = json.loads((oracles / "r_oracles.json").read_text())[key]
    some = estimates(known["beta"], [error**2 for error in known["se"]])
    told = figures(some)
    fixed, moments, likely = known["FE"], known["DL"], known["REML"]
    assert (told["fixed"], told["fixed_error"]) == pytest.approx((fixed["est"], fixed["se"]), rel=1e-9)
    assert (told["q"], told["p_value"]) == pytest.approx((fixed["Q"], fixed["Qp"]), rel=1e-9)
    assert told["tau2_dl"] == pytest.approx(moments["tau2"], rel=1e-9, abs=1e-15)
    assert mean(some, by_moments(some)) == pytest.approx((moments["est"], moments["se"]), rel=1e-9)
    # metafor stops where a step is below 1e-5, here at 4.410e-5; the likelihood is largest at 4.40553e-5
    assert told["tau2"] == pytest.approx(likely["tau2"], abs=1e-6)
    assert mean(some, by_likelihood(some)) == pytest.approx((likely["est"], likely["se"]), rel=1e-3)
    if "HKSJ_DL" in known:
        assert told["random_error"] == pytest.approx(known["HKSJ_DL"]["se"], rel=1e-9)
        assert [told["conf_low"], told["conf_high"]] == pytest.approx(known["HKSJ_DL"]["ci"], rel=1e-9)


@pytest.mark.parametrize(
    "model",
    [
        "CNSIM DIS_DIAB~GENDER+BMI+HDL: PM_BMI_CONTINUOUS",
        "CNSIM LAB_TSC~LAB_TRIG: LAB_TRIG",
        "uci_heart disease~age+sex: age",
    ],
)
def test_sites(oracles: Path, model: str) -> None:
    """Few sites, that differ and that do not: Q, both means, and the prediction where nothing is between."""
    known = json.loads((oracles / "meta_analysis.json").read_text())[model]
    some = estimates(known["beta"], [error**2 for error in known["se"]])
    told = figures(some)
    assert (told["q"], told["p_value"]) == pytest.approx((known["Q"], known["Q_p"]), rel=1e-10)
    assert (told["fixed"], told["fixed_error"]) == pytest.approx(tuple(known["fixed"].values()), rel=1e-10)
    assert told["tau2_dl"] == pytest.approx(known["tau2_DL"], rel=1e-10, abs=1e-15)
    random = mean(some, by_moments(some))
    assert random == pytest.approx(tuple(known["random_DL"].values()), rel=1e-10)
    if told["tau2"] == 0:
        predicted = [told["predict_low"], told["predict_high"]]
        assert predicted == pytest.approx(known["pred_int"], rel=1e-10)


SOME = st.lists(st.tuples(st.floats(-5, 5), st.floats(0.01, 4)), min_size=2, max_size=8)


@given(SOME)
def test_what_holds_of_all(pairs: list[tuple[float, float]]) -> None:
    """By its definition: Q at Paule and Mandel's variance is its degrees of freedom, or there is none."""
    some = estimates([one for one, _ in pairs], [other for _, other in pairs])
    k = len(some)
    between = by_squares(some)
    assert spread(some, between) == pytest.approx(k - 1, rel=1e-6) or between == 0
    told = figures(some)
    assert tuple(told) == FIGURES
    low, high = min(one.value for one in some), max(one.value for one in some)
    assert low - 1e-9 <= float(str(told["random"])) <= high + 1e-9
    assert (told["predict_low"] is None) == (k == 2)


@given(SOME, st.floats(-3, 3), st.floats(0.1, 10))
def test_another_scale(pairs: list[tuple[float, float]], shift: float, scale: float) -> None:
    """In other units it is the same: means move, variances stretch, Q and I squared stay."""
    some = estimates([one for one, _ in pairs], [other for _, other in pairs])
    moved = [Estimate(one.site, shift + scale * one.value, scale**2 * one.variance) for one in some]
    assert by_likelihood(moved) == pytest.approx(scale**2 * by_likelihood(some), rel=1e-5, abs=1e-6)
    assert spread(moved) == pytest.approx(spread(some), rel=1e-6, abs=1e-9)
    assert mean(moved).value == pytest.approx(shift + scale * mean(some).value, rel=1e-6, abs=1e-9)


def test_the_likelihood_is_largest_there() -> None:
    """The restricted likelihood itself, written down: no variance about it is more likely."""
    some = estimates(*map(list, zip(*BCG, strict=True)))

    def likelihood(between: float) -> float:
        weights = [1 / (one.variance + between) for one in some]
        logs = math.fsum(map(math.log, weights))
        return 0.5 * (logs - math.log(math.fsum(weights)) - spread(some, between))

    best = by_likelihood(some)
    assert all(likelihood(best) > likelihood(best * factor) for factor in (0.99, 1.01, 0.9, 1.1))


def test_without_each() -> None:
    """Of three sites each is left out once; of two nothing is left to compare."""
    some = estimates([1.0, 1.1, 5.0], [0.1, 0.1, 0.1])
    left = dict(without_each(some))
    assert list(left) == ["s0", "s1", "s2"]
    assert left["s2"]["random"] == pytest.approx(1.05)
    assert left["s2"]["i2"] == 0.0
    assert without_each(some[:2]) == []
