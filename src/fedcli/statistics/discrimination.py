"""How well scores tell who has an outcome, from the counts of both classes in bins of the score.

All rows of a bin have its middle for their score. Figures are then exactly those of scores that are rounded
so: the area under the curve with ties for a half (Hanley and McNeil 1982), average precision as a sum over
steps, the score of Brier (1950), the recalibration of Cox (1958), net benefit by Vickers and Elkin (2006).

Where counts are hidden a figure lies between what it can be at their ends. A weighted mean is largest where
the weights above some place are at their upper ends and those below at their lower ones; the area is such a
mean in the counts of either class, so that its ends are found among pairs of places.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import partial, reduce
from itertools import accumulate, product
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.statistics.contrast import proportion
from fedcli.statistics.figures import SHARE, figure, plain
from fedcli.statistics.interval import Span, add, span

_STEPS, _STILL, _FLAT = 50, 1e-12, 1e-12
Numbers = Sequence[float]


class At(NamedTuple):
    """Who is selected at a threshold, and rightly so: true and false positives, false and true negatives."""

    tp: Cell
    fp: Cell
    fn: Cell
    tn: Cell

    @property
    def selected(self) -> Cell:
        """The share of all who are selected."""
        return proportion((add(self.tp, self.fp), add(self.fn, self.tn)), 0)

    @property
    def sensitivity(self) -> Cell:
        """The share of those with the outcome who are selected."""
        return proportion((self.tp, self.fn), 0)

    @property
    def specificity(self) -> Cell:
        """The share of those without it who are not."""
        return proportion((self.tn, self.fp), 0)

    @property
    def false_positive_rate(self) -> Cell:
        """The share of those without it who are."""
        return proportion((self.fp, self.tn), 0)

    @property
    def ppv(self) -> Cell:
        """The share of the selected who have it."""
        return proportion((self.tp, self.fp), 0)

    @property
    def npv(self) -> Cell:
        """The share of the others who do not."""
        return proportion((self.tn, self.fn), 0)

    def net_benefit(self, threshold: float) -> Cell:
        """True positives less false ones at the odds of the threshold, for each of all.

        It grows with the first and falls with the second; with all others it moves towards zero.
        """
        odds = threshold / (1 - threshold)
        cells = (self.tp, self.fp, add(self.fn, self.tn))

        def benefit(numbers: Numbers) -> float | None:
            tp, fp, rest = numbers
            return (tp - odds * fp) / (tp + fp + rest) if tp + fp + rest > 0 else None

        tp, fp, rest = map(span, cells)
        if not all(math.isfinite(end) for one in (tp, fp, rest) for end in one):
            return figure(benefit, cells, Span(-odds, 1.0))
        lows = [found for end in rest if (found := benefit((tp.low, fp.high, end))) is not None]
        highs = [found for end in rest if (found := benefit((tp.high, fp.low, end))) is not None]
        known = Span(min(lows, default=-odds), max(highs, default=1.0))
        return figure(benefit, cells, Span(-odds, 1.0), known)


class Classes(NamedTuple):
    """How many with and without the outcome are in each bin, from the lowest score on; the bins' middles."""

    negative: tuple[Cell, ...]
    positive: tuple[Cell, ...]
    middles: tuple[float, ...]

    @property
    def cells(self) -> tuple[Cell, ...]:
        """All counts: those without it first."""
        return (*self.negative, *self.positive)

    @property
    def n(self) -> Cell:
        """How many there are."""
        return reduce(add, self.cells)

    @property
    def events(self) -> Cell:
        """How many have the outcome."""
        return reduce(add, self.positive)

    @property
    def prevalence(self) -> Cell:
        """The share of those who have it."""
        return proportion((self.events, reduce(add, self.negative)), 0)

    def at(self, place: int) -> At:
        """At the lower edge of a bin."""

        def both(cells: tuple[Cell, ...]) -> tuple[Cell, Cell]:
            return _sum(cells[place:]), _sum(cells[:place])

        (tp, fn), (fp, tn) = both(self.positive), both(self.negative)
        return At(tp, fp, fn, tn)

    def auc(self) -> Cell:
        """In which share of all pairs the one with the outcome has the higher score, ties for a half."""
        return self._figure(_auc, SHARE, self._auc_ends)

    def average_precision(self) -> Cell:
        """The mean precision at the scores of those with the outcome."""
        return self._figure(_average_precision, SHARE, self._precision_ends)

    def brier(self) -> Cell:
        """The mean square of outcome less score."""
        values = [*(one**2 for one in self.middles), *((1 - one) ** 2 for one in self.middles)]
        return self._figure(
            lambda numbers: _mean(values, numbers), SHARE, lambda: _mean_ends(values, values, self.cells)
        )

    def calibration(self) -> tuple[Cell, Cell]:
        """Intercept and slope of the outcome's logit on that of the score: 0 and 1 where it is calibrated."""
        found = [partial(self._calibrated, at) for at in (0, 1)]
        return figure(found[0], self.cells), figure(found[1], self.cells)

    def _calibrated(self, at: int, numbers: Numbers) -> float | None:
        return _recalibrated([math.log(one / (1 - one)) for one in self.middles], numbers)[at]

    def _figure(
        self, of: Callable[[Numbers], float | None], possible: Span, ends: Callable[[], Span]
    ) -> Cell:
        if plain(self.cells):
            return figure(of, self.cells, possible)
        spans = map(span, self.cells)
        known = all(math.isfinite(end) for one in spans for end in one)
        return figure(of, self.cells, possible, ends() if known else None)

    def _auc_ends(self) -> Span:
        """Either class at its upper ends from one place on, or up to it, and else at its lower ones."""
        negative, positive = ([span(cell) for cell in some] for some in (self.negative, self.positive))
        places = range(len(self.middles) + 1)
        lows, highs = [], []
        for i, j in product(places, places):
            least = [*_cut(negative, j, above=True), *_cut(positive, i, above=False)]
            most = [*_cut(negative, j, above=False), *_cut(positive, i, above=True)]
            lows.append(_auc(least))
            highs.append(_auc(most))
        return _ends(lows, highs)

    def _precision_ends(self) -> Span:
        """Each precision at its ends, and of them the least and the largest mean."""
        negative, positive = ([span(cell) for cell in some] for some in (self.negative, self.positive))
        low = _precisions([one.high for one in negative], [one.low for one in positive])
        high = _precisions([one.low for one in negative], [one.high for one in positive])
        return _mean_ends([0.0 if one is None else one for one in low],
                          [1.0 if one is None else one for one in high], self.positive)  # fmt: skip


