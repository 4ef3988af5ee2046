"""Whether hazards are proportional: the score test of columns times the time of an event."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any, ClassVar

from pydantic import Field

from fedcli.analytics._hazards import Hazards
from fedcli.analytics._newton import Fit
from fedcli.model.cells import Cell
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Times, Trend
from fedcli.statistics import tails
from fedcli.statistics.fitted import matrix
from fedcli.statistics.score import Score

if TYPE_CHECKING:
    from numpy.typing import NDArray

_GLOBAL = "GLOBAL"
_LARGEST_CONDITION = 1e12
_TOLERANCE = 1e-9  # of what a column and its trend have in common, below which nothing is its own


class Proportional(Hazards, name="proportional", version=1):
    """Whether hazards are proportional (Grambsch and Therneau 1994), as `cox` takes them to be.

    The model of `cox` is fitted, over as many rounds; beside it stands one in which each column is there
    once more, times the time of an event (`identity`) or its logarithm (`log`), counted from zero to
    `until`. The test asks whether the coefficients of these are zero: those of `cox` do then not change with
    time. It is the score test of R's `cox.zph` (since survival 3.0) with `strata(site)` and `terms = FALSE`:
    `chi_squared` with one degree of freedom for each column, and `GLOBAL` for all. For the logarithm, times
    before a ten-thousandth of `until` count as that one; for `identity`, times before zero as zero.

    What leaves a site in each round is what does for `cox`, and the score and the information of as many
    columns more. It is judged as a model of twice as many columns; and events must be many that come at
    another time than most, in each level of a column, and no two of them hold nearly all of the time between:
    the sums would else tell when few had their event, and what they are like.
    """

    example: ClassVar[str] = (
        'time = "age"\nevent = "diabetes"\nformula = "bmi + sex"\nuntil = 75\ntrend = "identity"'
    )

    until: Annotated[float, Field(gt=0, description="where follow-up ends; later events are not looked at")]
    trend: Annotated[Trend, Field(description="of what the test is: identity (the time), or log")]

    def _times(self) -> Times:
        """With every column once more, times a trend."""
        return super()._times().model_copy(update={"trend": self.trend})

    def answer_at(self, state: Fit, total: Score) -> Answer:
        """A test for each column, and one for all; nothing where there is no fit."""
        lines = ((*self._names, _GLOBAL), [(None, None, None)] * (len(self._names) + 1))
        tests = _tests(total, len(self._names)) if state.words == "converged" else lines[1]
        rows = tuple((name, *test) for name, test in zip(lines[0], tests, strict=True))
        return Answer(
            scalars=self.course(state, total),
            tables={"tests": Table(columns=("term", "chi_squared", "df", "p"), keys=1, rows=rows)},
        )

    @property
    def _names(self) -> list[str]:
        return [term.name for term in self._design.terms]


def _tests(total: Score, p: int) -> Iterator[tuple[Cell, Cell, Cell]]:
    """Of each trend alone, and of all together."""
    import numpy as np

    gram, score = matrix(total, "gram"), np.array(total.cells["score"], float)
    shared = np.linalg.solve(gram[:p, :p], gram[:p, p:])
    left = score[p:] - shared.T @ score[:p]
    own = gram[p:, p:] - gram[p:, :p] @ shared
    for at in range(p):
        enough = own[at, at] > _TOLERANCE * gram[p + at, p + at]
        yield _test(left[at : at + 1], own[at : at + 1, at : at + 1]) if enough else (None, None, None)
    scales = np.sqrt(np.abs(np.diag(own)))
    scaled = own / np.outer(scales, scales) if scales.all() else own
    known = bool(np.linalg.cond(scaled) <= _LARGEST_CONDITION and (np.linalg.eigvalsh(own) > 0).all())
    yield _test(left, own) if known else (None, None, None)


def _test(score: NDArray[Any], information: NDArray[Any]) -> tuple[Cell, Cell, Cell]:
    import numpy as np

    statistic = float(score @ np.linalg.solve(information, score))
    return statistic, len(score), tails.chi_squared(statistic, len(score))
