"""When a run is due, and from when on it is late."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest

from fedcli.errors import InvalidFile
from fedcli.model.schedule import Schedule, next_at

NINE = datetime(2026, 11, 22, 9, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    ("schedule", "due", "late"),
    [
        (Schedule(every="15 min"), timedelta(minutes=15), timedelta(minutes=30)),
        (Schedule(every="6 hours"), timedelta(hours=6), timedelta(hours=7)),
        (Schedule(at="09:30"), timedelta(minutes=30), timedelta(minutes=90)),
        (Schedule(at="09:00"), timedelta(days=1), timedelta(days=1, hours=1)),
        (Schedule(at="02:30"), timedelta(hours=17, minutes=30), timedelta(hours=18, minutes=30)),
    ],
    ids=lambda value: value.words if isinstance(value, Schedule) else "",
)
def test_due_and_late(schedule: Schedule, due: timedelta, late: timedelta) -> None:
    """A run has as long as until the next one to end, an hour at the most."""
    assert (schedule.due(NINE) - NINE, schedule.late(NINE) - NINE) == (due, late)


def test_times_of_day_are_utc() -> None:
    """Wherever the clock that tells the moment stands."""
    there = NINE.astimezone(timezone(timedelta(hours=11)))
    assert next_at(there, "10:00") == NINE + timedelta(hours=1)


@pytest.mark.parametrize(
    "table", [{}, {"every": "15 min", "at": "02:30"}, {"at": "24:00"}, {"at": "2:30"}, {"every": "15m"}]
)
def test_one_of_both(table: dict[str, str]) -> None:
    """Every so often, or at a time of day, in one grammar."""
    with pytest.raises(InvalidFile):
        Schedule.read(table, "a test")
