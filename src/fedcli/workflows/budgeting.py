"""The budgets of a site's populations for people: what is spent and left, at which pace, by whom.

Both walks look at the book as a run does: of a restored backup, which has forgotten what was spent, they
tell nothing.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from fedcli.ledger import budget, log, registry
from fedcli.ledger.budget import Spending
from fedcli.ledger.store import Store
from fedcli.model.home import Desk
from fedcli.model.identifiers import Amount, Name, amount, fraction, units
from fedcli.model.policy import Policy
from fedcli.model.shown.budgets import (
    AccountShown,
    BudgetShown,
    BudgetsShown,
    HistoriesShown,
    HistoryShown,
    SpendingShown,
)
from fedcli.policy.zcdp import epsilon
from fedcli.workflows.announce import open_book, site_policy
from fedcli.workflows.standing import membership, require

#: How far back the pace looks, and the shortest time from which one is told.
WINDOW, SHORTEST, SECOND = timedelta(days=30), timedelta(days=1), timedelta(seconds=1)
#: A forecast beyond so many days is none.
FARTHEST = timedelta(days=36500)
_BECAUSE = {
    "exact": "exact answers of the same persons left",
    "outside": "outputs about the same persons left by another door",
}


class _Site(NamedTuple):
    """What both walks look at: the book, the policy in force, and the time."""

    book: Store
    policy: Policy
    now: datetime


def show(desk: Desk, dataset: Name | None) -> BudgetsShown:
    """The budget of each population of a site, or of that of one dataset.

    Raises:
        Untrusted: L-CHANGED, L-ROLLBACK: such a book does not know what was spent.
        UsageFault: C-DATASET for a dataset that the site does not hold.
    """
    site = _site(desk)
    return BudgetsShown(
        budgets=tuple(_budget(site, *found) for found in _populations(site.book, dataset).items())
    )


def history(desk: Desk, dataset: Name | None) -> HistoriesShown:
    """Every charge of each population of a site, or of that of one dataset; raises as `show` does."""
    site = _site(desk)
    return HistoriesShown(
        histories=tuple(_history(site, *found) for found in _populations(site.book, dataset).items())
    )


def forecast(account: Sequence[Spending], left: int, now: datetime) -> tuple[int, timedelta | None]:
    """The pace in units of rho a day, and how long until `left` units are spent at it; None for never."""
    if not account:
        return 0, None
    # Whole seconds and whole units: a product of a duration and so many units is no duration any more.
    window = min(WINDOW, max(now - account[0].at, SHORTEST)) // SECOND
    recent = _sum(one for one in account if one.at > now - WINDOW)
    pace = recent * (SHORTEST // SECOND) // window
    if recent == 0 or left * window > recent * (FARTHEST // SECOND):
        return pace, None
    return pace, left * window // recent * SECOND


def _site(desk: Desk) -> _Site:
    require(desk, "site")
    members = membership(desk)
    return _Site(open_book(desk, members), site_policy(desk, members), desk.now)


def _populations(book: Store, dataset: Name | None) -> dict[Name, tuple[Name, ...]]:
    """Populations with their datasets; without a dataset also those that only the charges know."""
    held = registry.datasets(book)
    if dataset is not None:
        wanted = [registry.dataset(book, dataset).dictionary.population]
    else:
        wanted = sorted({one.dictionary.population for one in held} | {*budget.populations(book)})
    return {name: tuple(one.name for one in held if one.dictionary.population == name) for name in wanted}


def _budget(site: _Site, population: Name, datasets: tuple[Name, ...]) -> BudgetShown:
    privacy = site.policy.privacy
    known = list(budget.spending(site.book, population))
    told = BudgetShown(population=population, datasets=datasets, mode=privacy.mode)
    if privacy.mode == "disclosure-control" and not known:
        return told
    whole = _account(site, known, None, privacy.capacity_rho)
    projects = sorted({one.charge.project for one in known if one.charge.project})
    because = tuple(_BECAUSE[why] for why in budget.taken_back(site.book, population))
    return told.model_copy(
        update={
            "whole": whole,
            "projects": tuple(_account(site, known, name, privacy.project_rho) for name in projects),
            "claim": "conditional" if because else "differential-privacy",
            "because": because,
            "delta": privacy.delta,
            "epsilon_spent": None if because else _epsilon(whole.spent, privacy.delta),
            "epsilon_capacity": None if because else _epsilon(privacy.capacity_rho, privacy.delta),
        }
    )


def _account(site: _Site, known: Sequence[Spending], project: Name | None, capacity: Amount) -> AccountShown:
    """The account of a project, or with None of the population."""
    own = [one for one in known if project in (None, one.charge.project)]
    spent = _sum(own)
    left = max(units(capacity) - spent, 0)
    pace, lasts = forecast(own, left, site.now)
    return AccountShown(
        project=project,
        capacity=capacity,
        spent=amount(spent),
        left=amount(left),
        per_day=amount(pace),
        until=None if lasts is None else (site.now + lasts).date(),
    )


def _history(site: _Site, population: Name, datasets: tuple[Name, ...]) -> HistoryShown:
    capacity, spent, charges = units(site.policy.privacy.capacity_rho), 0, []
    for one in budget.spending(site.book, population):
        spent += units(one.charge.rho or "0")
        charges.append(_charge(site.book, one, max(capacity - spent, 0)))
    return HistoryShown(
        population=population,
        datasets=datasets,
        mode=site.policy.privacy.mode,
        charges=tuple(charges),
        spent=amount(spent),
    )


def _charge(book: Store, one: Spending, left: int) -> SpendingShown:
    entry, charge = log.entry(book, one.entry), one.charge
    assert charge.share is not None  # it is what makes a charge one of these
    return SpendingShown(
        entry=one.entry,
        at=one.at,
        project=charge.project,
        researcher=charge.researcher,
        query=entry.query,
        analysis=entry.analysis,
        rho=charge.rho or "0",
        share=charge.share,
        draws=charge.draws or 1,
        plan=charge.plan,
        left=amount(left),
    )


def _epsilon(rho: Amount, delta: str) -> float:
    return epsilon(fraction(rho), fraction(delta))


def _sum(known: Iterable[Spending]) -> int:
    return sum(units(one.charge.rho or "0") for one in known)
