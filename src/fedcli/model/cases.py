"""Cases for a site's own tests of its policy: a small table, or rows, and what should leave of them."""

from __future__ import annotations

import math
from typing import Annotated, Any, Literal, Self, TypeAlias

from pydantic import Field, model_validator

from fedcli.model.dataset import Code, Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, FieldName, Line, Name
from fedcli.model.query import MAX_ANALYSES

MAX_PERSONS = 1_000_000
Ended: TypeAlias = Literal["released", "suppressed", "refused", "review"]


class Cells(Document):
    """A table of persons: its columns with their levels, and how many there are in each combination.

    The first column changes slowest. `missing` persons have no level, and `outside` persons are in the
    data and not in the cohort.
    """

    by: Annotated[dict[ColumnName, tuple[Level, ...]], Field(min_length=1, max_length=6)]
    persons: tuple[Count, ...]
    missing: Count = 0
    outside: Count = 0

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        wanted = math.prod(map(len, self.by.values()))
        if len(self.persons) != wanted:
            raise ValueError(f"persons has {len(self.persons)} numbers, and the levels make {wanted} cells")
        if sum(self.persons) + self.missing + self.outside > MAX_PERSONS:
            raise ValueError(f"a table has at most {MAX_PERSONS} persons")
        if {type(level) for levels in self.by.values() for level in levels} - {str}:
            raise ValueError("levels are texts")
        return self


class Rows(Document):
    """Rows, column by column; texts are levels, in the order in which they come. `person` tells persons."""

    columns: Annotated[dict[ColumnName, tuple[Code, ...]], Field(min_length=1, max_length=100)]
    person: ColumnName | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({len(values) for values in self.columns.values()}) != 1:
            raise ValueError("columns are of different lengths")
        if self.person is not None and self.person not in self.columns:
            raise ValueError(f"{self.person} is not among the columns")
        for name, values in self.columns.items():
            kinds = {
                bool if isinstance(value, bool) else str if isinstance(value, str) else float
                for value in values
            }
            if len(kinds) != 1:
                raise ValueError(f"{name} has values of several types, or none")
        return self


class Data(Document):
    """A dictionary file, and data files that it describes, or so many mock rows made from it."""

    dictionary: Line
    path: Line | None = None
    table: Line | None = None
    mock: Annotated[int, Field(ge=1, le=MAX_PERSONS)] | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.path is None) == (self.mock is None):
            raise ValueError("it has either path or mock")
        return self


class Expected(Document):
    """How an analysis should end, or every one where none is named.

    `because`: the checks that fail, or the code of the refusal, all of them. `hidden`: of a field that is
    named, exactly these cells are suppressed, each as its levels in order.
    """

    analysis: Name | None = None
    outcome: Ended
    because: tuple[Line, ...] | None = None
    hidden: dict[FieldName, tuple[tuple[Level, ...], ...]] = {}

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.hidden and self.outcome != "suppressed":
            raise ValueError('hidden goes with outcome = "suppressed"')
        return self


class Case(Document):
    """One case: its data in one of three forms, what is asked, and what is expected.

    A table without an analysis is asked for as a crosstab of its columns.
    """

    name: Name
    about: Line | None = None
    cells: Cells | None = None
    rows: Rows | None = None
    data: Data | None = None
    query: Line | None = None
    cohort: Annotated[str, Field(max_length=4000)] | None = None
    analysis: Annotated[tuple[dict[str, Any], ...], Field(max_length=MAX_ANALYSES)] = ()
    expect: Annotated[tuple[Expected, ...], Field(min_length=1)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum(form is not None for form in (self.cells, self.rows, self.data)) != 1:
            raise ValueError("it has one of cells, rows and data")
        if self.query is not None and (self.data is None or self.analysis or self.cohort is not None):
            raise ValueError("a query goes with data, and without cohort and analysis")
        if self.cells is None and self.query is None and not self.analysis:
            raise ValueError("it asks nothing: it has neither a query nor an analysis")
        if self.cells is not None and self.cohort is not None:
            raise ValueError("a table has its cohort: the persons who are not outside")
        return self


class Cases(Document):
    """A file of cases for `fedcli policy test`."""

    schema_: Annotated[Literal["fedcli/cases/1"], Field(alias="schema")]
    title: Line | None = None
    case: Annotated[tuple[Case, ...], Field(min_length=1, max_length=1000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        names = [case.name for case in self.case]
        if len(set(names)) != len(names):
            raise ValueError("two cases have the same name")
        return self
