"""Who holds most of the sums of a number times the outcome, whatever constant is taken off the outcome.

With the intercept a score at two coefficients tells the sum among those with the outcome, and what these
leave the others. Of an outcome that is a number the constants are those of `statistics.beside`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from fedcli.engine.blocks import Seen, Vector
from fedcli.engine.tops import Tops
from fedcli.model.terms import Design
from fedcli.statistics.bands import outcome
from fedcli.statistics.beside import scored
from fedcli.statistics.evidence import Top, worst
from fedcli.statistics.indicators import Condition


class Products:
    """The largest parts of the sum of each of some terms times the outcome less each of some values."""

    def __init__(self, design: Design, conditions: Sequence[Condition]) -> None:
        self._terms = scored(design)
        self._event = conditions.index(outcome(design)) if design.outcome.indicator else None
        self._prior = design.weights is not None
        self._values: tuple[float, ...] = ()

    def begin(self, values: Sequence[float]) -> None:
        """Take the values that many share; whether there is an event has two of them."""
        self._values = tuple(values) if self._event is None else (0.0, 1.0)
        self._tops = Tops(1, len(self._values) * len(self._terms))

    def see(self, seen: Seen, meets: Vector) -> None:
        """Take a block, and which of its rows meet each condition."""
        if not self._terms:
            return
        told = seen.outcome if self._event is None else meets[self._event]
        weight = seen.weight if self._prior and seen.weight is not None else 1.0
        lines = (seen.terms[at] * ((told - value) * weight) for value in self._values for at in self._terms)
        self._tops.add(np.ones((1, len(told))), lines, seen.persons)

    def found(self) -> Mapping[int, Top]:
        """By term, the total that fails where any does."""
        many = len(self._terms)
        return {
            at: worst(self._tops.of(0, place + many * one) for one in range(len(self._values)))
            for place, at in enumerate(self._terms)
        }
