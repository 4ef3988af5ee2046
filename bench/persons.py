"""Made-up persons of whom the errors of differential privacy are measured, and what their columns mean."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from bench.private import Held
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution

PERSONS, MOST, TOP = 195_579, 10, 1000
COVARIATES, FAR = 10, 4.0
BINS = 20
#: In units of standard deviations; what they explain is 5/8 of the variance of `y`.
COEFFICIENTS = np.array([0.25, -0.25] * (COVARIATES // 2))
LOG_ODDS = np.array([0.3, -0.3] * (COVARIATES // 2))


def visits(folder: Path, rows: int) -> Held:
    """Rows of persons who have about five each: a value of mean 300 and deviation 168, up to 1000."""
    path = folder / f"visits-{rows}.parquet"
    if not path.exists():
        dealt = np.random.default_rng(11)
        table = {
            "person": dealt.integers(round(PERSONS * rows / 1e6), size=rows),
            "visit": np.arange(rows),
            "value": np.round(np.minimum(dealt.gamma(3.18, 300 / 3.18, rows), TOP), 2),
        }
        pq.write_table(pa.table(table), path)
    identifier = {"type": "integer", "sensitivity": "identifier"}
    meant = {"value": {"type": "real", "bounds": [0, TOP]}, "person": identifier, "visit": identifier}
    persons = {"unit": "person", "person_id": "person", "row_key": "visit", "max_rows": 40}
    return _held(path, meant, persons, MOST)


def cohort(folder: Path, persons: int, far: float = FAR) -> Held:
    """A row each: ten normal covariates, an outcome of deviation 1, one that is true or false, and a time.

    The bounds of what is normal are `far` deviations away.
    """
    path = folder / f"cohort-{persons}.parquet"
    if not path.exists():
        pq.write_table(pa.table(_cohort(persons)), path)
    normal = {"type": "real", "bounds": [-far, far], "use": ["model"]}
    meant = {f"x{at}": normal for at in range(COVARIATES)} | {"y": normal}
    meant |= {name: {"type": "boolean", "use": ["group", "model"]} for name in ("b", "event")}
    meant |= {"time": {"type": "real", "bounds": [0, 24], "use": ["model"]}}
    return _held(path, meant, {"unit": "row"}, 1)


def _cohort(persons: int) -> dict[str, Any]:
    dealt = np.random.default_rng(persons)
    x = dealt.standard_normal((COVARIATES, persons))
    y = COEFFICIENTS @ x + np.sqrt(1 - COEFFICIENTS @ COEFFICIENTS) * dealt.standard_normal(persons)
    odds = np.exp(-0.5 + LOG_ODDS @ x)
    died, lost = dealt.exponential(15, persons), dealt.uniform(0, 40, persons)
    table = {"y": y, "b": dealt.uniform(size=persons) < odds / (1 + odds)}
    table |= {"time": np.minimum(np.minimum(died, lost), 24.0), "event": died <= np.minimum(lost, 24.0)}
    return table | {f"x{at}": row for at, row in enumerate(x)}


def _held(path: Path, meant: Mapping[str, Any], unit: Mapping[str, Any], most: int) -> Held:
    head = {"schema": "fedcli/dictionary/1", "dataset": "made-up", **unit, "columns": dict(meant)}
    return Held.at(path, Dictionary.read(head, "made up"), Contribution(rows=most, cells=1))
