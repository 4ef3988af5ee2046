"""A result as programs read it: the `data` of `combine`, `report` and `rehearse`, by the contract."""

from __future__ import annotations

from typing import Literal

from fedcli.model.cells import Number
from fedcli.model.dataset import Level, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import AnalyticName, Code, ColumnName, Count, Digest, Line, Name, Version
from fedcli.model.release import Maturity
from fedcli.model.result import Audit, SiteResult
from fedcli.model.shown.base import Shown, Trouble
from fedcli.model.shown.results import RehearsalSite


class ReportedTable(Document):
    """Named columns and rows; a number that is missing or suppressed is null."""

    columns: tuple[ColumnName, ...]
    rows: tuple[tuple[Level | None, ...], ...]


class ReportedGap(Document):
    """A suppressed number: where it is, why, and the interval that public facts leave it."""

    place: str
    reason: Literal["suppressed"]
    interval: tuple[Number | None, Number | None]


class ReportedRounding(Document):
    """A rounded number, or one made of such: where it is, and the interval that the rounding leaves it."""

    place: str
    interval: tuple[Number, Number]


class ReportedAnalysis(Document):
    """The answer to one analysis, or the code that says why there is none."""

    analytic: AnalyticName
    version: Version
    sites: tuple[Name, ...]
    code: Code | None
    scalars: dict[ColumnName, Number | None]
    tables: dict[ColumnName, ReportedTable]
    suppressed: tuple[ReportedGap, ...]
    rounded: tuple[ReportedRounding, ...]


class ReportedCharge(Document):
    """What a site charged."""

    questions: Count
    scalars: Count


class ReportedPrivacy(Document):
    """How privacy was kept, and what each site charged for it."""

    mode: Literal["disclosure-control"]
    charges: dict[Name, ReportedCharge]


class Reported(Shown):
    """A result: who took part, what was charged, and an answer for each analysis."""

    query: Digest
    title: Line
    dataset: Name
    unit: Unit
    status: Literal["done", "partial", "refused"]
    maturity: Maturity
    rounds: Count
    sites: tuple[SiteResult, ...]
    privacy: ReportedPrivacy
    results: dict[Name, ReportedAnalysis]
    path: str | None = None
    new: bool | None = None
    exported: str | None = None
    parquet: str | None = None
    withdrawn: dict[Name, str] | None = None
    audit: Audit | None = None


class ReportedRehearsal(Shown):
    """A rehearsal: the form of a result where there is one, marked, and how it went at each site."""

    query: Digest | None = None
    title: Line | None = None
    dataset: Name | None = None
    unit: Unit | None = None
    status: Literal["done", "partial", "refused"] | None = None
    rounds: Count | None = None
    audit: Audit | None = None
    sites: tuple[SiteResult, ...]
    privacy: ReportedPrivacy | None = None
    results: dict[Name, ReportedAnalysis]
    maturity: Literal["rehearsal"]
    policy: str
    rehearsed: tuple[RehearsalSite, ...]
    problem: Trouble | None
