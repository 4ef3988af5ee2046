"""What surrounds a run, as cron or a careless hand leaves it: time zone, locale, masks, signals."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from tests.workflows.acts import book, entries, run, told
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

AROUND: dict[str, dict[str, str | None]] = {
    "optimised": {"PYTHONOPTIMIZE": "2", "PYTHONHASHSEED": "1"},
    "Turkish": {"LC_ALL": "tr_TR.UTF-8", "LANG": "tr_TR.UTF-8", "PYTHONHASHSEED": "2"},
    "a time zone": {"TZ": "Pacific/Kiritimati", "HOME": None},
    "a time zone that is none": {"TZ": "../../etc/passwd", "LC_ALL": "xx_YY", "PATH": ""},
}


def _started(world: World, around: dict[str, str | None], **more: Any) -> subprocess.Popen[str]:
    bare = {"PATH": os.environ["PATH"], "HOME": str(world.folder)} | around
    bare |= {"PYTHONPATH": os.environ.get("PYTHONPATH")}  # where a mutant lies
    environ = {name: value for name, value in bare.items() if value is not None}
    line = [sys.executable, "-m", "fedcli", "--home", str(world.folder / "south"), "run", "--pending"]
    return subprocess.Popen(
        line, env=environ, cwd=world.folder, text=True, stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE, **more,
    )  # fmt: skip


def _asked(world: World) -> str:
    return world.submit(
        query_text('id = "x"\nanalytic = "crosstab"\nby = ["sex"]', expires='"2099-01-01"', **ALONE)
    )


@pytest.mark.parametrize("around", AROUND.values(), ids=AROUND)
def test_the_answer_is_the_same(alone: World, around: dict[str, str | None]) -> None:
    """The environment decides nothing: the same question has the same answer and the same charge."""
    query = _asked(alone)
    process = _started(alone, around, umask=0)
    out, err = process.communicate(timeout=120)
    assert process.returncode == 0, out + err
    assert told(alone, query) == {"south": {"x": ""}}
    assert entries(alone, "south", "charge") == 1
    private = [path for path in (alone.folder / "south" / "state").rglob("*") if path.is_file()]
    assert [path for path in private if path.stat().st_mode & 0o077] == []
    written = [path for path in alone.exchange.rglob("*") if path.stat().st_mode & 0o022]
    assert written == []


@pytest.mark.parametrize("stop", [signal.SIGTERM, signal.SIGHUP, signal.SIGINT])
def test_a_signal_on_the_way(alone: World, stop: signal.Signals) -> None:
    """A run that is told to stop, or whose terminal is gone, leaves what the next one finishes, once."""
    query = _asked(alone)
    process = _started(alone, {})
    log = alone.folder / "south" / "state" / "run.lock"
    until = time.monotonic() + 60
    while not log.exists() and process.poll() is None and time.monotonic() < until:
        time.sleep(0.01)
    process.send_signal(stop)
    out, err = process.communicate(timeout=120)
    assert process.returncode in (0, 130, 143, -stop), out + err
    assert "Traceback" not in err
    assert run(alone, "south").exit == 0
    assert entries(alone, "south", "charge") == 1
    assert told(alone, query) == {"south": {"x": ""}}
    assert len(book(alone, "south")["release"]) == 1


def test_no_dump(tmp_path: Path) -> None:
    """A process that dies leaves no memory behind: a signer's holds keys."""
    program = (
        "import resource, sys\nfrom fedcli.__main__ import main\n"
        "sys.argv = ['fedcli', '--version']\n"
        "try:\n    main()\nexcept SystemExit:\n    print(resource.getrlimit(resource.RLIMIT_CORE)[0])\n"
    )
    line = [sys.executable, "-c", program]
    ended = subprocess.run(line, capture_output=True, text=True, check=True, cwd=tmp_path)
    assert ended.stdout.splitlines()[-1] == "0"
