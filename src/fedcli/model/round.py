"""A round beyond the first: a signed statement of the releases it follows from, and its sealed states."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Moment, Name, Version
from fedcli.model.release import Maturity

#: As many as their names in an exchange can count.
MAX_ROUNDS = 999
_BASE64 = r"^[A-Za-z0-9+/]+={0,2}$"


class Posted(Document):
    """The clear half: which releases of the round before were added up, and for whom it is sealed."""

    schema_: Annotated[Literal["fedcli/round/1"], Field(alias="schema")] = "fedcli/round/1"
    maturity: Maturity
    federation: Name
    root_version: Version
    query: Digest
    researcher: Name
    round: Annotated[int, Field(ge=1, le=MAX_ROUNDS)]
    releases: Annotated[dict[Name, Digest], Field(min_length=1)]
    recipients: tuple[Digest, ...]
    issued: Moment


class States(Document):
    """The sealed half: the state of every analysis that is not finished, by its id.

    `again` are analyses that start anew with fewer sites, because one did not answer in time.
    """

    schema_: Annotated[Literal["fedcli/states/1"], Field(alias="schema")] = "fedcli/states/1"
    query: Digest
    round: Annotated[int, Field(ge=1, le=MAX_ROUNDS)]
    states: dict[Name, dict[str, Any]] = {}
    again: tuple[Name, ...] = ()


class Begun(Document):
    """Both halves as they will be published, in base64: what a home keeps until they are."""

    statement: Annotated[str, Field(pattern=_BASE64)]
    sealed: Annotated[str, Field(pattern=_BASE64)]
