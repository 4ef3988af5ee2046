"""Rounded counts over sites: sums of what the sites told, with intervals that hold the true ones."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import fedcli
from tests.oracle.rehearsals import rehearsal
from tests.pages import PROJECT

SAMPLE = PROJECT / "sample_data" / "hospitals"
QUERY = """schema = "fedcli/query/1"
title = "Rounded"
dataset = "cohort"

[[analysis]]
id = "all"
analytic = "count"

[[analysis]]
id = "by-sex"
analytic = "crosstab"
by = ["sex"]

[[analysis]]
id = "age"
analytic = "summary"
columns = ["age"]
"""


def _told(folder: Path, policy: str) -> dict[str, Any]:
    """The results of a rehearsal under a profile, by analysis; the whole answer is kept beside."""
    (folder / "query.toml").write_text(QUERY)
    ended = rehearsal(folder, folder / "query.toml", SAMPLE, SAMPLE / "cohort.toml", policy)
    assert ended.exit == 0, ended.text
    (folder / f"{policy}.json").write_text(json.dumps(ended.document))
    found = ended.data["results"]
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, Any], dict[str, Any]]:
    """The same query under `nhs` and under `evaluation`, which rounds nothing."""
    folder = tmp_path_factory.mktemp("rounded")
    return folder, _told(folder, "nhs"), _told(folder, "evaluation")


def test_a_total_is_the_sum_of_rounded_counts(told: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """In fives, within two for each of the sites, and the true total within the interval."""
    _, rounded, exact = told
    n, truth = rounded["all"]["scalars"]["n"], exact["all"]["scalars"]["n"]
    [one] = rounded["all"]["rounded"]
    low, high = one["interval"]
    sites = len(rounded["all"]["sites"])
    assert n % 5 == 0
    assert (low, high) == (n - 2 * sites, n + 2 * sites)
    assert low <= truth <= high
    assert rounded["all"]["suppressed"] == exact["all"]["rounded"] == []


def test_statistics_of_rounded_counts_are_ranges(told: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """A mean, a variance and a deviation each have one, with the true number in it."""
    _, rounded, exact = told
    table, truth = rounded["age"]["tables"]["summary"], exact["age"]["tables"]["summary"]
    numbers, true = (dict(zip(one["columns"], one["rows"][0], strict=True)) for one in (table, truth))
    ranges = {one["place"].partition(".")[2]: one["interval"] for one in rounded["age"]["rounded"]}
    assert {"n", "mean", "variance", "sd"} <= ranges.keys()
    for name, (low, high) in ranges.items():
        assert low <= numbers[name] <= high, name
        assert low <= true[name] <= high, name


def test_intervals_are_read_from_a_report(told: tuple[Path, dict[str, Any], dict[str, Any]]) -> None:
    """As a frame of its own, beside that of what is suppressed."""
    folder, rounded, _ = told
    frames = fedcli.read(folder / "nhs.json")
    assert len(frames["rounded"]) == sum(len(one["rounded"]) for one in rounded.values())
    assert frames["all"]["n"][0] == rounded["all"]["scalars"]["n"]
