"""The site database: private, whole, and written by one at a time, all or nothing."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from fedcli.errors import Busy, Untrusted, UsageFault
from fedcli.ledger import log
from fedcli.ledger import store as module
from fedcli.ledger.store import VERSION, Store
from tests.unit.ledger.conftest import entry

WRITER = """
import pathlib, sys
from fedcli.ledger import log
from fedcli.ledger.store import Store
from fedcli.model.entry import Entry
store = Store(pathlib.Path(sys.argv[1]))
entry = Entry.read({"kind": "opened", "at": "2026-11-22T09:00:00Z", "site": sys.argv[2]}, "here")
print("ready", flush=True)
sys.stdin.readline()
for _ in range(int(sys.argv[3])):
    with store.writing():
        log.append(store, entry)
"""


def settings(store: Store) -> dict[str, str]:
    """All that was set."""
    return dict(store.connection.execute("SELECT name, value FROM setting"))


@pytest.fixture
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Wait a moment for a lock and not ten seconds."""
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.05)


@pytest.mark.parametrize("umask", [0o000, 0o022])
def test_a_new_database_is_private(path: Path, umask: int) -> None:
    """Mode 0600 from the first moment, in a folder of mode 0700, whatever the umask."""
    before = os.umask(umask)
    try:
        Store.create(path).close()
    finally:
        os.umask(before)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700


def test_what_sqlite_writes_beside_it_is_private(store: Store, path: Path) -> None:
    """Its journal holds the same bytes."""
    with store.writing():
        store.set("name", "value")
        assert {stat.S_IMODE(one.stat().st_mode) for one in path.parent.iterdir()} == {0o600}


def test_creating_again_changes_nothing(store: Store, path: Path) -> None:
    """An old database stays as it is."""
    with store.writing():
        store.set("name", "value")
    again = Store.create(path)
    assert settings(again) == {"name": "value"}
    again.close()


def test_a_missing_database_is_not_made(path: Path) -> None:
    """Who lost theirs must not begin a new ledger unawares."""
    with pytest.raises(UsageFault, match="L-MISSING"):
        Store(path)
    assert not path.exists()


@pytest.mark.parametrize("version", [0, VERSION + 1])
def test_another_version_is_refused(store: Store, path: Path, version: int) -> None:
    """One of another program, and one of a newer fedcli, are not touched."""
    store.connection.execute(f"PRAGMA user_version = {version}")
    with pytest.raises(Untrusted, match="L-VERSION"):
        Store(path)


def test_an_older_database_gets_the_tables_that_it_lacks(store: Store, path: Path) -> None:
    """What it holds stays."""
    with store.writing():
        store.set("name", "value")
    store.connection.execute("DROP TABLE published")
    store.connection.execute("PRAGMA user_version = 1")
    again = Store(path)
    assert settings(again) == {"name": "value"}
    assert again.connection.execute("SELECT count(*) FROM published").fetchone() == (0,)
    assert again.connection.execute("PRAGMA user_version").fetchone() == (VERSION,)
    again.close()


@pytest.mark.parametrize(
    "content", [b"not a database at all", b"SQLite format 3\x00" + b"\xff" * 200, b"\x00" * 4096]
)
def test_what_is_no_database_is_broken(path: Path, content: bytes) -> None:
    """Another file in its place, and one with a damaged head."""
    path.parent.mkdir()
    path.write_bytes(content)
    with pytest.raises(Untrusted, match="L-BROKEN"):
        Store(path)


def test_a_folder_in_its_place_is_broken(path: Path) -> None:
    """It is there, and is no database."""
    path.mkdir(parents=True)
    with pytest.raises(Untrusted, match="L-BROKEN"):
        Store(path)


def damage(path: Path, first: int) -> None:
    """Overwrite the pages from `first` on."""
    data = path.read_bytes()
    path.write_bytes(data[: first * 4096] + b"\xa5" * (len(data) - first * 4096))


def test_a_damaged_page_is_broken(store: Store, path: Path) -> None:
    """Damage in the middle is noticed as ours, on opening or at the latest by checking the ledger."""
    with store.writing():
        for _ in range(50):
            log.append(store, entry())
    store.close()
    damage(path, 2)
    with pytest.raises(Untrusted, match="L-"), closing(Store(path)) as damaged:
        log.check(damaged)


def test_a_cut_database_is_broken(store: Store, path: Path) -> None:
    """A copy that arrived in part."""
    with store.writing():
        for _ in range(50):
            log.append(store, entry())
    store.close()
    path.write_bytes(path.read_bytes()[: 3 * 4096])
    with pytest.raises(Untrusted, match="L-"), closing(Store(path)) as damaged:
        log.check(damaged)


def test_a_transaction_is_written_as_a_whole(store: Store, path: Path) -> None:
    """After the block another connection sees all of it, before it nothing."""
    other = Store(path)
    with store.writing():
        store.set("one", "1")
        store.set("other", "2")
        assert settings(other) == {}
    assert settings(other) == {"one": "1", "other": "2"}
    other.close()


