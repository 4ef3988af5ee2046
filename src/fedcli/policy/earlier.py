"""How exact counts differ from those of an answer that left before, for people who review: lines of text.

It is made inside the vault, for the eyes that see the exact cells. A count that left rounded or hidden is
all that it can be: where the exact one is among these, it would leave as the same and tells nothing new.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import NamedTuple

from fedcli.model.cells import Cell
from fedcli.model.identifiers import LINE_LENGTH
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered, Left
from fedcli.policy.context import MOST, labels
from fedcli.statistics.interval import Span, span
from fedcli.statistics.rounding import known
from fedcli.statistics.shape import Field, Shape

#: So much of a line is for the numbers after the cell.
_NUMBERS = 130


class _Differs(NamedTuple):
    """A count now, all that it can have been then, and between which ends they are apart."""

    place: int
    now: int
    then: Span
    apart: Span


def since(shape: Shape, left: Left, rules: Disclosure) -> Iterator[str]:
    """Every count that is not what it was, those first of which it tells least.

    One line each, and one for each field; none where the answer is over other axes than the shape. Some
    rounds of a model have fields that others lack.
    """
    answered = left.answered
    if (answered.kind, answered.axes) != (shape.kind, shape.axes):
        return
    for field in shape.fields:
        if field.precision is None and field.name in answered.cells:
            yield f"since {left.name}, field {field.name}:"
            yield from _lines(shape, field, _then(shape, answered, field), rules.min_count)


def _then(shape: Shape, answered: Answered, field: Field) -> tuple[Cell, ...]:
    """The cells that left, each rounded number with the counts that leave as it."""
    left = shape.having(shape.cells | answered.cells, answered.digits)
    return known(left, answered.rounding).cells[field.name]


def _lines(shape: Shape, field: Field, then: tuple[Cell, ...], least: int) -> Iterator[str]:
    found = sorted(_differing(shape.cells[field.name], then), key=lambda one: one.apart)
    names = labels(shape, field)
    for one in found[:MOST]:
        yield f"  {names[one.place][: LINE_LENGTH - _NUMBERS]}: {_told(one, least)}"
    if len(found) > MOST:
        yield f"  and {len(found) - MOST} more cells that differ"
    if same := len(then) - len(found):
        yield f"  cells that are the same, as far as it was told: {same}"


def _differing(now: tuple[Cell, ...], then: tuple[Cell, ...]) -> Iterator[_Differs]:
    for place, (cell, before) in enumerate(zip(now, then, strict=True)):
        apart = span(cell).distance(span(before))
        if isinstance(cell, int) and apart.low > 0:
            yield _Differs(place, cell, span(before), apart)


def _told(one: _Differs, least: int) -> str:
    way = "more" if one.now > one.then.high else "fewer"
    mark = f"; fewer than {least}: tells of them" if one.apart.low < least else ""
    return f"{one.now} now, {_between(one.then)} then: {_between(one.apart)} {way}{mark}"


def _between(ends: Span) -> str:
    if math.isinf(ends.high):
        return f"{ends.low:.0f} or more"
    return f"{ends.low:.0f}" if ends.low == ends.high else f"{ends.low:.0f} to {ends.high:.0f}"
