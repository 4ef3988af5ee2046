"""The installed command under strace: which calls it makes on a folder, and one of them failing.

strace counts the calls of each kind from the start of the program (`when=N`), so that the N-th of a
traced run is met again in the next run on a copy of the same folder. Only the process that signs is
traced: the vault opens data and writes nothing.
"""

from __future__ import annotations

import compileall
import json
import os
import re
import shutil
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import fedcli

FEDCLI = Path(sys.executable).with_name("fedcli")
#: What reads, writes, names or locks a file.
CALLS = (
    *("openat", "newfstatat", "statx", "read", "pread64", "write", "pwrite64", "ftruncate", "fallocate"),
    *("fsync", "fdatasync", "close", "fcntl", "flock", "fchmod", "fchown", "getdents64"),
    *("link", "rename", "renameat", "unlink", "mkdir"),
)
KILL = "SIGKILL"
_CALL = re.compile(r"(\w+)\((.*)")
_LIMIT_SECONDS = 120


class Call(NamedTuple):
    """The n-th call of its kind, as strace tells it."""

    name: str
    nth: int
    told: str


class Ran(NamedTuple):
    """How a process ended; its exit code is negative where a signal ended it."""

    exit: int
    out: str
    err: str
    log: tuple[str, ...]

    @property
    def document(self) -> dict[str, Any]:
        """What it told on stdout; empty where that is not one JSON document."""
        try:
            told = json.loads(self.out)
        except ValueError:
            return {}
        return told if isinstance(told, dict) else {}


def unusable() -> str | None:
    """Why nothing can be traced here, if so."""
    if shutil.which("strace") is None:
        return "strace is not installed"
    tried = subprocess.run(["strace", "-e", "trace=none", "true"], capture_output=True, check=False)
    return "this machine does not let a process be traced" if tried.returncode else None


def ran(folder: Path, line: list[str], *options: str) -> Ran:
    """Run the installed command in a world's folder under strace."""
    log, out, err = (folder.with_suffix(f".{name}") for name in ("log", "out", "err"))
    words = ["strace", "-y", "-qq", "-s", "0", "-o", str(log), *options, str(FEDCLI), *line]
    environment = {**os.environ, "PYTHONHASHSEED": "0", "PYTHONDONTWRITEBYTECODE": "1"}
    with out.open("wb") as told, err.open("wb") as said:
        done = subprocess.run(
            words,
            stdin=subprocess.DEVNULL,
            stdout=told,
            stderr=said,
            env=environment,
            cwd="/",
            timeout=_LIMIT_SECONDS,
            check=False,
        )
    text = (one.read_text(errors="replace") for one in (out, err, log))
    return Ran(done.returncode, next(text), next(text), tuple(next(text).splitlines()))


@cache
def _compiled() -> None:
    """Let all modules be compiled: who finds one that is not makes other calls than those after it."""
    compileall.compile_dir(Path(fedcli.__file__).parent, quiet=2)


def calls(folder: Path, line: list[str]) -> tuple[Ran, list[Call]]:
    """A run without faults, and its calls on the files of the folder and on its own stdout, in order."""
    _compiled()
    done = ran(folder, line, "-e", f"trace={','.join(CALLS)}")
    counts: dict[str, int] = {}
    found = []
    for told in done.log:
        if match := _CALL.match(told):
            name = match[1]
            counts[name] = counts.get(name, 0) + 1
            if touches(folder, name, match[2]):
                found.append(Call(name, counts[name], match[2]))
    return done, found


def touches(folder: Path, name: str, told: str) -> bool:
    """Whether a call is on a file of the folder, or tells something on stdout."""
    return (
        f"{folder}/" in told
        or f"{folder}>" in told
        or f'{folder}"' in told
        or (name == "write" and f"{folder}.out>" in told)
    )


def faulty(folder: Path, line: list[str], name: str, nth: int, how: str) -> tuple[Ran, bool]:
    """A run of which one call is refused with an errno, or is the last; and whether that call was met."""
    fault = f"signal={how}" if how == KILL else f"error={how}"
    done = ran(folder, line, "-e", f"trace={name}", "-e", f"inject={name}:{fault}:when={nth}")
    if how == KILL:
        last = next((told for told in reversed(done.log) if _CALL.match(told)), "")
        return done, done.exit < 0 and touches(folder, name, last)
    hit = [told for told in done.log if "(INJECTED)" in told]
    return done, any(touches(folder, name, told) for told in hit)
