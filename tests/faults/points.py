"""The points of a campaign: which call of which command fails, and how."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import zip_longest
from pathlib import Path
from typing import NamedTuple

from tests.faults import judged
from tests.faults.scenes import Scene, again
from tests.faults.trace import KILL, Call, calls, faulty
from tests.world import World

_FULL = ("ENOSPC", "EDQUOT")
#: What a file system answers to a call, besides EIO, which every call can be answered with.
ANSWERS: dict[str, tuple[str, ...]] = {
    "openat": ("EINTR",),
    "read": ("EINTR",),
    "pread64": ("EINTR",),
    "write": (*_FULL, "EINTR"),
    "pwrite64": (*_FULL, "EINTR"),
    "ftruncate": ("EINTR",),
    "fallocate": (*_FULL, "EINTR"),
    "fsync": (*_FULL, "EINTR"),
    "fdatasync": (*_FULL, "EINTR"),
    "flock": ("EINTR",),
    "link": _FULL,
    "rename": _FULL,
    "mkdir": _FULL,
}


class Point(NamedTuple):
    """The n-th call of a kind in a scene, and what happens to it."""

    scene: str
    call: str
    nth: int
    how: str

    def __str__(self) -> str:
        return f"{self.scene}: {self.call} {self.nth} {self.how}"


def points(scene: str, made: Iterable[Call]) -> list[Point]:
    """All points of a traced command."""
    return [
        Point(scene, one.name, one.nth, how)
        for one in made
        for how in (KILL, "EIO", *(_FULL if creates(one) else ()), *ANSWERS.get(one.name, ()))
    ]


def creates(one: Call) -> bool:
    """Whether a call makes a file, for which there may be no room."""
    return one.name == "openat" and "O_CREAT" in one.told


class Measure(NamedTuple):
    """How a command ends without a fault, and the calls that it makes."""

    exit: int
    left: judged.Left
    calls: Sequence[Call]


def measured(scene: Scene, folder: Path) -> Measure:
    """Run a scene's command without a fault."""
    world = again(scene, folder)
    done, made = calls(world.folder, scene.line(world))
    return Measure(done.exit, judged.left(world), made)


class Judgement(NamedTuple):
    """Whether the call was met, how the command ended, and what was wrong."""

    met: bool
    exit: int
    code: str
    wrong: list[str]


def tried(scene: Scene, point: Point, measure: Measure, folder: Path) -> Judgement:
    """Let one call fail, look, run the same command again, and look once more."""
    world = again(scene, folder)
    done, met = faulty(world.folder, scene.line(world), point.call, point.nth, point.how)
    found = judged.answered_oddly(done, point.call, point.how, measure.exit)
    found += judged.acknowledged(world, scene.home, done)
    copy = again(Scene(world, scene.home, scene.words), folder.with_name(f"{folder.name}-seen"))
    before = judged.left(copy)
    found += judged.wrong(copy)
    found += _afterwards(scene, world, measure, before)
    return Judgement(met, done.exit, str(done.document.get("code", "")), found)


def _afterwards(scene: Scene, world: World, measure: Measure, before: judged.Left) -> list[str]:
    ended = world.cli(*scene.words, "--format", "json", home=scene.home)
    after = judged.left(world)
    found = [f"again: {one}" for one in judged.wrong(world)] + judged.lost(before, after)
    if ended.exit != measure.exit:
        found.append(f"again: ended with {ended.exit}, {ended.document['code']}: {ended.document['message']}")
    if after.settled != measure.left.settled:
        found.append(f"again: left something else: {_differs(after, measure.left)}")
    return found


def _differs(after: judged.Left, clean: judged.Left) -> str:
    """Which books or names are not as they should be."""
    odd = [
        f"{site} {book._replace(answers=[])}"
        for site, book in after.books.items()
        if book._replace(answers=[]) != clean.books[site]._replace(answers=[])
    ]
    return "; ".join([*odd, *sorted(set(after.visible) ^ set(clean.visible))])[:500]


def spread(found: Sequence[Point], number: int) -> list[Point]:
    """So many of them, evenly over calls, faults and scenes: one of each kind in turn, far ones first."""
    kinds: dict[tuple[str, str, str], list[Point]] = {}
    for one in found:
        kinds.setdefault((one.call, one.how, one.scene), []).append(one)
    each = [_scattered(kinds[kind]) for kind in sorted(kinds)]
    if number <= len(each):
        return [each[at * len(each) // number][0] for at in range(number)]
    turns = zip_longest(*each)
    return [one for turn in turns for one in turn if one is not None][:number]


def _scattered(kind: Sequence[Point]) -> list[Point]:
    """The points of a kind, the middle one first, then those at the quarters, and so on."""
    if not kind:
        return []
    middle = len(kind) // 2
    halves = zip_longest(_scattered(kind[:middle]), _scattered(kind[middle + 1 :]))
    return [kind[middle], *(one for pair in halves for one in pair if one is not None)]
