"""The doctor: looks at a home and the program in it, changes nothing of either, and says what to do.

Each look ends on its own: what one cannot see does not hide what another finds.
"""

from __future__ import annotations

import os
import shutil
import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from functools import partial
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Literal

from fedcli import __version__
from fedcli.errors import FedcliError, Outcome
from fedcli.files.lock import is_free, keeps_out
from fedcli.files.reader import mode, names
from fedcli.files.system import file_system
from fedcli.ledger import accounts, log, memory, registry
from fedcli.ledger.registry import Held
from fedcli.ledger.store import Store
from fedcli.model.heartbeat import Heartbeat
from fedcli.model.home import Desk
from fedcli.model.shown.places import DoctorShown, Looked
from fedcli.trust.membership import Membership
from fedcli.workflows import carry
from fedcli.workflows.announce import open_book
from fedcli.workflows.caged import cage
from fedcli.workflows.forgetting import due
from fedcli.workflows.journal import UNFIT, last
from fedcli.workflows.rules import policy
from fedcli.workflows.sources import look, of_held
from fedcli.workflows.standing import exchange, membership, store

PACKAGES = ("cryptography", "duckdb", "pydantic", "sqlglot", "typer")
OLDEST = (3, 11)
SOON = timedelta(days=30)
FEWEST_BYTES = 10**9
#: Where files end with the power, and where several machines write: neither is a place for a ledger.
_PASSING = ("tmpfs", "ramfs")
_SHARED = ("nfs", "nfs4", "cifs", "smb3", "smbfs", "fuse.sshfs", "9p", "afs", "ceph", "glusterfs")
#: Before fedcli was: a clock that says so is wrong.
_NO_EARLIER = 2026

_BY_ITSELF = 'let cron or systemd call it: "fedcli schedule show"'

Look = Callable[[], Looked]


def doctor(desk: Desk | None, now: datetime) -> DoctorShown:
    """Everything that can be looked at from here."""
    looks: list[Looked] = [_python(), *map(_package, PACKAGES)]
    if desk is None:
        told = "there is none here: only the program was looked at"
        looks.append(_warn("home", told, "give --home DIR, or go into a home"))
        return DoctorShown(looked=(*looks, _clock(now)))
    if desk.home.file.role == "site":
        looks.append(guarded("cage", cage))
    looks += [_home(desk), _space(desk), *_keys(desk), guarded("exchange", lambda: _exchange(desk))]
    members, found = _federation(desk)
    looks.append(found)
    if desk.home.file.role == "site":
        looks.append(guarded("policy", lambda: _policy(desk)))
        looks.append(guarded("state", lambda: _state(desk)))
        looks.append(_ledger(desk, members))
        looks += _datasets(desk, members)
        looks += _memory(desk)
        looks.append(_runs(desk))
    return DoctorShown(looked=(*looks, _clock(now, members)))


def _ok(what: str, told: str) -> Looked:
    return Looked(what=what, state="ok", told=told)


def _warn(what: str, told: str, fix: str) -> Looked:
    return Looked(what=what, state="warn", told=told, fix=fix)


def _fail(what: str, told: str, fix: str) -> Looked:
    return Looked(what=what, state="fail", told=told, fix=fix)


def guarded(what: str, look: Look) -> Looked:
    """A look, or the failure that it met."""
    try:
        return look()
    except FedcliError as error:
        return _of(what, error, "fail")


def _of(what: str, error: FedcliError, state: Literal["warn", "fail"]) -> Looked:
    return Looked(what=what, state=state, told=f"{error.what} [{error.code}]", fix=error.fix)


def _python() -> Looked:
    told = f"fedcli {__version__} on Python {'.'.join(map(str, sys.version_info[:3]))}"
    if sys.version_info < OLDEST:
        return _fail("program", told, "install Python 3.11 or newer")
    return _ok("program", told)


def _package(name: str) -> Looked:
    try:
        return _ok(f"package {name}", version(name))
    except PackageNotFoundError:
        return _fail(f"package {name}", "it is not installed", "install the packages of requirements.lock")


def _home(desk: Desk) -> Looked:
    path, file = desk.home.path, desk.home.file
    if not os.access(path, os.R_OK | os.W_OK | os.X_OK):
        return _fail("home", f"{path} cannot be read and written", f"let this user own {path}")
    if mode(path) & 0o022:
        return _warn("home", f"others may write to {path}", f"chmod go-w {path}")
    return _ok("home", f"the {file.role} {file.name} in {path}")


