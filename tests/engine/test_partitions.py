"""Columns in the names of folders: they count as those in files, as the dictionary's type, or are refused."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.engine.check import check, keyed_digest
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened, open_source
from fedcli.errors import DataFault
from fedcli.language.expression import parse
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.vault import Source
from tests.laws.engines import unsealed

KEY = "0" * 64
AGREED = Dictionary(
    dataset="visits",
    unit="row",
    columns={
        "x": Column(type="integer", bounds=(0, 9)),
        "region": Column(type="text", levels=("01", "02")),
        "year": Column(type="integer", levels=(2025, 2026)),
    },
)


def written(folder: Path, name: str, **columns: list[Any]) -> None:
    """A file in a folder of this name."""
    (folder / name).mkdir(parents=True, exist_ok=True)
    pq.write_table(pa.table(columns), folder / name / "part-0.parquet")


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """Two regions of one year, and one of another."""
    written(tmp_path, "region=01/year=2025", x=[1, 2])
    written(tmp_path, "region=01/year=2026", x=[3])
    written(tmp_path, "region=02/year=2026", x=[4, 5, 6])
    return tmp_path


def source(folder: Path) -> Source:
    """All files of a folder."""
    return Source(kind="parquet", paths=tuple(sorted(map(str, folder.rglob("*.parquet")))))


def opened(folder: Path, dictionary: Dictionary | None = AGREED) -> Opened:
    """A folder, opened under a dictionary."""
    return open_source(source(folder), 300, None, dictionary)


def counts(found: Opened) -> dict[Any, int]:
    """How many rows each region and year has."""
    rows = found.ask("SELECT region, year, count(*) FROM data GROUP BY ALL ORDER BY ALL", {})
    return {(region, year): number for region, year, number in rows}


def test_names_are_values(data: Path) -> None:
    """Of their columns' types: a text keeps its zero, a whole number is one."""
    found = opened(data)
    assert found.stored == {"x": "BIGINT", "region": "VARCHAR", "year": "BIGINT"}
    assert counts(found) == {("01", 2025): 2, ("01", 2026): 1, ("02", 2026): 3}
    assert check(found, AGREED, source(data), KEY).problems == ()


def test_they_are_filtered_and_counted(data: Path) -> None:
    """As any other column is."""
    cohort = parse("year = 2026", AGREED, "a test")
    rows = DuckRows(opened(data), AGREED, cohort, frozenset({"region"}))
    shape, _ = unsealed(rows.counts(by=("region",)))
    assert shape.cells["count"] == (1, 3)


def test_a_level_that_nobody_declared(data: Path) -> None:
    """A folder's name is held against the dictionary."""
    written(data, "region=03/year=2026", x=[7])
    assert [one.code for one in check(opened(data), AGREED, source(data), KEY).problems] == ["D-LEVEL"]


def test_a_missing_value(data: Path) -> None:
    """What other programs write for it."""
    written(data, "region=__HIVE_DEFAULT_PARTITION__/year=2026", x=[7, 8])
    assert counts(opened(data))[(None, 2026)] == 2


@pytest.mark.parametrize("name", ["region=01/year=soon", "region=01/year=1e400"])
def test_a_name_of_another_type(data: Path, name: str) -> None:
    """The column is named, the folder is not."""
    written(data, name, x=[7])
    with pytest.raises(DataFault) as caught:
        counts(opened(data))
    assert caught.value.code in ("D-PARTITION", "D-FILE", "D-ENGINE")
    assert "soon" not in str(caught.value)


def test_a_column_that_is_in_both(data: Path) -> None:
    """The folder would win over the file in silence."""
    shutil.rmtree(data / "region=01")
    written(data, "region=02/year=2026", x=[4], year=[2025])
    with pytest.raises(DataFault) as caught:
        opened(data)
    assert (caught.value.code, caught.value.facts["column"]) == ("D-PARTITION", "year")


def test_folders_that_nobody_asked_for(tmp_path: Path) -> None:
    """A name with a sign that is no column of the dictionary's, or that the files have, is a name."""
    written(tmp_path, "run=7/region=01", x=[1], region=["02"], year=[2026])
    found = opened(tmp_path)
    assert found.partitions == ()
    assert counts(found) == {("02", 2026): 1}


def test_not_all_files_have_it(data: Path) -> None:
    """What is not told of every row is told of none."""
    written(data, "region=02", x=[7])
    with pytest.raises(DataFault) as caught:
        opened(data)
    assert caught.value.code == "D-PARTITION"


def test_a_draft_sees_them(data: Path) -> None:
    """As text, for a person to decide."""
    assert opened(data, None).stored == {"x": "BIGINT", "region": "VARCHAR", "year": "VARCHAR"}


def test_a_file_that_moves_is_other_data(data: Path) -> None:
    """No byte of a file tells its folder, so the digest does."""
    before = keyed_digest(source(data), KEY, ("region", "year"))
    (data / "region=01" / "year=2026").rename(data / "region=01" / "year=2027")
    assert keyed_digest(source(data), KEY, ("region", "year")) != before
    assert keyed_digest(source(data), KEY, ("region",)) == keyed_digest(source(data), KEY, ("region",))
