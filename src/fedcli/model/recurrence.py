"""A query that asks the same again: how often, from when, and which of its runs is open.

Its runs are counted from one. Each is due at a moment that follows from the signed query, so that the
researcher, every site and an auditor agree on it by their clocks, and nothing has to be posted.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Self, TypeAlias

from pydantic import Field, model_validator

from fedcli.model.document import Document
from fedcli.model.identifiers import Count, Duration, Moment, duration

#: A run takes the place of a round, whose number in the exchange has three digits.
MAX_TIMES = 999
Times: TypeAlias = Annotated[int, Field(ge=2, le=MAX_TIMES)]


class Recurring(Document):
    """As a researcher writes it: what is left out starts with the signature."""

    every: Duration
    times: Times
    starts: Moment | None = None


class Recurs(Document):
    """As it is signed: run 1 is due when it starts, each other run so much later than the one before."""

    every: Duration
    times: Times
    starts: Moment

    @model_validator(mode="after")
    def _within_time(self) -> Self:
        try:
            self.due(self.times + 1)
        except OverflowError:
            raise ValueError("its last run is beyond the year 9999") from None
        return self

    def due(self, run: Count) -> datetime:
        """When a run is due."""
        return self.starts + (run - 1) * duration(self.every)

    @property
    def words(self) -> str:
        """How often, and since when, as people read it."""
        return f"{self.times} runs, one every {self.every}, from {self.starts:%Y-%m-%d %H:%M} UTC"

    def by(self, now: datetime) -> Count:
        """The last run that is due by a moment; 0 before the first."""
        return max(0, min(self.times, (now - self.starts) // duration(self.every) + 1))


class Occurrence(Document):
    """One run of a recurring query: which of how many, when it is due, and until when sites may answer."""

    run: Annotated[int, Field(ge=1, le=MAX_TIMES)]
    of: Times
    due: Moment
    closes: Moment

    @property
    def words(self) -> str:
        """Which run it is, as people read it."""
        return (
            f"{self.run} of {self.of}, due {self.due:%Y-%m-%d %H:%M}, open until {self.closes:%Y-%m-%d %H:%M}"
        )
