"""`python -m bench.models`: a logistic regression with ten covariates beside others on the pooled rows.

All are whole processes. `rehearse` over three sites is held against scikit-learn's newton-cholesky and
statsmodels' Logit and GLM; `run --watch` and `combine --watch` over one site, with every signature, charge
and release, against the first two. `FEDCLI_BENCH_ROWS` is the number of rows of each site in the
first, and a tenth of the rows in the second.
"""

from __future__ import annotations

import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.tree import Took, machine
from bench.tree import run as measure
from fedcli.workflows import rehearse

COVARIATES = 10
GROUP = 122_880
PAIRS = 3
FEDCLI = [sys.executable, "-m", "fedcli"]

_READ = """
import sys, numpy as np, pyarrow.parquet as pq
tables = [pq.read_table(path) for path in sys.argv[1:]]
columns = [np.concatenate([one[name].to_numpy() for one in tables]) for name in tables[0].column_names]
y = columns[0]
"""
#: Programs of others on the pooled rows.
OTHERS = {
    "scikit-learn newton-cholesky": f"""{_READ}
from sklearn.linear_model import LogisticRegression
LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-10).fit(np.column_stack(columns[1:]), y)
""",
    "statsmodels Logit": f"""{_READ}
import statsmodels.api as sm
sm.Logit(y, np.column_stack([np.ones(len(y)), *columns[1:]])).fit(method="newton", tol=1e-10, disp=0).bse
""",
    "statsmodels GLM": f"""{_READ}
import statsmodels.api as sm
sm.GLM(y, np.column_stack([np.ones(len(y)), *columns[1:]]), family=sm.families.Binomial()).fit(tol=1e-10).bse
""",
}


def make(path: Path, rows: int, seed: int, covariates: int = COVARIATES) -> None:
    """Measurements with two decimals, as laboratories give them; the outcome follows from them and chance."""
    dealt = np.random.default_rng(seed)
    slopes, left, writer = np.linspace(-1, 1, covariates), rows, None
    while left:
        n = min(left, GROUP)
        x = np.round(np.clip(dealt.normal(5, 1.5, (n, covariates)), 0, 10), 2)
        y = dealt.uniform(size=n) < 1 / (1 + np.exp(-((x - 5) @ slopes) / 3))
        columns = {"y": y.astype("int64")} | {f"x{at}": x[:, at] for at in range(covariates)}
        table = pa.table(columns)
        writer = writer or pq.ParquetWriter(path, table.schema)
        writer.write_table(table)
        left -= n
    assert writer is not None
    writer.close()


def texts(
    folder: Path, analysis: str = 'analytic = "glm"', covariates: int = COVARIATES
) -> tuple[Path, Path]:
    """A query for a logistic regression, and its dictionary."""
    query, dictionary = folder / "query.toml", folder / "dictionary.toml"
    terms = " + ".join(f"x{at}" for at in range(covariates))
    query.write_text(
        'schema = "fedcli/query/1"\ntitle = "bench"\ndataset = "bench"\n\n[[analysis]]\nid = "fit"\n'
        f'{analysis}\nfamily = "binomial"\nformula = "y ~ {terms}"\n'
    )
    columns = "".join(f'\n[columns.x{at}]\ntype = "real"\nbounds = [0, 10]\n' for at in range(covariates))
    head = 'schema = "fedcli/dictionary/1"\ndataset = "bench"\n'
    outcome = '\n[columns.y]\ntype = "integer"\nlevels = [0, 1]\n'
    dictionary.write_text(head + outcome + columns)
    return query, dictionary


