"""Runs that nobody watches: what they say and write down, how long they take, and how they are ended."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from fedcli.workflows import execute
from fedcli.workflows.allowance import Allowance
from tests.workflows.acts import edit, entries, ran, recorded, run, told
from tests.workflows.conftest import ALONE
from tests.world import Ended, World, query_text

#: A query that the policy refuses.
REFUSED = query_text(title='"Refused"', project='"another"', **ALONE)


def heartbeat(world: World, site: str = "south") -> dict[str, Any]:
    """The heartbeat of a site, which nobody else can read."""
    path = world.folder / site / "state" / "heartbeat.json"
    assert path.stat().st_mode & 0o777 == 0o600
    found: dict[str, Any] = json.loads(path.read_text())
    return found


def lines(world: World, site: str = "south") -> list[dict[str, Any]]:
    """The lines of a site's log of runs."""
    path = world.folder / site / "state" / "run.log.jsonl"
    assert path.stat().st_mode & 0o777 == 0o600
    return [json.loads(line) for line in path.read_text().splitlines()]


def quietly(world: World) -> Ended:
    """What cron calls."""
    return world.cli("run", "--pending", "--quiet", home="south")


def looks(world: World) -> tuple[str, str]:
    """What the doctor says of the runs of south."""
    shown = world.cli("doctor", "--format", "json", home="south").data["looked"]
    [found] = [one for one in shown if one["what"] == "runs"]
    return found["state"], found["told"]


# What it says.


def test_nothing_to_tell(alone: World) -> None:
    """A quiet run says nothing when it has nothing to do, and nothing when it has done it."""
    assert quietly(alone) == Ended(0, "", "")
    query = alone.submit(query_text(**ALONE))
    assert quietly(alone) == Ended(0, "", "")
    assert told(alone, query) == {"south": {"n": ""}}


def test_a_refusal_is_told_once(alone: World) -> None:
    """Cron mails what was refused when it is, and not again at every run; the exit code is the same."""
    alone.submit(REFUSED)
    first, second = quietly(alone), quietly(alone)
    assert (first.exit, first.out, "A-PROJECT" in first.err) == (4, "", True)
    assert second == Ended(4, "", "")
    assert "A-PROJECT" in alone.cli("run", "--pending", home="south").out


def test_who_must_decide_hears_of_it_once(world: World) -> None:
    """A query that waits for people is told when it is new."""
    world.submit(query_text())
    first, second = quietly(world), quietly(world)
    assert (first.exit, "A-PENDING" in first.err) == (8, True)
    assert second == Ended(8, "", "")


def test_an_error_is_told(alone: World) -> None:
    """Quiet or not, what stops a run is told on stderr, each time."""
    alone.exchange.rename(alone.folder / "away")
    for ended in (quietly(alone), quietly(alone)):
        assert (ended.exit, ended.out, "X-DOWN" in ended.err) == (75, "", True)
    assert heartbeat(alone)["last"]["code"] == "X-DOWN"
    assert looks(alone)[0] == "warn"


def test_a_program_gets_its_document(alone: World) -> None:
    """Who asks for JSON gets one document, quiet or not, and with -v the lines of the log on stderr."""
    alone.submit(query_text(**ALONE))
    ended = alone.cli("run", "--pending", "-q", "-v", "--format", "json", home="south")
    assert ran(ended) == [("done", "")]
    assert [json.loads(line)["event"] for line in ended.err.splitlines()] == ["began", "query", "ended"]


# What it writes down.


def test_a_heartbeat_and_a_log(alone: World) -> None:
    """What is under way while the vault computes, and how each query and the run ended."""
    query, refused = alone.submit(query_text(**ALONE)), alone.submit(REFUSED, "refused.toml")
    assert run(alone, "south").exit == 4
    beat = heartbeat(alone)
    assert (beat["phase"], beat["pending"], beat["done"], beat["site"]) == ("ended", 2, 2, "south")
    assert beat["ends"] == {
        query: {"status": "done", "exit": 0, "code": ""},
        refused: {"status": "refused", "exit": 4, "code": "A-PROJECT"},
    }
    assert (beat["last"]["exit"], beat["last"]["code"]) == (4, "A-PROJECT")
    assert beat["succeeded"] == beat["last"]["at"] == "2026-11-22T09:00:00Z"
    assert [one["event"] for one in lines(alone)] == ["began", "query", "query", "ended"]
    assert {one["query"]: one["end"] for one in lines(alone)[1:-1]} == beat["ends"]
    assert lines(alone)[-1]["end"] == {"status": "refused", "exit": 4, "code": "A-PROJECT"}


