"""Reviews of what was parked, as text."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.model.shown.reviews import BesideShown, ParkedShown, ReviewGiven, ReviewShown, ReviewsShown
from fedcli.report.page import Grid, Page, Pages

_SAID = {"approve": "approved", "request-changes": "sent back", "reject": "rejected"}
_NEXT = {
    "approved": 'the next "fedcli run" releases it',
    "changes-requested": "it stays here unless who sent it back approves",
    "rejected": "it stays here",
    "outdated": "the data or the policy changed since: run it again",
}


def reviews_page(shown: ReviewsShown) -> Page:
    """All that was parked."""
    rows = tuple(
        (one.id, one.round, one.state, f"{len(one.approved)} of {one.people}", one.researcher, one.title)
        for one in shown.reviews
    )
    columns = ("query", "round", "state", "approved", "researcher", "title")
    return Page(grids=(Grid("", columns, rows),)) if rows else Page("nothing was parked here")


def review_page(shown: ReviewShown) -> Page:
    """One parked round: what was found, the exact cells, what was said."""
    found = tuple((one.analysis, one.check, one.field, one.cells) for one in shown.findings)
    said = tuple(
        (f"{one.issued:%Y-%m-%d %H:%M}", one.reviewer, _SAID[one.decision], one.reason) for one in shown.said
    )
    grids = [Grid("what asks for people", ("analysis", "check", "field", "cells"), found)] if found else []
    grids += [Grid("what was said", ("at", "who", "what", "reason"), said)] if said else []
    grids += [_left(name, one) for name, one in shown.earlier.items() if one.outputs]
    told = [line for name, lines in shown.context.items() for line in (f"{name}: exact values", *lines)]
    return Page(
        headline=_headline(shown.parked),
        facts=(*_facts(shown.parked), ("snapshot", shown.snapshot)),
        grids=tuple(grids),
        notes=(
            *_besides(shown),
            *told,
            "exact values are for your eyes: do not copy them, or write them into a reason",
        ),
    )


def given_page(shown: ReviewGiven) -> Page:
    """A decision as it was signed, and what comes of it."""
    already = "" if shown.new else " already"
    return Page(
        headline=f"{shown.parked.id} {_SAID[shown.decision]} by {shown.reviewer}{already}",
        facts=(("reason", shown.reason), *_facts(shown.parked)),
        notes=_next(shown.parked),
    )


def _left(name: str, beside: BesideShown) -> Grid:
    """What left before, each with what it was and in what it is another question."""
    columns = ("at", "what", "who", "project", "analysis", "cohort", "differs", "recalled")
    rows = tuple(
        (
            one.at,
            one.id or one.title,
            one.who,
            one.project,
            one.analysis,
            one.cohort or "not known",
            one.differs or ("the same question" if one.id else "another door"),
            one.recalled or None,
        )
        for one in beside.outputs
    )
    return Grid(f"{name}: what left before of the same persons", columns, rows)


def _besides(shown: ReviewShown) -> Iterator[str]:
    """What is not in the tables of what left before."""
    for name, beside in shown.earlier.items():
        if not beside.outputs:
            yield f"{name}: nothing left before of the same persons and columns"
        if beside.more:
            yield f"{name}: and {beside.more} more that left before"


def _headline(parked: ParkedShown) -> str:
    return f"{parked.id}, round {parked.round}: {parked.state}"


def _facts(parked: ParkedShown) -> tuple[tuple[str, object], ...]:
    return (
        ("title", parked.title),
        ("researcher", parked.researcher),
        ("state", parked.state),
        ("approved by", parked.approved),
        ("needed", f"{parked.people} people; roles: {', '.join(parked.roles) or 'any'}"),
    )


def _next(parked: ParkedShown) -> tuple[str, ...]:
    return (_NEXT[parked.state],) if parked.state in _NEXT else ()


PAGES: Pages = {ReviewGiven: given_page, ReviewShown: review_page, ReviewsShown: reviews_page}
