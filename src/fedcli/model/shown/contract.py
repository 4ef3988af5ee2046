"""A result as programs read it: the `data` of `combine`, `report` and `rehearse`, by the contract."""

from __future__ import annotations

from typing import Literal

from fedcli.model.cells import Number
from fedcli.model.dataset import Level, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import (
    Amount,
    AnalyticName,
    Code,
    ColumnName,
    Count,
    Digest,
    Line,
    Name,
    Version,
)
from fedcli.model.policy import Contribution, Mode
from fedcli.model.recurrence import Occurrence
from fedcli.model.release import Maturity, Mechanism
from fedcli.model.result import Audit, Guarantee, SiteResult
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


class ReportedInterval(Document):
    """A number with noise, or one made of such: where it is, and the 95 % interval of the noise."""

    place: str
    interval: tuple[Number, Number]


class ReportedDraw(Document):
    """The noise of one site: what each draw cost, its standard deviation, and with how much a person counted.

    `scale` is in the units of the numbers that left, which are whole numbers of 1 / `steps`; of a choice it
    is that of the Gumbel noise in the scores, in units of what one person can change one by.
    """

    rho: Amount
    scale: float
    steps: Count
    contribution: Contribution


class ReportedNoise(Document):
    """How the numbers of an analysis got their noise, site by site, and what their intervals mean."""

    mechanism: Mechanism
    sites: dict[Name, ReportedDraw]
    accuracy: Line


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
    noise: ReportedNoise | None = None
    noisy: tuple[ReportedInterval, ...] = ()
    between: dict[ColumnName, ReportedTable] = {}
    information: dict[Name, float] = {}


class ReportedCharge(Document):
    """What a site charged; rho only under differential privacy."""

    questions: Count
    scalars: Count
    rho: Amount | None = None


class ReportedPrivacy(Document):
    """How privacy was kept, what each site charged for it, and what that guarantees a person."""

    mode: Mode
    charges: dict[Name, ReportedCharge]
    guarantee: Guarantee | None = None


class Reported(Shown):
    """A result: who took part, what was charged, and an answer for each analysis."""

    query: Digest
    title: Line
    dataset: Name
    unit: Unit
    status: Literal["done", "partial", "refused"]
    maturity: Maturity
    rounds: Count
    run: Occurrence | None = None
    sites: tuple[SiteResult, ...]
    privacy: ReportedPrivacy
    results: dict[Name, ReportedAnalysis]
    path: str | None = None
    new: bool | None = None
    exported: str | None = None
    parquet: str | None = None
    html: str | None = None
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
    run: Occurrence | None = None
    audit: Audit | None = None
    sites: tuple[SiteResult, ...]
    privacy: ReportedPrivacy | None = None
    results: dict[Name, ReportedAnalysis]
    maturity: Literal["rehearsal"]
    policy: str
    rehearsed: tuple[RehearsalSite, ...]
    problem: Trouble | None
