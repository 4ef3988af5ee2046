"""Fixtures: an alarm against hanging, and the rights of nobody in particular."""

from __future__ import annotations

import os
import signal
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

NOBODY = 65534


@pytest.fixture
def impatient() -> Iterator[None]:
    """End a test that hangs, so that it fails: after three seconds of what takes milliseconds."""

    def give_up(*_: object) -> None:
        pytest.fail("it hangs")  # no OSError, which the code under test might take for its own

    before = signal.signal(signal.SIGALRM, give_up)
    signal.setitimer(signal.ITIMER_REAL, 3.0)
    yield
    signal.setitimer(signal.ITIMER_REAL, 0)
    signal.signal(signal.SIGALRM, before)


@pytest.fixture
def forbidden() -> Iterator[Path]:
    """A folder in which this process may not write, even where the tests run as root."""
    root = os.geteuid() == 0
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "there").write_bytes(b"old")
        folder.chmod(0o555)
        if root:
            os.seteuid(NOBODY)
        try:
            yield folder
        finally:
            if root:
                os.seteuid(0)
            folder.chmod(0o700)
