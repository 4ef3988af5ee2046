"""Files that must not lie in a repository or an exchange: rows in any form, and private keys.

The working tree is looked at as it lies there, what git tracks and what it does not; the history is not.
Links are not followed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import fnmatch
from pathlib import Path
from typing import NamedTuple

from fedcli.errors import FedcliError
from fedcli.files.reader import below, read_some
from fedcli.model.identifiers import Name
from fedcli.model.shown.audits import AuditFound
from fedcli.workflows.inspecting.records import finding

#: The first bytes of files of rows, each at its place: the formats' own specifications have them.
MAGIC: tuple[tuple[str, int, bytes], ...] = (
    ("Parquet", 0, b"PAR1"),
    ("Parquet, encrypted", 0, b"PARE"),
    ("DuckDB", 8, b"DUCK"),
    ("Arrow", 0, b"ARROW1"),
    ("Feather", 0, b"FEA1"),
    ("SQLite", 0, b"SQLite format 3\x00"),
    ("HDF5", 0, b"\x89HDF\r\n\x1a\n"),
    ("ORC", 0, b"ORC"),
    ("Avro", 0, b"Obj\x01"),
    ("SPSS", 0, b"$FL2"),
    ("Stata", 0, b"<stata_dta>"),
)
#: What files of rows are called.
SUFFIXES = (
    *(".parquet", ".duckdb", ".ddb", ".arrow", ".feather", ".ipc", ".orc", ".avro", ".h5", ".hdf5"),
    *(".sqlite", ".sqlite3", ".db", ".sas7bdat", ".xpt", ".dta", ".sav", ".rds", ".rdata", ".pkl", ".pickle"),
)
TABLES = (".csv", ".tsv", ".tab", ".psv", ".txt", ".dat")
#: So many rows of one form are a table of data, and not a small result.
MANY_ROWS = 100
_SEPARATORS = (",", "\t", ";", "|")
_LOOKED = 65536
_KEY_NAMES = ("memory.key",)
_KEY = re.compile(rb'-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----|"schema"\s*:\s*"fedcli/key/1"')
_SKIPPED = (".git",)


class Strays(NamedTuple):
    """How many files were looked at, how many were left out on demand, and what was found."""

    files: int
    ignored: int
    findings: list[AuditFound]


def look(folder: Path, ignore: Sequence[str]) -> Strays:
    """Every file below a folder; those that fit a pattern of `ignore` are counted and not looked at."""
    files, ignored, findings = 0, 0, []
    for path in (one for one in below(folder, _SKIPPED) if not one.is_symlink()):
        if any(fnmatch(path.relative_to(folder).as_posix(), pattern) for pattern in ignore):
            ignored += 1
            continue
        files += 1
        if found := _odd(path):
            findings.append(finding(found[0], path, found[1]))
    return Strays(files, ignored, findings)


def _odd(path: Path) -> tuple[Name, str] | None:
    """The rule that a file offends, and how; by what it holds first, then by its name."""
    try:
        data = read_some(path, _LOOKED)
    except FedcliError as error:
        return ("data-file", error.what) if path.suffix.lower() in SUFFIXES else None
    for form, place, magic in MAGIC:
        if data[place : place + len(magic)] == magic:
            return "data-file", f"it begins as {form} does"
    if path.suffix.lower() in SUFFIXES:
        return "data-file", f"its name ends with {path.suffix.lower()}"
    if _KEY.search(data) or path.name in _KEY_NAMES:
        return "key-file", "it is a private key"
    if path.suffix.lower() in TABLES and (rows := _rows(data)) > MANY_ROWS:
        return "table-file", f"{rows} or more lines have one form"
    return None


def _rows(data: bytes) -> int:
    """How many lines after the first have as many separators as it, of the kind that it has most of."""
    lines = data.decode("utf-8", "replace").splitlines()
    if not lines:
        return 0
    most = max(_SEPARATORS, key=lines[0].count)
    wanted = lines[0].count(most)
    return sum(line.count(most) == wanted for line in lines[1:]) if wanted else 0
