"""Life tables: survival on a grid of times, from counts of those who left in each interval.

Cutler and Ederer (1958), "Maximum utilization of the life table method in analyzing survival", Journal of
Chronic Diseases 8:699-712: who is censored in an interval is at risk for half of it on average.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from functools import reduce
from typing import Literal, NamedTuple

from fedcli.model.cells import Cell
from fedcli.statistics.interval import Span, add, gap, span, value_of, within
from fedcli.statistics.tails import NORMAL_QUANTILE

#: On which confidence intervals are symmetric: of log(-log S), of log S, or of S itself.
Scale = Literal["log-log", "log", "plain"]
#: On the scale of log(-log S) this is from nothing to one; beyond 709 a number has no exponential.
_WIDEST = 700.0


class Interval(NamedTuple):
    """One interval: who enters it, who has the event or is censored in it, and survival to its end."""

    risk: Cell
    events: Cell
    censored: Cell
    survival: Cell
    low: Cell
    high: Cell


class Method(NamedTuple):
    """Which share of those censored in an interval are at risk in it; the scale of confidence intervals."""

    exposed: float = 0.5
    scale: Scale = "log-log"


ACTUARIAL = Method()


class _Standing(NamedTuple):
    """Survival up to here: as numbers with the sum of Greenwood's terms, and as an interval."""

    survival: float = 1.0
    terms: float = 0.0
    ends: Span = Span(1.0, 1.0)


def life_table(
    events: Sequence[Cell], censored: Sequence[Cell], method: Method = ACTUARIAL
) -> Iterator[Interval]:
    """The intervals, from how many had the event or were censored in each, and last of all after them.

    Those who left after the last interval are at risk in all; there is no interval for them. Survival is
    nothing where nobody is left at risk, and an interval where counts are; its 95 % confidence interval is
    there where counts are numbers.
    """
    standing = _Standing()
    for at in range(len(events) - 1):
        later = reduce(add, (*events[at + 1 :], *censored[at + 1 :]))
        risk = reduce(add, (events[at], censored[at], later))
        counts = events[at], censored[at], later
        standing = _Standing(
            *_next(standing, *counts, method.exposed), _lived(standing.ends, *counts, method.exposed)
        )
        yield Interval(risk, events[at], censored[at], *_told(standing, risk, method.scale))


def with_noise(survival: float, low: float, accuracy: float) -> tuple[float, float]:
    """The ends of a 95 % interval that holds the noise beside chance, from its lower end of chance alone.

    `accuracy` is half of the 95 % interval of the noise in survival, which lies between zero and one.

    The squares of both widths are added up on the scale of log(-log S), on which the interval is
    symmetric, and the noise as wide as its accuracy times the slope, 1 / (S |log S|).
    """
    chance = math.log(math.log(low) / math.log(survival)) if low > 0 else math.inf
    return _ends(survival, math.hypot(chance, accuracy / (survival * -math.log(survival))))


def _next(standing: _Standing, died: Cell, lost: Cell, later: Cell, share: float) -> tuple[float, float]:
    """Survival times (1 - d / r); and d / (r (r - d)) more; NaN where that is unknown.

    At risk, r, are those who have the event, a share of those censored, and those who are there later.
    """
    d, w, rest = value_of(died), value_of(lost), value_of(later)
    if d is None or w is None or rest is None or d + w + rest <= 0:
        return math.nan, math.nan
    exposed, outlived = d + w * share + rest, w * share + rest
    terms = d / (exposed * outlived) if outlived else math.inf
    return standing.survival * (outlived / exposed), standing.terms + terms


def _lived(before: Span, died: Cell, lost: Cell, later: Cell, share: float) -> Span:
    """Survival where counts are intervals: d / (d + s w + rest) grows with d, and falls with w and rest."""
    d, w, rest = (Span(max(one.low, 0.0), max(one.high, 0.0)) for one in map(span, (died, lost, later)))
    least = ratio(d.low, w.high * share + rest.high)
    most = ratio(d.high, w.low * share + rest.low)
    return Span(before.low * (1 - most), before.high * (1 - least))


def ratio(events: float, others: float) -> float:
    """The events as a share of all; none of nobody."""
    if events == 0 or math.isinf(others):
        return 0.0
    return 1.0 if math.isinf(events) else events / (events + others)


def _told(standing: _Standing, risk: Cell, scale: Scale) -> tuple[Cell, Cell, Cell]:
    """Survival, and the ends of its confidence interval."""
    if span(risk).high <= 0:
        return None, None, None
    survival, known = standing.survival, not math.isnan(standing.survival)
    if isinstance(risk, int | float) and standing.ends.low == standing.ends.high:
        return (survival if known else standing.ends.low, *confidence(survival, standing.terms, scale))
    inside = gap(standing.ends, 0.0, 1.0)
    if not known:
        return inside, None, None
    return (within(inside, survival), *confidence(survival, standing.terms, scale))


def confidence(survival: float, terms: float, scale: Scale) -> tuple[float | None, float | None]:
    """The interval that is symmetric on a scale; `terms` is the variance of survival over its square.

    Greenwood (1926); on the scale of log(-log S) it stays between zero and one (Kalbfleisch and Prentice
    1980, section 1.3), on others it is cut there. There is none where nobody, or everybody, has had the
    event.
    """
    if not 0 < survival < 1 or not math.isfinite(terms):
        return None, None
    if scale != "log-log":
        return _cut(survival, NORMAL_QUANTILE * math.sqrt(terms), scale)
    return _ends(survival, NORMAL_QUANTILE * math.sqrt(terms) / -math.log(survival))


def _cut(survival: float, width: float, scale: Scale) -> tuple[float, float]:
    """So far to both sides of survival on the scale of log S, or so large a part of it on that of S."""
    if scale == "log":
        return survival * math.exp(-width), min(1.0, survival * math.exp(width))
    return max(0.0, survival * (1 - width)), min(1.0, survival * (1 + width))


def _ends(survival: float, width: float) -> tuple[float, float]:
    """So far to both sides of survival on the scale of log(-log S)."""
    most = min(width, _WIDEST)
    return survival ** math.exp(most), survival ** math.exp(-most)
