"""Bins: a number cut at edges that the question declares, never at values of the data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from fedcli.files.canonical import digest_of
from fedcli.model.cells import Axis, Number
from fedcli.model.derived import AND, AS
from fedcli.model.identifiers import SHORT, ColumnName
from fedcli.model.scoring import Grove, Layered
from fedcli.model.terms import Term

BELOW, ABOVE = "below", "above"
Ends = tuple[Number | None, Number | None]


@dataclass(frozen=True, slots=True)
class Score:
    """A number that is made of a row: a sum of terms with coefficients, a network, or trees of columns.

    A row that lacks a column of it, or has a level there that nobody declared, has none.
    """

    terms: tuple[Term, ...]
    by: tuple[float, ...] | Layered | Grove

    @property
    def columns(self) -> frozenset[ColumnName]:
        """The columns that it is made of."""
        return frozenset(factor.column for term in self.terms for factor in term.factors)

    @property
    def digest(self) -> str:
        """What it is, in as many digits as tell it from others."""
        if not isinstance(self.by, tuple):
            told = [[term.json_value() for term in self.terms], self.by.json_value()]
            return digest_of(told)[:SHORT]
        parts = zip(self.terms, self.by, strict=True)
        return digest_of([[term.json_value(), number] for term, number in parts])[:SHORT]

    @property
    def name(self) -> str:
        """What engine and memory call it: by where it comes from and what it is, as a derived column."""
        return f"{AND.join(sorted(self.columns))}{AS}{self.digest}"


@dataclass(frozen=True, slots=True)
class Bins:
    """A column, or a score under a name that stands for one, and the increasing edges of its bins.

    A bin has its lower edge in it, the last one also its upper edge. What is below the first edge
    and above the last has a bin of its own, so that every value is somewhere.
    """

    column: ColumnName
    edges: tuple[Number, ...]
    score: Score | None = None

    @classmethod
    def of_score(cls, score: Score, edges: tuple[Number, ...]) -> Bins:
        """The bins of a score; the axis is called by what it is, so that two scores are two axes."""
        return cls(f"score_{score.digest}", edges, score)

    @property
    def columns(self) -> frozenset[ColumnName]:
        """The dataset's columns that are read for it."""
        return self.score.columns if self.score else frozenset({self.column})

    @property
    def value(self) -> str:
        """The column that is cut, as an engine calls it."""
        return self.score.name if self.score else self.column

    @property
    def ends(self) -> tuple[Ends, ...]:
        """The lower and the upper edge of each bin, None where it is open."""
        return ((None, self.edges[0]), *pairwise(self.edges), (self.edges[-1], None))

    @property
    def labels(self) -> tuple[str, ...]:
        """`below`, `[40, 50)` and so on, `[50, 60]`, `above`."""
        return (BELOW, *self._labels(), ABOVE)

    @property
    def axis(self) -> Axis:
        """The bins as the levels of an axis under the column's name."""
        return Axis(name=self.column, levels=self.labels)

    def _labels(self) -> Iterator[str]:
        for low, high in pairwise(self.edges):
            yield f"[{low}, {high}{']' if high == self.edges[-1] else ')'}"


def binned(axis: Axis) -> bool:
    """Whether the levels of an axis are those of bins."""
    return (axis.levels[0], axis.levels[-1]) == (BELOW, ABOVE)


def edges_of(axis: Axis) -> tuple[float, ...]:
    """The edges of bins, from their labels."""
    inner = [str(label)[1:-1].split(", ") for label in axis.levels[1:-1]]
    return (*(float(low) for low, _ in inner), float(inner[-1][1]))
