"""How much of a cohort each of several causes has come to, on a grid of times."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._follow_up import OnAGrid
from fedcli.errors import fault, meant
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.counts import Counts
from fedcli.statistics.incidence import cumulative_incidence, free_of_all
from fedcli.statistics.interval import add
from fedcli.statistics.logrank import log_rank
from fedcli.statistics.product_limit import product_limit
from fedcli.statistics.survival import Interval, Scale

_STEPS = ("n_risk", "n_event", "incidence", "std_error", "conf_low", "conf_high")
_FREE = ("n_risk", "n_event", "n_censor", "survival", "conf_low", "conf_high")

#: The levels of a group; for each cause how many it ended in each interval; how many were censored.
_Group = tuple[tuple[Level, ...], tuple[tuple[Cell, ...], ...], tuple[Cell, ...]]


class CumulativeIncidence(OnAGrid, name="cumulative_incidence", version=1):
    """Competing risks: Aalen and Johansen's cumulative incidence of each cause, on a declared grid of times.

    `event` has a level for each cause, and one, `censored`, of who had none of them until `time`. Incidence
    is the share of all that a cause has come to, where the other causes can come first: it is less than one
    less Kaplan and Meier's survival of that cause alone, and the incidences of all causes and event-free
    `survival` add up to one.

    What leaves a site is how many follow-ups ended so in each interval of `time`: no single time does. Every
    number is that of times that are rounded down to the grid, as for `kaplan_meier`: a time at the last edge
    counts at the edge before it, who is followed for longer is at risk in all intervals, and events come
    before censorings. `std_error` is that of the delta method (Dinse and Larson 1986), `conf_low` and
    `conf_high` the 95 % interval that is symmetric on `scale`, of log(-log F) unless said otherwise.

    With `by`, `tests` has for each cause the log-rank test that its hazard is the same in all groups, in
    which other causes count as censored; it is no test of incidences (Gray 1988). Where counts are hidden,
    incidence is the interval in which it must lie, and there is no test.

    The first edge is zero; a time before it counts there. Over rows: each row is one follow-up. Not under
    differential privacy.
    """

    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    example: ClassVar[str] = 'time = "age"\nevent = "diabetes"\ncensored = false\nedges = [0, 55, 65, 75]'

    censored: Annotated[Level, Field(description="the level of who had no event; the others are causes")]
    scale: Annotated[
        Scale, Field(description="of confidence intervals: log-log (by default), log or plain")
    ] = "log-log"

    def check(self, dictionary: Dictionary) -> None:
        """As for every analytic; and one of the levels of the event is that of who is censored."""
        super().check(dictionary)
        levels = dictionary.column(self.event).categories
        if not any(one == self.censored and type(one) is type(self.censored) for one in levels):
            told = [str(one) for one in levels[:12]]
            close = meant(str(self.censored), told)
            raise fault("Q-LEVEL", level=self.censored, column=self.event, have=", ".join(told), meant=close)

    def answer(self, total: Counts) -> Answer:
        """A row for each group, cause and interval; `n` rows with a time and an end."""
        outcomes = total.axes[1].levels
        names = tuple(one for one in outcomes if one != self.censored)
        groups = tuple(self._groups(total, outcomes.index(self.censored)))
        keys = len(self.by)
        tables = {
            "incidence": Table(
                columns=(*self.by, self.event, "low", "high", *_STEPS),
                keys=keys + 3,
                rows=tuple(self._steps(groups, names)),
            ),
            "survival": Table(
                columns=(*self.by, "low", "high", *_FREE), keys=keys + 2, rows=tuple(self._free(groups))
            ),
        }
        if self.by:
            columns = (self.event, "chi_squared", "df", "p")
            tables["tests"] = Table(columns=columns, keys=1, rows=tuple(_tests(groups, names)))
        scalars = {"n": reduce(add, total.cells["count"]), "n_missing": total.cells["missing"][0]}
        return Answer(scalars=scalars, tables=tables)

    def _groups(self, total: Counts, censored: int) -> Iterator[_Group]:
        for levels, ends in self.ends(total):
            yield levels, (*ends[:censored], *ends[censored + 1 :]), ends[censored]

    def _steps(self, groups: Sequence[_Group], names: Sequence[Level]) -> Iterator[tuple[Cell | Level, ...]]:
        for levels, causes, censored in groups:
            found = cumulative_incidence(causes, censored, self.scale)
            for name, steps in zip(names, found, strict=True):
                for low, high, step in zip(self.edges[:-1], self.edges[1:], steps, strict=True):
                    yield *levels, name, low, high, *step

    def _free(self, groups: Sequence[_Group]) -> Iterator[tuple[Cell | Level, ...]]:
        """Survival without any event."""
        for levels, causes, censored in groups:
            steps = free_of_all(causes, censored, self.scale)
            for low, high, step in zip(self.edges[:-1], self.edges[1:], steps, strict=True):
                yield *levels, low, high, *step


def _tests(groups: Sequence[_Group], names: Sequence[Level]) -> Iterator[tuple[Cell | Level, ...]]:
    """Of equal hazards of each cause in all groups."""
    for at, name in enumerate(names):
        found = log_rank([tuple(_alone(at, causes, censored)) for _, causes, censored in groups])
        yield name, *(found or (None, None, None))


def _alone(at: int, causes: Sequence[Sequence[Cell]], censored: Sequence[Cell]) -> Iterator[Interval]:
    """Survival of one cause, in which who has another one is censored."""
    lost = [*causes[:at], *causes[at + 1 :], censored]
    return product_limit(causes[at], [reduce(add, cells) for cells in zip(*lost, strict=True)])
