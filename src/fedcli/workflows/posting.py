"""Posting a round: its bytes are kept in the home before they are in the exchange, and posted from there.

What is sealed is other bytes whenever it is sealed, and a name in an exchange is written once: who was
interrupted between the two files of a round posts the ones that were begun.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from fedcli.errors import UsageFault
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, make_folder, write_once
from fedcli.model.document import Document, instant
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.query import Query
from fedcli.model.release import least_mature
from fedcli.model.round import Begun, Posted, States
from fedcli.trust.dsse import sign, statement
from fedcli.trust.keys import decoded, encoded
from fedcli.trust.membership import Membership
from fedcli.trust.verified import round_binding
from fedcli.workflows.kept import sealed
from fedcli.workflows.quorum import Quorum
from fedcli.workflows.standing import exchange, keys

_MOST_BYTES = 2**26


def post_round(
    desk: Desk, members: Membership, query: Query, quorum: Quorum, states: Mapping[Name, Document | None]
) -> None:
    """Sign and publish the states that the next round is asked at, sealed to the sites; None: anew.

    A round that was begun is published as it is, whatever was heard since: it says when it was issued.
    """
    number = quorum.contributions[0].release.value.round + 1
    path = desk.home.path / "state" / "rounds" / f"{query.sha256}.{number:03}.json"
    if not path.exists():
        _begin(path, _made(desk, members, query, quorum, states))
    begun = Begun.read(parse_json(read(path, _MOST_BYTES), str(path), _MOST_BYTES), str(path))
    signed, box = decoded(begun.statement), decoded(begun.sealed)
    exchange(desk.home).put_round(query.researcher, query.sha256, number, signed, box)
    path.unlink(missing_ok=True)


def _begin(path: Path, begun: Begun) -> None:
    """Keep a round, unless another process was first."""
    make_folder(path.parent, 0o700)
    try:
        write_once(path, begun.canonical(), PRIVATE)
    except UsageFault:
        if not path.exists():
            raise


def _made(
    desk: Desk, members: Membership, query: Query, quorum: Quorum, states: Mapping[Name, Document | None]
) -> Begun:
    """The two halves of a round, signed and sealed."""
    number = quorum.contributions[0].release.value.round + 1
    posted = Posted(
        maturity=least_mature(one.release.value.maturity for one in quorum.contributions),
        federation=query.federation,
        root_version=members.root.version,
        query=query.sha256,
        researcher=query.researcher,
        round=number,
        releases={one.release.value.site: one.release.envelope for one in quorum.contributions},
        recipients=query.recipients,
        issued=instant(desk.now),
    )
    told = States(
        query=query.sha256,
        round=number,
        states={name: state.json_value() for name, state in states.items() if state is not None},
        again=tuple(name for name, state in states.items() if state is None),
    )
    box = sealed(members, query, told.canonical(), round_binding(posted))
    signed = sign(statement("round", digest(box), posted), [keys(desk)])
    return Begun(statement=encoded(signed), sealed=encoded(box))
