"""Who stands behind a baseline hazard that is constant in intervals, and how long they were in each.

The sums tell the events in each interval; and the time that persons spent there, and this in each level of a
column, and times each number of theirs. The persons who spend less than the whole of it give that away: what
they spent, what they did not after they stopped, and what they missed by entering late, is off the time of
all by as much as a sum over them.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import product
from typing import NamedTuple, TypeAlias

from fedcli.model.terms import Design
from fedcli.statistics.bands import Interval, Parts, intervals, split
from fedcli.statistics.beside import Beside
from fedcli.statistics.evidence import NOTHING, Figures, Top, worst
from fedcli.statistics.indicators import Condition, Four, Least
from fedcli.statistics.score import pairs

#: What persons spent in an interval (its place), of those who meet a condition, times a number (of a term;
#: None: one). For each there are four: what all spent, and who stopped there; what these did not spend any
#: more; what others had missed.
Spent: TypeAlias = Mapping[tuple[int, Condition, int | None], tuple[Top, ...]]
#: How many these are.
KINDS = 4


def pieces(design: Design) -> list[Condition]:
    """The conditions under which time is told: none, and those of the terms."""
    return list(dict.fromkeys([Condition(), *(piece for part in split(design) for piece in part.pieces)]))


class Spans(NamedTuple):
    """The intervals of a design, with what an engine found of them."""

    design: Design
    persons: int
    four: Mapping[tuple[Condition, Condition], Four]
    beside: Beside
    spent: Spent

    def cells(self, own: Mapping[str, Figures], least: Least) -> dict[str, Figures]:
        """The least persons behind each sum, those of the baseline first; `own` are of the columns alone."""
        told, spans, k = split(self.design), intervals(self.design), len(self.design.intervals)
        inner = dict(zip(pairs(len(told)), own["gram"], strict=True))

        def fewest(i: int, j: int) -> int | float:
            if i >= k:
                return inner[i - k, j - k]
            if j < k:  # nobody is in two intervals at once
                if i != j:
                    return self.persons
                return least(self._within(spans[i], Condition(), None), self.persons)
            which = None if self.design.terms[j - k].indicator else j - k
            found = (one for piece in told[j - k].pieces for one in self._within(spans[i], piece, which))
            return least(found, self.persons)

        gram = tuple(fewest(i, j) for i, j in pairs(k + len(told)))
        return {
            "gram": gram,
            "score": (*(least(self._events(one), self.persons) for one in spans), *own["score"]),
        }

    def totals(self, own: Mapping[str, list[Top]]) -> dict[str, list[Top]]:
        """The totals of time in each sum."""
        told, k = split(self.design), len(self.design.intervals)
        inner = dict(zip(pairs(len(told)), own["gram"], strict=True))

        def total(i: int, j: int) -> Top:
            if i >= k:
                return inner[i - k, j - k]
            if j < k:
                return worst(self.spent[i, Condition(), None]) if i == j else NOTHING
            return worst(self._total(i, told[j - k], j - k))

        gram = [total(i, j) for i, j in pairs(k + len(told))]
        return {"gram": gram, "score": [*[NOTHING] * k, *own["score"]]}

    def _total(self, at: int, part: Parts, term: int) -> Iterator[Top]:
        which = [None] if self.design.terms[term].indicator else [None, term]
        for piece, number in product(part.pieces, which):
            yield from self.spent[at, piece, number]

    def _within(self, span: Interval, piece: Condition, which: int | None) -> Iterator[int]:
        """Those in an interval, and who stop in it, who meet a condition, and who do not; beside a number."""
        for one in (span.at_risk, span.stops):
            yield from self._sides(one, piece)
            if which is not None and (one, which) in self.beside.met:
                yield self.beside.met[one, which][0]
        if span.late:  # of none, it is as if nobody had entered late
            yield from (few for few in self._sides(span.late, piece) if few)

    def _sides(self, one: Condition, piece: Condition) -> Iterator[int]:
        both, alone, _, _ = self.four[one, piece]
        yield both
        if piece:
            yield alone

    def _events(self, span: Interval) -> Iterator[int]:
        """Those who have the event in an interval, and the others who are followed there."""
        events = self.four[span.event, Condition()][0]
        yield events
        yield self.four[span.at_risk, Condition()][0] - events
