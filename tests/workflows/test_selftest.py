"""The self-test: all holds on a machine that is well, and each part of it can fail."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from fedcli.files import lock
from fedcli.ledger import accounts
from fedcli.model.vault import Reply
from fedcli.workflows import caged, selftest, vectors, victim

NOW = datetime(2026, 11, 27, 6, tzinfo=UTC)


def states() -> dict[str, str]:
    """The state of each thing that is tried; of the examples that of the worst."""
    order = ("ok", "warn", "fail")
    found: dict[str, str] = {}
    for one in selftest.selftest(NOW).looked:
        found[one.what] = max(found.get(one.what, "ok"), one.state, key=order.index)
    return found


@pytest.fixture(scope="module")
def whole() -> dict[str, str]:
    """A self-test of this machine."""
    return states()


def test_all_holds(whole: dict[str, str]) -> None:
    """Examples, lock, and recovery; the cage where this machine offers one."""
    lacking = caged.probed().missing
    assert whole == {
        "example": "ok",
        "lock": "ok",
        "kill and recover": "ok",
        "cage": "warn" if lacking else "ok",
    }


@pytest.fixture
def quick(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    """Without the parts that take time."""
    monkeypatch.setattr(caged, "probed", lambda: Reply(refused={"make a file": True}))
    monkeypatch.setattr(selftest, "_recovers", lambda *_: selftest._lock(tmp_path))
    return monkeypatch


BROKEN: dict[str, tuple[str, str]] = {
    "everything verifies": ("signature_holds", "example"),
    "nothing is canonical": ("canonical", "example"),
    "any key will do": ("is_prime_order", "example"),
    "duplicates are read": ("parse_json", "example"),
    "boxes open for everybody": ("unseal", "example"),
    "epsilon is nothing": ("epsilon", "example"),
}


@pytest.mark.parametrize("name", BROKEN)
def test_a_library_that_does_something_else(quick: pytest.MonkeyPatch, name: str) -> None:
    """Each example is there for something: one that answers otherwise is found."""
    function, what = BROKEN[name]
    answers: dict[str, Callable[..., Any]] = {
        "canonical": lambda _: b"{}",
        "parse_json": lambda *_: {},
        "unseal": lambda *_: b"text",
        "epsilon": lambda *_: 0.0,
    }
    quick.setattr(vectors, function, answers.get(function, lambda *_: True))
    assert states()[what] == "fail"


def test_a_cage_with_a_hole(quick: pytest.MonkeyPatch) -> None:
    """What could be done is named."""
    quick.setattr(caged, "probed", lambda: Reply(refused={"make a file": False}, missing=("landlock",)))
    cage = next(one for one in selftest.selftest(NOW).looked if one.what == "cage")
    assert (cage.state, "make a file" in cage.told) == ("warn", True)


def test_a_lock_that_keeps_nobody_out(quick: pytest.MonkeyPatch) -> None:
    """A second process comes in."""
    quick.setattr(lock, "_comes_in", lambda _: True)
    assert states()["lock"] == "fail"


def test_a_run_that_does_not_recover(monkeypatch: pytest.MonkeyPatch) -> None:
    """Whatever the next run says, it is the book that is looked at."""
    monkeypatch.setattr(caged, "probed", lambda: Reply(refused={"make a file": True}))
    monkeypatch.setattr(accounts, "mark_visible", lambda *_: None)
    assert states()["kill and recover"] == "fail"


def test_a_run_that_cannot_be_killed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told that nothing was tried, which is not that all is well."""
    monkeypatch.setattr(caged, "probed", lambda: Reply(refused={"make a file": True}))
    monkeypatch.setattr(victim, "MODULE", "fedcli.errors")  # which ends at once
    monkeypatch.setattr(selftest, "_SECONDS", 0.3)
    assert states()["kill and recover"] == "warn"
