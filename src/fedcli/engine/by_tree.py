"""Where a row is in a forest, and its gradients there: row by row, for the oracle in memory."""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Iterator
from typing import Any

from fedcli.engine.levels import Levels
from fedcli.engine.people import Row
from fedcli.model.cells import Axis
from fedcli.model.identifiers import ColumnName
from fedcli.model.trees import NONE, Feature, Forest, Growing, Spot
from fedcli.statistics.gradients import LOSSES, RESIDUAL, SECOND, SIDES, SQUARE


def places(growing: Growing, row: Row) -> Iterator[tuple[int, dict[str, float], Any]]:
    """The places of a row among the spots of a round, what is averaged of it there, and its kind."""
    if any(row[name] is None for name in growing.columns):
        return
    bins = [_bin(feature, row[feature.column]) for feature in growing.divided.features]
    leaves = (_leaf(growing, root, bins) for root in growing.done)
    score = growing.forest.start + sum(growing.forest.value[leaf] for leaf in leaves)
    means = _means(growing, row[growing.outcome], score)
    node = 0 if growing.measuring else _leaf(growing, growing.forest.roots[-1], bins)
    for at, spot in enumerate(growing.spots):
        if spot in (Spot(node, NONE, 0), *(Spot(node, one, place) for one, place in enumerate(bins))):
            yield at, means, (row[growing.outcome] if growing.divided.classes else None, score)


def _bin(feature: Feature, value: Any) -> int:
    if feature.levels:
        return _level(feature.column, feature.levels, value)
    return bisect_right(feature.cuts, value)


def _level(name: ColumnName, levels: tuple[Any, ...], value: Any) -> int:
    place = Levels((Axis(name=name, levels=levels),)).place((value,))
    assert place is not None
    return place


def _leaf(growing: Growing, node: int, bins: list[int]) -> int:
    """The node without a split below another one."""
    forest: Forest = growing.forest
    while (feature := forest.feature[node]) != NONE:
        left = growing.divided.features[feature].left(forest.at[node], bins[feature])
        node = forest.left[node] if left else forest.right[node]
    return node


def _means(growing: Growing, outcome: Any, score: float) -> dict[str, float]:
    classes = growing.divided.classes
    if not classes:
        off = float(outcome) - score
        return {RESIDUAL: off, SQUARE: off * off}
    second = _level(growing.outcome, classes, outcome)
    share = 1 / (1 + math.exp(-score)) if score > -700 else 0.0
    sizes = (share, 1 - share, share * (1 - share), share * (1 - share))
    sides = {
        side: size if at % 2 == second else 0.0
        for at, (side, size) in enumerate(zip(SIDES, sizes, strict=True))
    }
    loss = max(-score if second else score, 0.0) + math.log1p(math.exp(-abs(score)))
    losses = {name: loss if at == second else 0.0 for at, name in enumerate(LOSSES)}
    return {SECOND: float(second), **sides, **losses}
