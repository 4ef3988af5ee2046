"""Numbers against another number as lines: losses by round, shares by score, benefits by threshold."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import NamedTuple

from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.picture import WIDTH, bottom, clipped, left, line, series, width_of, write
from fedcli.report.sheet.scale import Scale, spanned, ticks

_TOP, _PLOT, _AXIS = 30.0, 280.0, 46.0
HEIGHT = _TOP + _PLOT + _AXIS
_HALF = 5.0  # half of how wide the box of a number is that is not known

Ends = tuple[float | None, float | None]


class Point(NamedTuple):
    """A number, what stands against it, and between what that lies where it is not known."""

    x: float
    y: float | None
    near: Ends | None = None


class Path(NamedTuple):
    """The points of one line, in order."""

    label: str
    points: tuple[Point, ...]


def paths(
    lines: Sequence[Path], across: str, up: str, equal: bool = False, least: float | None = None
) -> tuple[Element, ...]:
    """The picture; with `equal` a dotted line is where both numbers are the same.

    What is below the `least` number is drawn at the bottom.
    """
    labels = [one.label for one in lines] if len(lines) > 1 else []
    end = WIDTH - (max(30.0, width_of(labels, 150.0) + 14) if labels else 30.0)
    level, place = (
        ticks(*spanned(_known(lines, least))),
        ticks(*spanned(p.x for one in lines for p in one.points)),
    )
    start = max(52.0, width_of(mark.label for mark in level) + 14)
    x = Scale(place[0].at, place[-1].at, start, end - start)
    y = Scale(level[0].at, level[-1].at, _TOP + _PLOT, -_PLOT)
    drawn = [*bottom(x, place, _TOP, _TOP + _PLOT, across), *left(y, level, start, end)]
    drawn.append(write(0, 12, up, class_="quiet"))
    if equal:
        low, high = max(x.low, y.low), min(x.high, y.high)
        drawn.append(line(x.at(low), y.at(low), x.at(high), y.at(high), "null"))
    drawn += [tag("g", list(_path(one, x, y)), class_=series(at)) for at, one in enumerate(lines)]
    for at, (name, one) in enumerate(zip(labels, lines, strict=False)):
        words = clipped(name, WIDTH - end - 12)
        drawn.append(write(end + 12, y.at(_last(one)) + 4.5, words, class_=f"series {series(at)}"))
    return (tag("g", drawn),)


def _known(lines: Sequence[Path], least: float | None) -> Iterator[float | None]:
    """All that has a place on the axis that goes up."""
    for one in lines:
        for point in one.points:
            for number in (point.y, *(point.near or ())):
                yield number if number is None or least is None else max(number, least)


def _last(one: Path) -> float:
    """Where the name of a line stands: at its last number, or in the middle of its box."""
    point = one.points[-1]
    ends = [end for end in point.near or () if end is not None]
    return point.y if point.y is not None else sum(ends) / max(len(ends), 1)


def _path(one: Path, x: Scale, y: Scale) -> Iterator[Child]:
    """Lines between numbers that are known, each with its mark; a box where one is not."""
    for known, points in groupby(one.points, lambda point: point.y is not None):
        some = list(points)
        if known:
            places = [f"{x.at(point.x):.1f},{y.at(point.y or 0.0):.1f}" for point in some]
            yield tag("polyline", points=" ".join(places), class_="line")
        yield from (_mark(point, x, y) for point in some)


def _mark(point: Point, x: Scale, y: Scale) -> Child:
    """A number as a spot, or a box in which it lies."""
    if point.y is not None:
        return tag("circle", cx=x.at(point.x), cy=y.at(point.y), r=3.5, class_="mark")
    low, high = point.near or (None, None)
    top, floor = y.at(y.high if high is None else high), y.at(y.low if low is None else low)
    return tag(
        "rect",
        x=x.at(point.x) - _HALF,
        y=top,
        width=2 * _HALF,
        height=max(floor - top, 1.0),
        class_="open",
    )
