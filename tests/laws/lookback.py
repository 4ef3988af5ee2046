"""Derived columns in plain Python, person by person as definitions read: the oracle of `engine.derived`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from fedcli.engine.holding import clean, evaluate, holds
from fedcli.engine.sql import literal
from fedcli.model.dataset import Dictionary
from fedcli.model.derived import Aggregate, Derived, Window
from fedcli.model.predicate import Arithmetic, DaysBetween, Function
from tests.laws.datasets import Row

Tables = dict[str, list[Row]]


def derived(
    rows: Sequence[Row], tables: Tables, dictionary: Dictionary, derive: Sequence[Derived]
) -> list[Row]:
    """The rows with the columns that are derived, which the dictionary has too."""
    person = str(dictionary.person_id)
    found = []
    for row in rows:
        known = {name: clean(row[name], name, dictionary) for name in row}
        for one in derive:
            value = None
            if known[person] is not None:
                value = _value(one, known, tables, dictionary)
            known[one.name] = _within(value, one, dictionary)
        found.append({**row, **{one.name: known[one.name] for one in derive}})
    return found


def _value(one: Derived, known: Row, tables: Tables, dictionary: Dictionary) -> Any:
    if isinstance(one.of, Aggregate):
        return _aggregate(one.of, known, tables[one.of.table], dictionary)
    if isinstance(one.of, Arithmetic | Function | DaysBetween):
        return evaluate(one.of, known)
    return holds(one.of, known)


def _aggregate(of: Aggregate, known: Row, rows: list[Row], dictionary: Dictionary) -> Any:
    agreed, events = dictionary.of(of.table), (dictionary.tables or {})[of.table]
    cleaned = [{name: clean(row[name], name, agreed) for name in row} for row in rows]
    mine = [row for row in cleaned if row[events.person_id] == known[str(dictionary.person_id)]]
    mine = [row for row in mine if of.rows is None or holds(of.rows, row) is True]
    if of.window is not None:
        if known[of.window.of] is None:
            return None
        mine = [
            row
            for row in mine
            if row[events.date] is not None and _inside(of.window, row[events.date], known)
        ]
    if of.op in ("count", "exists"):
        return len(mine) if of.op == "count" else bool(mine)
    values = [(row[events.date], row[of.column or events.date]) for row in mine]
    values = [(when, value) for when, value in values if value is not None]
    if of.op in ("sum", "mean"):
        return _added(of.op, [value for _, value in values], bool(mine))
    if of.op in ("min", "max"):
        found = [value for _, value in values]
        return (min if of.op == "min" else max)(found, default=None)
    dated = sorted((when, value) for when, value in values if when is not None)
    return dated[0 if of.op == "first" else -1][1] if dated else None


def _added(op: str, values: list[Any], some: bool) -> Any:
    """Of no rows a sum is zero; of rows that all lack a value there is none, and never a mean."""
    if not values:
        return None if some or op == "mean" else 0
    total = sum(sorted(values))
    return total / len(values) if op == "mean" else total


def _inside(window: Window, when: date, known: Row) -> bool:
    days = (_day(when) - _day(known[window.of])).days
    after = window.first is None or days >= window.first
    return after and (window.last is None or days <= window.last)


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _within(value: Any, one: Derived, dictionary: Dictionary) -> Any:
    column = dictionary.columns[one.name]
    if value is None or (column.bounds and not column.bounds[0] <= value <= column.bounds[1]):
        return None
    levels = [literal(level, column.type) for level in column.levels or ()]
    return None if levels and value not in levels else value
