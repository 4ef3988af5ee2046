"""Where a dataset's files are: all that a folder holds, or an error."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fedcli.errors import DataFault
from fedcli.workflows.sources import source


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three files in three folders, and one that is no data."""
    for name in ("a.parquet", "year=2025/b.parquet", "year=2026/deep/c.parquet", "notes.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(b"x")
    return tmp_path


def test_all_below(folder: Path) -> None:
    """In order, whatever the order of the disk; folders with such a name, and links to folders, are none."""
    (folder / "odd.parquet").mkdir()
    (folder / "again").symlink_to(folder / "year=2025")
    found = [str(Path(path).relative_to(folder)) for path in source([str(folder)], None).paths]
    assert found == ["a.parquet", "year=2025/b.parquet", "year=2026/deep/c.parquet"]


def test_a_folder_that_cannot_be_listed(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its rows would be left out in silence."""
    honest = os.scandir

    def scandir(path: Any) -> Iterator[os.DirEntry[str]]:
        if str(path).endswith("deep"):
            raise PermissionError(13, "Permission denied", str(path))
        return honest(path)

    monkeypatch.setattr(os, "scandir", scandir)
    with pytest.raises(DataFault) as caught:
        source([str(folder)], None)
    assert caught.value.code == "D-MISSING"


@pytest.mark.parametrize(
    ("pattern", "into"),
    [
        ("*.parquet", "."),
        ("year=*/*.parquet", "year=2025"),
        ("year=*/deep/*.parquet", "year=2026/deep"),
        ("**/*.parquet", "year=2026/deep"),
    ],
)
def test_a_pattern_over_a_folder_that_cannot_be_listed(
    folder: Path, monkeypatch: pytest.MonkeyPatch, pattern: str, into: str
) -> None:
    """A pattern does not look past it; into a folder that it does not mean it need not look."""
    closed = folder / "closed"
    closed.mkdir()
    honest = os.access

    def access(shut: Path) -> Callable[..., bool]:
        return lambda path, *more: Path(path).resolve() != shut.resolve() and honest(path, *more)

    monkeypatch.setattr(os, "access", access(folder / into))
    with pytest.raises(DataFault) as caught:
        source([str(folder / pattern)], None)
    assert caught.value.code == "D-MISSING"
    if not pattern.startswith("**"):
        monkeypatch.setattr(os, "access", access(closed))
        assert source([str(folder / pattern)], None).paths


@pytest.mark.parametrize("pattern", ["/**/*.parquet", "/**", "/data/**/a/**/*.parquet", "/**/or/**/1"])
def test_a_pattern_that_looks_everywhere(pattern: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole disk, or its folders again and again: it is not even begun."""

    def never(*_: object, **__: object) -> list[str]:
        raise AssertionError("it looks")

    monkeypatch.setattr("glob.glob", never)
    monkeypatch.setattr("glob.iglob", never)
    with pytest.raises(DataFault) as caught:
        source([pattern], None)
    assert caught.value.code == "D-PATTERN"
