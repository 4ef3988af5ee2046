"""Opening files that others wrote: regular files only, never through a link, within a size."""

from __future__ import annotations

import errno
import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path

from fedcli.errors import fault, of_machine
from fedcli.files.strict import MAX_BYTES

#: What is said of the file, and not of the machine: it may not be read, or is a device without a driver.
_ITS_OWN = (errno.EACCES, errno.EPERM, errno.ENXIO, errno.ENODEV)
_FLAGS = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC


def read(path: Path, limit: int = MAX_BYTES) -> bytes:
    """The bytes of a regular file of at most `limit` bytes.

    Links are not followed and devices and pipes are not read: a folder that others write to may
    hold either, and a pipe would hang an unattended run.
    """
    data = read_some(path, limit + 1)
    if len(data) > limit:
        raise fault("F-SIZE", where=path, limit=limit)
    return data


def read_some(path: Path, most: int) -> bytes:
    """The first bytes of a regular file, at most so many."""
    try:
        descriptor = os.open(path, _FLAGS)
    except FileNotFoundError:
        raise fault("F-MISSING", path=path) from None
    except ValueError:  # a name with a zero byte
        raise fault("F-NAME", path=path) from None
    except OSError as error:
        if error.errno not in _ITS_OWN and (refused := of_machine(error, path)):
            raise refused from None
        reason = "it is a link" if error.errno == errno.ELOOP else os.strerror(error.errno or 0)
        raise fault("F-OPEN", path=path, reason=reason) from None
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise fault("F-OPEN", path=path, reason="it is not a regular file")
    with os.fdopen(descriptor, "rb") as file:
        return file.read(most)


def mode(path: Path) -> int:
    """The permission bits of a file, without following a link."""
    return stat.S_IMODE(path.lstat().st_mode)


def standing(path: Path) -> tuple[int, int] | None:
    """Size in bytes and time of the last change in seconds since 1970; None where there is no plain file."""
    try:
        found = path.lstat()
    except OSError:
        return None
    return (found.st_size, int(found.st_mtime)) if stat.S_ISREG(found.st_mode) else None


def tree(folder: Path) -> list[str]:
    """The plain files below a folder by their names relative to it, in order; links are not followed."""
    found = []
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith(".")]
        below = Path(place).relative_to(folder)
        found += [(below / name).as_posix() for name in files if not name.startswith(".")]
    return sorted(found)


def names(folder: Path, suffix: str = "") -> list[str]:
    """The names in a folder in order, dot files left out; none when the folder is not there."""
    try:
        found = sorted(_listed(folder))
    except (FileNotFoundError, NotADirectoryError):
        return []
    return [name for name in found if name.endswith(suffix) and not name.startswith(".")]


def _listed(folder: Path) -> list[str]:
    """All names; Python repeats most calls that a signal broke off, but not the opening of a folder."""
    while True:
        with suppress(InterruptedError), os.scandir(folder) as found:
            return [one.name for one in found]


def below(folder: Path, skipped: Collection[str] = ()) -> Iterator[Path]:
    """What is no folder below a folder, in order; links are not followed, nor `skipped` folders looked into.

    Raises:
        InvalidFile: F-OPEN for a folder that cannot be listed: it is not empty.
    """

    def unlisted(error: OSError) -> None:
        raise fault("F-OPEN", path=error.filename, reason=os.strerror(error.errno or 0)) from None

    for place, folders, files in os.walk(folder, onerror=unlisted):
        folders[:] = sorted(name for name in folders if name not in skipped)
        yield from (Path(place, name) for name in sorted(files))
