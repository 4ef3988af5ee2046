"""Where the data do not meet the scenario's dictionary."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator
from datetime import date
from pathlib import Path
from typing import Any

from making.scenario import Row, Scenario
from making.tables import content

KINDS = {"text": str, "integer": int, "real": float, "boolean": bool, "date": date}


def misfits(scenario: Scenario, folder: Path) -> Iterator[str]:
    """Columns and values other than agreed, a person at two sites or with too many rows, a row twice."""
    agreed = scenario.dictionary
    owners: dict[str, str] = {}
    rows: Counter[str] = Counter()
    keys: set[str] = set()
    for site, name in ((site, name) for site, names in scenario.sites.items() for name in names):
        heads, lines = content(scenario, folder / name)
        if [head for head, _ in heads] != list(agreed["columns"]):
            yield f"{name}: other columns than the dictionary's"
            continue
        for row in (dict(zip(agreed["columns"], line, strict=True)) for line in lines):
            yield from (f"{name}: {column} does not meet the dictionary" for column in odd(row, agreed))
            person, key = row[agreed["person_id"]], row[agreed["row_key"]]
            if key in keys or owners.setdefault(person, site) != site:
                yield f"{name}: a person at two sites, or a row twice"
            keys.add(key)
            rows[person] += 1
    if max(rows.values(), default=0) > agreed["max_rows"]:
        yield "a person has more rows than the dictionary says"


def odd(row: Row, agreed: dict[str, Any]) -> list[str]:
    """The columns whose value in a row is not as declared."""
    return [name for name, column in agreed["columns"].items() if not fits(row[name], column)]


def fits(value: Any, column: dict[str, Any]) -> bool:
    """Whether a value is missing as declared, or of the column's type, levels and bounds."""
    not_a_number = isinstance(value, float) and math.isnan(value)
    if value is None or not_a_number or value in column.get("missing", ()):
        return column["sensitivity"] != "identifier"
    low, high = column.get("bounds", (-math.inf, math.inf))
    within = "bounds" not in column or low <= value <= high
    return type(value) is KINDS[column["type"]] and value in column.get("levels", [value]) and within
