"""From sums to answers, and what a query has cost the persons behind them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fractions import Fraction
from typing import Any, NamedTuple

from fedcli.analytics._contract import Analytic
from fedcli.combiners.noise import told
from fedcli.combiners.sum import counted, parts, total
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName, Name, amount, fraction, units
from fedcli.model.query import Query
from fedcli.model.release import Release, Values
from fedcli.model.result import Answer, Guarantee, Table
from fedcli.model.verified import Verified
from fedcli.policy.zcdp import epsilon
from fedcli.statistics.forms import Noisy
from fedcli.statistics.shares import shares
from fedcli.workflows.between import between


class Summed(NamedTuple):
    """An answer, how the sites differ, and which part of the information each gave."""

    answer: Answer | None = None
    between: dict[ColumnName, Table] = {}
    information: dict[Name, float] = {}


def answer(
    name: Name, analytic: Analytic[Any], values: Sequence[Verified[Values]], agreed: Dictionary
) -> Summed:
    """The answer from the sum of what the sites released, with what noise leaves open."""
    apart = parts(analytic.outline(agreed, counted(name, values)), name, values)
    whole = total(apart)
    found = told(whole, analytic.answer)
    if isinstance(whole, Noisy):
        return Summed(analytic.within_noise(found))
    return Summed(found, between(analytic.effect_columns, apart, analytic.effects), shares(apart))


def guarantee(query: Query, agreed: Dictionary, releases: Iterable[Verified[Release]]) -> Guarantee | None:
    """What the releases of a query have cost a person; None where they are exact.

    A person who is at every site pays at each, so that the prices add up. Where the dictionary declares, with
    evidence, that nobody is at two, each person pays at one site only.
    """
    if query.privacy.rho is None:
        return None
    known = [one.value for one in releases if one.value.privacy is not None]
    if not known:
        return None
    paid = _paid(known)
    claims = [(one.site, one.privacy) for one in known if one.privacy is not None]
    conditional = tuple(dict.fromkeys(site for site, claim in claims if claim.conditional))
    delta = max((claim.delta for _, claim in claims), key=fraction)
    disjoint = agreed.overlap == "declared-disjoint"
    whole = max(paid.values()) if disjoint else sum(paid.values())
    return Guarantee(
        unit=query.unit,
        disjoint=disjoint,
        rho=amount(whole),
        sites={site: amount(one) for site, one in paid.items()},
        delta=delta,
        epsilon=None if conditional else epsilon(Fraction(amount(whole)), fraction(delta)),
        conditional=conditional,
    )


def _paid(releases: Sequence[Release]) -> dict[Name, int]:
    """What a person at each site has paid, in whole units; an entry that several releases name, once."""
    entries = {
        (one.site, charged.number): units(charged.charge.rho or "0")
        for one in releases
        for charged in one.charges
    }
    paid = dict.fromkeys((one.site for one in releases), 0)
    for (site, _), price in entries.items():
        paid[site] += price
    return paid
