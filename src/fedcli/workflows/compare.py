"""Holding a combined answer against another one: number by number, an interval against what it holds."""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import Any, NamedTuple

#: Released means have six significant digits, so pooled ones differ by about as much.
TOLERANCE = 1e-5


class Comparison(NamedTuple):
    """How many numbers agree, lie within their interval, or differ."""

    agreed: int
    within: int
    differing: int

    def plus(self, other: Comparison) -> Comparison:
        """Both together."""
        return Comparison(*(mine + theirs for mine, theirs in zip(self, other, strict=True)))

    @property
    def words(self) -> str:
        """The counts as text."""
        told = f"{self.agreed} numbers equal the pooled ones"
        told += f", {self.within} are suppressed and their intervals hold them" if self.within else ""
        return told + (f", {self.differing} DIFFER" if self.differing else "")


class Row(NamedTuple):
    """One number: where it is, as combined (a number, an interval or nothing), and as pooled."""

    place: str
    combined: object
    pooled: object
    verdict: str


def compare(results: dict[str, Any], pooled: dict[str, Any]) -> tuple[list[Row], Comparison]:
    """Every number of a result beside the pooled one."""
    rows = [row for name in results for row in _analysis(name, results[name], pooled[name])]
    counted = [sum(row.verdict == verdict for row in rows) for verdict in ("=", "within", "DIFFERS")]
    return rows, Comparison(*counted)


def table(rows: list[Row]) -> list[str]:
    """The rows as aligned text."""
    cells = [(row.place, _told(row.combined), _told(row.pooled), row.verdict) for row in rows]
    cells.insert(0, ("number", "combined", "pooled", ""))
    widths = [max(len(row[place]) for row in cells) for place in range(3)]
    return [
        f"{place:<{widths[0]}}  {combined:>{widths[1]}}  {pooled:>{widths[2]}}  {verdict}".rstrip()
        for place, combined, pooled, verdict in cells
    ]


def _analysis(name: str, result: dict[str, Any], pooled: dict[str, Any]) -> Iterator[Row]:
    gaps = {one["place"]: one["interval"] for one in result["suppressed"]}
    for scalar, value in result["scalars"].items():
        yield _row(name, scalar, gaps.get(scalar, value), pooled["scalars"][scalar])
    for table_name, combined in result["tables"].items():
        expected = pooled["tables"][table_name]
        keys = len(set(combined["columns"]) - {"n", "n_missing", "count", "mean", "variance", "sd"})
        for row, other in zip(combined["rows"], expected["rows"], strict=True):
            levels = ", ".join(str(level).lower() for level in row[:keys])
            for column, value, truth in zip(
                combined["columns"][keys:], row[keys:], other[keys:], strict=True
            ):
                place = f"{table_name}[{levels}].{column}"
                yield _row(name, place, gaps.get(place, value), truth)


def _row(analysis: str, place: str, combined: object, pooled: object) -> Row:
    return Row(f"{analysis}: {place}", combined, pooled, _verdict(combined, pooled))


def _verdict(combined: object, pooled: object) -> str:
    if isinstance(combined, list):
        low, high = combined
        holds = pooled is None or ((low is None or low <= pooled) and (high is None or pooled <= high))
        return "within" if holds else "DIFFERS"
    if isinstance(combined, int | float) and isinstance(pooled, int | float):
        return "=" if math.isclose(combined, pooled, rel_tol=TOLERANCE, abs_tol=1e-12) else "DIFFERS"
    return "=" if combined == pooled else "DIFFERS"


def _told(value: object) -> str:
    if isinstance(value, list):
        return "[" + ", ".join("?" if end is None else f"{end:.6g}" for end in value) + "]"
    return "-" if value is None else f"{value:.8g}" if isinstance(value, float) else str(value)
