"""What an answer is fit for: the best there is, unless the policy of a site only records its checks."""

from __future__ import annotations

import shutil
from itertools import product
from pathlib import Path

import pytest

from fedcli.files.assets import asset
from fedcli.model import policy
from fedcli.model.release import Maturity, least_mature
from fedcli.policy.profiles import profile, profiles
from fedcli.trust.dsse import content, parse
from tests.workflows.acts import combine, run
from tests.world import World, copied, query_text

#: The profiles that hold nothing back but small counts.
RECORDING = {"evaluation", "datashield-compatible"}


@pytest.fixture
def unready(monkeypatch: pytest.MonkeyPatch) -> None:
    """As it is while a part of the evidence is missing."""
    monkeypatch.setattr(policy, "BEST", "preview")


@pytest.mark.usefixtures("unready")
def test_nothing_is_for_live_data_without_evidence(template: World, tmp_path: Path) -> None:
    """Releases, results and what is read of them say so, whatever the policy."""
    world = copied(template, tmp_path / "world")
    query, data = world.study(query_text())
    assert told(world, "north", query) == data["maturity"] == "preview"
    assert "not for live data" in world.ok("report", query, home="researcher").out


@pytest.mark.parametrize("name", profiles())
def test_of_a_profile(name: str) -> None:
    """Every profile would be for live data but those that say themselves that they are weak."""
    known = profile(name)
    assert known.maturity == ("preview" if name in RECORDING else "live")
    assert (known.description or "").startswith("WEAK") == (name in RECORDING)


def test_the_least_counts() -> None:
    """A sum is fit for no more than its least part, in any order."""
    order: tuple[Maturity, ...] = ("rehearsal", "preview", "live")
    for one, other in product(range(3), repeat=2):
        assert least_mature([order[one], order[other]]) == order[min(one, other)]
    assert least_mature([]) == "preview"


def told(world: World, site: str, query: str) -> str:
    """What a site's release says in clear."""
    [path] = world.releases(site, query)
    release = content(parse(path.read_bytes(), "x"), "release", "x").predicate
    return str(release["maturity"])


def test_one_site_that_only_records(template: World, tmp_path: Path) -> None:
    """Its release and its runs say so, and the result of all says it too."""
    world = copied(template, tmp_path / "world")
    shutil.copy(asset("configs") / "policies" / "evaluation.toml", world.folder / "north" / "policy.toml")
    query = world.submit(query_text())
    world.approve(query)
    for site, fit in (("north", "preview"), ("south", "live"), ("east", "live")):
        assert run(world, site).data["maturity"] == fit
        assert told(world, site, query) == fit
        assert ("not for live data" in world.ok("run", "--pending", home=site).out) == (fit == "preview")
    assert combine(world, query).data["maturity"] == "preview"
    assert "not for live data" in world.ok("report", query, home="researcher").out


def test_sites_that_hold_back(template: World, tmp_path: Path) -> None:
    """Nothing is said of a preview."""
    world = copied(template, tmp_path / "world")
    query, data = world.study(query_text())
    assert told(world, "north", query) == data["maturity"] == "live"
    assert "preview" not in world.ok("report", query, home="researcher").out
