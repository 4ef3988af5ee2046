"""The site database: one SQLite file, fully synchronous, one writer at a time."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from fedcli.errors import FedcliError, fault, of_machine
from fedcli.files.writer import PRIVATE, make_folder

VERSION = 2
_WAIT_SECONDS = 10.0
_DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)

_SCHEMA = """
CREATE TABLE IF NOT EXISTS setting (name TEXT PRIMARY KEY, value TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS entry (number INTEGER PRIMARY KEY, leaf BLOB NOT NULL, hash TEXT NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS dataset (
    name TEXT PRIMARY KEY, places TEXT NOT NULL, dictionary BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS snapshot (
    dataset TEXT PRIMARY KEY REFERENCES dataset (name), name TEXT NOT NULL, digest TEXT NOT NULL,
    files TEXT NOT NULL, problems TEXT NOT NULL, row_count INTEGER NOT NULL, persons INTEGER NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS approval (
    number INTEGER PRIMARY KEY, query TEXT NOT NULL, place INTEGER NOT NULL, envelope BLOB NOT NULL,
    UNIQUE (query, place)
) STRICT;
CREATE TABLE IF NOT EXISTS parked (
    query TEXT NOT NULL, round INTEGER NOT NULL, snapshot TEXT NOT NULL, policy TEXT NOT NULL,
    at TEXT NOT NULL, findings BLOB NOT NULL, PRIMARY KEY (query, round, snapshot, policy)
) STRICT;
CREATE TABLE IF NOT EXISTS review (
    number INTEGER PRIMARY KEY, query TEXT NOT NULL, reason TEXT NOT NULL, envelope BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS charge (
    id TEXT PRIMARY KEY, entry INTEGER NOT NULL REFERENCES entry (number), researcher TEXT NOT NULL,
    at TEXT NOT NULL, charge BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS answer (
    charge TEXT NOT NULL REFERENCES charge (id), rules TEXT NOT NULL, judged BLOB NOT NULL,
    PRIMARY KEY (charge, rules)
) STRICT;
CREATE TABLE IF NOT EXISTS release (
    query TEXT NOT NULL, round INTEGER NOT NULL, attempt INTEGER NOT NULL, researcher TEXT NOT NULL,
    at TEXT NOT NULL, outcome TEXT NOT NULL, codes TEXT NOT NULL, data_refusals INTEGER NOT NULL,
    opened INTEGER NOT NULL, statement BLOB NOT NULL, sealed BLOB NOT NULL,
    visible INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (query, round, attempt)
) STRICT;
CREATE TABLE IF NOT EXISTS memory (
    population TEXT NOT NULL, number INTEGER NOT NULL, box BLOB NOT NULL, PRIMARY KEY (population, number)
) STRICT;
CREATE TABLE IF NOT EXISTS withdrawal (query TEXT PRIMARY KEY, envelope BLOB NOT NULL) STRICT;
CREATE TABLE IF NOT EXISTS external (
    id TEXT PRIMARY KEY, population TEXT NOT NULL, entry INTEGER NOT NULL REFERENCES entry (number),
    document BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS opt_out (
    dataset TEXT PRIMARY KEY REFERENCES dataset (name), said BLOB NOT NULL
) STRICT;
CREATE TABLE IF NOT EXISTS published (
    kind TEXT NOT NULL, number INTEGER NOT NULL, digest TEXT NOT NULL, PRIMARY KEY (kind, number)
) STRICT;
"""


class Store:
    """A connection to the site database. Reads see the last commit; writes happen in `writing`."""

    def __init__(self, path: Path) -> None:
        self._path = path
        if not path.exists():
            raise fault("L-MISSING", path=path)
        if not path.is_file():
            raise fault("L-BROKEN", path=path)
        try:
            self.connection = _connect(path)
            version = _upgraded(self.connection)
            [state] = self.connection.execute("PRAGMA quick_check(1)").fetchone()
        except sqlite3.DatabaseError as error:
            raise _trouble(path, error) from None
        if state != "ok":
            raise _trouble(path)
        if version != VERSION:
            raise fault("L-VERSION", have=version, wanted=VERSION)

    @classmethod
    def create(cls, path: Path) -> Store:
        """A new database, mode 0600; an old one stays as it is."""
        if not path.exists() or path.stat().st_size == 0:
            make_folder(path.parent, 0o700)
            path.touch(PRIVATE)
            connection = _connect(path)
            _lay_out(connection)
            connection.close()
        return cls(path)

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction: all of it is on disk when the block ends, or nothing is.

        Raises:
            Busy: F-BUSY while another process writes, or reads just when all of it should go to disk; F-FULL,
                F-DISK where the machine does not take it.
        """
        try:
            self.connection.execute("BEGIN IMMEDIATE")
            yield self.connection
            self.connection.execute("COMMIT")
        except sqlite3.DatabaseError as error:
            self._roll_back()
            raise of_machine(error, self._path) or error from None
        except BaseException:
            self._roll_back()
            raise

    def _roll_back(self) -> None:
        """Undo what was begun. Where the disk fails in this too, the next who opens the file does it."""
        if self.connection.in_transaction:
            with suppress(sqlite3.OperationalError):
                self.connection.execute("ROLLBACK")

    def close(self) -> None:
        """Let go of the file."""
        self.connection.close()

    def setting(self, name: str) -> str | None:
        """A value that was set, or None."""
        row = self.connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
        return row[0] if row else None

    def set(self, name: str, value: str) -> None:
        """Set a value, in the transaction that is open."""
        self.connection.execute("INSERT OR REPLACE INTO setting VALUES (?, ?)", (name, value))


def _trouble(path: Path, error: sqlite3.DatabaseError | None = None) -> FedcliError:
    """Why a database cannot be used: what the machine refused, or damage.

    SQLite also calls a page damaged that the disk did not give, so damage is looked for twice.
    """
    if error is not None and error.sqlite_errorcode & 0xFF not in _DAMAGED:
        return of_machine(error, path) or fault("L-BROKEN", path=path)
    if _is_whole(path):
        return fault("F-DISK", reason="a page could not be read").within(path)
    return fault("L-BROKEN", path=path)


def _is_whole(path: Path) -> bool:
    try:
        with closing(_connect(path)) as connection:
            [state] = connection.execute("PRAGMA quick_check(1)").fetchone()
            return bool(state == "ok")
    except sqlite3.DatabaseError:
        return False


def _upgraded(connection: sqlite3.Connection) -> int:
    """The version of a database, after the tables that an older one lacks were added."""
    [version] = connection.execute("PRAGMA user_version").fetchone()
    if 0 < version < VERSION:
        _lay_out(connection)
        return VERSION
    return int(version)


def _lay_out(connection: sqlite3.Connection) -> None:
    """All tables that are not there yet; a version only ever adds some."""
    connection.executescript(f"BEGIN IMMEDIATE; {_SCHEMA} PRAGMA user_version = {VERSION}; COMMIT;")


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(path, timeout=_WAIT_SECONDS, isolation_level=None)
    # EXTRA: a transaction ends when its journal is gone, and that survives a power failure, too.
    for pragma in ("synchronous = EXTRA", "foreign_keys = ON", "trusted_schema = OFF"):
        connection.execute(f"PRAGMA {pragma}")
    connection.execute("PRAGMA cell_size_check = ON")
    connection.execute("PRAGMA secure_delete = ON")  # what is purged is overwritten
    return connection
