"""A query: as a researcher writes it (`Draft`), and as it is signed, with nothing left open (`Query`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fedcli.errors import fault
from fedcli.files.canonical import digest_of
from fedcli.model.dataset import Level, Unit
from fedcli.model.derived import MAX_DERIVED, Deriving
from fedcli.model.document import Document, end_of
from fedcli.model.identifiers import (
    Amount,
    AnalyticName,
    ColumnName,
    Count,
    Day,
    Digest,
    Duration,
    Line,
    Moment,
    Name,
    OntologyTerm,
    Text,
    Version,
    duration,
    units,
)
from fedcli.model.policy import Mode
from fedcli.model.predicate import Cohort, Predicate
from fedcli.model.recurrence import Occurrence, Recurring, Recurs

MAX_ANALYSES = 50
#: How long sites have to answer a query that does not say it, and is asked once.
USUAL_DEADLINE: Duration = "14 days"


class Analysis(Document):
    """One analysis of a query: the analytic, its version, and its parameters."""

    id: Name
    analytic: AnalyticName
    version: Version
    parameters: dict[str, Any] = {}

    def __hash__(self) -> int:
        """Of what it says, tables and all."""
        return hash(self.sha256)


class Asked(Document):
    """The mode of privacy that a query asks for, and what it may cost: its analyses share `rho` evenly."""

    mode: Mode = "disclosure-control"
    rho: Amount | None = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if (self.mode == "differential-privacy") != (self.rho is not None):
            raise ValueError('rho is for mode = "differential-privacy", which needs it')
        if self.rho is not None and units(self.rho) == 0:
            raise ValueError("rho is above zero")
        return self

    @property
    def words(self) -> str:
        """The mode as people read it, with its price at each site where it has one."""
        if self.rho is None:
            return "disclosure control: exact answers, which checks judge"
        return f"differential privacy: answers with noise, rho {self.rho} at each site"


class References(Document):
    """What a project refers to; all of it is signed, and shown to approvers under its title."""

    ethics: Annotated[Line | None, Field(title="ethics approval")] = None
    data_protection: Annotated[Line | None, Field(title="data protection")] = None
    project_end: Annotated[Day | None, Field(title="project ends")] = None

    @property
    def references(self) -> tuple[tuple[str, str], ...]:
        """What is referred to, under the titles of its fields; what is not set is left out."""
        fields = References.model_fields.items()
        told = ((field.title or name, getattr(self, name)) for name, field in fields)
        return tuple((title, str(value)) for title, value in told if value is not None)

    def check_running(self, now: datetime) -> None:
        """Raise A-PROJECT-END when the last day of the project is over."""
        if self.project_end is not None and end_of(self.project_end) <= now:
            raise fault("A-PROJECT-END", end=self.project_end)


class Written(Document):
    """A column that a query derives, as a researcher writes it."""

    name: ColumnName
    as_: Annotated[str, Field(alias="as", max_length=4000)]
    bounds: tuple[int | float, int | float] | None = None
    levels: tuple[Level, ...] | None = None


class Draft(References):
    """`query.toml` with its analyses still as they were typed; what may be left out has a default."""

    schema_: Annotated[Literal["fedcli/query/1"], Field(alias="schema")]
    title: Line
    description: Text | None = None
    project: Name = "project"
    purpose: OntologyTerm = "DUO:0000042"
    dataset: Name
    sites: tuple[Name, ...] | None = None
    min_sites: Annotated[int, Field(ge=1, le=1000)] | None = None
    round_deadline: Duration | None = None
    recurs: Recurring | None = None
    derive: Annotated[tuple[Written, ...], Field(min_length=1, max_length=MAX_DERIVED)] | None = None
    cohort: Annotated[str, Field(max_length=4000)] | None = None
    expires: Day | None = None
    analysis: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MAX_ANALYSES)]
    privacy: Asked = Field(default_factory=Asked)

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        _check_ends(self.recurs, self.deadline)
        return self

    @property
    def deadline(self) -> Duration:
        """How long sites have to answer; a run of a recurring query, until the next is due."""
        return self.round_deadline or (self.recurs.every if self.recurs else USUAL_DEADLINE)


def _check_ends(recurs: Recurring | Recurs | None, deadline: Duration) -> None:
    """One run is open at a time: what is computed for a run is of the data of its time."""
    if recurs is not None and duration(deadline) > duration(recurs.every):
        raise ValueError("round_deadline is longer than recurs.every: a run ends before the next is due")


class Query(References):
    """What the researcher signs: everything that decides what is computed, and for whom."""

    schema_: Annotated[Literal["fedcli/signed-query/1"], Field(alias="schema")] = "fedcli/signed-query/1"
    federation: Name
    root_version: Version
    researcher: Name
    title: Line
    description: Text | None = None
    project: Name
    purpose: OntologyTerm
    dataset: Name
    dictionary: Digest
    dictionary_version: Version
    unit: Unit
    sites: Annotated[tuple[Name, ...], Field(min_length=1, max_length=1000)]
    min_sites: Annotated[int, Field(ge=1, le=1000)]
    round_deadline: Duration
    recurs: Recurs | None = None
    recipients: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=1000)]
    derive: Deriving | None = None
    cohort: Predicate | None = None
    analyses: Annotated[tuple[Analysis, ...], Field(min_length=1, max_length=MAX_ANALYSES)]
    privacy: Asked = Field(default_factory=Asked)
    amends: Digest | None = None
    issued: Moment
    expires: Moment

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.cohort is not None:
            Cohort(where=self.cohort)
        ids = [analysis.id for analysis in self.analyses]
        if len(set(ids)) != len(ids):
            raise ValueError("two analyses have the same id")
        if len(set(self.sites)) != len(self.sites):
            raise ValueError("a site is listed twice")
        if self.min_sites > len(self.sites):
            raise ValueError("min_sites is larger than the number of sites")
        _check_ends(self.recurs, self.round_deadline)
        if self.runs == 0:
            raise ValueError("it expires before its first run is due")
        return self

    def due(self, run: Count) -> datetime | None:
        """When a run of a recurring query is due; a query that is asked once says nothing of it."""
        return self.recurs.due(run) if self.recurs else None

    def closes(self, run: Count = 0) -> datetime:
        """Until when sites are waited for: in a run, or in the first round."""
        return (self.due(run) or self.issued) + duration(self.round_deadline)

    @property
    def deadline(self) -> Duration:
        """How long sites have to answer a round or a run."""
        return self.round_deadline

    @property
    def runs(self) -> Count:
        """How many runs are due before the query expires; one where it is asked once."""
        return min(self.recurs.times, self.recurs.by(self.expires)) if self.recurs else 1

    def open_run(self, now: datetime) -> Count | None:
        """The run of a recurring query that sites may answer at a moment: one, or none."""
        run = min(self.recurs.by(now), self.runs) if self.recurs else 0
        return run if run and now <= self.closes(run) else None

    def occurrence(self, run: Count) -> Occurrence | None:
        """What a run is; None of a query that is asked once."""
        if self.recurs is None:
            return None
        return Occurrence(run=run, of=self.recurs.times, due=self.recurs.due(run), closes=self.closes(run))

    def question(self, analysis: Analysis) -> Digest:
        """What an analysis asks, whatever its title, purpose or expiry: what charges compare."""
        asked: dict[str, Any] = {
            "dataset": self.dataset,
            "cohort": None if self.cohort is None else self.cohort.model_dump(mode="json"),
            "analytic": analysis.analytic,
            "version": analysis.version,
            "parameters": analysis.parameters,
        }
        if self.derive is not None:
            asked["derive"] = [one.json_value() for one in self.derive]
        return digest_of(asked)

    def same_as(self, other: Query) -> bool:
        """Whether two queries differ in nothing but the time of signing, and what starts with it."""
        update: dict[str, Any] = {"issued": other.issued}
        if self.recurs and other.recurs and self.recurs.starts == self.issued:
            update["recurs"] = self.recurs.model_copy(update={"starts": other.issued})
        return self.model_copy(update=update) == other
