"""What the machine refuses: a disk that is full or fails, no memory, a database that is held. None is a bug.

An `OSError` is known by its number, an error of SQLite by its code (sqlite.org/rescode.html), of which
the last byte names the kind; neither's text is looked at.
"""

from __future__ import annotations

import errno
import os

from fedcli.errors.catalogue import fault
from fedcli.errors.tree import FedcliError

_FULL = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG)
#: What may be otherwise at the next run; that a file is not there, or is another kind of thing, will not.
_AGAIN = (
    *(errno.EIO, errno.EINTR, errno.EAGAIN, errno.EROFS, errno.EACCES, errno.EPERM, errno.EBUSY),
    *(errno.EMFILE, errno.ENFILE, errno.ESTALE, errno.ETIMEDOUT, errno.ENODEV, errno.ENXIO, errno.ENOLCK),
    *(errno.ENOTCONN, errno.EHOSTDOWN, errno.EREMOTEIO),
)
#: The kinds of SQLite's errors. PERM, READONLY, IOERR, CORRUPT and CANTOPEN tell of a disk that failed after
#: the file was found whole; whether it is damaged now, the next who opens it finds.
_HELD, _NO_MEMORY, _NO_ROOM, _FAILED = (5, 6), (7,), (13,), (3, 8, 10, 11, 14)
_DATABASE = "site.db"


def of_machine(error: BaseException, where: object = None) -> FedcliError | None:
    """The failure that an exception of the system, of SQLite or of memory is; None for any other.

    `where` is the file that was in use, if the exception does not name one.
    """
    if isinstance(error, MemoryError):
        return fault("F-MEMORY")
    if isinstance(error, OSError):
        return _of_system(error, where)
    code = getattr(error, "sqlite_errorcode", None)
    name = getattr(error, "sqlite_errorname", "")
    return None if code is None else _of_sqlite(code & 0xFF, name, where or _DATABASE)


def _of_system(error: OSError, where: object) -> FedcliError | None:
    place = error.filename if isinstance(error.filename, str | os.PathLike) else where
    if error.errno in _FULL:
        found = fault("F-FULL")
    elif error.errno == errno.ENOMEM:
        found = fault("F-MEMORY")
    elif error.errno in _AGAIN:
        found = fault("F-DISK", reason=os.strerror(error.errno))
    else:
        return None
    return found if place is None else found.within(place)


def _of_sqlite(kind: int, name: str, where: object) -> FedcliError | None:
    if kind in _HELD:
        return fault("F-BUSY", path=where)
    if kind in _NO_MEMORY:
        return fault("F-MEMORY")
    if kind in _NO_ROOM:
        return fault("F-FULL").within(where)
    return fault("F-DISK", reason=name).within(where) if kind in _FAILED else None
