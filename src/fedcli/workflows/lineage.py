"""Which queries an amended one stands for, and which are amended: as the exchange shows them, verified."""

from __future__ import annotations

from fedcli.errors import FedcliError, fault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.identifiers import Digest, short
from fedcli.model.query import Query
from fedcli.policy.amendment import only_tightens
from fedcli.trust.membership import Membership
from fedcli.workflows.inbox import Inbox, open_query

MAX_STEPS = 20


def lineage(office: FolderExchange, members: Membership, query: Query) -> tuple[Query, ...]:
    """A query, then the ones that it amends, as far as each step only tightens.

    What is not there, or does not verify, ends the line: approvals are then asked anew.
    """
    found = [query]
    while len(found) <= MAX_STEPS:
        older = amended(office, members, found[-1])
        if older is None or not only_tightens(older, found[-1]):
            break
        found.append(older)
    return tuple(found)


def amended(office: FolderExchange, members: Membership, query: Query) -> Query | None:
    """The query that one amends, whatever the change; None where there is none, or it is not there."""
    if query.amends is None:
        return None
    try:
        return open_query(office, members, query.researcher, query.amends).value
    except FedcliError:
        return None


def check_current(found: Inbox, query: Query) -> None:
    """Raise A-SUPERSEDED where the researcher has put another query in the place of this one."""
    by = superseded_by(found, query)
    if by is not None:
        raise fault("A-SUPERSEDED", query=short(query.sha256), by=short(by))


def superseded_by(found: Inbox, query: Query) -> Digest | None:
    """The query that amends this one, by the same researcher."""
    return found.amendments.get((query.researcher, query.sha256))
