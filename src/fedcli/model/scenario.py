"""A scenario of the demonstration: who plays it, and in which words it is told."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Line, Name
from fedcli.model.policy import Role


class Scenario(Document):
    """What `scenario.toml` says beside a scenario's data, dictionary and queries.

    `site` and `sites` are what participants are called in a sentence; `organisations` are those of the
    sites and of the researcher; `people` are at each site, with their roles.
    """

    site: Line
    sites: Line
    federation: Name
    administrators: Annotated[tuple[Name, ...], Field(min_length=1)]
    researcher: Name
    dataset: Name
    reason: Line
    organisations: dict[Name, Line]
    people: dict[Name, Role]
