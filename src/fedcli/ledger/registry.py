"""What a site holds and has been told: datasets, their snapshots, people's approvals, and recalls."""

from __future__ import annotations

import json
from functools import lru_cache
from typing import NamedTuple

from fedcli.errors import fault, meant
from fedcli.files.strict import parse_json
from fedcli.ledger.store import Store
from fedcli.model.checked import Problem
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Digest, Name
from fedcli.model.optouts import OptOuts


class Held(NamedTuple):
    """A dataset of a site: where its files are (patterns, as typed), and its dictionary."""

    name: Name
    paths: tuple[str, ...]
    table: str | None
    dictionary: Dictionary


class Snapshot(NamedTuple):
    """One state of a dataset's files. Its name is random; the digest is keyed and stays here."""

    dataset: Name
    name: Name
    digest: Digest
    files: str
    problems: tuple[Problem, ...]
    rows: int
    persons: int


def hold(store: Store, held: Held) -> None:
    """Add or replace a dataset, in the transaction that is open."""
    places = json.dumps({"paths": held.paths, "table": held.table})
    store.connection.execute(
        "INSERT INTO dataset VALUES (?, ?, ?) ON CONFLICT (name) DO UPDATE SET"
        " places = excluded.places, dictionary = excluded.dictionary",
        (held.name, places, held.dictionary.canonical()),
    )


def datasets(store: Store) -> list[Held]:
    """The datasets by name."""
    rows = store.connection.execute("SELECT name, places, dictionary FROM dataset ORDER BY name")
    return [_held(*row) for row in rows]


def dataset(store: Store, name: Name) -> Held:
    """The dataset of a name, or C-DATASET."""
    known = {held.name: held for held in datasets(store)}
    if name not in known:
        raise fault("C-DATASET", dataset=name, known=", ".join(known) or "none", meant=meant(name, known))
    return known[name]


def snapshot(store: Store, name: Name) -> Snapshot | None:
    """The last snapshot of a dataset."""
    row = store.connection.execute(
        "SELECT dataset, name, digest, files, problems, row_count, persons FROM snapshot WHERE dataset = ?",
        (name,),
    ).fetchone()
    if row is None:
        return None
    problems = tuple(Problem.read(one, "a recorded problem") for one in json.loads(row[4]))
    return Snapshot(row[0], row[1], row[2], row[3], problems, row[5], row[6])


def record_snapshot(store: Store, taken: Snapshot) -> None:
    """Keep a snapshot in place of the one before, in the transaction that is open."""
    problems = json.dumps([problem.json_value() for problem in taken.problems])
    store.connection.execute(
        "INSERT OR REPLACE INTO snapshot VALUES (?, ?, ?, ?, ?, ?, ?)",
        (taken.dataset, taken.name, taken.digest, taken.files, problems, taken.rows, taken.persons),
    )


def attest(store: Store, dataset: Name, said: OptOuts) -> None:
    """Keep what is said of a dataset's opt-outs in place of what was said before, in the open transaction."""
    store.connection.execute("INSERT OR REPLACE INTO opt_out VALUES (?, ?)", (dataset, said.canonical()))


def opt_outs(store: Store, dataset: Name) -> OptOuts | None:
    """What was said last of a dataset's opt-outs."""
    row = store.connection.execute("SELECT said FROM opt_out WHERE dataset = ?", (dataset,)).fetchone()
    where = "recorded opt-outs"
    return OptOuts.read(parse_json(row[0], where), where) if row else None


def add_approval(store: Store, query: Digest, envelope: bytes) -> int:
    """Keep an approval, in the transaction that is open; its place counts from one for each query.

    Approvals are read from here and not from the exchange, where a revocation could be held back.
    """
    [number] = store.connection.execute("SELECT count(*) FROM approval WHERE query = ?", (query,)).fetchone()
    store.connection.execute(
        "INSERT INTO approval (query, place, envelope) VALUES (?, ?, ?)", (query, number + 1, envelope)
    )
    return int(number) + 1


def approvals(store: Store, query: Digest) -> list[bytes]:
    """The approvals of a query in the order in which they were given."""
    rows = store.connection.execute("SELECT envelope FROM approval WHERE query = ? ORDER BY place", (query,))
    return [row[0] for row in rows]


def add_withdrawal(store: Store, query: Digest, envelope: bytes) -> None:
    """Keep a withdrawal, in the transaction that is open; there is one of a query, and it stands."""
    store.connection.execute("INSERT INTO withdrawal VALUES (?, ?)", (query, envelope))


def withdrawals(store: Store) -> dict[Digest, bytes]:
    """The withdrawals by query."""
    return dict(store.connection.execute("SELECT query, envelope FROM withdrawal ORDER BY query").fetchall())


def withdrawal(store: Store, query: Digest) -> bytes | None:
    """The withdrawal of the releases of a query, if there is one."""
    return withdrawals(store).get(query)


def _held(name: str, places: str, dictionary: bytes) -> Held:
    where = json.loads(places)
    return Held(name, tuple(where["paths"]), where["table"], _dictionary(dictionary))


@lru_cache(maxsize=16)  # a run looks its datasets up at every step
def _dictionary(data: bytes) -> Dictionary:
    return Dictionary.read(parse_json(data, "a recorded dictionary"), "a recorded dictionary")
