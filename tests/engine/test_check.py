"""Holding a source against its dictionary: every problem by code, column and number of rows."""

from __future__ import annotations

import math
from datetime import date
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.engine.check import check, keyed_digest
from fedcli.engine.draft import draft
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.engine.parts import KEY as ONE_KEY
from fedcli.errors import DataFault, FedcliError, fault
from fedcli.model.checked import Checked
from fedcli.model.dataset import Dictionary
from fedcli.model.vault import Source
from tests.laws.engines import unsealed

KEY = "5f" * 32


def dictionary(columns: dict[str, Any], **head: Any) -> Dictionary:
    """A dictionary of some columns."""
    return Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", **head, "columns": columns}, "a test"
    )


def person(**columns: Any) -> dict[str, Any]:
    """Columns beside an identifier of persons."""
    return {"pid": {"type": "text", "sensitivity": "identifier"}, **columns}


def checked(folder: Path, data: dict[str, Any], agreed: Dictionary, most: int | None = None) -> Checked:
    """What a check says of columns in a Parquet file; a query may remember `most` bytes."""
    path = folder / "data.parquet"
    pq.write_table(pa.table(data), path)
    source = Source(kind="parquet", paths=(str(path),))
    found = open_source(source, 300)
    found.most = found.most if most is None else most
    return check(found, agreed, source, KEY)


def problems(result: Checked) -> list[tuple[str, str | None, int | None]]:
    """Problems as plain tuples, in any order."""
    return sorted(((one.code, one.column, one.rows) for one in result.problems), key=str)


def test_data_that_meet_their_dictionary(tmp_path: Path) -> None:
    """No problem, and how many rows and persons there are."""
    agreed = dictionary(
        person(
            age={"type": "integer", "bounds": [18, 100]},
            sex={"type": "text", "levels": ["f", "m"], "missing": ["?"]},
        ),
        unit="person",
        person_id="pid",
    )
    data = {"pid": ["a", "b", "c"], "age": [18, 100, None], "sex": ["f", "?", None]}
    result = checked(tmp_path, data, agreed)
    assert (problems(result), result.rows, result.persons) == ([], 3, 3)


