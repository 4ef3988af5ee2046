"""The grid of a model's columns that marginal means are over, from public facts alone.

Searle, Speed and Milliken (1980), Population marginal means in the linear model, section 2: all combinations
of levels count alike, and numbers are held. The mean of a product over such a grid is the product of each
column's mean, so that no combination is ever spelt out.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence

from fedcli.errors import fault
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Factor, Mean, Term
from fedcli.statistics import basis
from fedcli.statistics.reach import has_intercept

Grid = Mapping[ColumnName, Sequence[Level]]


def means(
    columns: Sequence[ColumnName],
    holding: Mapping[ColumnName, float],
    design: Design,
    dictionary: Dictionary,
    where: str,
) -> tuple[Mean, ...]:
    """For each level of some columns the weights of a design's coefficients.

    Raises:
        InvalidFile: Q-MODEL where a column is none of the model's, or has no levels there.
    """
    if not has_intercept(design):
        raise fault("Q-MODEL", reason="marginal means want an intercept that is told", where=where)
    levelled = {one.column for term in design.terms for one in term.factors if one.level is not None}
    numbers = {one.column for term in design.terms for one in term.factors} - levelled
    if not set(columns) <= levelled:
        raise fault("Q-MODEL", reason="means are of columns that its formula takes by levels", where=where)
    if not holding.keys() <= numbers:
        raise fault(
            "Q-MODEL", reason="what is held is a column that its formula takes as numbers", where=where
        )
    grid: dict[ColumnName, Sequence[Level]] = {name: dictionary.columns[name].categories for name in levelled}
    grid |= {name: (_held(name, holding, dictionary, where),) for name in numbers}
    return tuple(
        Mean(column=name, level=level, weights=tuple(_weights(design, {**grid, name: (level,)})))
        for name in columns
        for level in grid[name]
    )


def _held(name: ColumnName, holding: Mapping[ColumnName, float], dictionary: Dictionary, where: str) -> float:
    """Where a number is held: within its bounds, in the middle unless the query says otherwise."""
    low, high = (float(end) for end in dictionary.columns[name].range or (-math.inf, math.inf))
    told = holding.get(name, (low + high) / 2)
    if not low <= told <= high:
        raise fault("Q-MODEL", reason=f"{name} is held beyond its bounds", where=where)
    return told


def _weights(design: Design, grid: Grid) -> Iterator[float]:
    for term in design.terms:
        yield math.prod(_mean(term, name, grid[name]) for name in {one.column for one in term.factors})


def _mean(term: Term, name: ColumnName, values: Sequence[Level]) -> float:
    """What the factors of one column come to, over its values alike."""
    factors = [one for one in term.factors if one.column == name]
    return math.fsum(math.prod(_value(one, value) for one in factors) for value in values) / len(values)


def _value(factor: Factor, value: Level) -> float:
    import numpy as np

    if factor.level is not None:
        return float(value == factor.level and isinstance(value, bool) == isinstance(factor.level, bool))
    return float(basis.value(factor, np.array([float(value)]))[0])
