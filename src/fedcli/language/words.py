"""A predicate tree in words, for the people who approve it: made from the tree, never from the text."""

from __future__ import annotations

from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Column,
    Comparison,
    Constant,
    Function,
    Junction,
    Missing,
    Not,
    Predicate,
    Value,
)

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ARITHMETIC = {"add": "+", "subtract": "-", "multiply": "*", "divide": "/"}


def words(predicate: Predicate | None) -> str:
    """One line that means the same as the tree."""
    if predicate is None:
        return "everyone"
    match predicate:
        case Comparison():
            return f"{_value(predicate.left)} {_COMPARE[predicate.op]} {_value(predicate.right)}"
        case Choice():
            return f"{_value(predicate.of)} in ({', '.join(_value(choice) for choice in predicate.choices)})"
        case Missing():
            return f"{_value(predicate.of)} is null"
        case Not():
            return f"not ({words(predicate.of)})"
        case Junction():
            inner = (words(part) for part in predicate.of)
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


def _constant(constant: Constant) -> str:
    if isinstance(constant.value, bool):
        return str(constant.value).lower()
    if isinstance(constant.value, str):
        return "'" + constant.value.replace("'", "''") + "'"
    return str(constant.value)
