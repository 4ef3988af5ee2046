"""Opening a source: one locked connection that can read its files and nothing else."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened, open_source
from fedcli.errors import Bug, DataFault
from fedcli.model.vault import Source
from tests.engine.cases import DICTIONARY, DOUBLES
from tests.engine.test_values import ROWS
from tests.laws.engines import assert_same, assert_same_evidence, table, unsealed

PEOPLE = pa.table({"person": ["p1", "p2", "p3"], "age": [41, 52, 63]})


def parquet(folder: Path, data: pa.Table = PEOPLE, name: str = "people.parquet") -> Source:
    """A table in a Parquet file."""
    pq.write_table(data, folder / name)
    return Source(kind="parquet", paths=(str(folder / name),))


def database(folder: Path, data: pa.Table = PEOPLE, name: str = "people.duckdb") -> Source:
    """A table of a closed DuckDB database."""
    connection = duckdb.connect(str(folder / name))
    connection.register("given", data)
    connection.execute("CREATE TABLE people AS SELECT * FROM given")
    connection.close()
    return Source(kind="duckdb", paths=(str(folder / name),), table="people")


MAKERS = {"parquet": parquet, "duckdb": database}
either = pytest.mark.parametrize("kind", MAKERS)


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """A folder for a source, beside a folder of things that are none of its business."""
    (tmp_path / "files").mkdir()
    (tmp_path / "secret.csv").write_text("name\nada\n")
    pq.write_table(PEOPLE, tmp_path / "secret.parquet")
    return tmp_path / "files"


def opened(kind: str, folder: Path) -> Opened:
    """A source of either kind, opened as sites open it."""
    return open_source(MAKERS[kind](folder), 321)


@either
def test_settings_are_as_they_were_made(kind: str, files: Path) -> None:
    """Read back from the connection that is used, not from what was asked."""
    found = opened(kind, files)
    settings = dict(found.connection.execute("SELECT name, value FROM duckdb_settings()").fetchall())
    paths = settings["allowed_paths"].strip("[]").split(", ")
    assert all(path.startswith(f"{files}/people.{kind}") for path in paths)
    wanted = {
        "enable_external_access": "false",
        "lock_configuration": "true",
        "autoinstall_known_extensions": "false",
        "autoload_known_extensions": "false",
        "allow_community_extensions": "false",
        "python_enable_replacements": "false",
        "temp_directory": "",
    }
    assert {name: settings[name] for name in wanted} == wanted
    assert settings["memory_limit"] == "306.1 MiB"  # 321 MB


@either
def test_the_source_is_the_table_data(kind: str, files: Path) -> None:
    """Under one name, with the stored types of its columns."""
    found = opened(kind, files)
    assert found.connection.execute("SELECT * FROM data ORDER BY age").fetchall() == [
        ("p1", 41),
        ("p2", 52),
        ("p3", 63),
    ]
    assert found.stored == {"person": "VARCHAR", "age": "BIGINT"}


def test_what_does_not_fit_is_told_and_written_nowhere(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not even encrypted: a sort of more than the memory ends as D-MEMORY."""
    monkeypatch.chdir(files)
    found = open_source(parquet(files), 60)
    before = set(files.rglob("*"))
    text = "SELECT max(r) FROM (SELECT row_number() OVER (ORDER BY h) AS r FROM (SELECT md5(i::VARCHAR) AS h"
    with pytest.raises(DataFault) as caught:
        found.ask(f"{text} FROM range(2000000) t(i)))", {})
    assert caught.value.code == "D-MEMORY"
    assert set(files.rglob("*")) == before


REACHING_OUT = [
    "SELECT * FROM read_csv('{outside}/secret.csv')",
    "SELECT * FROM read_parquet('{outside}/secret.parquet')",
    "SELECT * FROM '{outside}/secret.parquet'",
    "SELECT * FROM '{inside}/../secret.parquet'",
    "SELECT * FROM read_parquet('{inside}/*.parquet')",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_blob('{outside}/secret.csv')",
    "SELECT * FROM glob('{outside}/*')",
    "ATTACH '{outside}/new.duckdb'",
    "COPY (SELECT 1) TO '{outside}/out.csv'",
    "COPY data TO '{outside}/out.parquet'",
    "EXPORT DATABASE '{outside}/export'",
    "INSTALL httpfs",
    "LOAD httpfs",
    "SELECT * FROM read_csv('https://example.org/x.csv')",
    "CREATE SECRET (TYPE s3)",
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "SET allowed_paths = ['{outside}/secret.csv']",
    "SET allowed_directories = ['{outside}']",
    "SET memory_limit = '64GB'",
    "SET temp_directory = '{outside}'",
    "RESET enable_external_access",
    "PRAGMA enable_external_access = true",
    "SELECT * FROM frame",
]


