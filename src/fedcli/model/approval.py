"""An approval: one person's signed word on one query under one policy, for a bounded time."""

from __future__ import annotations

from typing import Annotated, Literal, TypeAlias

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, Moment, Name, Version

Decision: TypeAlias = Literal["grant", "deny", "revoke"]


class Approval(Document):
    """`grant`, `deny`, or `revoke` (which takes the person's own grant back).

    It binds the digests of what was shown: another query, dictionary or policy is not approved.
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
    max_runs: Annotated[int, Field(ge=1, le=1000)] = 3
    issued: Moment
    expires: Moment
