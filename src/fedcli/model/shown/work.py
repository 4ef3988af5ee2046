"""What is told of queries, approvals, runs, verified files and the ledger."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fedcli.errors import Outcome, gravest
from fedcli.model.document import Document
from fedcli.model.entry import Entry
from fedcli.model.identifiers import Amount, AnalyticName, Count, Day, Digest, Duration, Moment, Name
from fedcli.model.query import Asked, Query
from fedcli.model.recurrence import Occurrence, Recurs
from fedcli.model.release import Maturity, Release, Values
from fedcli.model.shown.base import Shown, Trouble, gravest_code


class AnalysisShown(Document):
    """One analysis in words: what it asks, how many numbers leave each site, which checks run."""

    id: Name
    analytic: AnalyticName
    parameters: dict[str, Any]
    scalars: Count
    checks: tuple[str, ...] = ()


class Trajectory(Document):
    """How often a recurring query is answered at each site, until when, and what that comes to at the most.

    `starts` and the day that the `last` run is due are told once they are known. `numbers` leave in all runs,
    `rho` is what they cost a person where the data change before each.
    """

    every: Duration
    runs: Count
    starts: Moment | None = None
    last: Moment | None = None
    deadline: Duration
    numbers: Count
    rho: Amount | None = None


class QueryChecked(Shown):
    """A query file that can be signed."""

    title: str
    dataset: Name
    cohort: str
    privacy: Asked = Field(default_factory=Asked)
    recurs: Trajectory | None = None
    analyses: tuple[AnalysisShown, ...]


class QueryShown(Shown):
    """A signed query."""

    id: str
    digest: Digest
    title: str
    sites: tuple[Name, ...]
    min_sites: int
    expires: Moment
    privacy: Asked = Field(default_factory=Asked)
    recurs: Recurs | None = None
    amends: Digest | None = None
    path: str
    submitted: bool
    new: bool = False


class QueriesShown(Shown):
    """The queries of a researcher."""

    queries: tuple[QueryShown, ...]


class SiteStatus(Document):
    """What a site has published of a query, or of one run of it; `runs` is for how many runs it has."""

    site: Name
    released: Moment | None = None
    attempt: Count
    runs: Count | None = None
    withdrawn: str | None = None


class QueryStatus(Shown):
    """How far a query is; of one that recurs, how far its last run is that is due.

    Nothing more is said of a run that is over: then it does not wait.
    """

    id: str
    digest: Digest
    title: str
    privacy: Asked = Field(default_factory=Asked)
    recurs: Recurs | None = None
    occurrence: Occurrence | None = None
    waits: bool = True
    sites: tuple[SiteStatus, ...]

    @property
    def outcome(self) -> Outcome:
        """PENDING while a site that has not answered may still."""
        silent = any(one.released is None for one in self.sites)
        return Outcome.PENDING if silent and self.waits else Outcome.DONE


class AmendmentTold(Document):
    """How a query differs from the one that it amends; `more` has all that is asked more, or otherwise."""

    id: str
    query: Digest
    keeps_approvals: bool
    same: tuple[str, ...]
    less: tuple[str, ...]
    more: tuple[str, ...]


class ApprovalShown(Shown):
    """A query as an approver must see it: made from what was signed, the author's words apart.

    Of one that recurs, `trajectory` is what it can come to; `covered` and `period` say what was granted.
    """

    id: str
    query: Query
    cohort: str
    recipients: tuple[str, ...]
    analyses: tuple[AnalysisShown, ...]
    refused: dict[Name, Trouble] = {}
    granted: tuple[Name, ...] = ()
    trajectory: Trajectory | None = None
    covered: Count | None = None
    period: Duration | None = None
    amends: AmendmentTold | None = None
    missing: Trouble | None = None
    problem: Trouble | None = None


class ApprovalsShown(Shown):
    """All queries that name this site; `unverified` are files in the exchange that do not verify."""

    queries: tuple[ApprovalShown, ...]
    unverified: dict[Digest, Trouble] = {}

    @property
    def outcome(self) -> Outcome:
        """INTEGRITY where a file in the exchange does not verify."""
        return gravest(trouble.outcome for trouble in self.unverified.values())

    @property
    def decided_by(self) -> str:
        """The code of the gravest."""
        return gravest_code(self.unverified.values())


class ApprovalGiven(Shown):
    """A decision as it was signed, now or before."""

    id: str
    query: Digest
    approver: Name
    decision: Literal["grant", "deny", "revoke"]
    reason: str
    expires: Moment
    max_runs: int
    period: Duration | None = None
    recurs: bool = False
    new: bool


class FindingShown(Document):
    """A check that some cells did not pass, for the site's own eyes."""

    analysis: Name
    check: str
    field: str
    cells: Count
    enforced: bool


