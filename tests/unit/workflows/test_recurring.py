"""How often a grant lets a recurring query run, and which run is added up."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from fedcli.errors import InvalidFile, Pending, UsageFault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.approval import Approval
from fedcli.model.query import Analysis
from fedcli.model.recurrence import Recurs
from fedcli.workflows.recurring import check_recurs, exceeded, to_answer, trajectory, which
from tests.unit.model.test_recurrence import DAY, SECOND, nightly
from tests.unit.trust.builders import NOW

RECURS = Recurs(every="1 day", times=9, starts=NOW)


def grant(**more: Any) -> Approval:
    """One person's word; what it binds besides does not matter here."""
    return Approval.model_construct(**more)


@pytest.mark.parametrize(
    ("word", "opened", "run", "code"),
    [
        ({}, {}, 4, None),
        ({}, {4: 2}, 4, None),
        ({}, {4: 3}, 4, "A-RUNS"),
        ({}, {3: 1}, 4, "A-RUNS"),
        ({"max_runs": 9}, {3: 1}, 4, "A-RUNS"),
        ({"max_runs": 2, "period": "1 day"}, {3: 1}, 4, None),
        ({"max_runs": 2, "period": "1 day"}, {2: 1, 3: 1}, 4, "A-RUNS"),
        ({"max_runs": 2, "period": "1 day"}, {2: 1, 4: 1}, 4, None),
        ({"max_runs": 1, "period": "1 day"}, {4: 2}, 4, None),
        ({"max_runs": 9, "period": "1 day"}, {4: 3}, 4, "A-RUNS"),
        ({"max_runs": 9, "period": "2 days"}, {3: 1}, 4, "A-PERIOD"),
        ({"max_runs": 9, "period": "2 days"}, {2: 1}, 4, None),
        ({"max_runs": 9, "period": "25 hours"}, {3: 1}, 4, "A-PERIOD"),
        ({"max_runs": 9, "period": "2 days"}, {5: 1}, 4, "A-PERIOD"),
    ],
)
def test_a_grant(word: dict[str, Any], opened: dict[int, int], run: int, code: str | None) -> None:
    """Without a period it is for one run, whichever; with one for so many, each so far from another."""
    problem = exceeded(RECURS, grant(**word), opened, run)
    assert (problem and problem.code) == code


def test_what_takes_rounds_does_not_recur() -> None:
    """A model of a query that is asked once may."""
    model = Analysis(
        id="fit",
        analytic="glm",
        version=1,
        parameters={"family": "gaussian", "formula": "a ~ b", "unit": "row"},
    )
    check_recurs(None, [model], "q")
    with pytest.raises(InvalidFile) as caught:
        check_recurs(RECURS, [Analysis(id="n", analytic="count", version=1), model], "q")
    assert (caught.value.code, caught.value.facts["analysis"]) == ("Q-RECURS", "fit")


def test_what_it_comes_to() -> None:
    """Runs that are due before it expires; numbers and price are those of all of them."""
    told = trajectory(nightly(expires=NOW + DAY + SECOND), 4)
    assert told is not None
    assert (told.runs, told.numbers, told.last, told.rho) == (2, 8, NOW + DAY, None)
    dear = nightly().privacy.model_copy(update={"mode": "differential-privacy", "rho": "0.1"})
    told = trajectory(nightly(privacy=dear), 4)
    assert told is not None
    assert told.rho == "0.3"


def test_the_run_to_answer() -> None:
    """The one that is open, also once more; none before another that was answered, whatever a clock says."""
    asked, later = nightly(), NOW + DAY
    assert [to_answer(asked, answered, later) for answered in ((), (1,), (1, 2))] == [2, 2, 2]
    for now, answered, told in (
        (later, (3,), "the next is due"),
        (NOW - SECOND, (), "the next is due 2026-11-22 09:00 UTC"),
        (NOW + 3 * DAY, (), "there is no other"),
    ):
        with pytest.raises(Pending, match=told) as caught:
            to_answer(asked, answered, now)
        assert caught.value.code == "A-NOT-DUE"


@pytest.fixture
def office(tmp_path: Path) -> FolderExchange:
    """An exchange in which both sites have answered the first run, and one the second."""
    found = FolderExchange.make(tmp_path / "exchange")
    for site, runs in (("north", (1, 2)), ("south", (1,))):
        for run in runs:
            found.put_release(site, nightly().sha256, (run, 1), b"s", b"v")
    return found


@pytest.mark.parametrize(
    ("after", "asked", "min_sites", "run"),
    [
        (timedelta(), None, None, 1),
        (DAY, None, None, 1),
        (DAY, None, 1, 2),
        (DAY, 2, None, 2),
        (DAY + timedelta(hours=6, seconds=1), None, None, 2),
        (2 * DAY, None, None, 2),
        (9 * DAY, None, None, 3),
        (9 * DAY, 1, None, 1),
    ],
)
def test_which_run_is_added_up(
    office: FolderExchange, after: timedelta, asked: int | None, min_sites: int | None, run: int
) -> None:
    """The one that is named; else the last that has ended, or that enough sites have answered."""
    assert which(office, nightly(), asked, min_sites, NOW + after) == run


def test_a_run_that_is_not_there(office: FolderExchange) -> None:
    """It is not due yet, or there is no such run."""
    with pytest.raises(Pending, match="run 3 is due"):
        which(office, nightly(), 3, None, NOW + DAY)
    with pytest.raises(Pending, match="run 1 is due"):
        which(office, nightly(), None, None, NOW - SECOND)
    with pytest.raises(UsageFault, match="no run 4"):
        which(office, nightly(), 4, None, NOW + 9 * DAY)
    with pytest.raises(UsageFault, match="asked once"):
        which(office, nightly(recurs=None), 1, None, NOW)
