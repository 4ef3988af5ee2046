"""How much likelier an event is among the exposed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import reduce
from itertools import product
from typing import Annotated, ClassVar, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Analytic, Categories, Counted, OfTwo
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics import fourfold
from fedcli.statistics.contrast import proportion
from fedcli.statistics.counts import Counts
from fedcli.statistics.equal_odds import equal_odds
from fedcli.statistics.figures import Tested
from fedcli.statistics.fourfold import Measure
from fedcli.statistics.interval import add
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

#: Where the four counts of a fourfold table are, outcome first: exposed with and without, others so.
_PLACES = (3, 1, 2, 0)
_HALF = 0.5


class Risk(Analytic[Counts], name="risk", version=1):
    """How much likelier an event is among the exposed: odds ratio, risk ratio and risk difference.

    The event is the second declared level of `outcome`, the exposed have the second one of `exposure`: of
    true and false, true. Intervals are of 95 %. `odds_ratio_conditional` is the likeliest one given the
    margins, with its exact interval. With `strata` there are Mantel and Haenszel's pooled odds and risk
    ratios (`_mh`), their test of independence (`cmh`, and `cmh_corrected` by a half), the test that all
    strata have one odds ratio (`breslow_day`, and `tarone` with its correction), and the risks by
    stratum; the other measures are of all strata together.

    Where counts are hidden, an estimate is the interval in which it must lie; there is then no confidence
    interval. A person who is in several cells, or has several rows that count, is taken for several. There
    is no answer under differential privacy: an interval of chance alone would be too short.
    """

    example: ClassVar[str] = 'outcome = "diabetes"\nexposure = "statin"\nstrata = ["sex"]'
    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)

    outcome: OfTwo
    exposure: OfTwo
    strata: Annotated[Categories, Field(max_length=2, description="columns whose levels are strata")] = ()
    of: Counted = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if len({self.outcome, self.exposure, *self.strata}) != 2 + len(self.strata):
            raise ValueError("outcome, exposure and strata are different columns")
        return self

    def local(self, rows: Rows) -> Sealed[Counts]:
        """The fourfold table of each stratum."""
        return rows.counts(by=(self.outcome, self.exposure, *self.strata), of=self.of)

    def answer(self, total: Counts) -> Answer:
        """`n` and `n_missing`; the risks of each of the `groups`; the `measures`; with strata the `tests`."""
        counts = total.cells["count"]
        strata = len(counts) // len(_PLACES)
        tables = [[counts[place * strata + at] for place in _PLACES] for at in range(strata)]
        columns = (*self.strata, self.exposure, "n", "events", "risk")
        found = {
            "measures": Table(
                columns=("measure", *Measure._fields), keys=1, rows=tuple(self._measures(tables))
            ),
            "groups": Table(columns=columns, keys=len(self.strata) + 1, rows=tuple(_groups(total, tables))),
        }
        if self.strata:
            found["tests"] = Table(columns=("test", *Tested._fields), keys=1, rows=tuple(_tests(tables)))
        return Answer(
            scalars={"n": reduce(add, counts), "n_missing": total.cells["missing"][0]}, tables=found
        )

    def _measures(self, tables: Sequence[Sequence[Cell]]) -> Iterator[tuple[Cell | str, ...]]:
        """Each measure of all strata together; with strata, the pooled ones."""
        crude = [reduce(add, cells) for cells in zip(*tables, strict=True)]
        yield "odds_ratio", *fourfold.odds_ratio(crude)
        yield "odds_ratio_conditional", *fourfold.conditional_odds_ratio(crude)
        yield "risk_ratio", *fourfold.risk_ratio(crude)
        yield "risk_difference", *fourfold.risk_difference(crude)
        if self.strata:
            yield "odds_ratio_mh", *fourfold.pooled_odds_ratio(_flat(tables))
            yield "risk_ratio_mh", *fourfold.pooled_risk_ratio(_flat(tables))


def _tests(tables: Sequence[Sequence[Cell]]) -> Iterator[tuple[Cell | str, ...]]:
    for name, correction in (("cmh", 0.0), ("cmh_corrected", _HALF)):
        yield name, *fourfold.mantel_haenszel(_flat(tables), correction)
    for name, corrected in (("breslow_day", False), ("tarone", True)):
        yield name, *equal_odds(_flat(tables), corrected=corrected)


def _groups(total: Counts, tables: Sequence[Sequence[Cell]]) -> Iterator[tuple[Cell | Level, ...]]:
    """Those of each stratum: the others, and the exposed."""
    exposure, *strata = (axis.levels for axis in total.axes[1:])
    for levels, (a, b, c, d) in zip(product(*strata), tables, strict=True):
        for level, pair in zip(exposure, ((c, d), (a, b)), strict=True):
            yield *levels, level, add(*pair), pair[0], proportion(pair, 0)


def _flat(tables: Sequence[Sequence[Cell]]) -> list[Cell]:
    return [cell for cells in tables for cell in cells]
