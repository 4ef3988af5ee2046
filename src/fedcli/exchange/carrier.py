"""What carries files between a home and a far exchange, whatever the way."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple, Protocol

#: How long nothing may come from an exchange, and how long one visit may take, in seconds.
PATIENCE = 30
VISIT = 1800
#: How many names there may be in one folder of an exchange, or below that of one participant.
MOST_NAMES = 100_000


class Held(NamedTuple):
    """A file as a listing tells it: bytes (-1 where it is no plain file), and seconds since 1970 (UTC)."""

    size: int
    changed: int


class Carrier(Protocol):
    """A way to an exchange. Names are relative to it, and were checked against the grammar.

    Every method raises Busy, X-DOWN, where the exchange does not answer, and Untrusted, X-STRANGE, where
    something is there that no exchange holds.
    """

    def folders(self) -> list[str]:
        """The names of all folders at the top."""

    def listed(self, participant: str) -> Iterator[tuple[str, Held]]:
        """The files below a participant's folder, by name; others than those that count may be among them."""

    def read(self, name: str, limit: int) -> bytes | None:
        """A file of at most `limit` bytes; None where there is none."""

    def create(self, name: str, data: bytes) -> bool:
        """Put a whole file at a name that is not taken, or False; what is there is never replaced.

        Raises:
            Busy: X-FULL where it was refused.
        """

    def close(self) -> None:
        """Let go of the exchange."""
