"""One process at a time: an advisory lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedcli.errors import fault
from fedcli.files.writer import make_folder

_PAUSE_SECONDS = 0.05


@contextmanager
def lock(path: Path, wait_seconds: float = 0) -> Iterator[None]:
    """Hold `path` for the block, or raise F-BUSY when another process does not let go of it in time."""
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise fault("F-WRITE", path=path, reason=os.strerror(error.errno or 0)) from None
    try:
        until = time.monotonic() + wait_seconds
        while not _taken(descriptor):
            if time.monotonic() >= until:
                raise fault("F-BUSY", path=path)
            time.sleep(_PAUSE_SECONDS)
        yield
    finally:
        os.close(descriptor)


def keeps_out(path: Path) -> bool:
    """Whether a second process is refused a lock that this one holds: not every shared folder keeps it."""
    with lock(path):
        process = os.fork()
        if process == 0:
            os._exit(_comes_in(path))
        _, status = os.waitpid(process, 0)
    return os.waitstatus_to_exitcode(status) == 0


def _comes_in(path: Path) -> bool:
    descriptor = os.open(path, os.O_RDWR)
    return _taken(descriptor)


def is_free(path: Path) -> bool:
    """Whether nobody holds a lock now; where its file cannot be opened, nobody does."""
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_CLOEXEC)
    except OSError:
        return True
    try:
        return _taken(descriptor, fcntl.LOCK_SH)
    finally:
        os.close(descriptor)


def _taken(descriptor: int, kind: int = fcntl.LOCK_EX) -> bool:
    try:
        fcntl.flock(descriptor, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True
