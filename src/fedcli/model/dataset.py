"""A dataset's dictionary: columns, types, levels, bounds and unit, decided by people, never by data."""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fedcli.errors import fault, near
from fedcli.model.document import Document
from fedcli.model.identifiers import PRINTABLE, ColumnName, Line, Name, OntologyTerm, Text, Version
from fedcli.model.predicate import ValueType

Level: TypeAlias = bool | int | float | Annotated[str, Field(min_length=1, max_length=80, pattern=PRINTABLE)]
Code: TypeAlias = bool | int | float | Annotated[str, Field(max_length=80, pattern=PRINTABLE)]
Unit: TypeAlias = Literal["person", "row"]
Use: TypeAlias = Literal["group", "model"]
Sensitivity: TypeAlias = Literal["identifier", "quasi", "sensitive", "plain"]

NUMERIC: frozenset[ValueType] = frozenset({"integer", "real"})
_SHOWN = 12
_PYTHON: dict[ValueType, tuple[type, ...]] = {
    "integer": (int,),
    "real": (int, float),
    "text": (str,),
    "boolean": (bool,),
    "date": (str,),
    "timestamp": (str,),
}


def fits(value: Code, kind: ValueType) -> bool:
    """Whether a JSON value is a value of a column type (`true` is no integer, 1 is a real)."""
    if isinstance(value, bool) != (kind == "boolean") or not isinstance(value, _PYTHON[kind]):
        return False
    return kind not in ("date", "timestamp") or _parses(str(value), kind)


def _parses(text: str, kind: ValueType) -> bool:
    try:
        if kind == "date":
            return date.fromisoformat(text).isoformat() == text  # neither 20261122 nor 2026-W47-7
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


class Column(Document):
    """One column, as the federation agreed on it.

    Without `levels` it cannot be grouped by. With `bounds` a suppressed mean carries an interval.
    """

    type: ValueType
    description: Line | None = None
    unit: Line | None = None
    levels: Annotated[tuple[Level, ...], Field(min_length=1, max_length=1000)] | None = None
    bounds: tuple[int | float, int | float] | None = None
    missing: Annotated[tuple[Code, ...], Field(max_length=20)] = ()
    sensitivity: Sensitivity = "plain"
    use: tuple[Use, ...] = ("group", "model")

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for level in (*(self.levels or ()), *self.missing):
            if not fits(level, self.type):
                raise ValueError(f"a level or missing code is not of type {self.type}")
        if self.type == "timestamp" and any(
            datetime.fromisoformat(str(level)).isoformat() != level for level in self.levels or ()
        ):
            raise ValueError("levels of a timestamp are written as 2026-11-22T09:00:00")
        if self.levels and len(set(self.levels)) != len(self.levels):
            raise ValueError("levels are listed twice")
        if self.levels and set(self.levels) & set(self.missing):
            raise ValueError("a missing code cannot be a level")
        if self.bounds and self.type not in NUMERIC:
            raise ValueError("bounds are for numbers")
        if self.bounds and not self.bounds[0] < self.bounds[1]:
            raise ValueError("bounds are written [low, high]")
        return self

    @property
    def range(self) -> tuple[int | float, int | float] | None:
        """Where a number lies for all that is public: its bounds, or the ends of its levels."""
        if self.bounds or self.type not in NUMERIC or not self.levels:
            return self.bounds
        numbers = [level for level in self.levels if isinstance(level, int | float)]
        return min(numbers), max(numbers)

    @property
    def categories(self) -> tuple[Level, ...]:
        """The levels to group by, in order; a boolean has two without saying so."""
        return self.levels or ((False, True) if self.type == "boolean" else ())

    @property
    def whole(self) -> bool:
        """Whether its numbers are declared whole, by its type or its levels."""
        levels = (self.levels if self.type == "real" else None) or (0.5,)
        numbers = [level for level in levels if isinstance(level, int | float)]
        return self.type == "integer" or all(float(number).is_integer() for number in numbers)

    @property
    def described_as(self) -> Use:
        """How a column of a description is told: by its levels where it has some, else as a number."""
        if self.type not in NUMERIC or (self.categories and "group" in self.use):
            return "group"
        return "model"


