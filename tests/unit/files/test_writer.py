"""The writer: a file is there whole or not at all, whatever fails, and names are taken once."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fedcli.errors import Busy, FedcliError, UsageFault, fault
from fedcli.files.writer import PRIVATE, append, make_folder, sync_folder, write, write_once

Write = Callable[[Path, bytes], None]


def failing(call: Callable[..., Any], number: int = 1) -> Callable[..., Any]:
    """The call, whose n-th use (and every later one) finds the disk full."""
    used = iter(range(1, 1_000_000))

    def full(*args: Any, **named: Any) -> Any:
        if next(used) >= number:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        return call(*args, **named)

    return full


def names(folder: Path) -> list[str]:
    """All names in a folder, those with a dot in front too."""
    return sorted(path.name for path in folder.iterdir())


def bits(path: Path) -> int:
    """The permission bits of a file."""
    return stat.S_IMODE(path.stat().st_mode)


def test_write_replaces(tmp_path: Path) -> None:
    """The new bytes take the place of the old ones, and nothing else is left."""
    write(tmp_path / "file", b"old and longer")
    write(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"new"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("put", [write, write_once])
def test_folders_are_made(tmp_path: Path, put: Write) -> None:
    """The folders above a file come into being with it."""
    put(tmp_path / "a" / "b" / "file", b"x")
    assert (tmp_path / "a" / "b" / "file").read_bytes() == b"x"


@pytest.mark.parametrize("umask", [0o000, 0o022, 0o077])
def test_the_mode_is_the_one_asked_for(tmp_path: Path, umask: int) -> None:
    """0600 for what is private and 0644 otherwise, whatever the umask is."""
    before = os.umask(umask)
    try:
        write(tmp_path / "private", b"", PRIVATE)
        write_once(tmp_path / "once", b"", PRIVATE)
        write(tmp_path / "public", b"")
    finally:
        os.umask(before)
    assert [bits(tmp_path / name) for name in ("private", "once", "public")] == [0o600, 0o600, 0o644]


def test_what_is_private_is_never_open_to_others(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first byte is written, the file has its mode."""
    seen: list[int] = []
    fsync = os.fsync

    def look(descriptor: int) -> None:
        seen.append(stat.S_IMODE(os.fstat(descriptor).st_mode))
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", look)
    write(tmp_path / "file", b"secret", PRIVATE)
    assert seen[0] == 0o600


@pytest.mark.parametrize(("call", "put"), [("replace", write), ("fsync", write), ("fchmod", write)])
def test_a_failure_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str, put: Write
) -> None:
    """Where a step before the rename fails, the old file is whole, and no part is left behind."""
    write(tmp_path / "file", b"old")
    monkeypatch.setattr(os, call, failing(getattr(os, call)))
    with pytest.raises(Busy, match="F-WRITE"):
        put(tmp_path / "file", b"new")
    assert (tmp_path / "file").read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@pytest.mark.parametrize("call", ["link", "fsync", "fchmod"])
def test_a_failure_leaves_no_new_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, call: str) -> None:
    """Where a step before the link fails, the name is still free."""
    monkeypatch.setattr(os, call, failing(getattr(os, call)))
    with pytest.raises(Busy, match="F-WRITE"):
        write_once(tmp_path / "file", b"new")
    assert names(tmp_path) == []


@pytest.mark.parametrize("put", [write, write_once])
def test_a_folder_that_cannot_be_synced_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, put: Write
) -> None:
    """The file is there, but may not survive a power failure: F-WRITE, so that somebody runs it again."""
    monkeypatch.setattr(os, "fsync", failing(os.fsync, number=2))
    with pytest.raises(Busy, match="F-WRITE"):
        put(tmp_path / "file", b"new")


def test_a_process_that_dies_leaves_the_old_file(tmp_path: Path) -> None:
    """Killed between writing and renaming: the old file is whole, the rest has a dot in front."""
    write(tmp_path / "file", b"old")
    script = (
        "import os, signal, sys, pathlib\n"
        "from fedcli.files import writer\n"
        "os.replace = lambda *_: os.kill(os.getpid(), signal.SIGKILL)\n"
        "writer.write(pathlib.Path(sys.argv[1]), b'new')\n"
    )
    ended = subprocess.run([sys.executable, "-c", script, str(tmp_path / "file")], check=False)
    assert ended.returncode == -9
    assert (tmp_path / "file").read_bytes() == b"old"
    assert all(name.startswith(".") for name in names(tmp_path) if name != "file")


