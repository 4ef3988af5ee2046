"""Deadlines against statements that the engine does not interrupt: how late each child is ended, in seconds.

The child is the interpreter's own console with the engine in it, at the vault's door. No query makes such
statements; it is the door that must hold.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

from fedcli.engine.vault import Alone, ask
from fedcli.errors import DataFault

DEADLINE, LATEST = 3.0, 5.0
#: Statements that went on for more than 25 seconds after `interrupt()`, and one that is interrupted at once.
STATEMENTS = {
    "lpad": "SELECT length(lpad('x', 1000000000, 'y'))",
    "regexp_replace": "SELECT length(regexp_replace(repeat('ab', 100000000), '(a|b)*c', 'x', 'g'))",
    "levenshtein": "SELECT levenshtein(repeat('ab', 100000), repeat('ba', 100000))",
    "a sum of many numbers": "SELECT sum(a.range * b.range) FROM range(10000000) a, range(10000000) b",
}


def late() -> Iterator[tuple[str, str, float]]:
    """The name of each statement, the code that its child ended with, and how long after the deadline."""
    for name, statement in STATEMENTS.items():
        program = f"import duckdb\nduckdb.sql({statement!r}).fetchall()\n"
        begun, code = time.monotonic(), "an answer"
        try:
            ask(Alone("code"), program.encode(), DEADLINE)
        except DataFault as error:
            code = error.code
        yield name, code, time.monotonic() - begun - DEADLINE
