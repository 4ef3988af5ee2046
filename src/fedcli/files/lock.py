"""One process at a time: an advisory lock that the kernel drops when its holder dies."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from fedcli.errors import fault
from fedcli.files.writer import make_folder


@contextmanager
def lock(path: Path) -> Iterator[None]:
    """Hold `path` for the block, or raise F-BUSY at once when another process holds it."""
    make_folder(path.parent)
    try:
        descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    except OSError as error:
        raise fault("F-WRITE", path=path, reason=os.strerror(error.errno or 0)) from None
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise fault("F-BUSY", path=path) from None
        yield
    finally:
        os.close(descriptor)
