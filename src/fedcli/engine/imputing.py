"""The rows of a model whose missing values are filled in, several times: read once, then drawn each time.

What is drawn for a row depends on all rows, so that they are held in memory while the vault lives; in an
order that their values alone give.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np

from fedcli.engine.blocks import ROWS, Base, Vector, bases, cut
from fedcli.engine.chained import Target, completed
from fedcli.engine.draws import Draws
from fedcli.errors import fault
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Imputed

#: How many bytes of rows may be held.
_MOST = 2**30


class Imputing:
    """The rows of one design, and those that were filled in."""

    def __init__(self, design: Design, dictionary: Dictionary, key: str) -> None:
        self._imputed = imputed_of(design)
        places = {base: place for place, base in enumerate(bases(design))}
        self._targets = [_target(name, places, dictionary) for name in self._imputed.columns]
        self._wanted = len(places)
        self._may_lack = [line for target in self._targets for line in target.lines]
        self._key, self._question = key, once(design).sha256
        self._rows: Vector | None = None
        self._filled: dict[int, Vector] = {}
        self.whole = 0

    def read(self, batches: Iterable[Any], most: int) -> None:
        """Take the rows, unless they were; `most` is how many there are at most.

        Raises:
            DataFault: D-MEMORY where they are too many to hold.
        """
        if self._rows is None:
            if 8 * self._wanted * most > _MOST:
                raise fault("D-MEMORY")
            self.take([*cut(batches, self._wanted)])

    def take(self, blocks: list[Vector]) -> None:
        """Take the rows, one line for each base."""
        found = [*map(self._kept, blocks)]
        rows = np.concatenate(found, axis=1) if found else np.empty((self._wanted, 0))
        lacks = np.isnan(rows).any(axis=0)
        self.whole = int((~lacks).sum())
        self._rows = rows[:, np.lexsort((*rows, lacks))]

    def blocks(self, which: int) -> Iterator[Vector]:
        """Those that lack nothing, and then those that were filled in; no block has both."""
        assert self._rows is not None
        if which not in self._filled:
            draws = Draws(self._key, f"{self._question} {which}")
            rows = completed(self._rows, self._targets, self._imputed.cycles, draws)[:, self.whole :]
            self._filled[which] = rows[:, np.isfinite(rows).all(axis=0)]
        for part in (self._rows[:, : self.whole], self._filled[which]):
            for first in range(0, part.shape[1], ROWS):
                yield part[:, first : first + ROWS]

    def _kept(self, rows: Vector) -> Vector:
        """Rows that lack nothing but what may be filled in, where what is not finite is none."""
        rows[~np.isfinite(rows)] = np.nan
        needed = np.delete(rows, self._may_lack, axis=0)
        return rows[:, np.isfinite(needed).all(axis=0)]


def imputed_of(design: Design) -> Imputed:
    """What is filled in of a design in which something is."""
    assert design.imputed is not None
    return design.imputed


def once(design: Design) -> Design:
    """The design as it is filled in for the first time."""
    return design.model_copy(update={"imputed": imputed_of(design).model_copy(update={"which": 1})})


def _target(name: ColumnName, places: dict[Base, int], dictionary: Dictionary) -> Target:
    """A column that a design has as a number, or by its levels."""
    lines = tuple(place for (column, _), place in places.items() if column == name)
    bounds = dictionary.columns[name].range
    if (name, None) not in places or bounds is None:
        return Target(lines, None)
    return Target(lines, (float(bounds[0]), float(bounds[1])))
