"""How trees grow: the best split of each open node, from the sums of its bins; and the values of leaves.

Chen and Guestrin (2016), "XGBoost", section 2.2, equations 5 to 7, without a cost of leaves; the shrinkage is
Friedman's (2001, section 5). Where the sums of a bin are hidden those on its left, or on its right, and the
node's own tell both sides of a split.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from itertools import accumulate, pairwise
from typing import NamedTuple

from fedcli.model.trees import NONE, Feature, Forest, Growing, Words
from fedcli.statistics.gradients import NOBODY, Gradients, Sums, logistic

#: A side with less has no value that could be told from noise (scikit-learn's `min_hessian_to_split`).
LEAST_HESSIAN = 1e-3
#: Of gains that are the same but for rounding the first is taken.
_SAME = 1e-9


class Recipe(NamedTuple):
    """How trees are to grow; from `noisy` sums nobody can tell whether a side is of one level alone."""

    trees: int
    depth: int
    rate: float
    l2: float
    min_leaf: float
    least_hessian: float = LEAST_HESSIAN
    noisy: bool = False


class Split(NamedTuple):
    """A node's rows on both sides of a bin of a feature, and by how much they are better apart."""

    gain: float
    feature: int
    at: int
    left: Sums
    right: Sums


class Node(NamedTuple):
    """A node as `Forest` has it, in a row."""

    tree: int
    parent: int = NONE
    feature: int = NONE
    at: int = NONE
    left: int = NONE
    right: int = NONE
    n: float = 0.0
    second: float = 0.0
    gradient: float = 0.0
    hessian: float = 0.0
    gain: float = 0.0
    value: float = 0.0

    @property
    def sums(self) -> Sums:
        """Those of its rows."""
        return Sums(self.n, self.second, self.gradient, self.hessian)

    def having(self, sums: Sums) -> Node:
        """The same with sums."""
        return self._replace(**sums._asdict())


def nodes(forest: Forest) -> list[Node]:
    """The nodes of all trees."""
    return [Node(*row) for row in zip(*(getattr(forest, name) for name in Node._fields), strict=True)]


def grown(recipe: Recipe, growing: Growing, total: Gradients) -> Forest:
    """The forest after a round."""
    forest = growing.forest.model_copy(update={"rounds": growing.forest.rounds + 1})
    if growing.measuring:
        return ended(forest.model_copy(update={"loss": total.loss()}), "grown")
    whole = total.sums(0) if forest.parent[forest.open[0]] == NONE else NOBODY
    if whole is None:
        return ended(without_last(forest), "hidden")
    if growing.first:
        start = _start(growing, whole)
        if start is None:
            return ended(forest, "no rows" if whole.n == 0 else "no split")
        forest = forest.model_copy(update={"start": start})
    sums = (
        _at_start(growing, forest.start, total)
        if growing.first
        else [total.sums(at) for at in range(total.spots)]
    )
    return Level(recipe, growing, forest, sums).next()


def ended(forest: Forest, words: Words) -> Forest:
    """A forest of which nothing more is asked."""
    return forest.model_copy(update={"open": (), "words": words})


def without_last(forest: Forest) -> Forest:
    """Without a root of which nothing is known, but for the first."""
    kept = nodes(forest)[:-1]
    return forest.model_copy(update=_columns(kept)) if kept else forest


def _columns(kept: list[Node]) -> dict[str, tuple[float, ...]]:
    return dict(zip(Node._fields, zip(*kept, strict=True), strict=True))


def _start(growing: Growing, whole: Sums) -> float | None:
    """The best score of all, from the sums at the score zero; None of no rows, or of one level alone."""
    if not growing.divided.classes:
        return -whole.gradient / whole.n if whole.n else None
    if not 0 < whole.second < whole.n:
        return None
    return math.log(whole.second / (whole.n - whole.second))


def _at_start(growing: Growing, start: float, total: Gradients) -> list[Sums | None]:
    """The sums of bins at the first score, from those at zero."""
    found = [total.sums(at) for at in range(total.spots)]
    if growing.divided.classes:
        share = logistic(start)
        return [
            one and Sums(one.n, one.second, one.n * share - one.second, one.n * share * (1 - share))
            for one in found
        ]
    return [one and one._replace(gradient=one.gradient + one.n * start) for one in found]


