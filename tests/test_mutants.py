"""Every mutant is caught: broken safety checks make the tests fail that guard them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.mutants import MUTANTS, Mutant

PROJECT = Path(__file__).parent.parent
FAILED = 1  # pytest's code for tests that failed; 2 to 5 mean that it did not get so far


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.name)
def test_a_mutant_is_caught(mutant: Mutant, tmp_path: Path) -> None:
    """The named tests fail on a copy of the source with one change."""
    source = tmp_path / "src"
    shutil.copytree(
        PROJECT / "src" / "fedcli", source / "fedcli", ignore=shutil.ignore_patterns("__pycache__")
    )
    for folder in ("configs", "sample_data"):
        (tmp_path / folder).symlink_to(PROJECT / folder)
    file = source / "fedcli" / mutant.file
    text = file.read_text()
    assert text.count(mutant.old) >= 1, "the mutant's text is not in the source any more"
    file.write_text(text.replace(mutant.old, mutant.new, 1))
    done = _pytest(mutant.tests.split(), source)
    assert done.returncode == FAILED, f"survived, or did not run:\n{done.stdout[-2000:]}"


def _pytest(tests: list[str], source: Path) -> subprocess.CompletedProcess[str]:
    line = [sys.executable, "-m", "pytest", "-x", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", *tests]
    environment = {
        **os.environ,
        "PYTHONPATH": f"{source}{os.pathsep}{PROJECT}",
        "PYTHONDONTWRITEBYTECODE": "1",
    }
    environment.pop("PYTEST_ADDOPTS", None)
    environment.pop("PYTEST_XDIST_WORKER", None)
    return subprocess.run(line, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
