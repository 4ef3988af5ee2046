"""When a site runs by itself: every so often, or once a day. All times of day are UTC."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from typing import Self

from pydantic import model_validator

from fedcli.model.document import Document
from fedcli.model.identifiers import Duration, TimeOfDay, duration

_DAY = timedelta(days=1)
#: How late a run may end before somebody should look.
_GRACE = timedelta(hours=1)


class Schedule(Document):
    """Every so often, or at a time of each day."""

    every: Duration | None = None
    at: TimeOfDay | None = None

    @model_validator(mode="after")
    def _one_of_both(self) -> Self:
        if (self.every is None) == (self.at is None):
            raise ValueError('either every = "15 min" or at = "02:30"')
        return self

    @property
    def words(self) -> str:
        """As people say it."""
        return f"every {self.every}" if self.every is not None else f"at {self.at} UTC"

    def due(self, after: datetime) -> datetime:
        """When a run is due after a moment."""
        if self.every is not None:
            return after + duration(self.every)
        return next_at(after, self.at or "00:00")

    def late(self, succeeded: datetime) -> datetime:
        """From when on the last success is too long ago: a run is due, and has had time to end."""
        length = duration(self.every) if self.every is not None else _DAY
        return self.due(succeeded) + min(length, _GRACE)


def next_at(after: datetime, at: TimeOfDay) -> datetime:
    """The first moment after another at which it is that time of day."""
    moment = after.astimezone(UTC)
    today = datetime.combine(moment.date(), time.fromisoformat(at), UTC)
    return today if today > moment else today + _DAY
