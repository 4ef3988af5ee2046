"""The order in which things reach the disk: what a log of strace tells of writes, syncs and names.

`kill -9` cannot see that a sync is missing, because the kernel keeps what was written. So the calls of a
run are read in order, with what a power failure would take away at each moment: bytes of a file after its
last sync, and names of a folder after its last sync. Before anything leaves that others may act on (the
task of the vault, a visible file, words on stdout), nothing that it rests on may be among that.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from tests.faults.trace import Ran, ran

CALLS = (
    *("write", "pwrite64", "ftruncate", "fsync", "fdatasync"),
    *("link", "linkat", "rename", "renameat", "renameat2", "unlink", "mkdir", "mkdirat"),
)
_LINE = re.compile(r"(?P<pid>\d+) +(?:<\.\.\. (?P<resumed>\w+) resumed>|(?P<name>\w+)\()(?P<told>.*)")
_OPEN = re.compile(r"^\d+<([^>]*)>")
_NOT_MISSED = (".part", "/run.log.jsonl")
_NAMES = re.compile(r'"([^"]*)"')


class Deed(NamedTuple):
    """One call that was done: on an open file, or on one or two names."""

    name: str
    paths: tuple[str, ...]


def followed(folder: Path, line: list[str]) -> tuple[Ran, list[Deed]]:
    """Run the installed command, its vault too, and what it did to files, in order."""
    done = ran(folder, line, "-f", "--seccomp-bpf", "-s", "4096", "-e", f"trace={','.join(CALLS)}")
    return done, list(deeds(done.log))


def deeds(log: Iterable[str]) -> Iterator[Deed]:
    """The calls of a log that did not fail; one that another process broke in upon counts where it ended."""
    begun: dict[str, str] = {}
    for text in log:
        if not (match := _LINE.match(text)):
            continue
        told = begun.pop(match["pid"], "") + match["told"]
        if told.endswith("<unfinished ...>"):
            begun[match["pid"]] = told.removesuffix("<unfinished ...>")
        elif " = -1 " not in told:
            name = match["name"] or match["resumed"]
            opened = _OPEN.match(told)
            yield Deed(name, (opened[1],) if opened else tuple(_NAMES.findall(told)))


class Disk:
    """What a power failure would take away now."""

    def __init__(self) -> None:
        self.bytes: set[str] = set()
        self.names: set[str] = set()

    def does(self, deed: Deed) -> None:
        """Let a call be done."""
        path = deed.paths[0]
        match deed.name:
            case "write" | "pwrite64" | "ftruncate":
                self.bytes.add(path)
            case "fsync" | "fdatasync":
                self.bytes.discard(path)
                self.names -= {one for one in self.names if str(Path(one).parent) == path}
            case "unlink":
                self.bytes.discard(path)
                self.names.add(path)
            case "mkdir" | "mkdirat":
                self.names.add(path)
            case _:
                self._named(*deed.paths[:2])

    def _named(self, old: str, new: str) -> None:
        """A file has another name, or one more."""
        self.names.add(new)
        if old in self.bytes:
            self.bytes.add(new)

    def loses(self, *parts: str) -> list[str]:
        """What of some places would be lost; names of staged files and a monitoring log are not missed."""
        lost = sorted(self.bytes | self.names)
        return [one for one in lost if any(part in one for part in parts) and not one.endswith(_NOT_MISSED)]


def breaches(folder: Path, done: Iterable[Deed]) -> Iterator[str]:
    """Where something was let go before what it rests on was on the disk."""
    disk, asked = Disk(), False
    home, office = str(folder), str(folder / "exchange")
    for deed in done:
        path = deed.paths[0] if deed.paths else ""
        if deed.name == "write" and path.startswith("pipe:") and not asked:
            asked = True  # the first words in a pipe are the task of the vault
            yield from (f"the vault is asked before {one} is on the disk" for one in disk.loses("site.db"))
        if path == f"{folder}.out":
            yield from (f"it is told before {one} is on the disk" for one in disk.loses(home))
        if not any(one.startswith(f"{folder}/") for one in deed.paths):
            continue
        if deed.name.startswith(("link", "rename")):
            if deed.paths[0] in disk.bytes:
                yield f"{deed.paths[1]} is named before its bytes are on the disk"
            if deed.paths[1].startswith(office):
                yield from (f"{deed.paths[1]} is visible before {one}" for one in disk.loses("site.db"))
        if deed.name == "pwrite64" and path.endswith("site.db-journal"):
            yield from (f"the book goes on before {one} is on the disk" for one in disk.loses(office))
        disk.does(deed)
