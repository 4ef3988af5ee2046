"""`make campaign`: an attacker before random tables, sequences of releases, and noise, each with a control;
neighbours of random data; races of processes for a budget, and processes that are killed on their way;
faults of the machine at the file calls of the installed commands; trainings that are killed in every round;
data larger than memory; deadlines; a month of nights in which sites fail; every byte of every kind of
signed file; every published hostile string as a name.
"""

from __future__ import annotations

import contextlib
import os
import random
import sys
import tempfile
import time
from collections.abc import Callable
from itertools import product
from pathlib import Path
from typing import IO

from tests.campaign import budget, deadlines, faults, kept, large, runs
from tests.campaign.attacker import Told
from tests.campaign.bytes import LOOSE, accepted, samples
from tests.campaign.month import MONTH, lived
from tests.campaign.names import COMMANDS, OWN, said_of, strings
from tests.campaign.neighbours import furthest
from tests.campaign.privacy import CASES, HALVED, RHOS, audit, copies_of
from tests.campaign.tables import STANDARD, sequences, tables
from tests.faults import training
from tests.world import found as found_world

#: How many of each; `make test` does fifty and a few.
TABLES, SEQUENCES, CONTROLS, REMOVALS = 1000, 200, 20, 1000
OPEN = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})

Say = Callable[[str], None]


def found(ask: Callable[..., list[Told]], name: str, number: int, control: bool = False) -> int:
    """In how many cases something can be known too closely."""
    lots = (random.Random(f"{name} {at}") for at in range(number))
    return sum(bool(ask(one, OPEN) if control else ask(one)) for one in lots)


def narrowed(say: Say) -> int:
    """How many hidden counts can be known too closely."""
    failed = 0
    for name, ask, number in (("tables", tables, TABLES), ("sequences", sequences, SEQUENCES)):
        recovered = found(ask, name, number)
        without = found(ask, name, CONTROLS, control=True)
        say(f"{name}: {recovered} of {number} narrowed; with nothing in the way {without} of {CONTROLS}")
        failed += recovered + (without == 0)
    return failed


def noisy(say: Say) -> int:
    """How many promises of noise were refuted, or were not refuted in the control."""
    failed = 0
    for case, rho in product(CASES, RHOS):
        copies = copies_of(case)
        bounds, control = list(audit(case, rho, rho, copies)), list(audit(case, rho, HALVED * rho, copies))
        for bound, half in zip(bounds, control, strict=True):
            told = f"{bound.least:.3f} of {bound.promised:.3f}; with half the noise {half.least:.3f}"
            say(f"{case.name}, rho {rho}, delta {float(bound.delta):g}: epsilon {told}")
        failed += any(bound.broken for bound in bounds) + (not any(half.broken for half in control))
    return failed


def neighbouring(say: Say) -> int:
    """How many analytics can be moved further by one person than they say."""
    failed = 0
    for name, removals, most in furthest(REMOVALS):
        say(f"{name}: {removals} persons removed, the furthest moved {most:.3f} of the sensitivity")
        failed += most > 1
    return failed


def raced(say: Say) -> int:
    """How many races and kills ended oddly."""
    failed = 0
    for part in (budget.campaign, runs.campaign):
        with tempfile.TemporaryDirectory() as folder:
            told, wrong = part(Path(folder))
        for line in (*told, *wrong):
            say(line)
        failed += len(wrong)
    return failed


def enlarged(say: Say) -> int:
    """How many analytics took more memory, or time, than they may on data larger than it."""
    failed = 0
    with tempfile.TemporaryDirectory() as folder:
        for one in large.campaign(Path(folder)):
            ratio = one.little.wall_s / one.much.wall_s
            say(
                f"{one.analytic} by {one.unit}: {one.little.tree_mb:.0f} MB of all processes, "
                f"{one.little.wall_s:.1f} s, {ratio:.2f} of the time with much memory"
            )
            failed += not one.kept
    return failed


def overdue(say: Say) -> int:
    """How many statements outlived their deadline."""
    failed = 0
    for name, code, seconds in deadlines.late():
        say(f"{name}: {code}, {max(seconds, 0):.1f} s after the deadline")
        failed += seconds > deadlines.LATEST
    return failed


def simulated(say: Say) -> int:
    """How much went wrong in a month of nights that it should not."""
    with tempfile.TemporaryDirectory() as folder:
        return len(lived(Path(folder), MONTH, say))


def flipped(say: Say) -> int:
    """How many changes of one byte of a signed file were taken for what was signed."""
    with tempfile.TemporaryDirectory() as folder:
        found = samples(Path(folder))
    wrong = 0
    for kind, one in found.items():
        taken = [told for told in accepted(one) if kind != LOOSE or not told.endswith(("is new", "is gone"))]
        say(f"{kind}: {len(one.data)} bytes, {len(taken)} changes taken {' '.join(taken[:5])}")
        wrong += len(taken)
    return wrong


def misnamed(say: Say) -> int:
    """How many hostile strings, typed as a name, an id or a path, did not end in a code."""
    shared = Path(os.environ["FEDCLI_SHARED_DATA"])
    with tempfile.TemporaryDirectory() as folder, contextlib.chdir(folder):
        world, tried = found_world(Path(folder) / "world"), [*OWN, *strings(shared)]
        wrong = [told for name in COMMANDS for one in tried if (told := said_of(world, name, one))]
    say(f"{len(tried)} strings in {len(COMMANDS)} places: {len(wrong)} did not end in a code")
    for told in wrong[:20]:
        say(told)
    return len(wrong)


PARTS: dict[str, Callable[[Say], int]] = {
    "tables": narrowed,
    "noise": noisy,
    "neighbours": neighbouring,
    "budgets": raced,
    "large": enlarged,
    "deadlines": overdue,
    "month": simulated,
    "faults": faults.campaign,
    "training": training.campaign,
    "bytes": flipped,
    "names": misnamed,
}


def main() -> int:
    """All of it, or the parts that are named; 1 where something was found. `--keep` keeps what is said."""
    words = os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a solver says things of its own
    wanted = [name for name in sys.argv[1:] if name != "--keep"] or list(PARTS)
    return int(sum(_part(name, words, keeps="--keep" in sys.argv) for name in wanted) > 0)


def _part(name: str, words: IO[str], keeps: bool) -> int:
    """One part to its end, as it goes."""
    said: list[str] = []

    def say(told: str) -> None:
        said.append(told)
        print(told, file=words, flush=True)
        note(None)

    def note(failed: int | None) -> None:
        if keeps:
            kept.keep(name, said, failed, time.monotonic() - began)

    began = time.monotonic()
    failed = PARTS[name](say)
    note(failed)
    return failed


if __name__ == "__main__":
    sys.exit(main())
