"""What must hold after a fault, and after the same command was run again: nothing spent twice, nothing lost.

The measure is the same command without a fault: what is charged, recorded and visible in the end must
be what it left.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import FedcliError, Outcome
from fedcli.files.canonical import digest
from fedcli.ledger import accounts, log, memory, registry, reviews
from fedcli.ledger.store import Store
from fedcli.model.release import Release
from fedcli.trust.dsse import content, parse, predicate
from fedcli.workflows.announce import check_book
from fedcli.workflows.standing import membership
from tests.faults.trace import KILL, Ran
from tests.world import SITES, World

#: What a fault may be answered with, besides the end that the command has without it.
CODES = {one.exit_code for one in Outcome}
BUSY = Outcome.BUSY.exit_code


class Book(NamedTuple):
    """What lies in a site's database that people care for."""

    entries: dict[str, int]
    charges: list[tuple[str, str | None]]
    answers: list[bytes]
    releases: list[tuple[str, int, int, str, bool]]
    approvals: int
    reviews: int
    remembered: int


class Left(NamedTuple):
    """What a command left: the books of the sites, the visible files of the exchange, the results."""

    books: dict[str, Book]
    visible: dict[str, bytes]
    results: list[str]

    @property
    def settled(self) -> object:
        """What must be the same whatever happened on the way; what has a random part is left out.

        So is what is published once more under the next number by who was interrupted in it.
        """
        books = {site: one._replace(answers=[b""] * len(one.answers)) for site, one in self.books.items()}
        numbered = ("/checkpoints/", "/policy/", "/manifest/", "/result", ".sealed")
        names = sorted(name for name in self.visible if not any(part in name for part in numbered))
        return books, names, self.results


def left(world: World) -> Left:
    """What lies in a world now."""
    visible = {
        str(path.relative_to(world.exchange)): path.read_bytes()
        for path in sorted(world.exchange.rglob("*"))
        if path.is_file() and not path.name.startswith(".")
    }
    results = sorted(path.parent.name for path in (world.folder / "researcher").glob("results/*/result.json"))
    return Left({site: _book(world, site) for site in SITES}, visible, results)


def _book(world: World, site: str) -> Book:
    with closing(Store(world.folder / site / "state" / "site.db")) as store:
        rows = store.connection.execute("SELECT charge FROM charge ORDER BY entry").fetchall()
        charges = [json.loads(row) for (row,) in rows]
        answers = store.connection.execute("SELECT judged FROM answer ORDER BY rowid").fetchall()
        [approvals] = store.connection.execute("SELECT count(*) FROM approval").fetchone()
        [said] = store.connection.execute("SELECT count(*) FROM review").fetchone()
        return Book(
            dict(Counter(one.kind for one in log.entries(store))),
            [(one["question"], one.get("rho")) for one in charges],
            [row for (row,) in answers],
            [(*one[:4], one.visible) for one in accounts.releases(store)],
            approvals,
            said,
            sum(one.records for one in memory.held(store).values()),
        )


def wrong(world: World) -> list[str]:
    """What must never be, at any moment: a charge too many, a release without one, half a file."""
    return [*_half(world), *(told for site in SITES for told in _odd(world, site))]


def _half(world: World) -> Iterator[str]:
    """Visible files that do not parse or verify."""
    for path in world.exchange.rglob("*"):
        if path.is_file() and path.name.endswith(".part") and not path.name.startswith("."):
            yield f"{path.name} is visible"
    verified = world.cli("verify", str(world.exchange), "--format", "json", home="researcher")
    if verified.exit != 0:
        yield f"the exchange does not verify: {verified.document['code']} {verified.document['message']}"


def _odd(world: World, site: str) -> Iterator[str]:
    """What is wrong in the book of a site, or between it and what is visible."""
    desk = world.desk(site)
    with closing(Store(desk.home.database)) as store:
        try:
            check_book(desk, store, membership(desk))
        except FedcliError as error:
            yield f"the book of {site}: {error.what}"
        known = accounts.releases(store)
        yield from _charged_twice(store, site)
        for one in known:
            yield from _uncharged(store, one.statement, site)
        told = {digest(one.statement) for one in known}
        for path in (world.exchange / site / "releases").rglob("*.release.json"):
            if digest(path.read_bytes()) not in told:
                yield f"{site} shows a release that it did not record"


