"""What an example of a model is about: one step of a fit with two terms, and its evidence."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fedcli.model.cells import Axis, Cell
from fedcli.statistics.score import SUMS, Score
from fedcli.statistics.shape import Shape


def _weighed(number: int) -> type[Score]:
    """A score that is of a network with so many weights."""

    class Weighed(Score):
        """It is told as any other."""

        __slots__ = ()

        @property
        def weights(self) -> int:
            """Of the example."""
            return number

    return Weighed if number else Score


@dataclass(frozen=True, kw_only=True)
class Fitted:
    """A step of a model with two terms: an intercept, and a column of zeros and ones.

    `fewest` is the smallest cell of the table of exposure by outcome; `total`, `largest` and `second` are
    of the exposed persons' numbers.
    """

    persons: tuple[int, ...] = (200,)
    fewest: int = 40
    total: float = 1000.0
    largest: float = 120.0
    second: float = 100.0
    parameters: int = 2
    weights: int = 0
    outside: int = 0
    partly: int = 0

    @property
    def axes(self) -> tuple[Axis, ...]:
        """The terms."""
        return (Axis(name="term", levels=("(Intercept)", "exposed")),)

    def shape(self) -> Shape:
        """The exact sums."""
        [n] = self.persons
        cells: dict[str, tuple[Cell, ...]] = {
            "n": (n,),
            "gram": (50.0, 25.0, 25.0),
            "score": (4.0, 2.0),
            "deviance": (210.0,),
            "sums": (80.0, *(0.0,) * (len(SUMS) - 1)),
        }
        return _weighed(self.weights)(self.axes, cells)

    def figures(self) -> dict[str, dict[str, tuple[Any, ...]]]:
        """The evidence by kind and field."""
        [n] = self.persons
        lengths = {"n": 1, "gram": 3, "score": 2, "deviance": 1, "sums": len(SUMS)}
        everywhere = {
            "persons": n,
            "cells": self.fewest,
            "inhabited": int(self.fewest > 0),
            "residual": n - self.parameters,
            "stratum": n / self.parameters,
        }
        totals = {"magnitude": self.total, "largest": self.largest, "second": self.second}
        groups = {name: (0.0,) * length for name, length in lengths.items()}
        return {
            **{
                kind: {name: (figure,) * length for name, length in lengths.items()}
                for kind, figure in everywhere.items()
            },
            **{kind: groups | {"gram": (0.0, figure, 0.0)} for kind, figure in totals.items()},
        }

    def cohort(self) -> int:
        """How many persons the question is about."""
        return self.persons[0]

    def told(self) -> dict[str, tuple[Any, ...]]:
        """The figures that an example sets."""
        usual, names = Fitted(), ("fewest", "total", "largest", "second", "parameters", "weights")
        changed = [name for name in names if getattr(self, name) != getattr(usual, name)]
        return {name: (getattr(self, name),) for name in changed}
