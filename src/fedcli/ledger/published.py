"""What a site has put into the exchange under a number of its own."""

from __future__ import annotations

from fedcli.ledger.store import Store
from fedcli.model.identifiers import Digest


def last(store: Store, kind: str) -> tuple[int, Digest | None]:
    """The last number and digest of a kind; zero and None before the first."""
    row = store.connection.execute(
        "SELECT number, digest FROM published WHERE kind = ? ORDER BY number DESC LIMIT 1", (kind,)
    ).fetchone()
    return (int(row[0]), row[1]) if row else (0, None)


def record(store: Store, kind: str, number: int, digest: Digest) -> None:
    """Remember what was published, in the transaction that is open."""
    store.connection.execute("INSERT INTO published VALUES (?, ?, ?)", (kind, number, digest))
