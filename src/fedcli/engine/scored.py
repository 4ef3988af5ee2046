"""A score of a row in SQL: the sum of terms, each times its coefficient; a column that is made of others.

Terms are added up one after the other, from the first on, as `engine.by_score` does: no value near an edge
then lies on either side of it by the order in which it was computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple, cast

from fedcli.engine.bounding import place
from fedcli.engine.sql import Binder, visible
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Factor, Term
from fedcli.statistics.bins import Score

_FUNCTIONS = {
    "log": "CASE WHEN {0} > 0 THEN ln({0}) END",
    "log1p": "CASE WHEN {0} > -1 THEN ln(1 + {0}) END",
    "sqrt": "CASE WHEN {0} >= 0 THEN sqrt({0}) END",
}


class Scored(NamedTuple):
    """A score, the dictionary of its columns, and the types in which they are stored."""

    score: Score
    dictionary: Dictionary
    stored: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        """Its own, which no column can have."""
        return frozenset({self.score.name})

    @property
    def reads(self) -> frozenset[ColumnName]:
        """What it is made of."""
        return self.score.columns

    def select(self, rows: str, binder: Binder) -> str:
        """No number where it would not be a finite one; nothing fails on a value."""
        parts = zip(self.score.terms, self.score.coefficients, strict=True)
        told = [f"({_bound(number, binder)} * {self._term(term, binder)})" for term, number in parts]
        text = f"TRY({reduce(lambda left, right: f'({left} + {right})', told)})"
        score = f"CASE WHEN isfinite({text}) THEN {text} END AS {visible(self.score.name)}"
        return f"SELECT *, {score} FROM {rows}"

    def _term(self, term: Term, binder: Binder) -> str:
        factors = [self._factor(factor, binder) for factor in term.factors]
        return reduce(lambda left, right: f"({left} * {right})", factors) if factors else "1::DOUBLE"

    def _factor(self, factor: Factor, binder: Binder) -> str:
        if factor.level is not None:
            return self._level(factor, binder)
        value = f"CAST({visible(factor.column)} AS DOUBLE)"
        told = _FUNCTIONS[factor.function].format(value) if factor.function else value
        told = f"((({told}) - {_bound(factor.centre, binder)}) / {_bound(factor.scale, binder)})"
        if factor.polynomial is None:
            return reduce(lambda left, right: f"({left} * {right})", [told] * factor.power)
        numbers = [_bound(one, binder) for one in reversed(factor.polynomial)]
        return reduce(lambda left, right: f"({left} * {told} + {right})", numbers)

    def _level(self, factor: Factor, binder: Binder) -> str:
        """1 or 0; nothing for a level that nobody declared."""
        column = self.dictionary.columns[factor.column]
        found = place(column.categories, column, factor.column, self.stored[factor.column], binder)
        return f"CAST(({found}) = {column.categories.index(cast('Level', factor.level))} AS DOUBLE)"


def _bound(number: float, binder: Binder) -> str:
    return f"{binder.bind(float(number))}::DOUBLE"
