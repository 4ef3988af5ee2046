"""Typing a predicate tree against a dictionary: what may be compared with what, and used at all."""

from __future__ import annotations

from typing import Any

from fedcli.errors import fault, near
from fedcli.model.dataset import NUMERIC, Dictionary, fits
from fedcli.model.dataset import Column as Declared
from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Column,
    Comparison,
    Constant,
    DaysBetween,
    Function,
    Missing,
    Node,
    Predicate,
    Value,
    ValueType,
    nodes,
)

DATES: frozenset[ValueType] = frozenset({"date", "timestamp"})
_ORDERED = NUMERIC | DATES


def check(predicate: Predicate, dictionary: Dictionary) -> None:
    """Raise unless every node is well typed; both the researcher and every site check this.

    Raises:
        InvalidFile: Q-COLUMN, Q-USE, Q-LEVEL, Q-COMPARE or Q-FREETEXT.
    """
    for node in nodes(predicate):
        match node:
            case Comparison():
                _check_pair(node.op, node.left, node.right, dictionary)
            case Choice():
                for choice in node.choices:
                    _check_pair("eq", node.of, choice, dictionary)
            case Missing():
                type_of(node.of, dictionary)
            case Arithmetic() | Function() | DaysBetween() | Constant():
                type_of(node, dictionary)


def type_of(value: Value, dictionary: Dictionary) -> ValueType:
    """The type of a value, after checking the types below it."""
    match value:
        case Column():
            return column_type(value.name, dictionary)
        case Constant():
            if not fits(value.value, value.type):
                raise fault("Q-COMPARE", left=value.type, right=type(value.value).__name__)
            return value.type
        case Function(op="year"):
            _want(type_of(value.of, dictionary), DATES)
            return "integer"
        case Function():
            _want(type_of(value.of, dictionary), NUMERIC)
            return "real"
        case Arithmetic():
            for side in (value.left, value.right):
                _want(type_of(side, dictionary), NUMERIC)
            return "real"
        case DaysBetween():
            for side in (value.left, value.right):
                _want(type_of(side, dictionary), DATES)
            return "integer"


def column_type(name: str, dictionary: Dictionary) -> ValueType:
    """The type of a column that a cohort may read."""
    column = dictionary.column(name)
    if column.sensitivity == "identifier":
        raise fault("Q-USE", column=name, use="cohort")
    return column.type


def _want(found: ValueType, wanted: frozenset[Any]) -> None:
    if found not in wanted:
        raise fault("Q-COMPARE", left=found, right=" or ".join(sorted(wanted)))


def _check_pair(op: str, left: Value, right: Value, dictionary: Dictionary) -> None:
    first, second = type_of(left, dictionary), type_of(right, dictionary)
    comparable = first == second or {first, second} <= NUMERIC
    if not comparable or (op not in ("eq", "ne") and first not in _ORDERED):
        raise fault("Q-COMPARE", left=first, right=second)
    for one, other in ((left, right), (right, left)):
        if isinstance(one, Column):
            _check_level(op, one.name, dictionary.columns[one.name], other)


def _check_level(op: str, name: str, column: Declared, other: Node) -> None:
    if column.type == "text" and not column.levels:
        raise fault("Q-FREETEXT", column=name)
    if op not in ("eq", "ne") or not column.levels or not isinstance(other, Constant):
        return
    if other.value not in column.levels:
        close = near(str(other.value), map(str, column.levels))
        raise fault(
            "Q-LEVEL",
            level=other.value,
            column=name,
            have=", ".join(str(level) for level in column.levels[:12]),
            meant=f"did you mean {close}?" if close else "take one of these",
        )
