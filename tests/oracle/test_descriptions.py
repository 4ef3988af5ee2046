"""Histograms and first tables of public federations, against SciPy's figures and numpy's bins."""

from __future__ import annotations

import math
from collections.abc import Mapping
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from tests.oracle.rehearsals import ONE_ROUND, SIX_DIGITS, Numbers, differing, oracle, suppressed, too_small

TOLERANCES = {"evaluation": ONE_ROUND, "standard": SIX_DIGITS}
THRESHOLDS = {"evaluation": 3, "standard": 10}
FOLDERS = {"cnsim": "datashield_cnsim", "heart": "uci_heart"}
policies = pytest.mark.parametrize("policy", TOLERANCES)


@pytest.fixture(scope="module")
def answers(request: pytest.FixtureRequest) -> dict[tuple[str, str], dict[str, Numbers]]:
    """Both federations under both policies."""
    return {
        (name, policy): request.getfixturevalue(f"{name}_{policy}")
        for name in FOLDERS
        for policy in TOLERANCES
    }


Answers = dict[tuple[str, str], dict[str, Numbers]]

#: A number in two groups: federation, analysis, the variable's name, and where the oracle has it.
NUMBERS = [
    ("cnsim", "first", "pm_bmi_continuous", "CNSIM PM_BMI_CONTINUOUS by DIS_DIAB 0 vs 1"),
    ("cnsim", "lipids", "lab_tsc", "CNSIM LAB_TSC by GENDER 0 vs 1"),
    ("heart", "first", "age", "uci_heart age by disease 0 vs 1"),
]
#: A column's levels in two groups; `turned` where the oracle's rows are the groups.
LEVELS = [
    ("cnsim", "first", "pm_bmi_categorical", "CNSIM PM_BMI_CATEGORICAL x DIS_DIAB", False),
    ("cnsim", "first", "gender", "CNSIM DIS_DIAB x GENDER", True),
    ("cnsim", "lipids", "dis_diab", "CNSIM DIS_DIAB x GENDER", False),
    ("heart", "first", "sex", "uci_heart disease x sex", True),
]


@policies
@pytest.mark.parametrize(("name", "analysis", "variable", "key"), NUMBERS)
def test_numbers(
    answers: Answers, shared: Path, name: str, analysis: str, variable: str, key: str, policy: str
) -> None:
    """n, mean, sd and the difference over the root of the mean variance are the t-test's figures."""
    ttest = oracle(shared, "ttests", key)
    truth = {
        f"numbers[{variable}, {group}].{told}": ttest[told][group]
        for group in (0, 1)
        for told in ("n", "mean", "sd")
    }
    (m0, m1), (s0, s1) = ttest["mean"], ttest["sd"]
    truth[f"differences[{variable}, 1].smd"] = (m1 - m0) / math.sqrt((s0**2 + s1**2) / 2)
    found = answers[name, policy][analysis]
    assert differing(found, truth, 10 * TOLERANCES[policy]) == {}
    assert policy == "standard" or suppressed(found) & truth.keys() == set()


@policies
@pytest.mark.parametrize(("name", "analysis", "variable", "key", "turned"), LEVELS)
def test_levels(
    answers: Answers,
    shared: Path,
    name: str,
    analysis: str,
    variable: str,
    key: str,
    turned: bool,
    policy: str,
) -> None:
    """Counts, their shares and n are the table's, or their interval holds them."""
    table = oracle(shared, "crosstabs", key)
    counts = np.array(table["counts"]).T if turned else np.array(table["counts"])
    levels = table["cols" if turned else "rows"]
    truth: dict[str, Any] = {}
    for group in (0, 1):
        column = [int(count) for count in counts[:, group]]
        truth[f"values[{variable}, {group}].n"] = sum(column)
        for level, count in zip(levels, column, strict=True):
            place = f"levels[{variable}, {float(level):.0f}, {group}]"
            truth |= {f"{place}.count": count, f"{place}.proportion": count / sum(column)}
    found = answers[name, policy][analysis]
    assert differing(found, truth, ONE_ROUND) == {}
    assert policy == "standard" or suppressed(found) & truth.keys() == set()


