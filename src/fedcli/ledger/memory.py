"""What the vault wants a site to remember of its releases: records that nobody else can read, in order."""

from __future__ import annotations

from fedcli.ledger.store import Store
from fedcli.model.identifiers import Name


def records(store: Store, population: Name) -> list[tuple[int, bytes]]:
    """The records of a population with their numbers, the oldest first."""
    rows = store.connection.execute(
        "SELECT number, box FROM memory WHERE population = ? ORDER BY number", (population,)
    )
    return [(number, box) for number, box in rows]


def keep(store: Store, population: Name, number: int, box: bytes) -> None:
    """Keep one more record, in the transaction that is open."""
    store.connection.execute("INSERT INTO memory VALUES (?, ?, ?)", (population, number, box))
