"""What the vault does to itself before it opens anything: what it gives up, it cannot take back.

At its start it gives up core dumps, a life after its parent's, and the network. With its first task it
gives up all files but those of the task, memory beyond its limit, and an administrator's rights; from then
on it can write nowhere else, start no program, and signal nobody. This is done before the engine has a
thread, because a thread that runs already keeps what it had.
"""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
import sys
from contextlib import suppress
from io import BufferedWriter, FileIO
from pathlib import Path
from typing import BinaryIO, Literal, TypeAlias

from fedcli.engine import landlock
from fedcli.errors import FedcliError, fault
from fedcli.files.reader import names, read
from fedcli.model.vault import Places

_PR_SET_PDEATHSIG = 1
#: capset(2): the form of its two words, and the rights to open what another user's mode forbids.
_CAPABILITIES, _OPENING = 0x20080522, 0b110
_NEW_USER, _NEW_NETWORK = 0x10000000, 0x40000000
Wall: TypeAlias = Literal["landlock", "network"]
#: What the interpreter loads later, and what the engine asks of the machine when it starts.
_MACHINE = (
    "/dev/null",
    "/dev/urandom",
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/lib",
    "/lib64",
    "/proc/cpuinfo",
    "/proc/meminfo",
    "/proc/self/cgroup",
    "/proc/self/mountinfo",
    "/proc/stat",
    "/sys/devices/system/cpu",
    "/sys/fs/cgroup",
    "/usr/lib",
    "/usr/share/zoneinfo",
)
#: Beside what an engine may take: the interpreter, its libraries, and the stacks of threads.
_BESIDE, _OF_A_THREAD = 3 * 2**30, 192 * 2**20


def shut() -> None:
    """No core dumps, private files, no network, and no life after the parent's (Linux: prctl)."""
    os.umask(0o077)
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    _leave_the_network()
    with suppress(AttributeError, OSError):  # not Linux: the parent's deadline still ends the child
        ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


def alone(stdout: BinaryIO) -> BinaryIO:
    """What leads to where stdout led; stdout itself then leads where stderr does, which is nowhere."""
    replies = BufferedWriter(FileIO(os.dup(stdout.fileno()), "wb"))
    os.dup2(2, stdout.fileno())
    return replies


class Cage:
    """What a process has given up for its first task, and what the machine could not take from it."""

    def __init__(self, places: Places, memory_mb: int) -> None:
        self._check_single()
        _limit(memory_mb, writes=bool(places.writes))
        _renounce()
        self.missing = self._confined(places)

    def _confined(self, places: Places) -> tuple[Wall, ...]:
        """Give up all other files, look whether they are gone, and name the walls that are not there."""
        walls: dict[Wall, bool] = {"network": not _reaches_others()}
        readable = (*map(Path, _MACHINE), *_libraries(), *map(Path, places.reads))
        try:
            held = landlock.confine((*readable, *map(Path, places.writes)), map(Path, places.writes))
        except OSError:
            raise fault("V-CAGE", wall="landlock") from None
        if held and _can_list(Path("/")):
            raise fault("V-CAGE", wall="landlock")
        walls["landlock"] = held and landlock.version() >= landlock.WHOLE
        return tuple(wall for wall, stands in walls.items() if not stands)

    @staticmethod
    def _check_single() -> None:
        """Raise V-CAGE where a thread is running that would stay outside."""
        if len(names(Path("/proc/self/task"))) > 1:
            raise fault("V-CAGE", wall="threads")


def _leave_the_network() -> None:
    """Into a network of its own, which leads nowhere; who may not, goes as the first of a new user space."""
    with suppress(AttributeError, OSError):
        libc = ctypes.CDLL(None)
        if libc.unshare(_NEW_NETWORK) != 0:
            libc.unshare(_NEW_USER | _NEW_NETWORK)


def _renounce() -> None:
    """No right of an administrator, as which nobody should run, but to read data of another user."""
    with suppress(AttributeError, OSError):
        libc, header = ctypes.CDLL(None), struct.pack("=Ii", _CAPABILITIES, 0)
        held = ctypes.create_string_buffer(24)
        if libc.capget(header, held) == 0:
            left = struct.unpack("=6I", held.raw)[1] & _OPENING
            libc.capset(header, struct.pack("=6I", left, left, 0, 0, 0, 0))


def _reaches_others() -> bool:
    """Whether there is a way to another machine: more than the loop to oneself, or nobody knows."""
    try:
        _, _, *devices = read(Path("/proc/self/net/dev")).decode().splitlines()
    except FedcliError:
        return True
    return any(not device.strip().startswith("lo:") for device in devices)


def _can_list(folder: Path) -> bool:
    try:
        return any(folder.iterdir())
    except PermissionError:
        return False


def _libraries() -> tuple[Path, ...]:
    """Where the interpreter looks for modules, and for its own libraries."""
    return tuple(Path(place) for place in (*sys.path, f"{sys.base_prefix}/lib") if place)


def _limit(memory_mb: int, writes: bool) -> None:
    """No more memory than twice the engine's, and no byte in a file unless the task writes one."""
    threads = (os.cpu_count() or 1) * _OF_A_THREAD
    _lower(resource.RLIMIT_AS, 2 * memory_mb * 10**6 + _BESIDE + threads)
    if not writes:
        _lower(resource.RLIMIT_FSIZE, 0)


def _lower(which: int, limit: int) -> None:
    """For good; a limit that is lower already stays."""
    _, hard = resource.getrlimit(which)
    most = limit if hard == resource.RLIM_INFINITY else min(limit, hard)
    with suppress(ValueError, OSError):  # not Linux; what is not limited, the probes tell
        resource.setrlimit(which, (most, most))
