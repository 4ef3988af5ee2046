"""Landlock: a process gives up files, the network and other processes, for good (Linux 5.13 and newer).

Three system calls without a name in Python, and the rights that each version of the kernel's interface
knows: docs.kernel.org/userspace-api/landlock.html. What a kernel does not know yet cannot be given up.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# The numbers are the same on every architecture whose calls are numbered as new ones are.
_CREATE, _ADD, _RESTRICT = 444, 445, 446
_VERSION = 1  # asks for the version of the interface instead of a set of rules
_BENEATH = 1  # the kind of a rule: what lies beneath a path
_NO_NEW_PRIVILEGES = 38  # prctl; without it a process without privileges may give up nothing

_EXECUTE, _WRITE, _READ, _LIST, _TRUNCATE, _DEVICE = (1 << bit for bit in (0, 1, 2, 3, 14, 15))
_OF_A_FILE = _EXECUTE | _WRITE | _READ | _TRUNCATE | _DEVICE
#: All rights about files that are known, by the version that brought them; the first has thirteen.
_FILES = {1: (1 << 13) - 1, 2: 1 << 13, 3: _TRUNCATE, 5: _DEVICE}
#: To bind and to connect (TCP); to abstract sockets and signals of other processes.
_NETWORK, _SCOPES = {4: 0b11}, {6: 0b11}
#: From this version on all of the above are known.
WHOLE = 6


def version() -> int:
    """The version of the kernel's interface; 0 where it has none, or it is switched off."""
    return max(0, _call(_CREATE, None, 0, _VERSION))


def confine(reads: Iterable[Path], writes: Iterable[Path]) -> bool:
    """Leave this thread, and all that it starts, nothing but to read these, and to write these folders.

    What is not there is left out. False where the kernel has no such interface.

    Raises:
        OSError: the kernel has one, and it failed.
    """
    known = version()
    if not known:
        return False
    files = _upto(_FILES, known)
    # What an older kernel does not know of this form is zero, and zeros may follow.
    forbidden = struct.pack("=QQQ", files, _upto(_NETWORK, known), _upto(_SCOPES, known))
    rules = _done(_call(_CREATE, forbidden, len(forbidden), 0))
    try:
        for path in reads:
            _allow(rules, path, _READ | _LIST)
        for path in writes:
            _allow(rules, path, files & ~(_EXECUTE | _DEVICE))
        ctypes.CDLL(None).prctl(_NO_NEW_PRIVILEGES, 1, 0, 0, 0)
        _done(_call(_RESTRICT, rules, 0))
    finally:
        os.close(rules)
    return True


def _upto(rights: dict[int, int], known: int) -> int:
    return sum(bits for since, bits in rights.items() if since <= known)


def _allow(rules: int, path: Path, rights: int) -> None:
    with suppress(FileNotFoundError):
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
        try:
            rights = rights if path.is_dir() else rights & _OF_A_FILE
            _done(_call(_ADD, rules, _BENEATH, struct.pack("=Qi", rights, place), 0))
        finally:
            os.close(place)


def _call(*words: object) -> int:
    """A system call; below zero where it failed, or the system has none of its kind."""
    try:
        call = ctypes.CDLL(None, use_errno=True).syscall
    except (AttributeError, OSError):
        return -1
    return int(call(*(ctypes.c_long(word) if isinstance(word, int) else word for word in words)))


def _done(result: int) -> int:
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result