def _space(desk: Desk) -> Looked:
    free = shutil.disk_usage(desk.home.path).free
    told = f"{free / 10**9:.1f} GB are free"
    if free < FEWEST_BYTES:
        return _warn("disk", told, "make room: a run that cannot write its ledger does not compute")
    return _ok("disk", told)


def _keys(desk: Desk) -> Iterator[Looked]:
    folder = desk.home.path / "keys"
    found = names(folder, ".key.json")
    for name in found:
        what = f"key {name.removesuffix('.key.json')}"
        if mode(folder / name) & 0o077:
            yield _fail(
                what, "others may read its file", f"chmod 600 {folder / name}, and think of rotating it"
            )
        else:
            yield _ok(what, "only its owner can read it")
    if not found:
        yield _warn("keys", "there are none in this home", 'make one: "fedcli key new"')


def _far(desk: Desk) -> Looked:
    """Whether a far exchange answers; where it does not, the rest is looked at in the mirror."""
    try:
        due = carry.look(desk.home)
    except FedcliError:
        desk.home.post.stays = True
        raise
    told = f"{desk.home.file.exchange} answers"
    if due:
        return _warn(
            "exchange", f"{told}, and {due} files of this home are not there", "fedcli exchange push"
        )
    return _ok("exchange", f"{told}, and has all that this home has made")


def _exchange(desk: Desk) -> Looked:
    if desk.home.is_far:
        return _far(desk)
    folder = exchange(desk.home).folder
    own = folder / ("federation" if desk.home.file.role == "federation" else desk.home.file.name)
    place = own if own.exists() else folder
    if not os.access(place, os.R_OK | os.W_OK | os.X_OK):
        return _fail("exchange", f"{place} cannot be written", "ask who runs the exchange for permission")
    return _ok("exchange", f"{place} can be read and written")


def _federation(desk: Desk) -> tuple[Membership | None, Looked]:
    try:
        members = membership(desk)
        members.check_current(desk.now)
    except FedcliError as error:
        return None, _of("federation", error, "fail")
    root = members.root
    told = f"{root.federation}, root {root.version}, until {root.expires:%Y-%m-%d}"
    if root.expires - desk.now < SOON:
        return members, _warn("federation", told, "administrators sign and publish the next root soon")
    if desk.home.file.role != "federation" and root.member(desk.home.file.name) is None:
        fix = "give your card to an administrator"
        return members, _fail("federation", f"{told}: {desk.home.file.name} is no member", fix)
    return members, _ok("federation", told)


def _policy(desk: Desk) -> Looked:
    found = policy(desk, None)
    return _ok("policy", f"{found.policy.name}{', under the floor' if found.floor else ''}")


def _ledger(desk: Desk, members: Membership | None) -> Looked:
    if members is None:
        return _warn("ledger", "not looked at: the federation is not verified", "see to the federation first")
    return guarded("ledger", lambda: _book(desk, members))


def _book(desk: Desk, members: Membership) -> Looked:
    book = open_book(desk, members)
    unfinished = len(accounts.unfinished(book))
    last = max((one.at for one in log.entries(book)), default=desk.now)
    if last > desk.now:
        told = f"its last entry is of {last:%Y-%m-%d %H:%M}, which is to come"
        return _fail("ledger", told, "set the clock of this machine")
    told = f"{log.head(book).size} entries, whole, and continuing what was published"
    if unfinished:
        fix = '"fedcli run --pending" finishes what was interrupted, at the same charge'
        return _warn("ledger", f"{told}; {unfinished} charged and not yet released", fix)
    return _ok("ledger", told)


def _state(desk: Desk) -> Looked:
    """Whether what a site writes stays written, and one process at a time writes it."""
    folder = desk.home.database.parent
    if not _keeps_out(folder / "doctor.lock"):
        return _fail("state", f"locks in {folder} keep nobody out", "move the home to a local disk")
    kind = file_system(folder)
    if kind in _PASSING:
        return _warn("state", f"{folder} is in memory ({kind})", "move the home to a disk that stays")
    if kind in _SHARED:
        return _warn("state", f"{folder} is on {kind}", "move the home to a disk of this machine")
    return _ok("state", "a second process is kept out, and files are on a disk of this machine")


