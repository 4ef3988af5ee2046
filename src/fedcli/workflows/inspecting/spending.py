"""What was paid: charges against their queries, their prices, and the sums against the capacities."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from fedcli.ledger.budget import same_plan
from fedcli.model.charge import Charge, price
from fedcli.model.entry import Charged
from fedcli.model.identifiers import Amount, Count, Name, amount, units
from fedcli.model.policy import Privacy
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.shown.audits import AuditFound, BudgetSummed
from fedcli.workflows.inspecting.records import Records, finding


class Account(NamedTuple):
    """The charges of a site by their entries, and where each was read; `whole` where none can be missing."""

    site: Name
    privacy: Privacy | None
    charges: dict[Count, Charge]
    places: dict[Count, Path]
    whole: bool = False


def look(records: Records) -> Iterator[AuditFound]:
    """The charges that releases prove, against the signed queries that they are for."""
    for one in records.opened:
        query = records.queries.get(one.value.query)
        for charged in one.value.charges if query is not None else ():
            if query is not None and (told := _unlike(charged, query.value, one.value)):
                yield finding("charge-unlike-query", one.path, f"entry {charged.number}: {told}")


def accounts(records: Records) -> list[Account]:
    """The published charges of each site: each entry once, however many releases name it."""
    found: dict[Name, Account] = {}
    for one in records.opened:
        policies = records.policies.get(one.value.site, [])
        privacy = policies[-1].value.privacy if policies else None
        account = found.setdefault(one.value.site, Account(one.value.site, privacy, {}, {}))
        for charged in one.value.charges:
            account.charges[charged.number] = charged.charge
            account.places.setdefault(charged.number, one.path)
    return [found[site] for site in sorted(found)]


def sums(account: Account) -> list[BudgetSummed]:
    """The rho of each population and of each of its projects, against the policy in force."""
    if account.privacy is None:
        return []
    paid = [one for one in account.charges.values() if one.share is not None]
    capacities: dict[tuple[Name, Name | None], Amount] = {
        (one.population, one.project): account.privacy.project_rho for one in paid if one.project
    }
    capacities |= {(one.population, None): account.privacy.capacity_rho for one in paid}
    return [
        BudgetSummed(
            site=account.site,
            population=name,
            project=project,
            spent=_spent(paid, name, project),
            capacity=capacity,
        )
        for (name, project), capacity in sorted(capacities.items(), key=str)
    ]


def weigh(account: Account) -> Iterator[AuditFound]:
    """Sums above a capacity, and prices that are not those of the draws."""
    for one in sums(account):
        if units(one.spent) > units(one.capacity):
            of = f"project {one.project} of {one.population}" if one.project else one.population
            first = _first_above(account, one)
            told = f"{of}: rho {one.spent} is charged, {one.capacity} is there; since entry {first}"
            yield finding("budget", account.places[first], told)
    for number, charge in sorted(account.charges.items()):
        if wrong := _mispriced(number, charge, account.charges, account.whole):
            yield finding("charge-price", account.places[number], f"entry {number}: {wrong}")


def _unlike(charged: Charged, query: Query, release: Release) -> str | None:
    """How a charge differs from what its query asks; one that was reused is of another, with its question."""
    charge, asked = charged.charge, {query.question(one) for one in query.analyses}
    if charge.question not in asked:
        return "it is for another question"
    if charge.researcher != query.researcher:
        return f"it is of {charge.researcher}, and {query.researcher} asked"
    if charge.mode != query.privacy.mode:
        return f"its mode is {charge.mode}, and {query.privacy.mode} was asked"
    if charged.entry.query == query.sha256 and charge.project != query.project:
        return f"it is for the project {charge.project}, and the query for {query.project}"
    if charged.entry.at > release.issued:
        return "it was charged after the release"
    return None


def _spent(paid: list[Charge], population: Name, project: Name | None) -> Amount:
    own = [one for one in paid if one.population == population and project in (None, one.project)]
    return price(own) or "0"


def _first_above(account: Account, summed: BudgetSummed) -> Count:
    """The entry with which a sum that is above its capacity went above it."""
    total, last = 0, 0
    for number, one in sorted(account.charges.items()):
        mine = one.population == summed.population and summed.project in (None, one.project)
        if mine and total <= units(summed.capacity):
            total, last = total + units(one.rho or "0"), number
    return last


def _mispriced(number: Count, charge: Charge, known: Mapping[Count, Charge], whole: bool) -> str | None:
    """Why a price is not that of its draws: all are paid for with the first, later ones name it.

    What paid for a draw may be in a release that is not published: only a whole log can lack it.
    """
    if charge.share is None:
        return None
    wanted = amount(units(charge.share) * (charge.draws or 1))
    if charge.plan is None:
        return None if charge.rho == wanted else f"it costs {charge.rho}, and its draws cost {wanted}"
    first = known.get(charge.plan)
    if first is None:
        return f"entry {charge.plan} should have paid for it, and is no charge" if whole else None
    if charge.rho != "0" or charge.plan >= number or first.plan is not None:
        return f"it says that entry {charge.plan} has paid for it"
    drawn = sum(one.plan == charge.plan for one in known.values())
    if not same_plan(first, charge) or drawn >= (first.draws or 1):
        return f"entry {charge.plan} has not paid for it"
    return None
