"""The forms of an example: what goes through the gate, what sites add up to, and what must stop."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from fedcli.model.cells import About, Cell, Gap, Number
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.policy.profiles import profile
from tests.spec.tables import Given

Leaving = Mapping[str, tuple[Cell, ...]]
#: Check → field → the cells that do not pass.
Failing = Mapping[str, Mapping[str, tuple[int, ...]]]


class Under(NamedTuple):
    """A shipped profile, with some keys of `[disclosure]` set otherwise."""

    name: str = "standard"
    but: Mapping[str, Any] = {}

    def rules(self) -> Disclosure:
        """The rules in force."""
        base = profile(self.name).disclosure
        return Disclosure.read({**base.json_value(), **self.but}, "an example")


STANDARD, EVALUATION = Under("standard"), Under("evaluation")


def standard(**but: Any) -> Under:
    """The profile `standard` with other values for some keys."""
    return Under("standard", but)


class Rule(NamedTuple):
    """A rule in words: its title, what an output checker is taught, and the figures it looks at."""

    title: str
    wording: str
    figures: tuple[str, ...] = ()


class Before(NamedTuple):
    """An earlier release: how many persons are in some cells of the table, all but `less` of the last one."""

    cells: tuple[int, ...]
    less: int = 0


class Example(NamedTuple):
    """One table through the gate: every finding of every check, the verdict, and all that leaves.

    `before` are earlier releases, if the policy remembers any.
    """

    why: str
    given: Given
    fails: Failing = {}
    leaves: Leaving | None = None
    verdict: Verdict = Verdict.PASS
    under: Under = STANDARD
    review_all: bool = False
    before: tuple[Before, ...] | None = None


class Total(NamedTuple):
    """Tables of several sites, each through its own gate: their sum, and what the answer says."""

    why: str
    sites: tuple[Given, ...]
    total: Leaving
    answer: Mapping[str, Cell]
    under: Under = STANDARD


class Rounding(NamedTuple):
    """A number, and what leaves of it at so many significant digits."""

    why: str
    number: Cell
    digits: int
    leaves: Cell


class Stop(NamedTuple):
    """A table whose evidence lacks one kind of figure, so that nothing may be decided."""

    lacking: str
    given: Given


def about(value: Number, low: Number, high: Number) -> About:
    """A sum of rounded numbers, and the ends that the true one lies between."""
    return About(value=value, low=low, high=high)


def between(low: Number | None, high: Number | None = None) -> Gap:
    """A hidden cell, known to lie between two ends."""
    return Gap(low=low, high=high)
