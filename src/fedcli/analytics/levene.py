"""Whether several groups have one variance."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._groups import Compared
from fedcli.model.cells import Cell, size
from fedcli.model.dataset import Level
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics import variances
from fedcli.statistics.deviations import deviations
from fedcli.statistics.interval import value_of
from fedcli.statistics.moments import Moments, Part
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed
from fedcli.statistics.variances import Ratio

_TWO_ROUNDS = 2


class Centres(Document):
    """The mean of each group, None of nobody; whether deviations from them are still to be asked for.

    Where a mean is hidden there is nothing to ask.
    """

    means: Annotated[tuple[float | None, ...], Field(max_length=1000)]
    words: Literal["asked", "told", "hidden"] = "asked"


class Levene(Compared[Moments], Iterative[Moments, Centres], name="levene", version=1):
    """Whether several groups have one variance: Levene's test, about their means.

    It is the analysis of variance of how far each value lies from the mean of its group (Levene 1960), in
    two rounds. In the first n, mean and spread of each group leave a site, as for `anova`. In the second the
    means of all sites are known, and what leaves is, of each group, the mean and the spread of how far
    values lie below its mean, and of how far above: zero for who is on the other side. So each side is under
    the rules of a mean: a few persons below it, or one far below, hide their group.

    `mean_deviation` is the mean distance to the `centre`. The test about medians (Brown and Forsythe 1974)
    is not told, because no median leaves a site: see the page. Levels that nobody has are no groups. Where
    cells are hidden there is no test; numbers that leave at a few digits are taken as they are. Over rows:
    the test takes each for a person of its own. There is no answer under differential privacy, because noise
    moves a p-value.
    """

    example: ClassVar[str] = 'column = "sbp"\nby = "smoking"'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    most_rounds: ClassVar[int] = _TWO_ROUNDS
    state: ClassVar[type[Document]] = Centres

    def local_at(self, rows: Rows, state: Centres | None) -> Sealed[Moments]:
        """The moments of all groups, and then of deviations from their means."""
        if state is None:
            return rows.moments((self.column,), by=(self.by,))
        return rows.deviations(self.column, self.by, state.means)

    def step(self, state: Centres | None, total: Moments) -> Centres:
        """The means of all sites; after them there is nothing more to ask."""
        if state is not None:
            return state.model_copy(update={"words": "told"})
        parts = [total.part(at) for at in range(size(total.axes))]
        hidden = any(part.n != 0 and value_of(part.mean) is None for part in parts)
        means = tuple(None if part.n == 0 else value_of(part.mean) for part in parts)
        return Centres(means=means, words="hidden" if hidden else "asked")

    def finished(self, state: Centres) -> bool:
        """After the second round, or where a mean is hidden."""
        return state.words != "asked"

    def answer_at(self, state: Centres, total: Moments) -> Answer:
        """The test, and the `groups`."""
        parts = self._deviations(state, total)
        columns = (self.by, "n", "n_missing", "centre", "mean_deviation")
        test = variances.fisher(parts) if state.words == "told" else Ratio(None, None, None, None)
        return Answer(
            tables={
                "tests": Table(columns=("test", *Ratio._fields), keys=1, rows=(("levene", *test),)),
                "groups": Table(columns=columns, keys=1, rows=tuple(self._groups(state, total, parts))),
            },
        )

    def _deviations(self, state: Centres, total: Moments) -> list[Part]:
        if state.words == "told":
            return deviations(total)
        return [Part(cell, None, None) for cell in total.cells["n"]]

    def _groups(
        self, state: Centres, total: Moments, parts: list[Part]
    ) -> Iterator[tuple[Cell | Level, ...]]:
        [axis] = total.groups
        missing = total.cells["missing"][: len(parts)]
        for level, part, lacking, centre in zip(axis.levels, parts, missing, state.means, strict=True):
            yield level, part.n, lacking, centre, part.mean
