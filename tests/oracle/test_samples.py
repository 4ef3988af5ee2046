"""Every scenario of the sample data, as `fedcli demo` plays it, against pooled answers of plain SQL."""

from __future__ import annotations

import json
import tomllib
from pathlib import Path
from typing import Any, TypeAlias

import pytest

from tests.oracle.rehearsals import (
    ONE_ROUND,
    SIX_DIGITS,
    differing,
    expected,
    numbers,
    rehearsal,
    suppressed,
    too_small,
)
from tests.world import SAMPLES, World

#: A scenario and one of its queries, by their names.
Asked: TypeAlias = tuple[str, str]

SCENARIOS = sorted(path.parent.name for path in SAMPLES.glob("*/scenario.toml"))
QUERIES: list[Asked] = sorted((path.parts[-3], path.stem) for path in SAMPLES.glob("*/queries/*.toml"))
POOLED: dict[str, dict[str, Any]] = {
    scenario: json.loads((SAMPLES / scenario / "pooled.json").read_text()) for scenario in SCENARIOS
}
MOMENTS = ("n", "n_missing", "mean", "variance", "sd")
FAMILIES = ("casting", "bearing", "seal", "electronics")

#: What the sample's README says is hidden under the standard rules, and nothing else is.
HIDDEN: dict[Asked, set[str]] = {
    ("hospitals", "2-rare"): {
        "disease-by-sex: n",
        "disease-by-sex: counts[true, female].count",
        "disease-by-sex: counts[true, male].count",
        *(
            f"age-and-pressure: summary[{variable}, true].{name}"
            for variable in ("age", "sbp")
            for name in MOMENTS
        ),
    },
    ("banks", "2-misuse"): {
        "accounts-by-fraud-and-channel: n",
        "accounts-by-fraud-and-channel: counts[true, chip].count",
        "accounts-by-fraud-and-channel: counts[true, atm].count",
        *(
            f"amounts: summary[amount, true, {channel}].{name}"
            for channel in ("chip", "atm")
            for name in MOMENTS
        ),
        "amounts: summary[amount, true, contactless].n_missing",
        "amounts: summary[amount, true, online].n_missing",
    },
    ("banks", "4-abroad"): {
        f"amounts: summary[amount, {group}].{name}"
        for group in ("false, other", "true, eea")
        for name in ("variance", "sd")
    },
    ("suppliers", "2-air"): {
        "accounts-by-lateness-and-family: n",
        "accounts-by-lateness-and-family: n_missing",
        "accounts-by-lateness-and-family: counts[false, electronics].count",
        *(f"accounts-by-lateness-and-family: counts[true, {family}].count" for family in FAMILIES),
        *(f"delay: summary[delay, false, electronics].{name}" for name in MOMENTS),
        *(f"delay: summary[delay, true, {family}].{name}" for family in FAMILIES for name in MOMENTS),
    },
    ("suppliers", "4-value"): {
        f"value: summary[value, casting].{name}" for name in ("mean", "variance", "sd")
    },
}


def _numbers(results: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}: {place}": one for name in results for place, one in numbers(results[name]).items()}


def _pooled(asked: Asked) -> dict[str, Any]:
    scenario, query = asked
    return {
        f"{name}: {place}": one
        for name, result in POOLED[scenario][query].items()
        for place, one in expected(result).items()
    }


def _query(asked: Asked) -> Path:
    scenario, query = asked
    return SAMPLES / scenario / "queries" / f"{query}.toml"


def _dictionary(scenario: str) -> Path:
    cast = tomllib.loads((SAMPLES / scenario / "scenario.toml").read_text())
    return SAMPLES / scenario / f"{cast['dataset']}.toml"


def _told(played: Path, asked: Asked) -> dict[str, Any]:
    """What the researcher of a played scenario has combined for a query, number by number."""
    world = World(played)
    queries = world.ok("query", "list", "--format", "json", home="researcher").data["queries"]
    title = tomllib.loads(_query(asked).read_text())["title"]
    [digest] = [one["digest"] for one in queries if one["title"] == title]
    return _numbers(world.ok("report", digest, "--format", "json", home="researcher").data["results"])


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_every_example_has_a_pooled_answer(scenario: str) -> None:
    """No example query is left out of the comparison, and no pooled analysis is of none."""
    assert {query for owner, query in QUERIES if owner == scenario} == set(POOLED[scenario])
    assert len(POOLED[scenario]) >= 4


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_under_the_sites_policies(tmp_path: Path, scenario: str) -> None:
    """Counts equal the pooled ones, means and spreads to six digits; only what the page names is hidden.

    One test for each scenario: playing it is what takes time.
    """
    played = tmp_path / scenario
    line = ("demo", played, "--keep", "--scenario", scenario, "--format", "json")
    shown = World(tmp_path).ok(*line).data
    queries = [asked for asked in QUERIES if asked[0] == scenario]
    told = {asked: _told(played, asked) for asked in queries}
    for asked, found in told.items():
        assert found.keys() == _pooled(asked).keys(), asked
        assert differing(found, _pooled(asked), SIX_DIGITS) == {}, asked
        assert suppressed(found) == HIDDEN.get(asked, set()), asked
        assert too_small(found, 10) == {}, asked
    within = sum(len(suppressed(found)) for found in told.values())
    agreed = sum(len(found) for found in told.values()) - within
    assert (shown["agreed"], shown["within"], shown["differing"]) == (agreed, within, 0)
    assert shown["tampering_refused"]
    _the_comparison_can_fail(told[queries[0]], _pooled(queries[0]))


def _the_comparison_can_fail(found: dict[str, Any], pooled: dict[str, Any]) -> None:
    """The control: where nothing is hidden, a count or mean that is off is noticed."""
    assert suppressed(found) == set()
    for change in (1, -1):
        counts = {place: one + change for place, one in pooled.items() if isinstance(one, int)}
        assert differing(found, counts, SIX_DIGITS).keys() == counts.keys() != set()
    moved = {place: one * (1 + 3 * SIX_DIGITS) for place, one in pooled.items() if isinstance(one, float)}
    assert differing(found, moved, SIX_DIGITS).keys() == moved.keys() != set()


@pytest.mark.parametrize("asked", QUERIES, ids="-".join)
def test_at_full_precision(tmp_path: Path, asked: Asked) -> None:
    """Rehearsed under the profile `evaluation`, every number that leaves equals the pooled one."""
    scenario, _ = asked
    line = (_query(asked), SAMPLES / scenario, _dictionary(scenario), "evaluation")
    found, pooled = _numbers(rehearsal(tmp_path, *line).data["results"]), _pooled(asked)
    hidden = HIDDEN.get(asked, set())
    assert found.keys() == pooled.keys()
    assert differing(found, pooled, ONE_ROUND) == {}
    assert suppressed(found) < hidden or suppressed(found) == hidden == set()
