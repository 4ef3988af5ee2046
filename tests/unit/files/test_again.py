"""A request to stop that a library could not hand on."""

from __future__ import annotations

import subprocess
import sys

import pytest

#: What is raised while an object is taken away cannot be handed on, as with a callback of a library.
_LOST = """
import time
from fedcli.errors.tree import Terminated
from fedcli.files.again import given_again

class Lost:
    def __del__(self):
        raise {error}

given_again()
try:
    Lost()
    for _ in range(200):
        time.sleep(0.01)
    print("went on")
except {error}:
    print("stopped")
"""


@pytest.mark.parametrize("error", ["KeyboardInterrupt", "Terminated"])
def test_it_is_raised_once_more(error: str) -> None:
    """A moment later, and nothing is said of what was ignored."""
    line = [sys.executable, "-c", _LOST.format(error=error)]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert (done.stdout, done.stderr) == ("stopped\n", "")


_COMMAND = """
import sys, time
from fedcli import app

class Lost:
    def __del__(self):
        raise KeyboardInterrupt

def run(args):
    try:
        Lost()
        time.sleep(2)
    except KeyboardInterrupt:
        return 130
    return 0

app.run = run
from fedcli.__main__ import main
main()
"""


def test_every_command_hears_it() -> None:
    """It is the first thing that a process of ours sees to."""
    done = subprocess.run([sys.executable, "-c", _COMMAND], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "")


def test_another_error_is_told_as_ever() -> None:
    """Nothing else is kept from whoever looks for a bug."""
    line = [sys.executable, "-c", _LOST.format(error="OSError")]
    done = subprocess.run(line, capture_output=True, text=True, check=True)
    assert done.stdout == "went on\n"
    assert "OSError" in done.stderr
