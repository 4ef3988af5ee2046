"""What the vault wants a site to remember of its releases: records that nobody else can read, in order.

What was purged is gone from here, and the log says so.
"""

from __future__ import annotations

from datetime import datetime
from typing import NamedTuple

from fedcli.ledger import log
from fedcli.ledger.store import Store
from fedcli.model.entry import Entry
from fedcli.model.identifiers import Count, Name

#: What waits for review of the queries that were charged for a population.
_PARKED = """
DELETE FROM parked WHERE query IN (
    SELECT json_extract(CAST(leaf AS TEXT), '$.query') FROM entry
    WHERE json_extract(CAST(leaf AS TEXT), '$.charge.population') = ?
)
"""


class Held(NamedTuple):
    """How much is remembered of a population: records, and their bytes."""

    records: Count
    size: Count


def records(store: Store, population: Name) -> list[tuple[int, bytes]]:
    """The records of a population with their numbers, the oldest first."""
    rows = store.connection.execute(
        "SELECT number, box FROM memory WHERE population = ? ORDER BY number", (population,)
    )
    return [(number, box) for number, box in rows]


def keep(store: Store, population: Name, number: int, box: bytes) -> None:
    """Keep one more record, in the transaction that is open."""
    store.connection.execute("INSERT INTO memory VALUES (?, ?, ?)", (population, number, box))


def held(store: Store) -> dict[Name, Held]:
    """How much is remembered of each population of which anything is."""
    rows = store.connection.execute(
        "SELECT population, count(*), sum(length(box)) FROM memory GROUP BY population ORDER BY population"
    )
    return {population: Held(number, size) for population, number, size in rows}


def last_asked(store: Store, population: Name) -> datetime | None:
    """When the last question about a population was charged."""
    [at] = store.connection.execute(
        "SELECT max(at) FROM charge WHERE json_extract(CAST(charge AS TEXT), '$.population') = ?",
        (population,),
    ).fetchone()
    return datetime.fromisoformat(at) if at else None


def purge(store: Store, population: Name) -> None:
    """Delete the records of a population, and what of it waits for review, in the transaction that is open.

    The pages that were theirs are overwritten (`secure_delete`).
    """
    store.connection.execute("DELETE FROM memory WHERE population = ?", (population,))
    store.connection.execute(_PARKED, (population,))


def purged(store: Store) -> dict[Name, Entry]:
    """The populations of which the memory was purged, each with the entry that says so."""
    rows = store.connection.execute(
        "SELECT number FROM entry WHERE json_extract(CAST(leaf AS TEXT), '$.kind') = 'purge' ORDER BY number"
    ).fetchall()
    found = (log.entry(store, number) for (number,) in rows)
    return {one.population: one for one in found if one.population is not None}
