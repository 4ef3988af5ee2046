"""`make campaign`: random tables and sequences of releases before an attacker, with a control; then races
of processes for a budget, and processes that are killed between its charge and its release.
"""

from __future__ import annotations

import os
import random
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.campaign.attacker import Told
from tests.campaign.budget import campaign
from tests.campaign.tables import STANDARD, sequences, tables

#: How many of each; `make test` does fifty and a few.
TABLES, SEQUENCES, CONTROLS = 1000, 200, 20
OPEN = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})


def found(ask: Callable[..., list[Told]], name: str, number: int, control: bool = False) -> int:
    """In how many cases something can be known too closely."""
    lots = (random.Random(f"{name} {at}") for at in range(number))
    return sum(bool(ask(one, OPEN) if control else ask(one)) for one in lots)


def main() -> int:
    """All of it; 1 where the attacker found something."""
    failed, words = 0, os.fdopen(os.dup(1), "w")
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # a solver says things of its own
    for name, ask, number in (("tables", tables, TABLES), ("sequences", sequences, SEQUENCES)):
        recovered = found(ask, name, number)
        without = found(ask, name, CONTROLS, control=True)
        told = f"{name}: {recovered} of {number} narrowed; with nothing in the way {without} of {CONTROLS}"
        print(told, file=words, flush=True)
        failed += recovered + (without == 0)
    with tempfile.TemporaryDirectory() as folder:
        told, wrong = campaign(Path(folder))
    for line in (*told, *wrong):
        print(line, file=words, flush=True)
    return int(failed + len(wrong) > 0)


if __name__ == "__main__":
    sys.exit(main())
