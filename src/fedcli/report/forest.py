"""A forest in a line of text for each site: where its estimate lies, how wide its interval is, and zero."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

from fedcli.model.result import AnalysisResult, Table
from fedcli.report.page import Grid

#: How many letters a line has, and of how many effects there is a forest; of more there are the tables.
_WIDTH, _MOST = 41, 8
_SITE, _TOGETHER, _LINE, _NONE, _CROSSED = "●", "◆", "─", "┊", "┼"


class _Mark(NamedTuple):
    """An estimate with its 95 % interval."""

    label: str
    sign: str
    value: float
    low: float
    high: float


def forest(analysis: AnalysisResult) -> Iterator[Grid]:
    """For each effect but intercepts, the sites and what they say together, on one scale from end to end."""
    told = analysis.between
    if not told:
        return
    keys = told["heterogeneity"].keys
    found = [
        (of, [*_marks(rows, told["by_site"]), *_together(told["heterogeneity"], of)])
        for of, rows in groupby(told["by_site"].rows, lambda row: row[:keys])
        if "(Intercept)" not in of
    ]
    rows = [row for of, marks in found if len(marks) > 1 for row in _rows(of, marks)]
    if rows and len(found) <= _MOST:
        columns = (*told["by_site"].columns[:keys], "site", "estimate [95 % interval]", f"{_NONE} zero")
        yield Grid(f"{analysis.id}: forest", columns, tuple(rows))


def _marks(rows: Any, table: Table) -> Iterator[_Mark]:
    for row in rows:
        cells = dict(zip(table.columns, row, strict=True))
        yield from _mark(str(cells["site"]), _SITE, cells["estimate"], cells["conf_low"], cells["conf_high"])


def _together(table: Table, of: tuple[object, ...]) -> Iterator[_Mark]:
    for row in table.rows:
        cells = dict(zip(table.columns, row, strict=True))
        if row[: table.keys] == of:
            yield from _mark("together", _TOGETHER, cells["random"], cells["conf_low"], cells["conf_high"])


def _mark(label: str, sign: str, *cells: object) -> Iterator[_Mark]:
    numbers = [float(one) for one in cells if isinstance(one, int | float) and math.isfinite(one)]
    if len(numbers) == len(cells):
        yield _Mark(label, sign, *numbers)


def _rows(of: tuple[object, ...], marks: Sequence[_Mark]) -> Iterator[tuple[object, ...]]:
    """The lines of an effect, which have a scale of their own, with zero where it is near."""
    low, high = min(one.low for one in marks), max(one.high for one in marks)
    if low - (high - low) <= 0 <= high + (high - low):
        low, high = min(low, 0.0), max(high, 0.0)
    for mark in marks:
        words = f"{mark.value:.4g} [{mark.low:.4g}, {mark.high:.4g}]"
        yield (*of, mark.label, words, _line(mark, low, high))


def _line(mark: _Mark, low: float, high: float) -> str:
    """The interval as a line, with the estimate on it, and zero beside or across it."""

    def place(value: float) -> int:
        return round((value - low) / ((high - low) or 1.0) * (_WIDTH - 1))

    first, last = place(mark.low), place(mark.high)
    letters = [_LINE if first <= at <= last else " " for at in range(_WIDTH)]
    if low <= 0 <= high:
        letters[place(0.0)] = _CROSSED if first <= place(0.0) <= last else _NONE
    letters[place(mark.value)] = mark.sign
    return "".join(letters).rstrip()
