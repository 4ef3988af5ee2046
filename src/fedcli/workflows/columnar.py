"""The process that writes Parquet: typed columns of released numbers come in, the bytes of a file go out."""

from __future__ import annotations

import io
import sys

import pyarrow as pa
import pyarrow.parquet as pq

from fedcli.engine.cage import shut
from fedcli.files.strict import parse_json
from fedcli.model.tidy import Kind, Tidy

MAX_REQUEST = 64 * 2**20
_TYPES: dict[Kind, pa.DataType] = {
    "text": pa.string(),
    "boolean": pa.bool_(),
    "integer": pa.int64(),
    "real": pa.float64(),
}


def written(table: Tidy) -> bytes:
    """The columns as one Parquet file, with what it says of itself in its metadata."""
    arrays = [pa.array(one.values, type=_TYPES[one.type]) for one in table.columns]
    fields = [(one.name, _TYPES[one.type]) for one in table.columns]
    schema = pa.schema(fields, metadata={f"fedcli.{key}": value for key, value in table.metadata.items()})
    target = io.BytesIO()
    pq.write_table(pa.Table.from_arrays(arrays, schema=schema), target, compression="zstd")
    return target.getvalue()


def main() -> None:
    """Read one table from stdin, write one file to stdout."""
    shut()
    request = sys.stdin.buffer.read(MAX_REQUEST)
    table = Tidy.read(parse_json(request, "the table", MAX_REQUEST), "the table")
    sys.stdout.buffer.write(written(table))


if __name__ == "__main__":
    main()
