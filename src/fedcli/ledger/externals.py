"""Outputs that left a site by another door, as the site remembers them: by population, with their entries."""

from __future__ import annotations

from fedcli.files.strict import parse_json
from fedcli.ledger.store import Store
from fedcli.model.external import External, Known
from fedcli.model.identifiers import Name


def add(store: Store, known: Known, entry: int) -> None:
    """Keep an output, in the transaction that is open; `entry` is the number of its ledger entry."""
    store.connection.execute(
        "INSERT INTO external VALUES (?, ?, ?, ?)",
        (known.external.sha256, known.population, entry, known.canonical()),
    )


def number(store: Store, external: External) -> int | None:
    """The number of the entry of an output that is kept, whatever the dictionary was then, or None."""
    row = store.connection.execute("SELECT entry FROM external WHERE id = ?", (external.sha256,)).fetchone()
    return int(row[0]) if row else None


def of_population(store: Store, population: Name) -> list[Known]:
    """All outputs about the persons of a population, in the order in which they were recorded."""
    rows = store.connection.execute(
        "SELECT document FROM external WHERE population = ? ORDER BY entry", (population,)
    )
    where = "a recorded output"
    return [Known.read(parse_json(document, where), where) for (document,) in rows]
