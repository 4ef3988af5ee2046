"""Who stands behind the sums of a model, row by row in the obvious way: a part of the oracle."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from datetime import date
from itertools import product
from typing import Any

from fedcli.engine.recursion import spline
from fedcli.engine.sql import literal
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.beside import Beside, Which, apart, numbers, scored, shared
from fedcli.statistics.evidence import NOTHING, Top, worst
from fedcli.statistics.indicators import Band, Condition, levels
from fedcli.statistics.late import STEPS, lateness, step_of
from fedcli.statistics.supports import Supports, conditions

Row = dict[str, Any]


def number(factor: Factor, row: Row) -> float:
    """A factor of a term in a row."""
    value = row[factor.column]
    if factor.level is not None:
        level = literal(factor.level, "date") if isinstance(value, date) else factor.level
        return float(value == level and isinstance(value, bool) == isinstance(level, bool))
    functions = {"log": math.log, "log1p": math.log1p, "sqrt": math.sqrt}
    told = functions[factor.function](value) if factor.function else float(value)
    told = (told - factor.centre) / factor.scale
    if factor.polynomial is not None:
        return math.fsum(c * told**power for power, c in enumerate(factor.polynomial))
    return float(told**factor.power) if factor.spline is None else spline(factor.spline, told)


def raw(term: Term, row: Row) -> float:
    """The product of a term's factors in a row."""
    return math.prod(number(factor, row) for factor in term.factors)


def top(parts: Iterable[float]) -> Top:
    """The sum of the sizes of some parts, and the two largest."""
    sizes = [abs(part) for part in parts]
    first, second, *_ = sorted([*sizes, 0.0, 0.0], reverse=True)
    return math.fsum(sizes), first, second


def supports(
    design: Design, rows: list[Row], who: list[Any], weight: Callable[[Row], float] | None = None
) -> Supports:
    """Who meets two conditions, the totals among those who meet one, and who is beside a shared value.

    A row has its prior weight, unless another is given.
    """
    weigh = weight or (lambda row: number(design.weights, row) if design.weights else 1.0)
    counted_by = conditions(design)

    several = {person for person, many in Counter(who).items() if many > 1}

    def persons(*wanted: bool, of: tuple[Any, Any]) -> set[Any]:
        found = zip(who, rows, strict=True)
        return {person for person, row in found if tuple(meets(one, row) for one in of) == wanted}

    def total(term: Term | None, one: Any) -> Top:
        parts: dict[Any, list[float]] = {}
        for person, row in zip(who, rows, strict=True):
            if meets(one, row):
                parts.setdefault(person, []).append(weigh(row) * (1.0 if term is None else raw(term, row)))
        return top(map(math.fsum, parts.values()))

    behind = {
        (one, other): [persons(*wanted, of=(one, other)) for wanted in product((True, False), repeat=2)]
        for one, other in product(counted_by, repeat=2)
    }
    four: dict[Any, Any] = {pair: tuple(map(len, cells)) for pair, cells in behind.items()}
    repeating = {pair: tuple(len(cell & several) for cell in cells) for pair, cells in behind.items()}
    terms = {at: term for at, term in enumerate(design.terms) if not term.indicator}
    tops: dict[Any, Top] = {(one, at): total(term, one) for one in counted_by for at, term in terms.items()}
    told = design.outcome
    tops |= {(one, None): NOTHING if told.indicator else total(told, one) for one in counted_by}
    weighed = {one | other: total(None, one | other) for one, other in four} if design.weighed else {}
    found = Supports(
        len(set(who)), four, tops, weighed, _beside(design, rows, who), _scored(design, rows, who)
    )
    return found._replace(several=repeating) if design.exchangeable else found  # type: ignore[arg-type]


def _scored(design: Design, rows: list[Row], who: list[Any]) -> dict[int, Top]:
    """The sums of terms times the outcome less a value: of an event, of those who have it, and who do not."""
    told = [
        float(_came(design, row)) if design.outcome.indicator else raw(design.outcome, row) for row in rows
    ]
    values = {0.0, 1.0} if design.outcome.indicator else shared(Counter(told))

    def total(term: Term, value: float) -> Top:
        parts: dict[Any, list[float]] = {}
        for person, row, y in zip(who, rows, told, strict=True):
            weight = number(design.weights, row) if design.weights else 1.0
            parts.setdefault(person, []).append(weight * raw(term, row) * (y - value))
        return top(map(math.fsum, parts.values()))

    return {at: worst(total(design.terms[at], value) for value in values) for at in scored(design)}


def _came(design: Design, row: Row) -> bool:
    """Whether the event came, before the horizon if there is one."""
    until = None if design.times is None else design.times.until
    before = design.times is None or until is None or float(row[design.times.column]) <= until
    return before and raw(design.outcome, row) == 1


def dated(design: Design, rows: list[Row]) -> dict[Condition, tuple[int, ...]]:
    """The events of those who meet each condition, by how late they came."""
    times = design.times
    assert times is not None
    assert times.until is not None
    came = [row for row in rows if raw(design.outcome, row) == 1 and float(row[times.column]) <= times.until]
    late = [(row, step_of(lateness(times, float(row[times.column])))) for row in came]
    found = {}
    for one in conditions(design):
        steps = Counter(step for row, step in late if meets(one, row))
        found[one] = tuple(steps[at] for at in range(STEPS))
    return found


def _beside(design: Design, rows: list[Row], who: list[Any]) -> Beside:
    """The fewest persons who have another value than a shared one; without rows nothing is known."""
    if not rows:
        return Beside({}, {})
    sides = {which: _sides(design, which, rows) for which in numbers(design)}

    def people(places: Iterable[int]) -> int:
        return len({who[at] for at in places})

    def fewest(which: Which, holds: Callable[[Row], bool]) -> int:
        return min(people(at for at in side if holds(rows[at])) for side in sides[which])

    met = {
        (one, which): (
            fewest(which, lambda row, one=one: meets(one, row)),  # type: ignore[misc]
            fewest(which, lambda row, one=one: not meets(one, row)),  # type: ignore[misc]
        )
        for one, which in product(conditions(design), sides)
    }
    both = {
        (one, other): min(people(left & right) for left, right in product(sides[one], sides[other]))
        for one, other in product(sides, repeat=2)
        if apart(numbers(design)[one], numbers(design)[other])
    }
    return Beside(met, both)


def _sides(design: Design, which: Which, rows: Sequence[Row]) -> list[set[int]]:
    """For each value that a number shares: the rows with its levels that have another one."""
    factors = [one for one in numbers(design)[which] if one.level is None]
    values = [math.prod(number(one, row) for one in factors) for row in rows]
    under = [at for at, row in enumerate(rows) if meets(levels(numbers(design)[which]), row)]
    return [{at for at in under if values[at] != value} for value in shared(Counter(values))]


def meets(one: Condition, row: Row) -> bool:
    """Whether a row has some levels, and is in some bands."""
    return all(_has(column, level, row) for column, level in one)


def _has(column: ColumnName, level: Any, row: Row) -> bool:
    if isinstance(level, Band):
        return level.low <= float(row[column]) < level.high
    return number(Factor(column=column, level=level), row) == 1
