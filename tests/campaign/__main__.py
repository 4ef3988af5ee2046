"""`make campaign`: random tables and sequences of releases, and noise, before an attacker, with a control."""

from __future__ import annotations

import os
import random
import sys
from collections.abc import Callable
from itertools import product

from tests.campaign.attacker import Told
from tests.campaign.privacy import CASES, HALVED, RHOS, audit, copies_of
from tests.campaign.tables import STANDARD, sequences, tables

#: How many of each; `make test` does fifty and a few.
TABLES, SEQUENCES, CONTROLS = 1000, 200, 20
OPEN = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})


def found(ask: Callable[..., list[Told]], name: str, number: int, control: bool = False) -> int:
    """In how many cases something can be known too closely."""
    lots = (random.Random(f"{name} {at}") for at in range(number))
    return sum(bool(ask(one, OPEN) if control else ask(one)) for one in lots)


def noisy(say: Callable[[str], None]) -> int:
    """How many promises of noise were refuted, or were not refuted in the control."""
    failed = 0
    for case, rho in product(CASES, RHOS):
        copies = copies_of(case)
        bounds, control = list(audit(case, rho, rho, copies)), list(audit(case, rho, HALVED * rho, copies))
        for bound, half in zip(bounds, control, strict=True):
            told = f"{bound.least:.3f} of {bound.promised:.3f}; with half the noise {half.least:.3f}"
            say(f"{case.name}, rho {rho}, delta {float(bound.delta):g}: epsilon {told}")
        failed += any(bound.broken for bound in bounds) + (not any(half.broken for half in control))
    return failed


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
    failed += noisy(lambda told: print(told, file=words, flush=True))
    return int(failed > 0)


if __name__ == "__main__":
    sys.exit(main())
