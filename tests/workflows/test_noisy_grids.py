"""Totals, quantiles and life tables under differential privacy, rehearsed from the question to the answer."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.statistics.survival import life_table
from tests.world import World

DICTIONARY = """
schema = "fedcli/dictionary/1"
dataset = "cohort"
unit = "person"
person_id = "person"

[columns.person]
type = "text"
sensitivity = "identifier"

[columns.time]
type = "real"
bounds = [0, 100]

[columns.dead]
type = "boolean"

[columns.group]
type = "text"
levels = ["a", "b"]
"""
ASKED = """
schema = "fedcli/query/1"
title = "Under noise"
dataset = "cohort"

[[analysis]]
id = "total"
analytic = "total"
columns = ["time"]
by = ["group"]

[[analysis]]
id = "quantile"
analytic = "quantile"
column = "time"
edges = [0, 10, 20, 30, 40, 50, 60, 70, 80, 90, 100]

[[analysis]]
id = "life"
analytic = "life_table"
time = "time"
event = "dead"
edges = [0, 20, 40, 60, 80]

[[analysis]]
id = "sites"
analytic = "site_quantile"
column = "time"
grid = [5, 10, 20, 30, 40, 50, 60, 70, 80, 90]
at = [0.2, 0.5, 0.8]

[privacy]
mode = "differential-privacy"
rho = "0.5"
"""
#: So many standard deviations: noise beyond them has a probability below 1e-20.
FAR = 10


@pytest.fixture(scope="module")
def data() -> dict[str, Any]:
    """Six thousand persons with a row each: one time in four is below 25, and so on; one in three dies."""
    number = np.arange(6000)
    return {
        "person": [f"p{at}" for at in number],
        "time": (number * 7919 % 10000) / 100.0,
        "dead": number % 3 == 0,
        "group": np.where(number % 2 == 0, "a", "b"),
    }


@pytest.fixture(scope="module")
def results(data: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The rehearsal's results, of three sites."""
    folder = tmp_path_factory.mktemp("noisy")
    sites = folder / "sites"
    sites.mkdir()
    for at, name in enumerate(("north", "south", "east")):
        part = {key: values[at * 2000 : at * 2000 + 2000] for key, values in data.items()}
        pq.write_table(pa.table(part), sites / f"{name}.parquet")
    (folder / "cohort.toml").write_text(DICTIONARY)
    (folder / "query.toml").write_text(ASKED)
    given = [folder / "query.toml", "--data", sites, "--dictionary", folder / "cohort.toml"]
    ended = World(folder).ok("rehearse", *map(str, given), "--policy", "private", "--format", "json")
    found: dict[str, Any] = ended.data["results"]
    assert {one["code"] for one in found.values()} == {None}
    return found


def _halves(result: dict[str, Any]) -> dict[str, float]:
    """Half of the 95 % interval of each number, by its place."""
    return {one["place"]: (one["interval"][1] - one["interval"][0]) / 2 for one in result["noisy"]}


def test_noisy_totals(results: dict[str, Any], data: dict[str, Any]) -> None:
    """As far from the sum of the data as the noise that is told can move them."""
    halves = _halves(results["total"])
    for row in results["total"]["tables"]["totals"]["rows"]:
        mine = data["time"][data["group"] == row[1]]
        half = halves[f"totals[time, {row[1]}].total"]
        assert 0 < half < 0.05 * mine.sum()
        assert abs(row[4] - mine.sum()) < FAR * half / 1.96
        assert abs(row[2] - len(mine)) < FAR * halves[f"totals[time, {row[1]}].n"] / 1.96


def test_noisy_quantiles(results: dict[str, Any], data: dict[str, Any]) -> None:
    """Near those of the data, which are spread evenly, so that interpolating adds little."""
    halves = _halves(results["quantile"])
    for share, value, *_ in results["quantile"]["tables"]["quantiles"]["rows"]:
        truth = float(np.quantile(data["time"], share, method="inverted_cdf"))
        assert abs(value - truth) < FAR * halves[f"quantiles[{share}].quantile"] / 1.96 + 0.5


def test_a_noisy_life_table(results: dict[str, Any], data: dict[str, Any]) -> None:
    """Survival never rises, stays within its ends, and is near that of the data."""
    rows = results["life"]["tables"]["survival"]["rows"]
    survival, time, dead = 1.0, data["time"], data["dead"]
    for low, high, *_, told, _, _ in rows:
        inside = (time >= low) & (time < high)
        exposed = (time >= low).sum() - (inside & ~dead).sum() / 2
        survival *= 1 - (inside & dead).sum() / exposed
        assert told == pytest.approx(survival, abs=0.05)
    found = [row[5] for row in rows]
    assert all(1 >= one >= other >= 0 for one, other in pairwise(found))
    assert all(risk >= died + lost >= 0 for _, _, risk, died, lost, *_ in rows)


def test_a_noisy_life_table_s_intervals(results: dict[str, Any]) -> None:
    """They hold the noise: they are wider than it is alone, and than those of the same counts without it."""
    halves, rows = _halves(results["life"]), results["life"]["tables"]["survival"]["rows"]
    counted = [row[3] for row in rows], [row[4] for row in rows]
    after = rows[-1][2] - rows[-1][3] - rows[-1][4]
    alone = life_table((*counted[0], after), (*counted[1], 0))
    for (low, high, *_, told, least, most), chance in zip(rows, alone, strict=True):
        half = halves[f"survival[{low}, {high}].survival"]
        assert isinstance(chance.low, float)
        assert isinstance(chance.high, float)
        assert least < min(chance.low, told - 0.9 * half)
        assert most > max(chance.high, told + 0.9 * half)


def test_choices_of_quantiles(results: dict[str, Any]) -> None:
    """All sites choose the candidate that divides their values.

    The next ones' scores are at least 500 away, and the noise has a scale below 15: exp(-500 / 15) < 1e-14.
    """
    found = results["sites"]["tables"]["quantiles"]
    assert found["columns"] == ["p", "value", "low", "high", "sites"]
    assert found["rows"] == [[0.2, 20, 20, 20, 3], [0.5, 50, 50, 50, 3], [0.8, 80, 80, 80, 3]]


def test_an_exact_choice_is_refused(tmp_path: Path) -> None:
    """Where the query asks for exact answers, before anything is signed."""
    exact = ASKED[: ASKED.index("[privacy]")]
    (tmp_path / "cohort.toml").write_text(DICTIONARY)
    (tmp_path / "query.toml").write_text(exact)
    ended = World(tmp_path).cli(
        "query", "explain", str(tmp_path / "query.toml"), "--dictionary", str(tmp_path / "cohort.toml")
    )
    assert ended.exit != 0
    assert "site_quantile" in ended.text
    assert "Q-EXACT" in ended.text
