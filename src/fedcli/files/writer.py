"""Writing whole files or none: temporary file, fsync, rename, fsync of the folder."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from fedcli.errors import Busy, FedcliError, fault
from fedcli.files.reader import read

PRIVATE = 0o600
PUBLIC = 0o644
_SETTLED_SECONDS = 5
_UNSETTLED = 1


def write(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Put `data` at `path`, replacing what was there; a crash leaves the old file or the new one."""
    temporary = _stage(path, data, mode)
    try:
        temporary.replace(path)
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def write_once(path: Path, data: bytes, mode: int = PUBLIC) -> None:
    """Put `data` at a name that is not taken; F-EXISTS where other bytes have the name.

    Names in an exchange are written once. Writing the same bytes again is no error: it finishes
    what an interrupted run began.
    """
    temporary = _stage(path, data, mode)
    try:
        os.link(temporary, path)
    except FileExistsError:
        if not _holds(path, data):
            raise fault("F-EXISTS", path=path) from None
    except OSError as error:
        raise _cannot(path, error) from None
    finally:
        temporary.unlink(missing_ok=True)
    sync_folder(path.parent)


def stamp(path: Path, changed: int) -> None:
    """Let a file that was just written have the time at which its original was changed.

    A change within the same second could not be told from it by time; so one that is younger than a few
    seconds gets a time that no file has, and is compared again. The folder says what the time is.
    """
    try:
        settled = path.parent.stat().st_mtime - changed > _SETTLED_SECONDS
        when = changed if settled else _UNSETTLED
        os.utime(path, (when, when))
    except OSError as error:
        raise _cannot(path, error) from None


def write_folder(folder: Path, files: Mapping[str, bytes]) -> bool:
    """Write private files below a folder, unless a name is taken by something else; whether any was new.

    Raises:
        UsageFault: F-EXISTS, and then none is written.
    """
    taken = [folder / name for name in files if (folder / name).is_symlink() or (folder / name).exists()]
    for path in taken:
        if not _holds(path, files[path.relative_to(folder).as_posix()]):
            raise fault("F-EXISTS", path=path)
    make_folder(folder, 0o700)
    for name, data in files.items():
        write_once(folder / name, data, PRIVATE)
    return len(taken) < len(files)


def make_folder(path: Path, mode: int = 0o755) -> None:
    """Make a folder and those above it, which survive a power failure."""
    try:
        new = [one for one in (path, *path.parents) if not one.is_dir()]
        path.mkdir(mode=mode, parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot(path, error) from None
    for one in new:
        sync_folder(one.parent)


def append(path: Path, line: bytes, most: int) -> None:
    """Add a line to a private log that holds at most `most` bytes; a full one is put aside first."""
    make_folder(path.parent)
    try:
        if path.exists() and path.stat().st_size + len(line) > most:
            path.replace(path.with_suffix(f".1{path.suffix}"))
        descriptor = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, PRIVATE)
        try:
            os.write(descriptor, line)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _cannot(path, error) from None


def sync_folder(folder: Path) -> None:
    """Make a rename in `folder` survive a power failure."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as error:
        raise _cannot(folder, error) from None


def _holds(path: Path, data: bytes) -> bool:
    try:
        return read(path, len(data)) == data
    except Busy:  # nobody knows what it holds
        raise
    except FedcliError:  # a link, a pipe, a folder, or longer
        return False


def _stage(path: Path, data: bytes, mode: int) -> Path:
    make_folder(path.parent)
    staged = None
    try:
        descriptor, name = tempfile.mkstemp(prefix=".", suffix=".part", dir=path.parent)
        staged = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(descriptor, mode)
            file.write(data)
            file.flush()
            os.fsync(descriptor)
    except BaseException as error:  # a signal, too, leaves nothing half-written
        if staged is not None:
            staged.unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot(path, error) from None
        raise
    return staged


def _cannot(path: Path, error: OSError) -> Exception:
    return fault("F-WRITE", path=path, reason=os.strerror(error.errno or 0))