CASES: dict[str, tuple[dict[str, Any], Dictionary, list[tuple[str, str | None, int | None]]]] = {
    "a column that is not there": (
        {"x": [1]},
        dictionary({"x": {"type": "integer"}, "y": {"type": "integer"}}),
        [("D-COLUMN", "y", None)],
    ),
    "a column in other letters": (
        {"X": [1]},
        dictionary({"x": {"type": "integer"}}),
        [("D-COLUMN", "x", None)],
    ),
    "a text where a number should be": (
        {"x": ["1"]},
        dictionary({"x": {"type": "integer"}}),
        [("D-TYPE", "x", None)],
    ),
    "a number where a text should be": (
        {"x": [1]},
        dictionary({"x": {"type": "text"}}),
        [("D-TYPE", "x", None)],
    ),
    "a number where true or false should be": (
        {"x": [1, 0]},
        dictionary({"x": {"type": "boolean"}}),
        [("D-TYPE", "x", None)],
    ),
    "a text where a date should be": (
        {"x": ["2024-01-01"]},
        dictionary({"x": {"type": "date"}}),
        [("D-TYPE", "x", None)],
    ),
    "values that are no levels": (
        {"x": ["a", "z", "z", None, "?"]},
        dictionary({"x": {"type": "text", "levels": ["a", "b"], "missing": ["?"]}}),
        [("D-LEVEL", "x", 2)],
    ),
    "numbers that are no levels": (
        {"x": [1.0, 2.0, 2.5, math.nan, 9.0]},
        dictionary({"x": {"type": "integer", "levels": [1, 2], "missing": [9]}}),
        [("D-INTEGER", "x", 1), ("D-LEVEL", "x", 1)],
    ),
    "values beyond both bounds": (
        {"x": [17, 18, 100, 101, None, 200, -9]},
        dictionary({"x": {"type": "integer", "bounds": [18, 100], "missing": [-9]}}),
        [("D-BOUNDS", "x", 3)],
    ),
    "infinity is missing, not beyond a bound": (
        {"x": [math.inf, -math.inf, math.nan, 5.0]},
        dictionary({"x": {"type": "real", "bounds": [0, 10]}}),
        [],
    ),
    "fractions where whole numbers should be": (
        {"x": [1.0, 1.5, -0.25, math.nan, math.inf]},
        dictionary({"x": {"type": "integer"}}),
        [("D-INTEGER", "x", 2)],
    ),
    "a row without its person": (
        {"pid": ["a", "b", "a"], "rid": [1, 2, None]},
        dictionary(
            person(rid={"type": "integer", "sensitivity": "identifier"}),
            unit="person",
            person_id="pid",
            row_key="rid",
        ),
        [("D-KEY", "rid", 1)],
    ),
    "a person with two rows where one was agreed": (
        {"pid": ["a", "b", "b", "b"]},
        dictionary(person(), unit="person", person_id="pid"),
        [("D-REPEATS", "pid", 2)],
    ),
    "a row twice": (
        {"pid": ["a", "b", "b"], "rid": [1, 2, 2]},
        dictionary(
            person(rid={"type": "integer", "sensitivity": "identifier"}),
            unit="person",
            person_id="pid",
            row_key="rid",
        ),
        [("D-REPEATS", "rid", 1)],
    ),
    "persons with more rows than agreed": (
        {"pid": ["a", "b", "b", "c", "c", "c"], "rid": list(range(6))},
        dictionary(
            person(rid={"type": "integer", "sensitivity": "identifier"}),
            unit="person",
            person_id="pid",
            row_key="rid",
            max_rows=1,
        ),
        [("D-ROWS", "pid", 5)],
    ),
    "a repeated person where the unit is the row": (
        {"pid": ["a", "a"], "x": [1, 2]},
        dictionary(person(x={"type": "integer"})),
        [],
    ),
    "no rows": (
        {"x": pa.array([], pa.int64())},
        dictionary({"x": {"type": "integer"}}),
        [("D-EMPTY", None, None)],
    ),
    "several problems at once": (
        {"x": [300, 1], "t": ["z", "a"], "u": [1, 2]},
        dictionary(
            {
                "x": {"type": "integer", "bounds": [0, 100]},
                "t": {"type": "text", "levels": ["a"]},
                "u": {"type": "date"},
                "v": {"type": "real"},
            }
        ),
        [("D-BOUNDS", "x", 1), ("D-COLUMN", "v", None), ("D-LEVEL", "t", 1), ("D-TYPE", "u", None)],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_problems_are_found_a_few_keys_at_a_time(name: str, tmp_path: Path) -> None:
    """The same problems and the same number of persons."""
    data, agreed, *_ = CASES[name]
    split = checked(tmp_path, data, agreed, 2 * ONE_KEY)
    assert split == checked(tmp_path, data, agreed)


@pytest.mark.parametrize("name", CASES)
def test_problems_are_found(name: str, tmp_path: Path) -> None:
    """Each with its code, its column, and the number of rows that have it."""
    data, agreed, expected = CASES[name]
    assert problems(checked(tmp_path, data, agreed)) == expected


@pytest.mark.parametrize("name", CASES)
def test_no_problem_holds_a_value(name: str, tmp_path: Path) -> None:
    """The sentences that people read name columns only."""
    data, agreed, _ = CASES[name]
    for problem in checked(tmp_path, data, agreed).problems:
        told = fault(problem.code, column=problem.column or "", type="", table="")
        assert set(problem.model_dump()) == {"code", "table", "column", "rows"}
        assert isinstance(told, DataFault)
        assert not {"z", "300", "2.5", "101", "200"} & set(told.what.split())


@pytest.mark.parametrize(
    ("key", "missing", "ids"),
    [
        ("text", [""], ["a", "", ""]),
        ("integer", [-1], [1, -1, -1]),
        ("integer", [], [1.0, math.nan, math.nan]),
    ],
)
def test_a_missing_code_is_no_identifier(
    key: str, missing: list[Any], ids: list[Any], tmp_path: Path
) -> None:
    """Rows whose person is missing, in whatever way, are rows without a person."""
    agreed = dictionary(
        {
            "pid": {"type": key, "sensitivity": "identifier", "missing": missing},
            "rid": {"type": "integer", "sensitivity": "identifier"},
        },
        unit="person",
        person_id="pid",
        row_key="rid",
    )
    result = checked(tmp_path, {"pid": ids, "rid": [1, 2, 3]}, agreed)
    assert ("D-KEY", "pid", 2) in problems(result)


def test_dates_with_levels_can_be_grouped(tmp_path: Path) -> None:
    """What the check accepts can be asked about."""
    agreed = dictionary({"d": {"type": "date", "levels": ["2024-01-01", "2024-07-01"]}})
    data = {"d": [date(2024, 1, 1), date(2024, 1, 1), date(2024, 7, 1)]}
    assert problems(checked(tmp_path, data, agreed)) == []
    assert counted(tmp_path, agreed, "d") == (2, 1)


def test_decimals_with_levels_can_be_grouped(tmp_path: Path) -> None:
    """A decimal column is a column of numbers."""
    agreed = dictionary({"x": {"type": "real", "levels": [0.1, 0.5]}})
    data = {"x": pa.array([0.1, 0.5, 0.5]).cast(pa.decimal128(5, 2))}
    assert problems(checked(tmp_path, data, agreed)) == []
    assert counted(tmp_path, agreed, "x") == (1, 2)


def test_a_missing_code_of_single_precision_is_missing(tmp_path: Path) -> None:
    """The number that people wrote down as missing does not enter a mean."""
    agreed = dictionary({"x": {"type": "real", "missing": [-9.9]}})
    checked(tmp_path, {"x": pa.array([-9.9, 2.5, 3.5], pa.float32())}, agreed)
    source = open_source(Source(kind="parquet", paths=(str(tmp_path / "data.parquet"),)), 300)
    rows = DuckRows(source, agreed, None, frozenset({"x"}))
    assert unsealed(rows.moments(("x",)))[0].cells["mean"] == (3.0,)


def counted(folder: Path, agreed: Dictionary, by: str) -> tuple[Any, ...]:
    """How many rows each level has in the file that was checked."""
    source = open_source(Source(kind="parquet", paths=(str(folder / "data.parquet"),)), 300)
    rows = DuckRows(source, agreed, None, frozenset({by}))
    return unsealed(rows.counts((by,)))[0].cells["count"]


def test_the_digest_follows_data_and_key(tmp_path: Path) -> None:
    """Other bytes, another order of files or another key give another digest; the same the same."""
    one, two = tmp_path / "1", tmp_path / "2"
    one.write_bytes(b"first"), two.write_bytes(b"second")

    def digest(*paths: Path, key: str = KEY) -> str:
        return keyed_digest(Source(kind="parquet", paths=tuple(map(str, paths))), key)

    base = digest(one, two)
    others = [digest(two, one), digest(one), digest(one, two, key="60" * 32)]
    one.write_bytes(b"firsT")
    others.append(digest(one, two))
    one.write_bytes(b"firs"), two.write_bytes(b"tsecond")
    others.append(digest(one, two))
    one.write_bytes(b"first"), two.write_bytes(b"second")
    assert digest(one, two) == base
    assert len({base, *others}) == 6
    assert all(len(one) == 64 for one in others)


def test_the_digest_is_an_hmac_of_the_files(tmp_path: Path) -> None:
    """As auditors would compute it: HMAC-SHA256 over the SHA-256 digests in order."""
    import hashlib
    import hmac

    path = tmp_path / "1"
    path.write_bytes(b"rows")
    expected = hmac.new(bytes.fromhex(KEY), hashlib.sha256(b"rows").digest(), "sha256").hexdigest()
    assert keyed_digest(Source(kind="parquet", paths=(str(path),)), KEY) == expected


def test_the_digest_of_a_file_that_is_gone(tmp_path: Path) -> None:
    """D-FILE, not an exception of the operating system."""
    with pytest.raises(DataFault) as caught:
        keyed_digest(Source(kind="parquet", paths=(str(tmp_path / "gone"),)), KEY)
    assert caught.value.code == "D-FILE"


def test_malformed_parquet_ends_in_a_code(shared: Path, tmp_path: Path) -> None:
    """Published malformed files: each is read without error, or ends in a code of local data."""
    files = sorted((shared / "vectors" / "parquet-bad" / "bad_data").glob("*.parquet"))
    assert len(files) >= 8
    ended = set()
    for file in files:
        source = Source(kind="parquet", paths=(str(file),))
        try:
            found = open_source(source, 300)
            draft(found, 3)
            columns = {name: {"type": "real"} for name in found.stored if name.isidentifier()}
            if columns:
                check(found, dictionary(columns), source, KEY)
            ended.add("read")
        except FedcliError as error:
            assert isinstance(error, DataFault)
            assert error.code in ("D-FILE", "D-ENGINE")
            ended.add(error.code)
    assert ended - {"read"}
