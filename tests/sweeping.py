"""The sweep of a whole test run: nothing that any command wrote holds the identifier or value of a person.

The sample hospitals' visits and persons have identifiers of a form that nothing else has, and the planted
values of `tests/attacks/sweep.py` are unique. Every world is swept: what its commands said at once, and
what lies in its exchange and its homes at the end of the run.
"""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from pathlib import Path

#: A visit or a person of the sample hospitals, and what tests plant.
CANARIES = re.compile(
    rb"(?<![0-9A-Za-z_-])[NSE]-[01][0-9]{3}(?:-[1-6])?(?![0-9A-Za-z-])|CANARY-?9434765919|873261\.53125|48151623"
)
_LIKE, _PLANTED = re.compile(rb"-[01][0-9]{3}"), (b"9434765919", b"873261.53125", b"48151623")
#: Local data, where they belong; and what tests hand to commands, or keep of them.
_DATA = (".parquet", ".duckdb", ".csv", ".toml", ".py")

_worlds: dict[Path, float] = {}
_found: list[str] = []


def said(text: str, where: object) -> None:
    """Look at what a command wrote to the console."""
    _found.extend(f"{where}: {hit!r}" for hit in hits(text.encode("utf-8", "replace")))


def hits(data: bytes) -> list[bytes]:
    """What of the persons is in some bytes."""
    maybe = _LIKE.search(data) or any(word in data for word in _PLANTED)  # some hundred times as fast
    return CANARIES.findall(data) if maybe else []


def watch(folder: Path) -> None:
    """Sweep what will be written below a folder, at the end of the run."""
    _worlds.setdefault(folder, time.time())


def everything() -> list[str]:
    """All that was found in this run."""
    return _found + [hit for folder, since in _worlds.items() for hit in below(folder, since)]


def below(folder: Path, since: float = 0) -> Iterator[str]:
    """What is in files that were written below a folder since a time; copies of others are older."""
    for path in folder.rglob("*") if folder.is_dir() else ():
        if path.suffix in _DATA or path.is_symlink() or not path.is_file():
            continue
        if path.stat().st_mtime >= since:
            yield from (f"{path}: {hit!r}" for hit in hits(path.read_bytes()))
