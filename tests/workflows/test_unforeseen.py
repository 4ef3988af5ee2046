"""Exceptions in the middle of a run: each is an end of its query with a code, and no other query's."""

from __future__ import annotations

import errno
import json
import os
import sqlite3
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from pkgutil import resolve_name
from typing import Any

import pytest

from fedcli.files.room import Room
from fedcli.model.release import Unanswered
from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.workflows.acts import CANARY, book, code, entries, ran, recorded, run, told
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

#: Before the charge, between charge and answer, after the answer.
PLACES = ["admission_of", "errand", "make"]


def _full() -> sqlite3.OperationalError:
    error = sqlite3.OperationalError("database or disk is full")
    error.sqlite_errorcode, error.sqlite_errorname = sqlite3.SQLITE_FULL, "SQLITE_FULL"
    return error


MACHINE = {
    "F-FULL": OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)),
    "F-DISK": OSError(errno.EIO, os.strerror(errno.EIO)),
    "F-MEMORY": MemoryError(),
}
BUGS = [KeyError(CANARY), RecursionError(CANARY), FileNotFoundError(errno.ENOENT, CANARY), ValueError(CANARY)]


def _once(monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """Let a step raise an error the first time that it is taken."""
    honest: Callable[..., Any] = resolve_name(place)
    errors: Iterator[Exception] = iter([error])

    def step(*args: Any, **more: Any) -> Any:
        for one in errors:
            raise one
        return honest(*args, **more)

    monkeypatch.setattr(place, step)


def _two(world: World) -> list[str]:
    """Two queries that wait."""
    return [world.submit(query_text(title=f'"{name}"', **ALONE), f"{name}.toml") for name in "ab"]


@pytest.mark.parametrize(
    ("place", "expected"),
    [*product(PLACES, ["F-FULL"]), *product(["errand"], ["F-DISK", "F-MEMORY", "SQLite"])],
)
def test_what_the_machine_refuses(
    alone: World, monkeypatch: pytest.MonkeyPatch, place: str, expected: str
) -> None:
    """Nothing is told of it, the other query is answered, and the next run answers this one, charged once."""
    queries = _two(alone)
    error = MACHINE.get(expected) or _full()
    with monkeypatch.context() as patched:
        _once(patched, f"fedcli.workflows.walk.{place}", error)
        if place == "admission_of":
            _once(patched, "fedcli.workflows.execute.admission_of", error)
        ended = run(alone, "south")
    wanted = "F-FULL" if expected == "SQLite" else expected
    assert ended.exit == 75
    assert sorted(ran(ended)) == [("busy", wanted), ("done", "")]
    assert entries(alone, "south", "release") == 1
    assert run(alone, "south").exit == 0
    assert [told(alone, one) for one in queries] == [{"south": {"n": ""}}] * 2
    assert [len(recorded(alone, "south", one)) for one in queries] == [1, 1]
    assert len(book(alone, "south")["charge"]) == 1  # both ask the same


@pytest.mark.parametrize(
    ("place", "error"),
    [*product(PLACES, BUGS[:1]), *product(["errand"], BUGS[1:])],
    ids=lambda one: one if isinstance(one, str) else type(one).__name__,
)
def test_a_bug(alone: World, monkeypatch: pytest.MonkeyPatch, place: str, error: Exception) -> None:
    """The site is told a place and an id, the researcher one voice; the other query is answered.

    The refusal is signed and to be tried again: the next run answers, and what was charged is not again.
    """
    queries = _two(alone)
    with monkeypatch.context() as patched:
        _once(patched, f"fedcli.workflows.walk.{place}", error)
        ended = run(alone, "south")
    assert ended.exit == 1
    assert sorted(ran(ended)) == [("bug", "B-BUG"), ("done", "")]
    assert CANARY not in ended.text
    [line] = (alone.folder / "south" / "private.log").read_text().splitlines()
    assert CANARY not in line
    assert json.loads(line)["id"]
    [failed] = [one["query"] for one in ended.data["queries"] if one["status"] == "bug"]
    assert told(alone, failed) == {"south": {"n": "D-REFUSED"}}
    assert _final(alone, failed) == [False]
    assert sorted(ran(run(alone, "south"))) == [("done", "")]
    assert [told(alone, one) for one in queries] == [{"south": {"n": ""}}] * 2
    assert len(book(alone, "south")["charge"]) == 1
    alone.ok("verify", str(alone.exchange), home="researcher")


def _final(world: World, query: str) -> list[bool]:
    """Whether what is refused is final."""
    desk = world.desk("researcher")
    [one] = gather(desk, membership(desk), query).quorums[-1].contributions
    return [told.final for told in one.values.value.analyses.values() if isinstance(told, Unanswered)]


def test_a_refusal_that_cannot_be_told(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk is full by then, the end is that, and the next query has its turn."""
    _two(alone)
    with monkeypatch.context() as patched:
        _once(patched, "fedcli.workflows.walk.errand", KeyError(CANARY))
        _once(patched, "fedcli.workflows.execute.post", MACHINE["F-FULL"])
        ended = run(alone, "south")
    assert sorted(ran(ended)) == [("busy", "F-FULL"), ("done", "")]
    assert run(alone, "south").exit == 0


def test_what_cannot_be_told_to_wait(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """An error while it is looked whether a query waits is an error of that query alone."""
    _two(alone)
    _once(monkeypatch, "fedcli.workflows.execute._is_pending", KeyError(CANARY))
    assert [status for status, _ in ran(run(alone, "south"))] == ["done", "done"]


# A full disk.


@pytest.mark.parametrize("folder", ["south/state", "exchange/south"])
def test_a_full_disk_costs_no_budget(alone: World, monkeypatch: pytest.MonkeyPatch, folder: str) -> None:
    """Where there is no room for the release, nothing is charged, no vault is asked, and nothing is told."""
    query = alone.submit(query_text(**ALONE))
    honest = Room.__init__

    def full(self: Room, place: Path, size: int) -> None:
        honest(self, place, 2**60 if place == alone.folder / folder else size)

    with monkeypatch.context() as patched:
        patched.setattr(Room, "__init__", full)
        patched.setattr("fedcli.workflows.walk.errand", lambda *_: pytest.fail("the vault was asked"))
        ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (75, [("busy", "F-FULL")])
    assert book(alone, "south")["charge"] == []
    assert alone.releases("south", query) == []
    assert ran(run(alone, "south")) == [("done", "")]


def test_room_is_held_until_it_is_used(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is taken before the charge, and given back when the vault has answered, before that is written."""
    alone.submit(query_text(**ALONE))
    order: list[str] = []

    def noted(place: str, word: str) -> None:
        honest: Callable[..., Any] = resolve_name(place)

        def step(*args: Any, **more: Any) -> Any:
            order.append(word)
            return honest(*args, **more)

        monkeypatch.setattr(place, step)

    noted("os.posix_fallocate", "taken")
    noted("fedcli.workflows.walk._charge", "charged")
    noted("fedcli.workflows.walk.errand", "asked")
    noted("fedcli.files.room.Room.__exit__", "given back")
    noted("fedcli.ledger.accounts.record_answer", "recorded")
    assert run(alone, "south").exit == 0
    assert order == ["taken", "taken", "charged", "asked", "given back", "given back", "recorded"]


def test_a_database_that_is_full(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """SQLite's own word for it is told as any full disk, and what was begun is undone."""
    alone.submit(query_text(**ALONE))

    def full(*_: object) -> None:
        raise _full()

    with monkeypatch.context() as patched:
        patched.setattr("fedcli.ledger.accounts.record_answer", full)
        ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (75, [("busy", "F-FULL")])
    assert code(run(alone, "south")) == ""
    assert entries(alone, "south", "charge") == 1
