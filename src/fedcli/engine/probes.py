"""Forbidden acts, tried from inside the cage: each must fail. Nothing is harmed where one succeeds."""

from __future__ import annotations

import mmap
import os
import resource
import socket
from collections.abc import Callable
from pathlib import Path

#: An address that nobody has (RFC 5737), and the port that throws away what it gets.
_NOBODY, _DISCARD = "192.0.2.1", 9
_LARGE = 2**45


def probes(scratch: str) -> dict[str, bool]:
    """Whether each act was refused; those that would write try it in a folder that is not the task's."""
    place = Path(scratch)
    acts: dict[str, Callable[[], object]] = {
        "read a file of the system": lambda: Path("/etc/passwd").read_bytes(),
        "list a folder": lambda: list(Path("/").iterdir()),
        "read a file beside the data": (place / "beside").read_bytes,
        "write into a file": lambda: (place / "beside").open("r+b").close(),
        "make a file": (place / "made").touch,
        "make a folder": (place / "folder").mkdir,
        "make a link": lambda: (place / "link").symlink_to("beside"),
        "rename a file": lambda: (place / "beside").rename(place / "renamed"),
        "remove a file": (place / "beside").unlink,
        "cut a file short": lambda: os.truncate(place / "beside", 0),
        "start a program": _start,
        "connect to another machine": lambda: _connect(_NOBODY),
        "send a datagram": lambda: _send(_NOBODY),
        "listen for others": _listen,
        "signal its parent": lambda: os.kill(os.getppid(), 0),
        "dump its memory": _dump,
        "take more memory than its limit": lambda: mmap.mmap(-1, _LARGE).close(),
    }
    return {name: _refused(act) for name, act in acts.items()}


def _refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except (OSError, MemoryError, OverflowError, ValueError):
        return True
    return False


def _start() -> None:
    os.waitpid(os.posix_spawn("/bin/true", ["true"], {}), 0)


def _connect(host: str) -> None:
    """Refused where there is no way; who has one would wait for an answer that does not come."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.setblocking(False)
        try:
            one.connect((host, _DISCARD))
        except BlockingIOError:
            return


def _send(host: str) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        one.sendto(b"", (host, _DISCARD))


def _listen() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as one:
        one.bind(("127.0.0.1", 0))


def _dump() -> None:
    """A limit of nothing, for good, is the refusal."""
    resource.setrlimit(resource.RLIMIT_CORE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))