@either
@pytest.mark.parametrize("statement", REACHING_OUT)
def test_nothing_else_can_be_reached(kind: str, statement: str, files: Path) -> None:
    """No other file, no network, no extension, no setting, no variable of the process."""
    found = opened(kind, files)
    frame = PEOPLE
    assert frame.num_rows == 3  # a table of this function, which DuckDB must not see
    with pytest.raises(duckdb.Error):
        found.connection.execute(statement.format(outside=files.parent, inside=files)).fetchall()
    assert sorted(path.name for path in files.parent.iterdir()) == ["files", "secret.csv", "secret.parquet"]


def test_a_database_cannot_be_written(files: Path) -> None:
    """It is attached read-only."""
    found = opened("duckdb", files)
    for statement in (
        "DELETE FROM site.people",
        "DROP TABLE site.people",
        "CREATE TABLE site.new AS SELECT 1",
    ):
        with pytest.raises(duckdb.Error):
            found.connection.execute(statement)


@either
def test_the_source_itself_cannot_be_written(kind: str, files: Path) -> None:
    """A connection that can read the source cannot replace it."""
    found = opened(kind, files)
    before = (files / f"people.{kind}").read_bytes()
    with pytest.raises(duckdb.Error):
        found.connection.execute(f"COPY (SELECT 1) TO '{files}/people.{kind}'")
    assert (files / f"people.{kind}").read_bytes() == before