@pytest.mark.parametrize("error", [ValueError, KeyboardInterrupt, SystemExit, GeneratorExit, sqlite3.Error])
def test_any_exception_rolls_back(store: Store, error: type[BaseException]) -> None:
    """Nothing of the block stays, the exception goes on, and the next block works."""
    with pytest.raises(error), store.writing():
        store.set("name", "value")
        log.append(store, entry())
        raise error
    assert settings(store) == {}
    assert log.hashes(store) == []
    with store.writing():
        store.set("name", "value")
    assert settings(store) == {"name": "value"}


def test_a_refused_statement_rolls_back(store: Store) -> None:
    """A constraint that is not met takes the whole block with it."""
    with pytest.raises(sqlite3.IntegrityError), store.writing():
        log.append(store, entry())
        store.connection.execute("INSERT INTO charge VALUES ('a', 99, 'ana', 'now', x'00')")
    assert log.hashes(store) == []


def test_a_second_writer_waits_and_is_refused(store: Store, path: Path, patience: None) -> None:
    """While one writes, another is F-BUSY; reading goes on."""
    other = Store(path)
    with store.writing():
        with pytest.raises(Busy, match="F-BUSY"), other.writing():
            pass
        assert settings(other) == {}
    with other.writing():
        other.set("name", "value")
    other.close()


@pytest.fixture
def exclusive(path: Path, store: Store) -> Iterator[None]:
    """Another process is at the moment of its commit, when nobody else may read."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN EXCLUSIVE")
        yield
        other.execute("ROLLBACK")


def test_a_locked_database_is_busy(path: Path, exclusive: None, patience: None) -> None:
    """Who opens the database while it is locked is to try again, and not to restore a backup."""
    with pytest.raises(Busy, match="F-BUSY"):
        Store(path)


def test_every_commit_is_synced(store: Store) -> None:
    """EXTRA synchronisation, foreign keys, and no code from the schema."""
    told = {
        name: store.connection.execute(f"PRAGMA {name}").fetchone()[0]
        for name in ("synchronous", "foreign_keys", "trusted_schema", "cell_size_check")
    }
    assert told == {"synchronous": 3, "foreign_keys": 1, "trusted_schema": 0, "cell_size_check": 1}


def test_two_processes_lose_nothing(store: Store, path: Path) -> None:
    """Two that write at the same time, from the same start: every entry is there, in one order."""
    processes = [
        subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path), site, "25"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        for site in ("north", "south")
    ]
    for process in processes:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
    for process in processes:
        assert process.stdin is not None
        process.stdin.write("go\n")
        process.stdin.flush()
    for process in processes:
        process.communicate()
    assert [process.returncode for process in processes] == [0, 0]
    sites = [one.site for one in log.entries(store)]
    assert (sites.count("north"), sites.count("south")) == (25, 25)
    assert log.check(store).size == 50


def test_settings_are_replaced(store: Store) -> None:
    """The last value counts; what was never set is None."""
    assert store.setting("name") is None
    for value in ("one", "two"):
        with store.writing():
            store.set("name", value)
    assert store.setting("name") == "two"


def test_a_creation_that_was_interrupted_can_be_repeated(path: Path) -> None:
    """A file without tables is no reason to give up the home."""
    path.parent.mkdir()
    path.touch(0o600)
    with closing(Store.create(path)) as made:
        assert settings(made) == {}


@pytest.mark.parametrize("code", [sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB])
def test_a_page_that_the_disk_did_not_give(
    store: Store, path: Path, monkeypatch: pytest.MonkeyPatch, code: int
) -> None:
    """SQLite calls it damage; where a second look finds none, nobody is told to restore a backup."""
    store.close()

    def damaged(_: sqlite3.Connection) -> int:
        error = sqlite3.DatabaseError("a page")
        error.sqlite_errorcode, error.sqlite_errorname = code, "SQLITE_CORRUPT"
        raise error

    monkeypatch.setattr(module, "_upgraded", damaged)
    with pytest.raises(Busy, match="F-DISK"):
        Store(path)


def test_an_end_of_a_transaction_that_the_disk_refuses(store: Store, path: Path) -> None:
    """A full disk is told as one, and what was begun is not there; the next transaction is as any other."""
    [pages] = store.connection.execute("PRAGMA page_count").fetchone()
    store.connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(Busy, match="F-FULL"), store.writing():
        store.set("a", "b" * 100_000)
    assert not store.connection.in_transaction
    store.connection.execute(f"PRAGMA max_page_count = {pages + 1000}")
    with store.writing():
        store.set("a", "c")
    assert store.setting("a") == "c"


def test_a_reader_at_the_moment_of_writing(store: Store, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What cannot go to disk because another process reads is busy, not broken, and leaves no trace."""
    monkeypatch.setattr(module, "_WAIT_SECONDS", 0.0)
    with store.writing():
        log.append(store, entry())
    with closing(Store(path)) as hasty, closing(sqlite3.connect(path, isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT * FROM entry").fetchall()
        with pytest.raises(Busy, match="F-BUSY"), hasty.writing():
            log.append(hasty, entry())
        reader.execute("ROLLBACK")
        assert log.head(hasty).size == 1
        with hasty.writing():
            assert log.append(hasty, entry()) == 1
