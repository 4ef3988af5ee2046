"""Interrupted anywhere, the next run finishes: one charge, one release, the bytes that were recorded."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.acts import SOUTH, book, combine, entries, grant, ran, recorded, run, told, tree
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

PLACES = [
    "fedcli.workflows.walk.refresh",
    "fedcli.workflows.walk._charge",
    "fedcli.ledger.accounts.charge",
    "fedcli.workflows.walk.errand",
    "fedcli.workflows.walk._readmit",
    "fedcli.ledger.accounts.record_answer",
    "fedcli.workflows.walk.said_before",
    "fedcli.ledger.log.prove",
    "fedcli.workflows.walk.make",
    "fedcli.workflows.walk._record",
    "fedcli.ledger.accounts.record_release",
    "fedcli.workflows.walk.publish_checkpoint",
    "fedcli.exchange.folder.FolderExchange.put_checkpoint",
    "fedcli.exchange.folder.FolderExchange.put_release",
    "fedcli.exchange.folder.write_once",
    "fedcli.ledger.accounts.mark_visible",
]


class Crash(BaseException):
    """The process is gone, as far as the walk can tell."""


def _crashing(honest: Callable[..., Any], after: bool, nth: int) -> Callable[..., Any]:
    """A step that ends the process before or after it is done, the n-th time that it is taken."""
    calls = 0

    def step(*args: Any, **more: Any) -> Any:
        nonlocal calls
        calls += 1
        if calls == nth and not after:
            raise Crash
        result = honest(*args, **more)
        if calls == nth:
            raise Crash
        return result

    return step


def _resolve(place: str) -> Any:
    from pkgutil import resolve_name

    return resolve_name(place)


def _crash(world: World, monkeypatch: pytest.MonkeyPatch, place: str, after: bool, nth: int = 1) -> None:
    with monkeypatch.context() as patched:
        patched.setattr(place, _crashing(_resolve(place), after, nth))
        with pytest.raises(Crash):
            run(world, "south")


def _finishes(world: World, query: str) -> None:
    ended = run(world, "south")
    assert (ended.exit, [status for status, _ in ran(ended)]) == (0, ["done"] if ran(ended) else [])
    assert entries(world, "south", "charge") == 1
    assert entries(world, "south", "release") == 1
    [kept] = recorded(world, "south", query)
    [statement] = world.releases("south", query)
    assert kept.visible
    assert statement.read_bytes() == kept.statement
    assert statement.with_name("000.01.values.sealed").read_bytes() == kept.sealed
    assert told(world, query) == {"south": {"n": ""}}
    world.ok("ledger", "verify", home="south")
    world.ok("verify", str(world.exchange), home="researcher")
    assert list((world.folder / "south" / "state" / "vault").iterdir()) == []
    assert not list(world.folder.rglob("*.part"))


#: After one step is before the next, but for these.
LAST = ("errand", "_record", "publish_checkpoint", "put_release", "mark_visible")
CRASHES = [(place, False) for place in PLACES] + [(place, True) for place in PLACES if place.endswith(LAST)]


@pytest.mark.parametrize(
    ("place", "after"),
    CRASHES,
    ids=[f"{'after' if after else 'before'} {place.rpartition('.')[2]}" for place, after in CRASHES],
)
def test_a_crash(alone: World, monkeypatch: pytest.MonkeyPatch, place: str, after: bool) -> None:
    """A process that ends before or after a step of the walk is finished by the next."""
    query = alone.submit(query_text(**ALONE))
    _crash(alone, monkeypatch, place, after)
    _finishes(alone, query)


def _crash_after_writing(monkeypatch: pytest.MonkeyPatch, ending: str) -> None:
    """End the process right after a file of this name was written into the exchange."""
    from fedcli.exchange import folder

    def crashing(honest: Callable[..., None]) -> Callable[..., None]:
        def write(path: Path, data: bytes) -> None:
            honest(path, data)
            if path.name.endswith(ending):
                raise Crash

        return write

    for name in ("write", "write_once"):
        monkeypatch.setattr(folder, name, crashing(getattr(folder, name)))


def test_a_crash_between_the_halves_of_a_release(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Sealed values whose statement is not there yet are not seen, and get it by the next run."""
    query = alone.submit(query_text(**ALONE))
    with monkeypatch.context() as patched, pytest.raises(Crash):
        _crash_after_writing(patched, "values.sealed")
        run(alone, "south")
    folder = alone.exchange / "south" / "releases" / query
    assert [path.name for path in folder.iterdir()] == ["000.01.values.sealed"]
    assert combine(alone, query).exit == 8
    _finishes(alone, query)


