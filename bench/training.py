"""`python -m bench.training`: how well a classifier predicts that several hospitals train together.

The rows are those of scikit-learn's breast cancer data (569 tumours of Wisconsin, 30 measurements of each).
In each of 20 splits, whose seeds are their numbers, 30 % of each class are held back, and the rest is dealt
to 3, 5 or 10 sites of uneven sizes. Nothing is tuned: C is 1, and what is predicted is the likelier class. A
tumour that is malignant is what is looked for: precision is of those, and so is recall.

`logistic` through the sums that sites release stands beside scikit-learn on all rows and at each site alone.
With noise it is `naive_bayes` and `fedavg` of three measurements, at some epsilons: those that the authors of
the data found enough (Street, Wolberg and Mangasarian 1993: mean texture, worst area and worst smoothness).
Every tumour is at one site, so that the sites' noise costs it once. A variance that noise leaves untold is
taken to be that of six standard deviations between the declared bounds, which nobody has to look at the data
for; where more is untold, everybody is predicted to be of the class that more are of. `fedavg` goes
fifty steps of length 2, safe for any three columns within their bounds, on slopes that are no longer
than 1; ten had been tried, and were too few for the intercept to arrive. `--json FILE` writes what is
printed.
"""

from __future__ import annotations

import argparse
import json
import math
import tempfile
from collections.abc import Iterator, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from scipy import stats
from sklearn.datasets import load_breast_cancer
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, precision_score, recall_score
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from bench.private import Held, asking, drawn, price
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Amount, amount, units
from fedcli.model.policy import Contribution
from fedcli.model.result import Answer
from fedcli.policy.zcdp import epsilon

SPLITS, HELD_BACK, SITES = 20, 0.3, (3, 5, 10)
EPSILONS, DELTA = (0.5, 1.0, 2.0, 4.0, 8.0), Fraction(1, 10**6)
#: How much larger the largest site is than the smallest.
UNEVEN = 5
ALL, FEW = tuple(range(30)), (1, 23, 24)
#: Above what the data's own description has as the largest of each measurement: its mean, error and worst.
TOPS = (
    *(30, 40, 200, 2600, 0.2, 0.4, 0.5, 0.25, 0.35, 0.1),
    *(3, 5, 22, 550, 0.035, 0.14, 0.4, 0.055, 0.08, 0.03),
    *(37, 50, 255, 4300, 0.23, 1.1, 1.3, 0.3, 0.67, 0.21),
)
#: How `fedavg` is asked with noise.
STEPPING = {"family": "binomial", "epochs": 1, "rounds": 50, "learning_rate": 2.0, "clip": 1.0}
METRICS = ("accuracy", "precision", "recall")


class Split(NamedTuple):
    """Which measurements, rows of them to train on, dealt to sites, and rows to try the classifier on."""

    columns: tuple[int, ...]
    x: Any
    y: Any
    sites: list[Any]
    unseen: Any
    truth: Any


def splits(number: int, columns: Sequence[int]) -> Iterator[Split]:
    """All splits over so many sites, with some of the measurements."""
    x, benign = load_breast_cancer(return_X_y=True)
    for seed in range(SPLITS):
        known, unseen, y, truth = train_test_split(
            x[:, list(columns)], 1 - benign, test_size=HELD_BACK, stratify=benign, random_state=seed
        )
        yield Split(tuple(columns), known, y, _dealt(len(y), number, seed), unseen, truth)


def _dealt(rows: int, number: int, seed: int) -> list[Any]:
    """The rows of each site, by chance; the sizes grow evenly from the smallest to the largest."""
    sizes = np.linspace(1, UNEVEN, number)
    ends = np.floor(np.cumsum(sizes) / sizes.sum() * rows + 0.5).astype(int)
    return np.split(np.random.default_rng(seed).permutation(rows), ends[:-1])


def scores(predicted: Any, truth: Any) -> list[float]:
    """The metrics of one classifier."""
    return [
        accuracy_score(truth, predicted),
        precision_score(truth, predicted, zero_division=0),
        recall_score(truth, predicted),
    ]


def theirs(split: Split, rows: Any) -> Any:
    """What scikit-learn predicts that saw some rows."""
    model = make_pipeline(StandardScaler(), LogisticRegression(C=1.0, tol=1e-8, max_iter=10_000))
    return model.fit(split.x[rows], split.y[rows]).predict(split.unseen)


def alone(split: Split) -> list[float]:
    """The mean of the metrics over sites that train each by itself."""
    found = [scores(theirs(split, rows), split.truth) for rows in split.sites]
    return [float(np.mean(one)) for one in zip(*found, strict=True)]


def ours(split: Split, folder: Path, rho: Amount | None = None, stepping: bool = False) -> Any:
    """What the classifier predicts that sites train together; with noise where there is a price.

    Where it is `stepping` that is `fedavg`, else `naive_bayes`.
    """
    held = [_held(split, rows, folder / f"site-{at}.parquet") for at, rows in enumerate(split.sites)]
    names = _names(split)
    formula = f"malignant ~ {' + '.join(names)}"
    if rho is None:
        with asking(held, "logistic", formula=formula) as asked:
            return _likelier(asked.exact(), split.unseen)
    if stepping:
        with asking(held, "fedavg", formula=formula, **STEPPING) as asked:
            heard = drawn(held[0].counted, price(rho, asked.analytic.draws))
            return _likelier(asked.noisy(heard, False), split.unseen)
    with asking(held, "naive_bayes", outcome="malignant", columns=names) as asked:
        heard = drawn(held[0].counted, price(rho, asked.analytic.draws))
        return _by_means(asked.noisy(heard, False), split)


