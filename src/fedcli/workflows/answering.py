"""From sums to answers, and what a query has cost the persons behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any

from fedcli.analytics._contract import Analytic
from fedcli.combiners.noise import told
from fedcli.combiners.sum import counted, total
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name, amount, fraction, units
from fedcli.model.query import Query
from fedcli.model.release import Release, Values
from fedcli.model.result import Answer, Guarantee
from fedcli.model.verified import Verified
from fedcli.policy.zcdp import epsilon


def answer(
    name: Name, analytic: Analytic[Any], values: Sequence[Verified[Values]], agreed: Dictionary
) -> Answer:
    """The answer from the sum of what the sites released, and what noise leaves open of it."""
    outline = analytic.outline(agreed, counted(name, values))
    return told(total(outline, name, values), analytic.answer)


def guarantee(query: Query, agreed: Dictionary, releases: Iterable[Verified[Release]]) -> Guarantee | None:
    """What the releases of a query have cost a person; None where they are exact.

    A person who is at every site pays at each, so that the prices add up. Where the dictionary declares, with
    evidence, that nobody is at two, each person pays at one site only.
    """
    if query.privacy.rho is None:
        return None
    paid: dict[Name, int] = {}
    conditional: dict[Name, None] = {}
    deltas = []
    for release in (one.value for one in releases):
        if release.privacy is None:
            continue
        deltas.append(release.privacy.delta)
        spent = sum(units(one.charge.rho or "0") for one in release.charges)
        paid[release.site] = paid.get(release.site, 0) + spent
        conditional |= {release.site: None} if release.privacy.conditional else {}
    if not paid:
        return None
    disjoint = agreed.overlap == "declared-disjoint"
    whole = max(paid.values()) if disjoint else sum(paid.values())
    delta = max(deltas, key=fraction)
    return Guarantee(
        unit=query.unit,
        disjoint=disjoint,
        rho=amount(whole),
        sites={site: amount(one) for site, one in paid.items()},
        delta=delta,
        epsilon=None if conditional else epsilon(Fraction(amount(whole)), fraction(delta)),
        conditional=tuple(conditional),
    )
