"""Gradient-boosted trees on histograms whose edges are declared, grown over rounds as if the rows lay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Self

from pydantic import AfterValidator, Field

from fedcli.analytics._contract import As, Described, Iterative
from fedcli.errors import fault
from fedcli.model.cells import Cell, Number
from fedcli.model.dataset import Column, Dictionary, Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.trees import NONE, Divided, Feature, Forest, Growing
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.growing import Node, Recipe, grown, nodes
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

_TWO = 2
_MOST_ROUNDS = 100
#: What a column and a level are called where there is none.
_NO = "-"


class BoostedTrees(Iterative[Gradients, Forest], name="boosted_trees", version=1):
    """Gradient-boosted trees, grown from histograms over rounds: exact on the bins that the question declares."""

    example: ClassVar[str] = (
        'outcome = "diabetes"\ncolumns = ["age", "bmi", "sex"]\ntrees = 5\ndepth = 2'
    )
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Forest

    outcome: Annotated[ColumnName, As("describe"), Field(description="a column with two levels, or a number")]
    columns: Described
    edges: dict[ColumnName, tuple[Number, ...]] = {}
    bins: Annotated[int, Field(ge=2, le=40)] = 8
    trees: Annotated[int, Field(ge=1, le=100)] = 20
    depth: Annotated[int, Field(ge=1, le=4)] = 2
    learning_rate: Annotated[float, Field(gt=0, le=1)] = 0.1
    l2: Annotated[float, Field(ge=0, le=1e6)] = 1.0
    min_leaf: Annotated[int, Field(ge=1, le=1_000_000)] = 20
    divided: Divided | None = None

    @property
    def most_rounds(self) -> int:  # type: ignore[override]
        """One for each level of each tree, and one for the loss."""
        return self.trees * self.depth + 1

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the bins and levels that a dictionary has."""
        for name in (self.outcome, *self.columns):
            As("describe").check(name, dictionary.column(name))
        classes = dictionary.columns[self.outcome].categories
        features = tuple(self._feature(name, dictionary.columns[name]) for name in self.columns)
        return self.model_copy(update={"divided": Divided(classes=classes, features=features)})

    def _feature(self, name: ColumnName, column: Column) -> Feature:
        if column.described_as == "group":
            return Feature(column=name, levels=column.categories)
        if name in self.edges:
            return Feature(column=name, cuts=self.edges[name])
        if column.range is None:
            raise fault("Q-BOUNDS", column=name)
        low, high = column.range
        cuts = tuple(low + (high - low) * at / self.bins for at in range(1, self.bins))
        return Feature(column=name, cuts=cuts)

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless its columns may be used so, and its bins are those that its parameters give."""
        super().check(dictionary)
        if self.divided is None or self.resolved(dictionary, "the query") != self:
            raise fault("Q-DESIGN")

    def local_at(self, rows: Rows, state: Forest | None) -> Sealed[Gradients]:
        """The sums of gradients in the bins of the nodes of a round."""
        return rows.gradients(self._growing(state))

    def step(self, state: Forest | None, total: Gradients) -> Forest:
        """The forest with the nodes of the round split."""
        recipe = Recipe(self.trees, self.depth, self.learning_rate, self.l2, self.min_leaf)
        return grown(recipe, self._growing(state), total)

    def finished(self, state: Forest) -> bool:
        """Whether nothing is to be asked any more."""
        return state.words not in ("growing", "measuring")

    def answer_at(self, state: Forest, total: Gradients) -> Answer:
        """The `nodes` of all trees, and the `importance` of columns."""
        found = nodes(state)
        root = found[0]
        scalars: dict[str, Cell] = {
            "n": round(root.n),
            "rounds": state.rounds,
            "trees": sum(one.parent == NONE for one in found),
            "start": state.start,
            "loss": state.loss,
        }
        columns = ("tree", "node", "column", "level", "edge", "left", "right", "n", "second", "gain", "value")
        gains = tuple(
            (one.column, sum(node.gain for node in found if node.feature == at))
            for at, one in enumerate(self._divided.features)
        )
        return Answer(
            scalars=scalars,
            tables={
                "nodes": Table(columns=columns, keys=4, rows=tuple(self._nodes(found))),
                "importance": Table(columns=("column", "gain"), keys=1, rows=gains),
            },
        )

    def _nodes(self, found: list[Node]) -> Iterator[tuple[Cell | Level, ...]]:
        """Each node: where it is split, or its value."""
        for at, node in enumerate(found):
            n, second = round(node.n), round(node.second) if self._divided.classes else None
            if node.feature == NONE:
                yield node.tree, at, _NO, _NO, None, None, None, n, second, None, node.value
                continue
            feature = self._divided.features[node.feature]
            level, edge = _NO, None
            if feature.levels:
                level = str(feature.levels[node.at])
            else:
                edge = feature.cuts[node.at]
            split = (level, edge, node.left, node.right)
            yield (node.tree, at, feature.column, *split, n, second, node.gain, None)

    def _growing(self, state: Forest | None) -> Growing:
        return Growing(self.outcome, self._divided, state or Forest())

    @property
    def _divided(self) -> Divided:
        if self.divided is None:
            raise fault("Q-DESIGN")
        return self.divided