def test_a_crash_between_the_halves_of_a_checkpoint(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A proof whose checkpoint was never written does not stop the site when its log has grown."""
    query = world.submit(query_text())
    with monkeypatch.context() as patched, pytest.raises(Crash):
        _crash_after_writing(patched, ".proof.json")
        world.cli("approval", "grant", query, "--key", "north-owner", "--reason", "ok", home="north")
    world.ok("approval", "grant", query, "--key", "north-officer", "--reason", "ok", home="north")
    assert ran(run(world, "north")) == [("done", "")]
    world.ok("verify", str(world.exchange), home="researcher")


def test_a_crash_between_the_halves_of_a_result(studied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A sealed result whose statement was never written does not stop the researcher."""
    query = studied.submit(query_text(title='"B"'), "b.toml")
    studied.approve(query)
    studied.run()
    with monkeypatch.context() as patched, pytest.raises(Crash):
        _crash_after_writing(patched, "result.sealed")
        combine(studied, query)
    assert combine(studied, query).exit == 0


def test_what_was_visible_stays_as_it_was(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a crash that comes when all is visible, the next run changes no byte of it."""
    query = alone.submit(query_text(**ALONE))
    _crash(alone, monkeypatch, "fedcli.ledger.accounts.mark_visible", after=False)
    before = tree(alone.exchange / "south" / "releases")
    _finishes(alone, query)
    assert tree(alone.exchange / "south" / "releases") == before


def test_a_charge_comes_before_the_vault(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the vault is asked, the charge is on disk for everybody to read."""
    alone.submit(query_text(**ALONE))
    seen: list[int] = []

    def look(*_: object) -> object:
        seen.append(len(book(alone, "south")["charge"]))
        raise Crash

    monkeypatch.setattr("fedcli.workflows.walk.errand", look)
    with pytest.raises(Crash):
        run(alone, "south")
    assert seen == [1]


def test_a_crash_among_many_charges_makes_none(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The charges of a query are one transaction."""
    analyses = [f'id = "{name}"\nanalytic = "crosstab"\nby = ["{name}"]' for name in ("sex", "statin")]
    alone.submit(query_text(*analyses, **ALONE))
    before = book(alone, "south")["entry"]
    _crash(alone, monkeypatch, "fedcli.ledger.accounts.charge", after=False, nth=2)
    assert book(alone, "south")["entry"] == before
    assert book(alone, "south")["charge"] == []


GRANTS = [
    "fedcli.workflows.approve.append",
    "fedcli.exchange.folder.FolderExchange.put_approval",
    "fedcli.workflows.approve.publish_checkpoint",
]


@pytest.mark.parametrize("place", GRANTS, ids=lambda place: place.rpartition(".")[2])
def test_a_crash_while_granting(world: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A grant that was interrupted counts once, or can be given again, and is then published."""
    query = world.submit(query_text())
    words = ("approval", "grant", query, "--key", "north-owner", "--reason", "ok")
    with monkeypatch.context() as patched:
        patched.setattr(place, _crashing(_resolve(place), after=False, nth=1))
        with pytest.raises(Crash):
            world.cli(*words, home="north")
    world.ok(*words, home="north")
    assert entries(world, "north", "approval") == 1
    world.cli("run", "--pending", home="north")
    world.ok("ledger", "verify", home="north")
    assert len(list((world.exchange / "north" / "approvals").glob("*.json"))) == 1


ADDS = ["fedcli.workflows.datasets._record", "fedcli.workflows.announce._publish"]


@pytest.mark.parametrize("place", ADDS, ids=lambda place: place.rpartition(".")[2])
def test_a_crash_while_adding_data(alone: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A dataset is taken in whole or not, and offered by the next run."""
    words = ("data", "add", "cohort", str(SOUTH))
    with monkeypatch.context() as patched:
        patched.setattr(place, _crashing(_resolve(place), after=False, nth=1))
        with pytest.raises(Crash):
            alone.cli(*words, home="south")
    query = alone.submit(query_text(**ALONE))
    assert run(alone, "south").exit == 0
    assert told(alone, query) == {"south": {"n": ""}}
    alone.ok("verify", str(alone.exchange), home="researcher")


def test_a_crash_while_rotating(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Somebody whose rotation was interrupted still has keys to act with, and can rotate again."""
    words = ("key", "rotate", "--key", "north-owner", "--no-passphrase")
    with monkeypatch.context() as patched:
        patched.setattr(
            "fedcli.workflows.enrol.create", _crashing(_resolve("fedcli.trust.keys.create"), False, 1)
        )
        with pytest.raises(Crash):
            world.cli(*words, home="north")
    world.ok("key", "show", "north-owner", home="north")
    world.ok(*words, home="north")


def test_a_crash_while_founding(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that was half made is finished by making it again, with one ledger that was opened once."""
    words = ("init", "site", "west", "--dir", str(world.folder / "west"))
    with monkeypatch.context() as patched:
        patched.setattr("fedcli.workflows.enrol._settings_text", _crashing(lambda _: "", False, 1))
        with pytest.raises(Crash):
            world.cli(*words)
    world.ok(*words)
    assert len(book(world, "west")["entry"]) == 1


COMBINES = ["fedcli.workflows.kept._post", "fedcli.workflows.kept.write"]


@pytest.mark.parametrize("place", COMBINES, ids=lambda place: place.rpartition(".")[2])
def test_a_crash_while_combining(studied: World, monkeypatch: pytest.MonkeyPatch, place: str) -> None:
    """A result that was not kept is made again, and what is posted verifies."""
    query = studied.submit(query_text(title='"B"'), "b.toml")
    studied.approve(query)
    studied.run()
    with monkeypatch.context() as patched:
        patched.setattr(place, _crashing(_resolve(place), after=False, nth=1))
        with pytest.raises(Crash):
            combine(studied, query)
    ended = combine(studied, query)
    assert (ended.exit, ended.data["results"]["n"]["scalars"]) == (0, {"n": 3050})
    studied.ok("verify", str(studied.exchange), home="researcher")
    assert combine(studied, query).data["new"] is False


# Signals, to a process of its own whose vault never answers.

# Who starts the tests in the background has told their children to ignore SIGINT.
FEDCLI = """
import signal, sys
from datetime import datetime
from fedcli.app import run
from fedcli.config import Options

signal.signal(signal.SIGINT, signal.default_int_handler)
at = datetime.fromisoformat(sys.argv[1])
sys.exit(run(sys.argv[3:], Options(now=lambda: at)))
"""
SLOW = (
    """
import sys, time
from pathlib import Path
from fedcli.workflows import errand

def ask(*_):
    Path(sys.argv[2]).write_text("asked")
    time.sleep(60)

errand.ask = ask
"""
    + FEDCLI
)


def _process(world: World, script: str, *words: str) -> subprocess.Popen[str]:
    """A process of its own, at the time of the world."""
    marker = str(world.folder / "asked")
    return subprocess.Popen(
        [sys.executable, "-c", script, world.now.isoformat(), marker, *words],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def _interrupted(world: World, number: signal.Signals) -> tuple[int, str, str]:
    """Run at the site, and send a signal when the vault is asked; exit code, stdout and stderr."""
    marker = world.folder / "asked"
    child = _process(world, SLOW, "--home", str(world.folder / "south"), "run", "--pending")
    try:
        while not marker.exists() and child.poll() is None:
            time.sleep(0.01)
        child.send_signal(number)
        out, err = child.communicate(timeout=30)
    finally:
        child.kill()
    return child.returncode, out, err


@pytest.mark.parametrize(
    ("number", "exits"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130)],
    ids=["terminate", "interrupt"],
)
def test_a_signal(alone: World, number: signal.Signals, exits: int) -> None:
    """A request to stop ends the run with its exit code and no traceback; the next run finishes."""
    query = alone.submit(query_text(**ALONE))
    code, out, err = _interrupted(alone, number)
    assert (code, out) == (exits, "")
    assert "Traceback" not in err
    assert entries(alone, "south", "charge") == 1
    _finishes(alone, query)


def test_a_request_to_stop_is_answered(alone: World) -> None:
    """SIGTERM is answered with a sentence, as an interruption is."""
    alone.submit(query_text(**ALONE))
    assert "rolled back" in _interrupted(alone, signal.SIGTERM)[2]


def test_a_kill(alone: World) -> None:
    """A process that was killed leaves a charge and no lock; the next run finishes."""
    query = alone.submit(query_text(**ALONE))
    assert _interrupted(alone, signal.SIGKILL)[0] == -signal.SIGKILL
    assert run(alone, "south").exit == 0
    assert entries(alone, "south", "charge") == 1
    assert told(alone, query) == {"south": {"n": ""}}


def test_an_interruption_as_json(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that asked for a document gets one when it is interrupted."""

    def interrupt(*_: object) -> object:
        raise KeyboardInterrupt

    monkeypatch.setattr("fedcli.workflows.execute.run", interrupt)
    ended = run(alone, "south")
    assert ended.exit == 130
    assert json.loads(ended.out)["status"] == "interrupted"


# Two at once.


def _hold(path: Path) -> Any:
    from fedcli.files.lock import lock

    return lock(path)


def test_two_runs_at_once(alone: World) -> None:
    """While one run is under way another ends with 75 at once, and changes nothing."""
    alone.submit(query_text(**ALONE))
    with _hold(alone.folder / "south" / "state" / "run.lock"):
        before = tree(alone.folder)
        ended = run(alone, "south")
        assert (ended.exit, ended.document["code"]) == (75, "F-BUSY")
        assert tree(alone.folder) == before
    assert run(alone, "south").exit == 0


def test_two_people_at_once(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two people who grant in the same moment both succeed."""
    from fedcli.exchange.folder import FolderExchange

    query = world.submit(query_text())
    home = str(world.folder / "north")
    honest = FolderExchange.latest_checkpoint
    others: list[subprocess.Popen[str]] = []

    def meanwhile(self: FolderExchange, site: str) -> tuple[int, bytes] | None:
        latest = honest(self, site)
        if not others:
            words = ("approval", "grant", query, "--key", "north-officer", "--reason", "ok")
            others.append(_process(world, FEDCLI, "--home", home, *words))
            with suppress(subprocess.TimeoutExpired):
                others[0].wait(2)
        return latest

    monkeypatch.setattr(FolderExchange, "latest_checkpoint", meanwhile)
    mine = grant(world, "north", query)
    others[0].communicate(timeout=30)
    assert (mine.exit, others[0].returncode) == (0, 0)


def test_a_lock_that_nobody_holds(alone: World) -> None:
    """The file of a lock that a dead process left is no lock."""
    (alone.folder / "south" / "state" / "run.lock").write_text("12345")
    assert run(alone, "south").exit == 0


def test_a_database_that_somebody_writes_to(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A database that another process is writing to is busy, not broken."""
    import sqlite3

    monkeypatch.setattr("fedcli.ledger.store._WAIT_SECONDS", 0.05)
    alone.submit(query_text(**ALONE))
    with sqlite3.connect(alone.folder / "south" / "state" / "site.db") as other:
        other.execute("BEGIN IMMEDIATE")
        ended = run(alone, "south")
        assert ended.exit == 75
        other.execute("ROLLBACK")
    assert run(alone, "south").exit == 0
    assert entries(alone, "south", "charge") == 1


def test_an_exchange_that_is_not_there(studied: World) -> None:
    """Without the exchange every command that needs it ends with 75, and works when it is back."""
    away = studied.exchange.rename(studied.folder / "away")
    for home, words in {
        "north": ("run", "--pending"),
        "south": ("approval", "list"),
        "researcher": ("query", "list"),
        "east": ("ledger", "verify"),
    }.items():
        ended = studied.cli(*words, "--format", "json", home=home)
        assert (ended.exit, ended.document["code"]) == (75, "X-DOWN")
    away.rename(studied.exchange)
    assert run(studied, "north").exit == 0


def test_an_exchange_that_is_full(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be written the run ends with 75; the recorded release leaves with the next."""
    import errno

    query = alone.submit(query_text(**ALONE))
    with monkeypatch.context() as patched:

        def full(*_: object, **__: object) -> object:
            raise OSError(errno.ENOSPC, "No space left on device")

        patched.setattr("fedcli.files.writer.tempfile.mkstemp", full)
        ended = run(alone, "south")
    assert ended.exit == 75
    assert alone.releases("south", query) == []
    _finishes(alone, query)
