"""How many persons or rows the cohort has."""

from __future__ import annotations

from typing import ClassVar

from fedcli.analytics._contract import Analytic, Counted
from fedcli.model.result import Answer
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed


class Count(Analytic[Counts], name="count", version=1):
    """How many persons, or rows, are in the cohort."""

    example: ClassVar[str] = ""

    of: Counted = None

    def local(self, rows: Rows) -> Sealed[Counts]:
        """One cell."""
        return rows.counts(of=self.of)

    def answer(self, total: Counts) -> Answer:
        """`n`."""
        return Answer(scalars={"n": total.cells["count"][0]})
