"""Releases that wait for a time of day: recorded at once, seen at the first run after their slot."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcli.exchange.folder import FolderExchange
from tests.workflows.acts import code, combine, entries, policy, ran, recorded, run, told, tree
from tests.workflows.conftest import ALONE
from tests.workflows.test_interrupted import Crash
from tests.workflows.test_unattended import REFUSED, quietly
from tests.world import Ended, World, query_text


@pytest.fixture
def patient(alone: World) -> World:
    """A federation whose site south lets releases wait for 06:00; it is 09:00."""
    policy(alone, "south", 'slot = "immediate"', 'slot = "06:00"')
    assert run(alone, "south").exit == 0
    return alone


def seen(world: World) -> dict[str, bytes]:
    """What everybody sees of south."""
    return tree(world.exchange / "south")


def message(ended: Ended) -> str:
    """What is said of the one query of a run."""
    [one] = ended.data["queries"]
    return str(one["message"])


def test_a_release_waits_for_its_slot(patient: World) -> None:
    """Before it nothing of the site's folder changes; at the first run after it the release is there."""
    query, before = patient.submit(query_text(**ALONE)), seen(patient)
    ended = run(patient, "south")
    assert (ran(ended), ended.exit, message(ended)) == ([("pending", "")], 8, "waits for its slot, 06:00 UTC")
    [kept] = recorded(patient, "south", query)
    assert (kept.outcome, kept.visible) == ("released", False)
    assert "released, to be seen" in patient.ok("release", "list", home="south").out
    patient.later(hours=20, minutes=59)
    assert message(run(patient, "south")) == "waits for its slot, 06:00 UTC"
    assert quietly(patient) == Ended(8, "", "")
    assert seen(patient) == before
    assert code(combine(patient, query)) == "R-WAIT"
    patient.later(minutes=1)
    assert ran(run(patient, "south")) == [("done", "")]
    [statement] = patient.releases("south", query)
    assert statement.read_bytes() == kept.statement
    assert told(patient, query) == {"south": {"n": ""}}
    assert combine(patient, query).exit == 0
    assert entries(patient, "south", "charge") == entries(patient, "south", "release") == 1
    patient.ok("verify", str(patient.exchange), home="researcher")
    assert run(patient, "south").data["queries"] == []


def test_the_checkpoint_comes_first(patient: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What becomes visible is covered by a checkpoint, as without a slot."""
    patient.submit(query_text(**ALONE))
    run(patient, "south")
    patient.later(days=1)
    order: list[str] = []
    for name in ("put_checkpoint", "put_release"):
        honest = getattr(FolderExchange, name)

        def noting(*args: object, _name: str = name, _honest: object = honest) -> object:
            order.append(_name)
            return _honest(*args)  # type: ignore[operator]

        monkeypatch.setattr(FolderExchange, name, noting)
    run(patient, "south")
    assert order == ["put_checkpoint", "put_release"]


def test_a_refusal_waits_too(patient: World) -> None:
    """Refused or answered, it is told at the same time."""
    query = patient.submit(REFUSED)
    assert ran(run(patient, "south")) == [("refused", "A-PROJECT")]
    assert patient.releases("south", query) == []
    patient.later(days=1)
    run(patient, "south")
    assert told(patient, query) == {"south": {"n": "A-PROJECT"}}


@pytest.mark.parametrize("place", ["put_checkpoint", "put_release"])
def test_a_crash_at_the_slot(patient: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """The next run makes visible what is due, with the bytes that were recorded."""
    query = patient.submit(query_text(**ALONE))
    run(patient, "south")
    patient.later(days=1)

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(FolderExchange, place, crash)
        run(patient, "south")
    assert patient.releases("south", query) == []
    assert run(patient, "south").exit == 0
    assert told(patient, query) == {"south": {"n": ""}}
    patient.ok("ledger", "verify", home="south")


def test_a_crash_before_it_was_visible(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without a slot, too, what an interrupted run recorded is seen only after its checkpoint."""
    query = alone.submit(query_text(**ALONE))

    def crash(*_: object) -> None:
        raise Crash

    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr("fedcli.workflows.walk.publish_checkpoint", crash)
        run(alone, "south")
    with monkeypatch.context() as patched, pytest.raises(Crash):
        patched.setattr(FolderExchange, "put_checkpoint", crash)
        run(alone, "south")
    assert alone.releases("south", query) == []


def test_what_is_recalled_before_its_slot_is_never_seen(patient: World) -> None:
    """The recall is there at once; the release stays at the site for good."""
    query = patient.submit(query_text(**ALONE))
    run(patient, "south")
    patient.ok("release", "withdraw", query, "--reason", "counted twice", home="south")
    patient.later(days=1)
    assert run(patient, "south").exit == 0
    assert patient.releases("south", query) == []
    patient.ok("verify", str(patient.exchange), home="researcher")
    assert combine(patient, query).exit == 8


def test_without_a_slot_again(patient: World) -> None:
    """What waited is seen at the first run under a policy that lets releases go at once."""
    query = patient.submit(query_text(**ALONE))
    run(patient, "south")
    policy(patient, "south", 'slot = "06:00"', 'slot = "immediate"')
    run(patient, "south")
    assert told(patient, query) == {"south": {"n": ""}}


def test_nobody_watches_a_slot(patient: World) -> None:
    """Rounds that go on by themselves need releases at once."""
    ended = patient.cli("run", "--pending", "--watch", "--format", "json", home="south")
    assert (ended.exit, code(ended), "06:00" in ended.document["message"]) == (2, "P-SLOT", True)


def test_a_rehearsal_does_not_wait(patient: World, tmp_path: Path) -> None:
    """Nobody else looks at what is rehearsed."""
    from tests.world import SAMPLE

    (tmp_path / "q.toml").write_text(query_text())
    rules = patient.folder / "south" / "policy.toml"
    line = ("rehearse", str(tmp_path / "q.toml"), "--data", str(_data(tmp_path)), "--policy", str(rules))
    ended = patient.cli(*line, "--dictionary", str(SAMPLE / "cohort.toml"))
    assert ended.exit == 0, ended.text


def _data(folder: Path) -> Path:
    """A folder with the data of three sites."""
    from tests.world import SITES

    (folder / "sites").mkdir()
    for name, source in SITES.items():
        (folder / "sites" / f"{name}{source.suffix}").symlink_to(source)
    return folder / "sites"
