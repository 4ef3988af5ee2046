"""Wald's tests of what a model estimates: of all columns of a term at once, and of linear combinations.

Rao (1973), Linear Statistical Inference and Its Applications, section 6e.3. Where degrees of freedom are
finite the test is by F and by Student's distribution, else by chi-squared and the normal one.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics import tails

#: What is told of each term of a formula.
TESTS = ("term", "df", "statistic", "p_value")
_LARGEST_CONDITION = 1e12


class Estimates(NamedTuple):
    """The coefficients of a design's columns, their covariance, and the degrees of freedom of its scale."""

    beta: Any
    covariance: Any
    degrees: float

    def combined(self, weights: Mapping[int, float]) -> tuple[float, float]:
        """A linear combination by the columns' places, and its standard error; not a number where unknown."""
        import numpy as np

        row = np.zeros(len(self.beta))
        for at, weight in weights.items():
            row[at] = weight
        variance = float(row @ self.covariance @ row)
        return float(row @ self.beta), math.sqrt(variance) if variance >= 0 else math.nan

    def tests(self, design: Design) -> tuple[tuple[Cell | str, ...], ...]:
        """For each term of the formula but the intercept what `TESTS` says."""
        return self.tested(terms(design))

    def tested(self, groups: Mapping[str, list[int]]) -> tuple[tuple[Cell | str, ...], ...]:
        """The same of some coefficients at once, by a label and their places."""
        return tuple((label, *self._tested(places)) for label, places in groups.items())

    def _tested(self, places: list[int]) -> Iterator[Cell]:
        import numpy as np

        count, part = len(places), self.covariance[np.ix_(places, places)]
        yield count
        known = np.isfinite(part).all() and np.linalg.cond(part) <= _LARGEST_CONDITION
        statistic = float(self.beta[places] @ np.linalg.solve(part, self.beta[places])) if known else -1.0
        if statistic < 0:  # of rounded sums a covariance may be none
            yield from (None, None)
        elif math.isfinite(self.degrees):
            yield from (statistic / count, tails.f(statistic / count, count, self.degrees))
        else:
            yield from (statistic, tails.chi_squared(statistic, count))


def terms(design: Design) -> dict[str, list[int]]:
    """The places of the columns that each term of a formula has, by its name; the intercept is none."""
    found: dict[str, list[int]] = {}
    for at, term in enumerate(design.terms):
        if term.factors:
            found.setdefault(_label(term), []).append(at)
    return found


def untested(design: Design) -> tuple[tuple[Cell | str, ...], ...]:
    """The lines of terms without a fit."""
    return tuple((label, len(places), None, None) for label, places in terms(design).items())


def _label(term: Term) -> str:
    return ":".join(map(_named, term.factors))


def _named(factor: Factor) -> str:
    """A column as its term has it: all of its levels, and all columns of a basis, are one."""
    told = f"{factor.function}({factor.column})" if factor.function else factor.column
    if factor.spline is not None:
        return f"{'ns' if factor.spline.natural else 'bs'}({told})"
    if factor.polynomial is not None:
        return f"poly({told})"
    return f"pow({told}, {factor.power})" if factor.power > 1 else told
