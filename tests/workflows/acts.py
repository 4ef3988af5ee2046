"""What these tests do to a federation, and what they look at, beyond the acts of its participants."""

from __future__ import annotations

import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq

from fedcli.ledger.accounts import Recorded, releases
from fedcli.ledger.store import Store
from fedcli.model.query import Query
from fedcli.model.release import Unanswered
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.trust.keys import Keys, load
from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.world import SAMPLE, SITES, Ended, World

CANARY = "CANARY-9434765919"
SOUTH = SAMPLE / "south.parquet"


# Looking.


def tree(folder: Path) -> dict[str, bytes]:
    """Every file below a folder with its bytes; links with their target."""
    return {
        str(path.relative_to(folder)): (
            str(path.readlink()).encode() if path.is_symlink() else path.read_bytes()
        )
        for path in sorted(folder.rglob("*"))
        if path.is_symlink() or path.is_file()
    }


def book(world: World, site: str) -> dict[str, list[tuple[Any, ...]]]:
    """Every row of every table of a site's database."""
    with sqlite3.connect(world.folder / site / "state" / "site.db") as connection:
        names = [
            name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")
        ]
        return {name: sorted(connection.execute(f"SELECT * FROM {name}").fetchall()) for name in names}


#: What every run writes, whatever it does.
_OF_RUNS = ("site.db", "run.lock", "private.log", "heartbeat.json", "run.log.jsonl")


def written(world: World, *homes: str) -> dict[str, object]:
    """All that a command could have changed: the files of some homes, the exchange, and the books."""
    found: dict[str, object] = {"exchange": tree(world.exchange)}
    for home in homes:
        files = tree(world.folder / home)
        found[home] = {name: data for name, data in files.items() if not name.endswith(_OF_RUNS)}
        if (world.folder / home / "state" / "site.db").exists():
            found[f"{home}'s book"] = book(world, home)
    return found


def code(ended: Ended) -> str:
    """The code of a command line that was run with --format json."""
    return str(ended.document["code"])


def ran(ended: Ended) -> list[tuple[str, str]]:
    """Status and code of every query of a run with --format json."""
    return [(one["status"], one["code"]) for one in ended.data["queries"]]


def entries(world: World, site: str, kind: str) -> int:
    """How many entries of a kind a site's ledger has."""
    shown = world.ok("ledger", "show", "--format", "json", home=site).data["entries"]
    return sum(entry["kind"] == kind for entry in shown)


def told(world: World, query: str, key: str | None = None) -> dict[str, dict[str, str]]:
    """What the researcher is told by each site: for every analysis a code, or nothing for an answer."""
    desk = world.desk("researcher", key)
    quorum = gather(desk, membership(desk), query).quorums[-1]
    return {
        one.release.value.site: {
            name: outcome.code if isinstance(outcome, Unanswered) else ""
            for name, outcome in one.values.value.analyses.items()
        }
        for one in quorum.contributions
    }


def recorded(world: World, site: str, query: str | None = None) -> list[Recorded]:
    """The releases that a site has recorded."""
    store = Store(world.folder / site / "state" / "site.db")
    try:
        return releases(store, query)
    finally:
        store.close()


def only_query(world: World) -> str:
    """The one query of a world."""
    [folder] = (world.exchange / "ana" / "queries").iterdir()
    return folder.name


# Acting.


def edit(path: Path, old: str, new: str) -> None:
    """Replace a text in a file that must have it."""
    text = path.read_text()
    assert old in text, f"{path} has no {old!r}"
    path.write_text(text.replace(old, new))


def policy(world: World, site: str, old: str, new: str) -> None:
    """Edit a site's policy."""
    edit(world.folder / site / "policy.toml", old, new)


def forgetful(world: World, site: str) -> None:
    """Let a site judge each question by itself: for many questions at once that are about something else."""
    policy(world, site, 'secondary  = "optimised"', 'secondary  = "none"')
    policy(world, site, 'memory     = "population"', 'memory     = "none"')


