"""Results under differential privacy: every number with its accuracy, and what it has cost whom."""

from __future__ import annotations

import json
import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow.parquet as pq
import pytest

import fedcli
from fedcli.policy.zcdp import epsilon
from fedcli.report.figures import upwards
from tests.workflows.acts import combine, policy, run
from tests.world import SAMPLE, SITES, Ended, World, copied, query_text

ANALYSES = (
    'id = "n"\nanalytic = "count"',
    'id = "x"\nanalytic = "crosstab"\nby = ["diabetes", "smoking"]',
    'id = "s"\nanalytic = "summary"\ncolumns = ["age"]',
)
PRIVATE = '\n[privacy]\nmode = "differential-privacy"\nrho = "0.3"\n'
QUERY = query_text(*ANALYSES) + PRIVATE
#: For sites that are content with two.
TWO = query_text(*ANALYSES, min_sites="2") + PRIVATE
#: Half of a 95 % interval, in standard deviations.
HALF = 1.959963984540054


def _rehearse(folder: Path, overlap: str, *more: str) -> Ended:
    text = (SAMPLE / "cohort.toml").read_text()
    if overlap == "assume":
        text = "\n".join(line for line in text.splitlines() if not line.startswith(("overlap", "evidence")))
    (folder / "cohort.toml").write_text(text)
    (folder / "q.toml").write_text(QUERY)
    line = ["rehearse", "q.toml", "--data", str(SAMPLE), "--dictionary", "cohort.toml", "--policy", "private"]
    paths = [str(folder / one) if one.endswith(".toml") else one for one in line]
    return World(folder).ok(*paths, *more)


@pytest.fixture(scope="module")
def rehearsed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The query rehearsed where persons are at one site each, and where nobody has said so."""
    return {
        overlap: _rehearse(tmp_path_factory.mktemp(overlap), overlap, "--format", "json").data
        for overlap in ("declared-disjoint", "assume")
    }


@pytest.mark.parametrize(("overlap", "rho"), [("declared-disjoint", "0.3"), ("assume", "0.9")])
def test_what_a_person_paid(rehearsed: dict[str, dict[str, Any]], overlap: str, rho: str) -> None:
    """At each site, and at all of them together where a person may be at all."""
    privacy = rehearsed[overlap]["privacy"]
    told = privacy["guarantee"]
    assert privacy["mode"] == "differential-privacy"
    assert {one["rho"] for one in privacy["charges"].values()} == {"0.3"}
    assert told["sites"] == dict.fromkeys(SITES, "0.3")
    assert (told["rho"], told["disjoint"], told["conditional"]) == (rho, overlap == "declared-disjoint", [])
    assert told["epsilon"] == epsilon(Fraction(rho), Fraction("0.000001"))


def test_the_text_says_it(tmp_path: Path) -> None:
    """Every number with its accuracy, and who paid what; nothing is said of rounding."""
    text = _rehearse(tmp_path, "assume").out
    paid = upwards(epsilon(Fraction("0.9"), Fraction("0.000001")))
    assert f"a person at all of them paid  rho 0.9, epsilon {paid} at delta 1e-6" in text
    assert "the dictionary does not declare the sites' persons disjoint" in text
    assert "at most 3 rows, and in at most 2 cells of a table" in text
    assert "c ± d: with noise; 95 % of the time the noise moved the number by no more than d" in text
    assert text.count(" ± ") > 10
    assert "rounded" not in text


def test_how_accurate_a_count_is(rehearsed: dict[str, dict[str, Any]]) -> None:
    """Its interval is that of the sites' noise together, whose price is an analysis' share."""
    found = rehearsed["assume"]["results"]["n"]
    noise, [only] = found["noise"], found["noisy"]
    assert noise["mechanism"] == "discrete-gaussian"
    assert {one["rho"] for one in noise["sites"].values()} == {"0.1"}
    assert all(one["contribution"] == {"rows": 3, "cells": 2} for one in noise["sites"].values())
    width = HALF * math.sqrt(sum(one["scale"] ** 2 for one in noise["sites"].values()))
    low, high = only["interval"]
    assert only["place"] == "n"
    assert found["scalars"]["n"] - low == pytest.approx(width) == pytest.approx(high - found["scalars"]["n"])


def test_every_number_is_noisy_and_none_rounded(rehearsed: dict[str, dict[str, Any]]) -> None:
    """Each has its place in the list, and nothing is suppressed."""
    for name, found in rehearsed["assume"]["results"].items():
        places = [one["place"] for one in found["noisy"]]
        keys = {"x": 2, "s": 1}.get(name, 0)
        cells = [cell for table in found["tables"].values() for row in table["rows"] for cell in row[keys:]]
        assert len(set(places)) == len(places) == len(found["scalars"]) + len(cells)
        assert (found["rounded"], found["suppressed"]) == ([], [])
        assert all(low < high for low, high in (one["interval"] for one in found["noisy"]))


def _private(world: World, *sites: str) -> None:
    """From now on these sites answer with noise."""
    for site in sites:
        policy(world, site, 'mode = "disclosure-control"', 'mode = "differential-privacy"')


@pytest.fixture(scope="module")
def federation(template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A federation in which north has given exact answers before, and all sites answered with noise since."""
    world = copied(template, tmp_path_factory.mktemp("world") / "noisy")
    for site in SITES:
        policy(world, site, "min_sites  = 3", "min_sites  = 2")
    exact = world.submit(query_text(sites='["north", "south"]', min_sites="2"))
    world.approve(exact, "north")
    world.run("north")
    _private(world, *SITES)
    query, _ = world.study(TWO)
    return world, query


