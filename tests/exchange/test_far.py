"""A whole federation over each kind of far exchange: what holds with a folder holds there."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from fedcli.exchange import mirror
from tests.exchange.far import moved
from tests.exchange.services import Service
from tests.workflows.acts import code, combine, entries, policy, run
from tests.world import SITES, World, query_text


@pytest.fixture
def far(template: World, tmp_path: Path, service: Service) -> World:
    """A federation of one's own with a far exchange."""
    return moved(template, tmp_path / "far", service)


def posted(service: Service, site: str) -> list[str]:
    """The releases of a site at the exchange."""
    return [name for name in service.files() if name.startswith(f"{site}/releases/")]


def test_a_study(far: World, service: Service) -> None:
    """Submit, approve, run and combine; the number is that of the pooled data."""
    query, data = far.study(query_text())
    assert data["results"]["n"]["scalars"] == {"n": 3050}
    assert all(len(posted(service, site)) == 2 for site in SITES)
    for home in ("north", "researcher"):
        far.ok("exchange", "sync", home=home)
        listed = far.ok("exchange", "ls", "--format", "json", home=home).data["names"]
        assert {(one["here"], one["there"]) for one in listed} == {(True, True)}
    assert combine(far, query).exit == 0
    assert far.ok("verify", str(far.folder / "researcher" / "exchange"), home="researcher").exit == 0
    assert far.ok("doctor", home="north").exit == 0


ONE = {"sites": '["south"]', "min_sites": "1"}


@pytest.fixture
def alone(far: World) -> World:
    """A federation with a far exchange in which one site can answer alone and unasked."""
    policy(far, "south", "min_sites  = 3", "min_sites  = 1")
    old = 'approvals = { people = 2, roles = ["data-owner", "disclosure-officer"] }'
    policy(far, "south", old, "approvals = { people = 0, roles = [] }")
    return far


@pytest.mark.parametrize("service", ["sftp", "s3"], indirect=True)
def test_an_outage_loses_nothing(alone: World, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """The exchange goes away while a run computes; the next run gives what the first has recorded."""
    query = alone.submit(query_text(**ONE))
    push = mirror.push

    def cut(*given: Any) -> tuple[str, ...]:
        service.stop()
        return push(*given)

    with monkeypatch.context() as patched:
        patched.setattr(mirror, "push", cut)
        ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (75, "X-DOWN")
    for home, words in {"south": ("run", "--pending"), "researcher": ("combine", query)}.items():
        ended = alone.cli(*words, "--format", "json", home=home)
        assert (ended.exit, code(ended)) == (75, "X-DOWN")
    assert alone.ok("verify", str(alone.folder / "south" / "exchange"), home="south").exit == 0
    assert "not there" in alone.cli("doctor", home="south").out
    service.start()
    assert posted(service, "south") == []
    assert run(alone, "south").exit == 0
    assert len(posted(service, "south")) == 2
    assert (entries(alone, "south", "charge"), entries(alone, "south", "release")) == (1, 1)
    assert combine(alone, query).exit == 0


@pytest.mark.parametrize("service", ["sftp"], indirect=True)
def test_a_restored_backup(alone: World, service: Service) -> None:
    """The whole home is an older one, its mirror too; the exchange knows the later checkpoints."""
    shutil.copytree(alone.folder / "south", alone.folder / "backup")
    alone.submit(query_text(**ONE))
    assert run(alone, "south").exit == 0
    shutil.rmtree(alone.folder / "south")
    (alone.folder / "backup").rename(alone.folder / "south")
    before = service.files()
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")
    assert service.files() == before


@pytest.mark.parametrize("service", ["folder"], indirect=True)
def test_a_member_who_changes_a_file(alone: World, service: Service) -> None:
    """Others are not held up: the work is done with what was seen first, and the alarm is told after it."""
    query = alone.submit(query_text(**ONE))
    alone.ok("exchange", "pull", home="south")
    name = f"ana/queries/{query}/query.json"
    service.plant(name, b'{"another": 1}')
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "X-OTHER")
    assert name in ended.document["message"]
    assert len(posted(service, "south")) == 2
    shown = alone.cli("exchange", "sync", "--format", "json", home="south")
    assert (shown.exit, [one["code"] for one in shown.data["problems"]]) == (6, ["X-OTHER"])


@pytest.mark.parametrize("service", ["folder"], indirect=True)
def test_who_writes_in_a_sites_name(alone: World, service: Service) -> None:
    """Where somebody else has written in the own folder, there is perhaps a second copy: nothing runs."""
    alone.submit(query_text(**ONE))
    service.plant("south/policy/001.json", b'{"another": 1}')
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "X-OTHER")
    assert entries(alone, "south", "charge") == 0


@pytest.mark.parametrize("service", ["folder"], indirect=True)
def test_a_model_while_both_watch(alone: World, service: Service, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each look fetches, and each pass gives: the rounds of a model go on from one side to the other."""
    fit = 'id = "fit"\nanalytic = "glm"\nfamily = "binomial"\nformula = "statin ~ age"\nunit = "row"'
    query = alone.submit(query_text(fit, **ONE))
    looks = []

    def others(_: float) -> None:
        looks.append(run(alone, "south").exit)

    monkeypatch.setattr("fedcli.commands.combine.pause", others)
    ended = alone.cli("combine", query, "--watch", "--format", "json", home="researcher")
    assert ended.exit == 0, ended.text
    assert len(looks) > 2
    assert f"ana/queries/{query}/result.json" in service.files()
