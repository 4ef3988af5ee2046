"""The parent of a rehearsal's vaults: `python -m fedcli.workflows.nursery`, which opens nothing itself."""

from __future__ import annotations

import gc
import os
from collections.abc import Iterator

import pyarrow as pa  # what models need, so that no copy loads it again

from fedcli.analytics import cox, glm
from fedcli.engine import hazards, steps, stream
from fedcli.engine.cage import shut
from fedcli.engine.opening import begin
from fedcli.model.document import Document
from fedcli.policy import atoms
from fedcli.workflows import vault

MODULE, LOADED = __name__, (pa, cox, atoms, glm, hazards, steps, stream)


def _forms(form: type[Document]) -> Iterator[type[Document]]:
    for one in form.__subclasses__():
        yield one
        yield from _forms(one)


for _form in _forms(Document):
    _form.model_rebuild()  # forms are built when they are used first: here, once for all copies
_FIRST, _LINE = 3, 64  # descriptors below are input, output and messages


def main() -> None:
    """For each line of stdin with two descriptors, a copy that is a vault with these as its ends."""
    shut()
    begin()
    gc.freeze()  # what is here now is no copy's to look through
    while line := os.read(0, _LINE):  # one at a time: the next one waits for our answer
        given, taken = map(int, line.split())
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
