"""From the batches of a stream to blocks of a design: some thousand rows without a missing value.

A block fits the processor's cache, and its edges are at the same rows whatever the engine's threads
did, so that sums over blocks come out the same, bit by bit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcli.errors import fault
from fedcli.model.dataset import Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Factor, Term, Times
from fedcli.statistics import basis

#: How many rows a block has, and how many come over from the engine at once.
ROWS = 8192
BATCH = 2 * ROWS

Vector = NDArray[np.float64]
Places = NDArray[np.intp]
#: A number of a row, or whether it has a level.
Base = tuple[ColumnName, Level | None]


def bases(design: Design) -> list[Base]:
    """Everything that a design needs of a row, once each."""
    return list(dict.fromkeys((one.column, one.level) for one in design.factors))


@dataclass(frozen=True, slots=True)
class Block:
    """Some rows of a design: p centred and scaled columns, the outcome, its offset and prior weight.

    `persons` has the places of the first rows of persons, where a person may have several; `times` when
    follow-up ended, and y is then whether it was by an event before the horizon; `begun` when it began, where
    a baseline in intervals asks for it. Of an outcome of several levels y has a line for each but the first.
    """

    x: Vector
    y: Vector
    offset: Vector | None
    weight: Vector | None
    persons: Places | None = None
    times: Vector | None = None
    begun: Vector | None = None


@dataclass(frozen=True, slots=True)
class Seen:
    """What the evidence of a block is read off: its bases, its terms and its outcome as they are."""

    bases: Vector
    terms: Vector
    outcome: Vector
    weight: Vector | None
    offset: Vector | None
    persons: Places | None = None


class Builder:
    """Makes blocks of one design."""

    def __init__(self, design: Design) -> None:
        self._design = design
        self.places = {base: place for place, base in enumerate(bases(design))}
        self._centres = np.array([[term.centre] for term in design.terms])
        self._scales = np.array([[term.scale] for term in design.terms])

    @property
    def row_bytes(self) -> int:
        """What a row of a block takes in memory."""
        parts = [self._design.offset, self._design.weights, self._design.times, self._entry]
        outcomes = max(1, len(self._design.choices or ()))
        each = 8 * (len(self._design.terms) + outcomes + sum(one is not None for one in parts))
        return 2 * each if self._design.ordered and self._entry else each

    @property
    def _entry(self) -> ColumnName | None:
        return self._design.times.entry if self._design.times else None

    def block(self, rows: Vector, see: Callable[[Seen], None] | None = None) -> Block:
        """A block of rows, one line for each base; who gathers evidence sees it before it is scaled."""
        x = np.empty((len(self._design.terms), rows.shape[1]))
        for line, term in zip(x, self._design.terms, strict=True):
            self._fill(line, term, rows)
        y = np.empty(rows.shape[1])
        self._fill(y, self._design.outcome, rows)
        weight, offset = self._maybe(self._design.weights, rows), self._maybe(self._design.offset, rows)
        persons = np.flatnonzero(rows[-1]) if self._design.clustered else None
        if see is not None:
            see(Seen(rows, x, y, self._followed(rows) if self._design.intervals else weight, offset, persons))
        x -= self._centres
        x /= self._scales
        if self._design.choices is not None:
            return Block(x, self._chosen(rows), offset, weight, persons)
        told = self._design.outcome
        y = (y - told.centre) / told.scale
        when = self._design.times
        if when is None:
            return Block(x, y, offset, weight, persons)
        times = rows[self.places[when.column, None]].copy()  # a block that is kept keeps no more than it has
        before = times <= (math.inf if when.until is None else when.until)
        begun = rows[self.places[self._entry, None]].copy() if self._entry and when.breaks else None
        return Block(x, y * before, offset, weight, persons, times, begun)

    def _followed(self, rows: Vector) -> Vector:
        """How long each row was followed, which is what it weighs with a baseline in intervals."""
        when = self._design.times
        assert when is not None
        begun = rows[self.places[when.entry, None]] if when.entry else None
        told: Vector = exposures(when, rows[self.places[when.column, None]], begun).sum(axis=0)
        return told

    def _fill(self, line: Vector, term: Term, rows: Vector) -> None:
        """The product of a term's factors."""
        line[:] = product(term.factors, rows, self.places)

    def _chosen(self, rows: Vector) -> Vector:
        """Which level each row has, a line for each of them but the first."""
        lines = np.array([product((one,), rows, self.places) for one in self._design.chosen])
        if not (lines.sum(axis=0) == 1).all():
            raise fault("D-LEVEL", column=self._design.outcome.factors[0].column)
        return lines[1:]

    def _maybe(self, factor: Factor | None, rows: Vector) -> Vector | None:
        return None if factor is None else product((factor,), rows, self.places).copy()


