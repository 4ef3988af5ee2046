"""A site whose policy requires a whole cage, on machines that offer one and that do not."""

from __future__ import annotations

import pytest

from fedcli.errors import fault
from fedcli.model.vault import Reply
from fedcli.workflows import caged, walk
from tests.workflows.acts import book, code, ran, run
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

LACKING = Reply(refused={"make a file": True, "listen for others": False}, missing=("network",))
LEAKING = Reply(refused={"make a file": True, "listen for others": False})


@pytest.mark.parametrize("found", [LACKING, LEAKING], ids=["a wall is missing", "a wall has a hole"])
def test_nothing_runs_without_it(alone: World, monkeypatch: pytest.MonkeyPatch, found: Reply) -> None:
    """Where the policy requires it; nothing is charged, and the researcher is not told."""
    query = _required(alone)
    monkeypatch.setattr(caged, "probed", lambda _: found)
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (4, "V-SANDBOX")
    assert "listen for others" in ended.document["message"]
    assert book(alone, "south")["charge"] == []
    assert alone.releases("south", query) == []


def test_what_a_vault_finds_is_for_the_site_alone(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wall that is gone when the vault looks once more ends the query, and no researcher is told of it."""
    query = _required(alone)
    monkeypatch.setattr(caged, "probed", lambda _: Reply(refused={"make a file": True}))

    def lacking(*_: object) -> Reply:
        raise fault("V-SANDBOX", missing="network")

    monkeypatch.setattr(walk, "errand", lacking)
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (4, [("refused", "V-SANDBOX")])
    assert alone.releases("south", query) == []


def test_with_it_all_runs(alone: World) -> None:
    """On a machine that offers all of it; elsewhere it is said what is missing."""
    query = _required(alone)
    ended = run(alone, "south")
    found = caged.probed()
    if found.missing or not all(found.refused.values()):
        assert (ended.exit, code(ended)) == (4, "V-SANDBOX")
    else:
        assert ended.exit == 0
        assert len(alone.releases("south", query)) == 1


def test_what_is_available_does(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A policy that does not require it lets a site run on any machine, and nobody is asked."""
    alone.submit(query_text(**ALONE))
    monkeypatch.setattr(caged, "probed", lambda _: pytest.fail("nobody required it"))
    assert run(alone, "south").exit == 0


def test_the_doctor_names_what_is_missing(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The wall, and what a vault could do without it."""
    monkeypatch.setattr(caged, "probed", lambda: LACKING)
    ended = alone.cli("doctor", "--format", "json", home="south")
    [cage] = [one for one in ended.data["looked"] if one["what"] == "cage"]
    assert (ended.exit, cage["state"]) == (10, "warn")
    assert "without network" in cage["told"]
    assert "could listen for others" in cage["told"]


def _required(world: World) -> str:
    policy = world.folder / "south" / "policy.toml"
    text = policy.read_text()
    line = 'sandbox  = "available"'
    assert text.count(line) == 1
    policy.write_text(text.replace(line, 'sandbox  = "required"'))
    return world.submit(query_text(**ALONE))
