"""What a round of boosting asks of rows: their bins and nodes, and their gradients, as columns that are made.

A row is there once for each feature, under the place of its bin in its node.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fedcli.engine.aggregates import counts
from fedcli.engine.sql import Binder, literal, visible
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.trees import NONE, Feature, Growing
from fedcli.statistics.gradients import LOSSES, RESIDUAL, SECOND, SIDES, SQUARE, variables

#: The place of a row among the spots of a round; the names of what is made have a space, as no column's has.
PLACE = "tree place"
_NODE, SHARE = "tree node", "tree share"
#: Which of two levels the outcome is, from zero; and what the trees before say of a row.
LEVEL, SCORE = "tree level", "tree score"
#: The place of who has a value that no level is.
_NOWHERE = -1


class Grown(NamedTuple):
    """The columns of a round."""

    growing: Growing
    dictionary: Dictionary

    @property
    def variables(self) -> tuple[str, ...]:
        """What is averaged."""
        return variables(self.growing)

    @property
    def names(self) -> frozenset[str]:
        """All that is made."""
        return frozenset({*self.variables, *self.kinds, PLACE})

    @property
    def kinds(self) -> tuple[str, ...]:
        """By what rows of a bin can be told apart: whoever knows the trees knows how each kind adds up."""
        levels = (LEVEL,) if self.growing.divided.classes else ()
        return levels if self.growing.flat else (*levels, SCORE)

    def alike(self, _: Binder) -> str:
        """The query for how many there are of each kind in each place."""
        person = self.dictionary.person_id if self.dictionary.repeats else None
        return counts([visible(PLACE), *map(visible, self.kinds)], person)

    @property
    def reads(self) -> frozenset[ColumnName]:
        """The outcome and the features."""
        return frozenset(self.growing.columns)

    def select(self, rows: str, binder: Binder) -> str:
        """Nothing of who lacks a value, or is in a leaf already; each step is one query over the one before.

        What is made of something else would otherwise be written out, and computed, as often as it is used.
        """
        node = "0" if self.growing.measuring else self._node(self.growing.forest.roots[-1])
        steps = (
            {_bin(one): self._place(one, binder) for one in self.growing.divided.features}
            | self._levels(binder),
            {_NODE: node} | self._scores(binder),
            *self._means(),
            {PLACE: self._spots()},
        )
        text = f"SELECT * FROM {rows}"
        for step in filter(None, steps):
            made = ", ".join(f"{what} AS {visible(name)}" for name, what in step.items())
            text = f"SELECT *, {made} FROM ({text})"
        return text

    def _place(self, feature: Feature, binder: Binder) -> str:
        """The bin of a value, from zero: a cut belongs to the bin above it."""
        column = visible(feature.column)
        if not feature.levels:
            value = f"CAST({column} AS DOUBLE)"
            cuts = (f"CAST({value} >= {binder.bind(float(cut))} AS INTEGER)" for cut in feature.cuts)
            return " + ".join(cuts)
        return self._level(feature.column, feature.levels, binder)

    def _level(self, column: ColumnName, levels: tuple[object, ...], binder: Binder) -> str:
        kind = self.dictionary.columns[column].type
        whens = (
            f"WHEN {visible(column)} = {binder.bind(literal(level, kind))} THEN {at}"  # type: ignore[arg-type]
            for at, level in enumerate(levels)
        )
        return f"CASE {' '.join(whens)} WHEN {visible(column)} IS NOT NULL THEN {_NOWHERE} END"

    def _node(self, node: int) -> str:
        """The open node of the last tree that a row is in."""
        forest = self.growing.forest
        if forest.feature[node] == NONE:
            return str(node) if node in forest.open else "NULL"
        return self._split(node, self._node(forest.left[node]), self._node(forest.right[node]))

    def _split(self, node: int, left: str, right: str) -> str:
        forest = self.growing.forest
        feature = self.growing.divided.features[forest.feature[node]]
        sign = "=" if feature.levels else "<="
        return (
            f"CASE WHEN {visible(_bin(feature))} {sign} {forest.at[node]} THEN {left} "
            f"WHEN {visible(_bin(feature))} IS NOT NULL THEN {right} END"
        )

    def _levels(self, binder: Binder) -> dict[str, str]:
        """Which of two levels the outcome is: 0 or 1."""
        classes = self.growing.divided.classes
        return {LEVEL: self._level(self.growing.outcome, classes, binder)} if classes else {}

    def _scores(self, binder: Binder) -> dict[str, str]:
        """The sum of the leaves that a row is in, of the trees that are done."""
        forest = self.growing.forest

        def leaf(node: int) -> str:
            if forest.feature[node] == NONE:
                return f"{binder.bind(forest.value[node])}::DOUBLE"
            return self._split(node, leaf(forest.left[node]), leaf(forest.right[node]))

        return {SCORE: " + ".join([f"{binder.bind(forest.start)}::DOUBLE", *map(leaf, self.growing.done)])}

    def _means(self) -> tuple[dict[str, str], ...]:
        """What is averaged, step by step."""
        level, score, share = map(visible, (LEVEL, SCORE, SHARE))
        if not self.growing.divided.classes:
            off = visible(RESIDUAL)
            made = {RESIDUAL: f"CAST({visible(self.growing.outcome)} AS DOUBLE) - {score}"}
            return made, {SQUARE: f"{off} * {off}"} if self.growing.measuring else {}
        if self.growing.measuring:
            return (self._losses(level, score),)
        second = {SECOND: f"CAST({level} AS DOUBLE)"}
        if self.growing.flat:
            return (second,)
        sizes = (share, f"1 - {share}", *(f"{share} * (1 - {share})",) * 2)
        sides = (f"CASE WHEN {level} = {at % 2} THEN {size} ELSE 0 END" for at, size in enumerate(sizes))
        # Of a score far below zero the exponential would overflow: it is taken of none that is above.
        above = f"1 / (1 + exp(-abs({score})))"
        told = {SHARE: f"CASE WHEN {score} >= 0 THEN {above} ELSE 1 - {above} END"}
        return told, second | dict(zip(SIDES, sides, strict=True))

    @staticmethod
    def _losses(level: str, score: str) -> dict[str, str]:
        """The logarithm of 1 + exp of the score, or of its opposite, of who has the other level."""
        small = f"ln(1 + exp(-abs({score})))"
        return {
            loss: f"CASE WHEN {level} = {at} THEN greatest({sign}{score}, 0) + {small} ELSE 0 END"
            for at, (loss, sign) in enumerate(zip(LOSSES, ("", "-"), strict=True))
        }

    def _spots(self) -> str:
        """The places of a row: one for each feature that divides its node."""
        places: dict[int, dict[int, dict[int, int]]] = {node: {} for node in self.growing.forest.open}
        for at, spot in enumerate(self.growing.spots):
            places[spot.node].setdefault(spot.feature, {})[spot.bin] = at
        whens = " ".join(
            f"WHEN {node} THEN [{', '.join(self._at(feature, bins) for feature, bins in found.items())}]"
            for node, found in places.items()
            if found
        )
        known = [visible(_bin(one)) for one in self.growing.divided.features] + [self._outcome()]
        complete = " AND ".join(f"{name} IS NOT NULL" for name in known)
        undeclared = " OR ".join(f"{name} = {_NOWHERE}" for name in self._levelled()) or "false"
        return self._each(
            f"CASE WHEN {complete} THEN CASE WHEN {undeclared} THEN [{_NOWHERE}] "
            f"ELSE CASE {visible(_NODE)} {whens} END END END"
        )

    def _each(self, places: str) -> str:
        """A row for each place."""
        return f"unnest({places})"

    def _at(self, feature: int, bins: Mapping[int, int]) -> str:
        if feature == NONE:
            return str(bins[0])
        whens = " ".join(f"WHEN {one} THEN {at}" for one, at in bins.items())
        return f"CASE {visible(_bin(self.growing.divided.features[feature]))} {whens} END"

    def _outcome(self) -> str:
        return visible(LEVEL if self.growing.divided.classes else self.growing.outcome)

    def _levelled(self) -> list[str]:
        levels = [visible(_bin(one)) for one in self.growing.divided.features if one.levels]
        return levels + ([visible(LEVEL)] if self.growing.divided.classes else [])


class Listed(Grown):
    """The columns of a round under noise: a row is there once, with all of its places."""

    __slots__ = ()

    def _each(self, places: str) -> str:
        return places

    @property
    def whole(self) -> str:
        """Whether a row lacks nothing, and has no value that no level is."""
        names = [visible(_bin(one)) for one in self.growing.divided.features] + [visible(LEVEL)]
        return " AND ".join(f"{name} >= 0" for name in names)


def _bin(feature: Feature) -> str:
    return f"{feature.column} bin"
