"""Accounts: a question is charged once, limits hold in their window, an answer is kept once."""

from __future__ import annotations

import sqlite3
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest

from fedcli.errors import BudgetSpent, Refused
from fedcli.ledger import accounts, log
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.judged import Judged
from fedcli.model.policy import Limit, Limits, Privacy
from tests.unit.ledger.conftest import NOW, charge, entry

DAY = timedelta(days=1)
SECOND = timedelta(seconds=1)
TWO = Limits(
    questions_per_researcher=Limit(number=2, period="30 days"),
    data_refusals_per_researcher=Limit(number=2, period="30 days"),
)
RULES = "e" * 64


def ask(store: Store, number: int, at: datetime = NOW, limits: Limits = TWO, **more: Any) -> int:
    """Charge the question of a number."""
    wanted = charge(question=f"{number:064x}", **more)
    told = entry(kind="charge", at=at, actor=wanted.researcher, charge=wanted)
    with store.writing():
        return accounts.charge(store, wanted, told, limits, Privacy())


def release(query: str = "a" * 64, round_: int = 0, attempt: int = 1, **more: Any) -> Recorded:
    """A release as it is recorded."""
    recorded = Recorded(query, round_, attempt, "released", "", b"statement", b"sealed", False)
    return recorded._replace(**more)


def record(
    store: Store, what: Recorded, at: datetime = NOW, refusals: int = 0, opened: bool = True, who: str = "ana"
) -> None:
    """Record a release."""
    with store.writing():
        accounts.record_release(store, what, who, at, refusals, opened)


def test_a_charge_is_an_entry_of_the_log(store: Store) -> None:
    """Both are written in one transaction, under one number."""
    assert [ask(store, 1), ask(store, 2)] == [0, 1]
    assert [one.charge and one.charge.question for one in log.entries(store)] == [f"{n:064x}" for n in (1, 2)]


def test_the_same_question_is_charged_once(store: Store) -> None:
    """Asked again, whatever it costs now and whenever, it has the number of then, and no new entry."""
    assert ask(store, 1) == 0
    assert ask(store, 1, at=NOW + DAY, scalars=99, population="others") == 0
    assert log.head(store).size == 1


@pytest.mark.parametrize(
    "other", [{"snapshot": "s-2"}, {"researcher": "bob"}, {"state": "f" * 64}, {"question": "b" * 64}]
)
def test_another_question_is_another_charge(store: Store, other: dict[str, Any]) -> None:
    """Question, round state, snapshot, mode and researcher make it what it is."""
    assert accounts.identity(charge()) != accounts.identity(charge(**other))
    for wanted in (charge(), charge(**other)):
        with store.writing():
            accounts.charge(store, wanted, entry(kind="charge", charge=wanted), TWO, Privacy())
    assert log.head(store).size == 2


def test_questions_are_limited(store: Store) -> None:
    """The third new question within the period is P-QUESTIONS, and leaves no trace."""
    ask(store, 1)
    ask(store, 2)
    with pytest.raises(BudgetSpent, match="P-QUESTIONS") as caught:
        ask(store, 3)
    assert caught.value.facts == {"number": "2", "period": "30 days", "of": "researcher"}
    assert log.head(store).size == 2


def test_an_old_question_is_answered_when_nothing_is_left(store: Store) -> None:
    """Asking again costs nothing, so it needs nothing."""
    ask(store, 1)
    ask(store, 2)
    assert ask(store, 1) == 0


def test_the_window_moves(store: Store) -> None:
    """A question counts until its period is over, to the second."""
    ask(store, 1, at=NOW)
    ask(store, 2, at=NOW + DAY)
    with pytest.raises(BudgetSpent):
        ask(store, 3, at=NOW + 30 * DAY - SECOND)
    ask(store, 3, at=NOW + 30 * DAY)
    with pytest.raises(BudgetSpent):
        ask(store, 4, at=NOW + 31 * DAY - SECOND)
    ask(store, 4, at=NOW + 31 * DAY)


def test_each_researcher_has_a_limit_of_their_own(store: Store) -> None:
    """What Ana asked is not Bob's."""
    for number in (1, 2):
        ask(store, number)
        ask(store, number, researcher="bob")
    for researcher in ("ana", "bob"):
        with pytest.raises(BudgetSpent):
            ask(store, 3, researcher=researcher)


@pytest.mark.parametrize("of", ["project", "population"])
def test_all_of_a_project_and_about_a_population(store: Store, of: str) -> None:
    """Whoever asks; of others it is not."""
    two = Limits(**{f"questions_per_{of}": Limit(number=2, period="30 days")})
    for number, who in enumerate(("ana", "bob"), start=1):
        ask(store, number, researcher=who, limits=two, **{of: "shared"})
    with pytest.raises(BudgetSpent) as caught:
        ask(store, 3, researcher="eve", limits=two, **{of: "shared"})
    assert f"limits.questions_per_{of}" in caught.value.fix
    ask(store, 3, researcher="eve", limits=two, **{of: "other"})


