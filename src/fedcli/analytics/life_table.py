"""Survival on a grid of times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Analytic, Categories, Category, Numeric
from fedcli.analytics._grids import Edges
from fedcli.errors import fault
from fedcli.model.cells import About, Cell, size
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.result import Answer, Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.quantiles import nonnegative
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed
from fedcli.statistics.survival import life_table, with_noise

_LAST = ("survival", "conf_low", "conf_high")
_FIGURES = ("n_risk", "n_event", "n_censor", *_LAST)


class LifeTable(Analytic[Counts], name="life_table", version=1):
    """The actuarial life table: survival on a declared grid of times, for each level of `by`.

    What leaves a site is how many had the `event`, or were censored, in each interval of `time`: no single
    time does. An interval has its first time in it, the last one both. Of those censored in an interval half
    count as at risk in it (Cutler and Ederer 1958); who is followed for longer than the last edge is at risk
    in all. `conf_low` and `conf_high` are the 95 % interval by Greenwood's variance, on the scale of
    log(-log S). Where counts are hidden, survival is the interval in which it must lie. The first edge is
    zero; a time before it counts in the first interval, so that no bin is empty by nature, which a site would
    have to hide. Over rows: each row is one follow-up.

    Under differential privacy noisy counts below zero are made zero, at the cost of the others, so that
    survival lies between zero and one, and never rises; the intervals hold the noise beside chance.
    """

    example: ClassVar[str] = 'time = "age"\nevent = "diabetes"\nedges = [0, 55, 65, 75]'

    time: Numeric
    event: Annotated[Category, Field(description="whether the event came: true or false, or 1 or 0")]
    edges: Annotated[Edges, Field(min_length=3, description="edges of the intervals, increasing from zero")]
    by: Annotated[Categories, Field(max_length=1)] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.edges[0] != 0:
            raise ValueError("the first edge is zero, where follow-up begins")
        if len({self.time, self.event, *self.by}) != 2 + len(self.by):
            raise ValueError("time, event and groups are different columns")
        return self

    def check(self, dictionary: Dictionary) -> None:
        """As for every analytic; and the event is true or false, or 1 or 0."""
        super().check(dictionary)
        column = dictionary.column(self.event)
        if column.type == "text" or set(column.categories) != {0, 1}:
            raise fault("Q-TYPE", column=self.event, type=column.type, wanted="true or false, or 1 or 0,")

    def local(self, rows: Rows) -> Sealed[Counts]:
        """How many rows are in each interval, with the event and without, in each group."""
        return rows.counts(by=(self.event, *self.by), of="row", bins=self._bins)

    def answer(self, total: Counts) -> Answer:
        """A row for each group and interval; `n` rows with a time and an outcome."""
        scalars = {"n": reduce(add, total.cells["count"]), "n_missing": total.cells["missing"][0]}
        columns = (*self.by, "low", "high", *_FIGURES)
        table = Table(columns=columns, keys=len(self.by) + 2, rows=tuple(self._rows(total)))
        return Answer(scalars=scalars, tables={"survival": table})

    def within_noise(self, answer: Answer) -> Answer:
        """With confidence intervals that hold the noise beside chance."""
        table = answer.tables["survival"]
        rows = tuple((*row[: -len(_LAST)], *_wider(*row[-len(_LAST) :])) for row in table.rows)
        return answer.model_copy(update={"tables": {"survival": table.model_copy(update={"rows": rows})}})

    def _rows(self, total: Counts) -> Iterator[tuple[Cell | Level, ...]]:
        """Those of each group, one after the other; the cells of one interval lie together."""
        outcomes, width = total.axes[1].levels, size(total.axes[1:])
        groups = list(product(*(axis.levels for axis in total.axes[2:])))
        for place, levels in enumerate(groups):
            died, lost = (
                total.cells["count"][outcomes.index(outcome) * len(groups) + place :: width]
                for outcome in (True, False)
            )
            for row in self._intervals(died, lost):
                yield *levels, *row

    def _intervals(self, died: Sequence[Cell], lost: Sequence[Cell]) -> Iterator[tuple[Cell, ...]]:
        """The ends and the figures of each interval of one group."""
        together = _possible((*died, *lost))
        ends = zip(self.edges[:-1], self.edges[1:], strict=True)
        for edges, found in zip(ends, life_table(together[: len(died)], together[len(died) :]), strict=True):
            yield *edges, *found

    @property
    def _bins(self) -> Bins:
        """Those of the counts: below the second edge is the first interval, above the last are survivors."""
        return Bins(self.time, self.edges[1:])


def _wider(survival: Cell | Level, low: Cell | Level, high: Cell | Level) -> tuple[Cell | Level, ...]:
    """Survival and its interval, as far as both chance and noise are known of it."""
    if isinstance(survival, About) and isinstance(low, float):
        return survival, *with_noise(survival.value, low, (survival.high - survival.low) / 2)
    return survival, low, high


def _possible(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The counts as they are; noisy ones not below zero."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return nonnegative(numbers) if len(numbers) == len(cells) else cells
