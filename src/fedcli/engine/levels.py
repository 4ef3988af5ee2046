"""Where a combination of levels lies in a table: typed, so that 2.0 is the level 2 and true is not 1."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from typing import Any

from fedcli.errors import fault
from fedcli.model.cells import Axis
from fedcli.statistics.bins import Bins


class Levels:
    """The places of the levels of some axes, in row-major order."""

    def __init__(self, axes: Sequence[Axis]) -> None:
        self._axes = axes
        self._places = [{_key(level): at for at, level in enumerate(axis.levels)} for axis in axes]

    def place(self, values: Sequence[Any]) -> int | None:
        """The index of a combination, or None where a value is missing.

        Raises:
            DataFault: D-LEVEL where a value is none of the declared levels.
        """
        if any(value is None for value in values):
            return None
        place = 0
        for axis, places, value in zip(self._axes, self._places, values, strict=True):
            if _key(value) not in places:
                raise fault("D-LEVEL", column=axis.name)
            place = place * len(places) + places[_key(value)]
        return place


def labelled(values: Sequence[Any], bins: Bins | None) -> Sequence[Any]:
    """The values of a combination, the place of a bin as its label."""
    if bins is None or values[0] is None:
        return values
    return (bins.labels[values[0]], *values[1:])


def plain(value: Any) -> Any:
    """A value as its level is written: days and moments as ISO 8601, decimals as numbers."""
    if isinstance(value, date):
        return value.isoformat()
    return float(value) if isinstance(value, Decimal) else value


def _key(value: Any) -> tuple[bool, Any]:
    return isinstance(value, bool), plain(value)
