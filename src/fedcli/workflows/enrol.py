"""Enrolment: making a home, making keys, and the cards by which others come to know them."""

from __future__ import annotations

import re
from datetime import datetime
from pathlib import Path
from typing import cast, get_args

from fedcli.errors import fault, meant
from fedcli.files.assets import asset
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_toml
from fedcli.files.toml import to_toml
from fedcli.files.writer import PRIVATE, PUBLIC, make_folder, sync_folder, write, write_once
from fedcli.ledger.log import append
from fedcli.ledger.store import Store
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.federation import Card, Member
from fedcli.model.home import Desk, Home, HomeFile, Part
from fedcli.model.identifiers import NAME, Name, line
from fedcli.model.policy import Role
from fedcli.model.shown.places import HomeMade, KeyRevoked, KeyShown, KeysShown
from fedcli.trust.dsse import sign, statement
from fedcli.trust.keys import Keys, create, is_protected, load
from fedcli.trust.membership import open_card
from fedcli.trust.sealing import token
from fedcli.workflows.entering import check_address
from fedcli.workflows.standing import keys

SETTINGS = "fedcli.toml"
#: What a person writes down before a far exchange can be entered.
_TO_FILL_IN = {
    "sftp": '\n[sftp]\n# host_key = "ssh-ed25519 AAAA…"   # of the server, told by another way\n'
    'key_file = "keys/sftp.key"\n',
    "s3": '\n# [s3]\n# endpoint = "https://…"\n# region = "us-east-1"\n'
    '# credentials = "keys/s3.toml"   # mode 0600; left out, they are those of the environment\n',
}
_FOLDERS: dict[Part, tuple[str, ...]] = {
    "federation": ("keys", "root", "dictionaries", "policies", "state"),
    "site": ("keys", "state", "state/vault"),
    "researcher": ("keys", "queries", "results", "state"),
}


def make_home(
    part: Part,
    name: Name,
    folder: Path,
    exchange: str,
    organisation: str,
    now: datetime,
    passphrase: str | None,
) -> HomeMade:
    """Make a participant's folder, with keys where it acts by itself. Again, it changes nothing."""
    check_name(name)
    check_address(exchange)
    file = HomeFile(role=part, name=name, organisation=line(organisation, "organisation"), exchange=exchange)
    home = Home(folder.resolve(), file)
    settings = home.path / SETTINGS
    if settings.exists():
        return _made_before(home, settings)
    for inner in _FOLDERS[part]:
        make_folder(home.path / inner, 0o700)
    card = None
    if part != "federation":
        card = make_keys(home, name, ("site",) if part == "site" else ("researcher",), now, passphrase).card
    if part == "site":
        _furnish(home, now)
    write(settings, _settings_text(file).encode(), PUBLIC)
    return HomeMade(role=part, name=name, home=str(home.path), card=card, new=True)


def _made_before(home: Home, settings: Path) -> HomeMade:
    found = HomeFile.read(parse_toml(read(settings), str(settings)), str(settings))
    if (found.role, found.name) != (home.file.role, home.file.name):
        raise fault("C-TAKEN", home=home.path, role=found.role, name=found.name)
    card = home.card(found.name)
    return HomeMade(
        role=found.role,
        name=found.name,
        home=str(home.path),
        card=str(card) if card.exists() else None,
        new=False,
    )


def _furnish(home: Home, now: datetime) -> None:
    """A site's policy, to be edited, and its database, with the key that snapshots are digested under."""
    standard = asset("configs") / "policies" / "standard.toml"
    write_once(home.path / "policy.toml", read(standard))
    database = Store.create(home.database)
    if database.setting("site") is None:
        with database.writing():
            database.set("site", home.file.name)
            database.set("snapshot_key", token())
            append(database, Entry(kind="opened", at=instant(now), site=home.file.name))
    database.close()


def has_keys(home: Home, name: str) -> bool:
    """Whether somebody has keys in a home; a name outside of the grammar is refused, and no path."""
    check_name(name)
    return home.key(name).exists()


