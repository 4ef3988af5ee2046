"""A review: one checker's signed word on what the gate parked of one round of one query."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from fedcli.model.disclosure import Finding, Mitigation, Verdict
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName, Count, Digest, Moment, Name, Version

Judgement: TypeAlias = Literal["approve", "request-changes", "reject"]


class Review(Document):
    """What somebody said, of which round, under which policy, on which snapshot of the data.

    `findings` and `reason` are keyed digests of what was shown and of why: the findings are facts about
    data, and a reason may tell of them. Both stay at the site. `rounds` bounds the trajectory.
    """

    schema_: Annotated[Literal["fedcli/review/1"], Field(alias="schema")] = "fedcli/review/1"
    federation: Name
    root_version: Version
    site: Name
    reviewer: Name
    decision: Judgement
    query: Digest
    round: Count
    rounds: Annotated[int, Field(ge=1, le=1000)]
    dictionary: Digest
    policy: Digest
    snapshot: Name
    findings: Digest
    reason: Digest
    issued: Moment


class Parked(Document):
    """What waits for review in one round of a query: the findings of each analysis that is parked."""

    query: Digest
    round: Count
    snapshot: Name
    policy: Digest
    at: Moment
    findings: dict[Name, tuple[Finding, ...]]

    @property
    def asked(self) -> dict[Name, tuple[ColumnName, ...]]:
        """For each analysis the checks that asked people; none, where people look at every release."""
        return {
            name: tuple(sorted({one.check for one in found if asks(one)}))
            for name, found in self.findings.items()
        }


def asks(finding: Finding) -> bool:
    """Whether a finding is one that people decide."""
    asking = finding.mitigation is Mitigation.ASK and finding.enforced
    return asking and finding.verdict is Verdict.REVIEW
