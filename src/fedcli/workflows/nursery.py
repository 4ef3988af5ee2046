"""The parent of a rehearsal's vaults: `python -m fedcli.workflows.nursery`, which opens nothing itself."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pyarrow as pa  # what models need, so that no copy loads it again

from fedcli.analytics import glm, load
from fedcli.engine import hazards, steps, stream
from fedcli.engine.cage import shut
from fedcli.engine.opening import begin
from fedcli.model.document import Document
from fedcli.policy import atoms
from fedcli.workflows import vault

MODULE, LOADED = __name__, (pa, atoms, glm, hazards, steps, stream)


def _forms(form: type[Document]) -> Iterator[type[Document]]:
    for one in form.__subclasses__():
        yield one
        yield from _forms(one)


_FIRST, _SOME = 3, 4096  # descriptors below are input, output and messages


def main() -> None:
    """For each line of stdin with two descriptors, a copy that is a vault with these as its ends.

    A line that begins with `load` has names of analytics that the copies will be asked for.
    """
    shut()
    begin()
    _settle()
    for line in _lines():
        match line.split():
            case [b"load", *names]:
                load(name.decode() for name in names)
                _settle()
            case [given, taken]:
                _copy(int(given), int(taken))


def _settle() -> None:
    """Build all forms, which are else built at their first use; what is here is no copy's to look through."""
    for form in _forms(Document):
        form.model_rebuild()
    gc.freeze()


def _lines() -> Iterator[bytes]:
    """The lines of stdin; nothing of it stays in a buffer that a copy would read on from."""
    left = b""
    while some := os.read(0, _SOME):
        *lines, left = (left + some).split(b"\n")
        yield from lines


def _copy(given: int, taken: int) -> None:
    """Begin a copy, and tell its number; the ends are its own from then on."""
    number = os.fork()
    if number == 0:
        _become(given, taken)
    os.close(given)
    os.close(taken)
    os.write(1, f"{number}\n".encode())


def _become(given: int, taken: int) -> None:
    """A vault with these ends and no others, to the end of its input."""
    status = 1
    try:
        os.dup2(given, 0)
        os.dup2(taken, 1)
        os.closerange(_FIRST, os.sysconf("SC_OPEN_MAX"))
        vault.main()
        status = 0
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
