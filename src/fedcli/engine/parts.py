"""Persons in parts, so that what a query has to remember of each fits in memory however many there are.

The engine cannot put aside what does not fit: it writes encrypted files only with an extension that
sites do not load. So the rows are read once for each part. A part is told by a hash, or by where its keys
begin and end: then only the pieces of a file are read that have some of them. No figure depends on it.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from fedcli.engine.sql import Binder
from fedcli.model.cells import Number
from fedcli.model.predicate import ValueType

#: Bytes that one query may remember, whatever an engine may take, and of each megabyte that it may: what is
#: remembered in small parts is looked up faster than all at once.
_MOST, _OF_A_MEGABYTE = 160 * 10**6, 400_000
#: Bytes that the engine takes for a key, for each value beside it by which rows are grouped, and for the
#: figures of a variable; with several threads, in each row anew. A text lies beside its place. What is
#: sorted is there twice.
KEY, TEXT, LEVEL, VARIABLE, SORTED = 64, 96, 32, 32, 32


class Part(NamedTuple):
    """The persons, or other keys, whose hash leaves the rest `at` when divided by `of`.

    Of these, the ones from `low` and before `high`; where there is no `low`, also what has no key.
    """

    at: int = 0
    of: int = 1
    low: Number | None = None
    high: Number | None = None

    def where(self, key: str, binder: Binder) -> str:
        """The clause that leaves the keys of this part, none where it is the whole."""
        tests = " AND ".join([*self._within(key, binder), *self._hashed(key, binder)])
        return f" WHERE {tests}" if tests else ""

    def _within(self, key: str, binder: Binder) -> Iterator[str]:
        if self.low is not None:
            yield f"{key} >= {binder.bind(self.low)}"
        if self.high is not None:
            before = f"{key} < {binder.bind(self.high)}"
            yield f"({before} OR {key} IS NULL)" if self.low is None else before

    def _hashed(self, key: str, binder: Binder) -> Iterator[str]:
        if self.of > 1:
            at, of = binder.bind(self.at), binder.bind(self.of)
            yield f"hash({key}) % {of}::UBIGINT = {at}::UBIGINT"  # else it divides in 128 bits


WHOLE = Part()


class Bin(NamedTuple):
    """Keys beside one another: the least of them, none where rows have no key, and how many rows."""

    low: Number | None
    rows: int


def remembered(kind: ValueType) -> int:
    """The bytes of a key of a type."""
    return KEY + (TEXT if kind == "text" else 0)


def most(memory_mb: int) -> int:
    """The bytes that one query may remember; the process takes about 100 MB besides."""
    return min(_MOST, memory_mb * _OF_A_MEGABYTE)


def parts(rows: int, each: int, room: int) -> tuple[Part, ...]:
    """All parts, where a query remembers `each` bytes of a key, and there are no more keys than rows."""
    return tuple(_divided(WHOLE, rows, each, room))


def ranges(bins: list[Bin], each: int, room: int, *, divided: bool = True) -> tuple[Part, ...]:
    """All parts, as bins that fit together; a bin that does not fit alone is divided, unless order counts."""
    ends: list[Bin] = []
    for one in bins:
        if ends and (ends[-1].rows + one.rows) * each <= room:
            ends[-1] = ends[-1]._replace(rows=ends[-1].rows + one.rows)
        else:
            ends.append(one)
    lows = [None, *(one.low for one in ends[1:])]
    wholes = map(Part, [0] * len(ends), [1] * len(ends), lows, [*lows[1:], None])
    return tuple(
        part
        for whole, one in zip(wholes, ends, strict=True)
        for part in (_divided(whole, one.rows, each, room) if divided else (whole,))
    )


def _divided(whole: Part, rows: int, each: int, room: int) -> Iterator[Part]:
    of = max(1, min(rows, -(-rows * each // room)))
    return (whole._replace(at=at, of=of) for at in range(of))
