"""A query: as a researcher writes it (`Draft`), and as it is signed, with nothing left open (`Query`)."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from fedcli.errors import fault
from fedcli.files.canonical import digest_of
from fedcli.model.dataset import Unit
from fedcli.model.document import Document, end_of
from fedcli.model.identifiers import (
    Amount,
    AnalyticName,
    Day,
    Digest,
    Duration,
    Line,
    Moment,
    Name,
    OntologyTerm,
    Text,
    Version,
    units,
)
from fedcli.model.policy import Mode
from fedcli.model.predicate import Cohort, Predicate

MAX_ANALYSES = 50


class Analysis(Document):
    """One analysis of a query: the analytic, its version, and its parameters."""

    id: Name
    analytic: AnalyticName
    version: Version
    parameters: dict[str, Any] = {}


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
    round_deadline: Duration = "14 days"
    cohort: Annotated[str, Field(max_length=4000)] | None = None
    expires: Day | None = None
    analysis: Annotated[tuple[dict[str, Any], ...], Field(min_length=1, max_length=MAX_ANALYSES)]
    privacy: Asked = Field(default_factory=Asked)


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
    recipients: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=1000)]
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
        return self

    def question(self, analysis: Analysis) -> Digest:
        """What an analysis asks, whatever its title, purpose or expiry: what charges compare."""
        asked = {
            "dataset": self.dataset,
            "cohort": None if self.cohort is None else self.cohort.model_dump(mode="json"),
            "analytic": analysis.analytic,
            "version": analysis.version,
            "parameters": analysis.parameters,
        }
        return digest_of(asked)

    def same_as(self, other: Query) -> bool:
        """Whether two queries differ in nothing but the time of signing."""
        return self.model_copy(update={"issued": other.issued}) == other