class Events(Document):
    """A table of events: each row is about a person of the dataset, at a date.

    `person_id` is of the type of the dataset's; `date` is a date or a moment, of which the day counts.
    """

    description: Text | None = None
    person_id: ColumnName
    date: ColumnName
    columns: Annotated[dict[ColumnName, Column], Field(min_length=1, max_length=2000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        for key in (self.person_id, self.date):
            if key not in self.columns:
                raise ValueError(f"{key} is not among the columns")
        if self.columns[self.person_id].sensitivity != "identifier":
            raise ValueError(f'{self.person_id} must have sensitivity = "identifier"')
        date = self.columns[self.date]
        if date.type not in ("date", "timestamp") or date.sensitivity == "identifier":
            raise ValueError(f"{self.date} must be a date or a timestamp, and no identifier")
        return self


class Dictionary(Document):
    """What every site's copy of a dataset looks like, and the facts that protect it.

    `population` is the person-id space that memory and budget are scoped to. `unit` is what the
    rules of disclosure count: persons, or rows where no person can be told. `max_rows` is the most
    rows that a person has: with it, suppressed counts of rows have an upper end. `tables` are tables of
    events of the same persons, from which queries derive columns; `table` is then what the dataset's own
    is called among them, by default the dataset's name.
    """

    schema_: Annotated[Literal["fedcli/dictionary/1"], Field(alias="schema")] = "fedcli/dictionary/1"
    dataset: Name
    version: Version = 1
    population: Name = "population"
    description: Text | None = None
    unit: Unit = "row"
    person_id: ColumnName | None = None
    row_key: ColumnName | None = None
    max_rows: Annotated[int, Field(ge=1, le=1_000_000)] | None = None
    overlap: Literal["assume", "declared-disjoint"] = "assume"
    evidence: Line | None = None
    data_use: tuple[OntologyTerm, ...] = ()
    columns: Annotated[dict[ColumnName, Column], Field(min_length=1, max_length=2000)]
    table: ColumnName | None = None
    tables: Annotated[dict[ColumnName, Events], Field(min_length=1, max_length=100)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.unit == "person" and self.person_id is None:
            raise ValueError('unit = "person" needs person_id')
        for key in (self.person_id, self.row_key):
            if key is not None and key not in self.columns:
                raise ValueError(f"{key} is not among the columns")
            if key is not None and self.columns[key].sensitivity != "identifier":
                raise ValueError(f'{key} must have sensitivity = "identifier"')
        if self.max_rows is not None and self.row_key is None:
            raise ValueError("max_rows is for persons with several rows, told apart by row_key")
        if self.overlap == "declared-disjoint" and self.evidence is None:
            raise ValueError('overlap = "declared-disjoint" needs evidence')
        if self.tables is not None:
            self._check_tables(self.tables)
        elif self.table is not None:
            raise ValueError("table is for a dataset with tables")
        return self

    def _check_tables(self, tables: dict[ColumnName, Events]) -> None:
        """Tables are joined by person to a table with one row for each, under names that are no columns."""
        if self.unit != "person" or self.row_key is not None or self.person_id is None:
            raise ValueError('tables need unit = "person" and no row_key: one row for each person')
        key = self.columns[self.person_id].type
        if key not in ("integer", "text"):
            raise ValueError("with tables, person_id is an integer or a text")
        if any(one.columns[one.person_id].type != key for one in tables.values()):
            raise ValueError("the person_id of a table has another type than the dataset's")
        names = [name.lower() for name in (self.own_table, *tables)]
        if len({*names}) < len(names) or {*names[1:]} & {name.lower() for name in self.columns}:
            raise ValueError("a table has the name of another one, or of a column")

    @property
    def own_table(self) -> str:
        """What the dataset's own table is called where there are others."""
        return self.table or self.dataset

    def of(self, table: ColumnName) -> Dictionary:
        """A table of events as a dataset of its own rows, or Q-TABLE with the nearest that there is."""
        known = self.tables or {}
        if table not in known:
            raise fault("Q-TABLE", table=table, dataset=self.dataset, known=", ".join(known) or "none")
        one = known[table]
        return Dictionary(
            dataset=self.dataset,
            version=self.version,
            population=self.population,
            person_id=one.person_id,
            columns=one.columns,
        )

    def column(self, name: ColumnName) -> Column:
        """The column of a name, or Q-COLUMN with the nearest that there is."""
        if name in self.columns:
            return self.columns[name]
        some = list(self.columns)[:_SHOWN] + (["…"] if len(self.columns) > _SHOWN else [])
        close = near(name, self.columns)
        told = f"did you mean {close}?" if close else "take one of these"
        raise fault("Q-COLUMN", column=name, dataset=self.dataset, have=", ".join(some), meant=told)

    @property
    def repeats(self) -> bool:
        """Whether a person may have several rows: they may where rows have a key of their own."""
        return self.unit == "person" and self.row_key is not None

    @property
    def rows_per_person(self) -> int | None:
        """The most rows that a person can have, or None where nobody has said."""
        return self.max_rows if self.repeats else 1
