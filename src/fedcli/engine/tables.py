"""The tables that a model's sums contain, and the largest parts of its totals: evidence for the gate.

They do not depend on coefficients, so that a vault which lives for the rounds of a query gathers them once.
"""

from __future__ import annotations

from itertools import combinations_with_replacement
from typing import Any

import numpy as np

from fedcli.engine.blocks import Base, Places, Seen, Vector
from fedcli.engine.imputing import Imputing
from fedcli.engine.others import Others
from fedcli.engine.passing import lateness
from fedcli.engine.spending import Spending
from fedcli.engine.tops import Tops
from fedcli.model.terms import Design
from fedcli.statistics.bands import split
from fedcli.statistics.indicators import Band, Condition, Four, distinct
from fedcli.statistics.late import STEPS
from fedcli.statistics.supports import Supports, conditions


class Witness:
    """Who is behind a model; where values are filled in, also who of those lacks none, who come first."""

    def __init__(self, design: Design, places: dict[Base, int], imputing: Imputing | None) -> None:
        self._everybody = Tables(design, places)
        self._imputing, self._observed = imputing, Tables(design, places) if imputing else None

    def see(self, seen: Seen) -> None:
        """Take a block."""
        self._everybody.see(seen)
        if self._imputing and self._observed and self._everybody.rows <= self._imputing.whole:
            self._observed.see(seen)

    def supports(self) -> Supports:
        """What was seen, for the checks of models."""
        found = self._everybody.supports()
        return found._replace(observed=self._observed.supports()) if self._observed else found


class Tables:
    """Who meets which conditions, and the largest parts of each group's totals."""

    def __init__(self, design: Design, places: dict[Base, int]) -> None:
        self._design, self._places = design, places
        self.rows = self._persons = 0
        self._conditions = conditions(design)
        self._numbers = [at for at, term in enumerate(design.terms) if not term.indicator]
        self._pairs = list(combinations_with_replacement(range(len(self._conditions)), 2))
        self._four, self._several = np.zeros((2, len(self._pairs), 4), dtype=np.int64)
        self._tops = Tops(len(self._conditions), len(self._numbers) + 1)
        self._joint = (
            _joint(self._conditions if design.weights else _levels(design)) if design.weighed else []
        )
        self._weighed = Tops(len(self._joint), 1)
        self._others = Others(design, self._conditions, places)
        self._dated = np.zeros((len(self._conditions), STEPS), dtype=np.int64)
        self._spending = Spending(design) if design.intervals else None

    def see(self, seen: Seen) -> None:
        """Take a block."""
        rows = len(seen.outcome)
        self.rows += rows
        self._persons += rows if seen.persons is None else len(seen.persons)
        meets = np.array([self._meets(one, seen) for one in self._conditions])
        self._count(meets, seen.persons)
        self._others.see(seen, meets)
        if self._design.trending:
            self._date(seen, meets)
        if self._spending is not None:
            pieces = np.array([self._meets(one, seen) for one in self._spending.pieces])
            self._spending.see(seen, pieces, self._times(seen))
        lines = [seen.terms[at] for at in self._numbers]
        lines += [np.zeros(rows) if self._design.outcome.indicator else seen.outcome]
        if seen.weight is not None:
            lines = [line * seen.weight for line in lines]
            joint = np.array([self._meets(one, seen) for one in self._joint])
            self._weighed.add(joint, [seen.weight], seen.persons)
        self._tops.add(meets, lines, seen.persons)

    def _meets(self, one: Condition, seen: Seen) -> Vector:
        found = np.ones(len(seen.outcome))
        for column, level in one:
            if isinstance(level, Band):
                numbers = seen.bases[self._places[column, None]]
                found *= (level.low <= numbers) & (numbers < level.high)
            else:
                found *= seen.bases[self._places[column, level]]  # type: ignore[index]
        return found

    def _times(self, seen: Seen) -> tuple[Vector, Vector | None]:
        """When follow-up ended, and when it began, where some enter late."""
        times = self._design.times
        assert times is not None
        late = times.entry
        return seen.bases[self._places[times.column, None]], (
            None if late is None else seen.bases[self._places[late, None]]
        )

    def _count(self, meets: Vector, persons: Places | None) -> None:
        """The four cells of each pair of conditions; a person counts in every one that a row is in."""
        if persons is None:
            self._four += _rows_of_pairs(meets)
            return
        for at, (i, j) in enumerate(self._pairs):
            one, other = meets[i], meets[j]
            cells = np.array([one * other, one * (1 - other), (1 - one) * other, (1 - one) * (1 - other)])
            found = np.add.reduceat(cells, persons, axis=1) > 0
            self._four[at] += found.sum(axis=1)
            self._several[at] += found[:, np.diff(persons, append=len(one)) > 1].sum(axis=1)

    def _date(self, seen: Seen, meets: Vector) -> None:
        """By how late they came, the events of those who meet each condition."""
        times = self._design.times
        assert times is not None
        when = seen.bases[self._places[times.column, None]]
        came = np.flatnonzero((seen.outcome == 1) & (when <= times.until))
        steps = ((lateness(times, when[came]) + 1) / 2 * STEPS).astype(np.intp).clip(0, STEPS - 1)
        for at, one in enumerate(meets[:, came]):
            self._dated[at] += np.bincount(steps, one, STEPS).astype(np.int64)

    def supports(self) -> Supports:
        """What was seen, for the checks of models."""
        four = self._by_pair(self._four)
        which: list[Any] = [*self._numbers, None]
        tops = {
            (one, name): self._tops.of(i, at)
            for i, one in enumerate(self._conditions)
            for at, name in enumerate(which)
        }
        weighed = {one: self._weighed.of(i, 0) for i, one in enumerate(self._joint)}
        spent = self._spending.found() if self._spending else {}
        found = Supports(self._persons, four, tops, weighed, self._others.found(), spent=spent)
        found = found._replace(scored=self._others.scored())
        dated = zip(self._conditions, map(tuple, self._dated.tolist()), strict=True)
        if self._design.exchangeable:
            found = found._replace(several=self._by_pair(self._several))
        return found._replace(dated=dict(dated)) if self._design.trending else found

    def _by_pair(self, counts: Any) -> dict[tuple[Condition, Condition], Four]:
        """The four cells of every two conditions, in either order."""
        four: dict[tuple[Condition, Condition], Four] = {}
        for (i, j), cells in zip(self._pairs, counts.tolist(), strict=True):
            both, one, other, neither = cells
            four[self._conditions[i], self._conditions[j]] = (both, one, other, neither)
            four[self._conditions[j], self._conditions[i]] = (both, other, one, neither)
        return four


def _rows_of_pairs(meets: Vector) -> Any:
    """The four cells of every pair of conditions, in rows; at once, because bands make many pairs."""
    both, alone = meets @ meets.T, meets.sum(axis=1)
    i, j = np.triu_indices(len(meets))
    first, second, shared = alone[i], alone[j], both[i, j]
    cells = [shared, first - shared, second - shared, meets.shape[1] - first - second + shared]
    return np.rint(np.array(cells)).astype(np.int64).T


def _levels(design: Design) -> list[Condition]:
    """Those of the terms."""
    return distinct([part.levels for part in split(design)])


def _joint(conditions: list[Condition]) -> list[Condition]:
    """Every two conditions at once."""
    return distinct([one | other for one in conditions for other in conditions])
