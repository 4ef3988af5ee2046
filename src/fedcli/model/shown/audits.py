"""What is told of an audit: what was looked at, and what was found."""

from __future__ import annotations

from fedcli.errors import Outcome
from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Code, Count, Digest, Name
from fedcli.model.rulebook import RULEBOOK, Level, reaches
from fedcli.model.shown.base import Shown


class AuditFound(Document):
    """One finding: which rule, how grave, where, what, and what to do; the code where it has one."""

    rule: Name
    level: Level
    place: str
    told: str
    fix: str
    code: Code | None = None

    @property
    def integrity(self) -> bool:
        """Whether bytes do not verify, or a history does not continue."""
        return RULEBOOK[self.rule].integrity


class BudgetSummed(Document):
    """The rho of all charges of a population, or of one project of it, and how much the policy has."""

    site: Name
    population: Name
    project: Name | None = None
    spent: Amount
    capacity: Amount


class HeadSeen(Document):
    """The last checkpoint of a site: what to pin for the next audit."""

    site: Name
    size: Count
    root: Digest
    file: str


class AuditChecked(Shown):
    """An audit: by which version, what was looked at and added up, and the findings, the gravest first."""

    version: str
    looked: tuple[str, ...]
    files: Count
    releases: Count
    ignored: Count
    heads: tuple[HeadSeen, ...] = ()
    budgets: tuple[BudgetSummed, ...] = ()
    fail_on: Level
    findings: tuple[AuditFound, ...]

    @property
    def outcome(self) -> Outcome:
        """INTEGRITY for what does not verify, FINDINGS for what is grave enough, else DONE."""
        if any(one.integrity for one in self.findings):
            return Outcome.INTEGRITY
        grave = any(reaches(one.level, self.fail_on) for one in self.findings)
        return Outcome.FINDINGS if grave else Outcome.DONE

    @property
    def decided_by(self) -> str:
        """The code of the first finding that decided, where it has one."""
        integrity = self.outcome is Outcome.INTEGRITY
        return next((one.code or "" for one in self.findings if one.integrity), "") if integrity else ""

    def fails(self, found: AuditFound) -> bool:
        """Whether a finding is grave enough to make a job fail."""
        return found.integrity or reaches(found.level, self.fail_on)


class EvidenceMade(Shown):
    """An evidence pack that was written: of which site or federation, and its files."""

    folder: str
    of: Name
    files: tuple[str, ...]
    releases: Count
    findings: Count
    new: bool
