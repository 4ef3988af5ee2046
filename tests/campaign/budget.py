"""Processes that race for a budget, and processes that are killed between its charge and its release.

The children come from a server of forks, so that one of them begins in milliseconds. They open the site's
database as a run does and go through the steps of `workflows.walk` with its own deeds of the ledger.
"""

from __future__ import annotations

import multiprocessing
import os
import random
import secrets
import signal
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import BudgetSpent, Busy
from fedcli.ledger import accounts, budget, log
from fedcli.ledger import store as stores
from fedcli.ledger.accounts import Recorded
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.entry import Entry
from fedcli.model.identifiers import amount, units
from fedcli.model.judged import Judged
from fedcli.model.policy import Limits, Privacy

_FORKS = multiprocessing.get_context("forkserver")
_FORKS.set_forkserver_preload(["tests.campaign.budget"])

NOW = datetime(2026, 11, 22, 9, tzinfo=UTC)
PEOPLE, RHO, RULES, QUERY = "people", "0.01", "e" * 64, "c" * 64
PROCESSES = (2, 4, 8, 16)
#: How many children are killed at a moment of chance; each step between two deeds has one of its own.
KILLED = 100


class Raced(NamedTuple):
    """What the racers were told, and what the book says after them."""

    granted: int
    refused: int
    busy: int
    charges: int
    entries: int
    spent: str


class Race(NamedTuple):
    """So many processes ask so many questions each, of which a capacity affords some, or a project's."""

    processes: int
    each: int
    affords: int
    of: str = "population"
    shared: bool = False
    wait_seconds: float = 10.0

    @property
    def privacy(self) -> Privacy:
        """Budgets of which one affords that many questions."""
        most = amount(units(RHO) * self.affords)
        wide = {"capacity_rho": "9", "project_rho": "9"}
        return Privacy(**(wide | {"capacity_rho" if self.of == "population" else "project_rho": most}))


def charge(number: int, state: str | None = None, draws: int = 1) -> Charge:
    """The charge of the question of a number."""
    return Charge(
        question=f"{number:064x}",
        state=state,
        snapshot="s-1",
        mode="differential-privacy",
        population=PEOPLE,
        researcher="ana",
        project="cardio",
        scalars=1,
        share=RHO,
        draws=draws,
    )


def pay(store: Store, wanted: Charge, privacy: Privacy, then: Callable[[], None] = lambda: None) -> int:
    """Charge as a run does; `then` happens before the transaction ends."""
    entry = Entry(kind="charge", at=NOW, site="north", query=QUERY, analysis="n", charge=wanted)
    limits = Limits.model_validate({"questions_per_researcher": {"number": 10**6, "period": "30 days"}})
    with store.writing():
        number = accounts.charge(store, wanted, entry, limits, privacy)
        then()
    return number


# Races.


def race(folder: Path, asked: Race) -> Raced:
    """Let processes charge different questions at once, or with `shared` all of them the same ones."""
    path = folder / "site.db"
    Store.create(path).close()
    barrier = _FORKS.Barrier(asked.processes)
    pipes = [_FORKS.Pipe(duplex=False) for _ in range(asked.processes)]
    children = [
        _FORKS.Process(target=_racer, args=(path, asked, at, barrier, pipe[1]))
        for at, pipe in enumerate(pipes)
    ]
    for child, pipe in zip(children, pipes, strict=True):
        child.start()
        pipe[1].close()  # so that a child that ends without a word is noticed
    told = [pipe[0].recv() for pipe in pipes]
    for child in children:
        child.join()
    granted, refused, busy = (sum(one[place] for one in told) for place in range(3))
    with closing(Store(path)) as store:
        log.check(store)
        accounts.check(store)
        known = list(budget.spending(store, PEOPLE))
        spent = amount(budget.spent(store, PEOPLE))
        return Raced(granted, refused, busy, len(known), log.head(store).size, spent)


def _racer(path: Path, asked: Race, number: int, barrier: Any, told: Connection) -> None:
    stores._WAIT_SECONDS = asked.wait_seconds
    counts = {"granted": 0, "refused": 0, "busy": 0}
    barrier.wait()
    for at in range(asked.each):
        wanted = charge(at if asked.shared else number * asked.each + at)
        counts[_insistent(path, wanted, asked.privacy, counts)] += 1
    told.send(tuple(counts.values()))


def _insistent(path: Path, wanted: Charge, privacy: Privacy, counts: dict[str, int]) -> str:
    """Try until the database is not busy; whether it was granted."""
    while True:
        try:
            with closing(Store(path)) as store:
                pay(store, wanted, privacy)
            return "granted"
        except BudgetSpent:
            return "refused"
        except Busy:
            counts["busy"] += 1
            time.sleep(0.001)


# Kills.

#: Between which deeds a child can be killed.
PLACES = (
    "before the charge",
    "in the charge's transaction",
    "after the charge",
    "after the noise",
    "in the answer's transaction",
    "after the answer",
    "in the release's transaction",
    "after the release",
    "in the transaction of what is visible",
    "after all",
)
_PLAN = 3
PRICE = amount(units(RHO) * _PLAN)
PRIVACY = Privacy(capacity_rho=PRICE, project_rho=PRICE)


