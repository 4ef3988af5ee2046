"""A score of a row in SQL: a column that is made of others.

Terms, or the leaves of trees, are added up one after the other, from the first on, as `engine.by_score`
does: no value near an edge then lies on either side of it by the order in which it was computed.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import reduce
from typing import NamedTuple, cast

from fedcli.engine.bounding import place
from fedcli.engine.deep import OUT, Step, grown, layered
from fedcli.engine.sql import Binder, visible
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.scoring import Grove, Layered
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
        """No number where it would not be a finite one; nothing fails on a value.

        Each step is a query over the one before: what is used often would else be written out as often.
        """
        *steps, told = self._steps(binder)
        for step in steps:
            made = ", ".join(f"{what} AS {visible(name)}" for name, what in step.items())
            rows = f"(SELECT *, {made} FROM {rows})"
        text = f"TRY({told[self.score.name]})"
        score = f"CASE WHEN isfinite({text}) THEN {text} END AS {visible(self.score.name)}"
        return f"SELECT *, {score} FROM {rows}"

    def _steps(self, binder: Binder) -> list[Step]:
        """What is made one after the other, the number at last."""
        by, out = self.score.by, {self.score.name: visible(OUT)}
        if isinstance(by, Grove):
            return [*grown(by, self._values(binder), self.dictionary, binder), out]
        if isinstance(by, Layered):
            inputs = [self._term(term, binder) for term in self.score.terms if term.factors]
            return [*layered(by, inputs, binder), out]
        parts = zip(self.score.terms, by, strict=True)
        told = [f"({_bound(number, binder)} * {self._term(term, binder)})" for term, number in parts]
        return [{self.score.name: reduce(lambda left, right: f"({left} + {right})", told)}]

    def _values(self, binder: Binder) -> Step:
        """Each column of the score by its name: a number, or the place of a level."""
        factors = {factor.column: factor for term in self.score.terms for factor in term.factors}
        return {
            name: f"CAST({visible(name)} AS DOUBLE)" if one.level is None else self._place(name, binder)
            for name, one in factors.items()
        }

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
        found = self._place(factor.column, binder)
        return f"CAST(({found}) = {column.categories.index(cast('Level', factor.level))} AS DOUBLE)"

    def _place(self, name: ColumnName, binder: Binder) -> str:
        column = self.dictionary.columns[name]
        return place(column.categories, column, name, self.stored[name], binder)


def _bound(number: float, binder: Binder) -> str:
    return f"{binder.bind(float(number))}::DOUBLE"
