"""Recalls as anyone sees them: which sites of a query have withdrawn their releases, verified."""

from __future__ import annotations

from collections.abc import Iterable

from fedcli.errors import fault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.identifiers import Digest, Name
from fedcli.model.verified import Verified
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_withdrawal


def recalls(
    office: FolderExchange, members: Membership, query: Digest, sites: Iterable[Name]
) -> dict[Name, Verified[Withdrawal]]:
    """The withdrawals of a query by the sites that made them.

    Raises:
        Untrusted: what does not verify stops everything, R-REPLAY where it is another site's or of another
            query: nobody can take back what somebody else said.
    """
    found = {site: office.withdrawal(site, query) for site in sites}
    return {
        site: held_withdrawal(data, members, site, query) for site, data in found.items() if data is not None
    }


def held_withdrawal(data: bytes, members: Membership, site: Name, query: Digest) -> Verified[Withdrawal]:
    """A withdrawal that is of the site and the query in whose place it lies."""
    where = f"{site}/withdrawals/{query}.json"
    found = verify_withdrawal(data, members, where)
    if (found.value.site, found.value.query) != (site, query):
        raise fault("R-REPLAY", where=where)
    return found


def reasons(withdrawn: dict[Name, Verified[Withdrawal]]) -> dict[Name, str]:
    """Why each site recalled its releases, in its own words."""
    return {site: one.value.reason for site, one in withdrawn.items()}
