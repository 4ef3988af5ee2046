"""Locks: one process at a time, and none that outlives its holder."""

from __future__ import annotations

import stat
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from fedcli.errors import Busy, FedcliError
from fedcli.files.lock import lock

HOLD = """
import pathlib, sys
from fedcli.files.lock import lock
with lock(pathlib.Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the lock lies; its folder is not there yet."""
    return tmp_path / "state" / "lock"


@pytest.fixture
def holder(path: Path) -> Iterator[subprocess.Popen[str]]:
    """Another process that holds the lock until its input ends."""
    with subprocess.Popen(
        [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "held\n"
        yield process
        process.kill()


def test_a_lock_is_free_again_after_its_block(path: Path) -> None:
    """Also when the block ended with an error; the file stays, and is private."""
    with lock(path):
        pass
    with pytest.raises(KeyError), lock(path):
        raise KeyError
    with lock(path):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_second_holder_is_refused_at_once(path: Path) -> None:
    """Within one process too: F-BUSY naming the lock."""
    with lock(path), pytest.raises(Busy, match="F-BUSY") as caught, lock(path):
        pass
    assert caught.value.facts["path"] == str(path)


def test_another_process_is_refused(path: Path, holder: subprocess.Popen[str]) -> None:
    """While another process holds it, F-BUSY; when that is done, the lock is free."""
    with pytest.raises(Busy, match="F-BUSY"), lock(path):
        pass
    holder.communicate()
    with lock(path):
        pass


def test_a_killed_holder_leaves_no_lock(path: Path, holder: subprocess.Popen[str]) -> None:
    """The kernel drops the lock of a process that was killed; nobody cleans up."""
    holder.kill()
    holder.wait()
    with lock(path):
        pass


def test_a_lock_that_cannot_be_opened_is_told(tmp_path: Path) -> None:
    """A link or a folder in its place is an error of ours, and what the link names is not made."""
    (tmp_path / "link").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "folder").mkdir()
    for name in ("link", "folder"):
        with pytest.raises(FedcliError), lock(tmp_path / name):
            pass
    assert not (tmp_path / "elsewhere").exists()
