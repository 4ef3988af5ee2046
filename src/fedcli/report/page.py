"""A page of text: facts, tables and notes, aligned and never cut."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any, NamedTuple, TypeAlias

from fedcli.report.figures import about

_GAP = "  "
_DIGITS = 10


class Grid(NamedTuple):
    """A table: a title, column names, and rows of cells."""

    title: str
    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]


class Span(NamedTuple):
    """Where a number lies that is not told, or told only about; None is open."""

    low: float | None
    high: float | None
    value: float | None = None


class Near(NamedTuple):
    """A number with noise, and how far that moved it, 95 times in 100 no further."""

    value: float
    accuracy: float


class Page(NamedTuple):
    """What a command tells a person: a headline, facts under names, tables, and notes."""

    headline: str = ""
    facts: tuple[tuple[str, object], ...] = ()
    grids: tuple[Grid, ...] = ()
    notes: tuple[str, ...] = ()


#: Which page belongs to which answer.
Pages: TypeAlias = dict[type[Any], Callable[[Any], Page]]


def lines(page: Page) -> list[str]:
    """The page as lines of text."""
    parts = [[page.headline] if page.headline else [], _facts(page.facts)]
    parts += [_grid(grid) for grid in page.grids]
    parts.append(list(page.notes))
    return _spaced(part for part in parts if part)


def told(value: object) -> str:
    """A cell as text: floats at ten significant digits, nothing as a dash.

    A span is an interval; a number with noise has its accuracy, and no more digits than that.
    """
    match value:
        case None:
            return "-"
        case bool():
            return str(value).lower()
        case float():
            return f"{value:.{_DIGITS}g}"
        case Span() | Near():
            return _uncertain(value)
        case tuple() | list():
            return ", ".join(map(told, value)) or "none"
        case _:
            return str(value)


def _uncertain(value: Span | Near) -> str:
    if isinstance(value, Near):
        return about(value.value, value.accuracy)
    digits = apart(value.low, value.high)
    ends = f"[{_end(value.low, digits)}, {_end(value.high, digits)}]"
    return ends if value.value is None else f"{told(value.value)} {ends}"


def _end(end: float | None, digits: int) -> str:
    return "?" if end is None else f"{end:.{digits}g}"


def apart(low: float | None, high: float | None, least: int = 6) -> int:
    """Six digits, or at least so many, and so many that two of them tell the ends of an interval apart."""
    if low is None or high is None or not 0 < high - low < math.inf:
        return least
    size = math.log10(max(abs(low), abs(high)) / (high - low))
    return min(max(least, math.ceil(size) + 2), 15)


def _facts(facts: Sequence[tuple[str, object]]) -> list[str]:
    width = max((len(name) for name, _ in facts), default=0)
    return [f"{name:<{width}}{_GAP}{told(value)}".rstrip() for name, value in facts]


def _grid(grid: Grid) -> list[str]:
    rows = [grid.columns, *([told(cell) for cell in row] for row in grid.rows)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(grid.columns))]
    right = [_is_number(grid, place) for place in range(len(grid.columns))]
    text = [
        _GAP.join(
            cell.rjust(width) if to_right else cell.ljust(width)
            for cell, width, to_right in zip(row, widths, right, strict=True)
        ).rstrip()
        for row in rows
    ]
    return [grid.title, *text] if grid.title else text


def _is_number(grid: Grid, place: int) -> bool:
    """A column of numbers (and spans) is set to the right."""
    cells = [row[place] for row in grid.rows if row[place] is not None]
    return bool(cells) and all(
        isinstance(cell, int | float | Span | Near) and not isinstance(cell, bool) for cell in cells
    )


def _spaced(parts: Iterable[list[str]]) -> list[str]:
    text: list[str] = []
    for part in parts:
        text += ["", *part] if text else part
    return text
