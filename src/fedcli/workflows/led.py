"""What followed from the rounds of queries, kept while a process lives, so that a watch follows each once.

A way is the digests of all that led there: statements, which name every release that they follow from.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, TypeAlias

from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name
from fedcli.model.query import Query
from fedcli.workflows.quorum import Contribution

if TYPE_CHECKING:
    from fedcli.workflows.rounds import Asked, Course

Way: TypeAlias = tuple[str, ...]
_led: OrderedDict[Way, dict[Name, Course]] = OrderedDict()
_KEPT = 64


def to(way: Way) -> dict[Name, Course] | None:
    """Where a way led, if it is one of the latest."""
    return _led.get(way)


def keep(way: Way, found: dict[Name, Course]) -> dict[Name, Course]:
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