def _charged_twice(store: Store, site: str) -> Iterator[str]:
    rows = [json.loads(row) for (row,) in store.connection.execute("SELECT charge FROM charge")]
    times = Counter((one["question"], one["snapshot"], one.get("state"), one["researcher"]) for one in rows)
    yield from (f"{site} charged a question {number} times" for number in times.values() if number > 1)


def _uncharged(store: Store, statement: bytes, site: str) -> Iterator[str]:
    """Every answer of a release has a charge that the log has before the release."""
    release = predicate(content(parse(statement, site), "release", site), Release, site)
    at = [number for number, one in enumerate(log.entries(store)) if one.envelope == digest(statement)]
    if len(at) != 1:
        yield f"{site} recorded a release {len(at)} times"
    for one in release.charges:
        if not (at and one.number < at[0] and log.entry(store, one.number) == one.entry):
            yield f"{site} released what was not charged before"


def acknowledged(world: World, home: str, ran: Ran) -> list[str]:
    """What was told on stdout as done, and is not there."""
    document = ran.document
    if document.get("exit") not in (Outcome.DONE.exit_code, Outcome.PARTIAL.exit_code):
        return []
    command, data = document["command"], document["data"]
    if command == "run":
        return [
            f"{one['id']} was told to be released and is not visible"
            for one in data["queries"]
            if one["released"] and not world.releases(home, one["query"])
        ]
    return _MISSING[command](world, home, data)


def _approval_missing(world: World, home: str, data: dict[str, Any]) -> list[str]:
    with closing(Store(world.desk(home).home.database)) as store:
        kept = registry.approvals(store, data["query"])
    published = list((world.exchange / home / "approvals").glob(f"{data['query']}.*.json"))
    return [] if kept and published else ["a grant that was told is not there"]


def _review_missing(world: World, home: str, data: dict[str, Any]) -> list[str]:
    with closing(Store(world.desk(home).home.database)) as store:
        said = reviews.said_of(store, data["parked"]["query"])
    return [] if len(said) > 1 else ["a review that was told is not there"]


def _result_missing(world: World, _: str, data: dict[str, Any]) -> list[str]:
    there = (
        Path(data["path"]).exists()
        if "path" in data
        else any((world.folder / "researcher" / "results").rglob("result.json"))
    )
    posted = list((world.exchange / "ana" / "queries").rglob("result*.json"))
    return [] if there and posted else ["a result that was told is not there"]


def _still_remembered(world: World, home: str, data: dict[str, Any]) -> list[str]:
    with closing(Store(world.desk(home).home.database)) as store:
        gone = not memory.held(store) and set(data["purged"]) <= set(memory.purged(store))
    return [] if gone else ["a purge that was told was not done"]


_MISSING = {
    "state purge": _still_remembered,
    "approval grant": _approval_missing,
    "review approve": _review_missing,
    "combine": _result_missing,
}


def answered_oddly(ran: Ran, call: str, how: str, clean: int) -> list[str]:
    """What is wrong with what the command said of a fault.

    A fault does not matter, or it ends with 75 and a code of files; a call that was interrupted is repeated,
    but for the sync of a database.
    """
    if how == KILL or (ran.exit == clean and ran.document):
        return []
    if not ran.document and "error[" not in ran.err:
        return [f"{how} ended with {ran.exit} and said nothing of it"]
    codes = {ran.document.get("code", ""), *re.findall(r"error\[(\S+)\]", ran.err)}
    codes |= {one["code"] for one in ran.document.get("data", {}).get("queries", [])}
    repeated = how == "EINTR" and call != "fdatasync"
    if ran.exit == BUSY and not repeated and any(code.startswith("F-") for code in codes):
        return []
    return [f"{how} ended with {ran.exit} and {sorted(codes)}"]


def lost(before: Left, after: Left) -> list[str]:
    """What was there after the fault, and is not after the next run."""
    odd = []
    for site, book in before.books.items():
        if not set(book.answers) <= set(after.books[site].answers):
            odd.append(f"{site} lost an answer")
        if not set(book.charges) <= set(after.books[site].charges):
            odd.append(f"{site} lost a charge")
    odd += [f"{name} was changed" for name, data in before.visible.items() if after.visible.get(name) != data]
    return odd