def test_a_limit_of_zero_answers_nothing(store: Store) -> None:
    """Not even the first."""
    with pytest.raises(BudgetSpent):
        ask(store, 1, limits=Limits(questions_per_researcher=Limit(number=0, period="1 day")))


def test_the_window_does_not_depend_on_the_time_zone(store: Store) -> None:
    """The same moment, told in another zone, is the same moment."""
    one = Limits(questions_per_researcher=Limit(number=1, period="30 days"))
    ask(store, 1, at=NOW.astimezone(timezone(timedelta(hours=10))), limits=one)
    ask(store, 2, at=NOW + 30 * DAY, limits=one)


def test_an_answer_is_kept_once(store: Store) -> None:
    """The first one stays; other rules have an answer of their own."""
    ask(store, 1)
    wanted = charge(question=f"{1:064x}")
    assert accounts.answered(store, wanted, RULES) is None
    for code in ("D-REFUSED", "G-SECOND"):
        with store.writing():
            accounts.record_answer(store, wanted, RULES, Judged(verdict="refused", code=code))
    assert accounts.answered(store, wanted, RULES) == Judged(verdict="refused", code="D-REFUSED")
    assert accounts.answered(store, wanted, "d" * 64) is None
    assert accounts.answered(store, charge(question=f"{2:064x}"), RULES) is None


def test_an_answer_needs_its_charge(store: Store) -> None:
    """Nothing is answered that was not charged."""
    with pytest.raises(sqlite3.IntegrityError), store.writing():
        accounts.record_answer(store, charge(), RULES, Judged(verdict="refused"))


def test_releases_come_back(store: Store) -> None:
    """In the order of time, round and attempt; of one query, or all."""
    second = release(attempt=2, outcome="refused", codes="D-REFUSED", statement=b"\x00", sealed=b"")
    other = release(query="b" * 64)
    for what, at in ((second, NOW), (release(), NOW), (other, NOW - DAY)):
        record(store, what, at=at)
    assert accounts.releases(store, "a" * 64) == [release(), second]
    assert accounts.releases(store) == [other, release(), second]
    assert accounts.releases(store, "c" * 64) == []


def test_a_release_is_recorded_once(store: Store) -> None:
    """Two never leave under one round and attempt."""
    record(store, release())
    with pytest.raises(sqlite3.IntegrityError):
        record(store, release(sealed=b"another"))
    assert accounts.releases(store) == [release()]


def test_a_release_becomes_visible(store: Store) -> None:
    """That one, and no other."""
    record(store, release())
    record(store, release(attempt=2))
    with store.writing():
        accounts.mark_visible(store, release(attempt=2))
    assert [one.visible for one in accounts.releases(store)] == [False, True]


def test_runs_are_counted_by_what_was_opened(store: Store) -> None:
    """An attempt that never opened data is no run."""
    record(store, release())
    record(store, release(attempt=2), opened=False)
    record(store, release(query="b" * 64))
    record(store, release(query="b" * 64, round=1))
    assert [accounts.opened(store, query * 64) for query in "abc"] == [{0: 1}, {0: 1, 1: 1}, {}]


def test_refusals_are_limited(store: Store) -> None:
    """So many refusals that depend on data within the period are P-REFUSALS, to the second."""
    record(store, release(), at=NOW, refusals=1)
    accounts.check_refusals(store, "ana", TWO, NOW)
    record(store, release(attempt=2), at=NOW + DAY, refusals=1)
    with pytest.raises(Refused, match="P-REFUSALS") as caught:
        accounts.check_refusals(store, "ana", TWO, NOW + 30 * DAY - SECOND)
    assert caught.value.facts == {"number": "2", "period": "30 days"}
    accounts.check_refusals(store, "ana", TWO, NOW + 30 * DAY)
    accounts.check_refusals(store, "bob", TWO, NOW + DAY)


def test_several_refusals_of_one_release_count_each(store: Store) -> None:
    """A query of two analyses that are both refused counts as two."""
    record(store, release(), refusals=2)
    with pytest.raises(Refused, match="P-REFUSALS"):
        accounts.check_refusals(store, "ana", TWO, NOW)


def test_answers_that_are_no_refusals_do_not_count(store: Store) -> None:
    """However many."""
    for attempt in range(1, 6):
        record(store, release(attempt=attempt))
    accounts.check_refusals(store, "ana", TWO, NOW)
