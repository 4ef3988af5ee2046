"""A release for people: verified as anyone would, and opened where this home's key can."""

from __future__ import annotations

from pathlib import Path

from fedcli.exchange.folder import read_sealed
from fedcli.files.reader import read
from fedcli.model.home import Desk
from fedcli.model.release import Release, Values
from fedcli.model.shown.work import ReleaseShown
from fedcli.model.verified import Verified
from fedcli.trust.keys import key_id
from fedcli.trust.membership import open_card
from fedcli.trust.verified import open_values
from fedcli.workflows.recall import reasons, recalls
from fedcli.workflows.standing import exchange, keys, membership
from fedcli.workflows.verify import held_release


def show(desk: Desk, path: Path) -> ReleaseShown:
    """What a release says in clear, and to a recipient its values, unless its site has recalled it.

    Raises:
        Untrusted: as `verify` does; nothing is told of a release that does not hold.
    """
    members = membership(desk).of_all_times()
    release = held_release(members, path, read(path))
    told = release.value
    withdrawn = reasons(recalls(exchange(desk.home), members, told.query, (told.site,))).get(told.site)
    return ReleaseShown(
        file=str(path),
        signers=release.signers,
        statement=told,
        values=None if withdrawn else _values(desk, release, path),
        withdrawn=withdrawn,
    )


def _values(desk: Desk, release: Verified[Release], path: Path) -> Values | None:
    card = desk.home.card(desk.actor)
    member = open_card(read(card), card.name).value.member if card.exists() else None
    if member is None or key_id(member.signing_key) not in release.value.recipients:
        return None
    return open_values(release, read_sealed(path), keys(desk), path.name).value
