"""Data larger than memory: every analytic on many files of 10 GB, with little memory, and with much.

A site is founded once for each; `fedcli run` is a process as cron starts it, and what its whole tree of
processes holds is read off /proc while it runs. `FEDCLI_LARGE_GB` is the size of the data.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import duckdb
from bench.tree import Took, run

from tests.world import World, enrolled

BYTES = int(float(os.environ.get("FEDCLI_LARGE_GB", "10")) * 10**9)
_OF_A_ROW, _FILES, YEARS = 114, 40, (2024, 2025)
#: What an engine may take, so that signer, interpreter and engine together stay below the limit.
LITTLE, MUCH, LIMIT_MB, SLOWER = "400 MB", "16 GB", 1000, 3.0
NUMBERS, KEYS = [f"x{at}" for at in range(12)], ("visit", "person", "scattered")

ANALYSES = {
    "count": "",
    "crosstab": 'by = ["sex", "year"]',
    "histogram": 'column = "age"\nedges = [0, 20, 40, 60, 80, 100]',
    "summary": f"columns = {NUMBERS[:6]}",
    "total": f"columns = {NUMBERS[:2]}",
    "quantile": 'column = "age"\nedges = [0, 20, 40, 60, 80, 100]',
    "table_one": 'columns = ["age", "x0", "year"]\nby = "sex"',
    "correlation": f"columns = {NUMBERS[:4]}",
    "life_table": 'time = "age"\nevent = "ill"\nedges = [0, 25, 50, 75, 100]',
    "association": 'row = "sex"\ncolumn = "year"',
    "risk": 'outcome = "ill"\nexposure = "sex"',
    "t_test": 'column = "x0"\nby = "sex"',
    "anova": 'column = "x0"\nby = "year"',
    "rank_test": 'column = "age"\nedges = [0, 25, 50, 75, 100]\nby = "sex"',
    "levene": 'column = "x0"\nby = "year"',
    "missingness": 'columns = ["age", "x0", "sex"]',
    "kaplan_meier": 'time = "age"\nevent = "ill"\nedges = [0, 25, 50, 75, 100]',
    "cumulative_incidence": 'time = "age"\nevent = "ill"\ncensored = false\nedges = [0, 25, 50, 75, 100]',
    "penalised": 'formula = "x0 ~ age + sex + x1"\npenalties = [0.1, 1]',
    "cox": 'time = "x5"\nevent = "ill"\nformula = "age + sex + x0 + x1"\nuntil = 0.9',
    "piecewise": 'time = "x5"\nevent = "ill"\nformula = "age + sex"\nbreaks = [0.3, 0.6]\nuntil = 0.9',
    "proportional": 'time = "x5"\nevent = "ill"\nformula = "age + sex"\nuntil = 0.9\ntrend = "identity"',
    "multinomial": 'formula = "year ~ age + sex + x0"',
    "random_intercept": 'formula = "x0 ~ age + sex + x1"',
    "gee": 'family = "binomial"\nformula = "ill ~ age + sex + x0"\ncorrelation = "exchangeable"',
    "imputed": 'family = "binomial"\nformula = "ill ~ age + sex + x0"\nimpute = ["x0"]\nimputations = 2',
    "logistic": 'formula = "ill ~ age + sex + x0"',
    "validation": 'formula = "ill ~ age"\ncoefficients = { "(Intercept)" = -2.0, age = 0.05 }\nby = "sex"',
    "fedavg": 'family = "binomial"\nformula = "ill ~ age + sex + x0"\nrounds = 5',
    "network": 'family = "binomial"\nformula = "ill ~ age + sex + x0"\nhidden = [3]\nrounds = 3',
    "fedcox": 'time = "x5"\nevent = "ill"\nformula = "age + sex + x0"\nuntil = 0.9\nrounds = 3',
    "boosted_trees": 'outcome = "ill"\ncolumns = ["age", "x0", "sex"]\ntrees = 2\ndepth = 2',
    "k_means": 'columns = ["age", "x0"]\nclusters = 2\nrounds = 3',
    "random_forest": 'outcome = "ill"\ncolumns = ["age", "x0", "sex"]\ntrees = 2\ndepth = 2',
    "naive_bayes": 'outcome = "ill"\ncolumns = ["age", "x0"]',
    "glm": 'family = "binomial"\nformula = "ill ~ age + sex + x0 + x1"',
}


#: What wants one row of each person.
ONCE = (
    "cox",
    "piecewise",
    "proportional",
    "multinomial",
    "random_intercept",
    "imputed",
    "logistic",
    "fedavg",
    "network",
    "fedcox",
)
#: What is asked of rows by persons (of which those of one lie together), and by persons in no order: then
#: every part is read from all files.
UNITS = {
    "row": tuple(one for one in ANALYSES if one != "gee"),
    "person": tuple(one for one in ANALYSES if one not in ONCE),
    "scattered": ("count", "crosstab"),
}
#: What an analytic needs besides, where persons have several rows.
CLUSTERED = {"glm": 'unit = "row"'}


class Ran(NamedTuple):
    """What one analytic took with little memory, and how long with much."""

    unit: str
    analytic: str
    little: Took
    much: Took

    @property
    def kept(self) -> bool:
        """Whether both limits were kept."""
        return self.little.tree_mb <= LIMIT_MB and self.little.wall_s <= SLOWER * self.much.wall_s


def write_rows(folder: Path, size: int) -> int:
    """So many bytes in the folders of two years; how many rows. Most of it are numbers that do not shrink."""
    rows = size // _OF_A_ROW
    each = rows // _FILES
    connection = duckdb.connect(config={"memory_limit": "4GB"})
    for at in range(_FILES):
        target = folder / f"year={YEARS[at % len(YEARS)]}"
        target.mkdir(parents=True, exist_ok=True)
        numbers = ", ".join(f"random() AS {name}" for name in NUMBERS)
        connection.execute(
            f"COPY (SELECT {at * each} + i AS visit, ({at * each} + i) // 2 AS person, "
            f"(person * 2654435761) % 4294967296 AS scattered, "
            f"(random() * 100)::INTEGER AS age, {numbers}, if(random() < 0.5, 'f', 'm') AS sex, "
            f"random() < 0.3 AS ill FROM range({each}) AS rows(i)) "
            f"TO '{target}/{at:03}.parquet' (FORMAT parquet)"
        )
    return each * _FILES


def dictionary_text(unit: str) -> str:
    """The dictionary of the rows, with rows or persons as what is protected, or persons in no order."""
    head = [
        'schema = "fedcli/dictionary/1"',
        'dataset = "visits"',
        f'unit = "{"row" if unit == "row" else "person"}"',
    ]
    if unit != "row":
        head += [f'person_id = "{unit}"', "max_rows = 2", 'row_key = "visit"']
    keys = [f'[columns.{name}]\ntype = "integer"\nsensitivity = "identifier"' for name in KEYS]
    reals = [f'[columns.{name}]\ntype = "real"\nbounds = [0, 1]' for name in NUMBERS]
    others = [
        '[columns.age]\ntype = "integer"\nbounds = [0, 100]',
        '[columns.sex]\ntype = "text"\nlevels = ["f", "m"]',
        '[columns.ill]\ntype = "boolean"',
        f'[columns.year]\ntype = "integer"\nlevels = {list(YEARS)}',
    ]
    return "\n\n".join(["\n".join(head), *keys, *reals, *others]) + "\n"


def site(folder: Path, data: Path, unit: str, memory: str) -> World:
    """A federation of one site that holds the data and may take so much memory."""
    folder.mkdir(parents=True)
    (folder / "visits.toml").write_text(dictionary_text(unit))
    world = enrolled(folder, ("clinic",), folder / "visits.toml")
    profile = Path(__file__).parents[2] / "configs" / "policies" / "evaluation.toml"
    text = profile.read_text().replace('memory   = "4 GB"', f'memory   = "{memory}"')
    (folder / "clinic" / "policy.toml").write_text(text)
    world.ok("data", "add", "visits", str(data), home="clinic")
    return world


def took(world: World, unit: str, analytic: str) -> Took:
    """One query, as cron runs it."""
    text = (
        'schema = "fedcli/query/1"\ntitle = "large"\ndataset = "visits"\nsites = ["clinic"]\nmin_sites = 1\n'
        f'[[analysis]]\nid = "a"\nanalytic = "{analytic}"\n{ANALYSES[analytic]}\n'
        f"{CLUSTERED.get(analytic, '') if unit != 'row' else ''}\n"
    )
    query = world.submit(text, f"{analytic}.toml")
    at = world.folder / "clinic"
    return run([sys.executable, "-m", "fedcli", "--home", str(at), "run", query])


def campaign(folder: Path, units: tuple[str, ...] = tuple(UNITS), size: int = BYTES) -> Iterator[Ran]:
    """Every analytic, by rows and by persons; some by persons in no order."""
    data = folder / "data"
    write_rows(data, size)
    for unit in units:
        little, much = (
            site(folder / f"{unit}-{name}", data, unit, memory)
            for name, memory in (("little", LITTLE), ("much", MUCH))
        )
        for analytic in UNITS[unit]:
            yield Ran(unit, analytic, took(little, unit, analytic), took(much, unit, analytic))
