"""Room on a disk, taken before it is needed: what is begun with it does not end at a full disk.

The file has no name, so that nothing of it is left wherever the process ends.
"""

from __future__ import annotations

import errno
import os
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Self

from fedcli.errors import fault, of_machine

#: File systems that cannot set blocks aside say one of these.
_CANNOT = (errno.EOPNOTSUPP, errno.ENOSYS, errno.EINVAL)


class Room:
    """So many bytes in a folder that nobody else can take, until they are given back or the process ends.

    Raises:
        Busy: F-FULL where there is not so much, or F-DISK.
    """

    def __init__(self, folder: Path, size: int) -> None:
        self._held: IO[bytes] | None = None
        try:
            self._held = TemporaryFile(dir=folder, buffering=0)  # noqa: SIM115 - until it is given back
            _allocate(self._held.fileno(), size)
        except OSError as error:
            self.give_back()
            raise of_machine(error, folder) or fault("F-DISK", reason="no room can be taken") from None

    def give_back(self) -> None:
        """Let what the room was for be written; giving it back twice is nothing."""
        held, self._held = self._held, None
        if held is not None:
            held.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.give_back()


def _allocate(descriptor: int, size: int) -> None:
    """Set blocks aside; where the file system cannot, look whether they are free."""
    try:
        os.posix_fallocate(descriptor, 0, size)
    except OSError as error:
        if error.errno not in _CANNOT:
            raise
        there = os.fstatvfs(descriptor)
        if there.f_bavail * there.f_frsize < size:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC)) from None