class Stand:
    """The homes of one site and a researcher, with data taken in and a query submitted; used once."""

    def __init__(self, folder: Path, data: Path) -> None:
        query, dictionary = texts(folder)
        stage = rehearse.Stage(folder, datetime.now(UTC), rehearse.open_rules("evaluation"), "bench")
        stage.found([rehearse.Place("site", data, None)], dictionary)
        site = [*FEDCLI, "--home", str(folder / "site-site")]
        measure([*site, "data", "add", "bench", str(data)])
        researcher = str(folder / "researcher-researcher")
        measure([*FEDCLI, "--home", researcher, "query", "submit", str(query)])
        [query] = (folder / "researcher-researcher" / "queries").iterdir()
        self.lines = (
            [*site, "run", query.name, "--watch"],
            [*FEDCLI, "--home", researcher, "combine", query.name, "--watch"],
        )


@contextmanager
def stand(data: Path) -> Iterator[Stand]:
    """Homes in a folder that is gone afterwards."""
    folder = Path(tempfile.mkdtemp())
    try:
        yield Stand(folder, data)
    finally:
        shutil.rmtree(folder)


def rehearsed(folder: Path, rows: int, results: list[dict[str, Any]]) -> None:
    """Three sites in one rehearsal beside each of the others."""
    (folder / "data").mkdir()
    files = [folder / "data" / f"site-{site}.parquet" for site in range(3)]
    for site, path in enumerate(files):
        make(path, rows, site)
    query, dictionary = map(str, texts(folder))
    ours = [*FEDCLI, "rehearse", query, "--data", str(folder / "data"), "--dictionary", dictionary]
    for name, program in OTHERS.items():
        theirs = [sys.executable, "-c", program, *map(str, files)]
        pairs = [(measure([*ours, "--policy", "evaluation"]), measure(theirs)) for _ in range(PAIRS)]
        report(f"rehearse, 3 x {rows:,} rows", name, pairs, results)


def run(folder: Path, rows: int, results: list[dict[str, Any]]) -> None:
    """One site and a researcher beside two others."""
    data = folder / "one.parquet"
    make(data, rows, 9)
    for name in ("scikit-learn newton-cholesky", "statsmodels Logit"):
        pairs = []
        for _ in range(PAIRS):
            with stand(data) as homes:
                ours = measure(*homes.lines)
            pairs.append((ours, measure([sys.executable, "-c", OTHERS[name], str(data)])))
        report(f"run and combine, {rows:,} rows", name, pairs, results)


def report(what: str, other: str, pairs: list[tuple[Took, Took]], results: list[dict[str, Any]]) -> None:
    """Print the pairs and their ratios, and keep them."""
    least, *_, most = ratios = sorted(theirs.wall_s / ours.wall_s for ours, theirs in pairs)
    print(f"{what}, beside {other}: {least:.2f} / {median(ratios):.2f} / {most:.2f} times faster")
    for ours, theirs in pairs:
        print(
            f"  fedcli {ours.wall_s:6.2f} s, {ours.cpu_s:6.2f} cpu, {ours.rss_mb:.0f} MB the largest process"
        )
        print(f"  other  {theirs.wall_s:6.2f} s, {theirs.cpu_s:6.2f} cpu, {theirs.rss_mb:.0f} MB")
    for name, peak in pairs[-1][0].processes.items():
        print(f"    {peak:5.0f} MB  {name}")
    results.append(
        {
            "what": what,
            "beside": other,
            "times_faster": [round(ratio, 2) for ratio in (least, median(ratios), most)],
            "fedcli": [[round(one.wall_s, 2), round(one.cpu_s, 2), round(one.rss_mb)] for one, _ in pairs],
            "other": [[round(one.wall_s, 2), round(one.cpu_s, 2), round(one.rss_mb)] for _, one in pairs],
        }
    )


def main() -> None:
    """Print everything; with `--json FILE` keep it too."""
    rows = int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000"))
    results: list[dict[str, Any]] = []
    with tempfile.TemporaryDirectory() as name:
        rehearsed(Path(name), rows, results)
        run(Path(name), 10 * rows, results)
    if "--json" in sys.argv:
        path = Path(sys.argv[sys.argv.index("--json") + 1])
        path.write_text(json.dumps({"name": "models", "machine": machine(), "results": results}, indent=1))


if __name__ == "__main__":
    main()
