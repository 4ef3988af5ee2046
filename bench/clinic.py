"""A large data set as hospitals have them, and a federation of one site that holds it."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

GROUP = 122_880
PER_PERSON = 2
_PRIME = 4_294_967_291  # multiplied by it, whole numbers below it look like numbers of persons
#: Mean, standard deviation, digits after the point, least and most of each numeric column.
NUMBERS: dict[str, tuple[float, float, int, float, float]] = {
    "age": (58, 16, 0, 18, 99),
    "height": (170, 10, 0, 120, 215),
    "weight": (78, 16, 1, 30, 220),
    "bmi": (27, 5, 1, 12, 70),
    "systolic": (132, 18, 0, 70, 250),
    "diastolic": (80, 11, 0, 40, 140),
    "pulse": (74, 12, 0, 35, 180),
    "hba1c": (6.1, 1.1, 1, 3, 18),
    "ldl": (3.1, 0.9, 2, 0.2, 12),
    "hdl": (1.4, 0.4, 2, 0.2, 5),
    "triglycerides": (1.6, 0.8, 2, 0.2, 20),
    "crp": (4, 5, 2, 0, 200),
    "egfr": (82, 20, 1, 3, 150),
}
REGIONS = [f"region-{at}" for at in range(1, 9)]
SMOKE = ["never", "former", "current"]
EDGES = list(range(16, 57, 2))
CROSS = ["region", "smoke"]
_MISSING = 0.03


def write_rows(path: Path, rows: int) -> None:
    """A Parquet file of persons' visits, written a row group at a time."""
    dealt = np.random.default_rng(7)
    with pq.ParquetWriter(path, _chunk(dealt, 0, 1, rows).schema, compression="snappy") as file:
        for first in range(0, rows, GROUP):
            file.write_table(_chunk(dealt, first, min(first + GROUP, rows), rows), row_group_size=GROUP)


