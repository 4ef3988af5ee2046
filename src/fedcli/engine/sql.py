"""From trees to SQL: text that only fedcli writes, with every constant bound as a parameter."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from fedcli.model.dataset import Code, Column
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Comparison,
    Constant,
    Function,
    Junction,
    Missing,
    Not,
    Predicate,
    Value,
    ValueType,
)
from fedcli.model.predicate import Column as Named

_COMPARE = {"eq": "=", "ne": "<>", "lt": "<", "le": "<=", "gt": ">", "ge": ">="}
_ARITHMETIC = {
    "add": "({} + {})",
    "subtract": "({} - {})",
    "multiply": "({} * {})",
    "divide": "({} / nullif({}, 0))",
}
_FUNCTIONS = {"abs": "abs({})", "floor": "floor({})", "ceil": "ceil({})"}


#: The stored types that can be NaN or infinite.
FLOATING = ("FLOAT", "DOUBLE")


class Binder:
    """Gives each constant a parameter name; the same constant has one name."""

    def __init__(self) -> None:
        self.values: dict[str, Any] = {}
        self._names: dict[tuple[type, Any], str] = {}

    def bind(self, value: Any) -> str:
        """The placeholder of a value."""
        name = self._names.setdefault((type(value), value), f"p{len(self._names)}")
        self.values[name] = value
        return f"${name}"

    def bind_all(self, values: tuple[Any, ...]) -> str:
        """The placeholders of a list."""
        return ", ".join(map(self.bind, values))


def quoted(name: ColumnName) -> str:
    """A column's name as an identifier; the grammar of names has no quotation mark."""
    return f'"{name}"'


def literal(value: Code, kind: ValueType) -> Any:
    """A JSON constant as the Python value that the engine compares with."""
    match kind:
        case "date":
            return date.fromisoformat(str(value))
        case "timestamp":
            return datetime.fromisoformat(str(value))
        case _:
            return value


def clean(name: ColumnName, column: Column, stored: str, binder: Binder, rough: bool = False) -> str:
    """A column with NaN, infinity and the dictionary's missing codes as null; `rough`: the codes alone."""
    tests = present(name, column, stored, binder, rough)
    return f"CASE WHEN {' AND '.join(tests)} THEN {quoted(name)} END" if tests else quoted(name)


def present(name: ColumnName, column: Column, stored: str, binder: Binder, rough: bool = False) -> list[str]:
    """What must hold for a value of a column to be none of NaN, infinity and the missing codes.

    A code is compared as the column stores it: -9.9 in single precision is another number.
    """
    raw = quoted(name)
    tests = [f"isfinite({raw})"] if stored in FLOATING and not rough else []
    if column.missing:
        codes = [binder.bind(literal(code, column.type)) for code in column.missing]
        kept = [f"CAST({code} AS FLOAT)" for code in codes] if stored == "FLOAT" else codes
        tests.append(f"{raw} NOT IN ({', '.join(kept)})")
    return tests


def predicate(tree: Predicate, binder: Binder) -> str:
    """A predicate as a SQL condition over cleaned columns."""
    match tree:
        case Comparison():
            return f"({_operand(tree.left, binder)} {_COMPARE[tree.op]} {_operand(tree.right, binder)})"
        case Choice():
            choices = tuple(literal(choice.value, choice.type) for choice in tree.choices)
            return f"({_operand(tree.of, binder)} IN ({binder.bind_all(choices)}))"
        case Missing():
            return f"({_operand(tree.of, binder)} IS NULL)"
        case Not():
            return f"(NOT {predicate(tree.of, binder)})"
        case Junction():
            return "(" + f" {tree.op.upper()} ".join(predicate(part, binder) for part in tree.of) + ")"


def _operand(node: Value, binder: Binder) -> str:
    """A value as compared: the result of arithmetic is null where it is not a finite number."""
    text = _value(node, binder)
    if isinstance(node, Arithmetic) or (isinstance(node, Function) and node.op != "year"):
        return f"CASE WHEN isfinite({text}) THEN {text} END"
    return text


def _value(node: Value, binder: Binder) -> str:
    match node:
        case Named():
            return quoted(node.name)
        case Constant():
            return binder.bind(literal(node.value, node.type))
        case Function(op="year"):
            return f"year({_value(node.of, binder)})"
        case Function():
            return _FUNCTIONS[node.op].format(_real(node.of, binder))
        case Arithmetic():
            return _ARITHMETIC[node.op].format(_real(node.left, binder), _real(node.right, binder))


def _real(node: Value, binder: Binder) -> str:
    """Arithmetic is on doubles: integers of the database would overflow with an error."""
    return f"CAST({_value(node, binder)} AS DOUBLE)"
