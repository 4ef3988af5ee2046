"""Several children of one module that has been loaded once: each is a copy of a process without data.

Loading takes a vault as long as everything else before its first answer; a copy has loaded already.
"""

from __future__ import annotations

import os
import signal
from collections.abc import Iterable
from contextlib import suppress
from threading import Lock

from fedcli.engine.vault import Alone, Child, Pipes


class Parent(Alone):
    """A process that has loaded a module, opens nothing, and copies itself when it is told to.

    For each copy it inherits two ends of pipes. It is told, on a line, which two are for the next one,
    and tells that one's number. On other lines it is told what to load besides.
    """

    def __init__(self, module: str, most: int) -> None:
        self._waiting = [Pipes.new() for _ in range(most)]
        self._lock = Lock()
        super().__init__(module, tuple(end for pipes in self._waiting for end in (pipes.given, pipes.taken)))

    def load(self, names: Iterable[str]) -> None:
        """Let it load some analytics, so that no copy does."""
        with suppress(OSError):  # it died, which whoever wants a copy notices
            self.tell(f"load {' '.join(names)}".encode())

    def child(self, deadline_seconds: float) -> Child | None:
        """A copy of it, which waits for a request; None when all were made.

        Raises:
            DataFault: D-DEADLINE, D-DIED.
        """
        with self._lock:
            if not self._waiting:
                return None
            pipes = self._waiting[-1]  # until it is a copy's, it is ours to close
            told = self.ask(f"{pipes.given} {pipes.taken}".encode(), deadline_seconds)
            self._waiting.pop().handed_over()
            return Sibling(pipes, int(told))

    def kill(self) -> None:
        """End it with all its copies."""
        super().kill()
        for pipes in self._waiting:
            pipes.close()
        self._waiting = []


class Sibling(Child):
    """A copy. Its parent takes no notice of its end while it lives, so that its number is no other's."""

    def __init__(self, pipes: Pipes, number: int) -> None:
        super().__init__(pipes)
        self._number = number

    def ended(self) -> object:
        """Its parent would know."""
        return "none"

    def kill(self) -> None:
        """It alone."""
        with suppress(ProcessLookupError):  # its parent was ended before
            os.kill(self._number, signal.SIGKILL)
