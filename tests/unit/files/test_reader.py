"""The reader: regular files only, never through a link, within a size, and it never hangs."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcli.errors import Busy, InvalidFile, UsageFault
from fedcli.files.reader import mode, names, read


def test_a_file_is_read_whole(tmp_path: Path) -> None:
    """All bytes, also none."""
    (tmp_path / "file").write_bytes(b"\x00\xff\n" * 1000)
    (tmp_path / "empty").touch()
    assert read(tmp_path / "file") == b"\x00\xff\n" * 1000
    assert read(tmp_path / "empty") == b""


def test_a_file_that_is_missing_says_so(tmp_path: Path) -> None:
    """F-MISSING with its path, also where its folder is missing."""
    for path in (tmp_path / "file", tmp_path / "folder" / "file"):
        with pytest.raises(UsageFault, match="F-MISSING") as caught:
            read(path)
        assert caught.value.facts["path"] == str(path)


def test_size_is_bounded(tmp_path: Path) -> None:
    """A file of the limit is read, one byte more is F-SIZE."""
    (tmp_path / "file").write_bytes(b"12345")
    assert read(tmp_path / "file", 5) == b"12345"
    with pytest.raises(InvalidFile, match="F-SIZE"):
        read(tmp_path / "file", 4)


def test_a_link_is_not_followed(tmp_path: Path) -> None:
    """Neither to a file that is there nor to one that is not."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "link").symlink_to(tmp_path / "secret")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("link", "dangling"):
        with pytest.raises(InvalidFile, match="F-OPEN") as caught:
            read(tmp_path / name)
        assert caught.value.facts["reason"] == "it is a link"


def test_a_pipe_does_not_hang(tmp_path: Path, impatient: None) -> None:
    """A pipe without a writer would be waited for by an unattended run for ever."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(InvalidFile, match="F-OPEN"):
        read(tmp_path / "pipe")


@pytest.mark.parametrize("device", ["/dev/zero", "/dev/null"])
def test_a_device_is_not_read(device: str, impatient: None) -> None:
    """Neither one without end nor one without beginning."""
    with pytest.raises(InvalidFile, match="not a regular file"):
        read(Path(device))


def test_a_socket_is_not_read(tmp_path: Path) -> None:
    """A socket is no regular file."""
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(str(tmp_path / "socket"))
        with pytest.raises(InvalidFile, match="F-OPEN"):
            read(tmp_path / "socket")


def test_a_folder_is_not_read(tmp_path: Path) -> None:
    """A folder in the place of a file is F-OPEN."""
    with pytest.raises(InvalidFile, match="F-OPEN"):
        read(tmp_path)


def test_a_name_that_the_system_refuses_is_told(tmp_path: Path) -> None:
    """A name that is too long, and a file in the place of a folder."""
    (tmp_path / "file").touch()
    for path in (tmp_path / ("x" * 300), tmp_path / "file" / "below"):
        with pytest.raises(InvalidFile, match="F-OPEN"):
            read(path)


def test_a_file_that_may_not_be_read_is_told(forbidden: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No permission is F-OPEN with the system's reason."""

    def refuse(*_: object) -> int:
        raise PermissionError(13, "")

    monkeypatch.setattr(os, "open", refuse)
    with pytest.raises(InvalidFile, match="Permission denied"):
        read(forbidden / "there")


def test_mode_is_of_the_file_itself(tmp_path: Path) -> None:
    """The permission bits, without following a link."""
    (tmp_path / "file").touch()
    (tmp_path / "file").chmod(0o640)
    (tmp_path / "link").symlink_to(tmp_path / "file")
    assert mode(tmp_path / "file") == 0o640
    assert mode(tmp_path / "link") == 0o777


def test_names_are_in_order_without_dot_files(tmp_path: Path) -> None:
    """Sorted, with the suffix that is asked for; what is being written has a dot in front."""
    for name in ("b.json", "a.json", "c.txt", ".x.part", ".a.json"):
        (tmp_path / name).touch()
    assert names(tmp_path) == ["a.json", "b.json", "c.txt"]
    assert names(tmp_path, ".json") == ["a.json", "b.json"]
    assert names(tmp_path / "nowhere") == []
    assert names(tmp_path / "a.json") == []


@pytest.mark.parametrize("number", [errno.EIO, errno.EINTR, errno.EMFILE])
def test_a_disk_that_fails_is_no_file_at_fault(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    """It is told as what can be tried again; that a file may not be read is told of the file."""
    (tmp_path / "file").touch()
    monkeypatch.setattr("os.open", _failing(number))
    with pytest.raises(Busy, match="F-DISK"):
        read(tmp_path / "file")
    monkeypatch.setattr("os.open", _failing(errno.EACCES))
    with pytest.raises(InvalidFile, match="F-OPEN"):
        read(tmp_path / "file")


def test_names_are_listed_again_where_a_signal_broke_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Python itself does not repeat the opening of a folder."""
    (tmp_path / "a").touch()
    honest, left = os.scandir, [InterruptedError(errno.EINTR, "a test")] * 2

    def hasty(folder: Path) -> Any:
        if left:
            raise left.pop()
        return honest(folder)

    monkeypatch.setattr("os.scandir", hasty)
    assert names(tmp_path) == ["a"]
    assert left == []


def _failing(number: int) -> Callable[..., int]:
    def call(*_: object) -> int:
        raise OSError(number, os.strerror(number))

    return call
