"""`python -m bench.gate`: what the gate costs: beside its query, with many cells, and with a long memory.

All of it in one process, the engine and the gate timed in turn. `FEDCLI_BENCH_ROWS` is the number of rows
of the query, `FEDCLI_BENCH_RELEASES` how many earlier releases of twelve cells over a million persons are
remembered; `--json FILE` writes what is printed.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from fractions import Fraction
from functools import partial
from pathlib import Path
from tomllib import loads
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
from pyroaring import BitMap

from bench.clinic import CROSS, dictionary_text, write_rows
from fedcli.analytics import parse
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.engine.register import Register
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import fraction
from fedcli.model.vault import Source
from fedcli.policy.gate import gate
from fedcli.policy.history import Chosen, History, Known, Spot
from fedcli.policy.profiles import profile
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.members import Members
from fedcli.statistics.seal import Exact
from fedcli.workflows.trial import analysis

PERSONS, CELLS, PAIRS, MEGABYTES = 1_000_000, 12, 7, 2000
KEY = "ab" * 32
STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
#: The columns of a table of 10,000 cells, and how many levels each has.
WIDE = {"a": 25, "b": 20, "c": 20}
LIMITS = {"gate / query, forgetful": 0.05, "gate of 10,000 cells, s": 0.3, "check of the memory, s": 0.05}


class Clock:
    """What was measured, in seconds, under a name."""

    def __init__(self) -> None:
        self.took: dict[str, list[float]] = {}

    def timed(self, name: str, act: Callable[[], Any]) -> Any:
        """Do something, and write down how long it took."""
        start = time.perf_counter()
        found = act()
        self.took.setdefault(name, []).append(time.perf_counter() - start)
        return found

    def medians(self) -> dict[str, float]:
        """The middle of each."""
        return {name: statistics.median(took) for name, took in self.took.items()}


@contextmanager
def rows(path: Path, dictionary: Dictionary, columns: list[str]) -> Iterator[DuckRows]:
    """A file as the vault has it."""
    source = open_source(Source(kind="parquet", paths=(str(path),)), MEGABYTES)
    register = Register(source, dictionary, KEY, KEY)
    yield DuckRows(source, dictionary, None, frozenset(columns), register=register)
    source.connection.close()


def query(clock: Clock, path: Path) -> None:
    """A table of two columns: the query, who is behind its cells, and the gate without and with a memory."""
    dictionary = Dictionary.read(loads(dictionary_text("person")), "visits")
    asked = parse(analysis(dictionary, "crosstab", by=CROSS), "a bench")
    for turn in range(PAIRS + 1):
        at = Clock() if not turn else clock  # files and code are in memory from here on
        with rows(path, dictionary, CROSS) as held:
            exact = at.timed("query", partial(asked.local, held))
            at.timed("gate, forgetful", partial(gate, exact, FORGETFUL))
            shape, evidence = exact.unseal_for_the_gate()
            members = at.timed("who is behind the cells", evidence.members)
            again = Exact(shape, _with(evidence, members, shape))
            at.timed("gate, remembering", partial(gate, again, STANDARD, history=History()))


def _with(evidence: Evidence, members: Members, shape: Any) -> Evidence:
    """The same evidence, when who is behind the cells is at hand."""
    kinds = ("persons", "contributors", "magnitude", "largest", "second", "constant", "spread")
    known = {
        kind: {field.name: row for field in shape.fields if (row := evidence.known(kind, field.name))}
        for kind in kinds
    }
    return Evidence(known, evidence.cohort, evidence.population, evidence.outside, lambda: members)


def many_cells(clock: Clock, folder: Path) -> None:
    """The gate alone, of a table of 10,000 cells in which nothing is solved."""
    dealt = np.random.default_rng(3)
    path, number = folder / "wide.parquet", 400_000
    levels = {name: [f"{name}{at}" for at in range(size)] for name, size in WIDE.items()}
    drawn = {
        name: pa.array(np.array(of)[dealt.integers(len(of), size=number)]) for name, of in levels.items()
    }
    pq.write_table(pa.table({"person": pa.array(np.arange(number)), **drawn}), path)
    columns: dict[str, Any] = {name: {"type": "text", "levels": of} for name, of in levels.items()}
    columns["person"] = {"type": "integer", "sensitivity": "identifier"}
    told = {"schema": "fedcli/dictionary/1", "dataset": "wide", "unit": "person", "person_id": "person"}
    dictionary = Dictionary.read({**told, "columns": columns}, "wide")
    asked = parse(analysis(dictionary, "crosstab", by=list(WIDE)), "a bench")
    with rows(path, dictionary, list(WIDE)) as held:
        exact = asked.local(held)
    for _ in range(PAIRS):
        clock.timed("gate of 10,000 cells", partial(gate, exact, FORGETFUL))


def long_memory(clock: Clock, releases: int) -> None:
    """Whether a new table is near an earlier one, uses up a column, or betrays who is there."""
    dealt, everybody = np.random.default_rng(5), BitMap(range(PERSONS))
    history = History()
    for at in range(releases):
        history.adopt((_table(dealt, everybody, f"column_{at:03}"),))
    cap = PERSONS * fraction(STANDARD.aggregates_per_person)
    for at in range(PAIRS):
        one = _table(dealt, everybody, f"column_{at:03}")
        clock.timed("check of the memory", partial(_checked, history, one, cap))


def _checked(history: History, one: Known, cap: Fraction) -> None:
    history.nearly(one, STANDARD.min_count, nobody=True)
    history.spent([one], cap)
    history.exposed([one])


def _table(dealt: np.random.Generator, everybody: BitMap, column: str) -> Known:
    place = dealt.integers(CELLS, size=PERSONS)
    cells = [BitMap(np.flatnonzero(place == at).astype(np.uint32)) for at in range(CELLS)]
    spots = tuple(Spot(people, (at,), len(people), len(people)) for at, people in enumerate(cells))
    return Known(everybody, Chosen(), (column,), spots)


def told(clock: Clock, number: int, releases: int) -> dict[str, Any]:
    """The medians, and what the limits are about."""
    found = clock.medians()
    ratios = {
        "gate / query, forgetful": found["gate, forgetful"] / found["query"],
        "gate / query, remembering": found["gate, remembering"] / found["query"],
        "who is behind the cells / query": found["who is behind the cells"] / found["query"],
        "gate of 10,000 cells, s": found["gate of 10,000 cells"],
        "check of the memory, s": found["check of the memory"],
    }
    return {
        "name": "gate",
        "rows": number,
        "releases": releases,
        "results": [{"what": name, "seconds": round(took, 4)} for name, took in found.items()],
        "ratios": {name: round(value, 4) for name, value in ratios.items()},
    }


def main() -> None:
    """Measure, print, and write the figures down where that is asked."""
    asked = argparse.ArgumentParser(prog="python -m bench.gate")
    asked.add_argument("--json", type=Path)
    file = asked.parse_args().json
    number = int(os.environ.get("FEDCLI_BENCH_ROWS", "1000000"))
    releases = int(os.environ.get("FEDCLI_BENCH_RELEASES", "200"))
    clock = Clock()
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "visits.parquet"
        write_rows(path, number)
        query(clock, path)
        many_cells(clock, Path(folder))
    long_memory(clock, releases)
    found = told(clock, number, releases)
    print(f"a table of two columns of {number} rows; {releases} releases of {CELLS} cells, {PERSONS} persons")
    for one in found["results"]:
        print(f"{one['what']:<36}{one['seconds']:>10.4f} s")
    for name, value in found["ratios"].items():
        print(f"{name:<36}{value:>10.4f}   {f'limit {LIMITS[name]}' if name in LIMITS else ''}")
    if file:
        file.write_text(json.dumps(found, indent=1) + "\n")


if __name__ == "__main__":
    main()
