"""How far a row of a design reaches: the public bounds that a step of a model is scaled by.

Every column of a design lies in [-1, 1], and an outcome within its bounds. Of the indicators of one category
at most one is 1: they are one part, as every number is, and |x|^2 is at most the number of parts. Few rows
are near that. A row therefore weighs w = min(1, R^2 / |x|^2), which depends on its columns alone: a weighted
regression of the same model, whose coefficients are not biased by it (clipping the outcome, or a row's
score, would be).

R^2 counts 1 of the intercept, an eighth of every number and a quarter of every other part. The noise of a
coefficient grows as R to R^2, and falls with the weights. A normal column with bounds at 3 to 5 standard
deviations has a mean square of 1/9 to 1/25, one spread evenly 1/3. With ten of either kind an eighth is
within a fifth of the best for both; a quarter costs normal ones a third more, a twelfth even ones a tenth.
Where many columns are alike, all rows are about as long and weigh the same, so that nothing else is lost.

Indicators are centred, where there is an intercept, by 1 / (m + 1) where there are m in a part: a single one
is then 1/2 from zero in every row, not 1 in some, and in less of a tangle with the intercept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Hashable
from fractions import Fraction
from typing import NamedTuple

from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.model.terms import Design, Term
from fedcli.statistics.basis import value
from fedcli.statistics.families import FamilyName

#: What a number, and what the indicators of a category, add to R^2, of the 1 that they can.
_NUMBER, _LEVELS = Fraction(1, 8), Fraction(1, 4)


class Reach(NamedTuple):
    """What a row can be: R^2 of its columns, its residual, its prior weight; and the rows of a person.

    `start` is the intercept that a fit starts at: where the longest exposure expects one.
    """

    square: Fraction
    residual: float
    weight: float
    rows: int
    start: float = 0.0

    @property
    def radius(self) -> float:
        """The length R that no row's columns exceed once it is weighted."""
        return math.sqrt(self.square)


def reach(design: Design, family: FamilyName, dictionary: Dictionary, contribution: Contribution) -> Reach:
    """The reach of a design.

    Without an intercept in the first place, or with prior weights, every row has its whole weight: then n, or
    the sum of prior weights, is what the rows weigh together, which errors are made of.
    """
    parts = {_part(term, at): term for at, term in enumerate(design.terms)}
    shrinks = has_intercept(design) and design.weights is None
    adds = [_LEVELS if term.indicator else _NUMBER for term in parts.values() if term.factors]
    return Reach(
        1 + sum(adds, Fraction(0)) if shrinks else Fraction(len(parts)),
        _upper(design, dictionary) if family == "poisson" else 1.0,
        _heaviest(design, dictionary),
        contribution.rows if design.clustered and dictionary.repeats else 1,
        -_longest(design, dictionary) if design.offset and has_intercept(design) else 0.0,
    )


def centred(design: Design) -> Design:
    """A design whose indicators are centred; its coefficients tell the same, but for the intercept's."""
    if not has_intercept(design):
        return design
    parts = [_part(term, at) for at, term in enumerate(design.terms)]
    sizes = Counter(parts)
    terms = tuple(
        term.model_copy(update={"centre": 1 / (sizes[part] + 1)}) if term.factors and term.indicator else term
        for term, part in zip(design.terms, parts, strict=True)
    )
    return design.model_copy(update={"terms": terms})


def has_intercept(design: Design) -> bool:
    """Whether the first column of a design is one for everybody."""
    return not design.terms[0].factors


def _part(term: Term, at: int) -> Hashable:
    """What a term belongs to: of the indicators of one part at most one is 1."""
    return tuple(sorted(one.column for one in term.factors)) if term.factors and term.indicator else at


def _upper(design: Design, dictionary: Dictionary) -> float:
    """The highest count, from the dictionary."""
    [factor] = design.outcome.factors
    bounds = dictionary.columns[factor.column].range
    assert bounds is not None  # a count has bounds, or it is no outcome
    return float(bounds[1]) or 1.0


def _longest(design: Design, dictionary: Dictionary) -> float:
    """The highest offset, from the dictionary."""
    import numpy as np

    offset = design.offset
    assert offset is not None
    bounds = dictionary.columns[offset.column].range  # an offset has bounds, or it is none
    return float(value(offset, np.array(bounds, float)).max())


def _heaviest(design: Design, dictionary: Dictionary) -> float:
    """The highest prior weight, from the dictionary; one without."""
    bounds = dictionary.columns[design.weights.column].range if design.weights else None
    return (float(bounds[1]) or 1.0) if bounds else 1.0
