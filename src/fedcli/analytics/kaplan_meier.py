"""The product limit of survival on a grid of times, and the log-rank test of groups."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Annotated, ClassVar, NamedTuple, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Categories
from fedcli.analytics._follow_up import FollowUp
from fedcli.analytics._grids import Time
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.interval import add
from fedcli.statistics.logrank import LogRank, stratified_log_rank
from fedcli.statistics.product_limit import median, product_limit, restricted_mean
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed
from fedcli.statistics.survival import Interval, Scale

_STEPS = ("n_risk", "n_event", "n_censor", "survival", "conf_low", "conf_high")
_WHOLE = ("n", "n_event", "median_low", "median_high", "rmst", "rmst_error")


class _Group(NamedTuple):
    """The levels of a group, how many rows it has, its events until the last edge, and its intervals."""

    levels: tuple[Level, ...]
    n: Cell
    events: Cell
    steps: tuple[Interval, ...]


class KaplanMeier(FollowUp, name="kaplan_meier", version=1):
    """Kaplan and Meier's survival on a declared grid of times, for each level of `by`; the log-rank test.

    What leaves a site is how many had the `event`, or were censored, in each interval of `time`: no single
    time does. Every number is that of times that are rounded down to the grid: a time from one edge up to,
    and without, the next counts at the first of the two, one at the last edge at the edge before it, and who
    is followed for longer is at risk in all and censored at the last edge. At an edge events come before
    censorings. `survival` is that from `low` up to, and without, `high`; of times that lie on the grid,
    before the last edge, it is what it is without a grid. `conf_low` and `conf_high` are its 95 % interval by
    Greenwood's variance on `scale`.

    Survival comes to one half or less at `median_low` of rounded times, before `median_high` of others.
    `rmst` is the mean time until `until`, the area under survival of rounded times. With `by`, `chi_squared`,
    `df` and `p` are the log-rank test that survival is the same in all groups; with `strata` they are
    compared within each stratum, while survival is that of all strata together. Where counts are hidden,
    survival, median and mean are the intervals in which they must lie, and there is no test.

    The first edge is zero; a time before it counts there, so that no bin is empty by nature, which a site
    would have to hide. Over rows: each row is one follow-up. Not under differential privacy, where
    `life_table` is.
    """

    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    example: ClassVar[str] = 'time = "age"\nevent = "diabetes"\nedges = [0, 55, 65, 75]'

    until: Annotated[Time | None, Field(description="the end of the mean time; by default the last edge")] = (
        None
    )
    scale: Annotated[
        Scale, Field(description="of confidence intervals: log-log (by default), log or plain")
    ] = "log-log"

    strata: Annotated[
        Categories, Field(max_length=1, description="a column within whose levels groups are compared")
    ] = ()

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if self.strata and not self.by:
            raise ValueError("strata are those of a comparison of groups, which `by` names")
        if {self.time, self.event, *self.by} & {*self.strata}:
            raise ValueError("time, event, groups and strata are different columns")
        if self.until is not None and self.until > self.edges[-1]:
            raise ValueError("the mean time ends at the last edge, or before it")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """As of all follow-ups on a grid, in each group of each stratum."""
        bins = Bins(self.time, self.edges[1:])
        return rows.counts(by=(self.event, *self.by, *self.strata), of="row", bins=bins)

    def answer(self, total: Counts) -> Answer:
        """A row for each group and interval, and one for each group; `n` rows with a time and an outcome."""
        groups = tuple(self._groups(total))
        test = stratified_log_rank(self._strata(total)) if self.by else None
        scalars = {"n": reduce(add, total.cells["count"]), "n_missing": total.cells["missing"][0]}
        keys = len(self.by)
        steps, whole = (*self.by, "low", "high", *_STEPS), (*self.by, *_WHOLE)
        return Answer(
            scalars=scalars | (_told(test) if self.by else {}),
            tables={
                "survival": Table(columns=steps, keys=keys + 2, rows=tuple(self._steps(groups))),
                "groups": Table(columns=whole, keys=keys, rows=tuple(map(self._whole, groups))),
            },
        )

    def _groups(self, total: Counts) -> Iterator[_Group]:
        """The groups, of all strata together."""
        found: dict[tuple[Level, ...], list[tuple[tuple[Cell, ...], tuple[Cell, ...]]]] = {}
        for levels, *left in self.left(total):
            found.setdefault(levels[: len(self.by)], []).append((left[0], left[1]))
        for levels, parts in found.items():
            died, lost = (tuple(map(_sum, zip(*cells, strict=True))) for cells in zip(*parts, strict=True))
            steps = tuple(product_limit(died, lost, self.scale))
            yield _Group(levels, reduce(add, (*died, *lost)), reduce(add, died[:-1]), steps)

    def _strata(self, total: Counts) -> list[list[tuple[Interval, ...]]]:
        """The intervals of each group, in each stratum."""
        found: dict[tuple[Level, ...], list[tuple[Interval, ...]]] = {}
        for levels, died, lost in self.left(total):
            found.setdefault(levels[len(self.by) :], []).append(tuple(product_limit(died, lost)))
        return list(found.values())

    def _steps(self, groups: Sequence[_Group]) -> Iterator[tuple[Cell | Level, ...]]:
        for group in groups:
            for low, high, step in zip(self.edges[:-1], self.edges[1:], group.steps, strict=True):
                yield *group.levels, low, high, *step

    def _whole(self, group: _Group) -> tuple[Cell | Level, ...]:
        """The figures of a group."""
        until = self.edges[-1] if self.until is None else self.until
        ends = median(group.steps, self.edges)
        mean = restricted_mean(group.steps, self.edges, until)
        return *group.levels, group.n, group.events, *ends, *mean


def _sum(cells: tuple[Cell, ...]) -> Cell:
    return reduce(add, cells)


def _told(test: LogRank | None) -> dict[str, Cell]:
    """Of equal survival in all groups."""
    statistic, df, p = test or (None, None, None)
    return {"chi_squared": statistic, "df": df, "p": p}
