"""Faults at the file calls of the installed commands: so many kills and so many errors, over all scenes.

What was judged is kept in a file beside other temporary files, under the digest of the source, so that a
campaign that was stopped goes on where it was.
"""

from __future__ import annotations

import json
import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from fedcli.workflows.release import package
from tests.faults.points import Judgement, Measure, Point, measured, points, spread, tried
from tests.faults.scenes import Scene, scenes
from tests.faults.trace import KILL, unusable

#: How many of each; all that there are with FEDCLI_FAULTS=all.
KILLS, ERRORS = 1100, 1100
PROCESSES = 2
#: A worker begins anew after so many, since each of its commands opens files.
_EACH = 50

Say = Callable[[str], None]


class Judged(NamedTuple):
    """A point with what came of it."""

    point: Point
    judgement: Judgement

    @property
    def line(self) -> str:
        """This one as a line of the file."""
        return json.dumps([list(self.point), list(self.judgement)])

    @classmethod
    def read(cls, line: str) -> Judged:
        """The one of a line."""
        point, judgement = json.loads(line)
        return cls(Point(*point), Judgement(*judgement))


def campaign(say: Say) -> int:
    """Try them all; how many went wrong, or were not met."""
    if reason := unusable():
        say(f"faults: left out, since {reason}")
        return 0
    with tempfile.TemporaryDirectory() as folder:
        kept = _kept()
        known = [Judged.read(line) for line in kept.read_text().splitlines()] if kept.exists() else []
        made = scenes(Path(folder))
        measures = {name: measured(scene, Path(folder) / "measured") for name, scene in made.items()}
        wanted = _wanted(measures)
        done = {one.point for one in known}
        left = [one for one in wanted if one not in done]
        print(f"{len(wanted) - len(left)} of {len(wanted)} were tried before: {kept}", file=sys.stderr)
        with kept.open("a") as file:
            for one in _tried(made, measures, left, Path(folder)):
                known.append(one)
                file.write(f"{one.line}\n")
                file.flush()
                for what in one.judgement.wrong:
                    say(f"{one.point}: {what}")
    judged = [one for one in known if one.point in set(wanted)]
    for line in table(judged):
        say(line)
    return sum(bool(one.judgement.wrong) for one in judged)


def _kept() -> Path:
    folder = Path(os.environ.get("FEDCLI_FAULTS_KEPT", Path(tempfile.gettempdir()) / "fedcli-faults"))
    folder.mkdir(exist_ok=True)
    return folder / f"{package().digest[:12]}.jsonl"


def _wanted(measures: dict[str, Measure]) -> list[Point]:
    """The points to be tried, kills and errors in turn."""
    found = [one for name, measure in measures.items() for one in points(name, measure.calls)]
    kills = [one for one in found if one.how == KILL]
    errors = [one for one in found if one.how != KILL]
    if os.environ.get("FEDCLI_FAULTS") != "all":
        kills, errors = spread(kills, KILLS), spread(errors, ERRORS)
    return [one for pair in zip_longest(kills, errors) for one in pair if one is not None]


def _tried(
    made: dict[str, Scene], measures: dict[str, Measure], left: Sequence[Point], folder: Path
) -> Iterator[Judged]:
    """Try points in processes at once, each in a folder of its own."""
    with multiprocessing.get_context("fork").Pool(
        PROCESSES, _remember, (made, measures, folder), maxtasksperchild=_EACH
    ) as pool:
        yield from pool.imap_unordered(_one, left)


_KNOWN: list[tuple[dict[str, Scene], dict[str, Measure], Path]] = []


def _remember(made: dict[str, Scene], measures: dict[str, Measure], folder: Path) -> None:
    _KNOWN.append((made, measures, folder))


def _one(point: Point) -> Judged:
    made, measures, folder = _KNOWN[-1]
    try:
        found = tried(made[point.scene], point, measures[point.scene], folder / f"case-{os.getpid()}")
    except Exception as error:  # one that cannot be judged must not end the others
        found = Judgement(False, -1, "", [f"cannot be judged: {error!r}"])
    return Judged(point, found)


def table(judged: Sequence[Judged]) -> Iterator[str]:
    """For each scene: points killed and refused that were met, the ends of the latter, and what was wrong."""
    yield f"{'command':24} {'kills':>6} {'errors':>6} {'missed':>6} {'wrong':>6}  ends of errors"
    names = list(dict.fromkeys(one.point.scene for one in judged))
    for name in [*names, "all"]:
        mine = [one for one in judged if name in (one.point.scene, "all")]
        met = [one for one in mine if one.judgement.met]
        errors = [one for one in met if one.point.how != KILL]
        ends = sorted({one.judgement.exit for one in errors})
        told = ", ".join(f"{end}: {sum(one.judgement.exit == end for one in errors)}" for end in ends)
        wrong = sum(bool(one.judgement.wrong) for one in mine)
        counts = (len(met) - len(errors), len(errors), len(mine) - len(met), wrong)
        yield f"{name:24} " + " ".join(f"{count:6}" for count in counts) + f"  {told}"
