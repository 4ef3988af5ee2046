"""The quorum itself: what it counts and what it refuses, whatever files there are."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from fedcli.errors import Untrusted
from fedcli.model.release import Answered, Unanswered
from fedcli.model.verified import Verified
from fedcli.workflows.quorum import Contribution, Quorum
from tests.unit.model.test_recurrence import nightly
from tests.unit.trust.builders import NOW, digest_of, query, release, values

ANSWER = Answered.model_construct()
REFUSAL = Unanswered(code="D-REFUSED", final=False)


def contribution(answers: bool = True, **more: Any) -> Contribution:
    """A site's release with values, or with a refusal."""
    statement = release(**more)
    told = values(site=statement.site).model_copy(update={"analyses": {"n": ANSWER if answers else REFUSAL}})
    signed = (statement.site,), digest_of("1"), digest_of("2")
    return Contribution(Verified.mint(statement, *signed), Verified.mint(told, *signed))


def quorum() -> Quorum:
    """An empty one."""
    return Quorum(query(), NOW)


def refused(quorum: Quorum, again: Contribution) -> str:
    """The code that a contribution meets; what was counted stays."""
    before = quorum.contributions
    with pytest.raises(Untrusted) as caught:
        quorum.add(again)
    assert quorum.contributions == before
    return caught.value.code


def test_sites_are_counted() -> None:
    """In the order of the query; who has not answered is missing."""
    found = quorum()
    found.add(contribution(site="south"))
    assert (found.missing, len(found.answered("n"))) == (("north",), 1)
    found.add(contribution(site="north"))
    assert [one.release.value.site for one in found.contributions] == ["north", "south"]
    assert found.missing == ()


@pytest.mark.parametrize("attempt", [1, 2])
def test_an_answer_counts_once(attempt: int) -> None:
    """Neither again, nor as a later attempt."""
    found = quorum()
    found.add(contribution())
    assert refused(found, contribution(attempt=attempt)) == "R-REPLAY"


def test_an_answer_replaces_a_refusal() -> None:
    """By a later attempt, and not by the same or an earlier one."""
    found = quorum()
    found.add(contribution(answers=False, attempt=2))
    for attempt in (1, 2):
        assert refused(found, contribution(attempt=attempt)) == "R-REPLAY"
    assert found.answered("n") == ()
    found.add(contribution(attempt=3))
    assert len(found.answered("n")) == 1


@pytest.mark.parametrize("key", ["query", "dictionary"])
def test_another_question_does_not_count(key: str) -> None:
    """Not even from the right site."""
    assert refused(quorum(), contribution(**{key: digest_of("9")})) == "R-REPLAY"


def test_a_site_that_was_not_asked() -> None:
    """Its release may be genuine; it is no part of this query."""
    assert refused(quorum(), contribution(site="west")) == "R-SITE"


def test_the_deadline() -> None:
    """Counts from the signing; its last moment belongs to the sites."""
    ends = NOW + timedelta(days=3)
    assert [Quorum(query(), at).overdue for at in (ends, ends + timedelta(seconds=1))] == [False, True]


@pytest.mark.parametrize(
    ("run", "hours", "code"),
    [
        (2, 24, None),
        (2, 30, None),
        (2, 23, "R-TIME"),
        (2, 31, "R-TIME"),
        (1, 24, "R-REPLAY"),
        (None, 24, "R-REPLAY"),
    ],
)
def test_a_release_is_of_one_run(run: int | None, hours: int, code: str | None) -> None:
    """By its own word, and by the time at which it was made: one of yesterday does not count for today."""
    asked = nightly()
    found = Quorum(asked, NOW + timedelta(days=2), run=2)
    due = asked.due(run) if run else None
    made = contribution(
        query=asked.sha256,
        round=run or 2,
        due=due,
        issued=NOW + timedelta(hours=hours),
        expires=asked.expires,
    )
    if code is None:
        found.add(made)
        assert len(found.contributions) == 1
    else:
        assert refused(found, made) == code


def test_a_run_has_a_deadline_of_its_own() -> None:
    """From when it is due, not from the signing."""
    ends = NOW + timedelta(days=1, hours=6)
    assert [Quorum(nightly(), at, run=2).overdue for at in (ends, ends + timedelta(seconds=1))] == [
        False,
        True,
    ]


def test_a_run_says_nothing_to_a_query_that_is_asked_once() -> None:
    """A release that names when it was due is of another kind of query."""
    assert refused(quorum(), contribution(due=NOW)) == "R-REPLAY"
