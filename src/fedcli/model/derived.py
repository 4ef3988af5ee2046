"""Columns that a query derives: one value for each person, from the tables of a dataset, as a closed tree.

A value follows from the rows of its own person alone, so that a person is one row, as before.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fedcli.files.canonical import digest_of
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import SHORT, ColumnName
from fedcli.model.predicate import (
    MAX_NODES,
    Arithmetic,
    Choice,
    Comparison,
    DaysBetween,
    Function,
    Junction,
    Missing,
    Not,
    Predicate,
    columns,
    nodes,
)

MAX_DERIVED = 40
#: A century: further than that nobody looks back.
MAX_DAYS = 36_525
#: What stands between the sources of a derived column, and before its digest, in the name it has in memory.
AND, AS = "+", "#"

Days: TypeAlias = Annotated[int, Field(ge=-MAX_DAYS, le=MAX_DAYS)]


class Window(Document):
    """Which days count: from `first` to `last` after a date of the person (negative: before); both count.

    Where one of them is not set, there is no end.
    """

    of: ColumnName
    first: Days | None = None
    last: Days | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.first is None and self.last is None:
            raise ValueError("a window has a first or a last day")
        if self.first is not None and self.last is not None and self.first > self.last:
            raise ValueError("a window ends before it begins")
        return self


class Aggregate(Document):
    """One value from a person's `rows` of a table; without a `column`, of the table's date."""

    op: Literal["count", "exists", "first", "last", "min", "max", "sum", "mean"]
    table: ColumnName
    column: ColumnName | None = None
    rows: Predicate | None = None
    window: Window | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.column is not None and self.op in ("count", "exists"):
            raise ValueError(f"{self.op} is of a table's rows, not of a column")
        if self.rows is not None and len(nodes(self.rows)) > MAX_NODES:
            raise ValueError(f"the rows of an aggregate are told by at most {MAX_NODES} parts")
        return self


Expression: TypeAlias = Arithmetic | Function | DaysBetween | Comparison | Choice | Missing | Not | Junction
Derivation: TypeAlias = Annotated[Aggregate | Expression, Field(discriminator="op")]


class Derived(Document):
    """A column that a query derives; what is outside its bounds or levels is missing."""

    name: ColumnName
    of: Derivation
    bounds: tuple[int | float, int | float] | None = None
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=1000)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if not isinstance(self.of, Aggregate) and len(nodes(self.of)) > MAX_NODES:
            raise ValueError(f"a derived column has at most {MAX_NODES} parts")
        return self

    @property
    def reads(self) -> frozenset[ColumnName]:
        """The person's columns that it reads, of which some may be derived."""
        if isinstance(self.of, Aggregate):
            return frozenset({self.of.window.of} if self.of.window else ())
        return columns(self.of)


Deriving: TypeAlias = Annotated[tuple[Derived, ...], Field(min_length=1, max_length=MAX_DERIVED)]


def needed(derive: Sequence[Derived] | None, names: Iterable[ColumnName]) -> tuple[Derived, ...]:
    """The derived columns behind some names, in their order."""
    wanted, found = set(names), []
    for one in reversed(derive or ()):
        if one.name in wanted:
            wanted |= one.reads
            found.append(one)
    return tuple(reversed(found))


def sources(derive: Sequence[Derived] | None) -> dict[ColumnName, frozenset[ColumnName]]:
    """The tables, and the columns of the dictionary, from which each derived column comes."""
    known: dict[ColumnName, frozenset[ColumnName]] = {}
    for one in derive or ():
        table = {one.of.table} if isinstance(one.of, Aggregate) else set[ColumnName]()
        known[one.name] = frozenset(table).union(*(known.get(name, {name}) for name in one.reads))
    return known


def behind(derive: Sequence[Derived] | None) -> dict[ColumnName, frozenset[ColumnName]]:
    """The aggregates, and the columns of the dictionary, of which each derived column is made up."""
    known: dict[ColumnName, frozenset[ColumnName]] = {}
    for one in derive or ():
        parts = (known.get(name, frozenset({name})) for name in one.reads)
        of = isinstance(one.of, Aggregate)
        known[one.name] = frozenset({one.name}) if of else frozenset[ColumnName]().union(*parts)
    return known


def remembered(derive: Sequence[Derived] | None) -> dict[ColumnName, str]:
    """What memory calls each derived column: by where it comes from, and by what it is."""
    known = sources(derive)
    return {
        one.name: AND.join(sorted(known[one.name])) + AS + defined(derive, {one.name})[:SHORT]
        for one in derive or ()
    }


def defined(derive: Sequence[Derived] | None, names: Iterable[ColumnName]) -> str:
    """A digest of the definitions behind some names, whatever they are called."""
    found: list[Any] = []
    numbers: dict[ColumnName, str] = {}
    for one in needed(derive, names):
        found.append({**one.json_value(), "name": "", "of": _anonymous(one.of, numbers)})
        numbers[one.name] = str(len(numbers))  # no column is called by a number
    return digest_of(found)


def _anonymous(of: Derivation, numbers: dict[ColumnName, str]) -> Any:
    """A definition in which other derived columns have numbers for names."""
    if not isinstance(of, Aggregate):
        return _renamed(of.json_value(), numbers)
    told = of.json_value()
    if of.window is not None:
        told["window"]["of"] = numbers.get(of.window.of, of.window.of)
    return told


def _renamed(value: Any, numbers: dict[ColumnName, str]) -> Any:
    if isinstance(value, list):
        return [_renamed(one, numbers) for one in value]
    if not isinstance(value, dict):
        return value
    if value.get("op") == "column":
        return {**value, "name": numbers.get(value["name"], value["name"])}
    return {key: _renamed(inner, numbers) for key, inner in value.items()}
