"""Totals, quantiles and life tables of public federations: published numbers, and numpy's."""

from __future__ import annotations

import json
import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from tests.oracle.rehearsals import CONFIGS, ONE_ROUND, Interval, Numbers, oracle
from tests.oracle.test_descriptions import column

MONTHS = [0, 365, 730, 1095, 1460, 1825]


def _followed(shared: Path) -> tuple[Any, Any]:
    tables = [pq.read_table(file) for file in (shared / "federations" / "tcga_brca").glob("*.parquet")]
    whole = pa.concat_tables([table.select(["T", "E"]) for table in tables])
    return whole["T"].to_numpy().astype(float), whole["E"].to_numpy().astype(int) == 1


def test_totals_are_those_that_datashield_publishes(
    cnsim_evaluation: dict[str, Numbers], shared: Path
) -> None:
    """Total cholesterol by gender, three sites' sums with three decimals each; and numpy's."""
    told = oracle(shared, "published_datashield")["sum"]
    values, gender = column(shared, "cnsim", "LAB_TSC"), column(shared, "cnsim", "GENDER")
    for level in (0, 1):
        found = cnsim_evaluation["cholesterol"][f"totals[lab_tsc, {level}].total"]
        assert found == pytest.approx(sum(told[study][level] for study in told), abs=3 * 5e-4)
        assert found == pytest.approx(np.nansum(values[gender == level]), rel=ONE_ROUND)


def test_totals_at_six_digits_lie_in_their_interval(cnsim_standard: dict[str, Numbers], shared: Path) -> None:
    """A total of a mean that left at six digits is as near as these allow."""
    values, gender = column(shared, "cnsim", "LAB_TSC"), column(shared, "cnsim", "GENDER")
    for level in (0, 1):
        found = cnsim_standard["cholesterol"][f"totals[lab_tsc, {level}].total"]
        assert found == pytest.approx(np.nansum(values[gender == level]), rel=1e-5)


@pytest.mark.parametrize("policy", ["evaluation", "standard"])
def test_quantiles_are_within_their_bins(request: pytest.FixtureRequest, shared: Path, policy: str) -> None:
    """numpy's `inverted_cdf` of all sites' values is between `low` and `high`, a bin of the grid."""
    found = request.getfixturevalue(f"cnsim_{policy}")["hdl-quantiles"]
    values, gender = column(shared, "cnsim", "LAB_HDL"), column(shared, "cnsim", "GENDER")
    for level in (0, 1):
        mine = values[(gender == level) & ~np.isnan(values)]
        for share in (0.1, 0.25, 0.5, 0.75, 0.9):
            place = f"quantiles[{level}, {share}]"
            truth = float(np.quantile(mine, share, method="inverted_cdf"))
            low, high, told = (found[f"{place}.{name}"] for name in ("low", "high", "quantile"))
            assert isinstance(low, int | float)
            assert isinstance(high, int | float)
            assert low <= truth <= high <= low + 0.25
            ends = told if isinstance(told, Interval) else Interval(told, told)
            assert low <= (ends.low or 0) <= (ends.high or 0) <= high


def test_a_life_table_of_six_centres(breast: Any, shared: Path, tmp_path: Path) -> None:
    """Every number is that of the pooled follow-ups, by numpy; survival is near Kaplan and Meier's."""
    found = breast(_all_told(tmp_path))["years"]
    time, dead = _followed(shared)
    survival, terms = 1.0, 0.0
    for low, high in pairwise(MONTHS):
        inside = (time >= low) & ((time < high) | ((time == high) & (high == MONTHS[-1])))
        risk, died, lost = int((time >= low).sum()), int((inside & dead).sum()), int((inside & ~dead).sum())
        exposed = risk - lost / 2
        survival *= 1 - died / exposed
        terms += died / (exposed * (exposed - died))
        place = f"survival[{low}, {high}]"
        assert [found[f"{place}.{name}"] for name in ("n_risk", "n_event", "n_censor")] == [risk, died, lost]
        assert found[f"{place}.survival"] == pytest.approx(survival, rel=ONE_ROUND)
        width = 1.959963984540054 * math.sqrt(terms) / -math.log(survival)
        for name, sign in (("conf_low", 1), ("conf_high", -1)):
            assert found[f"{place}.{name}"] == pytest.approx(
                survival ** math.exp(sign * width), rel=ONE_ROUND
            )
    for high, survival in _kaplan_meier(shared).items():
        assert found[f"survival[{high - 365}, {high}].survival"] == pytest.approx(survival, abs=0.01)


def test_a_life_table_with_small_counts_hidden(breast: Any, shared: Path, tmp_path: Path) -> None:
    """Under the rules of `standard` survival lies between the ends that hidden counts leave."""
    exact, found = breast(_all_told(tmp_path))["years"], breast("standard")["years"]
    hidden = 0
    for place, number in exact.items():
        told = found[place]
        if isinstance(told, Interval) and isinstance(number, int | float):
            hidden += 1
            assert told.holds(number), place
    assert hidden


def _all_told(folder: Path) -> str:
    """The profile `evaluation` with nothing hidden."""
    text = (CONFIGS / "evaluation.toml").read_text()
    assert "min_count  = 3 " in text
    path = folder / "all-told.toml"
    path.write_text(text.replace("min_count  = 3 ", "min_count  = 1 "))
    return str(path)


def _kaplan_meier(shared: Path) -> dict[int, float]:
    """lifelines' survival at the end of the first two years; its curve in the oracle ends in the third."""
    told = json.loads((shared / "oracles" / "survival.json").read_text())
    curve = told["flamby TCGA-BRCA age only"]["km"]
    steps = list(zip(curve["times"], curve["surv"], strict=True))
    return {high: [one for at, one in steps if at < high][-1] for high in MONTHS[1:3]}
