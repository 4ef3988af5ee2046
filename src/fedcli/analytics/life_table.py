"""Survival on a grid of times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import ClassVar

from fedcli.analytics._follow_up import FollowUp
from fedcli.model.cells import About, Cell
from fedcli.model.dataset import Level
from fedcli.model.result import Answer, Table
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.quantiles import nonnegative
from fedcli.statistics.survival import life_table, with_noise

_LAST = ("survival", "conf_low", "conf_high")
_FIGURES = ("n_risk", "n_event", "n_censor", *_LAST)


class LifeTable(FollowUp, name="life_table", version=1):
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
        """Those of each group, one after the other."""
        for levels, died, lost in self.left(total):
            for row in self._intervals(died, lost):
                yield *levels, *row

    def _intervals(self, died: Sequence[Cell], lost: Sequence[Cell]) -> Iterator[tuple[Cell, ...]]:
        """The ends and the figures of each interval of one group."""
        together = _possible((*died, *lost))
        ends = zip(self.edges[:-1], self.edges[1:], strict=True)
        for edges, found in zip(ends, life_table(together[: len(died)], together[len(died) :]), strict=True):
            yield *edges, *found


def _wider(survival: Cell | Level, low: Cell | Level, high: Cell | Level) -> tuple[Cell | Level, ...]:
    """Survival and its interval, as far as both chance and noise are known of it."""
    if isinstance(survival, About) and isinstance(low, float):
        return survival, *with_noise(survival.value, low, (survival.high - survival.low) / 2)
    return survival, low, high


def _possible(cells: tuple[Cell, ...]) -> tuple[Cell, ...]:
    """The counts as they are; noisy ones not below zero."""
    numbers = [cell for cell in cells if isinstance(cell, int | float)]
    return nonnegative(numbers) if len(numbers) == len(cells) else cells
