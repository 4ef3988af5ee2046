"""The inbox: the queries in the exchange that are meant for this site, verified."""

from __future__ import annotations

from typing import NamedTuple

from fedcli.errors import FedcliError, fault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Name, resolve
from fedcli.model.query import Query
from fedcli.model.verified import Verified
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_query
from fedcli.workflows.standing import exchange


class Inbox(NamedTuple):
    """The queries in the exchange that name this site, and the files that do not verify.

    `amendments` has, by researcher and amended query, the query that is in its place, for any site.
    """

    queries: tuple[Verified[Query], ...]
    problems: dict[Digest, FedcliError]
    amendments: dict[tuple[Name, Digest], Digest]


def inbox(desk: Desk, members: Membership) -> Inbox:
    """Look at every query in the exchange; anyone who can write there can put anything.

    The first that was signed comes first: what is told of one decides what may be told of the next.
    """
    queries, problems, amendments = [], {}, {}
    for researcher, query in exchange(desk.home).queries():
        try:
            verified = open_query(exchange(desk.home), members, researcher, query)
        except FedcliError as error:
            problems[query] = error
        else:
            if verified.value.amends is not None:
                amendments[verified.value.researcher, verified.value.amends] = query
            if desk.home.file.name in verified.value.sites:
                queries.append(verified)
    ordered = sorted(queries, key=lambda one: (one.value.issued, one.value.sha256))
    return Inbox(tuple(ordered), problems, amendments)


def find(desk: Desk, members: Membership, given: str) -> Verified[Query]:
    """The query that a person means, verified."""
    known = {query: researcher for researcher, query in exchange(desk.home).queries()}
    query = resolve(given, list(known))
    return open_query(exchange(desk.home), members, known[query], query)


def open_query(
    office: FolderExchange, members: Membership, researcher: Name, query: Digest
) -> Verified[Query]:
    """A query file must hold the query that its folder names, by the researcher whose folder it is."""
    where = f"{researcher}/queries/{query}/query.json"
    verified = verify_query(office.query(researcher, query), members, where)
    if verified.value.sha256 != query or verified.value.researcher != researcher:
        raise fault("S-SUBJECT", where=where)
    return verified
