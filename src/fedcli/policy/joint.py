"""The joint table of all columns, in pieces: what is possible in the pieces is possible in the whole.

Columns that one table has together are in one piece. Where the pieces hang together like a tree, pieces
that agree on what they share are those of a whole table (Lauritzen 1996, Graphical Models, section 4.4),
so that nobody needs the table over all columns. Columns are eliminated one by one; each piece is a column
with those that it was together with, and the last one is the number of rows.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from itertools import accumulate
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.policy.told import Between, Cut, Has, Is, Part, Told, Where

Places = NDArray[np.int64]


class Values(NamedTuple):
    """The values of a column that are told apart: its levels or the pieces between cuts; then, no value.

    Each begins somewhere on the line of numbers, where the column has numbers.
    """

    levels: tuple[Level, ...]
    starts: tuple[Cut, ...]

    def __len__(self) -> int:
        return max(len(self.levels), len(self.starts)) + 1

    def having(self, part: Part) -> NDArray[np.bool_]:
        """The values of which something is so."""
        match part:
            case Is(level):
                found = [one == level for one in self.levels]
            case Between(low, high):
                found = [low <= start < high for start in self.starts]
            case Has(value):
                return np.array([value] * (len(self) - 1) + [not value])
        return np.array([*found, False])


class Joint:
    """The cells of all pieces, one after the other, and which of them are the rows of which kind."""

    def __init__(self, told: Iterable[Told], dictionary: Dictionary) -> None:
        wheres = [where for one in told for _, where in one.sums]
        self.values = _values(wheres, dictionary)
        sizes = {name: len(values) for name, values in self.values.items()}
        self._pieces = pieces([frozenset(name for name, _ in where) for where in wheres], sizes)
        shapes = [tuple(sizes[name] for name in piece) for piece in self._pieces]
        self._firsts = list(accumulate(map(math.prod, shapes), initial=0))
        self._shapes = shapes

    @property
    def size(self) -> int:
        """How many cells there are."""
        return self._firsts[-1]

    def cells(self, where: Where) -> Places:
        """The cells of a piece in which the rows of a kind are."""
        at = self._piece({name for name, _ in where}, 0)
        marks = np.ones(self._shapes[at], dtype=bool)
        for name, part in where:
            place = self._pieces[at].index(name)
            line = [-1 if axis == place else 1 for axis in range(marks.ndim)]
            marks &= self.values[name].having(part).reshape(line)
        return np.flatnonzero(marks) + self._firsts[at]

    def ties(self) -> Iterator[tuple[Places, Places]]:
        """Cells of a piece, and cells of a later one, that are the same rows."""
        for at, piece in enumerate(self._pieces[:-1]):
            shared = piece[1:]
            after = self._piece(set(shared), at + 1)
            mine, other = self._by(at, shared), self._by(after, shared)
            for number in range(math.prod(self._shapes[at][1:])):
                ours, theirs = np.flatnonzero(mine == number), np.flatnonzero(other == number)
                yield ours + self._firsts[at], theirs + self._firsts[after]

    def _piece(self, columns: set[ColumnName], first: int) -> int:
        """The first piece from some on that has all of some columns."""
        return next(at for at in range(first, len(self._pieces)) if columns <= set(self._pieces[at]))

    def _by(self, at: int, columns: tuple[ColumnName, ...]) -> Places:
        """For each cell of a piece the number of its combination of some columns' values."""
        found = np.zeros(self._shapes[at], dtype=np.int64)
        grid = np.indices(self._shapes[at])
        for name in columns:
            found = found * len(self.values[name]) + grid[self._pieces[at].index(name)]
        return found.ravel()


def pieces(
    together: Iterable[frozenset[ColumnName]], sizes: Mapping[ColumnName, int]
) -> list[tuple[ColumnName, ...]]:
    """The columns of each piece, the one that is in no later piece first; the last one has none.

    The column whose piece is smallest goes first, which is a good order and not always the best.
    """
    near: dict[ColumnName, set[ColumnName]] = {name: {name} for name in sizes}
    for columns in together:
        for name in columns:
            near[name] |= columns
    found: list[tuple[ColumnName, ...]] = []
    while near:
        first = min(near, key=lambda name: (math.prod(sizes[one] for one in near[name]), name))
        rest = near.pop(first) - {first}
        found.append((first, *sorted(rest)))
        for name in rest:
            near[name] = (near[name] | rest) - {first}
    return [*found, ()]


def _values(wheres: Iterable[Where], dictionary: Dictionary) -> dict[ColumnName, Values]:
    """What is told apart of each column: its levels where a table has them, or else the numbers by cuts."""
    asked: dict[ColumnName, set[Part]] = {}
    for where in wheres:
        for name, part in where:
            asked.setdefault(name, set()).add(part)
    return {name: _apart(found, _declared(name, dictionary)) for name, found in asked.items()}


def _declared(name: ColumnName, dictionary: Dictionary) -> tuple[Level, ...]:
    """The levels of a column; a score, which is no column, has none."""
    column = dictionary.columns.get(name)
    return column.categories if column else ()


def _apart(parts: set[Part], declared: tuple[Level, ...]) -> Values:
    if any(isinstance(part, Is) for part in parts):
        numbers = [level for level in declared if isinstance(level, int | float)]
        return Values(declared, tuple((float(level), 0.5) for level in numbers))
    starts = {part.low for part in parts if isinstance(part, Between)}
    return Values((), tuple(sorted(starts | {(-math.inf, 0.0)})))