def test_exact_answers_before(federation: tuple[World, str]) -> None:
    """A guarantee on a condition names the site, and has no epsilon, in any form of the result."""
    world, query = federation
    told = combine(world, query).data["privacy"]["guarantee"]
    assert (told["conditional"], told.get("epsilon"), told["rho"]) == (["north"], None, "0.3")
    text = world.ok("report", query, home="researcher").out
    assert "rho 0.3; no epsilon can be told" in text
    assert "north has also given exact answers about these persons" in text
    file = world.folder / "conditional.parquet"
    world.ok("report", query, "--parquet", str(file), home="researcher")
    metadata = pq.read_table(file).schema.metadata
    assert (metadata[b"fedcli.mode"], metadata[b"fedcli.rho"]) == (b"differential-privacy", b"0.3")
    assert b"fedcli.epsilon" not in metadata


def test_frames_of_noisy_results(federation: tuple[World, str], tmp_path: Path) -> None:
    """Every form of a result gives the same frames, and the intervals of what has noise are apart."""
    world, query = federation
    ended = world.ok("report", query, "--format", "json", home="researcher")
    (tmp_path / "r.json").write_text(ended.out)
    files = ["--csv", str(tmp_path / "r.csv"), "--parquet", str(tmp_path / "r.parquet")]
    world.ok("report", query, *files, home="researcher")
    kept = fedcli.read(world.folder / "researcher" / "results" / query / "result.json")
    assert (len(kept["suppressed"]), len(kept["rounded"])) == (0, 0)
    assert len(kept["noisy"]) == sum(len(one["noisy"]) for one in ended.data["results"].values())
    for name in ("r.json", "r.csv", "r.parquet"):
        for key, frame in fedcli.read(tmp_path / name).items():
            pd.testing.assert_frame_equal(frame, kept[key], check_dtype=False)


