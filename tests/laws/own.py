"""An analytic of the tests' own: what a new file in `analytics` would be, in no catalogue."""

from __future__ import annotations

from typing import Annotated, Any, ClassVar, Literal

from pydantic import Field

from fedcli.analytics import catalogue
from fedcli.analytics._contract import Analytic, As, Categories
from fedcli.model.cells import About, Cell, Gap
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Answer
from fedcli.statistics.moments import Moments
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

Numeric = Annotated[tuple[ColumnName, ...], As("model"), Field(min_length=1, max_length=1)]


class Centre(Analytic[Moments], name="tests-centre", version=3):
    """The mean of one column, where at least so many have a value."""

    example: ClassVar[str] = 'column = ["age"]'

    column: Numeric
    by: Annotated[Categories, Field(max_length=1)] = ()
    least: Annotated[int, Field(ge=0, le=3)] = 0
    sign: Literal["plus", "minus"] = "plus"

    def local(self, rows: Rows) -> Sealed[Moments]:
        """The moments of the column."""
        return rows.moments(self.column, by=self.by)

    def answer(self, total: Moments) -> Answer:
        """`first`: the mean of the first group."""
        n, mean = total.cells["n"][0], total.cells["mean"][0]
        few = isinstance(n, int) and n < self.least
        return Answer(scalars={"first": None if few else _signed(mean, self.sign)})


def _signed(cell: Cell, sign: str) -> Cell:
    if cell is None or sign == "plus":
        return cell
    if isinstance(cell, Gap):
        low, high = (None if end is None else -end for end in (cell.high, cell.low))
        return Gap(low=low, high=high)
    if isinstance(cell, About):
        return About(value=-cell.value, low=-cell.high, high=-cell.low)
    return -cell


Analytic.registered.pop(Centre.name)

#: Everything that can be asked under differential privacy, and the analytic above.
NOISY: list[type[Analytic[Any]]] = [
    *(kind for kind in catalogue().values() if "differential-privacy" in kind.modes),
    Centre,
]
#: Everything that can be asked exactly, and the analytic above.
ANALYTICS: list[type[Analytic[Any]]] = [
    *(kind for kind in catalogue().values() if "disclosure-control" in kind.modes),
    Centre,
]
#: Everything that can be asked in both ways, in the same words: with `clip` it is for noise alone.
BOTH = [kind for kind in ANALYTICS if kind in NOISY and "clip" not in kind.model_fields]
