"""The judge of faults: each thing that must never be is planted, and found."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from tests.faults import judged
from tests.faults.points import Point, points, spread
from tests.faults.scenes import alone
from tests.faults.trace import KILL, Call, Ran
from tests.workflows.acts import flipped, run
from tests.workflows.conftest import ALONE
from tests.world import World, copied, query_text


@pytest.fixture(scope="module")
def answered(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """South has answered a question."""
    world = alone(copied(template, tmp_path_factory.mktemp("judged") / "world"))
    world.submit(query_text(**ALONE))
    assert run(world, "south").exit == 0
    return world


@pytest.fixture
def mine(answered: World, tmp_path: Path) -> World:
    """One's own, to be spoilt."""
    return copied(answered, tmp_path / "world")


def _files(world: World, pattern: str) -> Path:
    [found] = (world.exchange / "south").rglob(pattern)
    return found


def _part(world: World) -> None:
    (world.exchange / "south" / "a.part").write_text("")


def _half(world: World) -> None:
    path = _files(world, "*.release.json")
    path.write_bytes(path.read_bytes()[:100])


def _sealed(world: World) -> None:
    path = _files(world, "*.sealed")
    path.write_bytes(flipped(path.read_bytes()))


def _book(world: World, statement: str) -> None:
    with closing(sqlite3.connect(world.folder / "south" / "state" / "site.db")) as connection, connection:
        connection.execute(statement)


PLANTED: dict[str, tuple[Callable[[World], None], str]] = {
    "a staged file": (_part, "is visible"),
    "half a file": (_half, "does not verify"),
    "another file": (_sealed, "does not verify"),
    "no charge": (lambda world: _book(world, "DELETE FROM charge"), "the book of south"),
    "no record": (lambda world: _book(world, "DELETE FROM release"), "did not record"),
    "no entry": (lambda world: _book(world, "DELETE FROM entry WHERE number = 3"), "the book of south"),
    "two charges": (
        lambda world: _book(
            world, "INSERT INTO charge SELECT id || 'x', entry, researcher, at, charge FROM charge"
        ),
        "charged a question 2 times",
    ),
}


def test_nothing_is_wrong(mine: World) -> None:
    """Where nothing was planted."""
    assert judged.wrong(mine) == []


@pytest.mark.parametrize("plant", PLANTED)
def test_what_must_never_be(mine: World, plant: str) -> None:
    """It is found, whatever else is."""
    spoil, told = PLANTED[plant]
    spoil(mine)
    assert [one for one in judged.wrong(mine) if told in one] != []


def _ran(world: World, exit_: int = 0, code: str = "", err: str = "") -> Ran:
    query = next((world.exchange / "ana" / "queries").iterdir()).name
    data = {"queries": [{"id": "q-1", "query": query, "released": 1, "code": code}]}
    told = {"command": "run", "exit": exit_, "code": "", "data": data}
    return Ran(exit_, json.dumps(told), err, ())


def test_what_was_told_and_is_gone(mine: World) -> None:
    """A release that stdout told of must be visible."""
    assert judged.acknowledged(mine, "south", _ran(mine)) == []
    _files(mine, "*.release.json").unlink()
    assert judged.acknowledged(mine, "south", _ran(mine)) != []


def test_what_is_lost(mine: World) -> None:
    """Answers, charges and visible files that the next run changes are lost; what it leaves else is seen."""
    before = judged.left(mine)
    assert judged.lost(before, judged.left(mine)) == []
    _book(mine, "DELETE FROM answer")
    _book(mine, "DELETE FROM charge")
    _half(mine)
    after = judged.left(mine)
    found = judged.lost(before, after)
    assert [any(word in one for one in found) for word in ("answer", "charge", "changed")] == [True] * 3
    assert before.settled != after.settled


@pytest.mark.parametrize(
    ("ran", "call", "how", "odd"),
    [
        ((0, "", ""), "read", "EIO", False),
        ((75, "F-DISK", ""), "read", "EIO", False),
        ((75, "", "error[F-FULL] x"), "write", "ENOSPC", False),
        ((1, "B-BUG", ""), "read", "EIO", True),
        ((6, "L-BROKEN", ""), "pread64", "EIO", True),
        ((75, "X-DOWN", ""), "read", "EIO", True),
        ((75, "F-DISK", ""), "read", "EINTR", True),
        ((75, "F-DISK", ""), "fdatasync", "EINTR", False),
        ((-9, "", ""), "read", KILL, False),
    ],
)
def test_what_a_command_may_say(
    mine: World, ran: tuple[int, str, str], call: str, how: str, odd: bool
) -> None:
    """A disk's error is 75 with a code of files; an interrupted call is repeated."""
    assert bool(judged.answered_oddly(_ran(mine, *ran), call, how, 0)) is odd


def test_the_points_are_spread() -> None:
    """One of each kind before a second of any, the middle one first; each once, and always the same."""
    made = [Call(name, nth, "") for name in ("read", "link") for nth in range(1, 8)]
    found = points("a", made)
    first = spread(found, 7)
    assert {(one.call, one.how) for one in first} == set(_kinds(found))
    assert [one.nth for one in first] == [4] * 7
    assert spread(found, 1000) == spread(found, len(found))
    assert set(spread(found, 1000)) == set(found)


def _kinds(found: list[Point]) -> Iterator[tuple[str, str]]:
    return ((one.call, one.how) for one in found)
