"""The budget of a population: a filter over zero-concentrated differential privacy (rho), in whole units.

A filter lets the next price through only while the sum of all prices stays within a capacity that was
fixed beforehand, whoever chooses them and whatever they saw; for zCDP that loses nothing against prices
fixed in advance (Whitehouse, Ramdas, Rogers and Wu 2023, "Fully-adaptive composition in differential
privacy", theorem 1). The charges are the account: nothing else says what was spent, so nothing can say
less. A charge is never taken back: what a crash leaves behind stays spent.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Literal, NamedTuple

from fedcli.errors import fault
from fedcli.files.strict import parse_json
from fedcli.ledger import externals
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.identifiers import Count, Name, amount, duration, units
from fedcli.model.policy import Mode, Privacy

_OF = "SELECT entry, at, charge FROM charge WHERE json_extract(CAST(charge AS TEXT), '$.population') = ?"
_POPULATIONS = (
    "SELECT DISTINCT json_extract(CAST(charge AS TEXT), '$.population') FROM charge"
    " WHERE json_extract(CAST(charge AS TEXT), '$.share') IS NOT NULL ORDER BY 1"
)
_PLANS = (
    "SELECT entry, charge FROM charge WHERE json_extract(CAST(charge AS TEXT), '$.question') = ?"
    " AND json_extract(CAST(charge AS TEXT), '$.share') IS NOT NULL ORDER BY entry"
)


class Spending(NamedTuple):
    """One charge of a population under differential privacy: its entry in the log, when, and what."""

    entry: Count
    at: datetime
    charge: Charge


def spending(store: Store, population: Name) -> Iterator[Spending]:
    """What was charged to a population under differential privacy, in the order of the log."""
    text = f"{_OF} AND json_extract(CAST(charge AS TEXT), '$.share') IS NOT NULL ORDER BY entry"
    for entry, at, charge in store.connection.execute(text, (population,)):
        yield Spending(entry, datetime.fromisoformat(at).astimezone(UTC), _read(charge))


def populations(store: Store) -> list[Name]:
    """The populations that were ever charged under differential privacy, by name."""
    rows = store.connection.execute(_POPULATIONS).fetchall()
    return [name for (name,) in rows]


def spent(store: Store, population: Name, project: Name | None = None) -> int:
    """The whole units of rho that were charged to a population, or to one project of it."""
    known = (one.charge for one in spending(store, population))
    return sum(units(one.rho or "0") for one in known if project in (None, one.project))


def priced(store: Store, wanted: Charge) -> Charge:
    """A charge with its price: that of all its draws, or nothing where an entry has paid for this one.

    The draws of one question on one snapshot are paid for with the first. What is asked after the last of
    them, or at the start once more, is paid for anew.
    """
    assert wanted.share is not None
    whole = wanted.model_copy(update={"rho": amount(units(wanted.share) * (wanted.draws or 1)), "plan": None})
    if wanted.state is None:
        return whole
    plan, drawn = None, 0
    for entry, text in store.connection.execute(_PLANS, (wanted.question,)).fetchall():
        one = _read(text)
        if not same_plan(one, wanted):
            continue
        plan, drawn = (entry, 1) if one.plan is None else (plan, drawn + 1)
    if plan is None or drawn >= (wanted.draws or 1):
        return whole
    return wanted.model_copy(update={"rho": "0", "plan": plan})


def check(store: Store, wanted: Charge, privacy: Privacy) -> None:
    """Whether a priced charge fits into what is left, in the transaction that will keep it.

    Raises:
        BudgetSpent: P-BUDGET naming the population or the project, what is left, and what is wanted.
    """
    price = units(wanted.rho or "0")
    for of, name, capacity in (
        ("population", None, privacy.capacity_rho),
        ("project", wanted.project, privacy.project_rho),
    ):
        left = units(capacity) - spent(store, wanted.population, name)
        if price > max(left, 0):
            raise fault("P-BUDGET", of=of, rho=amount(price), left=amount(max(left, 0)), capacity=capacity)


def check_mode(store: Store, wanted: Charge, privacy: Privacy, now: datetime) -> None:
    """Raise P-MODE for an exact answer of a population that was promised differential privacy of late."""
    if wanted.mode == "disclosure-control":
        since = now - duration(privacy.period)
        if any(one.at > since for one in spending(store, wanted.population)):
            raise fault("P-MODE", population=wanted.population, period=privacy.period)


def answered_in(store: Store, population: Name, mode: Mode) -> bool:
    """Whether a population was ever charged in a mode."""
    row = store.connection.execute(
        f"SELECT EXISTS ({_OF} AND json_extract(CAST(charge AS TEXT), '$.mode') = ?)", (population, mode)
    ).fetchone()
    return bool(row[0])


def taken_back(store: Store, population: Name) -> tuple[Literal["exact", "outside"], ...]:
    """What takes a promise about a population back: exact answers, and outputs that left by another door."""
    told: dict[Literal["exact", "outside"], bool] = {
        "exact": answered_in(store, population, "disclosure-control"),
        "outside": bool(externals.of_population(store, population)),
    }
    return tuple(why for why, left in told.items() if left)


def same_plan(one: Charge, wanted: Charge) -> bool:
    """Whether two charges are for draws of one question, so that the first can have paid for the second."""
    same = ("question", "snapshot", "researcher", "mode", "share", "draws")
    return all(getattr(one, name) == getattr(wanted, name) for name in same)


def _read(text: bytes) -> Charge:
    return Charge.read(parse_json(text, "a charge"), "a charge")
