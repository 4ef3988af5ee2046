"""Persons in parts, so that what a query has to remember of each fits in memory however many there are.

The engine cannot put aside what does not fit: it writes encrypted files only with an extension that
sites do not load. So the rows are read once for each part. A part is told by a hash; no figure depends on it.
"""

from __future__ import annotations

from typing import NamedTuple

from fedcli.engine.sql import Binder
from fedcli.model.predicate import ValueType

#: Bytes that one query may remember; the process takes about 100 MB besides.
MOST = 160 * 2**20
#: Bytes that the engine takes for a key, for each value beside it by which rows are grouped, and for the
#: figures of a variable; with several threads, in each row anew. A text lies beside its place. What is
#: sorted is there twice.
KEY, TEXT, LEVEL, VARIABLE, SORTED = 64, 96, 32, 32, 32


class Part(NamedTuple):
    """The persons, or other keys, whose hash leaves the rest `at` when divided by `of`."""

    at: int
    of: int

    def where(self, key: str, binder: Binder) -> str:
        """The clause that leaves the keys of this part, none where it is the whole."""
        if self.of == 1:
            return ""
        at, of = binder.bind(self.at), binder.bind(self.of)
        return f" WHERE hash({key}) % {of}::UBIGINT = {at}::UBIGINT"  # else it divides in 128 bits


WHOLE = Part(0, 1)


def remembered(kind: ValueType) -> int:
    """The bytes of a key of a type."""
    return KEY + (TEXT if kind == "text" else 0)


def parts(rows: int, each: int) -> tuple[Part, ...]:
    """All parts, where a query remembers `each` bytes of a key, and there are no more keys than rows."""
    of = max(1, min(rows, -(-rows * each // MOST)))
    return tuple(Part(at, of) for at in range(of))
