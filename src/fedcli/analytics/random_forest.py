"""Trees that vote, each grown on some columns that are drawn for its nodes, over rounds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import As, Described
from fedcli.analytics._trees import (
    Bins,
    Edges,
    Filled,
    Grown,
    MinLeaf,
    importance,
    node_table,
    trees_of,
)
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Mode
from fedcli.model.result import Answer
from fedcli.model.trained import Trees
from fedcli.model.trees import NONE, Forest, Growing
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.growing import Recipe, nodes
from fedcli.statistics.voting import drawn, voted


class RandomForest(Grown, name="random_forest", version=1):
    """Trees that vote on an outcome of two levels: one round for each level of each tree.

    Each node is split by the best of `tries` columns, which are drawn for it from the digest of the question:
    everybody can draw them again, and nobody can choose them by the data. All rows are in all trees; there
    is no bootstrap. A numeric column is divided at declared `edges`, or at equal parts of its declared
    bounds; of a column with levels each can be a side. In a round leave a site, of each bin of the columns
    that were drawn for each open node: n, and the share that has the second level of the outcome, under the
    checks of counts and means. A split needs both of its sides known; no leaf has fewer rows than `min_leaf`,
    none is of one level alone, and none says a probability below 0.01 or above 0.99.

    Rows that lack a value are left out, and a person with several rows counts with each. There is no answer
    under differential privacy.
    """

    example: ClassVar[str] = (
        'outcome = "diabetes"\ncolumns = ["age", "bmi"]\nedges = { age = [45, 60, 75], bmi = [25, 30] }\n'
        "trees = 2\ndepth = 1"
    )
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    outcome: Annotated[ColumnName, As("describe", levels=2), Field(description="a column with two levels")]
    columns: Described
    edges: Edges = {}
    bins: Bins = 8
    trees: Annotated[int, Field(ge=1, le=100, description="how many trees")] = 10
    depth: Annotated[int, Field(ge=1, le=6, description="how many splits are above a leaf, at most")] = 3
    tries: Annotated[
        int | None,
        Field(ge=1, le=100, description="how many columns are drawn for a node; by default the root of all"),
    ] = None
    min_leaf: MinLeaf = 20
    divided: Filled = None

    @model_validator(mode="after")
    def _of_those(self) -> Self:
        if self.tries is not None and self.tries > len(self.columns):
            raise ValueError("no more columns are drawn than are named")
        return self

    @property
    def most_rounds(self) -> int:  # type: ignore[override]
        """One for each level of each tree."""
        return self.trees * self.depth

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the bins and levels that a dictionary has; Q-TYPE for a number as the outcome."""
        found = super().resolved(dictionary, where)
        if not found._divided.classes:
            kind = dictionary.columns[self.outcome].type
            raise fault("Q-TYPE", column=self.outcome, type=kind, wanted="one with 2 levels")
        return found

    def step(self, state: Forest | None, total: Gradients) -> Forest:
        """The forest with the nodes of the round split."""
        return voted(Recipe(self.trees, self.depth, 1.0, 0.0, self.min_leaf), self._growing(state), total)

    def finished(self, state: Forest) -> bool:
        """Whether nothing is to be asked any more."""
        return state.words != "growing"

    def answer_at(self, state: Forest, total: Gradients) -> Answer:
        """The `nodes` of all trees, and the `importance` of columns: what their splits gain together."""
        del total
        found = [] if state.words == "hidden" and len(state.tree) == 1 else nodes(state)
        if state.words == "growing":  # with the root of a tree of which nothing is known
            found = [node for node in found if node.n > 0]
        scalars: dict[str, Cell] = {
            "n": round(found[0].n) if found else None,
            "trees": sum(node.parent == NONE for node in found),
            "rounds": state.rounds,
        }
        tables = {"nodes": node_table(self._divided, found), "importance": importance(self._divided, found)}
        return Answer(scalars=scalars, tables=tables)

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Trees]:
        """The trees, where some are grown and something is split: their mean is the probability."""
        del dictionary
        nodes, trees = answer.tables["nodes"], answer.scalars["trees"]
        found = trees_of(self._divided, nodes, 1 / trees) if isinstance(trees, int) and trees else ()
        if found:
            yield Trees(
                family="binomial",
                link="identity",
                outcome=self.outcome,
                classes=self._divided.classes,  # type: ignore[arg-type]
                features=self._divided.features,
                start=0.0,
                trees=found,
            )

    def _growing(self, state: Forest | None) -> Growing:
        every = super()._growing(state)
        chosen = (
            drawn(self.sha256, node, self._left(every, node), self._tries) for node in every.forest.open
        )
        return replace(every, drawn=tuple(chosen))

    @staticmethod
    def _left(growing: Growing, node: int) -> Iterator[int]:
        """The features that have several bins left in a node."""
        return (at for at in range(len(growing.divided.features)) if len(growing.bins(node, at)) > 1)

    @property
    def _tries(self) -> int:
        return self.tries or max(round(math.sqrt(len(self.columns))), 1)
