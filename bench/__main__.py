"""`python -m bench`: how long commands take to start, beside a bare interpreter and the limits."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

RUNS = 15
PYTHON = [sys.executable, "-c", "pass"]
FEDCLI = [sys.executable, "-m", "fedcli"]

#: Command lines with what the contract of the command line allows, in milliseconds.
CASES = {
    "--help": 100,
    "query --help": 100,
    "explain D-REFUSED": 150,
    "analytic list": 150,
    "--home {homes}/researcher query list": 300,
    "--home {homes}/researcher query check {homes}/researcher/1-who.toml": 300,
    "--home {homes}/north approval list": 300,
    "--home {homes}/researcher verify {homes}/exchange/federation": 300,
}


def once(line: list[str], environment: dict[str, str]) -> float:
    """The wall time of one process, in milliseconds."""
    start = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True, env=environment)
    return (time.perf_counter() - start) * 1000


def compare(line: list[str], environment: dict[str, str]) -> tuple[float, float]:
    """The median time of a command, and of the bare interpreter run in turn with it."""
    pairs = [(once(line, environment), once(PYTHON, environment)) for _ in range(RUNS + 1)][1:]
    return statistics.median(pair[0] for pair in pairs), statistics.median(pair[1] for pair in pairs)


def main() -> None:
    """Print the table."""
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        homes = Path(folder) / "demo"
        subprocess.run(
            [*FEDCLI, "demo", str(homes), "--keep"], check=True, capture_output=True, env=environment
        )
        print(f"{'command':<50}{'median':>9}{'limit':>9}{'x bare python':>15}")
        for case, limit in CASES.items():
            took, bare = compare([*FEDCLI, *case.format(homes=homes).split()], environment)
            shown = case.replace("{homes}/", "")
            print(f"{shown:<50}{took:>6.0f} ms{limit:>6} ms{took / bare:>15.1f}")


if __name__ == "__main__":
    main()
