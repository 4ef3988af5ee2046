"""Letting a site run by itself: what cron or systemd is told, from the site's own settings."""

from __future__ import annotations

import pwd
from collections.abc import Sequence
from pathlib import Path
from typing import Literal

from fedcli.errors import FedcliError
from fedcli.files.writer import write
from fedcli.ledger import registry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Duration, TimeOfDay, megabytes
from fedcli.model.schedule import Schedule
from fedcli.model.shown.places import ScheduleFile, ScheduleShown
from fedcli.policy.profiles import load
from fedcli.trust.keys import is_protected
from fedcli.workflows import crontab, units
from fedcli.workflows.standing import require, store

Form = Literal["cron", "systemd"]
#: Without and with `--systemd`.
FORMS: tuple[Form, Form] = ("cron", "systemd")
_DEFAULT = "15 min"
_GLOB = "*?["


def show(
    desk: Desk,
    form: Form,
    program: Sequence[str],
    every: Duration | None = None,
    at: TimeOfDay | None = None,
    most: Duration | None = None,
    network: bool = False,
    folder: Path | None = None,
) -> ScheduleShown:
    """What to install: a crontab, or a service and its timer; also as files in a folder.

    Without a time it is that of `[schedule]` in the settings, else every quarter of an hour.

    Raises:
        InvalidFile: F-SCHEMA for times that are none.
    """
    require(desk, "site")
    schedule = _schedule(desk, every, at)
    site, words = desk.home.file.name, _words(desk, program, most)
    name = f"fedcli-{site}"
    if form == "cron":
        texts = {f"{name}.cron": crontab.crontab(site, words, schedule)}
    else:
        needs = _needs(desk, words, program[0], network)
        texts = {f"{name}.service": units.service(needs), f"{name}.timer": units.timer(site, schedule)}
    for file, text in texts.items() if folder else ():
        write(Path(folder or "") / file, text.encode())
    return ScheduleShown(
        form=form,
        schedule=schedule,
        known=schedule == desk.home.file.schedule,
        files=tuple(ScheduleFile(name=file, text=text) for file, text in texts.items()),
        folder=str(folder) if folder else None,
    )


def _schedule(desk: Desk, every: Duration | None, at: TimeOfDay | None) -> Schedule:
    if every is None and at is None:
        return desk.home.file.schedule or Schedule(every=_DEFAULT)
    return Schedule.made("--every or --at", every=every, at=at)


def _words(desk: Desk, program: Sequence[str], most: Duration | None) -> tuple[str, ...]:
    limited = ("--max-runtime", most) if most else ()
    return (*program, "--home", str(desk.home.path), "run", "--pending", "--quiet", *limited)


def _needs(desk: Desk, words: tuple[str, ...], program: str, network: bool) -> units.Needs:
    home = desk.home
    own = home.exchange / home.file.name
    return units.Needs(
        site=home.file.name,
        user=_owner(home.path),
        words=words,
        program=program,
        home=str(home.path),
        posts=str(own if own.is_dir() else home.exchange),
        exchange=str(home.exchange),
        data=_data(desk),
        memory_mb=megabytes(load(home.path / "policy.toml").limits.memory),
        network=network or "://" in home.file.exchange,
        passphrase=f"/etc/fedcli/{home.file.name}.passphrase" if _asks(desk) else None,
    )


def _asks(desk: Desk) -> bool:
    """Whether the key that signs releases asks for a pass-phrase."""
    try:
        return is_protected(desk.home.key(desk.home.file.name))
    except FedcliError:
        return False


def _data(desk: Desk) -> tuple[str, ...]:
    """Where the data lie: of a glob the folder above it."""
    paths = [path for held in registry.datasets(store(desk)) for path in held.paths]
    return tuple(dict.fromkeys(_above(Path(path)) for path in paths))


def _above(path: Path) -> str:
    parts = [place for place, part in enumerate(path.parts) if any(sign in part for sign in _GLOB)]
    return str(Path(*path.parts[: parts[0]]) if parts and not path.exists() else path)


def _owner(path: Path) -> str:
    number = path.stat().st_uid
    try:
        return pwd.getpwuid(number).pw_name
    except KeyError:
        return str(number)