def make_keys(
    home: Home, name: Name, roles: tuple[Role, ...], now: datetime, passphrase: str | None
) -> KeyShown:
    """Make a person's or participant's keys, and their card."""
    check_name(name)
    path = home.key(name)
    if path.exists() and home.card(name).exists():
        return _shown(home, name)
    made = load(path, passphrase) if path.exists() else create(path, name, passphrase)
    card = _card(home, made, roles, now)
    write(home.card(name), sign(statement("card", card.sha256, card), [made]))
    return _shown(home, name).model_copy(update={"new": True})


def rotate(desk: Desk, passphrase: str | None) -> KeyShown:
    """New keys for who acts; the card is signed with the old and the new, the old file is kept aside.

    The old keys are good until the new ones take their place, which is the last step.
    """
    path, card_path = desk.home.key(desk.actor), desk.home.card(desk.actor)
    old = keys(desk)
    before = open_card(read(card_path), card_path.name).value.member
    retired = path.with_name(
        f"{desk.actor}.retired-{before.signing_key[:8].replace('/', '_').replace('+', '-')}.json"
    )
    coming = path.with_name(f"{desk.actor}.coming.json")
    coming.unlink(missing_ok=True)
    new = create(coming, desk.actor, passphrase)
    card = _card(desk.home, new, before.roles, desk.now).model_copy(update={"replaces": old.signing_key})
    write(card_path, sign(statement("card", card.sha256, card), [new, old]))
    write_once(retired, read(path), PRIVATE)
    coming.replace(path)
    sync_folder(path.parent)
    return _shown(desk.home, desk.actor).model_copy(update={"new": True})


def revoke(desk: Desk) -> KeyRevoked:
    """Put the keys of who acts out of use here; administrators take them out of the root."""
    path = desk.home.key(desk.actor)
    if not path.exists():
        raise fault("K-MISSING", name=desk.actor, known="none", meant="there are none")
    aside = path.with_name(f"{desk.actor}.revoked.json")
    path.rename(aside)
    return KeyRevoked(name=desk.actor, file=str(aside))


def shown_keys(desk: Desk, name: Name | None) -> KeysShown:
    """The keys of a home, or the one of a name."""
    held = [one.removesuffix(".key.json") for one in names(desk.home.path / "keys", ".key.json")]
    if name is not None and name not in held:
        raise fault("K-MISSING", name=name, known=", ".join(held) or "none", meant=meant(name, held))
    return KeysShown(keys=tuple(_shown(desk.home, one) for one in held if name in (None, one)))


def _shown(home: Home, name: Name) -> KeyShown:
    path = home.card(name)
    member = open_card(read(path), path.name).value.member
    return KeyShown(
        name=name,
        roles=member.roles,
        organisation=member.organisation,
        protected=is_protected(home.key(name)),
        signing_key=member.signing_key,
        sealing_key=member.sealing_key,
        card=str(path),
    )


def _card(home: Home, made: Keys, roles: tuple[Role, ...], now: datetime) -> Card:
    member = Member(
        name=made.name,
        organisation=home.file.organisation,
        roles=roles,
        signing_key=made.signing_key,
        sealing_key=made.sealing_key,
    )
    return Card(member=member, issued=instant(now))


def check_roles(given: list[str]) -> tuple[Role, ...]:
    """The roles of a person, or U-ROLE."""
    known = get_args(Role)
    for role in given:
        if role not in known:
            raise fault("U-ROLE", role=role, known=", ".join(known), meant=meant(role, known))
    return cast("tuple[Role, ...]", tuple(dict.fromkeys(given)))


def check_name(name: str) -> None:
    """Raise U-NAME unless a name has the grammar of names, and is not a folder of the exchange."""
    if not re.fullmatch(NAME, name) or len(name) > 40 or name == "federation":
        raise fault("U-NAME", name=name)


def read_card(path: Path) -> Card:
    """A card, after checking that it proves the possession of its keys."""
    return open_card(read(path), path.name).value


def _settings_text(file: HomeFile) -> str:
    head = "# The home of a fedcli participant. Keys lie in keys/, what it remembers in state/.\n"
    kind = file.exchange.partition("://")[0]
    return head + to_toml(file.json_value()) + _TO_FILL_IN.get(kind, "")
