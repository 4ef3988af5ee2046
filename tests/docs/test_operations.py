"""The procedures of operations.md: run as they stand, and an installation that has no index to ask."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from tests import pages
from tests.docs.test_quickstart import MARK, steps, typed

PAGE = pages.PROJECT / "docs" / "operations.md"
PROCEDURES = ("Back up", "Lost keys", "The end of a study", "Incidents")


def test_the_procedures_run_as_they_stand(tmp_path: Path) -> None:
    """One after the other in one shell; each block ends as the page says."""
    page = steps(PAGE.read_text())
    ran = typed(page, tmp_path)
    ended = [int(code) for code in re.findall(rf"^{MARK} (\d+)$", ran.stdout, re.MULTILINE)]
    assert ended == [step.exit for step in page], ran.stdout[-2000:]
    assert "L-ROLLBACK" in ran.stdout
    assert "recall" in ran.stdout


@pytest.mark.parametrize("title", PROCEDURES)
def test_each_procedure_is_run(title: str) -> None:
    """What a page says to do when something is lost has commands, and they are among those that run."""
    [part] = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE.read_text(), re.DOTALL | re.MULTILINE)
    assert len(steps(part)) >= 1


def test_an_installation_without_an_index(tmp_path: Path) -> None:
    """The wheel that the page makes has all that the program needs: profiles, sample data, and itself."""
    wheelhouse, target = tmp_path / "wheelhouse", tmp_path / "installed"
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    make = ["wheel", str(pages.PROJECT), "--no-deps", "--no-build-isolation", "-w", str(wheelhouse)]
    subprocess.run([*pip, *make], check=True, capture_output=True)
    put = ["install", "--no-index", "--find-links", str(wheelhouse), "--no-deps", "--target", str(target)]
    subprocess.run([*pip, *put, "fedcli"], check=True, capture_output=True)
    environ = {"PATH": os.environ["PATH"], "PYTHONPATH": str(target), "HOME": str(tmp_path)}
    where = [sys.executable, "-c", "import fedcli; print(fedcli.__file__)"]
    told = subprocess.run(where, env=environ, cwd=tmp_path, check=True, capture_output=True, text=True)
    assert told.stdout.startswith(str(target))
    for words in (["policy", "show", "standard"], ["demo", "--scenario", "banks"]):
        line = [sys.executable, "-m", "fedcli", *words]
        done = subprocess.run(line, env=environ, cwd=tmp_path, check=False, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