def run(world: World, site: str, *queries: str) -> Ended:
    """Run at a site, with the answer as JSON."""
    return world.cli("run", *(queries or ("--pending",)), "--format", "json", home=site)


def combine(world: World, query: str, *more: str) -> Ended:
    """Combine, with the answer as JSON."""
    return world.cli("combine", query, *more, "--format", "json", home="researcher")


def statuses(world: World, query: str) -> dict[str, str]:
    """How each site ended in a combined result."""
    return {one["site"]: one["status"] for one in combine(world, query).data["sites"]}


def grant(world: World, site: str, query: str, person: str = "owner", *more: str) -> Ended:
    """Let one person of a site grant a query."""
    words = ("approval", "grant", query, "--key", f"{site}-{person}", "--reason", "ok", *more)
    return world.cli(*words, "--format", "json", home=site)


def review(
    world: World, site: str, decision: str, query: str, person: str, reason: str = "looked at"
) -> Ended:
    """Let one person of a site say something of what is parked."""
    words = ("review", decision, query, "--key", f"{site}-{person}", "--reason", reason)
    return world.cli(*words, "--format", "json", home=site)


def flipped(data: bytes, place: int | None = None) -> bytes:
    """The same bytes with one changed, in the middle or at a place."""
    at = len(data) // 2 if place is None else place % len(data)
    return data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :]


def keys_of(world: World, home: str, name: str) -> Keys:
    """The private keys of somebody, as a thief has them."""
    return load(world.folder / home / "keys" / f"{name}.key.json", None)


def post_query(world: World, query: Query, keys: Keys, folder: str = "ana") -> str:
    """Put a query into the exchange with a signature of whoever; its digest."""
    path = world.exchange / folder / "queries" / query.sha256 / "query.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(sign(statement("query", query.sha256, query), [keys]))
    return query.sha256


def query_in(world: World, digest: str) -> Query:
    """A query in the exchange, as it was signed."""
    path = world.exchange / "ana" / "queries" / digest / "query.json"
    return Query.read(content(parse(path.read_bytes(), "query"), "query", "query").predicate, "query")


# The federation's members.


def enrol(world: World, *cards: Path) -> None:
    """Publish a root with more members."""
    world.ok("federation", "member", "add", *map(str, cards), home="federation")
    publish(world)


def publish(world: World) -> str:
    """Sign and publish the next root by both administrators; its digest."""
    for name in ("ada", "ben"):
        world.ok("federation", "sign", "--key", name, home="federation")
    return str(world.ok("federation", "publish", "--format", "json", home="federation").data["digest"])


def new_researcher(world: World, name: str) -> None:
    """The home of one more researcher who trusts the federation, not enrolled yet."""
    home = world.folder / name
    world.ok("init", "researcher", name, "--dir", str(home), "--no-passphrase")
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    world.ok("federation", "verify", "--pin", pin, home=name)


def new_person(world: World, site: str, name: str, *roles: str, enrolled: bool = True) -> None:
    """One more person of a site."""
    wanted = [word for role in roles for word in ("--role", role)]
    world.ok("key", "new", name, *wanted, "--no-passphrase", home=site)
    if enrolled:
        enrol(world, world.folder / site / "keys" / f"{name}.card.json")


# Data.


def south() -> pa.Table:
    """The data of the hospital south."""
    return pq.read_table(SOUTH)


def with_value(column: str, value: object, row: int = 3, kind: pa.DataType | None = None) -> pa.Table:
    """The data of south with one value of one row changed."""
    table = south()
    place = table.schema.get_field_index(column)
    values = table.column(column).to_pylist()
    values[row] = value
    return table.set_column(place, column, pa.array(values, type=kind or table.schema.field(column).type))


def own_data(world: World, site: str = "south") -> Path:
    """Give a site a copy of its data in its own folder, so that it can be changed; the file."""
    source = SITES[site]
    target = world.folder / site / "data" / source.name
    target.parent.mkdir(mode=0o700)
    target.write_bytes(source.read_bytes())
    more = ["--table", "cohort"] if source.suffix == ".duckdb" else []
    world.ok("data", "add", "cohort", str(target), *more, home=site)
    return target