def test_what_a_release_says(federation: tuple[World, str]) -> None:
    """Mode, price and condition, to whoever verifies it and to whom it was sealed."""
    world, query = federation
    [north], [south] = world.releases("north", query), world.releases("south", query)
    shown = [world.ok("release", "show", str(one), home="researcher").out for one in (north, south)]
    assert all("differential privacy, rho 0.3 at delta 1e-6" in one for one in shown)
    assert ["conditional: this site has also" in one for one in shown] == [True, False]
    assert "with noise of standard deviation 3.162, rho 0.1" in shown[1]
    told = [world.ok("verify", str(one), home="researcher").out for one in (north, south)]
    assert all("differential privacy with rho 0.3" in one for one in told)
    assert ["conditional on exact answers" in one for one in told] == [True, False]


def test_output_checkers_see_what_left(federation: tuple[World, str]) -> None:
    """An export has every analysis, with the noise that stands instead of checks."""
    world, query = federation
    folder = world.folder / "checkers"
    world.ok("release", "export", query, "-o", str(folder), home="south")
    found = json.loads((folder / "results.json").read_text())["results"]
    assert set(found) == {"n", "x", "s"}
    for name, record in found.items():
        assert record["properties"]["mitigation"] == "noise"
        assert record["properties"]["noise"]["rho"] == "0.1"
        assert record["fair"]["statbarn"] == "NoisySums"
        assert "with noise of standard deviation" in record["summary"]
        assert (folder / f"{name}_0.csv").exists()


def test_people_see_mode_and_price(federation: tuple[World, str]) -> None:
    """Who approves, who asks, who runs, and who reads the ledger."""
    world, query = federation
    words = "differential privacy: answers with noise, rho 0.3 at each site"
    assert words in world.ok("approval", "show", query, home="south").out
    assert "rho 0.3" in world.ok("approval", "list", home="south").out
    assert words in world.ok("query", "status", query, home="researcher").out
    assert "rho 0.3" in world.ok("query", "list", home="researcher").out
    assert "rho 0.1" in world.ok("ledger", "show", home="south").out


def test_what_a_run_costs(template: World, tmp_path: Path) -> None:
    """A dry run tells the price before, the run what was paid."""
    world = copied(template, tmp_path / "world")
    _private(world, "south")
    query = world.submit(QUERY)
    world.approve(query, "south")
    assert "for rho 0.3 at the most" in world.ok("run", "--pending", "--dry-run", home="south").out
    [ended] = run(world, "south").data["queries"]
    assert (ended["status"], ended["rho"]) == ("done", "0.3")


def test_an_amended_price(federation: tuple[World, str]) -> None:
    """Another rho is told in words, and needs approvals anew."""
    world, query = federation
    file = world.folder / "researcher" / "cheaper.toml"
    file.write_text(TWO.replace('rho = "0.3"', 'rho = "0.1"'))
    told = world.ok("query", "amend", query, str(file), "--dry-run", home="researcher").out
    assert "mode of privacy was differential privacy: answers with noise, rho 0.3 at each site" in told
    assert "its approvals do not count" in told


def test_what_was_recalled_was_paid_for(federation: tuple[World, str], tmp_path: Path) -> None:
    """A site that recalls its release is not added up any more; its persons have paid for it all the same."""
    world = copied(federation[0], tmp_path / "recalled")
    query = federation[1]
    world.ok("release", "withdraw", query, "--reason", "a mistake", home="east")
    ended = combine(world, query)
    told = ended.data["privacy"]
    assert {one["site"]: one["status"] for one in ended.data["sites"]}["east"] == "withdrawn"
    assert told["guarantee"]["sites"] == dict.fromkeys(SITES, "0.3")
    assert "east" not in ended.data["results"]["n"]["sites"]


def test_a_price_that_is_none(tmp_path: Path) -> None:
    """A query file is checked for it before anybody signs."""
    (tmp_path / "q.toml").write_text(QUERY.replace('rho = "0.3"', 'rho = "0.000000000001"'))
    line = ["query", "check", str(tmp_path / "q.toml"), "--dictionary", str(SAMPLE / "cohort.toml")]
    ended = World(tmp_path).cli(*line, "--format", "json")
    assert json.loads(ended.out)["code"] == "Q-RHO"
