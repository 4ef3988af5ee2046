"""The answer to an analysis, and the result of a query: answers with the releases behind them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.cells import Cell
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
    Moment,
    Name,
    Version,
)
from fedcli.model.policy import Delta, Mode
from fedcli.model.recurrence import Occurrence
from fedcli.model.release import Maturity, Noise


class Table(Document):
    """Rows under named columns, the first `keys` of which are levels; the others hold cells."""

    columns: tuple[ColumnName, ...]
    keys: Count
    rows: tuple[tuple[Cell | Level, ...], ...]


class Answer(Document):
    """Scalars and tables under the field's names."""

    scalars: dict[ColumnName, Cell] = {}
    tables: dict[ColumnName, Table] = {}


class AnalysisResult(Document):
    """One analysis of a result: the answer, or why there is none.

    `between` has what each site estimates alone, and how far the sites differ, where both are known;
    `information` which part of what is known each site gave.
    """

    id: Name
    analytic: AnalyticName
    version: Version
    sites: tuple[Name, ...]
    answer: Answer | None = None
    code: Code | None = None
    noise: dict[Name, Noise] = {}
    between: dict[ColumnName, Table] = {}
    information: dict[Name, float] = {}


class Guarantee(Document):
    """What a query costs a person under differential privacy.

    `rho` is that of a person who has rows at every site, unless the dictionary declares with evidence that
    nobody has (`disjoint`): then it is the largest of the sites'. `epsilon` is told at `delta`, and not at
    all where a site has also given exact answers about the same population (`conditional`).
    """

    unit: Unit
    disjoint: bool
    rho: Amount
    sites: dict[Name, Amount]
    delta: Delta
    epsilon: float | None = None
    conditional: tuple[Name, ...] = ()


class Reliability(Document):
    """How a site kept up: the rounds that it was asked and that it answered, by the times that were signed.

    `hours` is the median time from being asked to a release; of the first round it holds the time that people
    took to approve.
    """

    asked: Count
    answered: Count
    hours: Annotated[float, Field(ge=0)] | None = None


class SiteResult(Document):
    """What one site contributed: its release's digest, or that it refused, is missing, or recalled it.

    `rho` is what a person there has paid under differential privacy, also for what was recalled since.
    """

    site: Name
    status: Literal["released", "partial", "refused", "missing", "withdrawn"]
    release: Digest | None = None
    snapshot: Name | None = None
    policy: Digest | None = None
    policy_name: Name | None = None
    questions: Count = 0
    scalars: Count = 0
    rho: Amount | None = None
    refusals: dict[Name, Code] = {}
    reason: Line | None = None
    reliability: Reliability | None = None


class Combined(Document):
    """The clear half of a result: which releases were added up, and for whom."""

    schema_: Annotated[Literal["fedcli/combined/1"], Field(alias="schema")] = "fedcli/combined/1"
    maturity: Maturity
    federation: Name
    root_version: Version
    query: Digest
    researcher: Name
    occurrence: Occurrence | None = None
    releases: dict[Name, Digest]
    recipients: tuple[Digest, ...]
    issued: Moment


class Narrowed(Document):
    """A hidden count that can be known more closely than its interval says; of all sites where none is named.

    What can be known of it is not here: a result goes to more people than the releases.
    """

    analysis: Name
    site: Name | None = None
    cell: Line


class Audit(Document):
    """What an attacker can work out of the counts that the sites hid in the tables of one query.

    `hidden` are the counts that were looked at, `left` those that were not. `contradictory` are sites
    whose tables no data can have, `totals` is the digest of what was known from elsewhere.
    """

    audited: bool
    hidden: Count = 0
    left: Count = 0
    narrowed: tuple[Narrowed, ...] = ()
    contradictory: tuple[Name, ...] = ()
    totals: Digest | None = None


class Result(Document):
    """The whole result of a query, rebuilt from nothing but verified releases."""

    schema_: Annotated[Literal["fedcli/result/1"], Field(alias="schema")] = "fedcli/result/1"
    maturity: Maturity
    federation: Name
    query: Digest
    title: Line
    dataset: Name
    unit: Unit
    status: Literal["done", "partial", "refused"]
    rounds: Count
    occurrence: Occurrence | None = None
    sites: tuple[SiteResult, ...]
    analyses: tuple[AnalysisResult, ...]
    mode: Mode = "disclosure-control"
    privacy: Guarantee | None = None
    audit: Audit | None = None
    issued: Moment
