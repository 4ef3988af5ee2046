"""How far a value lies below, and above, a centre of its group: columns that are made of two others."""

from __future__ import annotations

from typing import NamedTuple

from fedcli.engine.sql import Binder, literal, visible
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.statistics.deviations import SIDES


class Sides(NamedTuple):
    """A column, that of its groups with their levels, and the centre of each group.

    The names of what is made have a space in them, which no column's name has.
    """

    column: ColumnName
    by: ColumnName
    levels: tuple[Level, ...]
    about: tuple[float | None, ...]
    dictionary: Dictionary

    @property
    def sides(self) -> tuple[str, ...]:
        """How far below, and how far above."""
        return tuple(f"{self.column} {side}" for side in SIDES)

    @property
    def side(self) -> str:
        """Below, at, or above: -1, 0 or 1."""
        return f"{self.column} side"

    @property
    def names(self) -> frozenset[str]:
        """All that is made."""
        return frozenset({*self.sides, self.side})

    @property
    def reads(self) -> frozenset[ColumnName]:
        """The two columns."""
        return frozenset({self.column, self.by})

    def select(self, rows: str, binder: Binder) -> str:
        """Nothing where there is no value, or no centre."""
        below, above = map(visible, self.sides)
        off = f"(CAST({visible(self.column)} AS DOUBLE) - {self._centre(binder)})"
        return (
            f"SELECT *, CASE WHEN {off} < 0 THEN -{off} WHEN {off} >= 0 THEN 0 END AS {below}"
            f", CASE WHEN {off} > 0 THEN {off} WHEN {off} <= 0 THEN 0 END AS {above}"
            f", sign({off}) AS {visible(self.side)} FROM {rows}"
        )

    def _centre(self, binder: Binder) -> str:
        kind = self.dictionary.columns[self.by].type
        whens = (
            f"WHEN {visible(self.by)} = {binder.bind(literal(level, kind))} "
            f"THEN {binder.bind(centre)}::DOUBLE"
            for level, centre in zip(self.levels, self.about, strict=True)
        )
        return f"CASE {' '.join(whens)} END"
