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
from fedcli.workflows.standing import keys, membership
from fedcli.workflows.verify import held_release


def show(desk: Desk, path: Path) -> ReleaseShown:
    """What a release says in clear, and to a recipient its values.

    Raises:
        Untrusted: as `verify` does; nothing is told of a release that does not hold.
    """
    release = held_release(membership(desk).of_all_times(), path, read(path))
    return ReleaseShown(
        file=str(path), signers=release.signers, statement=release.value, values=_values(desk, release, path)
    )


def _values(desk: Desk, release: Verified[Release], path: Path) -> Values | None:
    card = desk.home.card(desk.actor)
    member = open_card(read(card), card.name).value.member if card.exists() else None
    if member is None or key_id(member.signing_key) not in release.value.recipients:
        return None
    return open_values(release, read_sealed(path), keys(desk), path.name).value
