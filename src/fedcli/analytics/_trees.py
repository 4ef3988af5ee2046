"""What analytics that grow trees have in common: bins of columns, rows of nodes, and trees that predict."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import As, Iterative
from fedcli.analytics._grids import Cuts
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.dataset import Column, Dictionary, Level
from fedcli.model.document import Document
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Table
from fedcli.model.trained import Leaf, Split, Tree
from fedcli.model.trees import MOST_SPOTS, NONE, Divided, Feature, Forest, Growing
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.growing import Node
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

TWO = 2
_MOST_ROUNDS = 100
#: What a column and a level are called where there is none.
_NO = "-"
_NODES = ("tree", "node", "column", "level", "edge", "left", "right", "n", "second", "gain", "value")

Edges = Annotated[
    dict[ColumnName, Cuts],
    Field(description="where numeric columns are divided; by default at equal parts of their bounds"),
]
Bins = Annotated[int, Field(ge=2, le=40, description="parts of the bounds of a column without edges")]
MinLeaf = Annotated[int, Field(ge=1, le=1_000_000, description="the fewest rows in a leaf")]
Filled = Annotated[Divided | None, Field(description="levels and edges of the columns; filled in")]


class Grown(Iterative[Gradients, Forest]):
    """Trees that are grown on histograms of declared edges, over rounds."""

    state: ClassVar[type[Document]] = Forest

    if TYPE_CHECKING:
        outcome: ColumnName
        columns: tuple[ColumnName, ...]
        edges: dict[ColumnName, Cuts]
        bins: int
        trees: int
        depth: int
        divided: Divided | None

    @model_validator(mode="after")
    def _of_columns(self) -> Self:
        if self.outcome in self.columns:
            raise ValueError("the outcome is not among the columns")
        if not self.edges.keys() <= set(self.columns):
            raise ValueError("edges are of columns that are named")
        if self.trees * self.depth > _MOST_ROUNDS:
            raise ValueError(f"trees times depth is at most {_MOST_ROUNDS}")
        return self

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the bins and levels that a dictionary has.

        Raises:
            InvalidQuery: Q-TYPE, Q-BOUNDS; Q-BINS where a round could ask of more bins than may leave.
        """
        del where
        for name in (self.outcome, *self.columns):
            As("describe").check(name, dictionary.column(name))
        classes = classes_of(self.outcome, dictionary)
        features = tuple(
            _feature(name, self.edges, self.bins, dictionary.columns[name]) for name in self.columns
        )
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

    def _growing(self, state: Forest | None) -> Growing:
        return Growing(self.outcome, self._divided, state or Forest(), self.trees * 2**self.depth)

    @property
    def _divided(self) -> Divided:
        if self.divided is None:
            raise fault("Q-DESIGN")
        return self.divided


def classes_of(outcome: ColumnName, dictionary: Dictionary) -> tuple[Level, ...]:
    """The two levels of an outcome; none of a number.

    Raises:
        InvalidQuery: Q-TYPE for more levels, and for a number that can be one of two only.
    """
    column = dictionary.columns[outcome]
    classes = column.categories if column.described_as == "group" else ()
    if len(classes) not in (0, TWO) or (not classes and _is_flag(column)):
        raise fault("Q-TYPE", column=outcome, type=column.type, wanted="one with 2 levels, or a number")
    return classes


def node_table(divided: Divided, found: Iterable[Node]) -> Table:
    """The `nodes` of all trees, numbered through."""
    return Table(columns=_NODES, keys=4, rows=tuple(_row(divided, *one) for one in enumerate(found)))


def importance(divided: Divided, found: list[Node]) -> Table:
    """What the splits of each column gain together."""
    gains = tuple(
        (one.column, sum(node.gain for node in found if node.feature == at))
        for at, one in enumerate(divided.features)
    )
    return Table(columns=("column", "gain"), keys=1, rows=gains)


def trees_of(divided: Divided, table: Table, share: float = 1.0) -> tuple[Tree, ...]:
    """The trees of `nodes` as they predict, each numbered from its own root; none where nothing is split.

    Values of leaves are told times a `share`.
    """
    rows: dict[int, list[tuple[Cell | Level, ...]]] = {}
    for row in table.rows:
        rows.setdefault(row[0], []).append(row)  # type: ignore[arg-type]
    trees = tuple(Tree(nodes=tuple(_planted(divided, tree, share))) for tree in rows.values())
    return trees if any(len(tree.nodes) > 1 for tree in trees) else ()


def _planted(divided: Divided, rows: list[tuple[Cell | Level, ...]], share: float) -> Iterator[Split | Leaf]:
    levels = {one.column: {str(level): level for level in one.levels} for one in divided.features}
    root = rows[0][1]
    for _, _, column, level, edge, left, right, *_, value in rows:
        if column == _NO:
            yield Leaf(value=share * float(value))  # type: ignore[arg-type]
            continue
        told = {"below": edge} if level == _NO else {"level": levels[column][level]}  # type: ignore[index]
        yield Split(column=column, **told, left=left - root, right=right - root)  # type: ignore[operator, arg-type]


def _row(divided: Divided, at: int, node: Node) -> tuple[Cell | Level, ...]:
    """A row of `nodes`: where it is split, or its value."""
    n, second = round(node.n), round(node.second) if divided.classes and node.second >= 0 else None
    if node.feature == NONE:
        return (node.tree, at, _NO, _NO, None, None, None, n, second, None, node.value)
    feature = divided.features[node.feature]
    level = str(feature.levels[node.at]) if feature.levels else _NO
    edge = None if feature.levels else feature.cuts[node.at]
    split = (feature.column, level, edge, node.left, node.right)
    return (node.tree, at, *split, n, second, node.gain, None)


def _feature(name: ColumnName, edges: dict[ColumnName, Cuts], bins: int, column: Column) -> Feature:
    if column.described_as == "group":
        if name in edges:
            raise fault("Q-TYPE", column=name, type=column.type, wanted="a number, to be divided at edges")
        return Feature(column=name, levels=column.categories)
    if name in edges:
        return Feature(column=name, cuts=edges[name])
    if column.range is None:
        raise fault("Q-BOUNDS", column=name)
    low, high = column.range
    return Feature(column=name, cuts=tuple(low + (high - low) * at / bins for at in range(1, bins)))


def _is_flag(column: Column) -> bool:
    """Whether a number can be one of two only: as an outcome of two levels it would be judged as such."""
    return column.whole and column.range is not None and column.range[1] - column.range[0] <= 1
