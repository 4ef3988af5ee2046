"""The rows of a model as they come from DuckDB: which columns, and how often they are read.

DuckDB reads, cleans and filters; what comes over is one double for each number and each level that the
design names. A vault that lives for the rounds of a query keeps the blocks of few rows, and reads many
again for each step, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from fedcli.engine.blocks import Block, Builder, bases, by_person, by_time, complete
from fedcli.engine.room import Room
from fedcli.engine.sql import Binder, literal, quoted
from fedcli.engine.tables import Tables
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.statistics.supports import Supports


def numbers(design: Design) -> frozenset[ColumnName]:
    """The columns of which only the number is asked for: where it is none, the row is left out later."""
    told = {one.column for one in design.factors if one.level is not None}
    return design.columns - told if not design.clustered else frozenset()


def select(design: Design, dictionary: Dictionary, binder: Binder) -> str:
    """The end of a query over `cohort`: one double for each base.

    Where the rows of a person belong together, they come one after the other, without those that lack
    something, and a last column is 1 in the first. Of hazards, rows followed longest come first.
    """
    told = [_base(column, level, dictionary, binder) for column, level in bases(design)]
    if not design.clustered:
        weighed = f" WHERE {quoted(design.weights.column)} > 0" if design.weights else ""
        return f"SELECT {', '.join(told)} FROM cohort{weighed}{_latest_first(design)}"
    person, order = quoted(str(dictionary.person_id)), ", ".join(map(quoted, sorted(design.columns)))
    number = (
        f"row_number() OVER (PARTITION BY {person} ORDER BY {order})"  # else sums would differ in a digit
    )
    rows = f"SELECT *, {number} AS place FROM cohort WHERE {whole(design)}"
    return f"SELECT {', '.join([*told, 'CAST(place = 1 AS DOUBLE)'])} FROM ({rows}) ORDER BY {person}, place"


def _latest_first(design: Design) -> str:
    if design.times is None:
        return ""
    others = sorted(design.columns - {design.times.column})  # else sums would differ in a digit
    return f" ORDER BY {', '.join([f'{quoted(design.times.column)} DESC', *map(quoted, others)])}"


def repeated(design: Design, dictionary: Dictionary) -> str:
    """The end of a query over `cohort`: how many complete rows are of a person who has another."""
    person = quoted(str(dictionary.person_id))
    return f"SELECT count(*) - count(DISTINCT {person}) FROM cohort WHERE {whole(design)}"


def whole(design: Design) -> str:
    """The condition of rows that lack nothing, and weigh something."""
    present = [f"{quoted(column)} IS NOT NULL" for column in sorted(design.columns)]
    weighed = [f"{quoted(design.weights.column)} > 0"] if design.weights else []
    return " AND ".join([*present, *weighed])


def _base(column: ColumnName, level: Any, dictionary: Dictionary, binder: Binder) -> str:
    if level is None:
        return f"CAST({quoted(column)} AS DOUBLE)"
    return (
        f"CAST({quoted(column)} = {binder.bind(literal(level, dictionary.columns[column].type))} AS DOUBLE)"
    )


class Stream:
    """The blocks of one design, and what was seen of the persons behind them."""

    def __init__(self, design: Design, most: int, read: Callable[[], Iterable[Any]], room: Room) -> None:
        self._design, self._read = design, read
        self._builder = Builder(design)
        self._keeps = room.take(most * self._builder.row_bytes)
        self._kept: list[Block] | None = None
        self._supports: Supports | None = None

    @property
    def supports(self) -> Supports:
        """The persons behind the sums; once the blocks have been gone through."""
        assert self._supports is not None
        return self._supports

    def blocks(self) -> Iterator[Block]:
        """All blocks, in the order of the rows."""
        return iter(self._kept) if self._kept is not None else self._fresh()

    def _fresh(self) -> Iterator[Block]:
        tables = Tables(self._design, self._builder.places) if self._supports is None else None
        kept: list[Block] = []
        for rows in self._rows():
            block = self._builder.block(rows, tables.see if tables else None)
            if self._keeps:
                kept.append(block)
            yield block
        self._kept = kept if self._keeps else None
        if tables is not None:
            self._supports = tables.supports()

    def _rows(self) -> Iterator[Any]:
        wanted = len(bases(self._design)) + int(self._design.clustered)
        rows = complete(self._read(), wanted)
        if self._design.times is not None:
            return by_time(rows, self._builder.places[self._design.times.column, None])
        return by_person(rows) if self._design.clustered else rows
