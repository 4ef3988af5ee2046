"""Vaults for the commands that tests run in their own process: copies of one that has loaded.

They are what a rehearsal's vaults are, cage and all; loading anew for each of some thousand runs would take
a good part of the time of all tests. Commands that tests run as processes start their own vaults, as ever.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from fedcli import analytics
from fedcli.engine.siblings import Parent, Sibling
from fedcli.engine.vault import Alone, Child
from fedcli.workflows.spare import NURSERY, VAULT

_MOST, _SECONDS, _LOOK = 100, 60.0, 0.001


class Copy(Child):
    """A copy that tells how it ended, as a process of one's own does."""

    def __init__(self, sibling: Sibling) -> None:
        self._sibling = sibling
        self._to, self._from = sibling._to, sibling._from

    def ended(self) -> object:
        """Its exit status, which its parent has not asked for (proc(5): state, and the last field of all)."""
        until = time.monotonic() + 5
        while time.monotonic() < until:
            fields = Path(f"/proc/{self._sibling._number}/stat").read_text().rpartition(")")[2].split()
            if fields[0] == "Z":
                return os.waitstatus_to_exitcode(int(fields[-1]))
            time.sleep(_LOOK)
        return "none"

    def kill(self) -> None:
        """It alone."""
        self._sibling.kill()


class Nursery:
    """Processes that have loaded, one after the other, each copied as often as it has pipes."""

    def __init__(self) -> None:
        self._parents: list[Parent] = []
        self._beginner = ThreadPoolExecutor(1)  # a child ends with the thread that began it

    def child(self, module: str) -> Child:
        """A vault; another module is a process of its own."""
        if module != VAULT:
            return Alone(module)
        found = self._parents[-1].child(_SECONDS) if self._parents else None
        if found is None:
            begun = self._beginner.submit(Parent, NURSERY, _MOST).result()
            begun.load(analytics.names())
            self._parents.append(begun)  # the copies of the one before live on
            found = self._parents[-1].child(_SECONDS)
        assert isinstance(found, Sibling)
        return Copy(found)

    def lent(self, module: str, most: int) -> Lent:
        """What a rehearsal takes for a parent of its own."""
        assert (module, most > 0) == (NURSERY, True)
        return Lent(self)

    def end(self) -> None:
        """All of them, with their copies."""
        for parent in self._parents:
            parent.end()
        self._beginner.shutdown()


class Lent:
    """A parent whose copies are those of the nursery, and end with it alone."""

    def __init__(self, nursery: Nursery) -> None:
        self._nursery, self._children = nursery, list[Child]()

    def child(self, _seconds: float) -> Child:
        """A vault."""
        self._children.append(self._nursery.child(VAULT))
        return self._children[-1]

    def load(self, names: Iterable[str]) -> None:
        """All are loaded."""

    def end(self) -> None:
        """Those that it was asked for."""
        for child in self._children:
            child.end()
