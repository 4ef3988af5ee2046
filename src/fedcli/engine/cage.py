"""What the vault does to itself before it opens anything."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
from contextlib import suppress
from io import BufferedWriter, FileIO
from typing import BinaryIO

_PR_SET_PDEATHSIG = 1


def shut() -> None:
    """No core dumps, private files, and no life after the parent's (Linux: prctl)."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    with suppress(AttributeError, OSError):  # not Linux: the parent's deadline still ends the child
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def alone(stdout: BinaryIO) -> BinaryIO:
    """What leads to where stdout led; stdout itself then leads where stderr does, which is nowhere."""
    replies = BufferedWriter(FileIO(os.dup(stdout.fileno()), "wb"))
    os.dup2(2, stdout.fileno())
    return replies