def test_the_time_zone_of_the_machine_does_not_matter(files: Path) -> None:
    """A timestamp with a zone is in the same year at every site."""
    path = parquet(files).paths[0]
    program = (
        "from fedcli.engine.opening import open_source; from fedcli.model.vault import Source;"
        f"found = open_source(Source(kind='parquet', paths=({path!r},)), 300);"
        "print(found.connection.execute(\"SELECT year(TIMESTAMPTZ '2024-12-31 23:30:00+00')\").fetchall())"
    )
    told = subprocess.run(
        [sys.executable, "-c", program],
        env={**os.environ, "TZ": "Asia/Tokyo"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "[(2024,)]"


def test_a_setting_that_is_not_kept_is_noticed(files: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read back must be what was set."""
    from fedcli.engine import opening

    real = opening._lock.__globals__["_check_locked"]

    class Forgetful:
        """A connection that reports that external access is still on."""

        def __init__(self, inner: duckdb.DuckDBPyConnection) -> None:
            self.inner = inner

        def execute(self, text: str) -> Forgetful:
            self.inner.execute(text)
            return self

        def fetchall(self) -> list[tuple[bool | str, ...]]:
            [(external, *others)] = self.inner.fetchall()
            assert external is False
            return [(True, *others)]

    monkeypatch.setattr(opening, "_check_locked", lambda connection: real(Forgetful(connection)))
    with pytest.raises(Bug) as caught:
        opened("parquet", files)
    assert caught.value.code == "V-LOCK"


def code_of(source: Source, scratch: Path) -> str:
    """The code that opening ends with."""
    with pytest.raises(DataFault) as caught:
        open_source(source, 300)
    return caught.value.code


def test_an_open_write_ahead_log_is_refused(files: Path) -> None:
    """While a .wal file is there, part of the data is not in the database."""
    source = database(files)
    Path(f"{source.paths[0]}.wal").write_bytes(b"")
    assert code_of(source, files) == "D-WAL"


def test_a_database_in_use_is_refused(files: Path) -> None:
    """Another program that writes to it leaves a log, or holds it."""
    source = database(files)
    writer = duckdb.connect(source.paths[0])
    writer.execute("INSERT INTO people VALUES ('p4', 70)")
    assert code_of(source, files) in ("D-WAL", "D-FILE")
    writer.close()


@pytest.mark.parametrize("bytes_left", [0, 3, 4, 100, -1])
def test_a_truncated_parquet_file_is_refused(files: Path, bytes_left: int) -> None:
    """However little is missing."""
    source = parquet(files)
    path = Path(source.paths[0])
    path.write_bytes(path.read_bytes()[:bytes_left])
    assert code_of(source, files) == "D-FILE"


@pytest.mark.parametrize("content", [b"", b"DUCK", b"PAR1" * 50, b"name,age\n" * 1000, bytes(100_000)])
@either
def test_a_file_of_another_kind_is_refused(kind: str, content: bytes, files: Path) -> None:
    """Neither an empty file nor one that only begins like the right one."""
    path = files / f"other.{kind}"
    path.write_bytes(content)
    source = Source(kind=kind, paths=(str(path),), table="people" if kind == "duckdb" else None)  # type: ignore[arg-type]
    assert code_of(source, files) in ("D-FILE", "D-TABLE")


def test_a_missing_table_is_refused(files: Path) -> None:
    """By its own code, because the database itself is fine."""
    source = database(files)
    assert code_of(source.model_copy(update={"table": "patients"}), files) == "D-TABLE"


@pytest.mark.parametrize("table_name", ['people"; DROP TABLE people; --', '"', "people.people", "data", "*"])
def test_a_hostile_table_name_is_no_statement(files: Path, table_name: str) -> None:
    """A name with quotation marks finds no table, and leaves the database as it was."""
    source = database(files)
    before = Path(source.paths[0]).read_bytes()
    assert code_of(source.model_copy(update={"table": table_name}), files) in ("D-TABLE", "D-FILE")
    assert Path(source.paths[0]).read_bytes() == before


def test_a_missing_file_is_refused(files: Path) -> None:
    """A path that means nothing."""
    assert code_of(Source(kind="parquet", paths=(str(files / "gone.parquet"),)), files) == "D-FILE"


@either
@pytest.mark.parametrize("name", ["o'brien", "a;b --", "dot.dot", "sp ace", "ü", '"', "[2024]"])
def test_a_path_is_a_path(kind: str, name: str, tmp_path: Path) -> None:
    """Apostrophes and other marks in a folder's name are letters."""
    (tmp_path / name).mkdir()
    found = open_source(MAKERS[kind](tmp_path / name), 300)
    assert found.connection.execute("SELECT count(*) FROM data").fetchall() == [(3,)]


@pytest.mark.parametrize("name", ["a*b", "a?b"])
def test_a_path_is_no_pattern(name: str, tmp_path: Path) -> None:
    """`a*b` means the folder of that name, and no other file."""
    (tmp_path / name).mkdir()
    (tmp_path / "axb").mkdir()
    pq.write_table(pa.table({"person": ["other"], "age": [1]}), tmp_path / "axb" / "people.parquet")
    found = open_source(parquet(tmp_path / name), 300)
    assert found.connection.execute("SELECT count(*) FROM data").fetchall() == [(3,)]
    for other in (tmp_path / "axb" / "people.parquet", tmp_path / "a*b" / "*.parquet"):
        with pytest.raises(duckdb.Error):
            found.connection.execute(f"SELECT * FROM read_parquet('{other}')")


def test_several_files_are_one_table(files: Path) -> None:
    """In the order given, with the columns of all."""
    one, two = parquet(files, PEOPLE, "1.parquet"), parquet(files, PEOPLE, "2.parquet")
    found = open_source(Source(kind="parquet", paths=(*one.paths, *two.paths)), 300)
    assert found.connection.execute("SELECT count(*), sum(age) FROM data").fetchall() == [(6, 312)]


def test_a_view_is_as_good_as_a_table(files: Path) -> None:
    """A site may offer a view of its database."""
    source = database(files)
    connection = duckdb.connect(source.paths[0])
    connection.execute("CREATE VIEW elders AS SELECT * FROM people WHERE age > 50")
    connection.close()
    found = open_source(source.model_copy(update={"table": "elders"}), 300)
    assert found.connection.execute("SELECT count(*) FROM data").fetchall() == [(2,)]


def test_no_message_quotes_the_engine(files: Path) -> None:
    """What DuckDB says of a broken file stays with it."""
    path = files / "secret-name.parquet"
    path.write_bytes(b"patient 4711 " * 100)
    with pytest.raises(DataFault) as caught:
        open_source(Source(kind="parquet", paths=(str(path),)), 300)
    told = " ".join(caught.value.lines())
    assert "4711" not in told
    assert caught.value.__cause__ is None
    assert caught.value.__suppress_context__


def test_parquet_and_duckdb_hold_the_same_data(files: Path) -> None:
    """The same rows in either kind of file give the same shapes and evidence."""
    data = table(DICTIONARY, ROWS, DOUBLES)
    sources = [parquet(files, data), database(files, data)]
    asked = frozenset({"x", "n", "whole", "level", "t", "b"})
    first, second = (DuckRows(open_source(source, 300), DICTIONARY, None, asked) for source in sources)
    for by in ((), ("t",), ("b", "level")):
        assert_same(unsealed(first.counts(by))[0], unsealed(second.counts(by))[0])
        one, other = (
            unsealed(first.moments(("whole", "level"), by)),
            unsealed(second.moments(("whole", "level"), by)),
        )
        assert_same(one[0], other[0])
        assert_same_evidence(one, other)


def test_missing_columns_and_wrong_types_are_named(files: Path) -> None:
    """Before any query, by code and by column."""
    found = open_source(parquet(files, pa.table({"x": ["a"], "n": [1]})), 300)
    for name, code in (("t", "D-COLUMN"), ("x", "D-TYPE")):
        with pytest.raises(DataFault) as caught:
            DuckRows(found, DICTIONARY, None, frozenset({name}))
        assert caught.value.code == code
        assert caught.value.facts["column"] == name
