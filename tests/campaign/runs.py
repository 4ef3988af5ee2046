"""Whole runs of one site that begin at the same moment: one has the lock, and the others are told so.

The one that has it is held at the vault's door until the others have ended, so that nothing depends on
how fast a machine is.
"""

from __future__ import annotations

import multiprocessing
import time
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from fedcli.workflows import walk
from tests.campaign.budget import PROCESSES
from tests.faults.scenes import ALONE, alone
from tests.workflows.acts import book, recorded, run
from tests.world import World, copied, found, query_text

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.campaign.runs", "tests.campaign.budget"])
_PAUSE_SECONDS, _LIMIT_SECONDS = 0.01, 60.0


class Runs(NamedTuple):
    """How the runs ended, as exit code and code; and what they left: charges and releases."""

    ends: list[tuple[int, str]]
    charges: int
    releases: int

    @property
    def fair(self) -> bool:
        """One was done, the others busy; one charge, one release."""
        others = [(75, "F-BUSY")] * (len(self.ends) - 1)
        return self == Runs([(0, ""), *others], 1, 1)


def race(world: World, number: int) -> Runs:
    """Let so many processes run what is pending at south, at once."""
    query = world.submit(query_text(**ALONE))
    barrier, go, asked = _FORKS.Barrier(number), _FORKS.Event(), _FORKS.Semaphore(0)
    pipes = [_FORKS.Pipe(duplex=False) for _ in range(number)]
    children = [
        _FORKS.Process(target=_runner, args=(world.folder, world.now, barrier, go, asked, mine))
        for _, mine in pipes
    ]
    for child, (_, mine) in zip(children, pipes, strict=True):
        child.start()
        mine.close()
    _wait(children, asked)
    go.set()
    ends = sorted(told.recv() for told, _ in pipes)
    for child in children:
        child.join()
    return Runs(ends, len(book(world, "south")["charge"]), len(recorded(world, "south", query)))


def _wait(children: list[Any], asked: Any) -> None:
    """Until all but one have ended, or more than one are at the vault's door."""
    until = time.monotonic() + _LIMIT_SECONDS
    at_door = 0
    while time.monotonic() < until and at_door < 2 and sum(child.is_alive() for child in children) > 1:
        at_door += asked.acquire(timeout=_PAUSE_SECONDS)


def _runner(folder: Path, now: Any, barrier: Any, go: Any, asked: Any, told: Connection) -> None:
    honest = walk.errand

    def held(*args: Any) -> Any:
        asked.release()
        go.wait(_LIMIT_SECONDS)
        return honest(*args)

    world = World(folder, now)
    barrier.wait(_LIMIT_SECONDS)
    with patch.object(walk, "errand", held):
        ended = run(world, "south")
    queries = ended.data.get("queries", [])
    told.send((ended.exit, ended.document["code"] or "".join(one["code"] for one in queries)))


def campaign(folder: Path) -> tuple[list[str], list[str]]:
    """All numbers of processes: what is to be told, and what went wrong."""
    told, wrong = [], []
    template = alone(found(folder / "template"))
    for number in PROCESSES:
        raced = race(copied(template, folder / str(number)), number)
        told.append(f"{number} runs at once: {raced.ends.count((0, ''))} done, {raced.charges} charged")
        wrong += [] if raced.fair else [f"{number} runs at once: {raced}"]
    return told, wrong
