"""Drafting a dictionary from data: names and types, and levels only where many rows have them.

Bounds are left blank, and so is every level that fewer rows than the threshold have: a person
decides what becomes public, and the draft must not decide it for them.
"""

from __future__ import annotations

import math
from typing import Any

import duckdb

from fedcli.engine.opening import TABLE, Opened, fits
from fedcli.engine.sql import quoted
from fedcli.errors import fault
from fedcli.model.identifiers import COLUMN
from fedcli.model.predicate import ValueType

MAX_LEVELS = 40
MAX_CODES = 12
_KINDS: tuple[ValueType, ...] = ("boolean", "date", "timestamp", "text")


def draft(opened: Opened, min_count: int) -> dict[str, Any]:
    """For each column its type, whether it may identify persons, its levels, and what was left out."""
    rows = _one(opened, f"SELECT count(*) FROM {TABLE}")
    return {name: _column(opened, name, rows, min_count) for name in opened.stored}


def _column(opened: Opened, name: str, rows: int, min_count: int) -> dict[str, Any]:
    import re  # here, because only drafting meets names that nobody agreed on

    if not re.fullmatch(COLUMN, name):
        return {"skipped": "the name has characters that a dictionary cannot hold"}
    kind = _kind(opened, name)
    if kind is None:
        return {"skipped": "the type has no place in a dictionary"}
    different = _one(opened, f"SELECT count(DISTINCT {quoted(name)}) FROM {TABLE}")
    drafted: dict[str, Any] = {
        "type": kind,
        "identifier": rows > 0 and different > 0.9 * rows and kind != "real",
    }
    if not drafted["identifier"] and kind in ("text", "integer"):
        drafted |= _levels(opened, name, kind, different, min_count)
    return drafted


def _kind(opened: Opened, name: str) -> ValueType | None:
    stored = opened.stored[name]
    for kind in _KINDS:
        if fits(stored, kind):
            return kind
    if not fits(stored, "real"):
        return None
    if stored in ("FLOAT", "DOUBLE", "DECIMAL"):
        value = quoted(name)
        broken = _one(
            opened,
            f"SELECT count(*) FROM {TABLE} WHERE isfinite({value}::DOUBLE) AND {value} <> floor({value})",
        )
        return "real" if broken else "integer"
    return "integer"


def _levels(opened: Opened, name: str, kind: ValueType, different: int, min_count: int) -> dict[str, Any]:
    if different > (MAX_LEVELS if kind == "text" else MAX_CODES):
        return {}
    value = quoted(name)
    text = (
        f"SELECT {value} FROM {TABLE} WHERE {value} IS NOT NULL GROUP BY ALL HAVING count(*) >= $k ORDER BY 1"
    )
    found = [level for (level,) in _all(opened, text, {"k": min_count}) if not _is_nan(level)]
    levels = [int(level) if kind == "integer" else level for level in found if level != ""]
    missing = {"missing": [""]} if "" in found else {}
    told = {"levels": levels, "some_left_out": len(found) < different} if levels else {}
    return told | missing


def _is_nan(level: Any) -> bool:
    return isinstance(level, float) and math.isnan(level)


def _one(opened: Opened, text: str) -> int:
    [(number,)] = _all(opened, text, {})
    return int(number)


def _all(opened: Opened, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
    try:
        return opened.connection.execute(text, values).fetchall()
    except duckdb.Error as error:
        raise fault("D-ENGINE", kind=type(error).__name__) from None
