"""Where a dataset's files are: from what an administrator typed to the exact files, and their look.

Only names, sizes and times are looked at here; what is in the files is for the vault.
"""

from __future__ import annotations

import glob
import json
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

from fedcli.errors import fault, of_machine
from fedcli.ledger.registry import Held
from fedcli.model.dataset import Dictionary
from fedcli.model.vault import EventFiles, Source

_DATABASES = (".duckdb", ".db", ".ddb")
MAX_FILES = 100_000


def absolute(paths: Sequence[Path]) -> tuple[str, ...]:
    """What was typed, as it will be found again from any folder."""
    return tuple(str(path if path.is_absolute() else Path.cwd() / path) for path in paths)


def source(paths: Sequence[str], table: str | None) -> Source:
    """The files that paths, folders and globs mean now.

    Raises:
        DataFault: D-MISSING where one means no file, or a pipe or a device, whose reader would wait or
            never end; D-MIXED for databases beside other files; D-PATTERN for one that looks everywhere.
    """
    files = [file for path in paths for file in _files(path)]
    unique = list(dict.fromkeys(str(file.resolve()) for file in files))
    for file in unique:
        if not Path(file).is_file():
            raise fault("D-MISSING", path=file)
    databases = [file for file in unique if file.endswith(_DATABASES)]
    if databases and (len(unique) > 1 or table is None):
        raise fault("D-MIXED")
    if not databases and table is not None:
        raise fault("D-MIXED")
    if len(unique) > MAX_FILES:
        raise fault("D-FILES", files=len(unique), limit=MAX_FILES)
    return Source(kind="duckdb" if databases else "parquet", paths=tuple(unique), table=table)


def of_held(held: Held) -> Source:
    """The files of a dataset that a site holds."""
    return tables(held.paths, held.table, held.dictionary)


def tables(paths: Sequence[str], table: str | None, dictionary: Dictionary) -> Source:
    """The files of a dataset, with those of the tables of events that its dictionary has.

    They are in one folder, each as `NAME.parquet` or as a folder `NAME` of files, or in one database.

    Raises:
        DataFault: as `source` does; D-TABLES for anything else, D-MISSING where a table is not there.
    """
    if dictionary.tables is None:
        return source(paths, table)
    if table is not None and not is_database(paths):
        raise fault("D-TABLES", dataset=dictionary.dataset, tables=", ".join(dictionary.tables))
    return several(paths, table or dictionary.own_table, tuple(dictionary.tables), dictionary.dataset)


def is_database(paths: Sequence[str]) -> bool:
    """Whether one database was typed."""
    return len(paths) == 1 and paths[0].endswith(_DATABASES)


def several(paths: Sequence[str], own: str, events: Sequence[str], dataset: str) -> Source:
    """The files of a table of persons and of some tables of events, in one folder or database.

    Raises:
        DataFault: as `tables` does.
    """
    if is_database(paths):
        found = source(paths, own)
        return found.model_copy(update={"events": {name: EventFiles(table=name) for name in events}})
    if len(paths) > 1 or not Path(paths[0]).is_dir():
        raise fault("D-TABLES", dataset=dataset, tables=", ".join(events))
    files = {name: _of_table(Path(paths[0]), name).paths for name in (own, *events)}
    beside = {name: EventFiles(paths=files[name]) for name in events}
    return Source(kind="parquet", paths=files[own], events=beside)


def _of_table(folder: Path, name: str) -> Source:
    """The files of a table in a folder; large and small letters count as the same."""
    wanted = (name.lower(), f"{name.lower()}.parquet")
    found = [str(one) for one in sorted(folder.iterdir()) if one.name.lower() in wanted]
    return source(found or [str(folder / f"{name}.parquet")], None)


def look(found: Source) -> str:
    """Size, times and inode of each file: what changes when the data do.

    The time of writing can be set back by who writes; that of the last change of anything, by nobody.
    """
    try:
        status = [Path(path).stat() for path in found.files]
    except OSError as error:
        raise of_machine(error) or fault("D-MISSING", path=found.paths[0]) from None
    return json.dumps(
        [
            [path, one.st_size, one.st_mtime_ns, one.st_ctime_ns, one.st_ino]
            for path, one in zip(found.files, status, strict=True)
        ]
    )


def _files(path: str) -> list[Path]:
    place = Path(path)
    if place.is_dir():
        found = sorted(_below(place))
    elif place.is_file():
        found = [place]
    else:
        _check_narrow(path)
        _check_listed(path)
        found = sorted(Path(name) for name in glob.glob(path, recursive=True))  # noqa: PTH207 - absolute
    if not found:
        raise fault("D-MISSING", path=path)
    return found


def _check_narrow(pattern: str) -> None:
    """Raise D-PATTERN for a `**` below the root, which is the whole disk, and for a second one.

    Two look through each folder once for each folder above it: that ends, but not today.
    """
    deep = [at for at, part in enumerate(Path(pattern).parts) if part == "**"]
    if len(deep) > 1 or deep == [1]:
        raise fault("D-PATTERN", path=pattern)


def _check_listed(pattern: str) -> None:
    """Raise D-MISSING for a folder that a pattern looks into and that cannot be listed: it is not empty."""
    parts = Path(pattern).parts
    looked = [Path(*parts[:at]) for at, part in enumerate(parts) if glob.has_magic(part)]
    for place in looked:
        for folder in glob.iglob(f"{place}/", recursive=True):  # noqa: PTH207 - absolute
            if not os.access(folder, os.R_OK | os.X_OK):
                raise fault("D-MISSING", path=folder)


def _below(folder: Path) -> Iterator[Path]:
    """The Parquet files of a folder and those in it; one that cannot be listed is not an empty one."""

    def unreadable(error: OSError) -> None:
        raise fault("D-MISSING", path=error.filename) from None

    for where, _, files in os.walk(folder, onerror=unreadable):
        yield from (Path(where) / name for name in files if name.endswith(".parquet"))
