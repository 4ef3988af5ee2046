"""What the analyses of a query cost under differential privacy: an even share each, for all of its draws."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from fedcli.analytics import parse
from fedcli.errors import fault
from fedcli.files.canonical import digest_of
from fedcli.ledger.budget import taken_back
from fedcli.ledger.store import Store
from fedcli.model.identifiers import Amount, Name, amount, units
from fedcli.model.policy import Contribution, Policy
from fedcli.model.query import Analysis, Asked, Query
from fedcli.model.release import Claim

if TYPE_CHECKING:
    from fedcli.model.vault import Private


class Price(NamedTuple):
    """The rho of one draw of noise, and how many draws an analysis takes."""

    share: Amount
    draws: int

    @property
    def whole(self) -> Amount:
        """What all draws cost together; what division leaves over is not spent."""
        return amount(units(self.share) * self.draws)


def prices(asked: Asked, analyses: tuple[Analysis, ...]) -> dict[Name, Price]:
    """The price of each analysis; none of an exact query.

    Raises:
        InvalidFile: Q-RHO where rho cannot be divided into so many draws.
    """
    if asked.rho is None:
        return {}
    each = units(asked.rho) // len(analyses)
    found = {one.id: (each // draws, draws) for one in analyses for draws in (parse(one, "the query").draws,)}
    if any(share == 0 for share, _ in found.values()):
        raise fault("Q-RHO", rho=asked.rho, draws=sum(draws for _, draws in found.values()))
    return {name: Price(amount(share), draws) for name, (share, draws) in found.items()}


def contribution(policy: Policy, asked: Asked) -> Contribution | None:
    """How much a person counts in an answer; None where it is exact."""
    return None if asked.rho is None else policy.privacy.contribution


def private(book: Store, query: Query, policy: Policy, population: Name, wanted: set[Name]) -> Private | None:
    """What the vault must know to answer some analyses with noise; None where they are exact."""
    from fedcli.model.vault import Private  # whoever only admits asks no vault

    counted = contribution(policy, query.privacy)
    if counted is None:
        return None
    found = prices(query.privacy, query.analyses)
    key = digest_of({"rows of": population, "key": book.setting("snapshot_key") or ""})
    shares = {name: price.share for name, price in found.items() if name in wanted}
    return Private(shares=shares, contribution=counted, key=key)


def claim(book: Store, query: Query, policy: Policy, population: Name) -> Claim | None:
    """What a release says of its privacy; on a population with exact answers, only on a condition.

    Those that left by another door count too, as far as they were written down.
    """
    if query.privacy.rho is None:
        return None
    return Claim(delta=policy.privacy.delta, conditional=bool(taken_back(book, population)))
