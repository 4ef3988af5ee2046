"""The log itself: appending entries, proving them, and noticing that it was changed."""

from __future__ import annotations

from fedcli.errors import fault
from fedcli.files.strict import parse_json
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import Checkpoint
from fedcli.ledger.store import Store
from fedcli.model.entry import Entry
from fedcli.model.identifiers import Digest


def append(store: Store, new: Entry) -> int:
    """Write an entry in the transaction that is open; its number counts from zero."""
    leaf = new.canonical()
    [number] = store.connection.execute("SELECT count(*) FROM entry").fetchone()
    store.connection.execute("INSERT INTO entry VALUES (?, ?, ?)", (number, leaf, merkle.leaf_hash(leaf)))
    return int(number)


def hashes(store: Store) -> list[Digest]:
    """The leaf hashes in order."""
    return [row[0] for row in store.connection.execute("SELECT hash FROM entry ORDER BY number")]


def entries(store: Store) -> list[Entry]:
    """All entries in order."""
    rows = store.connection.execute("SELECT number, leaf FROM entry ORDER BY number")
    return [Entry.read(parse_json(leaf, f"entry {number}"), f"entry {number}") for number, leaf in rows]


def entry(store: Store, number: int) -> Entry:
    """One entry, or L-ENTRY."""
    row = store.connection.execute("SELECT leaf FROM entry WHERE number = ?", (number,)).fetchone()
    if row is None:
        raise fault("L-ENTRY", entry=number, size=head(store).size)
    return Entry.read(parse_json(row[0], f"entry {number}"), f"entry {number}")


def envelopes(store: Store, kind: str, query: Digest) -> list[Digest]:
    """The envelopes that the entries of one kind about a query name, in order."""
    rows = store.connection.execute(
        "SELECT number FROM entry WHERE instr(leaf, ?) AND instr(leaf, ?) ORDER BY number",
        (f'"kind":"{kind}"'.encode(), query.encode()),
    ).fetchall()
    found = (entry(store, number) for (number,) in rows)
    return [one.envelope for one in found if (one.kind, one.query) == (kind, query) and one.envelope]


def head(store: Store) -> Checkpoint:
    """The size and root of the log now."""
    known = hashes(store)
    return Checkpoint(len(known), merkle.root_hash(known))


def prove(store: Store, number: int) -> tuple[Digest, ...]:
    """The audit path of an entry in the log as it is now, or L-ENTRY."""
    known = hashes(store)
    if not 0 <= number < len(known):
        raise fault("L-ENTRY", entry=number, size=len(known))
    return merkle.inclusion(known, number)


def check(store: Store) -> Checkpoint:
    """Recompute every hash.

    Raises:
        Untrusted: L-CHANGED naming the first entry that is not what was written.
    """
    rows = store.connection.execute("SELECT number, leaf, hash FROM entry ORDER BY number").fetchall()
    for place, (number, leaf, hashed) in enumerate(rows):
        if number != place or merkle.leaf_hash(leaf) != hashed:
            raise fault("L-CHANGED", entry=place)
    return head(store)


def check_continues(store: Store, published: Checkpoint) -> None:
    """Raise L-ROLLBACK unless what was published is a beginning of this log.

    A restored backup is shorter than what it published, and a fork differs from it.
    """
    known = hashes(store)
    if published.size > len(known) or merkle.root_hash(known[: published.size]) != published.root:
        raise fault("L-ROLLBACK", size=len(known), published=published.size)


def consistency_proof(store: Store, size: int) -> tuple[Digest, ...]:
    """The proof that the log of `size` entries is a beginning of the log now."""
    return merkle.consistency(hashes(store), size)
