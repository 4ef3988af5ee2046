"""What a vault that is kept may remember of the rows of models."""

from __future__ import annotations


class Room:
    """How many bytes of blocks may still be kept in memory."""

    def __init__(self, left: int = 0) -> None:
        self._left = left

    def take(self, wanted: int) -> bool:
        """Whether there is room for so many bytes; it is taken then."""
        enough = wanted <= self._left
        self._left -= wanted if enough else 0
        return enough
