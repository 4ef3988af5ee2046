"""How numeric columns go together, two by two."""

from __future__ import annotations

import math
from itertools import combinations
from typing import Annotated, Any, ClassVar, Self

from pydantic import AfterValidator, Field

from fedcli.analytics._contract import Analytic, As, once
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.fitted import number
from fedcli.statistics.models import Blurred
from fedcli.statistics.repair import full, repaired
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import Score, pairs
from fedcli.statistics.seal import Sealed

#: A spread is told of where it is more than this of the squares about the middle of the bounds.
_LEAST = 1e-10
#: Under noise, where it is at least so many standard deviations of it.
_KNOWN = 3.0


class Correlation(Analytic[Score], name="correlation", version=1):
    """Pearson's correlation of every two of some numeric columns.

    Over rows that have a value in all of them; a person with several rows counts with each. What leaves are
    the sums of a linear model of the last column on the others, which are judged as those of a model. A
    column without any spread has no correlation. Under differential privacy a person counts with as many
    rows as the policy says.
    """

    example: ClassVar[str] = 'columns = ["age", "bmi", "sbp"]'

    columns: Annotated[
        tuple[ColumnName, ...],
        As("model"),
        AfterValidator(once),
        Field(min_length=2, max_length=40, description="numeric columns with bounds, two or more"),
    ]
    design: Annotated[Design | None, Field(description="the columns by their bounds; filled in")] = None

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the columns scaled by their bounds in a dictionary.

        The intercept comes last, so that under noise every row has its whole weight (see `reach`):
        coefficients are the same of rows that weigh less the further they reach, correlations are not.
        """
        super().check(dictionary)
        *others, last = (_term(name, dictionary, where) for name in self.columns)
        found = Design(
            outcome=last,
            terms=(*others, Term(name="(Intercept)")),
            persons="clustered" if dictionary.repeats else None,
        )
        return self.model_copy(update={"design": found})

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless the columns may be used so, and the design is the one that the dictionary gives."""
        if self.design is None or self.resolved(dictionary, "the query").design != self.design:
            raise fault("Q-DESIGN")

    def told(self) -> dict[str, Any]:
        """The columns; their design says nothing more."""
        value: dict[str, Any] = self.json_value()
        value.pop("design", None)
        return value

    def local(self, rows: Rows) -> Sealed[Score]:
        """The sums of squares and products of all columns."""
        if self.design is None:
            raise fault("Q-DESIGN")
        return rows.score(self.design, "gaussian")

    def answer(self, total: Score) -> Answer:
        """One line for every two columns, in their order."""
        correlations = _correlations(total)
        rows = tuple(
            (self.columns[i], self.columns[j], correlations[i, j])
            for i, j in combinations(range(len(self.columns)), 2)
        )
        table = Table(columns=("one", "other", "r"), keys=2, rows=rows)
        return Answer(scalars={"n": total.cells["n"][0]}, tables={"correlations": table})


def _term(name: ColumnName, dictionary: Dictionary, where: str) -> Term:
    bounds = dictionary.column(name).range
    if bounds is None:
        raise fault("Q-BOUNDS", column=name, where=where)
    low, high = map(float, bounds)
    return Term(
        name=name,
        factors=(Factor(column=name),),
        centre=low / 2 + high / 2,
        scale=high / 2 - low / 2 or 1.0,
    )


def _correlations(total: Score) -> dict[tuple[int, int], Cell]:
    """The correlation of each pair of places, in order; None where a column has no spread to speak of."""
    import numpy as np

    moments, one = _moments(total), total.terms - 1
    places = list(combinations(range(total.terms), 2))
    if moments[one, one] <= 0:
        return dict.fromkeys(places)
    mean = np.delete(moments[one], one) / moments[one, one]
    squares = np.delete(np.delete(moments, one, axis=0), one, axis=1)
    spread = squares - np.outer(mean, mean) * moments[one, one]
    known = [spread[at, at] > _least(total, squares[at, at]) for at in range(total.terms)]
    return {
        (i, j): _within(spread[i, j] / math.sqrt(spread[i, i] * spread[j, j]))
        if known[i] and known[j]
        else None
        for i, j in places
    }


def _moments(total: Score) -> Any:
    """The products of all columns but the last, 1, and the last, which is what the others explain."""
    gram = full(tuple(map(number, total.cells["gram"])), total.terms)
    last = [*map(number, total.cells["score"]), number(total.cells["sums"][1])]
    size = total.terms + 1
    upper = tuple(float(last[i] if j == total.terms else gram[i, j]) for i, j in pairs(size))
    return full(repaired(upper, size, total.blur.gram) if isinstance(total, Blurred) else upper, size)


def _least(total: Score, squares: float) -> float:
    """The spread below which rounding, or noise, could be all of it."""
    if isinstance(total, Blurred):
        return max(_KNOWN * total.blur.gram, _LEAST * number(total.cells["n"][0]))
    digits = total.digits.get("gram")
    return float(squares) * (_LEAST if digits is None else 10.0 ** (1 - digits))


def _within(r: float) -> float:
    return max(-1.0, min(1.0, float(r)))