def test_a_binary_difference(answers: Answers, shared: Path) -> None:
    """Disease by sex: the shares of men, apart by so many standard deviations."""
    counts = oracle(shared, "crosstabs", "uci_heart disease x sex")["counts"]
    p0, p1 = (row[1] / sum(row) for row in counts)
    spread = math.sqrt((p0 * (1 - p0) + p1 * (1 - p1)) / 2)
    found: Mapping[str, Any] = answers["heart", "evaluation"]["first"]
    assert found["differences[sex, 1].smd"] == pytest.approx((p1 - p0) / spread, rel=ONE_ROUND)


def column(shared: Path, name: str, variable: str) -> Any:
    """A column of all sites together, NaN where there is no value."""
    files = sorted((shared / "federations" / FOLDERS[name]).glob("*.parquet"))
    return np.concatenate([pq.read_table(file)[variable].to_pandas().to_numpy(float) for file in files])


def binned(values: Any, edges: list[float]) -> list[int]:
    """Below, numpy's histogram, above; numpy closes the last bin, too."""
    known = values[~np.isnan(values)]
    inside = np.histogram(known, edges)[0]
    return [int((known < edges[0]).sum()), *map(int, inside), int((known > edges[-1]).sum())]


def places(edges: list[float], level: str = "") -> list[str]:
    """The places of the bins in an answer."""
    ends = ["none", *(f"{edge:g}" for edge in edges), "none"]
    return [f"counts[{low}, {high}{level}].count" for low, high in pairwise(ends)]


@policies
def test_a_histogram(answers: Answers, shared: Path, policy: str) -> None:
    """Body mass index of all three studies; its lower edge is in a bin, the last upper edge too."""
    edges, values = [20, 25, 27.5, 30, 35], column(shared, "cnsim", "PM_BMI_CONTINUOUS")
    truth = dict(zip(places(edges), binned(values, edges), strict=True))
    truth |= {"n": sum(truth.values()), "n_missing": int(np.isnan(values).sum())}
    found = answers["cnsim", policy]["bmi"]
    assert found.keys() == truth.keys()
    assert differing(found, truth, ONE_ROUND) == {}
    assert suppressed(found) == set()


@policies
@pytest.mark.parametrize(
    ("name", "analysis", "variable", "by", "edges"),
    [
        ("cnsim", "hdl", "LAB_HDL", "GENDER", [1, 1.5, 2]),
        ("heart", "ages", "age", "num", [28, 40, 50, 60, 77]),
    ],
)
def test_a_histogram_in_groups(
    answers: Answers,
    shared: Path,
    name: str,
    analysis: str,
    variable: str,
    by: str,
    edges: list[float],
    policy: str,
) -> None:
    """Each group by itself; the youngest and the oldest of the hospitals are on the outer edges."""
    values, groups = column(shared, name, variable), column(shared, name, by)
    truth = {}
    for level in (0, 1):
        mine = values[(groups > 0) == bool(level)]
        truth |= dict(zip(places(edges, f", {level}"), binned(mine, edges), strict=True))
    found = answers[name, policy][analysis]
    assert differing(found, truth, ONE_ROUND) == {}


@policies
@pytest.mark.parametrize("name", FOLDERS)
def test_nothing_small_leaves(answers: Answers, name: str, policy: str) -> None:
    """No count below the policy's threshold, zero apart where the policy shows it."""
    for analysis in {"first", "lipids", "bmi", "hdl", "ages"} & answers[name, policy].keys():
        small = too_small(answers[name, policy][analysis], THRESHOLDS[policy])
        assert {place: one for place, one in small.items() if one or policy == "standard"} == {}
