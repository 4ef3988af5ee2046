"""What a process needs before it does anything: a folder to stand in, and its three streams."""

from __future__ import annotations

import os
import resource
import sys
from pathlib import Path


def settle() -> None:
    """Give this process what whoever started it took away, and let it leave no dump of its memory.

    A scheduler may close streams. The number of one that is closed goes to the next file that is opened,
    which would then hold what was to be shown.
    """
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        if not _is_open(number):
            os.open(os.devnull, os.O_RDWR)  # the lowest number that is free, which is this one
            setattr(sys, name, os.fdopen(number, "r" if number == 0 else "w", closefd=False))
    os.umask(os.umask(0o022) | 0o022)  # whatever the mask: nobody else writes into folders of ours
    resource.setrlimit(
        resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1])
    )  # no keys in it
    try:
        Path.cwd()
    except FileNotFoundError:  # the folder was removed: names are looked for from the top
        os.chdir("/")


def apart() -> None:
    """Let no file of the folder in which `python -m fedcli` was typed be taken for a library."""
    if not sys.flags.safe_path and sys.path and sys.path[0] in ("", str(Path.cwd())):
        del sys.path[0]


def _is_open(number: int) -> bool:
    try:
        os.fstat(number)
    except OSError:
        return False
    return True
