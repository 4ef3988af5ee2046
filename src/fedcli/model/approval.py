"""An approval: one person's signed word on one query under one policy, for a bounded time."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Duration, Line, Moment, Name, Version

#: How often data may be opened for one round or run, unless a grant says otherwise: it may be answered anew.
OPENED = 3
Decision: TypeAlias = Literal["grant", "deny", "revoke"]


class Approval(Document):
    """`grant`, `deny`, or `revoke` (which takes the person's own grant back).

    It binds the digests of what was shown: another query, dictionary or policy is not approved.
    Without a `period` data are opened `max_runs` times at most for each round, and for one run of a recurring
    query. With one, for so many runs, each so much later than another (and `OPENED` times for each).
    """

    schema_: Annotated[Literal["fedcli/approval/1"], Field(alias="schema")] = "fedcli/approval/1"
    federation: Name
    root_version: Version
    site: Name
    approver: Name
    decision: Decision
    query: Digest
    dictionary: Digest
    policy: Digest
    reason: Line
    rounds: Annotated[int, Field(ge=1, le=1000)] = 1
    max_runs: Annotated[int, Field(ge=1, le=1000)] = OPENED
    period: Duration | None = None
    issued: Moment
    expires: Moment

    @property
    def runs(self) -> int:
        """How many runs of a recurring query it is for."""
        return self.max_runs if self.period else 1

    @property
    def openings(self) -> int:
        """How often data may be opened for one round or run."""
        return OPENED if self.period else self.max_runs
