"""Correlations over sites against those of NumPy and pandas on the pooled rows."""

from __future__ import annotations

from functools import reduce
from itertools import combinations
from operator import add
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.analytics.correlation import Correlation
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.cells import Cell
from fedcli.model.vault import Source
from tests.oracle.fits import dictionary_of, split
from tests.oracle.wheels import diabetes, randhie

NUMBERS = {
    "diabetes": (diabetes, ("age", "bmi", "bp", "s1", "s2", "s6", "target")),
    "randhie": (randhie, ("mdvis", "lncoins", "lpi", "fmde")),
}


def _asked(
    tables: list[pa.Table], columns: tuple[str, ...], known: dict[str, object], folder: Path
) -> dict[tuple[str, str], Cell]:
    """The correlations over sites, in exact sums."""
    dictionary = dictionary_of(known)
    asked = Correlation(columns=columns).resolved(dictionary, "a test")
    asked.check(dictionary)
    shapes = []
    for at, table in enumerate(tables):
        path = folder / f"{at}.parquet"
        pq.write_table(table, path)
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows = DuckRows(source, dictionary, None, asked.reads())
        shapes.append(asked.local(rows).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    rows_ = asked.answer(reduce(add, shapes)).tables["correlations"].rows
    return {(str(one), str(other)): r for one, other, r in rows_}  # type: ignore[misc]


@pytest.mark.parametrize("name", NUMBERS)
def test_they_are_numpys(name: str, tmp_path: Path) -> None:
    """To ten digits, over sites in order and over a random split."""
    wheel, columns = NUMBERS[name]
    wanted = np.corrcoef(wheel.load()[list(columns)].to_numpy(float), rowvar=False)
    for tables in (wheel.tables(3), split(wheel.tables(3), seed=3)):
        found = _asked(tables, columns, wheel.columns, tmp_path)
        for (i, one), (j, other) in combinations(enumerate(columns), 2):
            assert found[one, other] == pytest.approx(wanted[i, j], abs=1e-10)


def test_rows_that_lack_a_value_are_left_out_as_pandas_does_for_whole_rows(tmp_path: Path) -> None:
    """NaN in one column leaves the row out of every pair; a column of one value has no correlation."""
    draw = np.random.default_rng(1)
    frame = pd.DataFrame(draw.normal(size=(500, 3)), columns=["a", "b", "c"]).assign(d=2.0)
    frame["b"] += frame["a"]
    frame.loc[::7, "c"] = np.nan
    known = {name: {"type": "real", "bounds": [-9, 9]} for name in frame}
    table = pa.Table.from_pandas(frame, preserve_index=False)
    found = _asked([table.slice(0, 200), table.slice(200)], ("a", "b", "c", "d"), known, tmp_path)
    wanted = frame.dropna().corr()
    for one, other in combinations("abc", 2):
        assert found[one, other] == pytest.approx(wanted.loc[one, other], abs=1e-12)
    assert [found[one, "d"] for one in "abc"] == [None, None, None]
