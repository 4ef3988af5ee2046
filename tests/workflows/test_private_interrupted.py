"""Under differential privacy: killed between any two steps, no release without a charge, one draw for one.

The process is killed for good (SIGKILL, to itself, at a numbered step of a real run), so that nothing is
tidied up. Then the next run finishes, or, where a backup was restored in between, is refused.
"""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys

import pytest

from fedcli.model.release import Answered
from tests.workflows.acts import book, code, entries, ran, recorded, run
from tests.workflows.private import COUNT, MEAN, answered, contribution, make_private, private_text
from tests.workflows.test_interrupted import PLACES
from tests.world import World

_KILLED = """
import os, signal, sys
from datetime import datetime
from pkgutil import resolve_name
from fedcli.app import run
from fedcli.config import Options

place, after = sys.argv[2], sys.argv[3] == "after"
owner, _, name = place.rpartition(".")
holder = resolve_name(owner)
honest = getattr(holder, name)

def step(*args, **more):
    if not after:
        os.kill(os.getpid(), signal.SIGKILL)
    honest(*args, **more)
    os.kill(os.getpid(), signal.SIGKILL)

setattr(holder, name, step)
at = datetime.fromisoformat(sys.argv[1])
sys.exit(run(sys.argv[4:], Options(now=lambda: at)))
"""
#: After one step is before the next, but for these.
STEPS = [(place, "before") for place in PLACES if not place.endswith("write_once")] + [
    ("fedcli.workflows.walk.errand", "after"),
    ("fedcli.workflows.walk._record", "after"),
    ("fedcli.workflows.walk.publish_checkpoint", "after"),
    ("fedcli.exchange.folder.FolderExchange.put_release", "after"),
]


@pytest.fixture
def private(alone: World) -> World:
    """A federation in which south answers with noise, alone and unasked."""
    return make_private(alone, "south", capacity_rho='"0.2"', project_rho='"0.2"')


def killed(world: World, place: str, when: str) -> None:
    """Run at south in a process of its own, which is killed at a step."""
    line = ["--home", str(world.folder / "south"), "run", "--pending"]
    words = [sys.executable, "-c", _KILLED, world.now.isoformat(), place, when, *line]
    done = subprocess.run(words, capture_output=True, check=False)
    assert done.returncode == -signal.SIGKILL, done.stderr.decode()


def spent(world: World) -> list[str]:
    """The prices that are in the book."""
    return [json.loads(row[-1])["rho"] for row in book(world, "south")["charge"]]


@pytest.mark.parametrize(("place", "when"), STEPS, ids=lambda one: one.rpartition(".")[2])
def test_killed_between_two_steps(private: World, place: str, when: str) -> None:
    """Whatever was charged is charged once; what is recorded or visible is one draw, and stays as it is."""
    query = private.submit(private_text(COUNT, MEAN, rho="0.2"))
    killed(private, place, when)
    drawn = [row[2] for row in book(private, "south")["answer"]]
    seen = private.releases("south", query)
    assert not seen or len(spent(private)) == 2
    assert ran(run(private, "south")) in ([("done", "")], [])
    assert spent(private) == ["0.1", "0.1"]
    assert entries(private, "south", "release") == len(recorded(private, "south", query)) == 1
    kept = [row[2] for row in book(private, "south")["answer"]]
    assert len(kept) == 2
    assert set(drawn) <= set(kept)
    values = contribution(private, query)[1].analyses
    told = {one.canonical() for one in values.values() if isinstance(one, Answered)}
    assert len(told) == 2
    assert all(any(one in row for row in kept) for one in told)
    private.ok("ledger", "verify", home="south")


def test_nothing_is_left_after_a_kill(private: World) -> None:
    """What a killed run has charged is not there for another question."""
    private.submit(private_text(COUNT, MEAN, rho="0.2"), "1.toml")
    killed(private, "fedcli.workflows.walk.errand", "before")
    private.submit(private_text('id = "s"\nanalytic = "crosstab"\nby = ["sex"]', rho="0.01"), "2.toml")
    assert ("budget", "P-BUDGET") in ran(run(private, "south"))
    assert spent(private) == ["0.1", "0.1"]


@pytest.mark.parametrize("until", ["nothing is published", "the log is published", "the end"])
def test_a_backup_from_before_the_charge(private: World, until: str) -> None:
    """Once the log is published, which is before a release is visible, a backup is behind it, and refused.

    Where nothing has been published, nothing has left, and the question is drawn and charged as new.
    """
    state = private.folder / "south" / "state"
    shutil.copy(state / "site.db", private.folder / "backup.db")
    query = private.submit(private_text(rho="0.2"))
    if until == "the end":
        run(private, "south")
    else:
        when = "before" if until == "nothing is published" else "after"
        killed(private, "fedcli.workflows.walk.publish_checkpoint", when)
    left = [one.read_bytes() for one in private.releases("south", query)]
    assert bool(left) == (until == "the end")
    for journal in state.glob("site.db-*"):
        journal.unlink()
    shutil.copy(private.folder / "backup.db", state / "site.db")
    ended = run(private, "south")
    if until == "nothing is published":
        assert ran(ended) == [("done", "")]
        assert spent(private) == ["0.2"]
        assert answered(private, query).noise is not None
        return
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")
    assert [one.read_bytes() for one in private.releases("south", query)] == left
    shown = private.cli("budget", "show", "--format", "json", home="south")
    assert (shown.exit, code(shown)) == (6, "L-ROLLBACK")


_RUN = """
import sys
from datetime import datetime
from fedcli.app import run
from fedcli.config import Options

at = datetime.fromisoformat(sys.argv[1])
code = 75
while code == 75:  # another one runs: ask again, as cron does
    code = run(sys.argv[2:], Options(now=lambda: at))
sys.exit(code)
"""


@pytest.mark.parametrize("number", [2, 4])
def test_processes_at_the_edge_of_a_capacity(private: World, number: int) -> None:
    """Of so many runs at once, each of another query, just those that the budget affords are answered.

    Two are affordable. More processes behind a barrier, at the book itself, are in `tests/campaign`.
    """
    edges = (f"[{20 + at}, 60, 90]" for at in range(number))
    ages = [f'id = "n"\nanalytic = "histogram"\ncolumn = "age"\nedges = {one}' for one in edges]
    queries = [private.submit(private_text(one, rho="0.1"), f"{at}.toml") for at, one in enumerate(ages)]
    runs = [
        subprocess.Popen(
            [
                sys.executable,
                "-c",
                _RUN,
                private.now.isoformat(),
                "--home",
                private.folder / "south",
                "run",
                one,
            ],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for one in queries
    ]
    codes = sorted(one.wait(timeout=240) for one in runs)
    assert codes == sorted([0, 0] + [5] * (number - 2))
    found = [contribution(private, query)[1].analyses["n"] for query in queries]
    assert sum(isinstance(one, Answered) for one in found) == 2
    assert spent(private) == ["0.1", "0.1"]
    private.ok("ledger", "verify", home="south")
