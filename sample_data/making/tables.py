"""The data files: written, opened as views, and digested by their content.

Parquet and DuckDB files differ in bytes from version to version, so what is digested is what they hold.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from making.scenario import Scenario


def build(scenario: Scenario, folder: Path) -> None:
    """Draw and write the data files of a scenario."""
    for name, rows in zip(scenario.files, scenario.draw(), strict=True):
        path, table = folder / name, pa.Table.from_pylist(rows, scenario.schema)
        path.parent.mkdir(parents=True, exist_ok=True)
        if path.suffix == ".duckdb":
            write_database(path, scenario.dataset, table)
        else:
            pq.write_table(table, path, compression="zstd")


def write_database(path: Path, name: str, table: pa.Table) -> None:
    """One table in small blocks, with nothing left in a write-ahead log."""
    with duckdb.connect() as engine:
        engine.register("found", table)
        engine.execute(f"ATTACH '{path}' AS site (BLOCK_SIZE 16384)")
        engine.execute(f"CREATE TABLE site.{name} AS FROM found")
        engine.execute("CHECKPOINT site")
        engine.execute("DETACH site")


def view(engine: duckdb.DuckDBPyConnection, name: str, dataset: str, paths: tuple[Path, ...]) -> None:
    """Make the rows of some Parquet files, or of one database, the view `name`."""
    if paths[0].suffix == ".duckdb":
        engine.execute(f"ATTACH '{paths[0]}' AS {name}_file (READ_ONLY)")
        engine.execute(f"CREATE VIEW {name} AS FROM {name}_file.{dataset}")
    else:
        engine.read_parquet([str(path) for path in paths]).create_view(name)


def content(scenario: Scenario, path: Path) -> tuple[list[tuple[str, str]], list[tuple[Any, ...]]]:
    """The names and types of a file's columns, and its rows in the order of their keys."""
    agreed = scenario.dictionary
    with duckdb.connect() as engine:
        view(engine, "file", scenario.dataset, (path,))
        found = engine.execute(f"FROM file ORDER BY {agreed['row_key']}, {agreed['person_id']}")
        return [(name, str(kind)) for name, kind, *_ in found.description], found.fetchall()


def digest(scenario: Scenario, path: Path) -> str:
    """The SHA-256 of a file's columns and sorted rows, a line of JSON each."""
    columns, lines = content(scenario, path)
    text = "".join(json.dumps(line, default=str) + "\n" for line in (columns, *lines))
    return hashlib.sha256(text.encode()).hexdigest()


def digests(scenario: Scenario, folder: Path) -> dict[str, str]:
    """The digest of each data file."""
    return {name: digest(scenario, folder / name) for name in scenario.files}