def _held(split: Split, rows: Any, path: Path) -> Held:
    names = _names(split)
    table = dict(zip(names, split.x[rows].T, strict=True)) | {"malignant": split.y[rows] == 1}
    pq.write_table(pa.table(table), path)
    meant: dict[str, Any] = {
        name: {"type": "real", "bounds": [0, top], "use": ["model"]}
        for name, top in zip(names, (TOPS[at] for at in split.columns), strict=True)
    }
    meant["malignant"] = {"type": "boolean", "use": ["group", "model"]}
    head = {"schema": "fedcli/dictionary/1", "dataset": "tumours", "unit": "row", "columns": meant}
    return Held.at(path, Dictionary.read(head, "a bench"), Contribution(rows=1, cells=1))


def _names(split: Split) -> list[str]:
    return [f"m{at:02}" for at in split.columns]


def _likelier(answer: Answer, rows: Any) -> Any:
    """Whether each row is likelier of the class than not."""
    table = answer.tables["coefficients"]
    told = [row[table.columns.index("estimate")] for row in table.rows]
    if None in told:
        return np.zeros(len(rows), dtype=int)
    first, *slopes = map(_plain, told)
    return (first + rows @ np.array(slopes) > 0).astype(int)


def _by_means(answer: Answer, split: Split) -> Any:
    """Whether each row is likelier of the class than not, by the normal distributions of both classes."""
    rows, classes = split.unseen, [row[2] for row in answer.tables["classes"].rows]
    told = [row[2:] for row in answer.tables["columns"].rows]
    if None in classes or None in (mean for mean, _ in told):
        return np.zeros(len(rows), dtype=int)
    spread = np.repeat([(TOPS[at] / 6) ** 2 for at in split.columns], 2)
    means = np.array([_plain(mean) for mean, _ in told]).reshape(-1, 2)
    known = [
        _plain(one) if one is not None else before for (_, one), before in zip(told, spread, strict=True)
    ]
    variances = np.maximum(known, _LEAST).reshape(-1, 2)
    apart = -((rows[:, :, None] - means) ** 2) / variances / 2 - np.log(variances) / 2
    both = apart.sum(axis=1) + np.log(np.maximum([_plain(one) for one in classes], _LEAST))
    return (both[:, 1] > both[:, 0]).astype(int)


def _plain(cell: Any) -> float:
    return float(cell.value if isinstance(cell, About) else cell)


def dearest(most: float) -> Amount:
    """The largest rho, in steps of a millionth, whose epsilon is no more than this one at `DELTA`."""
    low, high = 0, units("100") // _STEP
    while high - low > 1:
        middle = (low + high) // 2
        fits = epsilon(Fraction(amount(middle * _STEP)), DELTA) <= most
        low, high = (middle, high) if fits else (low, middle)
    return amount(low * _STEP)


_LEAST = 1e-9
_STEP = units("0.000001")


def told(what: str, sites: int | None, runs: list[list[float]]) -> dict[str, Any]:
    """Means over the splits with 95 % intervals of Student's t."""
    found = {}
    for name, values in zip(METRICS, zip(*runs, strict=True), strict=True):
        half = stats.t.ppf(0.975, len(values) - 1) * np.std(values, ddof=1) / math.sqrt(len(values))
        found[name] = [round(float(np.mean(values)), 4), round(float(half), 4)]
    return {"what": what, "sites": sites, **found}


def measured(folder: Path) -> Iterator[dict[str, Any]]:
    """One line of the table after the other."""
    yield told("scikit-learn, all rows", None, [_pooled(one) for one in splits(1, ALL)])
    for number in SITES:
        dealt = list(splits(number, ALL))
        yield told("fedcli logistic", number, [scores(ours(one, folder), one.truth) for one in dealt])
        yield told("each site alone", number, [alone(one) for one in dealt])
    dealt = list(splits(SITES[0], FEW))
    yield told("scikit-learn, three measurements", None, [_pooled(one) for one in dealt])
    for name, stepping in (("naive_bayes", False), ("fedavg", True)):
        for most in EPSILONS:
            noisy = [scores(ours(one, folder, dearest(most), stepping), one.truth) for one in dealt]
            yield told(f"fedcli {name}, three measurements, epsilon {most:g}", SITES[0], noisy)


def _pooled(split: Split) -> list[float]:
    return scores(theirs(split, slice(None)), split.truth)


def line(one: dict[str, Any]) -> str:
    """A line for people."""
    metrics = "  ".join(f"{name} {one[name][0]:.3f} ± {one[name][1]:.3f}" for name in METRICS)
    return f"{one['what']:<52}{one['sites'] or '-':>4} sites  {metrics}"


def main() -> None:
    """Print the table, and write it down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench.training")
    asked.add_argument("--json", type=Path)
    file = asked.parse_args().json
    results = []
    with tempfile.TemporaryDirectory() as folder:
        for one in measured(Path(folder)):
            print(line(one), flush=True)
            results.append(one)
    if file:
        told_ = {"name": "training", "splits": SPLITS, "delta": float(DELTA), "results": results}
        file.write_text(json.dumps(told_, indent=1) + "\n")


if __name__ == "__main__":
    main()
