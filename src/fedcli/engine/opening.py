"""Opening a source with DuckDB: one locked connection that can read these files and nothing else.

Order matters: the paths are allowed before external access is shut off, and the configuration is
locked last, because a connection that is not locked can be told to forget all of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import duckdb

from fedcli.engine.partitions import partitions
from fedcli.engine.parts import most
from fedcli.engine.sql import FLOATING, Binder, clean, quoted
from fedcli.errors import fault
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import ValueType
from fedcli.model.vault import EventFiles, Source

Connection = duckdb.DuckDBPyConnection
#: What each connection is told for itself; all else is the database's.
_OF_A_CONNECTION = ("streaming_buffer_size", "python_enable_replacements", "TimeZone")
TABLE = "data"

_INTEGERS = {f"{sign}{size}INT" for sign in ("", "U") for size in ("TINY", "SMALL", "BIG", "HUGE")} | {
    "INTEGER",
    "UINTEGER",
}
_REALS = {"FLOAT", "DOUBLE", "DECIMAL"}
_STORED: dict[ValueType, set[str]] = {
    "integer": _INTEGERS | _REALS,
    "real": _INTEGERS | _REALS,
    "text": {"VARCHAR", "ENUM"},
    "boolean": {"BOOLEAN"},
    "date": {"DATE"},
    "timestamp": {"TIMESTAMP", "TIMESTAMP WITH TIME ZONE", "TIMESTAMP_S", "TIMESTAMP_MS", "TIMESTAMP_NS"},
}


class Opened:
    """A locked connection whose table `data` is the source, with the stored type of each column.

    `partitions` are the columns that are in the names of folders; a query may remember `most` bytes. `beside`
    is another connection to the same, for what is read at the same time. `events` has the tables beside it,
    each as a source of its own; `derived` the columns that a query derives, under the names that they have
    where `joined` adds them to rows (`engine.derived`), and what is `behind` each: aggregates, and the
    dataset's own columns.
    """

    def __init__(
        self,
        connection: Connection,
        beside: Connection,
        partitions: tuple[ColumnName, ...] = (),
        memory_mb: int = 400,
        table: str = TABLE,
    ) -> None:
        self.connection, self._beside = connection, beside
        self.most = most(memory_mb)
        self.partitions = partitions
        self.table = table
        self.events: dict[ColumnName, Opened] = {}
        self.derived: dict[ColumnName, str] = {}
        self.behind: dict[ColumnName, frozenset[ColumnName]] = {}
        self.joined: Callable[[str, Binder], str] = lambda table, _: table
        described = connection.execute(f"SELECT column_name, column_type FROM (DESCRIBE {table})").fetchall()
        self.stored = {name: kind.split("(")[0] for name, kind in described}

    def cleaned(self, name: ColumnName, column: Column, binder: Binder, rough: bool = False) -> str:
        """A column as `sql.clean` has it; one that is derived is clean already."""
        if name in self.derived:
            return quoted(self.derived[name])
        return clean(name, column, self.stored[name], binder, rough)

    def is_real(self, name: ColumnName) -> bool:
        """Whether a column is stored as a floating-point number, which can be NaN or infinite."""
        return self.stored[name] in FLOATING

    def ask(self, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        """The rows of a query.

        Raises:
            DataFault: D-MEMORY, D-FILE for a file that is damaged inside, D-ENGINE; never with the
                engine's text.
        """
        with _told():
            return self.connection.execute(text, values).fetchall()

    def stream(self, text: str, values: dict[str, Any], rows: int, beside: bool = False) -> Iterator[Any]:
        """The Arrow batches of a query, or of one beside it; failures as for `ask`."""
        connection = self._beside if beside else self.connection
        with _told():
            yield from connection.sql(text, params=values).to_arrow_reader(rows)

    def check_columns(self, dictionary: Dictionary, names: frozenset[ColumnName]) -> None:
        """Raise D-COLUMN or D-TYPE unless the source has these columns in types that fit."""
        for name in sorted(names):
            if name not in self.stored:
                raise fault("D-COLUMN", column=name)
            if not fits(self.stored[name], dictionary.columns[name].type):
                raise fault("D-TYPE", column=name, type=dictionary.columns[name].type)


#: The engine that was begun, until a source is opened with it.
_begun: list[Connection] = []


@contextmanager
def _told() -> Iterator[None]:
    """What an engine says of a failure stays here; its kind goes on as a code."""
    try:
        yield
    except duckdb.OutOfMemoryException:
        raise fault("D-MEMORY") from None
    except (duckdb.IOException, duckdb.SerializationException, duckdb.InternalException):
        raise fault("D-FILE") from None
    except duckdb.Error as error:
        raise fault("D-ENGINE", kind=type(error).__name__) from None


def fits(stored: str, kind: ValueType) -> bool:
    """Whether a stored type can hold a dictionary type without a cast that could fail."""
    return stored in _STORED[kind]


def begin() -> None:
    """Begin an engine for the first source that will be opened: it takes longer than a small answer.

    It opens nothing, and has no thread yet: this process can still be copied, with it, and give up what it
    will not need.
    """
    if not _begun:
        engine = duckdb.connect(":memory:", config={"threads": 1, "async_threads": 0})
        engine.execute("SELECT current_setting('threads')").fetchall()  # its first question takes longer
        _begun.append(engine)


def _engine(threads: int | None) -> Connection:
    """The engine that was begun, with its threads, or a new one."""
    if not _begun:
        return duckdb.connect(":memory:", config={} if threads is None else {"threads": threads})
    connection = _begun.pop()
    connection.execute("RESET threads" if threads is None else f"SET threads = {threads}")
    connection.execute("RESET async_threads")
    return connection


def open_source(
    source: Source, memory_mb: int, threads: int | None = None, dictionary: Dictionary | None = None
) -> Opened:
    """Open the source's files read-only; columns of the dictionary may be in the names of their folders.

    Raises:
        DataFault: D-FILE for a file that cannot be read, D-WAL for a database with an open
            write-ahead log, D-TABLE for a table that is not there. Never with the engine's text.
    """
    connection = _engine(threads)
    events = source.events or {}
    partitioned = _attached(connection, source, dictionary)
    tables = {
        name: _attached(connection, one, dictionary.of(name) if dictionary else None, view(name))
        for name, one in events.items()
    }
    beside = connection.cursor()
    _lock(connection, beside, source, memory_mb)
    try:
        opened = Opened(connection, beside, partitioned, memory_mb)
        for name, of in tables.items():
            opened.events[name] = Opened(connection, beside, of, memory_mb, view(name))
    except duckdb.Error:
        raise fault("D-FILE") from None
    return opened


def view(table: ColumnName) -> str:
    """What a table of events is called in a connection."""
    return f"{TABLE}_{table}"


def _attached(
    connection: Connection, source: Source | EventFiles, dictionary: Dictionary | None, name: str = TABLE
) -> tuple[ColumnName, ...]:
    """Make a view of a table; which of its columns are in the names of folders."""
    try:
        return _attach(connection, source, dictionary, name)
    except duckdb.CatalogException:
        raise fault("D-TABLE", table=source.table) from None
    except duckdb.Error:
        raise fault("D-FILE") from None


def _attach(
    connection: Connection, source: Source | EventFiles, dictionary: Dictionary | None, name: str
) -> tuple[ColumnName, ...]:
    if source.table is None:
        return _attach_files(connection, source, dictionary, name)
    if isinstance(source, Source):
        [path] = source.paths
        if Path(f"{path}.wal").exists():
            raise fault("D-WAL")
        connection.execute(f"ATTACH {_text(path)} AS site (READ_ONLY)")
    connection.table(f'site.main."{source.table}"').create_view(name)
    return ()


def _attach_files(
    connection: Connection, source: Source | EventFiles, dictionary: Dictionary | None, name: str
) -> tuple[ColumnName, ...]:
    names = [plain(path) for path in source.paths]
    files = connection.read_parquet(names, hive_partitioning=False)
    found = partitions(source.paths, files.columns, dictionary)
    if not found:
        files.create_view(name)
        return ()
    types = ", ".join(f"{_text(name)}: {kind}" for name, kind in found.items())
    options = f"hive_partitioning = true, hive_types_autocast = false, hive_types = {{{types}}}"
    listed = ", ".join(map(_text, names))
    try:
        connection.sql(f"SELECT * FROM read_parquet([{listed}], {options})").create_view(name)
    except duckdb.Error:  # a folder's name is not of the type
        [first, *_] = found
        raise fault("D-PARTITION", column=first) from None
    return tuple(found)


def plain(path: str) -> str:
    """A path in which no letter stands for others."""
    return "".join(f"[{letter}]" if letter in "*?[" else letter for letter in path)


def _text(path: str) -> str:
    return "'" + path.replace("'", "''") + "'"


def _lock(connection: Connection, beside: Connection, source: Source, memory_mb: int) -> None:
    paths = dict.fromkeys((*source.files, *map(plain, source.files)))  # as files, and as they are asked for
    allowed = "[" + ", ".join(map(_text, paths)) + "]"
    settings = {
        "allowed_paths": allowed,
        "memory_limit": f"'{memory_mb}MB'",
        "temp_directory": "''",  # no row is written to a disk: what does not fit is an error
        "enable_external_file_cache": "false",  # what is read twice is in the system's cache
        "streaming_buffer_size": "'8MB'",  # the engine reads on while a batch is computed with
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "TimeZone": "'UTC'",
        "enable_external_access": "false",
        "lock_configuration": "true",
    }
    for name in _OF_A_CONNECTION:
        beside.execute(f"SET {name} = {settings[name]}")
    for name, value in settings.items():
        connection.execute(f"SET {name} = {value}")
    _check_locked(connection)
    _check_locked(beside)


def _check_locked(connection: Connection) -> None:
    """Read back what must hold: a setting that was silently dropped is a door left open."""
    wanted = {
        "enable_external_access": False,
        "lock_configuration": True,
        "autoload_known_extensions": False,
        "python_enable_replacements": False,
        "temp_directory": "",
    }
    asked = ", ".join(f"current_setting('{name}')" for name in wanted)  # a list of all takes longer
    if connection.execute(f"SELECT {asked}").fetchall() != [tuple(wanted.values())]:
        raise fault("V-LOCK")