def _sum(cells: Sequence[Cell]) -> Cell:
    nobody: Cell = 0
    return reduce(add, cells, nobody)


def _cut(spans: Sequence[Span], place: int, *, above: bool) -> Iterator[float]:
    """The upper ends from a place on, or up to it; else the lower ones."""
    for at, one in enumerate(spans):
        yield one.high if (at >= place) == above else one.low


def _ends(lows: Sequence[float | None], highs: Sequence[float | None]) -> Span:
    """The least and the largest of what there is; where there may be nobody, all that is possible."""
    if None in lows or None in highs:
        return SHARE
    return Span(min(one for one in lows if one is not None), max(one for one in highs if one is not None))


def _halves(numbers: Numbers) -> tuple[Numbers, Numbers]:
    middle = len(numbers) // 2
    return numbers[:middle], numbers[middle:]


def _auc(numbers: Numbers) -> float | None:
    negative, positive = _halves(numbers)
    below = [0.0, *accumulate(negative)]
    pairs = sum(negative) * sum(positive)
    if sum(negative) <= 0 or sum(positive) <= 0:
        return None
    return (
        math.fsum(p * (less + n / 2) for p, n, less in zip(positive, negative, below, strict=False)) / pairs
    )


def _precisions(negative: Numbers, positive: Numbers) -> list[float | None]:
    """The share of those with the outcome among all from each bin on."""
    found = []
    for at in range(len(positive)):
        tp, fp = sum(positive[at:]), sum(negative[at:])
        found.append(tp / (tp + fp) if tp + fp > 0 else None)
    return found


def _average_precision(numbers: Numbers) -> float | None:
    negative, positive = _halves(numbers)
    if sum(positive) <= 0:
        return None
    parts = zip(positive, _precisions(negative, positive), strict=True)
    return math.fsum(p * precision for p, precision in parts if precision is not None) / sum(positive)


def _mean(values: Numbers, weights: Numbers) -> float | None:
    total = sum(weights)
    return math.fsum(v * w for v, w in zip(values, weights, strict=True)) / total if total > 0 else None


def _mean_ends(low: Numbers, high: Numbers, weights: Sequence[Cell]) -> Span:
    """The least mean of the lower values and the largest of the higher ones, by weights within their ends."""
    spans = [span(cell) for cell in weights]
    lows = [_mean(*_sorted(low, spans, place, above=False)) for place in range(len(low) + 1)]
    highs = [_mean(*_sorted(high, spans, place, above=True)) for place in range(len(high) + 1)]
    return _ends(lows, highs)


def _sorted(
    values: Numbers, spans: Sequence[Span], place: int, *, above: bool
) -> tuple[list[float], list[float]]:
    order = sorted(range(len(values)), key=values.__getitem__)
    return [values[at] for at in order], list(_cut([spans[at] for at in order], place, above=above))


def _recalibrated(logits: Numbers, numbers: Numbers) -> tuple[float | None, float | None]:
    """Newton's method from no slope on; nothing where a score separates the classes, or is one for all."""
    negative, positive = _halves(numbers)
    a, b = 0.0, 0.0
    for _ in range(_STEPS):
        found = _step(a, b, [(x, n + p, p) for x, n, p in zip(logits, negative, positive, strict=True)])
        if found is None or not all(map(math.isfinite, found)):
            break
        a, b = a + found[0], b + found[1]
        if max(map(abs, found)) <= _STILL * (1 + abs(a) + abs(b)):
            return a, b
    return None, None


def _step(a: float, b: float, rows: Sequence[tuple[float, float, float]]) -> tuple[float, float] | None:
    """A step of a logistic regression on one number."""
    means = [0.5 * (1 + math.tanh((a + b * x) / 2)) for x, _, _ in rows]
    told = [(x, p - n * mean, n * mean * (1 - mean)) for (x, n, p), mean in zip(rows, means, strict=True)]
    u, v = math.fsum(r for _, r, _ in told), math.fsum(x * r for x, r, _ in told)
    i, j, k = (math.fsum(w * x**power for x, _, w in told) for power in (0, 1, 2))
    spread = i * k - j * j
    return ((k * u - j * v) / spread, (i * v - j * u) / spread) if spread > _FLAT * i * k else None
