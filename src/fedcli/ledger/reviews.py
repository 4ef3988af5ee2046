"""What waits for review at a site, and what people said of it."""

from __future__ import annotations

import hashlib
import hmac
from typing import NamedTuple

from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.ledger.store import Store
from fedcli.model.identifiers import Digest
from fedcli.model.review import Parked

_WHERE = "the site database"


class Said(NamedTuple):
    """One review as it was signed, and the reason, which stays here."""

    envelope: bytes
    reason: str


def park(store: Store, parked: Parked) -> None:
    """Keep what waits, in the transaction that is open.

    The same findings again change nothing; others take their place, and need reviews of their own.
    """
    known = next((one for one in parked_of(store, parked.query) if _place(one) == _place(parked)), None)
    if known is None or known.findings != parked.findings:
        store.connection.execute(
            "INSERT OR REPLACE INTO parked VALUES (?, ?, ?, ?, ?, ?)",
            (*_place(parked), parked.at.isoformat(), parked.canonical()),
        )


def _place(parked: Parked) -> tuple[Digest, int, str, Digest]:
    return (parked.query, parked.round, parked.snapshot, parked.policy)


def parked_of(store: Store, query: Digest | None = None) -> list[Parked]:
    """What was parked of a query, or of all, in order."""
    rows = store.connection.execute(
        "SELECT findings FROM parked WHERE ? IS NULL OR query = ? ORDER BY at, query, round, rowid",
        (query, query),
    )
    return [Parked.read(parse_json(row[0], _WHERE), _WHERE) for row in rows]


def add(store: Store, query: Digest, said: Said) -> None:
    """Keep a review, in the transaction that is open."""
    store.connection.execute(
        "INSERT INTO review (query, reason, envelope) VALUES (?, ?, ?)", (query, said.reason, said.envelope)
    )


def said_of(store: Store, query: Digest) -> list[Said]:
    """The reviews of a query in the order in which they were given."""
    rows = store.connection.execute(
        "SELECT envelope, reason FROM review WHERE query = ? ORDER BY number", (query,)
    )
    return [Said(*row) for row in rows]


def keyed(store: Store, told: object) -> Digest:
    """A digest of something that stays at the site, with the site's secret: nobody else can try values."""
    key = bytes.fromhex(store.setting("snapshot_key") or "")
    return hmac.new(key, canonical(["review", told]), hashlib.sha256).hexdigest()