def _chunk(dealt: np.random.Generator, first: int, last: int, rows: int) -> pa.Table:
    size = last - first
    person = np.arange(first, last) % -(-rows // PER_PERSON) * 2_654_435_761 % _PRIME
    columns = {"person": pa.array(person), "visit": pa.array(np.arange(first, last))}
    for name, (mean, sd, digits, low, high) in NUMBERS.items():
        drawn = np.clip(np.round(dealt.normal(mean, sd, size), digits), low, high)
        told = drawn if digits else drawn.astype("int32")
        columns[name] = pa.array(told, mask=dealt.uniform(size=size) < _MISSING)
    for name, levels in (("region", REGIONS), ("smoke", SMOKE)):
        drawn = np.array(levels, dtype=object)[dealt.integers(len(levels), size=size)]
        columns[name] = pa.array(drawn, pa.string(), mask=dealt.uniform(size=size) < _MISSING)
    return pa.table(columns)


def dictionary_text(unit: str) -> str:
    """The dictionary of the visits, with persons or rows as what is protected."""
    head = ['schema = "fedcli/dictionary/1"', 'dataset = "visits"', f'unit = "{unit}"']
    if unit == "person":
        head += ['person_id = "person"', f"max_rows = {PER_PERSON}", 'row_key = "visit"']
    blocks = [
        f'[columns.{name}]\ntype = "integer"\nsensitivity = "identifier"' for name in ("person", "visit")
    ]
    blocks += [
        f'[columns.{name}]\ntype = "{"real" if digits else "integer"}"\nbounds = [{low}, {high}]'
        for name, (_, _, digits, low, high) in NUMBERS.items()
    ]
    blocks += [
        f'[columns.{name}]\ntype = "text"\nlevels = {levels}'
        for name, levels in (("region", REGIONS), ("smoke", SMOKE))
    ]
    return "\n\n".join(["\n".join(head), *blocks]) + "\n"


def query_text() -> str:
    """Thirteen columns, a histogram and a table."""
    return f"""schema = "fedcli/query/1"
title = "bench"
project = "bench"
purpose = "DUO:0000006"
dataset = "visits"
sites = ["clinic"]
min_sites = 1

[[analysis]]
id = "columns"
analytic = "summary"
columns = {list(NUMBERS)}

[[analysis]]
id = "bins"
analytic = "histogram"
column = "bmi"
edges = {EDGES}

[[analysis]]
id = "table"
analytic = "crosstab"
by = {CROSS}
"""


class Clinic:
    """A federation with an approved query at its one site, as often as one likes."""

    def __init__(self, folder: Path, data: Path, unit: str, remembers: bool = False) -> None:
        name = f"{unit}-remembering" if remembers else unit
        self._kept, self.folder = folder / f"{name}-kept", folder / name
        self.folder.mkdir()
        self._found(data, unit, remembers)
        self.folder.rename(self._kept)

    def begin(self) -> None:
        """Everything as it was before the query was run."""
        shutil.rmtree(self.folder, ignore_errors=True)
        shutil.copytree(self._kept, self.folder)

    @property
    def arguments(self) -> list[str]:
        """The site's command."""
        return ["--home", str(self.folder / "site"), "run", "--pending"]

    def _found(self, data: Path, unit: str, remembers: bool) -> None:
        """Homes, a root, the data, and a query that two people have approved."""
        (self.folder / "visits.toml").write_text(dictionary_text(unit))
        (self.folder / "query.toml").write_text(query_text())
        chair, site, ana = (self._at(name) for name in ("chair", "site", "ana"))
        exchange = ("--exchange", self.folder / "exchange")
        chair("init", "federation", "chair", "--dir", self.folder / "chair", "--threshold", "1", *exchange)
        chair("key", "new", "ada", "--role", "administrator", "--no-passphrase")
        site("init", "site", "clinic", "--dir", self.folder / "site", "--organisation", "Clinic", *exchange)
        for person in ("data-owner", "disclosure-officer"):
            site("key", "new", person, "--role", person, "--no-passphrase")
        ana("init", "researcher", "ana", "--dir", self.folder / "ana", "--no-passphrase", *exchange)
        chair("federation", "member", "add", *sorted(self.folder.glob("*/keys/*.card.json")))
        chair("federation", "dataset", "add", self.folder / "visits.toml")
        chair("federation", "sign", "--key", "ada")
        pin = _digest(chair("federation", "publish", "--format", "json"))
        for member in (site, ana):
            member("federation", "verify", "--pin", pin)
        (self.folder / "site" / "policy.toml").write_text(_policy(remembers))
        site("data", "add", "visits", data)
        query = _digest(ana("query", "submit", self.folder / "query.toml", "--format", "json"))
        for person in ("data-owner", "disclosure-officer"):
            site("approval", "grant", query, "--key", person, "--reason", "ok")

    def _at(self, name: str) -> Callable[..., str]:
        home = self.folder / name

        def fedcli(*words: object) -> str:
            at = [] if words[0] == "init" else ["--home", str(home)]
            line = [sys.executable, "-m", "fedcli", *at, *map(str, words)]
            done = subprocess.run(line, check=False, capture_output=True, text=True)
            if done.returncode:
                raise RuntimeError(f"{line} ended with {done.returncode}: {done.stdout}{done.stderr}")
            return done.stdout

        return fedcli


def _digest(told: str) -> str:
    return str(json.loads(told)["data"]["digest"])


def _policy(remembers: bool) -> str:
    """The rules of the profile `evaluation`, with the two approvals that `standard` asks for.

    Where it `remembers`, what is told is solved and remembered as under `standard`, too.
    """
    text = (Path(__file__).parent.parent / "configs" / "policies" / "evaluation.toml").read_text()
    changes = {"{ people = 0, roles = [] }": '{ people = 2, roles = ["data-owner", "disclosure-officer"] }'}
    if remembers:
        changes |= {
            'secondary  = "none"': 'secondary = "optimised"',
            'memory     = "none"': 'memory = "population"',
        }
    for old, new in changes.items():
        if old not in text:
            raise RuntimeError("the profile has changed")
        text = text.replace(old, new)
    return text
