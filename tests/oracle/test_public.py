"""Public federations against pooled figures of pandas, SciPy and statsmodels, and published ones."""

from __future__ import annotations

import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from tests.oracle.conftest import Rehearse
from tests.oracle.rehearsals import (
    ONE_ROUND,
    SIX_DIGITS,
    Interval,
    Numbers,
    differing,
    groups_of,
    oracle,
    summary_of,
    suppressed,
    table_of,
    too_small,
    without_memory,
)
from tests.world import World

#: Where each analysis of each federation is in the oracles.
SUMMARIES = [("cnsim", "CNSIM"), ("heart", "uci_heart")]
GROUPS = [
    ("cnsim", "tsc-by-gender", "LAB_TSC", "CNSIM LAB_TSC by GENDER 0 vs 1"),
    ("cnsim", "bmi-by-diabetes", "PM_BMI_CONTINUOUS", "CNSIM PM_BMI_CONTINUOUS by DIS_DIAB 0 vs 1"),
    ("heart", "age-by-disease", "age", "uci_heart age by disease 0 vs 1"),
]
TABLES = [
    ("cnsim", "diabetes-by-gender", "CNSIM DIS_DIAB x GENDER"),
    ("cnsim", "bmi-and-diabetes", "CNSIM PM_BMI_CATEGORICAL x DIS_DIAB"),
    ("heart", "disease-by-sex", "uci_heart disease x sex"),
    ("heart", "pain-by-number", "uci_heart cp x num"),
]
TOLERANCES = {"evaluation": ONE_ROUND, "standard": SIX_DIGITS}
THRESHOLDS = {"evaluation": 3, "standard": 10}
STUDIES = {"study1": "sim1", "study2": "sim2", "study3": "sim3"}


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest) -> dict[tuple[str, str], dict[str, Numbers]]:
    """Both federations under both policies."""
    return {
        (name, policy): request.getfixturevalue(f"{name}_{policy}")
        for name, _ in SUMMARIES
        for policy in TOLERANCES
    }


Answers = dict[tuple[str, str], dict[str, Numbers]]


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize(("name", "key"), SUMMARIES)
def test_columns(answers: Answers, shared: Path, name: str, key: str, policy: str) -> None:
    """n, missing, mean, variance and sd of every column are the oracle's, or in their interval."""
    truth = summary_of(oracle(shared, key, "pooled"))
    found = answers[name, policy]["all"]
    assert found.keys() == truth.keys()
    assert differing(found, truth, TOLERANCES[policy]) == {}


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize(("name", "analysis", "variable", "key"), GROUPS)
def test_groups(
    answers: Answers, shared: Path, name: str, analysis: str, variable: str, key: str, policy: str
) -> None:
    """n, mean and sd of two groups are those of the t-test's oracle."""
    truth = groups_of(variable, "01", oracle(shared, "ttests", key))
    found = answers[name, policy][analysis]
    assert differing(found, truth, TOLERANCES[policy]) == {}
    assert policy == "standard" or suppressed(found) & truth.keys() == set()


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize(("name", "analysis", "key"), TABLES)
def test_tables(answers: Answers, shared: Path, name: str, analysis: str, key: str, policy: str) -> None:
    """Every cell of a table is the oracle's count, or its interval holds it; so is the sum."""
    truth = table_of(oracle(shared, "crosstabs", key))
    found = answers[name, policy][analysis]
    assert {place for place in found if place.startswith("counts")} == truth.keys()
    assert differing(found, {**truth, "n": sum(truth.values())}, TOLERANCES[policy]) == {}


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize(("name", "rows"), [("cnsim", 9379), ("heart", 920)])
def test_rows(answers: Answers, name: str, rows: int, policy: str) -> None:
    """The number of rows is that of the published data sets, under every policy."""
    assert answers[name, policy]["n"] == {"n": rows}


@pytest.mark.parametrize("policy", TOLERANCES)
@pytest.mark.parametrize(("name", "key"), SUMMARIES)
def test_nothing_small_leaves(answers: Answers, name: str, key: str, policy: str) -> None:
    """No count below the policy's threshold leaves, zero apart where the policy shows it."""
    for analysis, found in answers[name, policy].items():
        small = too_small(found, THRESHOLDS[policy])
        shown = {place: one for place, one in small.items() if one == 0 and policy == "evaluation"}
        assert small == shown, analysis


@pytest.mark.parametrize(("name", "key"), SUMMARIES)
def test_only_few_values_hide_a_mean_at_a_threshold_of_3(
    answers: Answers, shared: Path, name: str, key: str
) -> None:
    """Under `evaluation` a mean is hidden where a site has one or two values, and only there."""
    sites = oracle(shared, key, "by_site").values()
    few = {column for site in sites for column, told in site.items() if 0 < told["n"] < 3}
    assert suppressed(answers[name, "evaluation"]["all"]) & _places(sites, "mean") == _named(few, "mean")


@pytest.mark.parametrize(("name", "key"), SUMMARIES)
def test_few_values_hide_a_mean_under_the_standard_policy(
    answers: Answers, shared: Path, name: str, key: str
) -> None:
    """Under `standard` a mean is hidden where a site has under 10 values, or under 10 of a level."""
    sites = oracle(shared, key, "by_site").values()
    few = {column for site in sites for column, told in site.items() if told["n"] < 10 or _rare(told)}
    hidden = suppressed(answers[name, "standard"]["all"])
    assert few
    assert _named(few, "mean") <= hidden
    assert _named(few, "variance") | _named(few, "sd") <= hidden


