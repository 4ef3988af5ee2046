"""Shares over time as steps with their bands, and how many were at risk below them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from fedcli.report.sheet.elements import Child, Element, tag
from fedcli.report.sheet.picture import WIDTH, bottom, clipped, left, series, width_of, write
from fedcli.report.sheet.scale import Scale, Tick, ticks

_TOP, _PLOT, _AXIS, _LINE, _FOOT = 16.0, 280.0, 62.0, 19.0, 10.0
_LAST = 5.0  # how wide the last band is, after which there is no time

Ends = tuple[float | None, float | None]


class Step(NamedTuple):
    """An interval of time, the share at its end with its band, and how many were at risk at its start."""

    start: float
    end: float
    share: float | None
    band: Ends | None
    at_risk: str


class Curve(NamedTuple):
    """The intervals of one group, in order, and the share before them."""

    label: str
    steps: tuple[Step, ...]
    first: float = 1.0


def height_of(curves: Sequence[Curve]) -> float:
    """How high the picture is."""
    return _TOP + _PLOT + _AXIS + _LINE * len(curves) + _FOOT


def steps(curves: Sequence[Curve], title: str, most: float = 1.0) -> tuple[Element, ...]:
    """The picture: curves and bands up to a share, and the numbers at risk at the start of each interval."""
    labels = [one.label for one in curves]
    first = width_of(one.steps[0].at_risk for one in curves) / 2
    start = max(52.0, width_of([*labels, "at risk"], 150.0) + 12 + first)
    end = WIDTH - max(30.0, width_of(labels, 150.0) + 14)
    times = [curves[0].steps[0].start, *(step.end for step in curves[0].steps)]
    across = Scale(times[0], times[-1], start, end - start)
    up, floor = Scale(0.0, most, _TOP + _PLOT, -_PLOT), _TOP + _PLOT
    drawn = bottom(across, [Tick(one, f"{one:g}") for one in times], _TOP, floor, title)
    drawn += left(up, ticks(0.0, most), start, end)
    drawn += [tag("g", _curve(one, across, up), class_=series(at)) for at, one in enumerate(curves)]
    drawn += [
        write(end + 12, y, clipped(curve.label, WIDTH - end - 12), class_=f"series {series(at)}")
        for at, (curve, y) in enumerate(zip(curves, _apart(curves, up), strict=True))
    ]
    drawn.append(write(0, floor + _AXIS - 6, "at risk", class_="quiet"))
    for at, curve in enumerate(curves):
        drawn += _at_risk(curve, across, floor + _AXIS - 6 + _LINE * (at + 1), at)
    return (tag("g", drawn),)


def _curve(curve: Curve, across: Scale, up: Scale) -> list[Child]:
    """Bands behind, then the lines: from the first share on, with a step at the end of each interval."""
    ends = [step.end for step in curve.steps[1:]] + [across.high]
    bands = [_band(step, end, across, up) for step, end in zip(curve.steps, ends, strict=True)]
    lines = [tag("polyline", points=" ".join(points), class_="line") for points in _lines(curve, across, up)]
    return [*bands, *lines]


def _lines(curve: Curve, across: Scale, up: Scale) -> list[list[str]]:
    """The places of each line; there are several where the share is hidden in between."""
    before: float | None = curve.first
    lines = [[_place(across.start, up.at(curve.first))]]
    for step in curve.steps:
        x = across.at(step.end)
        if before is not None:
            lines[-1].append(_place(x, up.at(before)))
        elif step.share is not None:
            lines.append([])
        if step.share is not None:
            lines[-1].append(_place(x, up.at(step.share)))
        before = step.share
    return [points for points in lines if len(points) > 1]


def _place(x: float, y: float) -> str:
    return f"{x:.1f},{y:.1f}"


def _band(step: Step, until: float, across: Scale, up: Scale) -> Element | None:
    """The band from the end of an interval to that of the next one; a box where the share is hidden."""
    if step.band is None:
        return None
    start = across.at(step.end)
    end = max(across.at(until), start + _LAST)
    return _box(step.band, start, end, up, "open" if step.share is None else "band")


def _box(ends: Ends, left_: float, right: float, up: Scale, class_: str) -> Element:
    low, high = ends
    top, floor = up.at(up.high if high is None else high), up.at(0.0 if low is None else low)
    return tag("rect", x=left_, y=top, width=right - left_, height=max(floor - top, 1.0), class_=class_)


def _apart(curves: Sequence[Curve], up: Scale) -> list[float]:
    """Where the names of the curves stand: at their ends, and not on each other."""
    wanted = [up.at(_last(curve)) + 4.5 for curve in curves]
    placed: dict[int, float] = {}
    for at in sorted(range(len(curves)), key=lambda one: wanted[one]):
        placed[at] = max([wanted[at], *(y + 16 for y in placed.values())])
    return [placed[at] for at in range(len(curves))]


def _last(curve: Curve) -> float:
    last = curve.steps[-1]
    if last.share is not None or last.band is None:
        return curve.first if last.share is None else last.share
    return sum(curve.first if end is None else end for end in last.band) / 2


def _at_risk(curve: Curve, across: Scale, y: float, at: int) -> list[Child]:
    room = across.start - width_of([curve.steps[0].at_risk]) / 2
    drawn: list[Child] = [write(0, y, clipped(curve.label, room), class_=f"series {series(at)}")]
    free = 0.0
    for one in curve.steps:
        middle, half = across.at(one.start), width_of([one.at_risk]) / 2
        fits = middle - half >= free
        if fits or middle - 6 >= free:
            drawn.append(write(middle, y, one.at_risk if fits else "…", "middle"))
            free = middle + (half if fits else 6.0) + 4
    return drawn
