"""What a site tells the federation about itself: which datasets it holds, under which policy."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Digest, Moment, Name, Version


class Offer(Document):
    """One dataset that a site holds; the snapshot's name is random and says nothing of the data."""

    dataset: Name
    dictionary: Digest
    snapshot: Name


class Manifest(Document):
    """A site's offers, numbered; the highest number counts."""

    schema_: Annotated[Literal["fedcli/manifest/1"], Field(alias="schema")] = "fedcli/manifest/1"
    federation: Name
    root_version: Version
    site: Name
    number: Version
    policy: Digest
    offers: tuple[Offer, ...]
    issued: Moment