def exposures(times: Times, when: Vector, begun: Vector | None) -> Vector:
    """How long each row was followed in each interval: a line for each of these."""
    low, high = np.array(times.intervals).T[:, :, None]
    start = low if begun is None else np.maximum(begun, low)
    told: Vector = np.maximum(np.minimum(when, high) - start, 0.0)
    return told


def product(factors: Sequence[Factor], rows: Vector, places: dict[Base, int]) -> Vector:
    """The product of some factors in each of the rows, of which there is one line for each base."""
    return reduce(np.multiply, [_value(one, rows, places) for one in factors]) if factors else np.array(1.0)


def _value(factor: Factor, rows: Vector, places: dict[Base, int]) -> Vector:
    value: Vector = rows[places[factor.column, factor.level]]
    return value if factor.level is not None else basis.value(factor, value)


def complete(reader: Iterable[Any], wanted: int) -> Iterator[Vector]:
    """The rows of Arrow batches that lack nothing, `ROWS` of the source at a time, a line for each base."""
    for rows in cut(reader, wanted):
        whole = np.isfinite(rows).all(axis=0)
        kept = rows if whole.all() else rows[:, whole]
        if kept.shape[1]:
            yield kept


def by_person(blocks: Iterable[Vector]) -> Iterator[Vector]:
    """The same rows, cut so that all rows of a person are in one block; the last line marks a first row."""
    return _together(blocks, lambda rows, _: np.flatnonzero(rows[-1]))


def by_time(blocks: Iterable[Vector], at: int) -> Iterator[Vector]:
    """The same rows, latest first, cut so that all of a time are in one block; line `at` has the times."""

    def begin(rows: Vector, before: Vector | None) -> Places:
        known = np.nan if before is None else before[at, -1]
        return np.flatnonzero(np.diff(rows[at], prepend=known))

    return _together(blocks, begin)


def _together(blocks: Iterable[Vector], begin: Callable[[Vector, Vector | None], Places]) -> Iterator[Vector]:
    """The same rows, cut where something begins that may go on in the next block.

    `begin` tells the places where something begins in a block, of which the one before it is given too.
    """
    whole: list[Vector] = []
    going: list[Vector] = []
    for rows in blocks:
        places = begin(rows, going[-1] if going else None)
        if not len(places):
            going.append(rows)
            continue
        if whole:
            yield np.concatenate(whole, axis=1)
        last = int(places[-1])
        whole, going = [*going, rows[:, :last]] if going or last else [], [rows[:, last:]]
    if rest := [*whole, *going]:
        yield np.concatenate(rest, axis=1)


def cut(reader: Iterable[Any], wanted: int) -> Iterator[Vector]:
    """Blocks of the source's rows; the last one has what is left."""
    block, filled = np.empty((wanted, ROWS)), 0
    for batch in reader:
        columns = list(map(_doubles, batch.columns))
        done = 0
        while done < batch.num_rows:
            some = min(ROWS - filled, batch.num_rows - done)
            for line, column in zip(block, columns, strict=True):
                line[filled : filled + some] = column[done : done + some]
            filled, done = filled + some, done + some
            if filled == ROWS:
                yield block
                block, filled = np.empty((wanted, ROWS)), 0
    if filled:
        yield block[:, :filled]


def _doubles(column: Any) -> Vector:
    """An Arrow column of doubles, NaN where it is null; read off its buffers, which loads no pandas."""
    valid, values = column.buffers()
    told: Vector = np.frombuffer(values, np.float64, len(column), 8 * column.offset)
    if column.null_count:
        bits = np.unpackbits(np.frombuffer(valid, np.uint8), bitorder="little")
        told = np.where(bits[column.offset : column.offset + len(column)] == 1, told, np.nan)
    return told
