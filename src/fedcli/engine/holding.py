"""Values, expressions and conditions row by row, with SQL's three-valued logic: a part of the oracle."""

from __future__ import annotations

import math
from datetime import date, datetime
from operator import add, mul, sub, truediv
from typing import Any

from fedcli.engine.people import Row
from fedcli.engine.sql import literal
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Column,
    Comparison,
    Constant,
    DaysBetween,
    Function,
    Junction,
    Missing,
    Not,
    Predicate,
    Value,
)


def clean(value: Any, name: ColumnName, dictionary: Dictionary) -> Any:
    """NaN, infinity and the missing codes as None."""
    column = dictionary.columns.get(name)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    codes = [literal(code, column.type) for code in column.missing] if column else []
    return None if value in codes else value


def holds(tree: Predicate, row: Row) -> bool | None:
    """Three-valued logic: true, false, or None where it is unknown."""
    match tree:
        case Comparison():
            return _compare(tree.op, evaluate(tree.left, row), evaluate(tree.right, row))
        case Choice():
            value = evaluate(tree.of, row)
            return None if value is None else value in [evaluate(choice, row) for choice in tree.choices]
        case Missing():
            return evaluate(tree.of, row) is None
        case Not():
            inner = holds(tree.of, row)
            return None if inner is None else not inner
        case Junction():
            return _join(tree.op, [holds(part, row) for part in tree.of])


def _compare(op: str, left: Any, right: Any) -> bool | None:
    if left is None or right is None:
        return None
    ordered = {"lt": -1, "le": -1, "gt": 1, "ge": 1}
    order = int(left > right) - int(left < right)
    if op in ("eq", "ne"):
        return (order == 0) == (op == "eq")
    return order == ordered[op] or (order == 0 and op in ("le", "ge"))


def _join(op: str, parts: list[bool | None]) -> bool | None:
    decisive = op == "or"
    if decisive in parts:
        return decisive
    return None if None in parts else not decisive


def evaluate(node: Value, row: Row) -> Any:
    """A value in a row; arithmetic is on floats, and null where it is not a finite number."""
    match node:
        case Column():
            return row[node.name]
        case Constant():
            return literal(node.value, node.type)
        case DaysBetween():
            first, second = evaluate(node.left, row), evaluate(node.right, row)
            return None if first is None or second is None else (day(second) - day(first)).days
        case Function(op="year"):
            value = evaluate(node.of, row)
            return value.year if isinstance(value, date) else None
        case _:
            value = _arithmetic(node, row)
            return value if value is not None and math.isfinite(value) else None


def day(moment: date) -> date:
    """The day of a date or a moment."""
    return moment.date() if isinstance(moment, datetime) else moment


def _arithmetic(node: Value, row: Row) -> float | None:
    match node:
        case Function(op="year") | Column() | Constant() | DaysBetween():
            value = evaluate(node, row)
            return None if value is None else float(value)
        case Function():
            inner = _arithmetic(node.of, row)
            if inner is None or node.op == "abs":
                return inner if inner is None else abs(inner)
            whole = math.floor if node.op == "floor" else math.ceil
            return float(whole(inner)) if math.isfinite(inner) else inner
        case Arithmetic():
            left, right = _arithmetic(node.left, row), _arithmetic(node.right, row)
            if left is None or right is None or (node.op == "divide" and right == 0):
                return None
            operations = {"add": add, "subtract": sub, "multiply": mul, "divide": truediv}
            return float(operations[node.op](left, right))
