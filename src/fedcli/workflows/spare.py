"""Vaults that begin before there is anything to ask: they load while the signer loads and checks."""

from __future__ import annotations

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from fedcli import analytics
from fedcli.engine.siblings import Parent
from fedcli.engine.vault import Alone, Child

VAULT, NURSERY = "fedcli.workflows.vault", "fedcli.workflows.nursery"
_MOST, _SECONDS = 16, 60.0  # how many copies there can be, and how long one may take to come


class Spares:
    """Vaults without a task, for the first who need one; those that nobody needed are ended."""

    def __init__(self, number: int) -> None:
        self._waiting: list[Child] = [Alone(VAULT) for _ in range(number)]

    def take(self) -> Child:
        """One that waits, or a new one."""
        return self._waiting.pop() if self._waiting else Alone(VAULT)

    def expect(self, names: Iterable[str]) -> None:
        """Some analytics will be asked for."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        for child in self._waiting:
            child.end()


class Siblings(Spares):
    """Vaults of one rehearsal, each a copy of a process that has loaded once and opened nothing."""

    def __init__(self) -> None:
        super().__init__(0)
        self._parent = Parent(NURSERY, _MOST)

    def expect(self, names: Iterable[str]) -> None:
        """Load them once, for all copies; a word of a researcher that is none stays here."""
        self._parent.load(name for name in names if name in analytics.names())

    def take(self) -> Child:
        """A copy; where a rehearsal has very many sites, a process of its own."""
        return self._parent.child(_SECONDS) or super().take()

    def __exit__(self, *_: type[BaseException] | BaseException | TracebackType | None) -> None:
        self._parent.end()
