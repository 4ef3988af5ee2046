"""Trees that grow over rounds: what they divide, what is known of their nodes, and what a round asks."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Literal, NamedTuple

from pydantic import Field

from fedcli.model.cells import Number
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName

#: No node, and no feature.
NONE = -1
#: An axis has at most so many levels, and a round so many bins of nodes beside those of all.
MOST_SPOTS = 1_900

Words = Literal["growing", "measuring", "grown", "no split", "hidden", "no rows"]
Whole = Annotated[tuple[int, ...], Field(max_length=100_000)]
Real = Annotated[tuple[float, ...], Field(max_length=100_000)]


class Feature(Document):
    """A column in bins: below, between and from its cuts on; or its levels."""

    column: ColumnName
    cuts: tuple[Number, ...] = ()
    levels: tuple[Level, ...] = ()

    @property
    def bins(self) -> int:
        """How many there are."""
        return len(self.levels) or len(self.cuts) + 1

    def left(self, at: int, place: int) -> bool:
        """Whether a bin is left of a split: up to one of a number, the one of a column with levels."""
        return place == at if self.levels else place <= at

    def level(self, places: tuple[int, ...]) -> Level:
        """What some of its bins are called: a level by itself, bins by their numbers."""
        if self.levels and len(places) == 1:
            return self.levels[places[0]]
        return " ".join(map(str, places))


class Divided(Document):
    """The outcome's two levels (none of a number), and the features in the order of the question."""

    classes: tuple[Level, ...] = ()
    features: tuple[Feature, ...]


class Forest(Document):
    """Trees as columns of their nodes: where training stands.

    Of each node: its `tree`, the `parent`; of one that is split its `feature`, the bin `at` which, the
    children `left` and `right` (-1 where there is none) and the `gain`; the rows `n`, how many of them are of
    the second level (`second`), the sums of gradients and hessians, and the `value` that a leaf adds to a
    score. `open` are those that the next round asks about; when all trees are grown it measures the mean
    `loss`. Everybody's score begins at `start`. Under noise `blur` is its width in the n of the first round.
    """

    start: float = 0.0
    tree: Whole = (0,)
    parent: Whole = (NONE,)
    feature: Whole = (NONE,)
    at: Whole = (NONE,)
    left: Whole = (NONE,)
    right: Whole = (NONE,)
    n: Real = (0.0,)
    second: Real = (0.0,)
    gradient: Real = (0.0,)
    hessian: Real = (0.0,)
    gain: Real = (0.0,)
    value: Real = (0.0,)
    open: Whole = (0,)
    loss: float | None = None
    blur: float | None = None
    rounds: int = 0
    words: Words = "growing"

    @property
    def roots(self) -> tuple[int, ...]:
        """The first node of each tree."""
        return tuple(at for at, parent in enumerate(self.parent) if parent == NONE)

    def way(self, node: int) -> Iterator[tuple[int, bool]]:
        """The splits above a node, the nearest first, and whether it is on their left."""
        while (above := self.parent[node]) != NONE:
            yield above, self.left[above] == node
            node = above


class Spot(NamedTuple):
    """What one number of a round is about: a node's rows in a bin of a feature; all of a root without one."""

    node: int
    feature: int
    bin: int


@dataclass(frozen=True)
class Growing:
    """A round: the sums of gradients in each bin of each open node, at the scores of the trees before.

    `leaves` are those that all trees of the question may have together. Where trees vote, each open node is
    asked about the features that were `drawn` for it; else about all.
    """

    outcome: ColumnName
    divided: Divided
    forest: Forest
    leaves: int
    drawn: tuple[tuple[int, ...], ...] | None = None

    @property
    def first(self) -> bool:
        """Whether nothing is known yet."""
        return self.forest.rounds == 0

    @property
    def whole(self) -> Growing:
        """The same rows in one place, with one score: by their outcome alone."""
        return Growing(self.outcome, self.divided, Forest(words="measuring"), self.leaves)

    @property
    def flat(self) -> bool:
        """Whether everybody has the same score: as long as the first tree grows, and where trees vote."""
        return self.drawn is not None or (self.forest.tree[-1] == 0 and not self.measuring)

    @property
    def measuring(self) -> bool:
        """Whether all trees are grown, and it is asked how well they fit."""
        return self.forest.words == "measuring"

    @property
    def done(self) -> tuple[int, ...]:
        """The roots of the trees that are grown, and of which scores are made."""
        if self.drawn is not None:
            return ()
        return self.forest.roots if self.measuring else self.forest.roots[:-1]

    @property
    def columns(self) -> tuple[ColumnName, ...]:
        """All that a row must have to count."""
        return (self.outcome, *(feature.column for feature in self.divided.features))

    @cached_property
    def spots(self) -> tuple[Spot, ...]:
        """What is asked, node after node; of a feature that has one bin left in a node, nothing."""
        if self.measuring:
            return (Spot(0, NONE, 0),)
        return tuple(spot for node in self.forest.open for spot in self._of(node))

    def _of(self, node: int) -> Iterator[Spot]:
        if self.forest.parent[node] == NONE:
            yield Spot(node, NONE, 0)
        every = tuple(range(len(self.divided.features)))
        for at in every if self.drawn is None else self.drawn[self.forest.open.index(node)]:
            bins = self.bins(node, at)
            if len(bins) > 1:
                yield from (Spot(node, at, one) for one in bins)

    def bins(self, node: int, feature: int) -> tuple[int, ...]:
        """The bins of a feature that the splits above a node leave."""
        told, forest = self.divided.features[feature], self.forest
        way = [(one, left) for one, left in forest.way(node) if forest.feature[one] == feature]
        return tuple(
            place
            for place in range(told.bins)
            if all(told.left(forest.at[one], place) == left for one, left in way)
        )

    def label(self, spot: Spot) -> str:
        """How a release names it: the node, the column and the bin, from zero."""
        if spot.feature == NONE:
            return f"{spot.node}"
        return f"{spot.node} {self.divided.features[spot.feature].column} {spot.bin}"

    def lines(self) -> list[tuple[int, ...]]:
        """For each node and feature the places of its bins: each of them makes up the node's rows."""
        found: dict[tuple[int, int], list[int]] = {}
        for at, spot in enumerate(self.spots):
            found.setdefault((spot.node, spot.feature), []).append(at)
        return [tuple(line) for line in found.values()]

    def features(self) -> dict[int, tuple[int, ...]]:
        """The places of each feature's bins, in all nodes."""
        found: dict[int, list[int]] = {}
        for at, spot in enumerate(self.spots):
            found.setdefault(spot.feature, []).append(at)
        return {feature: tuple(places) for feature, places in found.items()}

    def telling(self, place: int) -> tuple[ColumnName, ...]:
        """The columns of which a place tells: the outcome, and those of `levels`."""
        return (self.outcome, *(self.divided.features[at].column for at in self._asked(self.spots[place])))

    def levels(self, place: int) -> tuple[Level, ...]:
        """The bin of a place, and of the other columns above its node the bins that are left in it."""
        spot = self.spots[place]
        return tuple(
            self.divided.features[at].level((spot.bin,) if at == spot.feature else self.bins(spot.node, at))
            for at in self._asked(spot)
        )

    def _asked(self, spot: Spot) -> list[int]:
        """The features of a place, and of the splits above the nodes of the round."""
        above = {self.forest.feature[one] for node in self.forest.open for one, _ in self.forest.way(node)}
        return sorted({spot.feature, *above} - {NONE})
