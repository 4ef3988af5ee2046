"""What kind of file system a folder is on, as the kernel tells it."""

from __future__ import annotations

from pathlib import Path

from fedcli.errors import FedcliError
from fedcli.files.reader import read

_MOUNTS = Path("/proc/self/mounts")


def file_system(folder: Path) -> str:
    """Such as "ext4" or "nfs4"; "unknown" where the kernel does not tell (proc(5): fs, place, kind, …)."""
    try:
        lines = [line.split() for line in read(_MOUNTS).decode("utf-8", "replace").splitlines()]
    except FedcliError:
        return "unknown"
    mounted = {_place(words[1]): words[2] for words in lines if len(words) > 2}  # the last one is on top
    above = (folder.resolve(), *folder.resolve().parents)
    return next((mounted[str(place)] for place in above if str(place) in mounted), "unknown")


def _place(word: str) -> str:
    """A path in which the kernel has written white space by number."""
    for number, letter in (("040", " "), ("011", "\t"), ("012", "\n"), ("134", "\\")):
        word = word.replace(f"\\{number}", letter)
    return word
