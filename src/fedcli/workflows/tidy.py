"""Results as one tidy table: a row for each number, with what it is of; and what of them is suppressed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from typing import Any

from fedcli.model.cells import About, Gap
from fedcli.model.result import AnalysisResult, Answer, Guarantee, Result, Table
from fedcli.model.shown.results import NoisyShown, RoundedShown, SuppressedShown
from fedcli.model.tidy import Kind, Tidy, TidyColumn

BEFORE = ("analysis", "analytic", "table")
AFTER = ("statistic", "value", "low", "high", "suppressed", "noisy")
_TYPES: dict[str, Kind] = {
    "value": "real",
    "low": "real",
    "high": "real",
    "suppressed": "boolean",
    "noisy": "boolean",
}


def csv_text(result: Result) -> str:
    """A result as CSV (RFC 4180 with a line feed), empty where there is no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(_header(result))
    writer.writerows(map(_plain, row) for row in _rows(result))
    return text.getvalue()


def tidy(result: Result) -> Tidy:
    """A result as typed columns, the same as those of the CSV; it says of which query it is."""
    header, rows = _header(result), list(_rows(result))
    columns = zip(*rows, strict=True) if rows else ((),) * len(header)
    metadata = {
        "schema": "fedcli/tidy/1",
        "query": result.query,
        "title": result.title,
        "federation": result.federation,
        "dataset": result.dataset,
        "unit": result.unit,
        "status": result.status,
        "maturity": result.maturity,
        "issued": result.issued.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "mode": result.mode,
        **_paid(result.privacy),
    }
    return Tidy(
        columns=tuple(_column(*named) for named in zip(header, columns, strict=True)), metadata=metadata
    )


def _paid(privacy: Guarantee | None) -> dict[str, str]:
    """What a person has paid; no epsilon where it would be one on a condition."""
    if privacy is None:
        return {}
    told = {"rho": privacy.rho, "delta": privacy.delta}
    return told if privacy.epsilon is None else told | {"epsilon": repr(privacy.epsilon)}


def suppressed(result: Result) -> tuple[SuppressedShown, ...]:
    """Every gap of a result, with the place where it is."""
    return tuple(
        SuppressedShown(analysis=analysis.id, place=place, interval=cell)
        for analysis in result.analyses
        if analysis.answer is not None
        for place, cell in _cells(analysis.answer)
        if isinstance(cell, Gap)
    )


def rounded(result: Result) -> tuple[RoundedShown, ...]:
    """Every rounded number of a result, with the place where it is."""
    return tuple(
        RoundedShown(analysis=analysis.id, place=place, interval=cell)
        for analysis in result.analyses
        if analysis.answer is not None and not analysis.noise
        for place, cell in _cells(analysis.answer)
        if isinstance(cell, About)
    )


def noisy(result: Result) -> tuple[NoisyShown, ...]:
    """Every number with noise of a result, with the place where it is."""
    return tuple(
        NoisyShown(analysis=analysis.id, place=place, interval=cell)
        for analysis in result.analyses
        if analysis.answer is not None and analysis.noise
        for place, cell in _cells(analysis.answer)
        if isinstance(cell, About)
    )


def place_of(table: str, levels: tuple[object, ...], statistic: str) -> str:
    """Where a number is: `n`, or `summary[age, true].mean`."""
    keys = ", ".join(str(level).lower() for level in levels)
    return f"{table}[{keys}].{statistic}" if table else statistic


def _header(result: Result) -> tuple[str, ...]:
    return (*BEFORE, *map(_key_column, _keys(result)), *AFTER)


def _rows(result: Result) -> Iterator[tuple[object, ...]]:
    keys = _keys(result)
    for analysis in result.analyses:
        for table, levels, statistic, cell in _numbers(analysis):
            place = (analysis.id, analysis.analytic, table)
            yield (*place, *(levels.get(key) for key in keys), statistic, *_cell(cell, bool(analysis.noise)))


def _keys(result: Result) -> list[str]:
    tables = (table for one in result.analyses if one.answer for table in one.answer.tables.values())
    return list(dict.fromkeys(key for table in tables for key in _split(table)[0]))


def _split(table: Table) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return table.columns[: table.keys], table.columns[table.keys :]


def _key_column(key: str) -> str:
    """The column of a key: one that is called like a column of ours has an underscore."""
    return f"{key}_" if key in (*BEFORE, *AFTER) else key


def _numbers(analysis: AnalysisResult) -> Iterator[tuple[str, dict[str, object], str, object]]:
    """Table, levels, statistic and cell of every number of an analysis."""
    answer = analysis.answer or Answer()
    yield from (("", {}, name, cell) for name, cell in answer.scalars.items())
    for name, table in answer.tables.items():
        keys, statistics = _split(table)
        for row in table.rows:
            levels: dict[str, object] = dict(zip(keys, row[: table.keys], strict=True))
            cells = zip(statistics, row[table.keys :], strict=True)
            yield from ((name, levels, column, cell) for column, cell in cells)


def _cell(cell: object, noise: bool) -> tuple[object, ...]:
    """Value, low, high, suppressed, noisy."""
    if isinstance(cell, Gap):
        return None, cell.low, cell.high, True, False
    if isinstance(cell, About):
        return cell.value, cell.low, cell.high, False, noise
    return cell, None, None, False, False


def _plain(value: object) -> object:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _column(name: str, values: tuple[Any, ...]) -> TidyColumn:
    kind = _TYPES.get(name) or _kind(values)
    told = tuple(None if one is None else str(_plain(one)) for one in values) if kind == "text" else values
    return TidyColumn(name=name, type=kind, values=told)


def _kind(values: tuple[object, ...]) -> Kind:
    """The type of a column of levels; text where analyses have keys of one name and several types."""
    kinds = {type(value) for value in values if value is not None}
    if kinds == {bool}:
        return "boolean"
    if kinds == {int}:
        return "integer"
    return "real" if kinds and kinds <= {int, float} else "text"


def _cells(answer: Answer) -> Iterator[tuple[str, Any]]:
    """The cells of an answer with their places."""
    yield from answer.scalars.items()
    for name, table in answer.tables.items():
        for row in table.rows:
            for column, cell in zip(_split(table)[1], row[table.keys :], strict=True):
                yield place_of(name, row[: table.keys], column), cell
