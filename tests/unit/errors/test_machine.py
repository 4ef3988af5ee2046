"""What the machine refuses: known by its number, told with a code of files and 75; all else is a bug."""

from __future__ import annotations

import errno
import os
import sqlite3
from pathlib import Path

import pytest

from fedcli.errors import Outcome, of_machine


def _database_error(code: int, name: str) -> sqlite3.DatabaseError:
    error = sqlite3.OperationalError("SECRET")
    error.sqlite_errorcode, error.sqlite_errorname = code, name
    return error


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (OSError(errno.ENOSPC, "SECRET"), "F-FULL"),
        (OSError(errno.EDQUOT, "SECRET"), "F-FULL"),
        (OSError(errno.EIO, "SECRET"), "F-DISK"),
        (OSError(errno.EROFS, "SECRET"), "F-DISK"),
        (OSError(errno.EMFILE, "SECRET"), "F-DISK"),
        (InterruptedError(errno.EINTR, "SECRET"), "F-DISK"),
        (PermissionError(errno.EACCES, "SECRET"), "F-DISK"),
        (OSError(errno.ENOMEM, "SECRET"), "F-MEMORY"),
        (MemoryError("SECRET"), "F-MEMORY"),
        (_database_error(sqlite3.SQLITE_FULL, "SQLITE_FULL"), "F-FULL"),
        (_database_error(sqlite3.SQLITE_IOERR | 4 << 8, "SQLITE_IOERR_FSYNC"), "F-DISK"),
        (_database_error(sqlite3.SQLITE_READONLY, "SQLITE_READONLY"), "F-DISK"),
        (_database_error(sqlite3.SQLITE_CANTOPEN, "SQLITE_CANTOPEN"), "F-DISK"),
        (_database_error(sqlite3.SQLITE_NOMEM, "SQLITE_NOMEM"), "F-MEMORY"),
        (_database_error(sqlite3.SQLITE_BUSY, "SQLITE_BUSY"), "F-BUSY"),
        (_database_error(sqlite3.SQLITE_LOCKED, "SQLITE_LOCKED"), "F-BUSY"),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_can_be_tried_again(error: Exception, code: str) -> None:
    """The code says what is to be done, and nothing that the exception said."""
    found = of_machine(error, "/a/place")
    assert found is not None
    assert (found.code, found.outcome) == (code, Outcome.BUSY)
    assert "SECRET" not in "\n".join(found.lines())


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError(errno.ENOENT, "not there"),
        IsADirectoryError(errno.EISDIR, "a folder"),
        OSError("without a number"),
        _database_error(sqlite3.SQLITE_ERROR, "SQLITE_ERROR"),
        sqlite3.ProgrammingError("closed"),
        sqlite3.IntegrityError("twice"),
        RecursionError(),
        KeyError("a"),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_a_bug(error: Exception) -> None:
    """It would be the same at the next run."""
    assert of_machine(error) is None


def test_the_place_is_told(tmp_path: Path) -> None:
    """The file that the system named, or the one that was in use."""
    missing = OSError(errno.EIO, os.strerror(errno.EIO), str(tmp_path / "a"))
    for error, place in ((missing, tmp_path / "a"), (OSError(errno.EIO, "x"), tmp_path)):
        found = of_machine(error, tmp_path)
        assert found is not None
        assert found.facts["where"] == str(place)
