"""`python -m bench.descriptive`: descriptive statistics of a site beside the same SQL in a bare process.

Thirteen columns, a histogram of twenty bins and a table of two columns: `fedcli run` as a whole, with its
vault, approvals, ledger and signature, in turn with one process that gives DuckDB the same SQL with the
same evidence; then SQL without any evidence, and pandas. `FEDCLI_BENCH_ROWS` is the number of rows,
`FEDCLI_BENCH_PAIRS` how often each is run; `--json FILE` writes what is printed.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any
from unittest.mock import patch

from bench.clinic import CROSS, EDGES, NUMBERS, Clinic, write_rows
from bench.tree import Took, run
from fedcli.engine.cage import Cage
from fedcli.model.vault import Places

LIMIT = "1.1 x the same SQL + 0.5 s, largest process under 400 MB"
BARE = """
import duckdb, json, sys
asked, path = json.load(open(sys.argv[1])), sys.argv[2]
connection = duckdb.connect()
connection.read_parquet(path).create_view("data")
for text, values in asked:
    connection.execute(text, values).fetchall()
"""
PANDAS = f"""
import sys, numpy, pandas
data = pandas.read_parquet(sys.argv[1], columns={[*NUMBERS, *CROSS]})
data.describe()
numpy.histogram(data["bmi"].dropna(), {EDGES})
pandas.crosstab(data["region"], data["smoke"])
"""


def naive() -> list[tuple[str, dict[str, Any]]]:
    """What one would ask of the data oneself."""
    columns = ", ".join(f"count({c}), avg({c}), stddev({c})" for c in NUMBERS)
    places = f"floor((bmi - {EDGES[0]}) / {EDGES[1] - EDGES[0]})"
    cross = ", ".join(CROSS)
    return [
        (f"SELECT count(*), {columns} FROM data", {}),
        (f"SELECT {places}, count(*) FROM data GROUP BY ALL", {}),
        (f"SELECT {cross}, count(*) FROM data GROUP BY ALL", {}),
    ]


class _Open(Cage):
    """No cage: this process goes on after it has answered as a vault."""

    def __init__(self, _: Places, __: int) -> None:
        self.missing = ()


def emitted(clinic: Clinic) -> list[tuple[str, dict[str, Any]]]:
    """The SQL that a run gives the engine, recorded with the vault in this process."""
    from fedcli import app
    from fedcli.engine.opening import Opened
    from fedcli.files.strict import parse_json
    from fedcli.model.vault import Request
    from fedcli.report.console import Console
    from fedcli.workflows import errand, vault

    found: list[tuple[str, dict[str, Any]]] = []
    asked = Opened.ask

    def ask(opened: Opened, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        found.append((text, values))
        return asked(opened, text, values)

    def here(_: str, request: bytes, __: float) -> bytes:
        task = Request.read(parse_json(request, "task", vault.MAX_REQUEST), "task")
        return vault.Vault(_Open).answer(task).canonical()

    clinic.begin()
    with patch.object(Opened, "ask", ask), patch.object(errand, "ask", here):
        ended = app.run(clinic.arguments, console=Console(out=io.StringIO(), err=io.StringIO()))
    if ended or not found:
        raise RuntimeError(f"the run ended with {ended}")
    return found


class Bench:
    """The same rows for all."""

    def __init__(self, folder: Path, rows: int, pairs: int) -> None:
        self._folder, self._pairs = folder, pairs
        self._data = folder / "visits.parquet"
        write_rows(self._data, rows)
        self.took: dict[str, list[Took]] = {}

    def unit(self, unit: str) -> None:
        """`fedcli run` in turn with the same SQL in a bare process."""
        clinic = Clinic(self._folder, self._data, unit)
        texts = emitted(clinic)
        ours = [sys.executable, "-m", "fedcli", *clinic.arguments]

        def fedcli() -> Took:
            clinic.begin()
            return run(ours)

        self._alternate({f"fedcli run, {unit}": fedcli, f"the same SQL, {unit}": self._bare(unit, texts)})

    def remembering(self) -> None:
        """`fedcli run` where everything that is told is solved and remembered, beside none of it."""
        clinic = Clinic(self._folder, self._data, "person", remembers=True)
        ours = [sys.executable, "-m", "fedcli", *clinic.arguments]

        def fedcli() -> Took:
            clinic.begin()
            return run(ours)

        self._alternate({"fedcli run, person, remembering": fedcli})

    def others(self) -> None:
        """SQL without evidence, and pandas."""
        line = [sys.executable, "-c", PANDAS, str(self._data)]
        self._alternate({"SQL without evidence": self._bare("naive", naive()), "pandas": lambda: run(line)})

    def _bare(self, name: str, texts: list[tuple[str, dict[str, Any]]]) -> Callable[[], Took]:
        file = self._folder / f"{name}.json"
        file.write_text(json.dumps(texts))
        return lambda: run([sys.executable, "-c", BARE, str(file), str(self._data)])

    def _alternate(self, cases: dict[str, Callable[[], Took]]) -> None:
        for case in cases.values():
            case()  # files and code are in memory from here on
        for _ in range(self._pairs):
            for name, case in cases.items():
                self.took.setdefault(name, []).append(case())


def told(took: dict[str, list[Took]], rows: int) -> dict[str, Any]:
    """Medians, peaks, and ratios of the pairs."""
    medians = {name: statistics.median(one.wall_s for one in runs) for name, runs in took.items()}
    results = [
        {
            "what": name,
            "wall_s": round(medians[name], 3),
            "cpu_s": round(statistics.median(one.cpu_s for one in runs), 3),
            "rss_mb": round(max(one.rss_mb for one in runs), 1),
            "tree_mb": round(max(one.tree_mb for one in runs), 1),
            "processes_mb": {what: round(peak, 1) for what, peak in runs[-1].processes.items()},
            "runs_s": [round(one.wall_s, 3) for one in runs],
        }
        for name, runs in took.items()
    ]
    return {"name": "descriptive", "rows": rows, "results": results, "ratios": ratios(took, medians)}


def ratios(took: dict[str, list[Took]], medians: dict[str, float]) -> dict[str, float]:
    """Of each pair, the middle one; beside it, what is above 1.1 times the same SQL, in seconds."""
    found = {}
    for unit in ("row", "person"):
        pairs = [
            (ours.wall_s, bare.wall_s)
            for ours, bare in zip(took[f"fedcli run, {unit}"], took[f"the same SQL, {unit}"], strict=True)
        ]
        found[f"fedcli / the same SQL, {unit}"] = statistics.median(ours / bare for ours, bare in pairs)
        found[f"fedcli - 1.1 x the same SQL, {unit}, s"] = statistics.median(a - 1.1 * b for a, b in pairs)
        found[f"fedcli / SQL without evidence, {unit}"] = (
            medians[f"fedcli run, {unit}"] / medians["SQL without evidence"]
        )
        found[f"fedcli / pandas, {unit}"] = medians[f"fedcli run, {unit}"] / medians["pandas"]
    found["remembering / person"] = medians["fedcli run, person, remembering"] / medians["fedcli run, person"]
    found["person / row"] = medians["fedcli run, person"] / medians["fedcli run, row"]
    return {name: round(value, 3) for name, value in found.items()}


def show(found: dict[str, Any], pairs: int) -> None:
    """Print the tables."""
    print(f"13 columns, 20 bins and a table of {found['rows']} rows, median of {pairs}; limit: {LIMIT}")
    print(f"{'':<26}{'wall':>8}{'CPU':>9}{'largest':>10}{'tree':>9}")
    for one in found["results"]:
        memory = f"{one['rss_mb']:>7.0f} MB{one['tree_mb']:>6.0f} MB"
        print(f"{one['what']:<26}{one['wall_s']:>6.2f} s{one['cpu_s']:>7.2f} s{memory}")
        for process, peak in one["processes_mb"].items() if one["what"].startswith("fedcli") else ():
            print(f"    {process:<45}{peak:>7.0f} MB")
    for name, value in found["ratios"].items():
        print(f"{name:<46}{value:>8.2f}")


def main() -> None:
    """Measure, print, and write the figures down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench.descriptive")
    asked.add_argument("--json", type=Path)
    file = asked.parse_args().json
    rows = int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000"))
    pairs = int(os.environ.get("FEDCLI_BENCH_PAIRS", "5"))
    with tempfile.TemporaryDirectory() as folder:
        bench = Bench(Path(folder), rows, pairs)
        bench.unit("row")
        bench.unit("person")
        bench.remembering()
        bench.others()
    found = told(bench.took, rows)
    show(found, pairs)
    if file:
        file.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
