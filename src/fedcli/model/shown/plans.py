"""What is told before anything happens: what a query would do, and how two texts of people differ."""

from __future__ import annotations

from typing import Any, Literal

from fedcli.errors import Outcome
from fedcli.model.dataset import Sensitivity, Unit
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, FieldName, Line, Name
from fedcli.model.policy import Rounding
from fedcli.model.shown.base import Shown, Trouble
from fedcli.model.shown.work import AmendmentTold, QueryShown


class ColumnRead(Document):
    """A column that a query reads, and for what: the cohort, analyses by id, or telling persons apart."""

    column: ColumnName
    type: str
    sensitivity: Sensitivity
    used_by: tuple[str, ...]


class Leaving(Document):
    """One array of numbers that would leave each site, and at which precision (None: whole numbers).

    `rounding` is that of whole numbers which are counts.
    """

    analysis: Name
    field: FieldName
    over: tuple[ColumnName, ...]
    numbers: Count
    digits: int | Literal["full"] | None = None
    rounding: Rounding = "none"


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
