"""What a researcher writes after `cohort =`, parsed into the closed predicate tree.

sqlglot reads the text as SQL; only the nodes in `_TRANSLATE` come through, with only the arguments
in `_ARGUMENTS`. Everything else (casts, subqueries, functions of the database) is refused. The text
is never evaluated and never leaves the researcher's side.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import sqlglot
from pydantic import ValidationError
from sqlglot import expressions as sql
from sqlglot.errors import SqlglotError

from fedcli.errors import FedcliError, fault
from fedcli.language.normal import normal
from fedcli.language.types import check, column_type, type_of
from fedcli.model.dataset import NUMERIC, Dictionary
from fedcli.model.predicate import (
    Arithmetic,
    Choice,
    Cohort,
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
    ValueType,
)

MAX_LENGTH = 4000

_ARGUMENTS: dict[type[sql.Expr], frozenset[str]] = {
    sql.Column: frozenset({"this"}),
    sql.Literal: frozenset({"this", "is_string"}),
    sql.Boolean: frozenset({"this"}),
    sql.Neg: frozenset({"this"}),
    sql.Paren: frozenset({"this"}),
    sql.Not: frozenset({"this"}),
    sql.Between: frozenset({"this", "low", "high"}),
    sql.In: frozenset({"this", "expressions"}),
    sql.Abs: frozenset({"this"}),
    sql.Floor: frozenset({"this"}),
    sql.Ceil: frozenset({"this"}),
    sql.Year: frozenset({"this"}),
    sql.Is: frozenset({"this", "expression"}),
    sql.Div: frozenset({"this", "expression", "typed", "safe"}),
    sql.Anonymous: frozenset({"this", "expressions"}),
    **{
        kind: frozenset({"this", "expression"})
        for kind in (
            sql.And,
            sql.Or,
            sql.EQ,
            sql.NEQ,
            sql.LT,
            sql.LTE,
            sql.GT,
            sql.GTE,
            sql.Add,
            sql.Sub,
            sql.Mul,
        )
    },
}
_COMPARE: dict[type[sql.Expr], str] = {
    sql.EQ: "eq",
    sql.NEQ: "ne",
    sql.LT: "lt",
    sql.LTE: "le",
    sql.GT: "gt",
    sql.GTE: "ge",
}
_ARITHMETIC: dict[type[sql.Expr], str] = {
    sql.Add: "add",
    sql.Sub: "subtract",
    sql.Mul: "multiply",
    sql.Div: "divide",
}
_FUNCTIONS: dict[type[sql.Expr], str] = {
    sql.Abs: "abs",
    sql.Floor: "floor",
    sql.Ceil: "ceil",
    sql.Year: "year",
}
_DAYS_BETWEEN = "days_between"
#: What is a value where it stands alone; all else is true or false.
_VALUES = {*_ARITHMETIC, *_FUNCTIONS, sql.Neg, sql.Anonymous}


def parse(text: str, dictionary: Dictionary, where: str) -> Predicate:
    """The normal form of a cohort expression, typed against the dictionary.

    Raises:
        InvalidFile: Q-EXPRESSION for what the language does not have, Q-COLUMN, Q-LEVEL, Q-COMPARE.
    """
    with _bounded(where):
        tree = Cohort(where=normal(_Parser(dictionary, where).predicate(_syntax(text, where)))).where
        check(tree, dictionary)
    return tree


def parse_value(text: str, dictionary: Dictionary, where: str) -> Value | Predicate:
    """An expression of any type: a predicate in its normal form, or a value; errors as for `parse`."""
    with _bounded(where):
        syntax = _syntax(text, where)
        while isinstance(syntax, sql.Paren):
            syntax = syntax.this
        if type(syntax) in _VALUES:
            value = _Parser(dictionary, where).value(syntax, None)
            type_of(value, dictionary)
            return value
    return parse(text, dictionary, where)


@contextmanager
def _bounded(where: str) -> Iterator[None]:
    """What is too large for a tree is refused in words."""
    try:
        yield
    except RecursionError:
        raise _refused("it is nested too deeply", where) from None
    except ValidationError:
        raise _refused("it has too many parts, or a list or text that is empty or too long", where) from None


def _syntax(text: str, where: str) -> sql.Expr:
    if len(text) > MAX_LENGTH:
        raise _refused(f"it is longer than {MAX_LENGTH} characters", where)
    try:
        statements = sqlglot.parse(text, read="duckdb")
    except SqlglotError:
        raise _refused("it does not parse", where) from None
    if len(statements) != 1 or statements[0] is None:
        raise _refused("it is not one expression", where)
    for node in statements[0].walk():
        given = {name for name, value in node.args.items() if value not in (None, False, [])}
        if not isinstance(node, sql.Identifier | sql.Null) and not given <= _ARGUMENTS.get(
            type(node), frozenset()
        ):
            raise _refused(f"{type(node).__name__.lower()} is not part of it", where)
    return statements[0]


def _refused(reason: str, where: str) -> FedcliError:
    return fault("Q-EXPRESSION", reason=reason, where=where)


class _Parser:
    """Translates sqlglot's nodes; constants take the type of what they are compared with."""

    def __init__(self, dictionary: Dictionary, where: str) -> None:
        self.dictionary = dictionary
        self.where = where

    def predicate(self, node: sql.Expr) -> Predicate:
        translate: dict[type[sql.Expr], Callable[[sql.Expr], Predicate]] = {
            sql.Paren: lambda node: self.predicate(node.this),
            sql.Not: lambda node: Not(of=self.predicate(node.this)),
            sql.And: lambda node: Junction(op="and", of=self._both(node)),
            sql.Or: lambda node: Junction(op="or", of=self._both(node)),
            sql.Between: self._between,
            sql.In: self._choice,
            sql.Is: self._is,
            sql.Column: self._flag,
        }
        if type(node) in _COMPARE:
            return self._comparison(_COMPARE[type(node)], node.this, node.expression)
        if type(node) not in translate:
            raise _refused(f"{type(node).__name__.lower()} is not true or false", self.where)
        return translate[type(node)](node)

    def _both(self, node: sql.Expr) -> tuple[Predicate, Predicate]:
        return self.predicate(node.this), self.predicate(node.expression)

    def _flag(self, node: sql.Expr) -> Predicate:
        """A boolean column standing alone is compared with true."""
        return Comparison(op="eq", left=self._column(node), right=Constant(type="boolean", value=True))

    def _between(self, node: sql.Expr) -> Predicate:
        low = self._comparison("ge", node.this, node.args["low"])
        high = self._comparison("le", node.this, node.args["high"])
        return Junction(op="and", of=(low, high))

    def _choice(self, node: sql.Expr) -> Predicate:
        of = self.value(node.this, None)
        wanted = type_of(of, self.dictionary)
        return Choice(of=of, choices=tuple(self._constant(item, wanted) for item in node.expressions))

    def _is(self, node: sql.Expr) -> Predicate:
        if not isinstance(node.expression, sql.Null):
            raise _refused("after `is` only `null` or `not null` can stand", self.where)
        return Missing(of=self.value(node.this, None))

    def _comparison(self, op: str, left: sql.Expr, right: sql.Expr) -> Predicate:
        flipped = _is_constant(left) and not _is_constant(right)
        first, second = (right, left) if flipped else (left, right)
        known = self.value(first, None)
        other = self.value(second, type_of(known, self.dictionary))
        sides = (other, known) if flipped else (known, other)
        return Comparison(op=op, left=sides[0], right=sides[1])  # type: ignore[arg-type]

    def value(self, node: sql.Expr, wanted: ValueType | None) -> Value:
        if isinstance(node, sql.Paren):
            return self.value(node.this, wanted)
        if _is_constant(node):
            return self._constant(node, wanted)
        if isinstance(node, sql.Column):
            return self._column(node)
        if isinstance(node, sql.Anonymous):
            return self._days_between(node)
        return self._computed(node)

    def _computed(self, node: sql.Expr) -> Value:
        if type(node) in _FUNCTIONS:
            return Function(op=_FUNCTIONS[type(node)], of=self.value(node.this, None))  # type: ignore[arg-type]
        if isinstance(node, sql.Neg):
            zero = Constant(type="integer", value=0)
            return Arithmetic(op="subtract", left=zero, right=self.value(node.this, "real"))
        if type(node) in _ARITHMETIC:
            sides = (self.value(node.this, "real"), self.value(node.expression, "real"))
            return Arithmetic(op=_ARITHMETIC[type(node)], left=sides[0], right=sides[1])  # type: ignore[arg-type]
        raise _refused(f"{type(node).__name__.lower()} is not a value", self.where)

    def _days_between(self, node: sql.Expr) -> DaysBetween:
        """Its constants are dates."""
        if node.name.lower() != _DAYS_BETWEEN or len(node.expressions) != 2:
            raise _refused(f"{node.name}() is no function of it", self.where)
        left, right = (self.value(one, "date") for one in node.expressions)
        return DaysBetween(left=left, right=right)

    def _column(self, node: sql.Expr) -> Column:
        column_type(node.name, self.dictionary)
        return Column(name=node.name)

    def _constant(self, node: sql.Expr, wanted: ValueType | None) -> Constant:
        if not _is_constant(node):
            raise _refused("only constants can stand in a list", self.where)
        if isinstance(node, sql.Boolean):
            return Constant(type="boolean", value=bool(node.this))
        if isinstance(node, sql.Literal) and node.is_string:
            return Constant(type=wanted if wanted and wanted not in NUMERIC else "text", value=node.this)
        return self._number(node)

    def _number(self, node: sql.Expr) -> Constant:
        negative = isinstance(node, sql.Neg)
        number = float(node.this.this if negative else node.this) * (-1 if negative else 1)
        if not math.isfinite(number):
            raise _refused("a number is too large", self.where)
        if number.is_integer() and abs(number) < 2**53:
            return Constant(type="integer", value=int(number))
        return Constant(type="real", value=number)


def _is_constant(node: sql.Expr) -> bool:
    if isinstance(node, sql.Neg):
        return isinstance(node.this, sql.Literal) and not node.this.is_string
    return isinstance(node, sql.Literal | sql.Boolean)