def walk(path: Path, at: Callable[[str], None] = lambda _: None) -> None:
    """Charge, draw noise, record the answer, record the release, make it visible; `at` is told each place."""
    wanted = charge(1, draws=_PLAN)
    with closing(Store(path)) as store:
        at(PLACES[0])
        pay(store, wanted, PRIVACY, lambda: at(PLACES[1]))
        at(PLACES[2])
        if accounts.answered(store, wanted, RULES) is None:
            drawn = Judged(verdict="refused", code=f"N-{secrets.token_hex(8).upper()}")
            at(PLACES[3])
            with store.writing():
                accounts.record_answer(store, wanted, RULES, drawn)
                at(PLACES[4])
        at(PLACES[5])
        kept = accounts.answered(store, wanted, RULES)
        if not accounts.releases(store, QUERY):
            said = Recorded(QUERY, 0, 1, "released", "", b"said", kept.canonical() if kept else b"", False)
            with store.writing():
                accounts.record_release(store, said, "ana", NOW, 0, True)
                at(PLACES[6])
        at(PLACES[7])
        for one in accounts.releases(store, QUERY):
            with store.writing():
                accounts.mark_visible(store, one)
                at(PLACES[8])
        at(PLACES[9])


def killed(folder: Path, place: str | float) -> list[str]:
    """What is wrong after a walk was killed at a place, or after so many seconds, and then repeated."""
    path = folder / "site.db"
    Store.create(path).close()
    ready, mine = _FORKS.Pipe(duplex=False)
    child = _FORKS.Process(target=_doomed, args=(path, place, mine))
    child.start()
    mine.close()
    ready.recv()
    if isinstance(place, float):
        time.sleep(place)
        child.kill()
    child.join()
    odd = [] if isinstance(place, float) or child.exitcode == -signal.SIGKILL else ["it was not killed"]
    before, trouble = _left(path)
    walk(path)
    after, more = _left(path)
    return [*odd, *trouble, *more, *_repeated(before, after)]


class Left(NamedTuple):
    """What lies in the book: what is spent, and the answers and releases."""

    spent: str
    charges: int
    answers: tuple[bytes, ...]
    releases: tuple[Recorded, ...]


def _left(path: Path) -> tuple[Left, list[str]]:
    """The book after a walk, and what of it must never be."""
    with closing(Store(path)) as store:
        log.check(store)
        accounts.check(store)
        ask = store.connection.execute
        found = Left(
            amount(budget.spent(store, PEOPLE)),
            len(list(budget.spending(store, PEOPLE))),
            tuple(one for (one,) in ask("SELECT judged FROM answer ORDER BY rowid")),
            tuple(accounts.releases(store)),
        )
        orphans = ask("SELECT count(*) FROM answer WHERE charge NOT IN (SELECT id FROM charge)").fetchone()[0]
    odd = [
        ("an answer without its charge", orphans or len(found.answers) > found.charges),
        ("a release without its answer", bool(found.releases) and not found.answers),
        ("another price", found.spent not in ("0", PRICE)),
        ("a release of other values", any(one.sealed not in found.answers for one in found.releases)),
    ]
    return found, [what for what, wrong in odd if wrong]


def _repeated(before: Left, after: Left) -> list[str]:
    odd = [
        ("not charged once", (after.spent, after.charges) != (PRICE, 1)),
        ("not answered once", len(after.answers) != 1 or before.answers not in ((), after.answers)),
        ("not released once", [one.visible for one in after.releases] != [True]),
        (
            "released otherwise",
            {one.sealed for one in before.releases} > {one.sealed for one in after.releases},
        ),
    ]
    return [what for what, wrong in odd if wrong]


def _doomed(path: Path, place: str | float, told: Connection) -> None:
    told.send("ready")

    def at(here: str) -> None:
        if here == place:
            os.kill(os.getpid(), signal.SIGKILL)

    walk(path, at)


# The campaign.


def campaign(folder: Path) -> tuple[list[str], list[str]]:
    """All races and kills: what is to be told of them, and what went wrong."""
    told, wrong = [], []
    for number in PROCESSES:
        for of in ("population", "project"):
            for wait in (10.0, 0.0):
                asked = Race(number, each=200 // number, affords=100, of=of, wait_seconds=wait)
                raced = race(_new(folder), asked)
                told.append(f"{asked}: {raced}")
                wrong += [] if fair(asked, raced) else [told[-1]]
    lot = random.Random("kills")
    chance = [lot.uniform(0, 0.03) for _ in range(KILLED)]
    found = {place: killed(_new(folder), place) for place in (*PLACES, *chance)}
    told.append(f"killed at {len(PLACES)} places and {KILLED} moments: {sum(map(bool, found.values()))} odd")
    wrong += [f"killed at {place}: {odd}" for place, odd in found.items() if odd]
    return told, wrong


def fair(asked: Race, raced: Raced) -> bool:
    """Whether exactly as many were granted as could be, and each of them is in the book."""
    most = min(asked.affords, asked.processes * asked.each)
    return raced[:2] == (most, asked.processes * asked.each - most) and raced[3:] == (
        most,
        most,
        amount(units(RHO) * most),
    )


def _new(folder: Path) -> Path:
    made = folder / secrets.token_hex(4)
    made.mkdir()
    return made
