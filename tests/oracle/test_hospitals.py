"""The sample federation against pooled answers that plain SQL has computed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

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
from tests.world import SAMPLE, World, copied

QUERIES = sorted(path.stem for path in (SAMPLE / "queries").glob("*.toml"))
POOLED: dict[str, dict[str, Any]] = json.loads((SAMPLE / "pooled.json").read_text())

#: What the sample's README says is hidden under the standard policy, and nothing else is.
HIDDEN = {
    "disease-by-sex: n",
    "disease-by-sex: counts[true, female].count",
    "disease-by-sex: counts[true, male].count",
    *(
        f"age-and-pressure: summary[{variable}, true].{name}"
        for variable in ("age", "sbp")
        for name in ("n", "n_missing", "mean", "variance", "sd")
    ),
}


def _numbers(results: dict[str, Any]) -> dict[str, Any]:
    return {f"{name}: {place}": one for name in results for place, one in numbers(results[name]).items()}


def _pooled(query: str) -> dict[str, Any]:
    return {
        f"{name}: {place}": one
        for name, result in POOLED[query].items()
        for place, one in expected(result).items()
    }


@pytest.fixture(scope="module")
def answered(template: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """Every example query, through submission, approval, run and combining at the sample's policies."""
    world = copied(template, tmp_path_factory.mktemp("hospitals") / "world")
    texts = {name: (SAMPLE / "queries" / f"{name}.toml").read_text() for name in QUERIES}
    digests = {name: world.submit(text, f"{name}.toml") for name, text in texts.items()}
    for digest in digests.values():
        world.approve(digest)
    world.run()
    line = ("combine", "--format", "json")
    return {
        name: world.ok(*line, digest, home="researcher").data["results"] for name, digest in digests.items()
    }


def test_every_example_has_a_pooled_answer() -> None:
    """No example query is left out of the comparison, and no pooled analysis is of none."""
    assert set(QUERIES) == set(POOLED)
    assert len(QUERIES) >= 4


@pytest.mark.parametrize("query", QUERIES)
def test_under_the_sites_policies(answered: dict[str, dict[str, Any]], query: str) -> None:
    """Counts equal the pooled ones, means and spreads to six digits; intervals hold what is hidden."""
    found, pooled = _numbers(answered[query]), _pooled(query)
    assert found.keys() == pooled.keys()
    assert differing(found, pooled, SIX_DIGITS) == {}
    assert too_small(found, 10) == {}


@pytest.mark.parametrize("query", QUERIES)
def test_what_is_hidden(answered: dict[str, dict[str, Any]], query: str) -> None:
    """Only the rare disease is hidden, in the cells that the sample's page names."""
    assert suppressed(_numbers(answered[query])) == (HIDDEN if query == "2-rare" else set())


@pytest.mark.parametrize("query", QUERIES)
def test_at_full_precision(tmp_path: Path, query: str) -> None:
    """Rehearsed under the profile `evaluation`, every number that leaves equals the pooled one."""
    line = (SAMPLE / "queries" / f"{query}.toml", SAMPLE, SAMPLE / "cohort.toml", "evaluation")
    found, pooled = _numbers(rehearsal(tmp_path, *line).data["results"]), _pooled(query)
    assert found.keys() == pooled.keys()
    assert differing(found, pooled, ONE_ROUND) == {}
    assert len(suppressed(found)) <= 2


@pytest.mark.parametrize("change", [1, -1])
def test_the_comparison_can_fail(answered: dict[str, dict[str, Any]], change: int) -> None:
    """One person more or less in any pooled count is noticed, unless the count is hidden."""
    found, pooled = _numbers(answered["1-who"]), _pooled("1-who")
    counts = {place: one + change for place, one in pooled.items() if isinstance(one, int)}
    assert differing(found, counts, SIX_DIGITS).keys() == counts.keys()
    moved = {place: one * (1 + 3 * SIX_DIGITS) for place, one in pooled.items() if isinstance(one, float)}
    assert differing(found, moved, SIX_DIGITS).keys() == moved.keys()
