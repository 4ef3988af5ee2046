"""A process in which other people's packages are loaded, and which forks a child for each mutant's tests.

Loading them takes longer than most of the tests. Nothing of fedcli is loaded before a child has the
mutant's source in front of its path.
"""

from __future__ import annotations

import importlib
import json
import os
import subprocess
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

PACKAGES = (
    *(
        "pytest",
        "hypothesis",
        "hypothesis.strategies",
        "numpy",
        "pandas",
        "pyarrow.parquet",
        "pyarrow.compute",
    ),
    *(
        "duckdb",
        "opendp.measurements",
        "scipy.optimize",
        "scipy.special",
        "scipy.stats",
        "pydantic",
        "pyroaring",
        "rich.console",
        "rich.table",
    ),
    *("typer", "cryptography.hazmat.primitives.asymmetric.ed25519", "cryptography.hazmat.primitives.hpke"),
)
#: What Hypothesis is made of is loaded before pytest could rewrite it, and a warning would end the child.
OPTIONS = (
    "-x",
    "-q",
    "-p",
    "no:cacheprovider",
    "-p",
    "no:xdist",
    "-W",
    "ignore::pytest.PytestAssertRewriteWarning",
)
#: How a child ends that ran no tests: none of pytest's codes, since an uncaught error would look like a
#: test that failed.
BROKEN = 70
PROJECT = Path(__file__).parent.parent


class Mill:
    """The process, as a test has it; to be closed."""

    def __init__(self) -> None:
        environment = {
            **os.environ,
            "PYTHONPATH": str(PROJECT),
            "PYTHONDONTWRITEBYTECODE": "1",
            "FEDCLI_MILL": "1",
        }
        for name in ("PYTEST_ADDOPTS", "PYTEST_XDIST_WORKER"):
            environment.pop(name, None)
        line = [sys.executable, "-m", "tests.mill"]
        self._process = subprocess.Popen(
            line, cwd=PROJECT, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def run(self, tests: Sequence[str], source: Path, told: Path) -> int:
        """Run tests against a copy of the source, with what they print in a file; pytest's exit code."""
        asked = json.dumps({"tests": list(tests), "source": str(source), "told": str(told)})
        assert self._process.stdin and self._process.stdout
        self._process.stdin.write(f"{asked}\n")
        self._process.stdin.flush()
        return int(self._process.stdout.readline())

    def close(self) -> None:
        """End it."""
        self._process.communicate()


def main() -> None:
    """Answer each line with an exit code."""
    for name in PACKAGES:
        importlib.import_module(name)
    for line in sys.stdin:
        child = os.fork()
        if not child:
            _ended(json.loads(line))
        print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]), flush=True)


def _ended(asked: dict[str, str]) -> None:
    """Be a fresh pytest: nothing of the parent's pipes, the source first."""
    import pytest

    told = os.open(asked["told"], os.O_WRONLY | os.O_CREAT, 0o600)
    nothing = os.open(os.devnull, os.O_RDONLY)
    for mine, stream in ((nothing, 0), (told, 1), (told, 2)):
        os.dup2(mine, stream)
    sys.stdin = os.fdopen(0)
    sys.path.insert(0, asked["source"])
    os.environ["PYTHONPATH"] = f"{asked['source']}{os.pathsep}{PROJECT}"
    code: int = BROKEN
    try:
        code = int(pytest.main([*OPTIONS, *asked["tests"]]))
    except BaseException:
        traceback.print_exc()
    sys.stdout.flush()
    os._exit(code)


if __name__ == "__main__":
    main()
