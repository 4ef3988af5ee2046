"""Kaplan-Meier curves and log-rank tests of public follow-ups, against statsmodels on times on the grid."""

from __future__ import annotations

import math
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
import statsmodels.api as sm
from statsmodels.duration.survfunc import survdiff

from tests.oracle.conftest import BINARY, BREAST
from tests.oracle.rehearsals import ONE_ROUND, Interval, Numbers, numbers, rehearsed, write_dictionary
from tests.oracle.test_grids import _all_told

EDGES = list(range(0, 4015, 365))
UNTIL = 3000
OLD = 60
PLAIN = f'id = "all"\nanalytic = "kaplan_meier"\ntime = "T"\nevent = "dead"\nedges = {EDGES}'
GROUPS = PLAIN.replace('"all"', '"groups"') + f'\nby = ["old"]\nuntil = {UNTIL}'


class Followed:
    """Follow-ups of a group: rounded down to the grid, those who are followed for longer at its end."""

    def __init__(self, table: Any, old: int | None = None) -> None:
        rows = np.ones(len(table), bool) if old is None else table["old"].to_numpy() == old
        time = table["T"].to_numpy()[rows]
        places = np.searchsorted(EDGES, time, side="right") - 1
        places[time == EDGES[-1]] = len(EDGES) - 2
        self.time = np.array(EDGES, float)[places]
        self.dead = table["dead"].to_numpy(zero_copy_only=False)[rows] & (time <= EDGES[-1])

    def survival(self) -> tuple[Any, Any, Any]:
        """At each edge but the last survival and its standard error by statsmodels; and who is at risk."""
        curve = sm.SurvfuncRight(self.time, self.dead.astype(int))
        at = np.searchsorted(curve.surv_times, EDGES[:-1], side="right") - 1
        assert (at >= 0).all()
        risk = np.array([(self.time >= edge).sum() for edge in EDGES[:-1]])
        return curve.surv_prob[at], curve.surv_prob_se[at], risk

    def restricted(self, until: float) -> tuple[float, float]:
        """The mean of statsmodels' survival until a time, and its error (Klein and Moeschberger, 4.5.2)."""
        curve, _, risk = self.survival()
        widths = np.diff(np.minimum(EDGES, until))
        areas = np.cumsum((curve * widths)[::-1])[::-1]
        died = np.array([(self.dead & (self.time == edge)).sum() for edge in EDGES[:-1]])
        return float(areas[0]), math.sqrt(float(np.sum(areas**2 * died / (risk * (risk - died)))))


@pytest.fixture(scope="module")
def followed(shared: Path) -> Any:
    """All centres' rows, with whether the patient was old."""
    files = sorted((shared / "federations" / "tcga_brca").glob("*.parquet"))
    table = pa.concat_tables([pq.read_table(file) for file in files])
    centre = np.repeat(np.arange(len(files)), [pq.read_metadata(file).num_rows for file in files])
    columns = {
        "T": table["T"].to_numpy().astype(float),
        "dead": table["E"].to_numpy() == 1,
        "old": (table["age_at_index"].to_numpy() >= OLD).astype(np.int64),
        "centre": centre,
    }
    return pa.table(columns)


def _asked(folder: Path, table: Any, site: Any, policy: str) -> dict[str, Numbers]:
    """The answers of a federation in which a row is at its site."""
    (data := folder / "sites").mkdir()
    for which in np.unique(site):
        pq.write_table(table.filter(pa.array(site == which)).drop(["centre"]), data / f"site-{which}.parquet")
    dictionary = write_dictionary(folder / "breast.toml", "breast", BREAST | {"old": BINARY})
    ended = rehearsed(folder, [PLAIN, GROUPS], data, dictionary, policy)
    assert {one["status"] for one in ended.data["rehearsed"]} == {"done"}, ended.text
    return {name: numbers(result) for name, result in ended.data["results"].items()}


def _sites(table: Any, split: str) -> Any:
    if split == "centres":
        return table["centre"].to_numpy()
    return np.random.default_rng(int(split)).integers(0, 4, len(table))


@pytest.mark.parametrize("split", ["centres", "1", "2"])
def test_every_number_is_that_of_the_pooled_rounded_times(followed: Any, tmp_path: Path, split: str) -> None:
    """Of six centres and of random ones, under `evaluation` with nothing hidden, at 1e-10."""
    found = _asked(tmp_path, followed, _sites(followed, split), _all_told(tmp_path))
    _compare(found["all"], "", Followed(followed), EDGES[-1])
    for old in (0, 1):
        _compare(found["groups"], f"{old}", Followed(followed, old), UNTIL)
    both = Followed(followed)
    statistic, p = survdiff(both.time, both.dead.astype(int), followed["old"].to_numpy())
    assert found["groups"]["chi_squared"] == pytest.approx(statistic, rel=ONE_ROUND)
    assert found["groups"]["p"] == pytest.approx(p, rel=ONE_ROUND)
    assert found["groups"]["df"] == 1


def _compare(found: Numbers, group: str, truth: Followed, until: float) -> None:
    curve, errors, risk = truth.survival()
    for (low, high), survival, error, n in zip(pairwise(EDGES), curve, errors, risk, strict=True):
        place = f"survival[{', '.join(filter(None, (group, str(low), str(high))))}]"
        assert found[f"{place}.n_risk"] == n
        assert found[f"{place}.survival"] == pytest.approx(survival, rel=ONE_ROUND)
        width = 1.959963984540054 * error / (survival * -math.log(survival))
        for name, sign in (("conf_low", 1), ("conf_high", -1)):
            told = survival ** math.exp(sign * width)
            assert found[f"{place}.{name}"] == pytest.approx(told, rel=ONE_ROUND)
    mean, error = truth.restricted(until)
    place = f"groups[{group}]" if group else "groups[]"
    assert found[f"{place}.rmst"] == pytest.approx(mean, rel=ONE_ROUND)
    assert found[f"{place}.rmst_error"] == pytest.approx(error, rel=ONE_ROUND)
    reached = [at for at, one in enumerate(curve) if one <= 0.5]
    ends = (EDGES[reached[0]], EDGES[reached[0] + 1]) if reached else (EDGES[-1], None)
    assert (found[f"{place}.median_low"], found[f"{place}.median_high"]) == ends


def test_small_counts_that_are_hidden_leave_intervals_and_no_test(followed: Any, tmp_path: Path) -> None:
    """Under the rules of `standard`, of three sites: every number lies where it is told to."""
    site = np.random.default_rng(3).integers(0, 3, len(followed))
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    exact = _asked(tmp_path / "a", followed, site, _all_told(tmp_path))["groups"]
    found = _asked(tmp_path / "b", followed, site, "standard")["groups"]
    hidden = {place: told for place, told in found.items() if isinstance(told, Interval)}
    assert any(place.endswith(".survival") for place in hidden)
    assert any(place.endswith(".rmst") for place in hidden)
    for place, told in hidden.items():
        number = exact[place]
        assert isinstance(number, int | float)
        assert told.holds(number), place
    assert [found[name] for name in ("chi_squared", "df", "p")] == [None] * 3
    assert exact["p"] is not None
