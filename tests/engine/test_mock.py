"""Mock rows meet the dictionary that they are made from, whatever it declares, and follow from it alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest

from fedcli.engine.check import check
from fedcli.engine.mock import MOST_ROWS, mock
from fedcli.engine.opening import open_source
from fedcli.files.strict import parse_toml
from fedcli.model.dataset import Dictionary
from fedcli.model.vault import Source
from tests.world import SAMPLE

KEY = {"type": "text", "sensitivity": "identifier"}
COLUMNS: dict[str, dict[str, Any]] = {
    "levels of text": {"type": "text", "levels": ["a'b", "ä", "c"], "missing": ["", "unknown"]},
    "one level": {"type": "text", "levels": ["only"]},
    "levels of numbers": {"type": "integer", "levels": [1, 2, 30], "missing": [-9]},
    "levels of reals": {"type": "real", "levels": [0.5, 1, 2.25]},
    "one level of a boolean": {"type": "boolean", "levels": [True]},
    "levels of dates": {"type": "date", "levels": ["2024-02-29", "2026-11-22"]},
    "levels of timestamps": {"type": "timestamp", "levels": ["2026-11-22T09:00:00"]},
    "bounds": {"type": "integer", "bounds": [-3, 3], "missing": [99]},
    "bounds with fractions": {"type": "integer", "bounds": [0.5, 2.5]},
    "narrow bounds": {"type": "real", "bounds": [0, 0.0001]},
    "wide bounds": {"type": "real", "bounds": [-1e12, 1e12], "missing": [-9.9]},
    "bounds beside a code": {"type": "integer", "bounds": [0, 10], "missing": [5]},
    **{
        f"free {kind}": {"type": kind} for kind in ("integer", "real", "text", "boolean", "date", "timestamp")
    },
    **{
        f"other identifier of {kind}": {"type": kind, "sensitivity": "identifier"}
        for kind in ("integer", "real", "text", "date", "timestamp")
    },
}


def _dictionary(columns: dict[str, Any], **more: Any) -> Dictionary:
    whole = {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns, **more}
    return Dictionary.read(whole, "test")


def _problems(dictionary: Dictionary, path: Path) -> list[tuple[str, str | None]]:
    source = Source(kind="parquet", paths=(str(path),))
    opened = open_source(source, 500)
    return [(one.code, one.column) for one in check(opened, dictionary, source, "00" * 32).problems]


@pytest.mark.parametrize("name", COLUMNS)
def test_any_column(tmp_path: Path, name: str) -> None:
    """Rows with a column of each form pass the check of data."""
    dictionary = _dictionary({"x": COLUMNS[name]})
    assert mock(dictionary, 300, 1, str(tmp_path / "m.parquet")) == 300
    assert _problems(dictionary, tmp_path / "m.parquet") == []
    values = pq.read_table(tmp_path / "m.parquet").column("x").to_pylist()
    assert len(set(values)) > 1


@pytest.mark.parametrize("kind", ["integer", "real", "text", "date", "timestamp"])
@pytest.mark.parametrize("most", [None, 1, 3, 50])
def test_any_key(tmp_path: Path, kind: str, most: int | None) -> None:
    """Persons and rows have keys of their own, and nobody more rows than the dictionary says."""
    key = {"type": kind, "sensitivity": "identifier"}
    more = {} if most is None else {"max_rows": most}
    dictionary = _dictionary({"p": key, "r": key}, unit="person", person_id="p", row_key="r", **more)
    persons = mock(dictionary, 400, 1, str(tmp_path / "m.parquet"))
    assert _problems(dictionary, tmp_path / "m.parquet") == []
    people = pq.read_table(tmp_path / "m.parquet").column("p").to_pylist()
    assert persons == len(set(people))
    assert max(people.count(one) for one in set(people)) == min(most or MOST_ROWS, MOST_ROWS)


def test_one_row_each(tmp_path: Path) -> None:
    """Without a key of rows everybody has one."""
    dictionary = _dictionary({"p": KEY, "x": {"type": "integer"}}, unit="person", person_id="p")
    assert mock(dictionary, 50, 1, str(tmp_path / "m.parquet")) == 50
    assert _problems(dictionary, tmp_path / "m.parquet") == []


def test_a_key_with_too_few_values(tmp_path: Path) -> None:
    """The control: where no such rows can be, the check finds it."""
    key = {"type": "integer", "sensitivity": "identifier", "bounds": [1, 40]}
    dictionary = _dictionary({"p": key}, unit="person", person_id="p")
    mock(dictionary, 40, 1, str(tmp_path / "m.parquet"))
    assert _problems(dictionary, tmp_path / "m.parquet") == []
    mock(dictionary, 41, 1, str(tmp_path / "n.parquet"))
    assert _problems(dictionary, tmp_path / "n.parquet") == [("D-BOUNDS", "p")]


def test_they_follow_from_the_dictionary(tmp_path: Path) -> None:
    """The same dictionary gives the same bytes, another site other people, and the file says what it is."""
    dictionary = Dictionary.read(parse_toml((SAMPLE / "cohort.toml").read_bytes(), "test"), "test")
    for name, site in {"a": 1, "b": 1, "c": 2}.items():
        mock(dictionary, 100, site, str(tmp_path / f"{name}.parquet"))
    a, b, c = (tmp_path / f"{name}.parquet" for name in "abc")
    assert a.read_bytes() == b.read_bytes()
    people = [set(pq.read_table(path).column("patient_id").to_pylist()) for path in (a, c)]
    assert not people[0] & people[1]
    told = pq.read_schema(a).metadata
    assert told[b"fedcli"] == b"mock rows, made from the dictionary cohort version 1 alone"
    assert told[b"dictionary"].decode() == dictionary.sha256
