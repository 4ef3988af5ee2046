"""How trees grow that vote: each split makes the two levels of an outcome more alike on either side.

Breiman (2001), "Random forests", Machine Learning 45, 5-32, section 4, without its bootstrap: a node is split
by the best of some columns that were drawn for it. What a split gains is how much less n p (1 - p) is on both
sides together, half of what Gini's index times n loses.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable

from fedcli.model.identifiers import Digest
from fedcli.model.trees import NONE, Forest, Growing
from fedcli.statistics.gradients import NOBODY, Gradients, Sums
from fedcli.statistics.growing import Level, Node, Recipe, ended, without_last

#: No leaf says that an outcome is surer to come, or not to come.
LEAST_PROBABILITY = 0.01


def drawn(question: Digest, node: int, among: Iterable[int], tries: int) -> tuple[int, ...]:
    """So many of some features, by SHAKE256 of question, node and feature: everybody draws alike."""

    def lot(feature: int) -> bytes:
        return hashlib.shake_256(f"{question} {node} {feature}".encode()).digest(32)

    return tuple(sorted(sorted(among, key=lot)[:tries]))


def voted(recipe: Recipe, growing: Growing, total: Gradients) -> Forest:
    """The forest after a round."""
    forest = growing.forest.model_copy(update={"rounds": growing.forest.rounds + 1})
    whole = total.sums(0) if forest.parent[forest.open[0]] == NONE else NOBODY
    if whole is None:
        return ended(without_last(forest), "hidden")
    if growing.first and not 0 < whole.second < whole.n:
        return ended(forest, "no split" if whole.n else "no rows")
    sums = [_squares(total.sums(at)) for at in range(total.spots)]
    return _Voting(recipe, growing, forest, sums).next()


class _Voting(Level):
    """Trees that know nothing of each other."""

    def _following(self) -> Forest:
        """Another tree, whatever came of this one."""
        tree = self._nodes[-1].tree + 1
        return self._told([], "grown") if tree == self._recipe.trees else self._planted(tree)

    def _leaf(self, node: Node) -> Node:
        """The share of the second level, not too near an end."""
        share = node.second / node.n if node.n else 0.0
        return node._replace(value=min(max(share, LEAST_PROBABILITY), 1 - LEAST_PROBABILITY))


def _squares(one: Sums | None) -> Sums | None:
    """As of squared losses of zeros and ones: what a split gains is then what it explains."""
    return one and one._replace(gradient=-one.second, hessian=one.n)
