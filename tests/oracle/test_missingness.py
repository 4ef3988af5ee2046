"""Patterns of missing values over hospitals, against pandas on the pooled rows."""

from __future__ import annotations

from functools import reduce
from itertools import product
from operator import add
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.missingness import Missingness
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from fedcli.statistics.seal import Exact
from tests.oracle.fits import dictionary_of

COLUMNS: dict[str, Any] = {
    "chol": {"type": "integer", "bounds": [0, 900]},
    "fbs": {"type": "integer", "levels": [0, 1]},
    "slope": {"type": "integer", "levels": [1, 2, 3]},
    "ca": {"type": "real", "bounds": [0, 9]},
    "thal": {"type": "integer", "levels": [3, 6, 7]},
}
NAMES = tuple(COLUMNS)


@pytest.fixture(scope="module")
def hospitals(shared: Path) -> list[Any]:
    """The four hospitals of UCI's heart disease data, as they are."""
    return [pq.read_table(one) for one in sorted((shared / "federations" / "uci_heart").glob("*.parquet"))]


@pytest.fixture(scope="module")
def pooled(hospitals: list[Any]) -> pd.DataFrame:
    """All rows."""
    return pd.concat([one.to_pandas() for one in hospitals], ignore_index=True)


@pytest.fixture(scope="module")
def answer(hospitals: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Answer:
    """What the hospitals tell together, with nothing hidden."""
    return answered(hospitals, tmp_path_factory.mktemp("hospitals"), NAMES)


def answered(tables: list[Any], folder: Path, columns: tuple[str, ...]) -> Answer:
    """What sites with some rows tell together."""
    asked, dictionary = Missingness(columns=columns), dictionary_of(COLUMNS)
    asked.check(dictionary)
    told = []
    for at, table in enumerate(tables):
        path = folder / f"{at}.parquet"
        pq.write_table(table, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        exact = asked.local(DuckRows(source, dictionary, None, asked.reads()))
        assert isinstance(exact, Exact)
        told.append(exact.unseal_for_the_gate()[0])
        source.connection.close()
    return asked.answer(reduce(add, told))


def test_every_pattern(answer: Answer, pooled: pd.DataFrame) -> None:
    """Each has as many rows as pandas finds, in percent too; most of the 32 have nobody."""
    lacks = pooled[list(NAMES)].isna()
    wanted = lacks.value_counts()
    rows = answer.tables["patterns"].rows
    assert [row[: len(NAMES)] for row in rows] == list(product(("present", "missing"), repeat=len(NAMES)))
    for *pattern, count, percent in rows:
        expected = int(wanted.get(tuple(one == "missing" for one in pattern), 0))
        assert (count, percent) == (expected, pytest.approx(100 * expected / len(pooled)))
    assert 10 < len(wanted) < len(rows)


def test_each_column_and_the_complete(answer: Answer, pooled: pd.DataFrame) -> None:
    """Sums of the patterns are what each column lacks by itself."""
    frame = pooled[list(NAMES)]
    told = {str(row[0]): row[1:] for row in answer.tables["missing"].rows}
    for name in NAMES:
        lost = int(frame[name].isna().sum())
        assert told[name] == (lost, pytest.approx(100 * frame[name].isna().mean()))
    complete = len(frame.dropna())
    assert answer.scalars["n"] == len(frame)
    assert answer.scalars["complete"] == complete
    assert answer.scalars["complete_percent"] == pytest.approx(100 * complete / len(frame))


@pytest.mark.parametrize("cut", [True, False])
def test_monotone(cut: bool, hospitals: list[Any], pooled: pd.DataFrame, tmp_path: Path) -> None:
    """As pandas finds it: whether, with the columns by how much they lack, nothing comes back in any row."""
    columns = ("ca", "thal", "chol")
    frame = pooled[list(columns)]
    if cut:  # who lacks the cholesterol is left out, and who lacks the vessels lacks the scan
        frame = frame[frame["chol"].notna()].assign(thal=frame["thal"].where(frame["ca"].notna()))
    order = frame.isna().sum().sort_values().index
    lacks = frame[order].isna().astype(int)
    wanted = bool((lacks.diff(axis=1).iloc[:, 1:] >= 0).all(axis=None))
    assert wanted is cut

    tables = [pa.Table.from_pandas(frame, preserve_index=False)] if cut else hospitals
    assert answered(tables, tmp_path, columns).scalars["monotone"] == int(wanted)
