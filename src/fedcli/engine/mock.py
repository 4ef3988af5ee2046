"""Mock rows from a dictionary alone: nothing is opened, so nothing can be given away.

Every value follows from the place of its row, by a hash: the same dictionary gives the same file. It
is no noise, and protects nothing.
"""

from __future__ import annotations

import math
from collections.abc import Iterator

import duckdb

from fedcli.engine.sql import Binder, literal, quoted
from fedcli.errors import fault
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import ValueType

#: The most rows of a mock person, where the dictionary allows more or does not say.
MOST_ROWS = 4
#: One value of so many is missing.
ONE_MISSING_OF = 25
_FAR_APART = 10**9
STORED: dict[ValueType, str] = {
    "integer": "BIGINT",
    "real": "DOUBLE",
    "text": "VARCHAR",
    "boolean": "BOOLEAN",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
}
_FREE: dict[ValueType, str] = {
    "integer": "CAST(floor({} * 100) AS BIGINT)",
    "real": "round({} * 100, 2)",
    "text": "'mock ' || CAST(floor({} * 1000) AS BIGINT)",
    "boolean": "({} < 0.5)",
    "date": "(DATE '2020-01-01' + CAST(floor({} * 1461) AS INTEGER))",
    "timestamp": "(TIMESTAMP '2020-01-01 00:00:00' + to_seconds(CAST(floor({} * 126230400) AS BIGINT)))",
}
_KEYS: dict[ValueType, str] = {
    "integer": "{}",
    "real": "{}",
    "text": "'mock-' || {}",
    "boolean": "CASE {} WHEN 0 THEN false WHEN 1 THEN true END",
    "date": "(DATE '1900-01-01' + CAST({} % 1000000 AS INTEGER))",
    "timestamp": "(TIMESTAMP '1900-01-01 00:00:00' + to_seconds({}))",
}


def mock(dictionary: Dictionary, rows: int, site: int, path: str, table: ColumnName | None = None) -> int:
    """Write one site's mock rows as one Parquet file that says what it is; how many persons they have.

    Those of a table of events are of its first persons, one to four for each.
    """
    told = f"mock rows, made from the dictionary {dictionary.dataset} version {dictionary.version} alone"
    digest, most = dictionary.sha256, min(dictionary.rows_per_person or MOST_ROWS, MOST_ROWS)
    if table is not None:
        dictionary, most = dictionary.of(table), MOST_ROWS
    binder = Binder()
    columns = ", ".join(
        f"CAST({value} AS {STORED[dictionary.columns[name].type]}) AS {quoted(name)}"
        for name, value in _columns(dictionary, site, binder)
    )
    made = f"SELECT {columns} FROM ({_rows(most, rows, binder)}) ORDER BY _row"
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute(f"CREATE TABLE mock AS {made}", binder.values)
        target = path.replace("'", "''")
        metadata = f"{{fedcli: '{told}', dictionary: '{digest}'}}"
        connection.execute(f"COPY mock TO '{target}' (FORMAT parquet, KV_METADATA {metadata})")
        return _persons(connection, dictionary, rows)
    except duckdb.Error as error:
        raise fault("D-ENGINE", kind=type(error).__name__) from None


def _persons(connection: duckdb.DuckDBPyConnection, dictionary: Dictionary, rows: int) -> int:
    if dictionary.unit == "row" or dictionary.person_id is None:
        return rows
    counted = connection.execute(f"SELECT count(DISTINCT {quoted(dictionary.person_id)}) FROM mock")
    [(persons,)] = counted.fetchall()
    return int(persons)


def _rows(most: int, rows: int, binder: Binder) -> str:
    """Rows by number, with the number of their person: one has one row, the next two, up to the most."""
    cycle, number, most_ = binder.bind(most * (most + 1) // 2), binder.bind(rows), binder.bind(most)
    inner = f"SELECT i AS _row, i // {cycle} AS turn, i % {cycle} AS j FROM range({number}) AS numbers(i)"
    person = f"turn * {most_} + CAST(floor((sqrt(8 * j + 1) - 1) / 2) AS BIGINT)"
    return f"SELECT _row, {person} AS _person FROM ({inner})"


def _columns(dictionary: Dictionary, site: int, binder: Binder) -> Iterator[tuple[ColumnName, str]]:
    for name, column in dictionary.columns.items():
        if name == dictionary.person_id:
            yield name, _key(column, "_person", site, binder)
        elif column.sensitivity == "identifier":
            yield name, _key(column, "_row", site, binder)
        else:
            yield name, _with_missing(name, column, site, binder)


def _key(column: Column, number: str, site: int, binder: Binder) -> str:
    """A value of its own for each number, at each site; null where there are no more."""
    if column.levels:
        return f"{_levels(column, binder)}[{number} + 1]"
    start = binder.bind(math.ceil(column.bounds[0]) if column.bounds else site * _FAR_APART)
    return _KEYS[column.type].format(f"({start} + {number})")


def _with_missing(name: ColumnName, column: Column, site: int, binder: Binder) -> str:
    """A drawn value; now and then null, or one of the missing codes."""
    lot = _lot(f"{name} is missing", site, binder)
    cases = [None, *(literal(code, column.type) for code in column.missing)]
    of = ONE_MISSING_OF * len(cases)
    whens = " ".join(
        f"WHEN {place} THEN {'NULL' if case is None else binder.bind(case)}"
        for place, case in enumerate(cases)
    )
    return f"CASE CAST(floor({lot} * {of}) AS BIGINT) {whens} ELSE {_drawn(name, column, site, binder)} END"


def _drawn(name: ColumnName, column: Column, site: int, binder: Binder) -> str:
    lot = _lot(name, site, binder)
    if column.levels:
        return f"{_levels(column, binder)}[1 + CAST(floor({lot} * {len(column.levels)}) AS BIGINT)]"
    if column.bounds:
        lots = (lot, _lot(f"{name} again", site, binder), _lot(f"{name} once more", site, binder))
        return _between(column, f"(({' + '.join(lots)}) / 3)", binder)
    return _FREE[column.type].format(lot)


def _between(column: Column, lot: str, binder: Binder) -> str:
    """A number within the bounds, most often in their middle."""
    low, high = column.bounds or (0, 100)
    if column.type == "integer":
        least, most = math.ceil(low), math.floor(high)
        return f"{binder.bind(least)} + CAST(floor({lot} * {binder.bind(most - least + 1)}) AS BIGINT)"
    digits = max(0, 3 - math.floor(math.log10(high - low)))
    ends = binder.bind(float(low)), binder.bind(float(high))
    drawn = f"round({ends[0]} + {lot} * {binder.bind(float(high - low))}, {min(digits, 15)})"
    return f"least(greatest({drawn}, {ends[0]}), {ends[1]})"


def _levels(column: Column, binder: Binder) -> str:
    levels = tuple(literal(level, column.type) for level in column.levels or ())
    return f"list_value({binder.bind_all(levels)})"


def _lot(name: str, site: int, binder: Binder) -> str:
    """A number in [0, 1) that follows from the row, a name and the site."""
    return f"((hash(_row, {binder.bind(name)}, {binder.bind(site)}) % 1000003) / 1000003)"
