"""Results as pandas data frames, for notebooks: the only place that loads pandas, and no command does.

It reads a result that was kept (`results/…/result.json`), reported (`--format json`), or exported
(`--csv`, `--parquet`), and writes nothing.
"""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import fault
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.model.cells import About, Gap
from fedcli.model.result import Result
from fedcli.workflows.tidy import AFTER, BEFORE, noisy, place_of, rounded, suppressed

SUPPRESSED, ROUNDED, NOISY = "suppressed", "rounded", "noisy"
_COLUMNS = ("analysis", "place", "low", "high")
_PARQUET = b"PAR1"
_WHOLE = re.compile(r"-?[0-9]+")


class Part(NamedTuple):
    """One table: its name, columns and rows; a number that is missing or suppressed is None."""

    name: str
    columns: list[str]
    rows: list[list[Any]]


def frames(path: Path) -> dict[str, Any]:
    """A data frame for each table (`ANALYSIS.TABLE`), for the scalars of each analysis, and for intervals.

    What is `suppressed`, `rounded` and `noisy` has a table of its own each, with where it lies.

    Raises:
        InvalidFile: F-JSON or F-SCHEMA where the file holds no result.
    """
    import pandas as pd  # here, because no command may load it

    return {part.name: pd.DataFrame(part.rows, columns=part.columns) for part in _parts(path)}


def _parts(path: Path) -> Iterator[Part]:
    data = read(path)
    if data.startswith(_PARQUET):
        return _tidy(*_parquet_rows(data, path), path)
    if data.startswith(f"{','.join(BEFORE)},".encode()):
        return _tidy(*_csv_rows(data.decode("utf-8", "replace")), path)
    value = parse_json(data, str(path))
    if not isinstance(value, dict):
        raise fault("F-SCHEMA", where=path, problems="it is no result")
    return _kept(value, path) if value.get("schema") == "fedcli/result/1" else _reported(value, path)


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
    listed = ((SUPPRESSED, suppressed(result)), (ROUNDED, rounded(result)), (NOISY, noisy(result)))
    for name, found in listed:
        rows = [[one.analysis, one.place, one.interval.low, one.interval.high] for one in found]
        yield Part(name, list(_COLUMNS), rows)


def _reported(value: dict[str, Any], path: Path) -> Iterator[Part]:
    data = value.get("data", {})
    if value.get("schema") != "fedcli/cli/1" or not isinstance(data.get("results"), dict):
        raise fault("F-SCHEMA", where=path, problems="it is no result")
    lists: dict[str, list[list[Any]]] = {SUPPRESSED: [], ROUNDED: [], NOISY: []}
    for key, one in data["results"].items():
        if one["scalars"]:
            yield _row(key, one["scalars"])
        for name, table in one["tables"].items():
            yield Part(f"{key}.{name}", table["columns"], table["rows"])
        for name, found in lists.items():
            found.extend([key, told["place"], *told["interval"]] for told in one.get(name, ()))
    yield from (Part(name, list(_COLUMNS), rows) for name, rows in lists.items())


def _row(name: str, scalars: dict[str, Any]) -> Part:
    return Part(name, list(scalars), [[_number(cell) for cell in scalars.values()]])


def _number(cell: object) -> object:
    return cell.value if isinstance(cell, About) else None if isinstance(cell, Gap) else cell


def _parquet_rows(data: bytes, path: Path) -> tuple[list[str], list[dict[str, Any]]]:
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        table = pq.read_table(io.BytesIO(data))
    except (pa.ArrowException, OSError):
        raise fault("F-SCHEMA", where=path, problems="it is no result") from None
    return table.column_names, table.to_pylist()


def _csv_rows(text: str) -> tuple[list[str], list[dict[str, Any]]]:
    """The rows of a CSV file; what a column of levels holds is told by its words alone."""
    reader = csv.DictReader(io.StringIO(text))
    rows = [{name: value or None for name, value in row.items()} for row in reader]
    names = list(reader.fieldnames or ())
    for name in set(names) - {*BEFORE, "statistic"}:
        column = _typed([row[name] for row in rows], apart=name in AFTER)
        for row, value in zip(rows, column, strict=True):
            row[name] = value
    return names, rows


def _typed(words: list[Any], apart: bool) -> list[Any]:
    """Words as truth values or numbers where all of them are; each number for itself where it is `apart`."""
    known = [word for word in words if word is not None]
    if set(known) <= {"true", "false"}:
        return [None if word is None else word == "true" for word in words]
    try:
        numbers = [int(word) if _WHOLE.fullmatch(word) else float(word) for word in known]
    except ValueError:
        return words
    found = iter(numbers if apart or all(map(_WHOLE.fullmatch, known)) else map(float, numbers))
    return [None if word is None else next(found) for word in words]


def _tidy(names: list[str], rows: list[dict[str, Any]], path: Path) -> Iterator[Part]:
    """The tables that the rows were made of, in their order."""
    if names[: len(BEFORE)] != [*BEFORE] or names[-len(AFTER) :] != [*AFTER]:
        raise fault("F-SCHEMA", where=path, problems="it is no result")
    tables: dict[tuple[str, str], list[dict[str, Any]]] = {}
    for row in rows:
        tables.setdefault((row["analysis"], row["table"] or ""), []).append(row)
    keys = names[len(BEFORE) : -len(AFTER)]
    lists: dict[str, list[list[Any]]] = {SUPPRESSED: [], ROUNDED: [], NOISY: []}
    for (analysis, table), own in tables.items():
        used = [key for key in keys if own[0][key] is not None]
        yield _table(analysis, table, used, own)
        for name, found in lists.items():
            found.extend(_intervals(analysis, table, used, (row for row in own if _listed(row) == name)))
    yield from (Part(name, list(_COLUMNS), rows) for name, rows in lists.items())


def _listed(row: dict[str, Any]) -> str:
    """The list of intervals that a row belongs to, if any."""
    if row["suppressed"] or row["noisy"]:
        return SUPPRESSED if row["suppressed"] else NOISY
    return "" if row["low"] is None else ROUNDED


def _table(analysis: str, table: str, keys: list[str], rows: list[dict[str, Any]]) -> Part:
    statistics = list(dict.fromkeys(row["statistic"] for row in rows))
    numbers: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in rows:
        numbers.setdefault(tuple(row[key] for key in keys), {})[row["statistic"]] = row["value"]
    cells = [[*levels, *(found.get(one) for one in statistics)] for levels, found in numbers.items()]
    name = f"{analysis}.{table}" if table else analysis
    return Part(name, [*map(_own_name, keys), *statistics], cells)


def _intervals(
    analysis: str, table: str, keys: list[str], rows: Iterable[dict[str, Any]]
) -> Iterator[list[Any]]:
    for row in rows:
        place = place_of(table, tuple(row[key] for key in keys), row["statistic"])
        yield [analysis, place, row["low"], row["high"]]


def _own_name(key: str) -> str:
    """A key as it is called in its table: without the underscore that told it from a column of the file."""
    return key[:-1] if key.endswith("_") and key[:-1] in (*BEFORE, *AFTER) else key
