"""Results as pandas data frames, for notebooks: the only place that loads pandas, and no command does.

It reads a result that was kept (`results/…/result.json`) or reported (`--format json`), and writes nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import fault
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.model.cells import Gap
from fedcli.model.result import Result
from fedcli.workflows.tidy import suppressed

SUPPRESSED = "suppressed"
_COLUMNS = ("analysis", "place", "low", "high")


class Part(NamedTuple):
    """One table: its name, columns and rows; a number that is missing or suppressed is None."""

    name: str
    columns: list[str]
    rows: list[list[Any]]


def frames(path: Path) -> dict[str, Any]:
    """A data frame for each table (`ANALYSIS.TABLE`), for the scalars of each analysis, and `suppressed`.

    Raises:
        InvalidFile: F-JSON or F-SCHEMA where the file holds no result.
    """
    import pandas as pd  # here, because no command may load it

    value = parse_json(read(path), str(path))
    if not isinstance(value, dict):
        raise fault("F-SCHEMA", where=path, problems="it is no result")
    parts = _kept(value, path) if value.get("schema") == "fedcli/result/1" else _reported(value, path)
    return {part.name: pd.DataFrame(part.rows, columns=part.columns) for part in parts}


def _kept(value: dict[str, Any], path: Path) -> Iterator[Part]:
    result = Result.read(value, str(path))
    for analysis in result.analyses:
        if analysis.answer is None:
            continue
        if analysis.answer.scalars:
            yield _row(analysis.id, analysis.answer.scalars)
        for name, table in analysis.answer.tables.items():
            rows = [[_number(cell) for cell in row] for row in table.rows]
            yield Part(f"{analysis.id}.{name}", list(table.columns), rows)
    gaps = [[one.analysis, one.place, one.interval.low, one.interval.high] for one in suppressed(result)]
    yield Part(SUPPRESSED, list(_COLUMNS), gaps)


def _reported(value: dict[str, Any], path: Path) -> Iterator[Part]:
    data = value.get("data", {})
    if value.get("schema") != "fedcli/cli/1" or not isinstance(data.get("results"), dict):
        raise fault("F-SCHEMA", where=path, problems="it is no result")
    gaps = []
    for key, one in data["results"].items():
        if one["scalars"]:
            yield _row(key, one["scalars"])
        for name, table in one["tables"].items():
            yield Part(f"{key}.{name}", table["columns"], table["rows"])
        gaps += [[key, gap["place"], *gap["interval"]] for gap in one["suppressed"]]
    yield Part(SUPPRESSED, list(_COLUMNS), gaps)


def _row(name: str, scalars: dict[str, Any]) -> Part:
    return Part(name, list(scalars), [[_number(cell) for cell in scalars.values()]])


def _number(cell: object) -> object:
    return None if isinstance(cell, Gap) else cell
