"""A withdrawal: a site takes its answer to a query back, and says why."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Line, Moment, Name, Version


class Withdrawal(Document):
    """A site's word that its releases of a query are recalled. It stands for good, and for all of them.

    `releases` names the statements that were out, by their digests, in the order in which they were made.
    """

    schema_: Annotated[Literal["fedcli/withdrawal/1"], Field(alias="schema")] = "fedcli/withdrawal/1"
    federation: Name
    root_version: Version
    site: Name
    query: Digest
    releases: Annotated[tuple[Digest, ...], Field(min_length=1, max_length=10_000)]
    reason: Line
    issued: Moment
