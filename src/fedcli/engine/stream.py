"""The rows of a model as they come from DuckDB: which columns, and how often they are read.

DuckDB reads, cleans and filters; what comes over is one double for each number and each level that the
design names. A vault that lives for the rounds of a query keeps the blocks of few rows, and reads many
again for each step, so that memory stays flat.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from typing import Any, Protocol

from fedcli.engine.blocks import Block, Builder, bases, by_person, by_time, complete
from fedcli.engine.imputing import Imputing, imputed_of
from fedcli.engine.room import Room
from fedcli.engine.sql import Binder, literal, visible
from fedcli.engine.tables import Witness
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Figures, Kind, Top
from fedcli.statistics.families import ModelName
from fedcli.statistics.supports import Supports, of_steps, sums_evidence
from fedcli.statistics.trained import Trained


def numbers(design: Design) -> frozenset[ColumnName]:
    """The columns of which only the number is asked for: where it is none, the row is left out later."""
    told = {one.column for one in design.factors if one.level is not None}
    return design.columns - told if not design.clustered else frozenset()


def select(design: Design, dictionary: Dictionary, binder: Binder, key: ColumnName | None = None) -> str:
    """The end of a query over `cohort`: one double for each base.

    Where the rows of a person belong together, they come one after the other, without those that lack
    something, and a last column is 1 in the first. Of hazards, those with the greatest `key` come first.
    """
    told = ", ".join(_base(column, level, dictionary, binder) for column, level in bases(design))
    if not design.clustered:
        rows = " WHERE ".join(["FROM cohort", *filter(None, [" AND ".join(_counting(design))])])
        return f"SELECT {told} {rows if key is None else _latest_first(key, rows)}"
    person, order = visible(str(dictionary.person_id)), ", ".join(map(visible, sorted(design.columns)))
    number = (
        f"row_number() OVER (PARTITION BY {person} ORDER BY {order})"  # else sums would differ in a digit
    )
    rows = f"SELECT *, {number} AS place FROM cohort WHERE {whole(design)}"
    return f"SELECT {told}, CAST(place = 1 AS DOUBLE) FROM ({rows}) ORDER BY {person}, place"


def _latest_first(key: ColumnName, rows: str) -> str:
    """Rows of the same time in the order of the files: else sums would differ in a digit."""
    return f"FROM (SELECT *, row_number() OVER () AS place {rows}) ORDER BY {visible(key)} DESC, place"


def repeated(design: Design, dictionary: Dictionary) -> str:
    """The end of a query over `cohort`: how many complete rows are of a person who has another."""
    person = visible(str(dictionary.person_id))
    return f"SELECT count(*) - count(DISTINCT {person}) FROM cohort WHERE {whole(design)}"


def whole(design: Design) -> str:
    """The condition of rows that lack nothing, weigh something, and end after they begin."""
    present = [f"{visible(column)} IS NOT NULL" for column in sorted(design.needed)]
    return " AND ".join([*present, *_counting(design)])


def entering(design: Design) -> str:
    """Which rows are left out besides, in a word for the memory; else it would take them for others."""
    late = design.times and design.times.entry
    return f" {late}<{design.times.column}" if design.times and late else ""


def _counting(design: Design) -> list[str]:
    """What is asked of rows besides."""
    weighed = [f"{visible(design.weights.column)} > 0"] if design.weights else []
    if design.times is None:
        return weighed
    times, time = design.times, visible(design.times.column)
    late = [f"{visible(times.entry)} < {time}"] if times.entry else []
    if times.breaks is None:
        return [*weighed, *late]
    seen = [f"{visible(times.entry)} < {float(times.until)!r}"] if times.entry and times.until else []
    return [*weighed, *late, *seen, f"{time} > 0"]


def _base(column: ColumnName, level: Any, dictionary: Dictionary, binder: Binder) -> str:
    if level is None:
        return f"CAST({visible(column)} AS DOUBLE)"
    return (
        f"CAST({visible(column)} = {binder.bind(literal(level, dictionary.columns[column].type))} AS DOUBLE)"
    )


class Stepped(Protocol):
    """What a step knows, beside its sums, of who is behind them."""

    @property
    def meat(self) -> tuple[Top, ...]:
        """The largest parts of what persons' scores add to the errors."""

    @property
    def within(self) -> tuple[Top, ...]:
        """The largest parts of what two rows of a person have in common."""

    @property
    def at_risk(self) -> int | None:
        """How many are followed at the last event."""

    @property
    def entered(self) -> tuple[int, Top] | None:
        """How many enter late, and whose time most of that is."""

    @property
    def trained(self) -> Trained | None:
        """Who moves the coefficients in the steps of a training."""


class Stream:
    """The blocks of one design, and what was seen of the persons behind them."""

    def __init__(
        self,
        design: Design,
        most: int,
        read: Callable[[ColumnName | None], Iterable[Any]],
        room: Room,
        imputing: Imputing | None = None,
    ) -> None:
        self._design, self._read, self._most = design, read, most
        self._builder, self._imputing = Builder(design), imputing
        self._keeps = imputing is None and room.take(most * self._builder.row_bytes)
        self._kept: list[Block] | None = None
        self._entries: list[Block] | None = None
        self._supports: Supports | None = None
        self._judged: tuple[tuple[Any, ...], dict[Kind, dict[str, Figures]]] = ((), {})

    def evidence(self, design: Design, family: ModelName, step: Stepped) -> dict[Kind, dict[str, Figures]]:
        """The evidence of a step, once the blocks have been gone through.

        Who is behind the sums is the same in most rounds, and gathered once.
        """
        assert self._supports is not None
        found = self._supports._replace(
            meat=step.meat, within=step.within, at_risk=step.at_risk, entered=step.entered
        )
        key = (design.sha256, family, *found)
        if self._judged[0] != key:
            self._judged = key, sums_evidence(design, family, found)
        return of_steps(design, family, self._judged[1], step.trained)

    def blocks(self) -> Iterator[Block]:
        """All blocks, in the order of the rows."""
        return iter(self._kept) if self._kept is not None else self._fresh()

    def entries(self) -> Iterator[Block]:
        """The same rows by when they begin, the latest first; none where all begin together."""
        if self._design.times is None or self._design.times.entry is None or not self._design.ordered:
            return iter(())
        return iter(self._entries) if self._entries is not None else self._begun(self._design.times.entry)

    def _begun(self, entry: ColumnName) -> Iterator[Block]:
        kept: list[Block] = []
        for rows in complete(self._read(entry), len(bases(self._design))):
            block = replace(self._builder.block(rows), times=rows[self._builder.places[entry, None]].copy())
            if self._keeps:
                kept.append(block)
            yield block
        self._entries = kept if self._keeps else None

    def _fresh(self) -> Iterator[Block]:
        witness = (
            Witness(self._design, self._builder.places, self._imputing) if self._supports is None else None
        )
        kept: list[Block] = []
        for rows in self._rows():
            block = self._builder.block(rows, witness.see if witness else None)
            if self._keeps:
                kept.append(block)
            yield block
        self._kept = kept if self._keeps else None
        if witness is not None:
            self._supports = witness.supports()

    def _rows(self) -> Iterator[Any]:
        if self._imputing is not None:
            self._imputing.read(self._read(None), self._most)
            return self._imputing.blocks(imputed_of(self._design).which)
        wanted = len(bases(self._design)) + int(self._design.clustered)
        times = self._design.times if self._design.ordered else None
        rows = complete(self._read(times.column if times else None), wanted)
        if times is not None:
            return by_time(rows, self._builder.places[times.column, None])
        return by_person(rows) if self._design.clustered else rows
