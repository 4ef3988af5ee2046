"""The predicate tree: which rows a question is about, in a closed set of operations.

The tree is what a researcher signs and an approver reads; sites emit their own SQL from it. Nothing
in it can cross persons, name a file, cast a type or call the database. Semantics are SQL's
three-valued logic: a comparison with null is unknown, and only rows that are true are kept.
"""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field, model_validator

from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName

MAX_NODES = 64
MAX_CHOICES = 100

Scalar: TypeAlias = bool | int | float | Annotated[str, Field(max_length=80)]
ValueType: TypeAlias = Literal["integer", "real", "text", "boolean", "date", "timestamp"]


class Column(Document):
    """The value of a column; NaN and the dictionary's missing codes are null."""

    op: Literal["column"] = "column"
    name: ColumnName


class Constant(Document):
    """A typed constant; dates and timestamps are ISO 8601 text."""

    op: Literal["constant"] = "constant"
    type: ValueType
    value: Scalar


class Arithmetic(Document):
    """Two numbers; dividing by zero gives null."""

    op: Literal["add", "subtract", "multiply", "divide"]
    left: Value
    right: Value


class Function(Document):
    """A function of one value: `abs`, `floor`, `ceil` of a number, `year` of a date."""

    op: Literal["abs", "floor", "ceil", "year"]
    of: Value


class DaysBetween(Document):
    """How many whole days after one date another is; null where one of them is."""

    op: Literal["days_between"] = "days_between"
    left: Value
    right: Value


class Comparison(Document):
    """Two values of one type."""

    op: Literal["eq", "ne", "lt", "le", "gt", "ge"]
    left: Value
    right: Value


class Choice(Document):
    """Is a value one of these?"""

    op: Literal["in"] = "in"
    of: Value
    choices: Annotated[tuple[Constant, ...], Field(min_length=1, max_length=MAX_CHOICES)]


class Missing(Document):
    """Is a value null?"""

    op: Literal["is_null"] = "is_null"
    of: Value


class Not(Document):
    """Unknown stays unknown."""

    op: Literal["not"] = "not"
    of: Predicate


class Junction(Document):
    """All of these (`and`) or any of these (`or`)."""

    op: Literal["and", "or"]
    of: Annotated[tuple[Predicate, ...], Field(min_length=2, max_length=MAX_NODES)]


Value: TypeAlias = Annotated[
    Column | Constant | Arithmetic | Function | DaysBetween, Field(discriminator="op")
]
Predicate: TypeAlias = Annotated[Comparison | Choice | Missing | Not | Junction, Field(discriminator="op")]
Node: TypeAlias = (
    Column | Constant | Arithmetic | Function | DaysBetween | Comparison | Choice | Missing | Not | Junction
)


def children(node: Node) -> tuple[Node, ...]:
    """The nodes directly below one."""
    match node:
        case Arithmetic() | Comparison() | DaysBetween():
            return (node.left, node.right)
        case Choice():
            return (node.of, *node.choices)
        case Function() | Missing() | Not():
            return (node.of,)
        case Junction():
            return node.of
        case _:
            return ()


def nodes(node: Node) -> list[Node]:
    """A node and all nodes below it."""
    return [node, *(below for child in children(node) for below in nodes(child))]


def columns(predicate: Node | None) -> frozenset[ColumnName]:
    """The columns that a predicate, or a part of one, reads."""
    if predicate is None:
        return frozenset()
    return frozenset(node.name for node in nodes(predicate) if isinstance(node, Column))


class Cohort(Document):
    """A predicate within the limits on its size."""

    where: Predicate

    @model_validator(mode="after")
    def _bounded(self) -> Cohort:
        if len(nodes(self.where)) > MAX_NODES:
            raise ValueError(f"a cohort has at most {MAX_NODES} parts")
        return self
