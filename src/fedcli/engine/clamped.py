"""The SQL of a model's rows under differential privacy: every number within its bounds, every level declared.

A number outside its bounds is at their end before any function is applied to it, and a level that nobody
declared is as good as none. Rows that lack something are left out, and of the others at most so many of a
person are taken. Nothing of this looks at another person's rows.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from fedcli.engine.blocks import bases
from fedcli.engine.bounding import Bounding, place
from fedcli.engine.sql import Binder, visible
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design


class Clamped:
    """The rows of a design; `stored` are the types that columns are stored in."""

    def __init__(self, design: Design, dictionary: Dictionary, stored: Mapping[str, str]) -> None:
        self._design, self._dictionary, self._stored = design, dictionary, stored

    def emit(self, bounding: Bounding, most: int) -> Callable[[Binder], str]:
        """The end of a query over `cohort`: one double for each base, of at most `most` rows of a person."""

        def text(binder: Binder) -> str:
            told = [f"{self._base(*one, binder)} AS b{at}" for at, one in enumerate(bases(self._design))]
            where = " AND ".join(self._whole(binder)) or "true"
            return bounding.rows(told, sorted(self._design.columns), most, where)

        return text

    def _whole(self, binder: Binder) -> Iterator[str]:
        """The conditions of rows that lack nothing, and weigh something."""
        for name in sorted(self._design.columns):
            yield f"{self._level(name, binder) if self._levels(name) else visible(name)} IS NOT NULL"
        if self._design.weights:
            yield f"{visible(self._design.weights.column)} > 0"

    def _base(self, name: ColumnName, level: Any, binder: Binder) -> str:
        if level is None:
            return self._number(name)
        if self._levels(name):
            return f"CAST({self._level(name, binder)} = {self._levels(name).index(level)} AS DOUBLE)"
        return f"CAST({self._number(name)} = {binder.bind(level)} AS DOUBLE)"

    def _number(self, name: ColumnName) -> str:
        bounds = self._dictionary.columns[name].range
        assert bounds is not None  # a design has no number without bounds
        low, high = map(float, bounds)
        return f"least(greatest(CAST({visible(name)} AS DOUBLE), {low!r}), {high!r})"

    def _level(self, name: ColumnName, binder: Binder) -> str:
        column = self._dictionary.columns[name]
        return place(column.categories, column, name, self._stored[name], binder)

    def _levels(self, name: ColumnName) -> tuple[Any, ...]:
        return self._dictionary.columns[name].categories
