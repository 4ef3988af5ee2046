"""Results as one tidy table: a row for each number, with what it is of; and what of them is suppressed."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fedcli.files.writer import write_once
from fedcli.model.cells import Gap
from fedcli.model.result import AnalysisResult, Answer, Result, Table
from fedcli.model.shown.results import ResultShown, SuppressedShown

_BEFORE = ("analysis", "analytic", "table")
_AFTER = ("statistic", "value", "low", "high", "suppressed")


def exported(shown: ResultShown, path: Path) -> ResultShown:
    """A result that is also written to a CSV file of its own; a file that differs is not replaced."""
    write_once(path, csv_text(shown.result).encode())
    return shown.model_copy(update={"exported": str(path)})


def csv_text(result: Result) -> str:
    """A result as CSV (RFC 4180 with a line feed), empty where there is no number."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    keys = list(dict.fromkeys(key for one in _tables(result) for key in one.columns[: one.keys]))
    writer.writerow((*_BEFORE, *map(_key_column, keys), *_AFTER))
    for analysis in result.analyses:
        for table, levels, statistic, cell in _numbers(analysis):
            place = (analysis.id, analysis.analytic, table)
            writer.writerow((*place, *(_plain(levels.get(key)) for key in keys), statistic, *_cell(cell)))
    return text.getvalue()


def suppressed(result: Result) -> tuple[SuppressedShown, ...]:
    """Every gap of a result, with the place where it is."""
    return tuple(
        SuppressedShown(analysis=analysis.id, place=place, interval=cell)
        for analysis in result.analyses
        if analysis.answer is not None
        for place, cell in _cells(analysis.answer)
        if isinstance(cell, Gap)
    )


def _tables(result: Result) -> Iterator[Table]:
    for analysis in result.analyses:
        if analysis.answer is not None:
            yield from analysis.answer.tables.values()


def _key_column(key: str) -> str:
    """The column of a key: one that is called like a column of ours has an underscore."""
    return f"{key}_" if key in (*_BEFORE, *_AFTER) else key


def _numbers(analysis: AnalysisResult) -> Iterator[tuple[str, dict[str, object], str, object]]:
    """Table, levels, statistic and cell of every number of an analysis."""
    answer = analysis.answer or Answer()
    yield from (("", {}, name, cell) for name, cell in answer.scalars.items())
    for name, table in answer.tables.items():
        for row in table.rows:
            levels: dict[str, object] = dict(zip(table.columns[: table.keys], row[: table.keys], strict=True))
            cells = zip(table.columns[table.keys :], row[table.keys :], strict=True)
            yield from ((name, levels, column, cell) for column, cell in cells)


def _cell(cell: object) -> tuple[object, ...]:
    """Value, low, high, suppressed."""
    if isinstance(cell, Gap):
        return "", _plain(cell.low), _plain(cell.high), "true"
    return _plain(cell), "", "", "false"


def _plain(value: object) -> object:
    if value is None:
        return ""
    return str(value).lower() if isinstance(value, bool) else value


def _cells(answer: Answer) -> Iterator[tuple[str, Any]]:
    """The cells of an answer: `n`, or `summary[age, true].mean`."""
    yield from answer.scalars.items()
    for name, table in answer.tables.items():
        for row in table.rows:
            keys = ", ".join(str(level).lower() for level in row[: table.keys])
            yield from (
                (f"{name}[{keys}].{column}", cell)
                for column, cell in zip(table.columns[table.keys :], row[table.keys :], strict=True)
            )
