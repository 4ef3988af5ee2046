"""Carrying: a home's mirror of a far exchange is brought up to date, and what was made here is given.

`standing.exchange` fetches when a command first opens the exchange, and the counter delivers when the
command has done its work. What cannot be carried now stays in the mirror, and is due at the next command.
"""

from __future__ import annotations

from fedcli.errors import FedcliError
from fedcli.exchange import mirror, names
from fedcli.exchange.carrier import Carrier
from fedcli.files.writer import make_folder
from fedcli.model.home import Desk, Home
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.carried import CarriedShown, NameShown, NamesShown
from fedcli.workflows.entering import opened


def fetch(home: Home) -> None:
    """Take what others posted. An alarm about one's own folder stops all, others are told in the end.

    Raises:
        Busy: X-DOWN, X-AUTH: nothing was changed.
        Untrusted: X-OTHER, X-STRANGE, X-HOST-KEY.
    """
    with opened(home) as carrier:
        pulled = _pull(home, carrier)
    for alarm in pulled.alarms:
        if names.owner(alarm.facts.get("name", "")) == home.folder_name:
            raise alarm
    home.post.alarms += pulled.alarms
    home.post.there = _own(home, pulled.there)


def deliver(home: Home) -> None:
    """Give what is due, as `give` does; then raise what `fetch` found in other participants' folders."""
    give(home)
    for alarm in home.post.alarms:
        raise alarm


def give(home: Home) -> None:
    """Give what is still due, where this command has opened a far exchange.

    Raises:
        Busy: X-DOWN, X-AUTH, X-FULL: what was not given is due at the next command.
        Untrusted: X-TAKEN.
    """
    there = home.post.there
    if there is not None and mirror.due(home.exchange, home.folder_name, there):
        with opened(home) as carrier:
            given = mirror.push(carrier, home.exchange, home.folder_name, there)
        home.post.there = there | frozenset(given)


def pull(desk: Desk) -> CarriedShown:
    """Take what others posted."""
    return _carried(desk.home, takes=True, gives=False)


def push(desk: Desk) -> CarriedShown:
    """Give what is due of one's own."""
    return _carried(desk.home, takes=False, gives=True)


def sync(desk: Desk) -> CarriedShown:
    """Take what others posted, and give what is due."""
    return _carried(desk.home, takes=True, gives=True)


def listed(desk: Desk) -> NamesShown:
    """Every name that counts, at the exchange and in the home's mirror."""
    home = desk.home
    if not home.is_far:
        return NamesShown(exchange=str(home.exchange), far=False, names=_shown(_held(home), _held(home)))
    with opened(home) as carrier:
        there, alarms = mirror.listed(carrier)
    return NamesShown(
        exchange=home.file.exchange,
        far=True,
        names=_shown(_held(home), there),
        problems=tuple(map(Trouble.of, alarms)),
    )


def look(home: Home) -> int:
    """How many names of one's own are due at a far exchange, which answers, or the fault that it met."""
    with opened(home) as carrier:
        there, _ = mirror.listed(carrier)
    return len(mirror.due(home.exchange, home.folder_name, there))


def _carried(home: Home, takes: bool, gives: bool) -> CarriedShown:
    if not home.is_far:
        return CarriedShown(exchange=str(home.exchange), far=False)
    alarms: tuple[FedcliError, ...]
    taken: tuple[str, ...] = ()
    left: tuple[str, ...] = ()
    given: tuple[str, ...] = ()
    with opened(home) as carrier:
        if takes:
            there, taken, left, alarms = _pull(home, carrier)
        else:
            there, alarms = mirror.listed(carrier)
        if gives:
            given = mirror.push(carrier, home.exchange, home.folder_name, there)
    return CarriedShown(
        exchange=home.file.exchange,
        far=True,
        taken=taken,
        given=given,
        left=left,
        problems=tuple(map(Trouble.of, alarms)),
    )


def _pull(home: Home, carrier: Carrier) -> mirror.Pulled:
    make_folder(home.exchange)
    return mirror.pull(carrier, home.exchange, home.folder_name, home.file.exchange)


def _own(home: Home, there: frozenset[str]) -> frozenset[str]:
    return frozenset(name for name in there if names.owner(name) == home.folder_name)


def _held(home: Home) -> frozenset[str]:
    return frozenset(mirror.owned(home.exchange, ""))


def _shown(here: frozenset[str], there: frozenset[str]) -> tuple[NameShown, ...]:
    return tuple(
        NameShown(name=name, here=name in here, there=name in there) for name in sorted(here | there)
    )
