"""Gradient-boosted trees on histograms of declared edges, grown over rounds as if the rows lay together."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._contract import As, Described
from fedcli.analytics._training import about
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
from fedcli.model.trees import Forest
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.growing import Recipe, ended, grown, nodes
from fedcli.statistics.histograms import Rough
from fedcli.statistics.interval import value_of


class BoostedTrees(Grown, name="boosted_trees", version=1):
    """Gradient-boosted trees, grown on the histograms of all sites: one round for each level of each tree.

    They predict a column with two levels (logistic loss), or a number (squared loss). A numeric column is
    divided at declared `edges`, or at equal parts of its declared bounds; of a column with levels each can be
    a side. In a round leave a site, of each bin of each open node: n, the share that has the second level of
    the outcome, and from the second tree on the means of gradients and hessians of either level; of a number,
    n and the mean of what is left of it. Each mean is under the checks of a mean, and hidden besides where
    few persons of a bin have the same score and outcome: whoever knows the trees could work them out. A split
    needs both of its sides known; no leaf has fewer rows than `min_leaf`, none is of one level alone. A last
    round measures the mean training loss.

    Rows that lack a value are left out, and a person with several rows counts with each. Under differential
    privacy noisy histograms leave, of an outcome with two levels: of each bin n and how many have the second
    level, later n and the sums of gradients and hessians. All levels of all trees are paid for with the
    first; a side of a split has more rows than noise could make up, and the loss is not measured.
    """

    example: ClassVar[str] = (
        'outcome = "diabetes"\ncolumns = ["age", "bmi"]\nedges = { age = [45, 60, 75], bmi = [25, 30] }\n'
        "trees = 2\ndepth = 1"
    )
    outcome: Annotated[ColumnName, As("describe"), Field(description="a column with two levels, or a number")]
    columns: Described
    edges: Edges = {}
    bins: Bins = 8
    trees: Annotated[int, Field(ge=1, le=100, description="how many trees")] = 10
    depth: Annotated[int, Field(ge=1, le=4, description="how many splits are above a leaf, at most")] = 2
    learning_rate: Annotated[float, Field(gt=0, le=1, description="what a leaf's value is multiplied by")] = (
        0.1
    )
    l2: Annotated[float, Field(ge=0, le=1e6, description="what is added to a leaf's sum of hessians")] = 1.0
    min_leaf: MinLeaf = 20
    divided: Filled = None

    @property
    def most_rounds(self) -> int:  # type: ignore[override]
        """One for each level of each tree, and one for the loss."""
        return self.trees * self.depth + 1

    @property
    def draws(self) -> int:
        """One for each level of each tree."""
        return self.trees * self.depth

    def check_mode(self, mode: Mode) -> None:
        """Raise Q-NOISE for a number, whose distance from its score has no end."""
        super().check_mode(mode)
        if mode == "differential-privacy" and not self._divided.classes:
            raise fault("Q-NOISE", what="a tree of a number")

    def step(self, state: Forest | None, total: Gradients) -> Forest:
        """The forest with the nodes of the round split."""
        recipe = Recipe(self.trees, self.depth, self.learning_rate, self.l2, self.min_leaf)
        if not isinstance(total, Rough):
            return grown(recipe, self._growing(state), total)
        noisy = recipe._replace(
            min_leaf=max(recipe.min_leaf, total.least),
            least_hessian=max(recipe.least_hessian, total.least / 4),
            noisy=True,
        )
        forest = _without_levels(grown(noisy, self._growing(state), total))
        if state is None:
            forest = forest.model_copy(update={"blur": total.blur})
        return ended(forest, "grown") if forest.words == "measuring" else forest

    def answer(self, total: Gradients) -> Answer:
        """The answer after one round; of noisy sums n alone, since which trees they give is theirs to say."""
        if isinstance(total, Rough):
            return Answer(scalars={"n": total.sums(0).n, "loss": None})
        return super().answer(total)

    def finished(self, state: Forest) -> bool:
        """Whether nothing is to be asked any more."""
        return state.words not in ("growing", "measuring")

    def answer_at(self, state: Forest, total: Gradients) -> Answer:
        """The `nodes` of all trees, and the `importance` of columns: what their splits gain together."""
        del total
        found = [] if state.words == "hidden" and len(state.tree) == 1 else nodes(state)
        scalars: dict[str, Cell] = {
            "n": _n(state, found[0].n) if found else None,
            "trees": len(state.roots) if found else 0,
            "rounds": state.rounds,
            "start": state.start if found else None,
            "loss": state.loss,
        }
        tables = {"nodes": node_table(self._divided, found), "importance": importance(self._divided, found)}
        return Answer(scalars=scalars, tables=tables)

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Trees]:
        """The trees, where some are grown and something is split."""
        del dictionary
        divided, start = self._divided, value_of(answer.scalars["start"])
        found = trees_of(divided, answer.tables["nodes"])
        if found and start is not None:
            yield Trees(
                family="binomial" if divided.classes else "gaussian",
                link="logit" if divided.classes else "identity",
                outcome=self.outcome,
                classes=divided.classes or None,  # type: ignore[arg-type]
                features=divided.features,
                start=float(start),
                trees=found,
            )


def _n(forest: Forest, n: float) -> Cell:
    """How many rows the first root has; with its 95 % interval where it has noise."""
    return round(n) if forest.blur is None else about(n, forest.blur)


def _without_levels(forest: Forest) -> Forest:
    """How many have the second level is told under noise of the first tree alone."""
    second = zip(forest.tree, forest.second, strict=True)
    return forest.model_copy(update={"second": tuple(-1.0 if tree else told for tree, told in second)})
