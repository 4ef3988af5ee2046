"""`python -m bench.privacy`: how far noise moves answers, beside the errors that were measured elsewhere.

Made-up rows are asked as a vault asks them, with the noise of the gate, and answers are made as a researcher
makes them. What is told is the middle error of fifty draws against the exact answer on the same rows; how
often the interval that an answer is told with holds the exact one, in twenty draws; and the error that
bounding alone makes. Before that, time and memory beside those of exact answers.

`python -m bench.privacy costs` prints only these, `curves` the tables of docs/privacy/errors.md.
`FEDCLI_BENCH_ROWS` is the number of rows and persons of the large cases (the references are of a million),
`--json FILE` writes what is printed.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import statistics
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, NamedTuple

from bench import curves
from bench.persons import BINS, COVARIATES, MOST, TOP, cohort, visits
from bench.private import Asked, Held, asking, drawn, price, quiet
from bench.tree import machine, run
from fedcli.model.cells import About
from fedcli.model.result import Answer

WANTED = 1.5
DRAWS, FEW = 50, 20
#: The rho that a pure epsilon is at most: epsilon squared over two, or an eighth of it for a choice.
PURE = {0.2: "0.02", 1.0: "0.5"}
CHOICE = "0.03125"
FORMULA = " + ".join(f"x{at}" for at in range(COVARIATES))
#: Numbers of an answer whose errors are looked at, by what they are called.
Numbers = Callable[[Answer], dict[str, list[Any]]]


class Case(NamedTuple):
    """A question at a price, and the error that its numbers had elsewhere; None where nobody measured one."""

    what: str
    rho: str
    references: dict[str, float | None]
    runs: int = DRAWS
    relative: bool = False


def column(table: str, *names: str) -> Numbers:
    """Those of some columns of a table."""

    def numbers(answer: Answer) -> dict[str, list[Any]]:
        found = answer.tables[table]
        return {name: [row[found.columns.index(name)] for row in found.rows] for name in names}

    return numbers


def measured(asked: Asked, held: Held, numbers: Numbers, cases: list[Case]) -> Iterator[dict[str, Any]]:
    """The errors of a question at some prices."""
    exact, bounded = numbers(asked.exact()), numbers(asked.noisy(quiet, False))
    for case in cases:
        heard = drawn(held.counted, price(case.rho, asked.analytic.draws))
        runs = [numbers(asked.noisy(heard, at < FEW)) for at in range(case.runs)]
        for name, reference in case.references.items():
            told = [_error(run[name], exact[name], case.relative) for run in runs]
            within = [
                _within(one, true)
                for run in runs[:FEW]
                for one, true in zip(run[name], exact[name], strict=True)
            ]
            yield {
                "what": f"{case.what}: {name}",
                "rho": case.rho,
                "runs": case.runs,
                "error": statistics.median(told),
                "bounding": _error(bounded[name], exact[name], case.relative),
                "within": statistics.mean(within),
                "reference": reference,
            }


def _error(told: list[Any], exact: list[Any], relative: bool) -> float:
    """The largest error among numbers, in their units, or as a part of each that is not zero."""
    pairs = [(_plain(one), _plain(true)) for one, true in zip(told, exact, strict=True)]
    return max(
        abs(one - true) / (abs(true) if relative else 1.0) for one, true in pairs if true or not relative
    )


def _within(told: Any, exact: Any) -> bool:
    low, high = (told.low, told.high) if isinstance(told, About) else (told, told)
    return bool(low - 1e-9 <= _plain(exact) <= high + 1e-9)


def _plain(cell: Any) -> float:
    return float(cell.value) if isinstance(cell, About) else math.nan if cell is None else float(cell)


def of_visits(folder: Path, rows: int) -> Iterator[dict[str, Any]]:
    """Means, quantiles and a histogram of rows of persons who have several."""
    held = visits(folder, rows)
    with asking([held], "summary", columns=["value"]) as asked:
        yield from measured(
            asked,
            held,
            column("summary", "mean", "variance"),
            [Case("summary", "0.05", {"mean": 0.065, "variance": 183})],
        )
    grid = list(range(0, TOP + 1, 25))
    with asking([held], "quantile", column="value", edges=grid, at=[0.5]) as asked:
        yield from measured(
            asked,
            held,
            column("quantiles", "quantile"),
            [Case("median, grid of 25", CHOICE, {"quantile": 0.19})],
        )
    yield from _chosen(held, grid)
    edges = list(range(0, TOP + 1, TOP // BINS))
    with asking([held], "histogram", column="value", edges=edges, of="row") as asked:
        yield from measured(
            asked,
            held,
            column("counts", "count"),
            [Case("histogram, relative", "0.05", {"count": None}, relative=True)],
        )


def _chosen(held: Held, grid: list[int]) -> Iterator[dict[str, Any]]:
    """A median that is chosen, beside that of the rows; its error is about what the grid allows."""
    with asking([held], "site_quantile", column="value", grid=grid, at=[0.5]) as asked:
        heard, numbers = drawn(held.counted, CHOICE), column("quantiles", "value")
        chosen = [float(numbers(asked.noisy(heard))["value"][0]) for _ in range(DRAWS)]
        [true] = asked.sql("SELECT quantile_cont(value, 0.5) FROM data")
    yield {
        "what": "site_quantile, grid of 25: value",
        "rho": CHOICE,
        "runs": DRAWS,
        "error": statistics.median(abs(one - true) for one in chosen),
        "bounding": min(abs(one - true) for one in grid),
        "within": statistics.mean(abs(one - true) <= 25 for one in chosen),
        "reference": 12.5,
    }


def of_survival(folder: Path) -> Iterator[dict[str, Any]]:
    """The largest error of survival over twenty intervals."""
    known = {2000: {0.2: 0.030, 1.0: 0.005}, 20_000: {0.2: 0.003, 1.0: 0.0006}}
    edges = [one * 24 / BINS for one in range(BINS + 1)]
    for persons, references in known.items():
        held = cohort(folder, persons)
        with asking([held], "life_table", time="time", event="event", edges=edges) as asked:
            cases = [
                Case(f"life table of {persons:,}, epsilon {one}", PURE[one], {"survival": reference})
                for one, reference in references.items()
            ]
            yield from measured(asked, held, column("survival", "survival"), cases)


def of_models(folder: Path, rows: int) -> Iterator[dict[str, Any]]:
    """The largest error of a coefficient of ten covariates of deviation one, or of the intercept."""
    linear = {
        rows: dict.fromkeys(("0.5", "0.05", "0.005", "0.0005"), 0.008),
        5000: {"0.5": 0.011, "0.05": 0.025},
    }
    narrow = {5000: linear[5000]}
    logistic = {rows: {"0.5": 0.011, "0.05": 0.011}, 20_000: {"0.5": 0.012, "0.05": 0.015}}
    asks = (("gaussian", "y", 4.0, linear), ("gaussian", "y", 3.0, narrow), ("binomial", "b", 4.0, logistic))
    for family, outcome, far, known in asks:
        for persons, references in known.items():
            held = cohort(folder, persons, far)
            runs = FEW if family == "binomial" and persons == rows else DRAWS
            with asking([held], "glm", family=family, formula=f"{outcome} ~ {FORMULA}") as asked:
                cases = [
                    Case(f"{family} of {persons:,}, bounds at {far:g} sd", rho, {"estimate": reference}, runs)
                    for rho, reference in references.items()
                ]
                yield from measured(asked, held, column("coefficients", "estimate"), cases)


def timed(folder: Path, rows: int) -> Iterator[tuple[str, float, float]]:
    """A question to bounded and to exact rows, in turn in this process: the middle of five, in seconds."""
    many, one = visits(folder, rows), cohort(folder, rows)
    asks: list[tuple[Held, str, dict[str, Any]]] = [
        (many, "count", {}),
        (many, "summary", {"columns": ["value"]}),
        (one, "glm", {"family": "gaussian", "formula": f"y ~ {FORMULA}"}),
    ]
    for held, name, parameters in asks:
        with asking([held], name, **parameters) as asked:
            pairs = [(_took(asked.bounded), _took(asked.as_it_is)) for _ in range(6)][1:]
            bounded, exact = (statistics.median(pair[at] for pair in pairs) for at in (0, 1))
            yield name, bounded, exact


def memory(folder: Path, rows: int) -> Iterator[tuple[str, int, float]]:
    """The peak of a vault that makes one summary of persons with five rows, with noise and without, in MB."""
    for number in (rows // 4, rows, 4 * rows):
        visits(folder, number)
        for how in ("noisy", "exact"):
            took = run([sys.executable, "-m", "bench.vaulted", str(folder), str(number), how])
            yield how, number, took.processes["fedcli.workflows.vault"]


def _took(act: Callable[[], object]) -> float:
    start = time.perf_counter()
    act()
    return time.perf_counter() - start


def show(one: dict[str, Any]) -> None:
    """A line of the table."""
    reference = one["reference"]
    ratio = f"{one['error'] / reference:>8.2f}" if reference else f"{'-':>8}"
    print(
        f"{one['what']:<52}{one['rho']:>8}{one['runs']:>5}{one['error']:>10.4g}{one['bounding']:>10.4g}"
        f"{one['within']:>8.0%}{reference or '-':>11}{ratio}",
        flush=True,
    )


def errors(folder: Path, rows: int) -> list[dict[str, Any]]:
    """Those of all questions, printed as they are found."""
    found = []
    print(f"{rows:,} rows, of persons with about five of which {MOST} count; ratios wanted <= {WANTED}")
    names = f"{'rho':>8}{'runs':>5}{'error':>10}{'bounding':>10}{'within':>8}{'reference':>11}{'ratio':>8}"
    print(f"{'':<52}{names}")
    for part in (of_visits(folder, rows), of_survival(folder), of_models(folder, rows)):
        for one in part:
            show(one)
            found.append(one)
    return found


def costs(folder: Path, rows: int) -> dict[str, Any]:
    """Time and memory beside exact answers, printed."""
    times = [
        {"what": what, "bounded_s": round(bounded, 3), "exact_s": round(exact, 3)}
        for what, bounded, exact in timed(folder, rows)
    ]
    peaks = [
        {"how": how, "rows": number, "vault_mb": round(peak)} for how, number, peak in memory(folder, rows)
    ]
    for one in times:
        ours, exact = one["bounded_s"], one["exact_s"]
        print(f"{one['what']}: bounded {ours} s, exact {exact} s, ratio {ours / exact:.2f}")
    for one in peaks:
        print(f"a vault, {one['rows']:,} rows, {one['how']}: {one['vault_mb']} MB")
    return {"times": times, "memory": peaks}


def main() -> None:
    """Measure, print, and write the figures down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench.privacy")
    asked.add_argument("what", nargs="?", choices=["all", "costs", "curves"], default="all")
    asked.add_argument("--json", type=Path)
    given = asked.parse_args()
    if given.what == "curves":
        sys.exit(curves.write())
    rows = int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000"))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        found = {"name": "privacy", "machine": machine(), "rows": rows, **costs(folder, rows)}
        found["results"] = errors(folder, rows) if given.what == "all" else []
    if given.json:
        given.json.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
