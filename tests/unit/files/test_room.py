"""Room that is taken before it is needed: it is there, or the disk is full at once."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from fedcli.errors import Busy
from fedcli.files.room import Room

SIZE = 2**20


def _refusing(number: int) -> Callable[..., None]:
    def call(*_: object) -> None:
        raise OSError(number, os.strerror(number))

    return call


def _taken() -> int:
    """The bytes of files without a name that this process holds."""
    links = [path for path in Path("/proc/self/fd").iterdir() if "(deleted)" in _target(path)]
    return sum(path.stat().st_blocks * 512 for path in links)


def _target(link: Path) -> str:
    return str(link.readlink()) if link.is_symlink() else ""


def test_it_is_taken_and_given_back(tmp_path: Path) -> None:
    """Blocks are set aside without a name, and free again after the block, or before."""
    before = _taken()
    with Room(tmp_path, SIZE) as room:
        assert _taken() - before >= SIZE
        assert list(tmp_path.iterdir()) == []
        room.give_back()
        assert _taken() == before
        room.give_back()


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT])
def test_a_full_disk(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int) -> None:
    """It is told with the folder, and nothing is held."""
    before = _taken()
    monkeypatch.setattr("os.posix_fallocate", _refusing(number))
    with pytest.raises(Busy) as caught:
        Room(tmp_path, SIZE)
    assert (caught.value.code, caught.value.facts["where"]) == ("F-FULL", str(tmp_path))
    assert _taken() == before


def test_more_than_there_is(tmp_path: Path) -> None:
    """No file system here has an exabyte."""
    with pytest.raises(Busy) as caught:
        Room(tmp_path, 2**60)
    assert caught.value.code == "F-FULL"


@pytest.mark.parametrize(("size", "fits"), [(SIZE, True), (2**60, False)])
def test_a_file_system_that_cannot(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, size: int, fits: bool
) -> None:
    """Where no blocks can be set aside, what is free is looked at."""
    monkeypatch.setattr("os.posix_fallocate", _refusing(errno.EOPNOTSUPP))
    if fits:
        with Room(tmp_path, size):
            return
    with pytest.raises(Busy) as caught:
        Room(tmp_path, size)
    assert caught.value.code == "F-FULL"


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    """It is told, too."""
    with pytest.raises(Busy) as caught:
        Room(tmp_path / "no", SIZE)
    assert caught.value.code == "F-DISK"
