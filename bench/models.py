"""`python -m bench.models`: a logistic regression over three sites beside scikit-learn on the pooled rows.

Both are whole processes: the rehearsal with every round, signature and process start, scikit-learn with
its import and the reading of the files. `FEDCLI_BENCH_ROWS` is the number of rows at each site.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

COVARIATES = 10
SITES = 3
POOLED = """
import sys, numpy as np, pyarrow.parquet as pq
from sklearn.linear_model import LogisticRegression
tables = [pq.read_table(path) for path in sys.argv[1:]]
columns = [np.concatenate([one[name].to_numpy() for one in tables]) for name in tables[0].column_names]
x = np.column_stack(columns[1:])
LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(x, columns[0])
"""


def make(folder: Path, rows: int) -> list[Path]:
    """One Parquet file for each site; the outcome follows from the covariates and chance."""
    dealt, found = np.random.default_rng(1), []
    for site in range(SITES):
        x = dealt.uniform(-1, 1, (rows, COVARIATES))
        y = dealt.uniform(size=rows) < 1 / (1 + np.exp(-(x @ np.linspace(-1, 1, COVARIATES))))
        columns = {"y": y.astype("int64")} | {f"x{at}": x[:, at] for at in range(COVARIATES)}
        found.append(folder / f"site-{site}.parquet")
        pq.write_table(pa.table(columns), found[-1])
    return found


def texts(folder: Path) -> tuple[Path, Path]:
    """A query and its dictionary."""
    query, dictionary = folder / "query.toml", folder / "dictionary.toml"
    terms = " + ".join(f"x{at}" for at in range(COVARIATES))
    query.write_text(
        'schema = "fedcli/query/1"\ntitle = "bench"\ndataset = "bench"\n\n[[analysis]]\nid = "fit"\n'
        f'analytic = "glm"\nfamily = "binomial"\nformula = "y ~ {terms}"\n'
    )
    columns = "".join(f'\n[columns.x{at}]\ntype = "real"\nbounds = [-1, 1]\n' for at in range(COVARIATES))
    head = 'schema = "fedcli/dictionary/1"\ndataset = "bench"\n'
    outcome = '\n[columns.y]\ntype = "integer"\nlevels = [0, 1]\n'
    dictionary.write_text(head + outcome + columns)
    return query, dictionary


def timed(line: list[str]) -> float:
    """The wall time of a process, in seconds."""
    start = time.perf_counter()
    subprocess.run(line, check=True, capture_output=True)
    return time.perf_counter() - start


def main() -> None:
    """Print both times and their ratio, of pairs run in turn."""
    rows = int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "data").mkdir()
        files = make(folder / "data", rows)
        query, dictionary = texts(folder)
        rehearse = ["rehearse", query, "--data", folder / "data", "--dictionary", dictionary]
        ours = [sys.executable, "-m", "fedcli", *map(str, rehearse), "--policy", "evaluation"]
        theirs = [sys.executable, "-c", POOLED, *map(str, files)]
        pairs = [(timed(ours), timed(theirs)) for _ in range(3)]
    print(f"logistic regression, {SITES} x {rows} rows, {COVARIATES} covariates, three pairs")
    for fedcli, pooled in pairs:
        print(f"  rehearse {fedcli:6.1f} s   scikit-learn {pooled:6.1f} s   ratio {pooled / fedcli:5.2f}")


if __name__ == "__main__":
    main()
