"""Which centre a row is nearest to: a column that is made of others, and row by row for the oracle."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import NamedTuple

from fedcli.engine.people import Row
from fedcli.engine.sql import Binder, visible
from fedcli.model.identifiers import ColumnName
from fedcli.statistics.nearest import Centre, Nearest


class Near(NamedTuple):
    """The groups of some centres."""

    nearest: Nearest

    @property
    def names(self) -> frozenset[str]:
        """Its own, which no column can have."""
        return frozenset({self.nearest.name})

    @property
    def reads(self) -> frozenset[ColumnName]:
        """The columns of the centres."""
        return frozenset(self.nearest.columns)

    def select(self, rows: str, binder: Binder) -> str:
        """No group where something is missing, or a distance would not be a finite number."""
        far = [visible(f"far {at}") for at in self.nearest.axis.levels]
        told = zip(self._distances(binder), far, strict=True)
        made = ", ".join(f"TRY({distance}) AS {name}" for distance, name in told)
        every = f"[{', '.join(far)}]"
        place = f"list_position({every}, list_min({every}))"
        group = f"CASE WHEN isfinite({' + '.join(far)}) THEN {place} END AS {visible(self.nearest.name)}"
        return f"SELECT * EXCLUDE ({', '.join(far)}), {group} FROM (SELECT *, {made} FROM {rows})"

    def _distances(self, binder: Binder) -> list[str]:
        """Of each centre, the square of the distance; added up in the order of the columns."""
        return [
            reduce(lambda left, right: f"({left} + {right})", self._squares(centre, binder))
            for centre in self.nearest.centres
        ]

    def _squares(self, centre: Centre, binder: Binder) -> list[str]:
        told = []
        for name, place, length in zip(self.nearest.columns, centre, self.nearest.lengths, strict=True):
            at, unit = (f"{binder.bind(float(one))}::DOUBLE" for one in (place, length))
            off = f"((CAST({visible(name)} AS DOUBLE) - {at}) / {unit})"
            told.append(f"({off} * {off})")
        return told


class Within(NamedTuple):
    """The groups of some centres, and their columns, where each number is within the ends of its column."""

    nearest: Nearest
    ends: tuple[tuple[float, float], ...]

    @property
    def names(self) -> frozenset[str]:
        """As of the groups."""
        return Near(self.nearest).names

    @property
    def reads(self) -> frozenset[ColumnName]:
        """As of the groups."""
        return Near(self.nearest).reads

    def select(self, rows: str, binder: Binder) -> str:
        """Whose values are out of bounds is near to what is near to their ends."""
        kept = []
        for name, (low, high) in zip(self.nearest.columns, self.ends, strict=True):
            value = f"CAST({visible(name)} AS DOUBLE)"
            ends = f"least(greatest({value}, {low!r}::DOUBLE), {high!r}::DOUBLE)"  # which leave nulls out
            kept.append(f"CASE WHEN {value} IS NOT NULL THEN {ends} END AS {visible(name)}")
        inner = f"(SELECT * REPLACE ({', '.join(kept)}) FROM {rows})"
        return Near(self.nearest).select(inner, binder)


def group_of(nearest: Nearest, row: Row) -> int | None:
    """The number of the first centre that is nearest, from one on."""
    values = [row[name] for name in nearest.columns]
    if any(value is None for value in values):
        return None
    told = [_distance(nearest, values, centre) for centre in nearest.centres]
    return 1 + told.index(min(told)) if math.isfinite(reduce(add, told)) else None


def _distance(nearest: Nearest, values: Sequence[float], centre: Centre) -> float:
    offs = [
        (float(value) - at) / length
        for value, at, length in zip(values, centre, nearest.lengths, strict=True)
    ]
    return reduce(add, (off * off for off in offs))
