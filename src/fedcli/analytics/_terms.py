"""What a fitted model tells of its terms: coefficients, tests of each term, and combinations asked for."""

from __future__ import annotations

from typing import Annotated, NamedTuple, Protocol

from pydantic import Field

from fedcli.language.contrasts import contrast
from fedcli.model.cells import Cell
from fedcli.model.result import Table
from fedcli.model.terms import Design
from fedcli.statistics.fitted import COLUMNS, lacking, line
from fedcli.statistics.wald import TESTS, Estimates, untested

#: Linear combinations of coefficients, by their names.
Contrasts = Annotated[
    tuple[Annotated[str, Field(min_length=1, max_length=500)], ...] | None,
    Field(max_length=50, description='sums of coefficients, such as "sexmale - 2 * smokingyes"'),
]
Rows = tuple[tuple[Cell | str, ...], ...]


class Fit(Protocol):
    """A fit of which terms are told."""

    def coefficients(self) -> Rows:
        """For each term what `COLUMNS` says."""
        ...

    def estimates(self) -> Estimates:
        """The coefficients in the units of their columns, with their covariance."""
        ...


class Terms(NamedTuple):
    """The tables of a model with a design, and with the combinations that were asked for."""

    design: Design
    contrasts: Contrasts

    def check(self, where: str) -> None:
        """Raise Q-CONTRAST unless each combination is one of the design's columns."""
        for one in self.contrasts or ():
            contrast(one, self._names, where)

    def of(self, fit: Fit) -> dict[str, Table]:
        """Of a fit."""
        found = fit.estimates()
        return self._tables(fit.coefficients(), found.tests(self.design), self._combined(found))

    def lacking(self) -> dict[str, Table]:
        """Where there is no fit."""
        nothing = (None,) * (len(COLUMNS) - 1)
        combined = tuple((one, *nothing) for one in self.contrasts or ())
        return self._tables(lacking(self.design.terms), untested(self.design), combined)

    @property
    def _names(self) -> list[str]:
        return [term.name for term in self.design.terms]

    def _combined(self, found: Estimates) -> Rows:
        named = ((one, contrast(one, self._names, "the query")) for one in self.contrasts or ())
        told = ((one, found.combined(weights)) for one, weights in named)
        return tuple((one, *line(value, error, found.degrees)) for one, (value, error) in told)

    def _tables(self, coefficients: Rows, tests: Rows, combined: Rows) -> dict[str, Table]:
        tables = {"coefficients": Table(columns=COLUMNS, keys=1, rows=coefficients)}
        if tests:
            tables["tests"] = Table(columns=TESTS, keys=1, rows=tests)
        if self.contrasts:
            tables["contrasts"] = Table(columns=("contrast", *COLUMNS[1:]), keys=1, rows=combined)
        return tables