def test_it_tells_what_is_under_way(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """While the vault computes, the heartbeat names the query, and the doctor knows of the run."""
    query = alone.submit(query_text(**ALONE))
    seen: list[Any] = []
    honest = execute.walk

    def looking(*args: Any) -> Any:
        seen.extend((heartbeat(alone), looks(alone)))
        return honest(*args)

    monkeypatch.setattr(execute, "walk", looking)
    run(alone, "south")
    beat, look = seen
    assert (beat["phase"], beat["query"], beat["pid"]) == ("running", query, os.getpid())
    assert look == ("ok", "one is under way since 2026-11-22 09:00 UTC")


def test_a_dry_run_writes_nothing_down(alone: World) -> None:
    """It is not a run."""
    alone.submit(query_text(**ALONE))
    alone.ok("run", "--pending", "--dry-run", home="south")
    assert not (alone.folder / "south" / "state" / "heartbeat.json").exists()


def test_a_broken_heartbeat(alone: World) -> None:
    """It guards nothing, so that one which cannot be read is begun anew."""
    path = alone.folder / "south" / "state" / "heartbeat.json"
    path.write_text('{"phase": ')
    assert looks(alone) == ("ok", "none yet")
    run(alone, "south")
    assert heartbeat(alone)["phase"] == "ended"


# When it should have run.


def test_a_site_that_runs_late(alone: World) -> None:
    """With a schedule in the settings the doctor warns of runs that do not come."""
    edit(alone.folder / "south" / "fedcli.toml", "exchange", '[schedule]\nevery = "15 min"\n#')
    _restored(alone)
    assert looks(alone)[0] == "warn"
    run(alone, "south")
    assert heartbeat(alone)["due"] == "2026-11-22T09:15:00Z"
    alone.later(minutes=30)
    assert looks(alone) == ("ok", "the last one ended at 2026-11-22 09:00 UTC")
    alone.later(minutes=1)
    assert looks(alone)[0] == "warn"
    assert "every 15 min" in looks(alone)[1]


def _restored(world: World) -> None:
    """The table of the schedule at the end of the settings, where TOML wants it."""
    path = world.folder / "south" / "fedcli.toml"
    table = '[schedule]\nevery = "15 min"\n'
    path.write_text(path.read_text().replace(f"{table}#", "exchange") + table)


# How long it takes.


class Short(Allowance):
    """Time for so many queries to be begun, and for none to be computed where `computes` is false."""

    def __init__(self, queries: int, computes: bool = True) -> None:
        super().__init__()
        self._queries, self._computes = queries, computes

    @property
    def over(self) -> bool:
        """After so many looks."""
        self._queries -= 1
        return self._queries < 0

    def within(self, deadline: float) -> float:
        """All of it, or nothing."""
        return deadline if self._computes else 0.0


def test_what_is_not_begun_is_left(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """When the time is over no query is begun: the rest is told, and comes first in the next run."""
    queries = [alone.submit(query_text(title=f'"{n}"', **ALONE), f"{n}.toml") for n in range(3)]
    monkeypatch.setattr(execute, "Allowance", lambda _: Short(1))
    ended = alone.cli("run", "--pending", "--max-runtime", "20 min", "--format", "json", home="south")
    assert ran(ended) == [("done", ""), ("pending", "A-TIME"), ("pending", "A-TIME")]
    assert (ended.exit, ended.document["code"]) == (8, "A-TIME")
    done = ended.data["queries"][0]["query"]
    assert heartbeat(alone)["left"] == [one["query"] for one in ended.data["queries"][1:]]
    assert heartbeat(alone)["done"] == 1
    assert {one.query for one in recorded(alone, "south")} == {done}
    monkeypatch.undo()
    assert run(alone, "south").exit == 0
    assert {one.query for one in recorded(alone, "south")} == set(queries)
    assert heartbeat(alone)["left"] == []


def test_the_one_that_was_stopped_comes_last(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A query that takes all the time of a run does not keep the others out of the next one."""
    for n in range(2):
        alone.submit(query_text(title=f'"{n}"', **ALONE), f"{n}.toml")
    monkeypatch.setattr(execute, "Allowance", lambda _: Short(1, computes=False))
    first = [one["query"] for one in run(alone, "south").data["queries"]]
    second = [one["query"] for one in run(alone, "south").data["queries"]]
    assert second == first[::-1]


def test_the_query_under_way_is_stopped(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its vault has what is left of the run; nothing is told of it, and the next run finishes it."""
    query = alone.submit(query_text(**ALONE))
    monkeypatch.setattr(execute, "Allowance", lambda _: Short(1, computes=False))
    assert ran(run(alone, "south")) == [("pending", "A-TIME")]
    assert (entries(alone, "south", "charge"), recorded(alone, "south")) == (1, [])
    assert quietly(alone) == Ended(8, "", "")
    monkeypatch.undo()
    assert ran(run(alone, "south")) == [("done", "")]
    assert (entries(alone, "south", "charge"), told(alone, query)) == (1, {"south": {"n": ""}})


@pytest.mark.parametrize("length", ["20", "20 m", "0 min", "-1 min", "20 seconds", "99999 min"])
def test_a_length_of_time_is_typed_as_elsewhere(alone: World, length: str) -> None:
    """And nothing else is taken for one."""
    ended = alone.cli("run", "--pending", "--max-runtime", length, home="south")
    assert (ended.exit, "20 min" in ended.err) == (2, True)


# How it is ended.

#: A run whose vault is stopped before it can answer, and whose process group is told.
STUCK = """
import os, signal, sys
from datetime import datetime
from pathlib import Path
from fedcli.app import run
from fedcli.config import Options
from fedcli.engine import vault

signal.signal(signal.SIGINT, signal.default_int_handler)
signal.signal(signal.SIGHUP, signal.SIG_DFL)  # whoever runs the tests may have it ignored (nohup)
honest = vault.Alone.ask

def ask(child, *words, **more):
    os.killpg(child._process.pid, signal.SIGSTOP)
    Path(sys.argv[2] + ".new").write_text(str(child._process.pid))
    Path(sys.argv[2] + ".new").rename(sys.argv[2])
    return honest(child, *words, **more)

vault.Alone.ask = ask
at = datetime.fromisoformat(sys.argv[1])
sys.exit(run(sys.argv[3:], Options(now=lambda: at)))
"""


@pytest.mark.parametrize(
    ("number", "exits"),
    [(signal.SIGTERM, 143), (signal.SIGINT, 130), (signal.SIGHUP, 143)],
    ids=lambda value: value.name if isinstance(value, signal.Signals) else "",
)
def test_a_request_to_stop(alone: World, number: signal.Signals, exits: int) -> None:
    """The vault's process group is gone, the heartbeat tells the end, and the next run finishes."""
    query, marker = alone.submit(query_text(**ALONE)), alone.folder / "asked"
    line = [sys.executable, "-c", STUCK, alone.now.isoformat(), str(marker)]
    line += ["--home", str(alone.folder / "south"), "run", "--pending", "--quiet"]
    with subprocess.Popen(line, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) as child:
        while not marker.exists() and child.poll() is None:
            time.sleep(0.01)
        assert heartbeat(alone)["phase"] == "running"
        child.send_signal(number)
        out, _ = child.communicate(timeout=30)
    assert (child.returncode, out) == (exits, b"")
    with pytest.raises(ProcessLookupError):
        os.killpg(int(marker.read_text()), 0)
    beat = heartbeat(alone)
    assert (beat["phase"], beat["last"]["exit"], "succeeded" in beat) == ("ended", exits, False)
    assert not list(alone.folder.rglob("*.part"))
    assert ran(run(alone, "south")) == [("done", "")]
    assert (entries(alone, "south", "charge"), told(alone, query)) == (1, {"south": {"n": ""}})


def test_a_run_that_was_killed(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It cannot tell its end: the heartbeat says that it runs, the lock is free, and the doctor warns."""

    class Killed(BaseException):
        pass

    def kill(*_: object) -> None:
        raise Killed

    alone.submit(query_text(**ALONE))
    with monkeypatch.context() as patched, pytest.raises(Killed):
        patched.setattr(execute, "walk", kill)
        run(alone, "south")
    assert heartbeat(alone)["phase"] == "running"
    assert looks(alone) == ("warn", f"the one of 2026-11-22 09:00 UTC was killed (process {os.getpid()})")
    run(alone, "south")
    assert looks(alone)[0] == "ok"


@pytest.mark.parametrize("closed", ["<&-", ">&- 2>&-", "<&- >&- 2>&-"])
def test_streams_that_are_closed(alone: World, closed: str) -> None:
    """A caller may close the streams: no file of the site gets their numbers, and nothing is told to it."""
    line = ["/bin/sh", "-c", f'exec "$0" "$@" {closed}', sys.executable, "-m", "fedcli"]
    line += ["--home", str(alone.folder / "south"), "ledger", "verify"]
    ended = subprocess.run(line, cwd="/", capture_output=True, check=False)
    assert (ended.returncode, ended.stderr) == (0, b"")
    assert not Path(alone.folder / "south" / "private.log").exists()