def _keeps_out(path: Path) -> bool:
    try:
        return keeps_out(path)
    finally:
        path.unlink(missing_ok=True)


def _datasets(desk: Desk, members: Membership | None) -> list[Looked]:
    """The data as they were last looked at: they are not opened. What the ledger lacks, it tells itself."""
    try:
        book = store(desk)
    except FedcliError:
        return []
    return [
        guarded(f"dataset {held.name}", partial(_dataset, book, members, held))
        for held in registry.datasets(book)
        if members is not None
    ]


def _dataset(book: Store, members: Membership, held: Held) -> Looked:
    what, taken = f"dataset {held.name}", registry.snapshot(book, held.name)
    agreed = members.root.dictionaries.get(held.name)
    if agreed is None or agreed.digest != held.dictionary.sha256:
        fix = f"fedcli data add {held.name} PATH…, with the dictionary of today"
        return _warn(what, "the federation has agreed on another dictionary", fix)
    if (gone := memory.purged(book).get(held.dictionary.population)) is not None:
        return _ok(what, f"its population was purged on {gone.at:%Y-%m-%d}: nothing about it is answered")
    if taken is None or taken.files != look(of_held(held)):
        return _warn(what, "its files changed since they were checked", f"fedcli data check {held.name}")
    if taken.problems:
        told = f"it does not meet its dictionary: {len(taken.problems)} problems"
        return _fail(what, told, f"fedcli data check {held.name}")
    return _ok(what, f"snapshot {taken.name} meets dictionary {held.dictionary.version}")


def _memory(desk: Desk) -> list[Looked]:
    """Whether more is remembered than the policy keeps. What policy and ledger lack, they tell themselves."""
    try:
        book, limits = store(desk), policy(desk, None).policy.limits
        late, count = due(book, limits, desk.now), len(memory.held(book))
    except FedcliError:
        return []
    if late:
        told = f"{', '.join(late)}: not asked about for {limits.retention}, and still remembered"
        return [_warn("memory", told, '"fedcli state purge --due" ends it')]
    several = "" if count == 1 else "s"
    return [_ok("memory", f"{count} population{several} remembered, kept {limits.retention}")]


def _runs(desk: Desk) -> Looked:
    """Whether the last run ended, how, and whether it is as long ago as the schedule says."""
    beat, schedule = last(desk.home), desk.home.file.schedule
    if beat is None and schedule is None:
        return _ok("runs", "none yet")
    if beat is None:
        return _warn("runs", f"none yet, and the settings say: {_words(desk)}", _BY_ITSELF)
    if beat.phase == "running":
        return _under_way(desk, beat)
    if beat.last is not None and Outcome.of(beat.last.status) in UNFIT:
        told = f"the last one ended with {beat.last.exit} at {_moment(beat.last.at)}"
        return _warn("runs", told, f'"fedcli explain {beat.last.code}", then run again')
    known = beat.succeeded or beat.began
    if schedule is not None and desk.now > schedule.late(known):
        return _warn(
            "runs", f"the last good one was at {_moment(known)}, and is due {_words(desk)}", _BY_ITSELF
        )
    return _ok("runs", f"the last one ended at {_moment(beat.beat)}")


def _under_way(desk: Desk, beat: Heartbeat) -> Looked:
    since = _moment(beat.began)
    if is_free(desk.home.run_lock):
        told = f"the one of {since} was killed (process {beat.pid})"
        return _warn("runs", told, 'let the next run finish what it began: "fedcli run --pending"')
    return _ok("runs", f"one is under way since {since}")


def _words(desk: Desk) -> str:
    return desk.home.file.schedule.words if desk.home.file.schedule else ""


def _moment(at: datetime) -> str:
    return f"{at:%Y-%m-%d %H:%M} UTC"


def _clock(now: datetime, members: Membership | None = None) -> Looked:
    told = f"{now:%Y-%m-%d %H:%M} UTC"
    early = now.year < _NO_EARLIER or (members is not None and now < members.root.issued)
    if early:
        return _fail(
            "clock", f"{told}, which is before the federation's root", "set the clock of this machine"
        )
    return _ok("clock", told)
