"""The pooled answers: what `pooled.sql`, written by hand, gives on the rows of all sites in one place.

fedcli is not imported, here or anywhere in this package.
"""

from __future__ import annotations

import math
import re
from pathlib import Path
from typing import Any

import duckdb

from making.scenario import Scenario
from making.tables import view


def pooled(scenario: Scenario, folder: Path) -> dict[str, Any]:
    """The answers over the data of all sites: query, analysis, scalar or table."""
    text = (scenario.folder / "pooled.sql").read_text()
    first, *parts = re.split(r"^--@ (.+)\n", text, flags=re.MULTILINE)
    found: dict[str, Any] = {}
    with duckdb.connect() as engine:
        engine.execute("SET threads = 1")
        for site, names in scenario.sites.items():
            view(engine, site, scenario.dataset, tuple(folder / name for name in names))
        engine.execute(first)
        for heading, statement in zip(parts[::2], parts[1::2], strict=True):
            query, analysis, what, name = heading.split()
            asked = found.setdefault(query, {}).setdefault(analysis, {"scalars": {}, "tables": {}})
            asked[what][name] = answer(engine.execute(statement), what)
    return found


def answer(found: duckdb.DuckDBPyConnection, what: str) -> Any:
    """One number, or the names and rows of a table."""
    columns, lines = [name for name, *_ in found.description], found.fetchall()
    return lines[0][0] if what == "scalars" else {"columns": columns, "rows": [list(line) for line in lines]}


def same(left: Any, right: Any) -> bool:
    """Equal, but for the last digits of a real number: they depend on the order of a sum."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(map(same, left, right))
    if isinstance(left, float) and isinstance(right, float):
        return math.isclose(left, right, rel_tol=1e-12)
    return type(left) is type(right) and left == right
