"""What left a site by another door: the facts of an output that fedcli did not make."""

from __future__ import annotations

from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, Day, Digest, Line, Name
from fedcli.model.predicate import Predicate


class ExternalCell(Document):
    """One cell of a table that was released: its levels, and its count where that was not suppressed."""

    levels: Annotated[tuple[Level, ...], Field(max_length=8)]
    count: Count | None = None


class ExternalTable(Document):
    """Counts that were released, over declared levels of columns; none is the count of the whole cohort."""

    by: Annotated[tuple[ColumnName, ...], Field(max_length=8)] = ()
    unit: Literal["person", "row"] = "person"
    cells: Annotated[tuple[ExternalCell, ...], Field(min_length=1, max_length=100_000)]

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if any(len(cell.levels) != len(self.by) for cell in self.cells):
            raise ValueError("a cell needs one level for each column of by")
        if len({cell.levels for cell in self.cells}) != len(self.cells):
            raise ValueError("a cell is listed twice")
        return self


class External(Document):
    """An output that left by another door, as people write it down: TOML or JSON.

    It names a dataset of this site, or where it is about other data of the same persons their population.
    """

    schema_: Annotated[Literal["fedcli/external/1"], Field(alias="schema")]
    title: Line
    date: Day
    who: Line
    dataset: Name | None = None
    population: Name | None = None
    cohort: Annotated[str, Field(max_length=4000)] | None = None
    digest: Digest | None = None
    tables: Annotated[tuple[ExternalTable, ...], Field(max_length=100)] = ()

    @model_validator(mode="after")
    def _placed(self) -> Self:
        if (self.dataset is None) == (self.population is None):
            raise ValueError("name the dataset, or else the population")
        if self.dataset is None and (self.cohort is not None or self.tables):
            raise ValueError("a cohort and tables are about a dataset: name it")
        return self


class Known(Document):
    """An output that left by another door, as a site keeps it: its cohort as a tree, its population named."""

    external: External
    population: Name
    dictionary: Digest | None = None
    cohort: Predicate | None = None
