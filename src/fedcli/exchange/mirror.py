"""A home's mirror of a far exchange: what others posted is taken once, one's own is given once.

Nothing in the mirror is ever replaced, and nothing at the exchange. An exchange that forgets, withholds
or changes what it has shown is compared with the mirror, which does not forget.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from itertools import islice
from pathlib import Path
from typing import NamedTuple

from fedcli.errors import FedcliError, InvalidFile, Untrusted, UsageFault, fault
from fedcli.exchange import names
from fedcli.exchange.carrier import MOST_NAMES, Carrier, Held
from fedcli.exchange.folder import FEDERATION, sealed_beside
from fedcli.files.reader import read, standing
from fedcli.files.reader import tree as files_below
from fedcli.files.strict import parse_json
from fedcli.files.writer import stamp, write_once

_MOST_PARTICIPANTS = 1000
#: What one participant may have at an exchange, in bytes.
_MOST_BYTES = 4 * 2**30


class Pulled(NamedTuple):
    """What a pull saw and did: `there` are all names that count, `left` were not whole yet."""

    there: frozenset[str]
    taken: tuple[str, ...]
    left: tuple[str, ...]
    alarms: tuple[FedcliError, ...]


def pull(carrier: Carrier, mirror: Path, own: str, where: str) -> Pulled:
    """Take what the mirror does not have; an alarm about one file or participant leaves the others alone.

    Raises:
        Busy: X-DOWN, also where nothing is left of an exchange that was seen before: it is not mounted.
    """
    there, alarms = _listed(carrier)
    known = any(names.owner(name) == FEDERATION for name in there)
    if not known and own != FEDERATION and owned(mirror, FEDERATION):
        raise fault("X-DOWN", exchange=where)
    taken, left = [], []
    for name in names.in_order(there):
        try:
            if _take(carrier, mirror, name, there[name]):
                taken.append(name)
        except _Unsettled:
            left.append(name)
        except Untrusted as error:
            alarms.append(error)
    return Pulled(frozenset(there), tuple(taken), tuple(left), tuple(alarms))


def listed(carrier: Carrier) -> tuple[frozenset[str], tuple[FedcliError, ...]]:
    """All names at an exchange that count, and what is wrong there."""
    there, alarms = _listed(carrier)
    return frozenset(there), tuple(alarms)


def push(carrier: Carrier, mirror: Path, own: str, there: Collection[str]) -> tuple[str, ...]:
    """Give what is in one's own folder and not at the exchange; the names that were given.

    Whatever a file rests on is given before it, so that nobody sees half of anything, wherever it stops.

    Raises:
        Untrusted: X-TAKEN where somebody else wrote under a name of one's own.
    """
    given = []
    for name in due(mirror, own, there):
        data = read(mirror / name, names.limit(name))
        if carrier.create(name, data):
            given.append(name)
        elif carrier.read(name, names.limit(name)) != data:
            raise fault("X-TAKEN", where=name)
    return tuple(given)


def due(mirror: Path, own: str, there: Collection[str]) -> list[str]:
    """The names of one's own folder that are not at the exchange, in the order in which they are given.

    Another process may be writing: what a statement rests on was there before it, so it is looked for
    after the statements.
    """
    statements = {name for name in owned(mirror, own) if names.rests_on_others(name)}
    return [
        name
        for name in names.in_order(owned(mirror, own))
        if name not in there and (name in statements or not names.rests_on_others(name))
    ]


def owned(mirror: Path, participant: str) -> list[str]:
    """The names that count in a participant's folder of the mirror; of all participants, where it is ""."""
    below = f"{participant}/" if participant else ""
    return names.in_order(f"{below}{name}" for name in files_below(mirror / participant))


class _Unsettled(Exception):
    """A file that is not whole yet: it is looked at again next time."""


def _listed(carrier: Carrier) -> tuple[dict[str, Held], list[FedcliError]]:
    """Every file that counts, of the participants whose folders can be listed."""
    there: dict[str, Held] = {}
    alarms: list[FedcliError] = []
    folders = [name for name in carrier.folders() if names.is_folder(name)]
    if len(folders) > _MOST_PARTICIPANTS:
        alarms.append(fault("X-STRANGE", name="the exchange", reason="it has too many folders"))
    for participant in sorted(folders)[:_MOST_PARTICIPANTS]:
        try:
            there |= dict(_counted(carrier, participant))
        except Untrusted as error:
            alarms.append(error)
    return there, alarms


def _counted(carrier: Carrier, participant: str) -> Iterator[tuple[str, Held]]:
    """The files that count in a folder, unless there are more than one participant can have."""
    size = 0
    listed = carrier.listed(participant)
    for name, held in islice(listed, MOST_NAMES):
        if names.counts(name) and names.owner(name) == participant:
            size += max(held.size, 0)
            yield name, held
    if size > _MOST_BYTES or next(listed, None) is not None:
        raise fault("X-STRANGE", name=participant, reason="its folder holds more than fedcli takes")


def _take(carrier: Carrier, mirror: Path, name: str, held: Held) -> bool:
    """Take a file, or compare it where its size or time is another than it was; whether it is new."""
    path = mirror / name
    known = standing(path)
    if known == held:
        return False
    data = _read(carrier, name, held)
    if known is None:
        _check_whole(name, data)
        _take_first(carrier, mirror, sealed_beside(path), name)
    try:
        write_once(path, data)
    except UsageFault:
        raise fault("X-OTHER", name=name) from None
    stamp(path, held.changed)
    return known is None


def _take_first(carrier: Carrier, mirror: Path, sealed: Path, name: str) -> None:
    """Take what belongs to a statement first: it may have been posted while names were listed."""
    beside = sealed.relative_to(mirror).as_posix()
    if beside == name or not names.counts(beside) or sealed.exists():
        return
    data = carrier.read(beside, names.limit(beside))
    if data is not None:
        _check_whole(beside, data)
        write_once(sealed, data)


def _read(carrier: Carrier, name: str, held: Held) -> bytes:
    """The bytes of a listed file, as many as the listing says."""
    if held.size < 0:
        raise fault("X-STRANGE", name=name, reason="it is no plain file")
    if held.size > names.limit(name):
        raise fault("X-STRANGE", name=name, reason=f"it has more than {names.limit(name)} bytes")
    data = carrier.read(name, held.size)
    if data is None or len(data) != held.size:
        raise _Unsettled
    return data


def _check_whole(name: str, data: bytes) -> None:
    """Raise where a file cannot be whole: a transfer by hand may still be under way."""
    if not name.endswith((".json", ".sealed")):
        if not data.endswith(b"\n"):
            raise _Unsettled
        return
    try:
        parse_json(data, name, names.limit(name))
    except InvalidFile:
        raise _Unsettled from None
