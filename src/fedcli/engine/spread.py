"""How the keys of a source lie, and the parts that follow: ranges of numbers, or else hashes.

Files are most often written person by person. Then a range of keys is in few pieces of them, and the engine
knows which: all parts together are read about once, where parts by a hash are each read from all.
"""

from __future__ import annotations

from functools import cached_property
from typing import Any

from fedcli.engine.opening import Opened, fits
from fedcli.engine.parts import WHOLE, Bin, Part, parts, ranges, remembered
from fedcli.engine.sql import Binder
from fedcli.model.dataset import Column
from fedcli.model.identifiers import ColumnName

#: Into how many pieces of the same width the range of keys is cut, before they are put together to parts.
_BINS = 4096


class Spread:
    """The keys in a column of an opened source of so many rows."""

    def __init__(self, opened: Opened, name: ColumnName, column: Column, rows: int) -> None:
        self._opened, self._name, self._column, self._rows = opened, name, column, rows

    def parts(self, beside: int = 0) -> tuple[Part, ...]:
        """All parts, where a query remembers so many bytes beside each key; one where that fits."""
        each, room = remembered(self._column.type) + beside, self._opened.most
        if self._rows * each <= room or not self._bins:
            return parts(self._rows, each, room)
        return ranges(self._bins, each, room)

    def ordered(self, beside: int = 0) -> tuple[Part, ...]:
        """The same of numbers, so that each part has greater keys than the one before."""
        each, room = remembered(self._column.type) + beside, self._opened.most
        if self._rows * each <= room or not self._bins:
            return (WHOLE,)
        return ranges(self._bins, each, room, divided=False)

    @cached_property
    def _bins(self) -> list[Bin]:
        """Where keys begin, in their order; none where they are no numbers, or there are none."""
        if not fits(self._opened.stored[self._name], "real"):
            return []
        [(low, high)] = self._ask("SELECT min(key)::DOUBLE, max(key)::DOUBLE", "", Binder())
        if low is None:
            return []
        least, width = (binder := Binder()).bind(low), binder.bind((high - low) / _BINS or 1.0)
        rest = f"GROUP BY floor((key::DOUBLE - {least}) / {width}) ORDER BY 1 NULLS FIRST"
        return [Bin(*one) for one in self._ask("SELECT min(key), count(*)", rest, binder)]

    def source(self, part: Part, binder: Binder) -> str:
        """A table of the rows of a part, which has the column `key`."""
        key, table = self._opened.cleaned(self._name, self._column, binder), self._opened.table
        if self._name in self._opened.derived:
            table = self._opened.joined(table, binder)
        return f"(SELECT {key} AS key FROM {table}{part.where(key, binder)})"

    def _ask(self, select: str, rest: str, binder: Binder) -> list[tuple[Any, Any]]:
        return self._opened.ask(f"{select} FROM {self.source(WHOLE, binder)} {rest}", binder.values)
