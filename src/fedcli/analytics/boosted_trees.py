"""Gradient-boosted trees on histograms of declared edges, grown over rounds as if the rows lay together."""

from __future__ import annotations

from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import As, Described, Iterative
from fedcli.analytics._grids import Cuts
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.dataset import Column, Dictionary, Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.trees import MOST_SPOTS, NONE, Divided, Feature, Forest, Growing
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.growing import Node, Recipe, grown, nodes
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

_TWO = 2
_MOST_ROUNDS = 100
#: What a column and a level are called where there is none.
_NO = "-"
_NODES = ("tree", "node", "column", "level", "edge", "left", "right", "n", "second", "gain", "value")

Edges = Annotated[
    dict[ColumnName, Cuts],
    Field(description="where numeric columns are divided; by default at equal parts of their bounds"),
]


class BoostedTrees(Iterative[Gradients, Forest], name="boosted_trees", version=1):
    """Gradient-boosted trees, grown on the histograms of all sites: one round for each level of each tree.

    They predict a column with two levels (logistic loss), or a number (squared loss). A numeric column is
    divided at declared `edges`, or at equal parts of its declared bounds; of a column with levels each can be
    a side. In a round leave a site, of each bin of each open node: n, the share that has the second level of
    the outcome, and from the second tree on the means of gradients and hessians of either level; of a number,
    n and the mean of what is left of it. Each mean is under the checks of a mean, and hidden besides where
    few persons of a bin have the same score and outcome: whoever knows the trees could work them out. A split
    needs both of its sides known; no leaf has fewer rows than `min_leaf`, none is of one level alone. A last
    round measures the mean training loss.

    Rows that lack a value are left out, and a person with several rows counts with each. There is no answer
    under differential privacy.
    """

    example: ClassVar[str] = (
        'outcome = "diabetes"\ncolumns = ["age", "bmi"]\nedges = { age = [45, 60, 75], bmi = [25, 30] }\n'
        "trees = 2\ndepth = 1"
    )
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Forest

    outcome: Annotated[ColumnName, As("describe"), Field(description="a column with two levels, or a number")]
    columns: Described
    edges: Edges = {}
    bins: Annotated[int, Field(ge=2, le=40, description="parts of the bounds of a column without edges")] = 8
    trees: Annotated[int, Field(ge=1, le=100, description="how many trees")] = 10
    depth: Annotated[int, Field(ge=1, le=4, description="how many splits are above a leaf, at most")] = 2
    learning_rate: Annotated[float, Field(gt=0, le=1, description="what a leaf's value is multiplied by")] = (
        0.1
    )
    l2: Annotated[float, Field(ge=0, le=1e6, description="what is added to a leaf's sum of hessians")] = 1.0
    min_leaf: Annotated[int, Field(ge=1, le=1_000_000, description="the fewest rows in a leaf")] = 20
    divided: Annotated[Divided | None, Field(description="levels and edges of the columns; filled in")] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.outcome in self.columns:
            raise ValueError("the outcome is not among the columns")
        if not self.edges.keys() <= set(self.columns):
            raise ValueError("edges are of columns that are named")
        if self.trees * self.depth > _MOST_ROUNDS:
            raise ValueError(f"trees times depth is at most {_MOST_ROUNDS}")
        return self

    @property
    def most_rounds(self) -> int:  # type: ignore[override]
        """One for each level of each tree, and one for the loss."""
        return self.trees * self.depth + 1

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the bins and levels that a dictionary has."""
        del where
        for name in (self.outcome, *self.columns):
            As("describe").check(name, dictionary.column(name))
        outcome = dictionary.columns[self.outcome]
        classes = outcome.categories if outcome.described_as == "group" else ()
        if len(classes) not in (0, _TWO) or (not classes and _is_flag(outcome)):
            raise fault(
                "Q-TYPE", column=self.outcome, type=outcome.type, wanted="one with 2 levels, or a number"
            )
        features = tuple(self._feature(name, dictionary.columns[name]) for name in self.columns)
        if sum(one.bins for one in features) * 2 ** (self.depth - 1) > MOST_SPOTS:
            raise fault("Q-BINS", most=MOST_SPOTS)
        return self.model_copy(update={"divided": Divided(classes=classes, features=features)})

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
        """The `nodes` of all trees, and the `importance` of columns: what their splits gain together."""
        del total
        found = [] if state.words == "hidden" and len(state.tree) == 1 else nodes(state)
        scalars: dict[str, Cell] = {
            "n": round(found[0].n) if found else None,
            "trees": len(state.roots) if found else 0,
            "rounds": state.rounds,
            "start": state.start if found else None,
            "loss": state.loss,
        }
        gains = tuple(
            (one.column, sum(node.gain for node in found if node.feature == at))
            for at, one in enumerate(self._divided.features)
        )
        rows = tuple(self._node(at, node) for at, node in enumerate(found))
        return Answer(
            scalars=scalars,
            tables={
                "nodes": Table(columns=_NODES, keys=4, rows=rows),
                "importance": Table(columns=("column", "gain"), keys=1, rows=gains),
            },
        )

    def _feature(self, name: ColumnName, column: Column) -> Feature:
        if column.described_as == "group":
            if name in self.edges:
                raise fault(
                    "Q-TYPE", column=name, type=column.type, wanted="a number, to be divided at edges"
                )
            return Feature(column=name, levels=column.categories)
        if name in self.edges:
            return Feature(column=name, cuts=self.edges[name])
        if column.range is None:
            raise fault("Q-BOUNDS", column=name)
        low, high = column.range
        return Feature(
            column=name, cuts=tuple(low + (high - low) * at / self.bins for at in range(1, self.bins))
        )

    def _node(self, at: int, node: Node) -> tuple[Cell | Level, ...]:
        """A row of `nodes`: where it is split, or its value."""
        n, second = round(node.n), round(node.second) if self._divided.classes else None
        if node.feature == NONE:
            return (node.tree, at, _NO, _NO, None, None, None, n, second, None, node.value)
        feature = self._divided.features[node.feature]
        level = str(feature.levels[node.at]) if feature.levels else _NO
        edge = None if feature.levels else feature.cuts[node.at]
        split = (feature.column, level, edge, node.left, node.right)
        return (node.tree, at, *split, n, second, node.gain, None)

    def _growing(self, state: Forest | None) -> Growing:
        return Growing(self.outcome, self._divided, state or Forest())

    @property
    def _divided(self) -> Divided:
        if self.divided is None:
            raise fault("Q-DESIGN")
        return self.divided


def _is_flag(column: Column) -> bool:
    """Whether a number can be one of two only: as an outcome of two levels it would be judged as such."""
    return column.whole and column.range is not None and column.range[1] - column.range[0] <= 1
