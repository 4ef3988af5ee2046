"""Rows that were written by hand or made up, as one Parquet file: for trials of a policy."""

from __future__ import annotations

import duckdb

from fedcli.engine.mock import STORED
from fedcli.engine.sql import Binder, literal, quoted
from fedcli.errors import fault
from fedcli.model.dataset import Code, Dictionary
from fedcli.model.identifiers import ColumnName


def write_given(
    dictionary: Dictionary, columns: dict[ColumnName, tuple[Code | None, ...]], path: str
) -> None:
    """Write the values of each column, row by row; None is a missing value.

    Raises:
        DataFault: D-ENGINE where a value cannot be stored as its column's type.
    """
    binder = Binder()
    listed = ", ".join(
        f"unnest(CAST({binder.bind(tuple(_stored(dictionary, name, value) for value in values))} "
        f"AS {STORED[dictionary.columns[name].type]}[])) AS {quoted(name)}"
        for name, values in columns.items()
    )
    connection = duckdb.connect(":memory:", config={"threads": 1})
    try:
        connection.execute(f"CREATE TABLE given AS SELECT {listed}", binder.values)
        target = path.replace("'", "''")
        connection.execute(f"COPY given TO '{target}' (FORMAT parquet)")
    except duckdb.Error as error:
        raise fault("D-ENGINE", kind=type(error).__name__) from None
    finally:
        connection.close()


def _stored(dictionary: Dictionary, name: ColumnName, value: Code | None) -> object:
    return None if value is None else literal(value, dictionary.columns[name].type)
