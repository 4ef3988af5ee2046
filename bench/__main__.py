"""`python -m bench`: how long commands take to start, beside a bare interpreter and the limits.

`--json FILE` writes what is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from bench.tree import machine

RUNS = 15
PYTHON = [sys.executable, "-c", "pass"]
FEDCLI = [sys.executable, "-m", "fedcli"]
VAULT = [sys.executable, "-I", "-X", "utf8", "-m", "fedcli.workflows.vault"]

#: Command lines with what the contract of the command line allows, in milliseconds.
CASES = {
    "--help": 100,
    "query --help": 100,
    "help formula": 100,
    "explain D-REFUSED": 150,
    "analytic list": 150,
    "analytic show glm": 150,
    "analytic list --format json": 150,
    "--home {homes}/researcher config show": 300,
    "--home {homes}/researcher query list": 300,
    "--home {homes}/researcher query check {homes}/researcher/1-who.toml": 300,
    "--home {homes}/north approval list": 300,
    "--home {homes}/researcher verify {homes}/exchange/federation": 300,
}


def once(line: list[str], environment: dict[str, str]) -> float:
    """The wall time of one process, in milliseconds."""
    start = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True, stdin=subprocess.DEVNULL, env=environment)
    return (time.perf_counter() - start) * 1000


def compare(what: str, limit: int | None, line: list[str], environment: dict[str, str]) -> dict[str, Any]:
    """The median time of a process, and how often that of the bare interpreter run in turn with it."""
    pairs = [(once(line, environment), once(PYTHON, environment)) for _ in range(RUNS + 1)][1:]
    took, bare = (statistics.median(pair[place] for pair in pairs) for place in (0, 1))
    return {"what": what, "limit_ms": limit, "median_ms": round(took), "times_bare": round(took / bare, 1)}


def measured(homes: Path, environment: dict[str, str]) -> list[dict[str, Any]]:
    """Every command in the homes of a demonstration, and a vault that is given no task."""
    shown = [
        (case.replace("{homes}/", ""), limit, [*FEDCLI, *case.format(homes=homes).split()])
        for case, limit in CASES.items()
    ]
    return [compare(*one, environment) for one in (*shown, ("a vault without a task", None, VAULT))]


def show(results: list[dict[str, Any]]) -> None:
    """Print the table."""
    print(f"{'command':<50}{'median':>9}{'limit':>9}{'x bare python':>15}")
    for one in results:
        limit = f"{one['limit_ms']} ms" if one["limit_ms"] else "-"
        print(f"{one['what']:<50}{one['median_ms']:>6} ms{limit:>9}{one['times_bare']:>15.1f}")


def main() -> None:
    """Measure, print, and write the figures down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench")
    asked.add_argument("--json", type=Path)
    file = asked.parse_args().json
    environment = {key: value for key, value in os.environ.items() if key != "PYTHONDONTWRITEBYTECODE"}
    with tempfile.TemporaryDirectory() as folder:
        homes = Path(folder) / "demo"
        subprocess.run(
            [*FEDCLI, "demo", str(homes), "--keep"], check=True, capture_output=True, env=environment
        )
        results = measured(homes, environment)
    show(results)
    if file:
        told = {"name": "startup", "machine": machine(), "runs": RUNS, "results": results}
        file.write_text(json.dumps(told, indent=1) + "\n")


if __name__ == "__main__":
    main()
