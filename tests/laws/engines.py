"""Asking a case of either engine, and comparing what they say."""

from __future__ import annotations

import math
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cache
from pathlib import Path
from typing import Any, get_args

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.memory import MemoryRows
from fedcli.engine.opening import TABLE, Connection, Opened, open_source
from fedcli.errors import Bug
from fedcli.model.cells import Cell, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.predicate import Predicate
from fedcli.model.vault import Source
from fedcli.statistics.evidence import Evidence, Kind
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Field, Shape
from tests.laws.datasets import SCALE, Case, Row

_STORED = {
    "integer": pa.int64(),
    "real": pa.float64(),
    "text": pa.string(),
    "boolean": pa.bool_(),
    "date": pa.date32(),
    "timestamp": pa.timestamp("us"),
}


def table(dictionary: Dictionary, rows: Sequence[Row], doubles: frozenset[str] = frozenset()) -> pa.Table:
    """Rows as an Arrow table in the dictionary's types; `doubles` are stored as doubles."""
    columns = {
        name: pa.array(
            [row[name] for row in rows],
            pa.float64() if name in doubles else _STORED[column.type],
            from_pandas=False,
        )
        for name, column in dictionary.columns.items()
    }
    return pa.table(columns)


@cache
def _connection() -> Connection:
    return duckdb.connect(":memory:")


@contextmanager
def opened(data: pa.Table, *, locked: bool = False) -> Iterator[Opened]:
    """A table as a source, through a Parquet file; `locked` as sites open it, which takes longer."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "data.parquet"
        pq.write_table(data, path)
        if locked:
            source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
            yield source
            source.connection.close()
        else:
            _connection().read_parquet([str(path)]).create_view(TABLE, replace=True)
            yield Opened(_connection(), _connection().cursor())


@contextmanager
def duck_of(
    rows: Sequence[Row], dictionary: Dictionary, cohort: Predicate | None, visible: frozenset[str]
) -> Iterator[DuckRows]:
    """Some rows in DuckDB."""
    with opened(table(dictionary, rows)) as source:
        yield DuckRows(source, dictionary, cohort, visible)


@contextmanager
def duck(case: Case, *, locked: bool = False, most: int | None = None) -> Iterator[DuckRows]:
    """A case's rows in DuckDB; a query may remember `most` bytes."""
    with opened(table(case.dictionary, case.rows, case.doubles), locked=locked) as source:
        source.most = source.most if most is None else most
        yield DuckRows(source, case.dictionary, case.cohort, case.analytic.reads())


def memory(case: Case) -> MemoryRows:
    """A case's rows in memory."""
    return MemoryRows(case.rows, case.dictionary, case.cohort, case.analytic.reads())


def unsealed(exact: Any) -> tuple[Shape, Evidence]:
    """What only the gate and tests may see."""
    assert isinstance(exact, Exact)
    return exact.unseal_for_the_gate()


def by_memory(case: Case) -> tuple[Shape, Evidence]:
    """What the engine in memory says."""
    return unsealed(case.analytic.local(memory(case)))


def by_duck(case: Case, *, locked: bool = False, most: int | None = None) -> tuple[Shape, Evidence]:
    """What DuckDB says, where a query may remember `most` bytes."""
    with duck(case, locked=locked, most=most) as rows:
        return unsealed(case.analytic.local(rows))


def noise(field: Field, rows: int) -> float:
    """What floating point may add to a field of values up to SCALE: squares where it is a spread."""
    unit = SCALE * SCALE if field.precision == "sd" else SCALE
    return 1e-13 * unit * (rows + 1)


def assert_same(left: Shape, right: Shape, rows: int = 12) -> None:
    """The same shape: whole numbers exactly, others within floating point."""
    assert (left.kind, left.axes, left.fields) == (right.kind, right.axes, right.fields)
    assert left.cells.keys() == right.cells.keys() == {field.name for field in left.fields}
    for field in left.fields:
        mine, theirs = left.cells[field.name], right.cells[field.name]
        assert len(mine) == len(theirs) == left.length(field)
        for cell, other in zip(mine, theirs, strict=True):
            assert close(cell, other, noise(field, rows)), (field.name, cell, other)


def close(cell: Cell, other: Cell, slack: float) -> bool:
    """Equal as cells: whole numbers and nothing exactly, floats nearly, gaps end by end."""
    if isinstance(cell, Gap) and isinstance(other, Gap):
        return close(cell.low, other.low, slack) and close(cell.high, other.high, slack)
    if isinstance(cell, float) and isinstance(other, int | float):
        return math.isclose(cell, other, rel_tol=1e-9, abs_tol=slack)
    return cell == other and type(cell) is type(other)


def assert_same_evidence(left: tuple[Shape, Evidence], right: tuple[Shape, Evidence]) -> None:
    """The same figures of every kind for every field."""
    (shape, mine), (_, theirs) = left, right
    assert (mine.cohort, mine.population) == (theirs.cohort, theirs.population)
    for kind in get_args(Kind):
        for field in shape.fields:
            figures, others = _figures(mine, kind, field.name), _figures(theirs, kind, field.name)
            if figures is None or others is None:
                assert figures is None and others is None
                continue
            assert len(figures) == len(others) == shape.length(field)
            for at, (figure, other) in enumerate(zip(figures, others, strict=True)):
                if kind == "spread" and _is_noise(shape, field, at):
                    continue
                assert math.isclose(figure, other, rel_tol=1e-9, abs_tol=1e-9), (kind, field.name, at)


def _figures(evidence: Evidence, kind: Kind, field: str) -> tuple[int | float, ...] | None:
    try:
        return evidence.of(kind, field)
    except Bug as error:
        assert error.code == "B-EVIDENCE"
        return None


def _is_noise(shape: Shape, field: Field, at: int) -> bool:
    """A share of a sum of squares that is zero but for floating point."""
    cell = shape.cells[field.name][at]
    return not isinstance(cell, int | float) or cell <= noise(field, 12)