def test_everything_is_synced_in_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The file before it gets its name, the folder after."""
    steps: list[str] = []
    fsync, replace, link = os.fsync, os.replace, os.link

    def synced(descriptor: int) -> None:
        steps.append("folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "file")
        fsync(descriptor)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "replace", lambda *args: (steps.append("name"), replace(*args)))
    monkeypatch.setattr(os, "link", lambda *args: (steps.append("name"), link(*args)))
    write(tmp_path / "file", b"x")
    write_once(tmp_path / "once", b"x")
    assert steps == ["file", "name", "folder"] * 2


def test_write_once_takes_a_name_once(tmp_path: Path) -> None:
    """The same bytes again are no error, others are F-EXISTS and change nothing."""
    write_once(tmp_path / "file", b"one")
    write_once(tmp_path / "file", b"one")
    for other in (b"two", b"", b"one and more"):
        with pytest.raises(UsageFault, match="F-EXISTS"):
            write_once(tmp_path / "file", other)
    assert (tmp_path / "file").read_bytes() == b"one"
    assert names(tmp_path) == ["file"]


def test_write_once_does_not_take_a_link_for_the_file(tmp_path: Path) -> None:
    """A link to the very same bytes is not the file: who owns it could change it later."""
    (tmp_path / "elsewhere").write_bytes(b"one")
    (tmp_path / "file").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    for name in ("file", "dangling"):
        with pytest.raises(UsageFault, match="F-EXISTS"):
            write_once(tmp_path / name, b"one")
    assert not (tmp_path / "nowhere").exists()


@pytest.mark.parametrize("make", [os.mkfifo, os.mkdir])
def test_write_once_meets_what_is_no_file(
    tmp_path: Path, make: Callable[[Path], None], impatient: None
) -> None:
    """A pipe or a folder at the name, which others may have put there, is F-EXISTS and does not hang."""
    make(tmp_path / "name")
    with pytest.raises(UsageFault, match="F-EXISTS"):
        write_once(tmp_path / "name", b"x")


@pytest.mark.parametrize("put", [write, write_once])
def test_no_permission_is_told(forbidden: Path, put: Write) -> None:
    """A folder that may not be written is F-WRITE, for a new name, an old one and a new folder."""
    for name in ("new", "there", "folder/new"):
        with pytest.raises(Busy, match="F-WRITE"):
            put(forbidden / name, b"x")
    assert (forbidden / "there").read_bytes() == b"old"


@pytest.mark.parametrize("put", [write, write_once])
def test_a_file_in_the_place_of_a_folder_is_told(tmp_path: Path, put: Write) -> None:
    """What stands in the way is F-WRITE."""
    (tmp_path / "file").touch()
    with pytest.raises(Busy, match="F-WRITE"):
        put(tmp_path / "file" / "below", b"x")
    with pytest.raises(Busy, match="F-WRITE"):
        make_folder(tmp_path / "file")


def test_make_folder_is_content_with_one_that_is_there(tmp_path: Path) -> None:
    """And a new one has the mode that was asked for."""
    make_folder(tmp_path)
    make_folder(tmp_path / "a" / "b", 0o700)
    assert bits(tmp_path / "a" / "b") == 0o700
    sync_folder(tmp_path)


def test_a_full_disk_says_that_nothing_was_half_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the path and the reason, and asks to run again."""
    monkeypatch.setattr(tempfile, "mkstemp", failing(tempfile.mkstemp))
    with pytest.raises(FedcliError) as caught:
        write(tmp_path / "file", b"x")
    assert caught.value.facts == {"path": str(tmp_path / "file"), "reason": "No space left on device"}


def test_a_name_that_cannot_be_read_is_nobodys(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk does not say what has the name, it is not told to hold something else."""
    write_once(tmp_path / "a", b"one")

    def failing_read(*_: object) -> bytes:
        raise fault("F-DISK", reason="a test")

    monkeypatch.setattr("fedcli.files.writer.read", failing_read)
    with pytest.raises(Busy, match="F-DISK"):
        write_once(tmp_path / "a", b"one")
    assert names(tmp_path) == ["a"]


def test_new_folders_are_synced_where_they_are_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that a power failure takes away takes its files with it."""
    synced: list[Path] = []
    monkeypatch.setattr("fedcli.files.writer.sync_folder", synced.append)
    make_folder(tmp_path / "a" / "b")
    assert sorted(synced) == [tmp_path, tmp_path / "a"]
    make_folder(tmp_path / "a" / "b")
    assert len(synced) == 2


def test_a_log_is_bounded(tmp_path: Path) -> None:
    """A full one is put aside, in the place of the one before, and no line is lost or parted."""
    log = tmp_path / "state" / "run.log.jsonl"
    for number in range(7):
        append(log, b"%d 345678\n" % number, 30)
    assert log.read_bytes() == b"6 345678\n"
    assert log.with_name("run.log.1.jsonl").read_bytes() == b"3 345678\n4 345678\n5 345678\n"
    assert stat.S_IMODE(log.stat().st_mode) == PRIVATE
    assert len(list(log.parent.iterdir())) == 2


def test_a_log_that_is_a_link(tmp_path: Path) -> None:
    """Nothing is written through it."""
    (tmp_path / "log").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(FedcliError, match="F-WRITE"):
        append(tmp_path / "log", b"x\n", 30)
    assert not (tmp_path / "elsewhere").exists()


def test_a_signal_leaves_nothing_half_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever is stopped while a file is staged takes the temporary one away."""

    def stop(_: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "file", b"data")
    assert list(tmp_path.iterdir()) == []
