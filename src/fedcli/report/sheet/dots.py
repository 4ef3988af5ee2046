"""Numbers side by side on one axis, each in a line: dots with intervals (a forest), or bars from zero."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.picture import WIDTH, bottom, clipped, line, series, width_of, write
from fedcli.report.sheet.scale import Scale, Tick

_ROW, _HEAD, _FOOT, _GAP = 27.0, 22.0, 44.0, 14.0
_WIDEST = 250.0

Ends = tuple[float | None, float | None]


class Mark(NamedTuple):
    """A number with its interval, as far as they are known.

    `near` is how far noise or rounding alone may have moved it. Where there is no number but only the
    interval of one, `near` is that.
    """

    label: str
    told: str
    value: float | None = None
    interval: Ends | None = None
    near: Ends | None = None
    series: int = 0


class Axis(NamedTuple):
    """The axis of all lines: its marks, its name, and the number that means no difference."""

    marks: tuple[Tick, ...]
    title: str
    null: float | None = None
    told: str = ""
    bars: bool = False


def height_of(marks: Sequence[Mark]) -> float:
    """How high the picture is."""
    return _HEAD + _ROW * len(marks) + _FOOT


def dots(marks: Sequence[Mark], axis: Axis) -> tuple[Element, ...]:
    """The picture: labels, intervals and numbers in lines."""
    start = width_of((one.label for one in marks), _WIDEST) + _GAP
    end = WIDTH - width_of([*(one.told for one in marks), axis.told], _WIDEST) - _GAP
    scale = Scale(axis.marks[0].at, axis.marks[-1].at, start, end - start)
    floor = _HEAD + _ROW * len(marks)
    drawn = bottom(scale, axis.marks, _HEAD - 6, floor, axis.title)
    if axis.null is not None and scale.low <= axis.null <= scale.high:
        drawn.append(line(scale.at(axis.null), _HEAD - 6, scale.at(axis.null), floor, "null"))
    drawn.append(write(WIDTH, 12, axis.told, "end", "quiet"))
    for place, mark in enumerate(marks):
        drawn.append(_drawn(mark, scale, _HEAD + _ROW * (place + 0.5), axis.bars))
    return (tag("g", drawn),)


def _drawn(mark: Mark, scale: Scale, y: float, bars: bool) -> Element:
    parts: list[Child] = [
        write(0, y + 4.5, clipped(mark.label, scale.start)),
        write(WIDTH, y + 4.5, mark.told, "end"),
    ]
    if mark.value is None:
        parts += [_open(mark.near, scale, y)] if mark.near else []
    elif bars:
        zero = scale.at(0.0)
        end = scale.at(mark.value)
        bar = {"x": min(zero, end), "width": abs(end - zero)}
        parts.append(tag("rect", y=y - 8, height=16.0, class_="bar", **bar))
        parts += [_whisker(mark.near, scale, y)] if mark.near else []
    else:
        parts += [_line(mark.near, scale, y, "near")] if mark.near and mark.interval else []
        around = mark.interval or mark.near
        parts += [_whisker(around, scale, y)] if around else []
        parts.append(tag("circle", cx=scale.at(mark.value), cy=y, r=5.5, class_="mark"))
    return tag("g", parts, class_=series(mark.series))


def _places(ends: Ends, scale: Scale) -> tuple[float, float]:
    low, high = ends
    return scale.at(scale.low if low is None else low), scale.at(scale.high if high is None else high)


def _line(ends: Ends, scale: Scale, y: float, class_: str) -> Element:
    first, last = _places(ends, scale)
    return line(first, y, last, y, class_)


def _whisker(ends: Ends, scale: Scale, y: float) -> list[Child]:
    first, last = _places(ends, scale)
    caps = [line(x, y - 4.5, x, y + 4.5, "whisker") for x in (first, last)]
    return [_line(ends, scale, y, "whisker"), *caps]


def _open(ends: Ends, scale: Scale, y: float) -> Element:
    """A number that is suppressed, as the box in which it lies."""
    first, last = _places(ends, scale)
    return tag("rect", x=first, y=y - 6, width=max(last - first, 2.0), height=12.0, class_="open")
