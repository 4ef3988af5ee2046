"""What followed from the rounds of queries, kept while a process lives, so that a watch follows each once.

A way is the digests of all that led there: statements, which name every release that they follow from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeAlias

from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name
from fedcli.model.query import Query
from fedcli.model.round import Posted
from fedcli.model.verified import Verified
from fedcli.workflows.quorum import Contribution

Way: TypeAlias = tuple[str, ...]
#: The course of each analysis (`workflows.rounds`).
Courses: TypeAlias = dict[Name, Any]
_led: OrderedDict[Way, Courses] = OrderedDict()
_KEPT = 64


class Asked(Protocol):
    """A posted round."""

    @property
    def statement(self) -> Verified[Posted]:
        """What was signed."""

    @property
    def states(self) -> Mapping[Name, object]:
        """The state of every analysis in it; None where one starts anew."""


def to(way: Way) -> Courses | None:
    """Where a way led, if it is one of the latest."""
    return _led.get(way)


def keep(way: Way, found: Courses) -> Courses:
    """Keep where a way leads."""
    _led[way] = found
    while len(_led) > _KEPT:
        _led.popitem(last=False)
    return found


def ways(
    query: Query, agreed: Dictionary, rounds: Sequence[Sequence[Contribution]], asked: Sequence[Asked]
) -> Iterator[Way]:
    """The way up to each round that was answered: what was posted, what counts of it, what starts anew."""
    anew = (one.statement.envelope for one in asked if None in one.states.values())
    way = (query.sha256, agreed.sha256, *anew)
    for number, contributions in enumerate(rounds):
        before = (asked[number - 1].statement.envelope,) if number else ()
        way = (*way, *before, *(one.release.envelope for one in contributions))
        yield way
