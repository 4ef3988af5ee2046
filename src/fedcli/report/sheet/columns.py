"""Counts of bins as columns, a panel for each group."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.picture import WIDTH, left, line, series, width_of, write
from fedcli.report.sheet.scale import Scale, spanned, ticks

_START, _HEAD, _FLOOR, _PANEL = 58.0, 30.0, 26.0, 150.0

Ends = tuple[float | None, float | None]


class Bin(NamedTuple):
    """A bin, its count, and between what that lies where it is not known."""

    label: str
    told: str
    value: float | None
    near: Ends | None


class Panel(NamedTuple):
    """The bins of one group."""

    label: str
    bins: tuple[Bin, ...]


def height_of(panels: Sequence[Panel]) -> float:
    """How high the picture is."""
    return (_HEAD + _PANEL + _FLOOR) * len(panels) + 18


def columns(panels: Sequence[Panel], title: str) -> tuple[Element, ...]:
    """The picture: the panels have one scale, so that they can be compared."""
    ends = [end for panel in panels for one in panel.bins for end in (one.value, *(one.near or ()))]
    marks = ticks(0.0, spanned([0.0, *ends])[1], 5)
    drawn: list[Child] = []
    for place, panel in enumerate(panels):
        top = (_HEAD + _PANEL + _FLOOR) * place + _HEAD
        scale = Scale(marks[0].at, marks[-1].at, top + _PANEL, -_PANEL)
        drawn += left(scale, marks, _START, WIDTH)
        drawn.append(write(_START, top - 12, panel.label, class_="strong"))
        drawn.append(tag("g", _bins(panel.bins, scale), class_=series(place)))
    drawn.append(write((_START + WIDTH) / 2, height_of(panels) - 6, title, "middle", "quiet"))
    return (tag("g", drawn),)


def _bins(bins: Sequence[Bin], scale: Scale) -> list[Child]:
    step = (WIDTH - _START) / len(bins)
    labels, numbers = (width_of(texts) <= step for texts in ([one.label for one in bins], _told(bins)))
    drawn: list[Child] = [line(_START, scale.start, WIDTH, scale.start, "axis")]
    for place, one in enumerate(bins):
        middle = _START + step * (place + 0.5)
        drawn.append(_bin(one, middle - step * 0.42, step * 0.84, scale))
        if labels or place % 2 == 0:
            drawn.append(write(middle, scale.start + 16, one.label, "middle", "quiet"))
        if numbers:
            drawn.append(write(middle, scale.at(_top(one)) - 6, one.told, "middle"))
    return drawn


def _told(bins: Sequence[Bin]) -> list[str]:
    return [one.told for one in bins]


def _top(one: Bin) -> float:
    high = one.near[1] if one.near else None
    return max(high or 0.0, one.value or 0.0, 0.0)


def _bin(one: Bin, x: float, width: float, scale: Scale) -> list[Child]:
    if one.value is None:
        low, high = one.near or (None, None)
        top, floor = scale.at(scale.high if high is None else high), scale.at(low or 0.0)
        known = tag("rect", x=x, y=floor, width=width, height=scale.start - floor, class_="sure")
        return [known, tag("rect", x=x, y=top, width=width, height=max(floor - top, 2.0), class_="open")]
    top = scale.at(one.value)
    drawn: list[Child] = [
        tag("rect", x=x, y=top, width=width, height=max(scale.start - top, 0.0), class_="bar")
    ]
    if one.near:
        middle, ends = x + width / 2, [scale.at(end) for end in one.near if end is not None]
        drawn += [line(middle, min(ends), middle, max(ends), "whisker")]
        drawn += [line(middle - 5, end, middle + 5, end, "whisker") for end in ends]
    return drawn
