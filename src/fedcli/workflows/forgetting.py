"""Forgetting at a site: what its vault remembers of a population, until when, and its end.

What was told before guards what is told next. So a population whose memory is gone is answered about no
more, for good, and the log says who decided it and why.
"""

from __future__ import annotations

from datetime import datetime

from fedcli.errors import fault, meant
from fedcli.ledger import log, memory, registry
from fedcli.ledger.store import Store
from fedcli.model.document import instant
from fedcli.model.entry import Entry
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name, line
from fedcli.model.policy import Limits, kept_for
from fedcli.model.shown.state import PopulationKept, StatePurged, StateShown
from fedcli.trust.membership import Membership
from fedcli.workflows.announce import alone, open_book, publish_checkpoint, site_policy
from fedcli.workflows.standing import membership, require


def show(desk: Desk) -> StateShown:
    """What is remembered of each population of a site, until when, or since when it is not any more."""
    require(desk, "site")
    members = membership(desk)
    book, policy = open_book(desk, members), site_policy(desk, members)
    limits = policy.limits
    return StateShown(
        memory=policy.disclosure.memory,
        retention=limits.retention,
        populations=tuple(_kept(desk, book, limits, population) for population in _populations(book)),
    )


def purge(desk: Desk, wanted: tuple[Name, ...], reason: str) -> StatePurged:
    """Forget populations, for good; of one that was purged before nothing changes.

    Raises:
        Refused: C-POPULATION for one that no dataset of this site is about.
        Busy: F-BUSY when a run is under way: it may be about to remember something.
    """
    said = line(reason, "reason")
    with alone(desk) as (members, book):
        known = _populations(book)
        for population in wanted:
            if population not in known:
                told = ", ".join(known) or "none"
                raise fault("C-POPULATION", population=population, known=told, meant=meant(population, known))
        return _purge(desk, members, book, wanted, said)


def purge_due(desk: Desk) -> StatePurged:
    """Forget every population that is not asked about any more for as long as the policy keeps it."""
    with alone(desk) as (members, book):
        limits = site_policy(desk, members).limits
        wanted = due(book, limits, desk.now)
        return _purge(desk, members, book, wanted, f"it was kept for {limits.retention}")


def due(book: Store, limits: Limits, now: datetime) -> tuple[Name, ...]:
    """The populations of which something is remembered for longer than the policy allows."""
    ends = {population: _until(book, limits, population) for population in memory.held(book)}
    return tuple(population for population, end in ends.items() if end is not None and end <= now)


def check_remembered(book: Store, population: Name) -> None:
    """Raise A-PURGED where the memory of a population was purged: it is answered about no more."""
    gone = memory.purged(book).get(population)
    if gone is not None:
        raise fault("A-PURGED", population=population, date=gone.at.date())


def _populations(book: Store) -> list[Name]:
    """All that the site's datasets are about, that are remembered, or were."""
    of_datasets = (one.dictionary.population for one in registry.datasets(book))
    return sorted({*of_datasets, *memory.held(book), *memory.purged(book)})


def _until(book: Store, limits: Limits, population: Name) -> datetime | None:
    """The end of what is remembered; None for never, or where nothing was asked."""
    asked = memory.last_asked(book, population)
    if asked is None or limits.retention == "unlimited":
        return None
    return asked + kept_for(limits.retention)


def _kept(desk: Desk, book: Store, limits: Limits, population: Name) -> PopulationKept:
    held = memory.held(book).get(population)
    gone = memory.purged(book).get(population)
    until = _until(book, limits, population) if held else None
    datasets = (one.name for one in registry.datasets(book) if one.dictionary.population == population)
    return PopulationKept(
        population=population,
        datasets=tuple(datasets),
        records=held.records if held else 0,
        size=held.size if held else 0,
        last_asked=memory.last_asked(book, population),
        until=until,
        due=until is not None and until <= desk.now,
        purged=gone.at if gone else None,
        reason=gone.reason if gone else None,
    )


def _purge(
    desk: Desk, members: Membership, book: Store, wanted: tuple[Name, ...], reason: str
) -> StatePurged:
    """The records and their ledger entries in one transaction, then the checkpoint."""
    new = tuple(one for one in dict.fromkeys(wanted) if one not in memory.purged(book))
    before = memory.held(book)
    if new:
        with book.writing():
            for population in new:
                memory.purge(book, population)
                log.append(book, _entry(desk, population, reason))
    publish_checkpoint(desk, book, members)
    return StatePurged(
        purged=new,
        before=tuple(one for one in dict.fromkeys(wanted) if one not in new),
        records=sum(before[one].records for one in new if one in before),
        reason=reason,
    )


def _entry(desk: Desk, population: Name, reason: str) -> Entry:
    return Entry(
        kind="purge",
        at=instant(desk.now),
        site=desk.home.file.name,
        actor=desk.actor,
        population=population,
        reason=reason,
    )
