"""What is told before anything happens: what a query would do, and how two texts of people differ."""

from __future__ import annotations

from typing import Literal

from fedcli.model.dataset import Sensitivity, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, Line, Name
from fedcli.model.shown.base import Shown, Trouble


class ColumnRead(Document):
    """A column that a query reads, and for what: the cohort, analyses by id, or telling persons apart."""

    column: ColumnName
    type: str
    sensitivity: Sensitivity
    used_by: tuple[str, ...]


class Leaving(Document):
    """One array of numbers that would leave each site, and at which precision (None: whole numbers)."""

    analysis: Name
    field: ColumnName
    over: tuple[ColumnName, ...]
    numbers: Count
    digits: int | Literal["full"] | None = None


class CheckTold(Document):
    """A check that would run: what it wants, what it judges, and what follows where it fails."""

    check: ColumnName
    wants: Line
    fields: tuple[str, ...]
    otherwise: Literal["suppress", "ask", "refuse", "record"]


class QueryExplained(Shown):
    """What a query file reads and releases, from the file, the dictionary and a policy alone."""

    title: str
    dataset: Name
    dictionary_version: int
    unit: Unit
    cohort: str
    reads: tuple[ColumnRead, ...]
    asks: dict[Name, str]
    leaves: tuple[Leaving, ...]
    scalars: Count
    checks: tuple[CheckTold, ...]
    refused: dict[str, Trouble]
    rounds: Count
    sites: tuple[Name, ...] | None
    min_sites: Count | None
    recipients: tuple[str, ...]
    policy: Name
