"""The filter: what a charge costs, what is left, and that nothing is granted beyond it, to the last unit."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import ValidationError

from fedcli.errors import BudgetSpent, Refused
from fedcli.ledger import accounts, budget, log
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.identifiers import amount, fraction, units
from fedcli.model.policy import Limits, Privacy
from fedcli.model.query import Asked
from tests.unit.ledger.conftest import NOW, charge, entry, noisy

DAY, SECOND = timedelta(days=1), timedelta(seconds=1)
UNIT = "0.000000000001"
PRIVACY = Privacy(mode="differential-privacy", capacity_rho="1", project_rho="0.5")
PEOPLE = "north-patients"


ROOMY = Privacy(capacity_rho="9", project_rho="9")


def pay(store: Store, wanted: Charge, privacy: Privacy = PRIVACY, at: datetime = NOW) -> Charge:
    """Charge; what the log says of it."""
    told = entry(kind="charge", at=at, actor=wanted.researcher, charge=wanted)
    with store.writing():
        number = accounts.charge(store, wanted, told, Limits(), privacy)
    found = log.entry(store, number).charge
    assert found is not None
    return found


def question(number: int, **more: Any) -> Charge:
    """The charge of the question of a number."""
    return noisy(question=f"{number:064x}", **more)


def state(number: int) -> str:
    """The state of a round."""
    return f"{number:064x}"


# Prices.


def test_the_first_draw_pays_for_all(store: Store) -> None:
    """Five draws of 0.01 cost 0.05 at once, and are written down with their share."""
    paid = pay(store, noisy(share="0.01", draws=5))
    assert (paid.rho, paid.share, paid.draws, paid.plan) == ("0.05", "0.01", 5, None)
    assert budget.spent(store, PEOPLE) == units("0.05")


def test_later_draws_are_covered(store: Store) -> None:
    """They cost nothing and name the entry that has paid."""
    assert pay(store, charge(question="c" * 64)).rho is None
    pay(store, noisy(draws=3))
    later = [pay(store, noisy(draws=3, state=state(one))) for one in (1, 2)]
    assert [(one.rho, one.plan) for one in later] == [("0", 1), ("0", 1)]
    assert budget.spent(store, PEOPLE) == units("0.3")


def test_the_draw_after_the_last_pays_anew(store: Store) -> None:
    """For a whole plan of its own, which the next ones then name."""
    paid = [pay(store, noisy(draws=2, state=state(one) if one else None), ROOMY) for one in range(5)]
    assert [(one.rho, one.plan) for one in paid] == [
        ("0.2", None),
        ("0", 0),
        ("0.2", None),
        ("0", 2),
        ("0.2", None),
    ]
    assert budget.spent(store, PEOPLE, "cardio") == units("0.6")


def test_a_later_draw_without_a_plan_pays(store: Store) -> None:
    """Who begins in the middle pays for all."""
    assert pay(store, noisy(draws=2, state=state(1))).rho == "0.2"


def test_the_same_draw_is_charged_once(store: Store) -> None:
    """A draw that is repeated is the same charge: no new entry, and no draw of the plan is used up."""
    pay(store, noisy(draws=2))
    for _ in range(3):
        assert pay(store, noisy(draws=2, state=state(1))).plan == 0
        assert pay(store, noisy(draws=2)).rho == "0.2"
    assert log.head(store).size == 2


@pytest.mark.parametrize(
    "other",
    [{"researcher": "bob"}, {"snapshot": "s-2"}, {"share": "0.05"}, {"draws": 4}, {"question": "b" * 64}],
    ids=lambda other: next(iter(other)),
)
def test_another_plan_pays_for_itself(store: Store, other: dict[str, Any]) -> None:
    """Another researcher, snapshot, share, number of draws or question is not covered by this one."""
    pay(store, noisy(draws=3), ROOMY)
    one = noisy(**({"draws": 3, "state": state(1)} | other))
    assert pay(store, one, ROOMY).plan is None
    assert budget.spent(store, PEOPLE) == units("0.3") + units(one.share or "") * (one.draws or 0)


def test_another_share_is_another_charge(store: Store) -> None:
    """The same question for more rho is asked once more, and paid for."""
    pay(store, noisy(share="0.1"))
    assert pay(store, noisy(share="0.2")).rho == "0.2"
    assert budget.spent(store, PEOPLE) == units("0.3")


def test_plans_of_two_people_side_by_side(store: Store) -> None:
    """The rounds of both come in turns, and each has its own plan."""
    paid = [
        pay(store, noisy(draws=2, researcher=who, state=state(one) if one else None), ROOMY)
        for one in range(2)
        for who in ("ana", "bob")
    ]
    assert [one.plan for one in paid] == [None, None, 0, 1]


def test_a_charge_has_a_share_where_it_needs_one() -> None:
    """The filter sees no charge without a share, so there is none under differential privacy."""
    for wrong in ({"mode": "differential-privacy"}, {"share": "0.1"}):
        with pytest.raises(ValidationError, match="share"):
            charge(**wrong)


# Capacities.


def test_the_capacity_of_a_population(store: Store) -> None:
    """Whatever project asks; what is left and wanted is told."""
    for number in range(10):
        pay(store, question(number, project=f"p{number}"))
    with pytest.raises(BudgetSpent, match="P-BUDGET") as caught:
        pay(store, question(10, project="new", share=UNIT))
    assert caught.value.facts == {"of": "population", "rho": UNIT, "left": "0", "capacity": "1"}
    assert log.head(store).size == 10


def test_the_capacity_of_a_project(store: Store) -> None:
    """One project has its own, and another still has all of its own."""
    pay(store, question(1, share="0.4"))
    with pytest.raises(BudgetSpent, match="P-BUDGET") as caught:
        pay(store, question(2, share="0.2"))
    assert caught.value.facts == {"of": "project", "rho": "0.2", "left": "0.1", "capacity": "0.5"}
    pay(store, question(2, share="0.2", project="other"))
    assert [budget.spent(store, PEOPLE, name) for name in ("cardio", "other", None)] == [
        units("0.4"),
        units("0.2"),
        units("0.6"),
    ]


def test_populations_have_budgets_of_their_own(store: Store) -> None:
    """What is spent of one is not of another."""
    pay(store, question(1, share="0.5"))
    pay(store, question(2, share="0.5", population="others"))
    assert budget.populations(store) == [PEOPLE, "others"]
    assert [budget.spent(store, name) for name in (PEOPLE, "others", "nobody")] == [units("0.5")] * 2 + [0]


def test_a_capacity_can_be_used_up_to_the_last_unit(store: Store) -> None:
    """All of it, and not 1e-12 more."""
    exact = Privacy(capacity_rho="0.3", project_rho="0.3")
    for number in range(3):
        pay(store, question(number), exact)
    with pytest.raises(BudgetSpent):
        pay(store, question(3, share=UNIT), exact)
    assert pay(store, question(3, share=UNIT), Privacy(capacity_rho="0.300000000001", project_rho="9")).rho


@pytest.mark.parametrize(("share", "fits"), [("0.3", True), ("0.300000000001", False)])
def test_one_charge_of_the_whole(store: Store, share: str, fits: bool) -> None:
    """The first charge may be everything, and not a unit more."""
    exact = Privacy(capacity_rho="0.3", project_rho="1")
    if fits:
        assert pay(store, question(1, share=share), exact).rho == share
    else:
        with pytest.raises(BudgetSpent, match="population"):
            pay(store, question(1, share=share), exact)


def test_all_draws_must_fit(store: Store) -> None:
    """A plan that would end in the middle is not begun."""
    with pytest.raises(BudgetSpent) as caught:
        pay(store, noisy(share="0.1", draws=6))
    assert caught.value.facts["rho"] == "0.6"
    assert log.head(store).size == 0


def test_what_was_paid_for_is_answered_when_nothing_is_left(store: Store) -> None:
    """The old question, and the draws of its plan: they need nothing."""
    small = Privacy(capacity_rho="0.2", project_rho="0.2")
    pay(store, noisy(draws=2), small)
    assert pay(store, noisy(draws=2), small).rho == "0.2"
    assert pay(store, noisy(draws=2, state=state(1)), small).rho == "0"


def test_a_capacity_that_was_lowered(store: Store) -> None:
    """More may be spent than the new one holds: nothing is left then, and not less than nothing."""
    pay(store, question(1, share="0.5"))
    with pytest.raises(BudgetSpent) as caught:
        pay(store, question(2), Privacy(capacity_rho="0.2"))
    assert caught.value.facts == {"of": "population", "rho": "0.1", "left": "0", "capacity": "0.2"}


def test_a_capacity_of_zero_answers_nothing(store: Store) -> None:
    """Not even a unit."""
    with pytest.raises(BudgetSpent):
        pay(store, question(1, share=UNIT), Privacy(capacity_rho="0"))


def test_a_charge_without_a_project(store: Store) -> None:
    """It is held against all that was spent: naming no project opens no further account."""
    pay(store, question(1, project=None, share="0.3"))
    pay(store, question(2, project="a", share="0.2"))
    with pytest.raises(BudgetSpent) as caught:
        pay(store, question(3, project=None))
    assert (caught.value.facts["of"], caught.value.facts["left"]) == ("project", "0")


@given(shares=st.lists(st.integers(1, 4 * 10**11), max_size=8), capacity=st.integers(0, 10**12))
def test_never_beyond_and_never_too_early(
    shares: list[int], capacity: int, tmp_path_factory: pytest.TempPathFactory
) -> None:
    """Any prices: what fits is granted, what does not is refused, in whole units."""
    store = Store.create(tmp_path_factory.mktemp("book") / "site.db")
    limits, spent = Privacy(capacity_rho=amount(capacity), project_rho="9"), 0
    for number, share in enumerate(shares):
        if spent + share <= capacity:
            pay(store, question(number, share=amount(share)), limits)
            spent += share
        else:
            with pytest.raises(BudgetSpent):
                pay(store, question(number, share=amount(share)), limits)
        assert budget.spent(store, PEOPLE) == spent <= capacity
    store.close()


# Amounts.

ODD = ["1e-6", "NaN", "-1", ".5", "0.1234567890123", "", "+1", "1.", "01", " 1", "inf", "1_0", "0,5", "1\n"]


@pytest.mark.parametrize("text", ODD)
def test_what_is_no_amount(text: str) -> None:
    """Neither in a policy nor in a query, nor as the price of a charge."""
    for key in ("capacity_rho", "project_rho"):
        with pytest.raises(ValidationError):
            Privacy.model_validate({key: text})
    with pytest.raises(ValidationError):
        Asked.model_validate({"mode": "differential-privacy", "rho": text})
    with pytest.raises(ValidationError):
        noisy(share=text)


@pytest.mark.parametrize("text", ["0", "1", "0.5", "0.123456789012", "999999999.999999999999"])
def test_what_is_an_amount(text: str) -> None:
    """Units and back, without a rest."""
    assert Privacy(capacity_rho=text).capacity_rho == text
    assert fraction(amount(units(text))) == fraction(text)
    assert amount(units(text)) == text


def test_a_number_is_no_amount() -> None:
    """A float of a policy file is refused, whatever it is."""
    for value in (0.5, 1, True):
        with pytest.raises(ValidationError):
            Privacy.model_validate({"capacity_rho": value})


@pytest.mark.parametrize("asked", [{"rho": "0.1"}, {"mode": "differential-privacy"}])
def test_rho_goes_with_its_mode(asked: dict[str, str]) -> None:
    """One without the other is no question."""
    with pytest.raises(ValidationError, match="rho"):
        Asked.model_validate(asked)


def test_rho_of_zero_is_no_question() -> None:
    """Nothing can be told for nothing."""
    with pytest.raises(ValidationError, match="above zero"):
        Asked(mode="differential-privacy", rho="0.000")


# Modes.


def test_no_exact_answer_after_a_noisy_one(store: Store) -> None:
    """Within the period it is P-MODE, to the second; afterwards it is allowed."""
    pay(store, noisy())
    exact = charge(question="c" * 64)
    with pytest.raises(Refused, match="P-MODE") as caught:
        pay(store, exact, at=NOW + 365 * DAY - SECOND)
    assert caught.value.facts == {"population": PEOPLE, "period": "365 days"}
    assert log.head(store).size == 1
    pay(store, exact, at=NOW + 365 * DAY)


def test_the_period_begins_with_the_last(store: Store) -> None:
    """Each answer under differential privacy begins it anew, also one that was paid for before."""
    pay(store, noisy(draws=2))
    pay(store, noisy(draws=2, state=state(1)), at=NOW + 300 * DAY)
    with pytest.raises(Refused, match="P-MODE"):
        pay(store, charge(question="c" * 64), at=NOW + 600 * DAY)


def test_exact_answers_of_other_people(store: Store) -> None:
    """The mode is that of a population."""
    pay(store, noisy())
    pay(store, charge(question="c" * 64, population="others"))


def test_an_exact_answer_of_before_is_repeated(store: Store) -> None:
    """It told all that it tells already, and costs no new charge."""
    pay(store, charge(question="c" * 64))
    pay(store, noisy())
    assert pay(store, charge(question="c" * 64)).mode == "disclosure-control"
    assert log.head(store).size == 2


def test_in_which_modes_a_population_was_answered(store: Store) -> None:
    """As the charges say."""
    pay(store, charge(question="c" * 64))
    pay(store, noisy(population="others"))
    modes = ("disclosure-control", "differential-privacy")
    found = {name: [budget.answered_in(store, name, mode) for mode in modes] for name in (PEOPLE, "others")}
    assert found == {PEOPLE: [True, False], "others": [False, True]}


def test_exact_charges_are_no_spending(store: Store) -> None:
    """They have no price, and are not listed."""
    pay(store, charge(question="c" * 64))
    pay(store, noisy())
    assert [(one.entry, one.at, one.charge.rho) for one in budget.spending(store, PEOPLE)] == [
        (1, NOW, "0.1")
    ]
