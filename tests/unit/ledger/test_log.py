"""The log: entries are proved, and whatever was changed in it is noticed and named."""

from __future__ import annotations

import pytest

from fedcli.errors import Untrusted, UsageFault
from fedcli.ledger import log, merkle
from fedcli.ledger.checkpoint import Checkpoint
from fedcli.ledger.store import Store
from tests.unit.ledger.conftest import entry

SIZE = 11


@pytest.fixture
def book(store: Store) -> Store:
    """A log of eleven entries that differ."""
    with store.writing():
        for number in range(SIZE):
            assert log.append(store, entry(reason=f"entry {number}")) == number
    return store


def change(book: Store, *statements: str) -> None:
    """Change the database behind the log's back."""
    for statement in statements:
        book.connection.execute(statement)


def test_an_empty_log_has_the_empty_root(store: Store) -> None:
    """RFC 6962: the hash of nothing."""
    assert log.head(store) == log.check(store) == Checkpoint(0, merkle.EMPTY)
    assert log.entries(store) == []


def test_entries_come_back_in_order(book: Store) -> None:
    """As they were written."""
    assert [one.reason for one in log.entries(book)] == [f"entry {number}" for number in range(SIZE)]
    assert log.entry(book, 4).reason == "entry 4"


def test_a_leaf_is_the_canonical_entry(book: Store) -> None:
    """So that anyone who has the entry can compute its hash."""
    assert log.hashes(book)[4] == merkle.leaf_hash(entry(reason="entry 4").canonical())


def test_every_entry_is_proved(book: Store) -> None:
    """Its path leads to the head's root, and nobody else's does."""
    head = log.head(book)
    for number in range(SIZE):
        leaf = merkle.leaf_hash(log.entry(book, number).canonical())
        path = log.prove(book, number)
        assert merkle.included(leaf, number, head.size, path, head.root)
        assert not merkle.included(leaf, (number + 1) % SIZE, head.size, path, head.root)


@pytest.mark.parametrize("number", [-1, SIZE, 10**9])
def test_an_entry_that_there_is_not_is_told(book: Store, number: int) -> None:
    """L-ENTRY with the size, for the entry and for its proof."""
    for ask in (log.entry, log.prove):
        with pytest.raises(UsageFault, match="L-ENTRY") as caught:
            ask(book, number)
        assert caught.value.facts == {"entry": str(number), "size": str(SIZE)}


def test_a_log_continues_each_of_its_beginnings(book: Store) -> None:
    """Every head that it ever had, proved by consistency too."""
    head, known = log.head(book), log.hashes(book)
    for size in range(1, SIZE + 1):
        before = Checkpoint(size, merkle.root_hash(known[:size]))
        log.check_continues(book, before)
        proof = log.consistency_proof(book, size)
        assert merkle.consistent(size, head.size, proof, before.root, head.root)
    log.check_continues(book, Checkpoint(0, merkle.EMPTY))


def test_a_restored_backup_is_noticed(book: Store) -> None:
    """A log that is shorter than what it published is L-ROLLBACK."""
    published = log.head(book)
    change(book, f"DELETE FROM entry WHERE number = {SIZE - 1}")
    assert log.check(book).size == SIZE - 1  # what is left is whole in itself
    with pytest.raises(Untrusted, match="L-ROLLBACK") as caught:
        log.check_continues(book, published)
    assert caught.value.facts == {"size": str(SIZE - 1), "published": str(SIZE)}


def test_a_fork_is_noticed(book: Store) -> None:
    """A log that went on from an older state differs from what was published, however long it grows."""
    published = log.head(book)
    change(book, f"DELETE FROM entry WHERE number = {SIZE - 1}")
    with book.writing():
        for number in range(3):
            log.append(book, entry(reason=f"another {number}"))
    assert log.check(book).size == SIZE + 2
    with pytest.raises(Untrusted, match="L-ROLLBACK"):
        log.check_continues(book, published)


@pytest.mark.parametrize("place", [0, 4, SIZE - 1])
def test_an_edited_entry_is_named(book: Store, place: int) -> None:
    """An entry whose bytes are not those of its hash, or whose hash is not that of its bytes."""
    change(book, "SAVEPOINT a", f"UPDATE entry SET leaf = CAST(leaf || ' ' AS BLOB) WHERE number = {place}")
    with pytest.raises(Untrusted, match="L-CHANGED") as caught:
        log.check(book)
    assert caught.value.facts == {"entry": str(place)}
    change(book, "ROLLBACK TO a", f"UPDATE entry SET hash = '{'0' * 64}' WHERE number = {place}")
    with pytest.raises(Untrusted, match="L-CHANGED") as caught:
        log.check(book)
    assert caught.value.facts == {"entry": str(place)}
    change(book, "ROLLBACK TO a", "RELEASE a")
    assert log.check(book).size == SIZE


@pytest.mark.parametrize("place", [0, 4, SIZE - 2])
def test_a_deleted_entry_is_named(book: Store, place: int) -> None:
    """The first number that is missing."""
    change(book, f"DELETE FROM entry WHERE number = {place}")
    with pytest.raises(Untrusted, match="L-CHANGED") as caught:
        log.check(book)
    assert caught.value.facts == {"entry": str(place)}


def test_an_inserted_entry_is_named(book: Store) -> None:
    """A number before the first, or beyond the next."""
    for number, named in ((-1, 0), (SIZE + 1, SIZE)):
        change(book, f"INSERT INTO entry SELECT {number}, leaf, hash FROM entry WHERE number = 3")
        with pytest.raises(Untrusted, match="L-CHANGED") as caught:
            log.check(book)
        assert caught.value.facts == {"entry": str(named)}
        change(book, f"DELETE FROM entry WHERE number = {number}")


def swap(book: Store, columns: str) -> None:
    """Exchange some columns of entries 2 and 6."""
    names = columns.split(", ")
    rows = {
        number: book.connection.execute(f"SELECT {columns} FROM entry WHERE number = {number}").fetchone()
        for number in (2, 6)
    }
    for number, other in ((2, 6), (6, 2)):
        sets = ", ".join(f"{name} = ?" for name in names)
        book.connection.execute(f"UPDATE entry SET {sets} WHERE number = {number}", rows[other])


def test_swapped_bytes_are_named(book: Store) -> None:
    """Two entries that changed places under the old hashes: the first of them is named."""
    swap(book, "leaf")
    with pytest.raises(Untrusted, match="L-CHANGED") as caught:
        log.check(book)
    assert caught.value.facts == {"entry": "2"}


@pytest.mark.parametrize("columns", ["leaf, hash", "hash"])
def test_a_history_that_was_rewritten_does_not_continue(book: Store, columns: str) -> None:
    """Who changes hashes with the entries has another root: what was published gives it away."""
    published = log.head(book)
    swap(book, columns)
    with pytest.raises(Untrusted, match="L-ROLLBACK"):
        log.check_continues(book, published)


def test_an_entry_rewritten_with_its_hash_does_not_continue(book: Store) -> None:
    """The log alone cannot know; the checkpoint can."""
    published, forged = log.head(book), entry(reason="forged").canonical()
    book.connection.execute(
        "UPDATE entry SET leaf = ?, hash = ? WHERE number = 4", (forged, merkle.leaf_hash(forged))
    )
    assert log.check(book).size == SIZE
    with pytest.raises(Untrusted, match="L-ROLLBACK"):
        log.check_continues(book, published)
