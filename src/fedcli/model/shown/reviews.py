"""What is told of reviews, to the people of a site who give them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Count, Digest, Moment, Name
from fedcli.model.review import Judgement
from fedcli.model.shown.base import Shown
from fedcli.model.shown.work import FindingShown

ReviewState = Literal["waits", "changes-requested", "approved", "rejected", "released", "outdated"]


class SaidShown(Document):
    """What one person said, and when."""

    reviewer: Name
    decision: Judgement
    reason: str
    issued: Moment


class ParkedShown(Document):
    """One round of a query that was parked, and how its review stands."""

    id: str
    query: Digest
    title: str
    researcher: Name | None = None
    round: Count
    state: ReviewState
    approved: tuple[Name, ...]
    people: Count
    roles: tuple[str, ...]


class ReviewsShown(Shown):
    """All that was parked here, the last round of each query."""

    reviews: tuple[ParkedShown, ...]


class ReviewShown(Shown):
    """One parked round as a reviewer must see it.

    `context` is exact. It is for a terminal: no document, and so no file, has it.
    """

    parked: ParkedShown
    snapshot: Name
    findings: tuple[FindingShown, ...]
    said: tuple[SaidShown, ...]
    context: Annotated[dict[Name, tuple[str, ...]], Field(exclude=True)] = {}


class ReviewGiven(Shown):
    """A decision as it was signed, now or before, and how the review stands with it."""

    parked: ParkedShown
    reviewer: Name
    decision: Judgement
    reason: str
    new: bool
