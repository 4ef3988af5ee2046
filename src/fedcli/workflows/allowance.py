"""How long a run may take: no query is begun after it, and the one under way has what is left of it."""

from __future__ import annotations

import time
from collections.abc import Callable

from fedcli.model.identifiers import Duration, duration

Seconds = Callable[[], float]


class Allowance:
    """The time of one run, by a clock that nobody sets; without `most` it has no end."""

    def __init__(self, most: Duration | None = None, seconds: Seconds = time.monotonic) -> None:
        self._seconds = seconds
        self._until = seconds() + duration(most).total_seconds() if most is not None else None

    @property
    def over(self) -> bool:
        """Whether nothing may be begun any more."""
        return self._until is not None and self._seconds() >= self._until

    def within(self, deadline: float) -> float:
        """The seconds that a vault has: its own deadline, or what is left of the run."""
        return deadline if self._until is None else max(0.0, min(deadline, self._until - self._seconds()))


#: A run that takes as long as it takes.
UNLIMITED = Allowance()
