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
    DaysBetween,
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
#: Those of moments in other units than a constant's, which would fail to become theirs.
_MOMENTS = ("TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS")
#: Those that cannot hold every constant.
_NARROW = ("FLOAT", "DECIMAL", "UHUGEINT")


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
    """A column of a source as an identifier; the grammar of names has no quotation mark."""
    return f'"{name}"'


def visible(name: ColumnName) -> str:
    """A column that a question sees; the full stop, which no name has, keeps it apart from names of ours.

    Else a column that a dataset calls `key` or `place` would be taken for what a query calls so.
    """
    return f'"{name}."'


def literal(value: Code, kind: ValueType) -> Any:
    """A JSON constant as the Python value that the engine compares with."""
    match kind:
        case "date":
            return date.fromisoformat(str(value))
        case "timestamp":
            return datetime.fromisoformat(str(value))
        case _:
            return value


def stored_as(name: ColumnName, stored: str) -> str:
    """A column as it is compared: moments in microseconds, which hold every constant."""
    raw = quoted(name)
    return f"TRY_CAST({raw} AS TIMESTAMP)" if stored in _MOMENTS else raw


def clean(name: ColumnName, column: Column, stored: str, binder: Binder, rough: bool = False) -> str:
    """A column with NaN, infinity and the dictionary's missing codes as null; `rough`: the codes alone."""
    tests, raw = present(name, column, stored, binder, rough), stored_as(name, stored)
    return f"CASE WHEN {' AND '.join(tests)} THEN {raw} END" if tests else raw


def present(name: ColumnName, column: Column, stored: str, binder: Binder, rough: bool = False) -> list[str]:
    """What must hold for a value of a column to be none of NaN, infinity and the missing codes."""
    raw = stored_as(name, stored)
    tests = [f"isfinite({raw})"] if stored in FLOATING and not rough else []
    if column.missing:
        codes = [binder.bind(literal(code, column.type)) for code in column.missing]
        narrow = [f"NOT {same(raw, code, stored)}" for code in codes]
        tests += narrow if stored in _NARROW else [f"{raw} NOT IN ({', '.join(codes)})"]
    return tests


def same(raw: str, constant: str, stored: str) -> str:
    """Whether a value is a constant; false where its stored type cannot hold the constant.

    They are compared as the column stores them: -9.9 in single precision is another number.
    """
    if stored not in _NARROW:
        return f"{raw} = {constant}"
    kept = f"CAST({constant} AS FLOAT)" if stored == "FLOAT" else constant
    return f"coalesce(TRY({raw} = {kept}), false)"


def predicate(tree: Predicate, binder: Binder, tries: bool = False) -> str:
    """A predicate as a SQL condition over cleaned columns.

    Types that are compared may have none that holds all values of both: a whole number of 128 bits is more
    than a decimal. Where a query `tries`, such a row has no answer; else the whole query has none.
    """
    match tree:
        case Comparison():
            test = f"({operand(tree.left, binder)} {_COMPARE[tree.op]} {operand(tree.right, binder)})"
            return f"TRY{test}" if tries else test
        case Choice():
            choices = tuple(literal(choice.value, choice.type) for choice in tree.choices)
            test = f"({operand(tree.of, binder)} IN ({binder.bind_all(choices)}))"
            return f"TRY{test}" if tries else test
        case Missing():
            return f"({operand(tree.of, binder)} IS NULL)"
        case Not():
            return f"(NOT {predicate(tree.of, binder, tries)})"
        case Junction():
            parts = (predicate(part, binder, tries) for part in tree.of)
            return "(" + f" {tree.op.upper()} ".join(parts) + ")"


def day(moment: str) -> str:
    """The day of a date or a moment; none of one that is infinite."""
    told = f"TRY_CAST({moment} AS DATE)"
    return f"CASE WHEN isfinite({told}) THEN {told} END"


def operand(node: Value, binder: Binder) -> str:
    """A value as compared: the result of arithmetic is null where it is not a finite number."""
    text = _value(node, binder)
    if isinstance(node, Arithmetic) or (isinstance(node, Function) and node.op != "year"):
        return f"CASE WHEN isfinite({text}) THEN {text} END"
    return text


def _value(node: Value, binder: Binder) -> str:
    match node:
        case Named():
            return visible(node.name)
        case Constant():
            return binder.bind(literal(node.value, node.type))
        case DaysBetween():
            left, right = (day(_value(one, binder)) for one in (node.left, node.right))
            return f"({right} - {left})"
        case Function(op="year"):
            return f"year({_value(node.of, binder)})"
        case Function():
            return _FUNCTIONS[node.op].format(_real(node.of, binder))
        case Arithmetic():
            return _ARITHMETIC[node.op].format(_real(node.left, binder), _real(node.right, binder))


def _real(node: Value, binder: Binder) -> str:
    """Arithmetic is on doubles: integers of the database would overflow with an error."""
    return f"CAST({_value(node, binder)} AS DOUBLE)"
