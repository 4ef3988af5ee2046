"""What a query may score rows by besides a sum of terms: a network or trees, as closed forms of numbers.

Sites compute a score from nothing but these. So whatever they could be made to spend, or be led into, by a
form that somebody wrote by hand is refused when it is read: ways that do not end, and ways that meet again,
of which there could be more than there are nodes.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from fedcli.model.cells import Number
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import MAX_TERMS
from fedcli.model.trained import Layer, Split, Tree, into_one

#: How much a score may be: of a network weights and biases, of trees nodes, and splits one below the other.
MOST_WEIGHTS, MOST_NODES, DEEPEST = 5_000, 5_000, 24


class Layered(Document):
    """A network over the terms of a formula, less `centres` and over `scales`; its last layer is linear."""

    centres: Annotated[tuple[float, ...], Field(min_length=1, max_length=MAX_TERMS)]
    scales: Annotated[tuple[Annotated[float, Field(gt=0)], ...], Field(min_length=1, max_length=MAX_TERMS)]
    activation: Literal["relu", "tanh"]
    layers: Annotated[tuple[Layer, ...], Field(min_length=2, max_length=3)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len(self.centres) != len(self.scales) or not into_one(len(self.centres), self.layers):
            raise ValueError("layers fit each other and the inputs, and one number comes out")
        if self.weights > MOST_WEIGHTS:
            raise ValueError(f"a network has at most {MOST_WEIGHTS} weights")
        return self

    @property
    def weights(self) -> int:
        """How many weights and biases there are."""
        return sum(len(unit) + 1 for layer in self.layers for unit in layer.weights)

    def told(self) -> str:
        """As people read it who approve it."""
        sizes = ", ".join(str(len(layer.biases)) for layer in self.layers)
        return f"{sizes} units ({self.activation}), {self.weights} weights"


class Grove(Document):
    """Trees over the columns of a formula: `start`, and the values of the leaves that a row comes to."""

    start: float
    trees: Annotated[tuple[Tree, ...], Field(min_length=1, max_length=1_000)]

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if sum(len(tree.nodes) for tree in self.trees) > MOST_NODES:
            raise ValueError(f"trees have at most {MOST_NODES} nodes")
        if max(map(_depth, self.trees)) > DEEPEST:
            raise ValueError(f"a tree has at most {DEEPEST} splits one below the other")
        if any((split.below is None) == (split.level is None) for split in self.splits):
            raise ValueError("a split is below an edge, or at a level")
        return self

    @property
    def splits(self) -> Iterator[Split]:
        """Those of all trees."""
        return (node for tree in self.trees for node in tree.nodes if isinstance(node, Split))

    def told(self) -> list[str]:
        """As people read it who approve it: how many trees and leaves, and where each column is cut."""
        leaves = sum(len(tree.nodes) for tree in self.trees) - sum(1 for _ in self.splits)
        edges: dict[ColumnName, set[Number]] = {}
        levels: dict[ColumnName, set[Level]] = {}
        for split in self.splits:
            if split.below is not None:
                edges.setdefault(split.column, set()).add(split.below)
            elif split.level is not None:
                levels.setdefault(split.column, set()).add(split.level)
        cut = (
            f"{name} below {', '.join(f'{one:g}' for one in sorted(some))}" for name, some in edges.items()
        )
        alone = (f"{name} is {', '.join(sorted(map(str, some)))}" for name, some in levels.items())
        return [f"{len(self.trees)} trees, {leaves} leaves", *sorted([*cut, *alone])]


def _depth(tree: Tree) -> int:
    """How many splits there are one below the other at the most."""
    depths = [0] * len(tree.nodes)
    for at, node in enumerate(tree.nodes):
        if isinstance(node, Split):
            depths[node.left] = depths[node.right] = depths[at] + 1
    return max(depths)
