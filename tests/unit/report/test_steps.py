"""The steps of what is under way: a line for each, in the form that who listens can use."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime

import pytest

from fedcli.model.shown.results import RoundShown
from fedcli.report.console import Console

STEP = RoundShown(
    query="ab" * 32,
    round=3,
    most=24,
    answered=2,
    sites=3,
    loss={"fit": 497.642, "other": None},
    rho="0.5",
    closes=datetime(2026, 1, 2, 3, 4, tzinfo=UTC),
)
WORDS = (
    "round 3 of at most 24 is asked until 2026-01-02 03:04: 2 of 3 sites answered the one before, "
    "fit 497.642, rho 0.5 paid"
)


@pytest.mark.parametrize(
    ("left", "words"),
    [
        (None, None),
        (0, None),
        (59, "59 s"),
        (60, "1 min"),
        (61, "1 min 1 s"),
        (3_599, "59 min 59 s"),
        (3_601, "1 h 1 min"),
        (86_399, "24 h"),
        (90_000, "1 d 1 h"),
        (172_801, "2 d 1 h"),
    ],
)
def test_the_time_that_is_left(left: int | None, words: str | None) -> None:
    """As long as all rounds may take at the most; nothing where no round tells."""
    told = STEP.model_copy(update={"left": left}).text
    end = f"; as rounds went so far, all are over in at most {words}"
    assert told == WORDS + (end if words else "")


class Terminal(io.StringIO):
    """A stream with a person before it."""

    def isatty(self) -> bool:
        """It is one."""
        return True


def _told(err: io.StringIO, **more: bool | str) -> str:
    with Console(out=io.StringIO(), err=err, environ={}, **more).progress("adding up") as step:  # type: ignore[arg-type]
        step(STEP)
    return err.getvalue()


@pytest.mark.parametrize("as_json", [False, True])
def test_a_pipe_gets_a_line_of_json(as_json: bool) -> None:
    """One line, which is the step and nothing else."""
    [line] = _told(io.StringIO(), as_json=as_json).splitlines()
    assert RoundShown.read(json.loads(line), "a line") == STEP


def test_a_terminal_shows_it() -> None:
    """In place of what was under way before; without colour as a line of words."""
    assert WORDS in _told(Terminal()).replace("\n", "")
    assert _told(Terminal(), color="never") == f"{WORDS}\n"


def test_who_wants_quiet_has_it() -> None:
    """Neither."""
    assert _told(io.StringIO(), quiet=True) == _told(Terminal(), quiet=True) == ""
