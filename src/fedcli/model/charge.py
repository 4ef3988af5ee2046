"""A charge: what one question costs, written down before any data is opened."""

from __future__ import annotations

from typing import Literal

from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Count, Digest, Name


class Charge(Document):
    """One question of one researcher on one snapshot in one mode and round state.

    Question, state, snapshot, mode and researcher are its identity: asking the same again is the same
    charge, for whatever project.
    """

    question: Digest
    state: Digest | None = None
    snapshot: Name
    mode: Literal["disclosure-control"]
    population: Name
    researcher: Name
    project: Name | None = None
    questions: Count = 1
    scalars: Count
    rho: Amount | None = None