def _rare(told: Mapping[str, Any]) -> bool:
    """Whether a column of zeros and ones has fewer than ten of either."""
    return told["max"] <= 1 and told["min"] == 0 and min(told["sum"], told["n"] - told["sum"]) < 10


def _places(sites: Any, statistic: str) -> set[str]:
    return _named({column for site in sites for column in site}, statistic)


def _named(columns: set[str], statistic: str) -> set[str]:
    return {f"summary[{column.lower()}].{statistic}" for column in columns}


@pytest.mark.parametrize(("name", "analysis"), [("cnsim", "bmi-and-diabetes"), ("heart", "pain-by-number")])
def test_the_standard_policy_hides_cells(answers: Answers, name: str, analysis: str) -> None:
    """Cells that the profile `evaluation` shows are hidden under `standard`, and none the other way."""
    weak, strict = (suppressed(answers[name, policy][analysis]) for policy in ("evaluation", "standard"))
    assert weak < strict


def test_intervals_are_no_wider_than_the_threshold(answers: Answers, shared: Path) -> None:
    """A cell hidden at k of four sites leaves an interval of at most nine persons for each of them."""
    found = answers["heart", "standard"]["pain-by-number"]
    gaps = [one for place, one in found.items() if place != "n" and isinstance(one, Interval)]
    assert gaps
    for gap in gaps:
        assert gap.low is not None
        assert gap.high is not None
        assert gap.high - gap.low in (9, 18, 27, 36)


def test_analysis_of_variance(answers: Answers, shared: Path) -> None:
    """A released summary is enough for a one-way analysis of variance: F and its sums are SciPy's."""
    truth = oracle(shared, "anova", "CNSIM LAB_HDL by PM_BMI_CATEGORICAL")
    found: dict[str, Any] = dict(answers["cnsim", "evaluation"]["hdl-by-bmi"])
    cells = [[found[f"summary[lab_hdl, {level}].{name}"] for level in (1, 2, 3)] for name in ("n", "mean")]
    spreads = [found[f"summary[lab_hdl, {level}].variance"] for level in (1, 2, 3)]
    n = sum(cells[0])
    grand = math.fsum(n * mean for n, mean in zip(*cells, strict=True)) / n
    between = math.fsum(n * (mean - grand) ** 2 for n, mean in zip(*cells, strict=True))
    within = math.fsum((n - 1) * one for n, one in zip(cells[0], spreads, strict=True))
    assert n == truth["n"]
    assert between == pytest.approx(truth["ss_between"], rel=ONE_ROUND)
    assert within == pytest.approx(truth["ss_within"], rel=ONE_ROUND)
    assert (between / 2) / (within / (n - 3)) == pytest.approx(truth["F"], rel=ONE_ROUND)


@pytest.fixture(scope="module")
def by_study(cnsim: Rehearse) -> dict[str, Numbers]:
    """Each study of DataSHIELD's by itself."""
    return {
        theirs: cnsim("evaluation", sites=f'["{ours}"]')["tsc-by-gender"] for ours, theirs in STUDIES.items()
    }


@pytest.mark.parametrize("study", STUDIES.values())
def test_published_by_datashield(by_study: dict[str, Numbers], shared: Path, study: str) -> None:
    """What DataSHIELD's tests publish of LAB_TSC by gender: N, mean and sd to 1e-4, the sum as printed."""
    published = oracle(shared, "published_datashield")
    found: dict[str, Any] = dict(by_study[study])
    means = published["tapply LAB_TSC by GENDER mean"].get(study, (None, None))
    for gender in (0, 1):
        n, mean, sd = (found[f"summary[lab_tsc, {gender}].{name}"] for name in ("n", "mean", "sd"))
        assert n == published["N"][study][gender]
        assert sd == pytest.approx(published["sd"][study][gender], rel=1e-4)
        assert mean * n == pytest.approx(published["sum"][study][gender], abs=5.1e-4)
        if means[gender] is not None:
            assert mean == pytest.approx(means[gender], rel=1e-4)


@pytest.fixture(scope="module")
def alone(heart: Rehearse, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Numbers]:
    """Each hospital by itself, under the standard rules: what a site's gate lets out, before any sum."""
    policy = without_memory(World(tmp_path_factory.mktemp("alone")).folder)
    text = policy.read_text()
    assert "\nmin_sites  = 3 " in text
    policy.write_text(text.replace("\nmin_sites  = 3 ", "\nmin_sites  = 1 "))
    sites = ("cleveland", "hungarian", "switzerland", "va")
    return {site: heart(str(policy), sites=f'["{site}"]')["all"] for site in sites}


@pytest.mark.parametrize("site", ["cleveland", "hungarian", "switzerland", "va"])
def test_each_site_alone(alone: dict[str, Numbers], shared: Path, site: str) -> None:
    """One site's release has no count below 10, and every number or interval is true of its data."""
    truth = summary_of(oracle(shared, "uci_heart", "by_site", site))
    found = alone[site]
    assert differing(found, truth, SIX_DIGITS) == {}
    assert too_small(found, 10) == {}
    small = {place for place, one in truth.items() if place.endswith(("].n", "n_missing")) and 0 < one < 10}
    assert small
    assert small <= suppressed(found)


@pytest.mark.parametrize("site", ["cleveland", "hungarian", "switzerland", "va"])
def test_a_constant_is_not_told(alone: dict[str, Numbers], shared: Path, site: str) -> None:
    """Where all values of a column at a site are the same, its mean does not leave."""
    figures = oracle(shared, "uci_heart", "by_site", site)
    constant = {column for column, told in figures.items() if told["min"] == told["max"]}
    assert _named(constant, "mean") | _named(constant, "sd") <= suppressed(alone[site])
    assert constant or site == "cleveland"
