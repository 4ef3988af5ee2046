"""What is told of reviews, to the people of a site who give them."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Count, Day, Digest, Moment, Name
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


class EarlierShown(Document):
    """One thing that left before: an analysis of a query, or without `id` what went by another door.

    `cohort` is none where it is not known; `differs` says in what it asked something else.
    """

    at: Day
    id: str | None = None
    title: str
    who: str
    project: Name | None = None
    cohort: str | None = None
    analysis: str
    differs: tuple[str, ...] = ()
    recalled: bool = False


class BesideShown(Document):
    """What left before beside one parked analysis, nearest first; `more` of it is not listed."""

    outputs: tuple[EarlierShown, ...]
    more: Count


class ReviewShown(Shown):
    """One parked round as a reviewer must see it.

    `context` is exact. It is for a terminal: no document, and so no file, has it.
    """

    parked: ParkedShown
    snapshot: Name
    findings: tuple[FindingShown, ...]
    said: tuple[SaidShown, ...]
    earlier: dict[Name, BesideShown]
    context: Annotated[dict[Name, tuple[str, ...]], Field(exclude=True)] = {}


class ReviewGiven(Shown):
    """A decision as it was signed, now or before, and how the review stands with it."""

    parked: ParkedShown
    reviewer: Name
    decision: Judgement
    reason: str
    new: bool
