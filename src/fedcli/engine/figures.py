"""What queries say of moments and of the persons behind them, added up to evidence."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from operator import add
from typing import Any

from fedcli.engine.levels import Levels
from fedcli.errors import fault
from fedcli.model.cells import Axis, size
from fedcli.statistics.evidence import Figures, Kind

_SHARED = 2.0  # 1 but for rounding, which may make a sum of squares too small
_CLOSE = 1e-6  # of the largest value: what is closer to the mean may be rounding


def _latter(_: Any, told: Any) -> Any:
    return told


def _two(known: tuple[float, ...], told: Sequence[float]) -> tuple[float, ...]:
    return tuple(sorted((*known, *told), reverse=True)[:2])


#: How a figure goes on when another query tells more of it, and what it is before.
_TOLD: dict[str, tuple[Callable[[Any, Any], Any], Any]] = {
    "n": (add, 0),
    "missing": (add, 0),
    "mean": (_latter, None),
    "m2": (_latter, None),
    "low": (_latter, None),
    "high": (_latter, None),
    "persons": (add, 0),
    "persons_missing": (add, 0),
    "nonzero": (add, 0),
    "above": (add, 0),
    "below": (add, 0),
    "top": (_two, ()),
    "magnitude": (add, 0.0),
    "spread": (max, 0.0),
}


class Gathered:
    """The figures of each variable in each group, as one query after the other tells them.

    `n`, `missing`, `mean`, `m2`, `low`, `high` are of the rows. Of persons: how many have a value, lack
    one, have one other than zero (`nonzero`), above the least (`above`), below the largest (`below`);
    the two largest totals, the sum of their sizes, and the largest sum of squared deviations.
    """

    def __init__(self, variables: Sequence[str], groups: tuple[Axis, ...]) -> None:
        self._places = {name: at for at, name in enumerate(variables)}
        self._levels, self._size, self._axes = Levels(groups), size(groups), len(groups)
        self._cells = range(len(variables) * self._size)
        self.figures: dict[str, list[Any]] = {
            name: [start for _ in self._cells] for name, (_, start) in _TOLD.items()
        }
        self._found: dict[int, tuple[Any, ...]] = {}

    def take(self, names: Sequence[str], variables: Sequence[str], rows: Iterable[Sequence[Any]]) -> None:
        """Take the rows of a query: the levels of a group, then the named figures of each variable.

        Raises:
            DataFault: D-LEVEL where a value is none of the declared levels.
        """
        for row in rows:
            levels, told = tuple(row[: self._axes]), row[self._axes :]
            place = self._levels.place(levels)
            assert place is not None  # rows without a level belong to no group
            self._found[place] = levels
            for at, figure in enumerate(told):
                variable, which = divmod(at, len(names))
                if figure is not None:
                    self._tell(names[which], self._cell(variables[variable], place), figure)

    @property
    def found(self) -> bool:
        """Whether any group has rows."""
        return bool(self._found)

    def levels(self) -> Iterator[tuple[Any, ...]]:
        """For each column to group by its values in the groups that have rows, as the engine gave them."""
        return zip(*self._found.values(), strict=True)

    def known(self, names: Sequence[str], variables: Sequence[str]) -> dict[str, list[tuple[Any, ...]]]:
        """Some figures of each variable, in the same groups in the same order."""
        return {
            name: [
                tuple(self.figures[name][self._cell(variable, place)] for place in self._found)
                for variable in variables
            ]
            for name in names
        }

    def by_row(self) -> None:
        """Take each row as a person of its own; who is beside the ends of `shared` is still to be told."""
        asked = self.shared()
        told = self.figures
        told["persons"], told["persons_missing"] = list(told["n"]), list(told["missing"])
        for name, at in self._places.items():
            for cell in range(at * self._size, (at + 1) * self._size):
                told["spread"][cell] = self._furthest(cell)
                if name not in asked:
                    told["above"][cell] = told["below"][cell] = told["n"][cell]

    def shared(self) -> tuple[str, ...]:
        """The variables of which at least half of the rows of a group may have the least or largest value.

        The others need not be counted. A value that half of all have is a median, and no median is further
        from the mean than a standard deviation (Hotelling and Solomons 1932).
        """
        return tuple(
            name
            for name, at in self._places.items()
            if any(map(self._may_share, self._cells[at * self._size : (at + 1) * self._size]))
        )

    def contributors(self) -> list[int]:
        """The fewest persons with a value other than zero, or other than an end that at least half share."""
        columns = (self.figures[name] for name in ("persons", "nonzero", "above", "below"))
        return [
            min([nonzero, *(beside for beside in ends if 2 * beside <= persons)])
            for persons, nonzero, *ends in zip(*columns, strict=True)
        ]

    def _cell(self, variable: str, place: int) -> int:
        return self._places[variable] * self._size + place

    def _tell(self, name: str, cell: int, figure: Any) -> None:
        how, _ = _TOLD[name]
        self.figures[name][cell] = how(self.figures[name][cell], figure)

    def _furthest(self, cell: int) -> float:
        mean, low, high = (self.figures[name][cell] for name in ("mean", "low", "high"))
        far = 0.0 if mean is None else max(high - mean, mean - low)
        return far * far

    def _may_share(self, cell: int) -> bool:
        names = ("n", "mean", "m2", "low", "high")
        n, mean, m2, low, high = (self.figures[name][cell] for name in names)
        if not n:
            return False
        near = min(mean - low, high - mean) - _CLOSE * max(abs(low), abs(high))
        return bool(near <= 0 or n * near * near <= _SHARED * m2)


def check_finite(cells: dict[str, tuple[Any, ...]]) -> None:
    """Raise D-OVERFLOW where a sum is too large for a number."""
    if not all(math.isfinite(cell) for row in cells.values() for cell in row if cell is not None):
        raise fault("D-OVERFLOW")


def moments_evidence(figures: dict[str, list[Any]]) -> dict[Kind, dict[str, Figures]]:
    """The evidence for the fields of moments from the figures of the query.

    Raises:
        DataFault: D-OVERFLOW where a sum or a square is too large for a number.
    """
    sums = (*figures["mean"], *figures["m2"], *figures["spread"], *figures["magnitude"])
    if not all(math.isfinite(figure) for figure in sums if figure is not None):
        raise fault("D-OVERFLOW")
    persons = tuple(figures["persons"])
    tops = [(*top, 0.0, 0.0) for top in figures["top"]]
    constant = tuple(
        int(low is not None and low == high)
        for low, high in zip(figures["low"], figures["high"], strict=True)
    )
    spread = tuple(
        most / m2 if m2 else 0.0 for most, m2 in zip(figures["spread"], figures["m2"], strict=True)
    )
    return {
        "persons": {
            "n": persons,
            "missing": tuple(figures["persons_missing"]),
            "mean": persons,
            "m2": persons,
        },
        "contributors": {"mean": tuple(figures["contributors"])},
        "magnitude": {"mean": tuple(figures["magnitude"])},
        "largest": {"mean": tuple(top[0] for top in tops)},
        "second": {"mean": tuple(top[1] for top in tops)},
        "constant": {"mean": constant, "m2": constant},
        "spread": {"m2": spread},
    }


def fewest_alike(rows: Iterable[Sequence[Any]]) -> dict[int, int]:
    """In each place the fewest persons of one kind, from rows of place, kinds, rows and persons."""
    found: dict[tuple[Any, ...], int] = {}
    for place, *kinds, _, persons in rows:
        if place is not None:
            found[place, *kinds] = found.get((place, *kinds), 0) + persons
    fewest: dict[int, int] = {}
    for (place, *_), persons in found.items():
        fewest[place] = min(persons, fewest.get(place, persons))
    return fewest


def gradients_evidence(
    figures: dict[str, list[Any]], spots: int, fewest: Mapping[int, int], each: float
) -> dict[Kind, dict[str, Figures]]:
    """The same for gradients, of which `n` is told once for each bin and no spread.

    What is averaged is one of few numbers that everybody knows, so that a mean tells how many have each: the
    fewest persons who have one count as those who contribute. `each` are the persons of the smaller outcome
    for each leaf that may be told.
    """
    found = moments_evidence(figures)
    told = {kind: {"mean": known["mean"]} for kind, known in found.items() if "mean" in known}
    told["persons"]["n"] = found["persons"]["n"][:spots]
    told["contributors"]["mean"] = tuple(
        min(persons, fewest.get(at % spots, persons))
        for at, persons in enumerate(found["contributors"]["mean"])
    )
    told["stratum"] = {"mean": (each,) * len(told["persons"]["mean"])}
    return told
