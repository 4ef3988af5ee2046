"""What is told before anything happens: what a query would do, and how two texts of people differ."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from fedcli.errors import Outcome
from fedcli.model.dataset import Sensitivity, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, ColumnName, Count, FieldName, Line, Name
from fedcli.model.policy import Delta, Rounding
from fedcli.model.query import Asked
from fedcli.model.release import Mechanism
from fedcli.model.shown.base import Shown, Trouble
from fedcli.model.shown.work import AmendmentTold, QueryShown, Trajectory


class ColumnRead(Document):
    """A column that a query reads, and for what: the cohort, analyses by id, or telling persons apart.

    Of a table of events it is `TABLE.COLUMN`, read for the derived columns that it is used by.
    """

    column: FieldName
    type: str
    sensitivity: Sensitivity
    used_by: tuple[str, ...]


class Leaving(Document):
    """One array of numbers that would leave each site, and at which precision (None: whole numbers).

    `rounding` is that of whole numbers which are counts; `noise` the standard deviation of noise in each,
    which has no digits or rounding besides; `chosen` says that noise chooses which of them is a one.
    """

    analysis: Name
    field: FieldName
    over: tuple[ColumnName, ...]
    numbers: Count
    digits: int | Literal["full"] | None = None
    rounding: Rounding = "none"
    noise: float | None = None
    chosen: bool = False


class CheckTold(Document):
    """A check that would run: what it wants, what it judges, and what follows where it fails."""

    check: ColumnName
    wants: Line
    fields: tuple[str, ...]
    otherwise: Literal["suppress", "ask", "refuse", "record"]


class DrawsTold(Document):
    """What an analysis pays for its noise: `share` of rho for each draw, `rho` for all of them.

    The mechanism of one that the policy refuses is not told.
    """

    analysis: Name
    mechanism: Mechanism | None = None
    rho: Amount
    draws: Count
    share: Amount


class ErrorTold(Document):
    """How far noise is expected to move one kind of number, of a column where it is of one.

    95 % of the time by no more than `accuracy`, in `unit`; None where the noise could make up all that the
    number would be made of, so that it is not told.
    """

    analysis: Name
    statistic: ColumnName
    of: str | None = None
    unit: str | None = None
    accuracy: float | None = None


class PriceTold(Document):
    """Another price: `error` times the error of the one that was asked, and the parts of the budgets."""

    rho: Amount
    error: float
    epsilon: float
    of_project: float | None = None
    of_population: float | None = None


class PrivacyForeseen(Document):
    """What a query under differential privacy would pay, and get, at `persons` at each of `sites`.

    `named` is whether the query names its sites; else the numbers are of one. `whole` is the rho of a person
    who is at all of them.
    """

    rho: Amount
    delta: Delta
    sites: Count
    named: bool
    persons: Count
    disjoint: bool
    whole: Amount
    project_rho: Amount
    capacity_rho: Amount
    draws: tuple[DrawsTold, ...]
    errors: tuple[ErrorTold, ...]
    prices: tuple[PriceTold, ...]


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
    asked: Asked = Field(default_factory=Asked)
    recurs: Trajectory | None = None
    privacy: PrivacyForeseen | None = None


class QueryAmended(Shown):
    """A query in the place of another, or what it would be after a dry run."""

    difference: AmendmentTold
    query: QueryShown | None = None
    dry_run: bool = False


class KeyChange(Document):
    """A key of a policy whose value changes; `mixed` loosens one part and tightens another."""

    key: str
    means: str
    becomes: Literal["stricter", "looser", "mixed", "words"]
    before: Any
    after: Any


class PolicyDiff(Shown):
    """How one policy differs from another, key by key."""

    old: Name
    new: Name
    changes: tuple[KeyChange, ...]

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where something becomes looser, wholly or in part."""
        looser = any(one.becomes in ("looser", "mixed") for one in self.changes)
        return Outcome.FINDINGS if looser else Outcome.DONE


class LintFound(Document):
    """One thing in a policy that a person should look at."""

    key: str
    told: str
    fix: str


class PolicyLinted(Shown):
    """What a person should look at in a policy, as it is in force."""

    policy: Name
    floor: bool
    found: tuple[LintFound, ...]

    @property
    def outcome(self) -> Outcome:
        """FINDINGS where there is something."""
        return Outcome.FINDINGS if self.found else Outcome.DONE


class GuardTold(Document):
    """A check of a policy in words: the numbers that it judges, what it wants, what else follows, and why."""

    check: ColumnName
    judges: tuple[str, ...]
    wants: str
    otherwise: Literal["suppress", "ask", "refuse", "record"]
    why: str
    source: str


class KeyTold(Document):
    """A key of a policy: what it is about, its value, and where the rule is from."""

    key: str
    means: str
    value: Any
    source: str


class PolicyExplained(Shown):
    """A policy in words, as it is in force; each sentence is made from its values and the checks."""

    policy: Name
    description: Line | None = None
    floor: bool
    leaves: tuple[str, ...]
    people: tuple[str, ...]
    guards: tuple[GuardTold, ...]
    keys: tuple[KeyTold, ...]
