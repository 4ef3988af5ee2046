"""A score row by row: what `engine.scored` is held against; sites do not run it."""

from __future__ import annotations

import math
from datetime import date
from functools import reduce
from operator import mul

from fedcli.engine.levels import plain
from fedcli.engine.people import Row
from fedcli.model.dataset import Dictionary
from fedcli.model.terms import Factor
from fedcli.statistics.bins import Score

_FUNCTIONS = {"log": math.log, "log1p": lambda x: math.log(1 + x), "sqrt": math.sqrt}


def score_of(score: Score, row: Row, dictionary: Dictionary) -> float | None:
    """The sum of terms times coefficients, one after the other; None where something is missing."""
    try:
        terms = [
            reduce(mul, [_number(one, row, dictionary) for one in term.factors], 1.0) for term in score.terms
        ]
    except (ValueError, TypeError, OverflowError):  # of nothing there is no number, nor a logarithm of zero
        return None
    total = reduce(lambda left, right: left + right, map(mul, score.coefficients, terms))
    return total if math.isfinite(total) else None


def _number(factor: Factor, row: Row, dictionary: Dictionary) -> float:
    value = row[factor.column]
    if factor.level is not None:
        return _indicator(factor, value, dictionary)
    told = _FUNCTIONS[factor.function](value) if factor.function else float(value)
    told = (told - factor.centre) / factor.scale
    if factor.polynomial is None:
        return float(reduce(mul, [told] * factor.power))
    return reduce(lambda left, right: left * told + right, reversed(factor.polynomial))


def _indicator(factor: Factor, value: object, dictionary: Dictionary) -> float:
    """Whether a value is a level; one that nobody declared is no value."""
    told = plain(value) if isinstance(value, date) else value
    known = [level for level in dictionary.columns[factor.column].categories if _same(level, told)]
    if not known:
        raise ValueError("no level")
    return float(_same(known[0], factor.level))


def _same(one: object, other: object) -> bool:
    return one == other and isinstance(one, bool) == isinstance(other, bool)
