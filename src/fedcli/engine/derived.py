"""Derived columns in DuckDB: one value for each person, in a table in memory, joined where rows are read.

A part of the persons is taken at a time. Each definition is a step of one query: the persons of the part with
what was derived before, and beside it an aggregate of their rows of a table. Nothing fails on a value.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from copy import copy

from fedcli.engine.mock import STORED
from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.parts import LEVEL, Part
from fedcli.engine.spread import Spread
from fedcli.engine.sql import Binder, day, literal, operand, predicate, same, visible
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.derived import Aggregate, Derived, Expression, behind
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Arithmetic, DaysBetween, Function, ValueType, columns

WHO, FOUND, MANY = "fedcli_who", "fedcli_found", "fedcli_many"
_VALUE, _WHEN, _DAY = "fedcli_value", "fedcli_when", "fedcli_day"
_DERIVED = "fedcli_derived"
#: In the order of the numbers, so that a sum has the same last digit whatever the engine's threads did.
_REAL = f"sum(CAST({_VALUE} AS DOUBLE) ORDER BY CAST({_VALUE} AS DOUBLE))"
_SOME = f"WHEN count({_VALUE}) > 0 AND isfinite({_REAL}) THEN {_REAL}"
#: What an aggregate is of the rows that count; of several rows at one time the smallest comes first.
_FOUND = {
    "count": "count(*)",
    "exists": "count(*) > 0",
    "min": f"min({_VALUE})",
    "max": f"max({_VALUE})",
    "first": f"arg_min({_VALUE}, ({_WHEN}, {_VALUE})) FILTER ({_VALUE} IS NOT NULL AND {_DAY} IS NOT NULL)",
    "last": f"arg_max({_VALUE}, ({_WHEN}, {_VALUE})) FILTER ({_VALUE} IS NOT NULL AND {_DAY} IS NOT NULL)",
    "sum": f"CASE {_SOME} END",
    "mean": f"CASE {_SOME} / count({_VALUE}) END",
}
_WHOLE = f"TRY_CAST(sum(TRY_CAST({_VALUE} AS BIGINT)) AS BIGINT)"


def derive(opened: Opened, dictionary: Dictionary, derived: Sequence[Derived]) -> Opened:
    """A source with some derived columns, which the dictionary has too.

    Raises:
        DataFault: D-COLUMN, D-TYPE for what a table lacks; D-MEMORY where the values do not fit.
    """
    return _Deriving(opened, dictionary, derived).joined()


class _Deriving:
    """Derived columns of the persons of a source."""

    def __init__(self, opened: Opened, dictionary: Dictionary, derived: Sequence[Derived]) -> None:
        self._opened, self._dictionary, self._derived = opened, dictionary, derived
        self._person = str(dictionary.person_id)
        names = {one.name for one in derived}
        read = frozenset[ColumnName]().union(*(one.reads for one in derived)) - names
        self._read = sorted(read - {self._person})
        opened.check_columns(dictionary, read | {self._person})
        for one in derived:
            if isinstance(one.of, Aggregate):
                opened.events[one.of.table].check_columns(dictionary.of(one.of.table), self._of_rows(one.of))

    def joined(self) -> Opened:
        """The source, and how the values come to its rows."""
        table = f"{_DERIVED}_{self._fill()}"
        found = self._opened.ask(f"SELECT column_name, column_type FROM (DESCRIBE {table})", {})
        kinds = [kind.split("(")[0] for _, kind in found[1:]]
        names = [one.name for one in self._derived]
        opened = copy(self._opened)
        opened.derived = {name: f"fedcli_d{at}" for at, name in enumerate(names)}
        opened.behind = behind(self._derived)
        opened.stored = {**opened.stored, **dict(zip(names, kinds, strict=True))}
        opened.joined = lambda rows, binder: (
            f"(SELECT * FROM {rows} LEFT JOIN {table} ON {self._who(TABLE, binder)} = {WHO})"
        )
        return opened

    def _fill(self) -> int:
        """Make the table, part after part; its number."""
        asked = "SELECT count(*) FROM duckdb_tables() WHERE starts_with(table_name, $prefix)"
        [(number,)] = self._opened.ask(asked, {"prefix": _DERIVED})
        make = f"CREATE TEMP TABLE {_DERIVED}_{number} AS"
        for part in self._parts():
            binder = Binder()
            self._opened.ask(f"{make} {self._query(part, binder)}", binder.values)
            make = f"INSERT INTO {_DERIVED}_{number}"
        return int(number)

    def _parts(self) -> tuple[Part, ...]:
        [(rows,)] = self._opened.ask(f"SELECT count(*) FROM {TABLE}", {})
        column = self._dictionary.columns[self._person]
        beside = LEVEL * 2 * (len(self._derived) + len(self._read))
        return Spread(self._opened, self._person, column, int(rows)).parts(beside)

    def _query(self, part: Part, binder: Binder) -> str:
        """The values of a part of the persons."""
        steps = [f"fedcli_s AS MATERIALIZED ({self._persons(part, binder)})"]
        before = "fedcli_s"
        for at, one in enumerate(self._derived):
            steps.append(f"fedcli_s{at} AS MATERIALIZED ({self._step(one, before, part, binder)})")
            before = f"fedcli_s{at}"
        told = [f"{visible(one.name)} AS fedcli_d{at}" for at, one in enumerate(self._derived)]
        return f"WITH {', '.join(steps)} SELECT {', '.join([WHO, *told])} FROM {before}"

    def _persons(self, part: Part, binder: Binder) -> str:
        """Each person once, with the columns that definitions read.

        By the dictionary a person has one row; of more, the smallest values count.
        """
        cleaned = [f"{self._clean(name, binder)} AS {visible(name)}" for name in self._read]
        rows = f"SELECT {', '.join([f'{self._who(TABLE, binder)} AS {WHO}', *cleaned])} FROM {TABLE}"
        kept = [f"min({visible(name)}) AS {visible(name)}" for name in self._read]
        within = part.where(WHO, binder)
        return (
            f"SELECT {', '.join([WHO, *kept])} FROM ({rows}){within} GROUP BY {WHO} HAVING {WHO} IS NOT NULL"
        )

    def _step(self, one: Derived, before: str, part: Part, binder: Binder) -> str:
        """The persons with one column more."""
        if not isinstance(one.of, Aggregate):
            text = _expression(one.of, binder)
            return f"SELECT *, {self._within(one, text, binder)} AS {visible(one.name)} FROM {before}"
        text = self._within(one, _nothing(one.of), binder)
        found = self._aggregate(one.of, before, part, binder)
        return (
            f"SELECT {before}.*, {text} AS {visible(one.name)} "
            f"FROM {before} LEFT JOIN ({found}) AS fedcli_of USING ({WHO})"
        )

    def _aggregate(self, of: Aggregate, before: str, part: Part, binder: Binder) -> str:
        """One value for each person who has rows that count."""
        rows = self._rows(of, part, binder)
        if of.window is not None:
            apart = f"({_DAY} - {day(f'{before}.{visible(of.window.of)}')})"
            ends = (("<=", of.window.last), (">=", of.window.first))
            tests = " AND ".join(
                f"{apart} {sign} {binder.bind(end)}" for sign, end in ends if end is not None
            )
            rows = f"SELECT rows.* FROM ({rows}) AS rows JOIN {before} USING ({WHO}) WHERE {tests}"
        whole = of.op == "sum" and self._type(of) == "integer"
        found = f"{_WHOLE if whole else _FOUND[of.op]} AS {FOUND}, count(*) AS {MANY}"
        return f"SELECT {WHO}, {found} FROM ({rows}) GROUP BY {WHO}"

    def _rows(self, of: Aggregate, part: Part, binder: Binder) -> str:
        """The rows of a table that are asked about: whose, when, and what."""
        events, agreed = self._opened.events[of.table], self._dictionary.of(of.table)
        date = self._dates(of)
        cleaned = [
            f"{events.cleaned(name, agreed.columns[name], binder)} AS {visible(name)}"
            for name in sorted(self._of_rows(of))
        ]
        cleaned.append(f"{self._who(of.table, binder)} AS {WHO}")
        read = f"SELECT * FROM (SELECT {', '.join(cleaned)} FROM {events.table}){part.where(WHO, binder)}"
        test = "" if of.rows is None else f" WHERE {predicate(of.rows, binder, tries=True)}"
        when = [f"{visible(date)} AS {_WHEN}", f"{day(visible(date))} AS {_DAY}"]
        told = [WHO, *when, f"{visible(of.column or date)} AS {_VALUE}"]
        return f"SELECT {', '.join(told)} FROM ({read}){test}"

    def _dates(self, of: Aggregate) -> ColumnName:
        return (self._dictionary.tables or {})[of.table].date

    def _type(self, of: Aggregate) -> ValueType:
        return self._dictionary.of(of.table).columns[of.column or self._dates(of)].type

    def _of_rows(self, of: Aggregate) -> frozenset[ColumnName]:
        """The columns of a table that are read."""
        person = (self._dictionary.tables or {})[of.table].person_id
        return columns(of.rows) | {self._dates(of), of.column or self._dates(of), person}

    def _who(self, table: str, binder: Binder) -> str:
        """A person as all tables have them: in one type, or nobody."""
        if table == TABLE:
            opened, agreed = self._opened, self._dictionary
        else:
            opened, agreed = self._opened.events[table], self._dictionary.of(table)
        name = str(agreed.person_id)
        text = opened.cleaned(name, agreed.columns[name], binder)
        kind = STORED[agreed.columns[name].type]
        if opened.stored[name] == kind:
            return text
        kept = f"TRY_CAST({text} AS {kind})"
        return f"CASE WHEN TRY({kept} = {text}) THEN {kept} END" if kind == "BIGINT" else kept

    def _clean(self, name: ColumnName, binder: Binder) -> str:
        return self._opened.cleaned(name, self._dictionary.columns[name], binder)

    def _within(self, one: Derived, text: str, binder: Binder) -> str:
        """A value within the bounds and levels of its column; what is outside is missing."""
        column = self._dictionary.columns[one.name]
        tests = [*_bounded(text, column, binder), *_levelled(text, column, self._kept(one), binder)]
        return f"CASE WHEN {' AND '.join(tests)} THEN {text} END" if tests else text

    def _kept(self, one: Derived) -> str:
        """How a value is stored, where it is one of a table."""
        if not isinstance(one.of, Aggregate) or one.of.op in ("count", "exists"):
            return "BIGINT"
        if one.of.op in ("sum", "mean"):
            return "BIGINT" if self._dictionary.columns[one.name].type == "integer" else "DOUBLE"
        name = one.of.column or self._dates(one.of)
        return str(self._opened.events[one.of.table].stored[name])


def _bounded(text: str, column: Column, binder: Binder) -> Iterator[str]:
    if column.bounds:
        low, high = map(binder.bind, column.bounds)
        yield f"TRY({text} >= {low} AND {text} <= {high})"


def _levelled(text: str, column: Column, stored: str, binder: Binder) -> Iterator[str]:
    if column.levels:
        levels = [binder.bind(literal(level, column.type)) for level in column.levels]
        yield f"TRY({' OR '.join(same(text, level, stored) for level in levels)})"


def _expression(tree: Expression, binder: Binder) -> str:
    match tree:
        case Arithmetic() | Function() | DaysBetween():
            return f"TRY({operand(tree, binder)})"
        case _:
            return predicate(tree, binder, tries=True)


def _nothing(of: Aggregate) -> str:
    """What was found, where a person has no row that counts: none, which is known where the window is.

    A sum of no rows is zero, and one of rows that all lack a value is none.
    """
    nothing = {"count": "0", "exists": "false", "sum": "0"}.get(of.op)
    if nothing is None:
        return FOUND
    known = f"CASE WHEN {MANY} IS NULL THEN {nothing} ELSE {FOUND} END"
    return (
        known if of.window is None else f"CASE WHEN {day(visible(of.window.of))} IS NOT NULL THEN {known} END"
    )
