"""Entries of a site's log: what happened, to which query, as digests and names."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from fedcli.model.charge import Charge
from fedcli.model.document import Document
from fedcli.model.identifiers import Code, Count, Digest, Line, Moment, Name, Version
from fedcli.model.optouts import OptOuts


class Entry(Document):
    """One thing that happened at a site. Nothing in it is a value of data."""

    schema_: Annotated[Literal["fedcli/entry/1"], Field(alias="schema")] = "fedcli/entry/1"
    kind: Literal[
        "opened",
        "dataset",
        "snapshot",
        "approval",
        "charge",
        "release",
        "review",
        "policy",
        "withdrawal",
        "external",
        "opt-outs",
        "purge",
    ]
    at: Moment
    site: Name
    actor: Name | None = None
    query: Digest | None = None
    analysis: Name | None = None
    charge: Charge | None = None
    round: Count | None = None
    attempt: Version | None = None
    envelope: Digest | None = None
    document: Digest | None = None
    dataset: Name | None = None
    population: Name | None = None
    snapshot: Name | None = None
    decision: Literal["grant", "deny", "revoke", "approve", "request-changes", "reject"] | None = None
    reason: Line | None = None
    opt_outs: OptOuts | None = None
    codes: dict[Name, Code] | None = None


class Charged(Document):
    """A charge's entry in a site's log, and the path that proves it there (RFC 6962, section 2.1.1)."""

    number: Count
    entry: Entry
    inclusion: Annotated[tuple[Digest, ...], Field(max_length=64)]

    @model_validator(mode="after")
    def _is_charge(self) -> Charged:
        if self.entry.charge is None:
            raise ValueError("the entry is no charge")
        return self

    @property
    def charge(self) -> Charge:
        """What was charged."""
        assert self.entry.charge is not None
        return self.entry.charge