#: Codes of what the next run goes on with, whatever people do.
_BY_ITSELF = ("", "A-TIME")


class RanShown(Document):
    """How one query, or a `run` of one that recurs, ended at this site.

    `rho` is what its answers with noise have cost a person here; `new` says that it did not end so before.
    """

    id: str
    query: Digest
    title: str
    run: Count | None = None
    status: str
    code: str
    message: str
    released: Count
    asked: Count
    rho: Amount | None = None
    findings: tuple[FindingShown, ...] = ()
    new: bool = True

    @property
    def needs_somebody(self) -> bool:
        """Whether it is news for a person: a refusal, a fault, or that people are asked to decide."""
        return self.new and self.status != Outcome.DONE.word and self.code not in _BY_ITSELF


class RunShown(Shown):
    """How all queries of a run ended; `preview` says that this is not for live data."""

    maturity: Maturity
    dry_run: bool
    queries: tuple[RanShown, ...]

    @property
    def outcome(self) -> Outcome:
        """The gravest end of a query."""
        return gravest(Outcome.of(one.status) for one in self.queries)

    @property
    def decided_by(self) -> str:
        """The code of the query that decided the outcome."""
        return next((one.code for one in self.queries if Outcome.of(one.status) is self.outcome), "")

    @property
    def aloud(self) -> RunShown | None:
        """What is news for a person, once: what cron has to send."""
        needed = tuple(one for one in self.queries if one.needs_somebody)
        return self.model_copy(update={"queries": needed}) if needed else None


class LedgerShown(Shown):
    """The entries of a site's log."""

    entries: tuple[Entry, ...]


class HeadShown(Shown):
    """The head of a site's log, and the checkpoint that it published last."""

    size: Count
    root: Digest
    published: Count | None = None
    note: str | None = None


class ProofShown(Shown):
    """An entry with the path that proves it, and the signed checkpoint that it leads to."""

    number: Count
    entry: Entry
    inclusion: tuple[Digest, ...]
    checkpoint: str


class FileShown(Document):
    """A file that was verified, or why it does not hold."""

    file: str
    kind: str
    signers: tuple[Name, ...]
    about: str
    warning: str | None = None
    problem: Trouble | None = None


class VerifyShown(Shown):
    """What was verified, and by whose signatures."""

    files: tuple[FileShown, ...]

    @property
    def cautions(self) -> tuple[str, ...]:
        """What holds, and should not be used as it is."""
        return tuple(f"{one.file}: {one.warning}" for one in self.files if one.warning)

    @property
    def outcome(self) -> Outcome:
        """INTEGRITY where a signature, a digest or a chain does not hold."""
        return gravest(one.problem.outcome for one in self.files if one.problem)

    @property
    def decided_by(self) -> str:
        """The code of the gravest."""
        return gravest_code(one.problem for one in self.files if one.problem)


class ReleaseShown(Shown):
    """A release that was verified: its statement, and its values where this home's key opens them."""

    file: str
    signers: tuple[Name, ...]
    statement: Release
    values: Values | None = None
    withdrawn: str | None = None


class ReleaseTold(Document):
    """One release as its site recorded it, and why it was recalled if it was."""

    id: str
    query: Digest
    release: Digest
    round: Count
    attempt: Count
    issued: Moment
    outcome: Literal["released", "refused"]
    codes: tuple[str, ...] = ()
    visible: bool
    withdrawn: str | None = None


class ReleasesShown(Shown):
    """All releases of a site, in order."""

    releases: tuple[ReleaseTold, ...]


class ExternalShown(Shown):
    """An output that left by another door, as it is now known: its ledger entry and its digest."""

    entry: Count
    document: Digest
    title: str
    date: Day
    who: str
    population: Name
    dataset: Name | None = None
    cohort: str | None = None
    cells: Count
    new: bool


class ReleaseExported(Shown):
    """The files in which a site's release was written for output checkers."""

    id: str
    query: Digest
    folder: str
    files: tuple[str, ...]
    outputs: tuple[str, ...]
    recalled: str | None = None
    new: bool


class WithdrawalGiven(Shown):
    """A recall as it was signed, now or before."""

    id: str
    query: Digest
    releases: tuple[Digest, ...]
    reason: str
    issued: Moment
    new: bool
