"""Which values are missing together."""

from __future__ import annotations

from collections.abc import Iterator
from functools import reduce
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._contract import Analytic, Counted, Described
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.result import Answer, Table
from fedcli.statistics.contrast import proportion
from fedcli.statistics.interval import add, mapped
from fedcli.statistics.patterns import Patterns
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

Row = tuple[Cell | Level, ...]


class Missingness(Analytic[Patterns], name="missingness", version=1):
    """How many persons, or rows, lack which of two to eight columns: a count of each pattern.

    What leaves a site is a table with two levels, `present` and `missing`, for each column, as for a
    crosstab; a value that the dictionary declares as a missing code is missing. From the table follow
    `complete`, those whom a model of these columns is fitted to, the `missing` values of each column, and
    whether the patterns are `monotone`: 1 where the columns have an order in which who lacks one lacks all
    after it, as when people drop out of a study, else 0. Percentages are of all in the cohort.

    Small patterns are hidden, and those that nobody has with them where a policy merges zeros, so that sums
    are intervals, and it may be open whether patterns are monotone. Of persons with several rows each is
    counted once in every pattern that a row of theirs has, so that counts may add up to more than there are.
    Under differential privacy every pattern seems to have somebody, and `monotone` is not told.
    """

    example: ClassVar[str] = 'columns = ["bmi", "sbp", "smoking"]'

    columns: Annotated[Described, Field(min_length=2, max_length=8)]
    of: Counted = None

    def local(self, rows: Rows) -> Sealed[Patterns]:
        """The table over all patterns."""
        return rows.patterns(self.columns, of=self.of)

    def answer(self, total: Patterns) -> Answer:
        """`n`, `complete` and `monotone`; a row of `patterns` for each, and of `missing` for each column."""
        counts = total.cells["count"]
        scalars = {
            "n": reduce(add, counts),
            "complete": total.complete,
            "complete_percent": _percent(counts, 0),
            "monotone": total.monotone(),
        }
        patterns = (
            (*pattern, count, _percent(counts, at))
            for at, (pattern, count) in enumerate(zip(total.patterns, counts, strict=True))
        )
        keys = len(self.columns)
        return Answer(
            scalars=scalars,
            tables={
                "missing": Table(
                    columns=("column", "missing", "percent"), keys=1, rows=tuple(self._missing(total))
                ),
                "patterns": Table(
                    columns=(*self.columns, "count", "percent"), keys=keys, rows=tuple(patterns)
                ),
            },
        )

    def within_noise(self, answer: Answer) -> Answer:
        """Without a word on patterns that nobody has: noise has all of them."""
        return answer.model_copy(update={"scalars": answer.scalars | {"monotone": None}})

    def _missing(self, total: Patterns) -> Iterator[Row]:
        """Each column, in the order of the question."""
        for at, name in enumerate(self.columns):
            both = total.lacking(at)
            yield name, both[0], _percent(both, 0)


def _percent(counts: tuple[Cell, ...], at: int) -> Cell:
    """Of all counts, how many in a hundred are that one."""
    return mapped(lambda share: 100 * share, proportion(counts, at))
