"""Totals that were published elsewhere, such as a national statistic: what an attacker may know besides."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, Line, Name


class Total(Document):
    """The sum of an analysis's cells at some of its levels, over some sites; by default over all.

    Axes that are not named are summed over. Rows without a level are in no cell.
    """

    analysis: Name
    levels: dict[ColumnName, Level] = {}
    count: Count
    sites: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)] | None = None


class Totals(Document):
    """Totals as people write them down: TOML or JSON."""

    schema_: Annotated[Literal["fedcli/totals/1"], Field(alias="schema")]
    title: Line
    total: Annotated[tuple[Total, ...], Field(min_length=1, max_length=1000)]
