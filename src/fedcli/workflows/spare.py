"""Vaults that begin before there is anything to ask: they load while the signer loads and checks."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from fedcli.engine.vault import Child

VAULT = "fedcli.workflows.vault"


class Spares:
    """Vaults without a task, for the first who need one; those that nobody needed are ended."""

    def __init__(self, number: int) -> None:
        self._waiting = [Child(VAULT) for _ in range(number)]

    def take(self) -> Child:
        """One that waits, or a new one."""
        try:
            return self._waiting.pop()
        except IndexError:  # several sites of a rehearsal may ask at once
            return Child(VAULT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for child in self._waiting:
            child.end()
