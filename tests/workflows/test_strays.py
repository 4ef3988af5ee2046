"""Files of rows and private keys are found where they must not lie: by what they hold, and by their names."""

from __future__ import annotations

import shutil
import sqlite3
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import orc

from fedcli.workflows.inspecting.stray import MANY_ROWS, look
from tests.workflows.test_inspected import audit, rules
from tests.world import SAMPLE, World

TABLE = pa.table({"age": list(range(300))})


def _sqlite(path: Path) -> None:
    with sqlite3.connect(path) as connection:
        connection.execute("CREATE TABLE patient (age INTEGER)")


def _arrow(path: Path) -> None:
    with pa.OSFile(str(path), "wb") as sink, pa.ipc.new_file(sink, TABLE.schema) as writer:
        writer.write_table(TABLE)


REAL = {
    "Parquet": lambda path: shutil.copy(SAMPLE / "south.parquet", path),
    "DuckDB": lambda path: shutil.copy(SAMPLE / "east.duckdb", path),
    "Arrow": _arrow,
    "SQLite": _sqlite,
    "ORC": lambda path: orc.write_table(TABLE, str(path)),
}


def found(folder: Path, *ignore: str) -> dict[str, str]:
    """What is found below a folder: the rules by the files' names."""
    return {Path(one.place).name: one.rule for one in look(folder, ignore).findings}


@pytest.mark.parametrize("form", REAL)
def test_real_files_under_any_name(form: str, tmp_path: Path) -> None:
    """As the libraries write them, with a name that says nothing."""
    REAL[form](tmp_path / "notes")
    [one] = look(tmp_path, ()).findings
    assert (one.rule, form in one.told) == ("data-file", True)


@pytest.mark.parametrize(
    "magic",
    [b"\x89HDF\r\n\x1a\n", b"Obj\x01", b"PARE", b"$FL2", b"<stata_dta>", b"FEA1"],
    ids=repr,
)
def test_first_bytes(magic: bytes, tmp_path: Path) -> None:
    """Formats that no library here writes."""
    (tmp_path / "notes").write_bytes(magic + b"\x00" * 100)
    (tmp_path / "other").write_bytes(b"x" + magic + b"\x00" * 100)
    assert found(tmp_path) == {"notes": "data-file"}


@pytest.mark.parametrize("name", ["a.parquet", "A.PARQUET", "b.duckdb", "c.sas7bdat", "d.pkl", "e.RDS"])
def test_names(name: str, tmp_path: Path) -> None:
    """Whatever is in it: it may be encrypted or cut."""
    (tmp_path / name).write_text("nothing")
    assert found(tmp_path) == {name: "data-file"}


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize(("rows", "rule"), [(MANY_ROWS, None), (MANY_ROWS + 1, "table-file")])
def test_tables(separator: str, rows: int, rule: str | None, tmp_path: Path) -> None:
    """A text of many lines with the same columns is a table of data, and a small one may be a result."""
    lines = [separator.join(("id", "age", "sex"))]
    lines += [separator.join((str(row), "50", "female")) for row in range(rows)]
    (tmp_path / "a.csv").write_text("\n".join(lines))
    assert found(tmp_path).get("a.csv") == rule


def test_prose_is_no_table(tmp_path: Path) -> None:
    """Many lines with commas, which are not columns; and source code."""
    text = "\n".join(f"Line {row}{', and so on' * (row % 4)}." for row in range(400))
    for name in ("notes.txt", "empty.csv", "code.py"):
        (tmp_path / name).write_text(text if name != "empty.csv" else "")
    assert found(tmp_path) == {}


def test_private_keys(studied: World, tmp_path: Path) -> None:
    """Of fedcli, whatever they are called, and in PEM; a card and a public key are none."""
    keys = studied.folder / "north" / "keys"
    folder = tmp_path / "repository"
    folder.mkdir()
    shutil.copy(keys / "north-owner.key.json", folder / "notes.json")
    shutil.copy(keys / "memory.key", folder / "memory.key")
    shutil.copy(keys / "north.card.json", folder / "north.card.json")
    begin = "-----BEGIN"
    (folder / "id").write_text(f"{begin} OPENSSH PRIVATE KEY-----\nb3B\n")
    (folder / "id.pub").write_text(f"{begin} PUBLIC KEY-----\nb3B\n")
    assert found(folder) == dict.fromkeys(("notes.json", "memory.key", "id"), "key-file")


def test_where_it_looks(tmp_path: Path) -> None:
    """In every folder and dot file of the working tree; not in .git, and through no link."""
    outside = tmp_path / "outside"
    folder = tmp_path / "repository"
    for place in (outside, folder / "a" / ".hidden", folder / ".git"):
        place.mkdir(parents=True)
        REAL["Parquet"](place / f"{place.name}.bin")
    REAL["Parquet"](folder / ".dot")
    (folder / "link.parquet").symlink_to(outside / "outside.bin")
    (folder / "linked").symlink_to(outside, target_is_directory=True)
    assert set(found(folder)) == {".hidden.bin", ".dot"}


def test_what_people_have_looked_at(tmp_path: Path) -> None:
    """Files that fit a pattern are counted, and everything else is still found."""
    (tmp_path / "samples").mkdir()
    for name in ("samples/a.parquet", "b.parquet"):
        REAL["Parquet"](tmp_path / name)
    assert found(tmp_path, "samples/*") == {"b.parquet": "data-file"}
    assert look(tmp_path, ("samples/*",)).ignored == 1


def test_a_pipe_does_not_hang(tmp_path: Path) -> None:
    """What is no regular file is not read."""
    import os

    os.mkfifo(tmp_path / "pipe")
    assert found(tmp_path) == {}


def test_in_an_exchange(studied: World) -> None:
    """There a table of data is no signed file either; in a home, data may lie in their folder."""
    REAL["Parquet"](studied.exchange / "north" / "cohort.parquet")
    assert set(rules(audit(studied))) == {"data-file", "signature"}
    (studied.exchange / "north" / "cohort.parquet").unlink()
    (studied.folder / "north" / "data").mkdir()
    REAL["Parquet"](studied.folder / "north" / "data" / "cohort.parquet")
    assert rules(audit(studied, home="north")) == {}
