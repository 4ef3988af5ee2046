"""When the runs of a recurring query are due, and which one is open."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import ValidationError

from fedcli.errors import InvalidFile
from fedcli.model.query import Draft, Query
from fedcli.model.recurrence import Recurs
from tests.unit.trust.builders import NOW, query

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)


def nightly(times: int = 3, **more: Any) -> Query:
    """A query that recurs every day from now on; each run is open for six hours."""
    recurs = Recurs(every="1 day", times=times, starts=NOW)
    fields = query().model_dump() | {"round_deadline": "6 hours", "recurs": recurs, "expires": NOW + 9 * DAY}
    return Query(**{**fields, **more})


def draft(**more: Any) -> Draft:
    """A query file."""
    head = {"schema": "fedcli/query/1", "title": "t", "dataset": "d", "analysis": [{"id": "n"}]}
    return Draft.read(head | more, "query.toml")


@pytest.mark.parametrize(
    ("after", "run"),
    [
        (-SECOND, None),
        (timedelta(), 1),
        (timedelta(hours=6), 1),
        (timedelta(hours=6) + SECOND, None),
        (DAY - SECOND, None),
        (DAY, 2),
        (2 * DAY, 3),
        (3 * DAY, None),
    ],
)
def test_which_run_is_open(after: timedelta, run: int | None) -> None:
    """From the moment that it is due to its deadline, both of which belong to it; then none."""
    assert nightly().open_run(NOW + after) == run


def test_a_run_that_is_open_until_the_next() -> None:
    """At the moment at which both could be, it is the one that is due."""
    asked = nightly(round_deadline="1 day")
    assert [asked.open_run(NOW + DAY - SECOND), asked.open_run(NOW + DAY)] == [1, 2]
    assert asked.closes(1) == asked.due(2)


def test_a_query_that_is_asked_once() -> None:
    """It has no runs, and waits from its signing."""
    once = query()
    assert (once.runs, once.open_run(NOW), once.due(0), once.occurrence(1)) == (1, None, None, None)
    assert once.closes() == NOW + timedelta(days=3)


def test_runs_after_it_expires_are_none() -> None:
    """They are not counted, and never open; without any there is no query."""
    short = nightly(expires=NOW + DAY + SECOND)
    assert (short.runs, short.open_run(NOW + 2 * DAY)) == (2, None)
    with pytest.raises(ValidationError, match="before its first run"):
        nightly(expires=NOW - SECOND)


def test_what_a_run_says_of_itself() -> None:
    """In words too."""
    told = nightly().occurrence(2)
    assert told is not None
    assert (told.run, told.of, told.due, told.closes) == (2, 3, NOW + DAY, NOW + DAY + timedelta(hours=6))
    assert told.words.startswith("2 of 3, due ")


def test_a_run_ends_before_the_next_is_due() -> None:
    """In the file and as it was signed: what is computed for a run is of the data of its time."""
    with pytest.raises(InvalidFile, match=r"longer than recurs\.every"):
        draft(round_deadline="2 days", recurs={"every": "1 day", "times": 2})
    with pytest.raises(ValidationError, match=r"longer than recurs\.every"):
        nightly(round_deadline="25 hours")


def test_how_long_a_run_is_open() -> None:
    """As the file says, else until the next one; a query that is asked once has two weeks."""
    recurs = {"every": "1 day", "times": 2}
    assert draft(recurs=recurs).deadline == "1 day"
    assert draft(recurs=recurs, round_deadline="6 hours").deadline == "6 hours"
    assert draft().deadline == "14 days"


@pytest.mark.parametrize("times", [0, 1, 1000])
def test_how_often(times: int) -> None:
    """Once is no recurrence, and names have three digits."""
    with pytest.raises(InvalidFile):
        draft(recurs={"every": "1 day", "times": times})


def test_beyond_all_time() -> None:
    """A last run that no calendar has is refused where the query is read."""
    with pytest.raises(ValidationError, match="9999"):
        Recurs(every="9999 days", times=999, starts=datetime(9000, 1, 1, tzinfo=UTC))


def test_the_same_signed_later() -> None:
    """What starts with its signing is the same query; what starts at a moment of its own is too."""
    later = nightly(issued=NOW + DAY, recurs=Recurs(every="1 day", times=3, starts=NOW + DAY))
    assert nightly().same_as(later)
    assert nightly().same_as(nightly(issued=NOW + DAY)) is False  # started with its signing, and does not now
    fixed = Recurs(every="1 day", times=3, starts=NOW + 2 * DAY)
    assert nightly(recurs=fixed).same_as(nightly(recurs=fixed, issued=NOW + DAY))
