"""A predicate tree in words, for the people who approve it: made from the tree, never from the text."""

from __future__ import annotations

from collections.abc import Sequence

from fedcli.model.derived import Aggregate, Derived, Expression, Window
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

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def words(predicate: Predicate | None, derive: Sequence[Derived] | None = None) -> str:
    """One line that means the same as the tree, and what each derived column is."""
    told = "everyone" if predicate is None else _words(predicate)
    return "; ".join([told, *(f"{one.name} is {definition(one)}" for one in derive or ())])


def definition(one: Derived) -> str:
    """What a derived column is, as it could have been written."""
    told = _aggregate(one.of) if isinstance(one.of, Aggregate) else _any(one.of)
    bounds = f" [{one.bounds[0]}, {one.bounds[1]}]" if one.bounds else ""
    levels = f" one of {', '.join(map(str, one.levels))}" if one.levels else ""
    return f"{told}{bounds}{levels}"


def _any(tree: Expression) -> str:
    match tree:
        case Arithmetic() | Function() | DaysBetween():
            return _value(tree)
        case _:
            return _words(tree)


def _aggregate(one: Aggregate) -> str:
    of = f"{one.table}.{one.column}" if one.column else one.table
    where = f" where {_words(one.rows)}" if one.rows is not None else ""
    return f"{one.op}({of}{where}{_window(one.window) if one.window else ''})"


def _window(window: Window) -> str:
    """In the words of the language where it has them."""
    first, last = window.first, window.last
    for word, side, near in (("before", -1, -1), ("up to", -1, 0), ("after", 1, 1), ("from", 1, 0)):
        nearest, furthest = (last, first) if side < 0 else (first, last)
        if nearest == near and (furthest is None or furthest * side > 0):
            within = "" if furthest is None else f" within {abs(furthest)} days"
            return f"{within} {word} {window.of}"
    return f" from day {first} to day {last} of {window.of}"


def _words(predicate: Predicate) -> str:
    match predicate:
        case Comparison():
            return f"{_value(predicate.left)} {_COMPARE[predicate.op]} {_value(predicate.right)}"
        case Choice():
            return f"{_value(predicate.of)} in ({', '.join(_value(choice) for choice in predicate.choices)})"
        case Missing():
            return f"{_value(predicate.of)} is null"
        case Not():
            return f"not ({_words(predicate.of)})"
        case Junction():
            inner = (_words(part) for part in predicate.of)
            return f" {predicate.op} ".join(f"({part})" for part in inner)


def _value(value: Value) -> str:
    match value:
        case Column():
            return value.name
        case Constant():
            return _constant(value)
        case Function():
            return f"{value.op}({_value(value.of)})"
        case Arithmetic():
            return f"({_value(value.left)} {_ARITHMETIC[value.op]} {_value(value.right)})"
        case DaysBetween():
            return f"days_between({_value(value.left)}, {_value(value.right)})"


def _constant(constant: Constant) -> str:
    if isinstance(constant.value, bool):
        return str(constant.value).lower()
    if isinstance(constant.value, str):
        return "'" + constant.value.replace("'", "''") + "'"
    return str(constant.value)