class Level:
    """The open nodes of a round with the sums of their bins, and the forest as it grows."""

    def __init__(self, recipe: Recipe, growing: Growing, forest: Forest, sums: list[Sums | None]) -> None:
        self._recipe, self._growing, self._forest = recipe, growing, forest
        self._nodes = nodes(forest)
        self._bins: dict[tuple[int, int], dict[int, Sums | None]] = {}
        for spot, one in zip(growing.spots, sums, strict=True):
            self._bins.setdefault((spot.node, spot.feature), {})[spot.bin] = one

    def next(self) -> Forest:
        """The forest with the open nodes split, or as leaves; and what is open then."""
        opened = [child for node in self._forest.open for child in self._grown(node)]
        return self._told(opened, "growing") if opened else self._following()

    def _following(self) -> Forest:
        """The next tree, or the end."""
        tree = self._nodes[-1].tree
        stump = self._nodes[self._forest.roots[-1]].feature == NONE
        if stump and tree == 0:
            return self._told([], "no split")
        if stump or tree + 1 == self._recipe.trees:
            return self._told([0], "measuring")
        return self._planted(tree + 1)

    def _planted(self, tree: int) -> Forest:
        """With the root of another tree."""
        self._nodes.append(Node(tree))
        return self._told([len(self._nodes) - 1], "growing")

    def _grown(self, at: int) -> Iterator[int]:
        """Split a node, or make it a leaf; its children that can be split."""
        node = self._nodes[at]
        if node.parent == NONE:
            whole = self._bins[at, NONE][0]
            assert whole is not None
            node = node.having(whole)
        found = self._best(at, node.sums)
        if found is None:
            self._nodes[at] = self._leaf(node)
            return
        children = [Node(node.tree, at).having(side) for side in (found.left, found.right)]
        left = len(self._nodes)
        self._nodes[at] = node._replace(
            feature=found.feature, at=found.at, left=left, right=left + 1, gain=found.gain
        )
        self._nodes += map(self._leaf, children)
        for child in (left, left + 1):
            if self._may_split(child):
                yield child

    def _leaf(self, node: Node) -> Node:
        value = -self._recipe.rate * node.gradient / (node.hessian + self._recipe.l2)
        return node._replace(value=value + 0.0)

    def _may_split(self, at: int) -> bool:
        growing = replace(self._growing, forest=self._told([], "growing"))
        bins = (len(growing.bins(at, one)) for one in range(len(self._features)))
        deep = len(list(growing.forest.way(at))) >= self._recipe.depth
        return not deep and self._nodes[at].n >= 2 * self._recipe.min_leaf and max(bins) > 1

    @property
    def _features(self) -> tuple[Feature, ...]:
        return self._growing.divided.features

    def _best(self, at: int, whole: Sums) -> Split | None:
        """The first of the splits that gain most, if any gains something."""
        found = [
            split
            for number, feature in enumerate(self._features)
            for split in self._splits(number, feature, self._bins.get((at, number), {}), whole)
        ]
        most = max((split.gain for split in found), default=0.0)
        return next((one for one in found if one.gain > 0 and one.gain >= most * (1 - _SAME)), None)

    def _splits(
        self, number: int, feature: Feature, bins: Mapping[int, Sums | None], whole: Sums
    ) -> Iterator[Split]:
        for at, left in bins.items() if feature.levels else _known(bins, whole):
            right = None if left is None else whole.less(left)
            if left is not None and right is not None and all(map(self._may_be, (left, right))):
                yield Split(self._gain(left, right, whole), number, at, left, right)

    def _may_be(self, side: Sums) -> bool:
        """Whether a leaf may have so many rows, and, of an outcome with levels, some of both."""
        pure = (
            self._growing.divided.classes
            and not self._recipe.noisy
            and not 0.5 <= side.second <= side.n - 0.5
        )
        return not pure and side.n >= self._recipe.min_leaf and side.hessian >= self._recipe.least_hessian

    def _gain(self, left: Sums, right: Sums, whole: Sums) -> float:
        one, other, both = (
            side.gradient**2 / (side.hessian + self._recipe.l2) for side in (left, right, whole)
        )
        return one + other - both

    def _told(self, opened: Iterable[int], words: Words) -> Forest:
        return self._forest.model_copy(
            update={**_columns(self._nodes), "open": tuple(opened), "words": words}
        )


def _known(bins: Mapping[int, Sums | None], whole: Sums) -> Iterator[tuple[int, Sums]]:
    """What is left of each cut between bins, where it is known from one end or the other."""
    places = list(bins)
    from_left = dict(zip(places, _running(bins[at] for at in places), strict=True))
    from_right = dict(zip(places[::-1], _running(bins[at] for at in places[::-1]), strict=True))
    for at, after in pairwise(places):
        left, right = from_left[at], from_right[after]
        if left is not None:
            yield at, left
        elif right is not None:
            yield at, whole.less(right)


def _running(bins: Iterable[Sums | None]) -> Iterator[Sums | None]:
    """The sums up to each bin; nothing from the first on that is hidden."""
    return accumulate(bins, lambda so_far, one: None if so_far is None or one is None else so_far.plus(one))
