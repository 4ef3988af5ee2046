"""`python -m bench.survival`: hazards by site, with ten covariates, beside lifelines on the pooled rows.

Both are whole processes: `rehearse` over three sites, and a program that reads their rows and fits once, with
the site as its stratum. lifelines is not among the packages of the tests, and wants others than they do:
`FEDCLI_BENCH_PYTHON` is an interpreter that has it, where this one has not. Where none has, this ends with 2
and says so. `FEDCLI_BENCH_ROWS` is the number of rows of all sites together.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.models import COVARIATES, FEDCLI, PAIRS, report
from bench.tree import machine, run

SITES = 3
DAYS = 3650
THEIRS = os.environ.get("FEDCLI_BENCH_PYTHON", sys.executable)
LIFELINES = """
import sys, warnings, pandas as pd
from lifelines import CoxPHFitter
warnings.simplefilter("ignore")
frames = [pd.read_parquet(path).assign(site=at) for at, path in enumerate(sys.argv[1:])]
CoxPHFitter().fit(pd.concat(frames), "days", "event", strata="site").summary
"""


def make(path: Path, rows: int, seed: int) -> None:
    """Follow-ups in whole days, a third of which end by the event; measurements with two decimals."""
    dealt = np.random.default_rng(seed)
    x = np.round(np.clip(dealt.normal(5, 1.5, (rows, COVARIATES)), 0, 10), 2)
    hazard = np.exp((x - 5) @ np.linspace(-1, 1, COVARIATES) / 10)
    ended = dealt.exponential(size=rows) / hazard * DAYS
    left = dealt.uniform(1, DAYS, rows)
    days = np.ceil(np.minimum(ended, left)).clip(1, DAYS)
    columns = {"days": days.astype("int64"), "event": (ended <= left).astype("int64")}
    pq.write_table(pa.table(columns | {f"x{at}": x[:, at] for at in range(COVARIATES)}), path)


def texts(folder: Path) -> tuple[Path, Path]:
    """A query and its dictionary."""
    query, dictionary = folder / "query.toml", folder / "dictionary.toml"
    terms = " + ".join(f"x{at}" for at in range(COVARIATES))
    query.write_text(
        'schema = "fedcli/query/1"\ntitle = "bench"\ndataset = "bench"\n\n[[analysis]]\nid = "fit"\n'
        f'analytic = "cox"\ntime = "days"\nevent = "event"\nformula = "{terms}"\n'
    )
    columns = "".join(f'\n[columns.x{at}]\ntype = "real"\nbounds = [0, 10]\n' for at in range(COVARIATES))
    head = 'schema = "fedcli/dictionary/1"\ndataset = "bench"\n'
    days = f'\n[columns.days]\ntype = "integer"\nbounds = [1, {DAYS}]\n'
    event = '\n[columns.event]\ntype = "integer"\nlevels = [0, 1]\n'
    dictionary.write_text(head + days + event + columns)
    return query, dictionary


def beside_lifelines(folder: Path, rows: int, results: list[dict[str, Any]]) -> None:
    """Pairs of both, in turn."""
    (folder / "data").mkdir()
    files = [folder / "data" / f"site-{site}.parquet" for site in range(SITES)]
    for site, path in enumerate(files):
        make(path, rows // SITES, site)
    query, dictionary = map(str, texts(folder))
    ours = [*FEDCLI, "rehearse", query, "--data", str(folder / "data"), "--dictionary", dictionary]
    theirs = [THEIRS, "-c", LIFELINES, *map(str, files)]
    pairs = [(run([*ours, "--policy", "evaluation"]), run(theirs)) for _ in range(PAIRS)]
    report(f"rehearse of cox, {rows:,} rows at three sites", "lifelines CoxPHFitter", pairs, results)


def main() -> int:
    """Print everything; with `--json FILE` keep it too."""
    if subprocess.run([THEIRS, "-c", "import lifelines"], stderr=subprocess.DEVNULL, check=False).returncode:
        print("lifelines is not installed: see FEDCLI_BENCH_PYTHON in bench/survival.py", file=sys.stderr)
        return 2
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        beside_lifelines(Path(name), int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000")), results)
    if "--json" in sys.argv:
        path = Path(sys.argv[sys.argv.index("--json") + 1])
        path.write_text(json.dumps({"name": "survival", "machine": machine(), "results": results}, indent=1))
    return 0


if __name__ == "__main__":
    sys.exit(main())
