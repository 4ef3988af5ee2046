"""Drafting a dictionary from data: names and types, and levels only where many rows have them.

Bounds are left blank, and so is every level that fewer rows than the threshold have: a person
decides what becomes public, and the draft must not decide it for them.
"""

from __future__ import annotations

import math
from typing import Any

import duckdb

from fedcli.engine.opening import Opened, fits
from fedcli.engine.sql import quoted
from fedcli.errors import fault
from fedcli.model.identifiers import COLUMN
from fedcli.model.predicate import ValueType

MAX_LEVELS = 40
MAX_CODES = 12
_KINDS: tuple[ValueType, ...] = ("boolean", "date", "timestamp", "text")


def draft(opened: Opened, min_count: int, person: str | None = None) -> dict[str, Any]:
    """For each column its type, whether it may identify persons, its levels, and what was left out.

    With the column of a `person`, levels are those of so many persons; else, of so many rows.
    """
    rows = _one(opened, f"SELECT count(*) FROM {opened.table}")
    many = "count(*)" if person is None else f"count(DISTINCT {quoted(person)})"
    drafted = {name: _column(opened, name, rows, many, min_count) for name in opened.stored}
    if person is None or "skipped" in drafted[person]:
        return drafted
    return drafted | {person: {"type": drafted[person]["type"], "identifier": True, "person": True}}


def draft_events(opened: Opened, own: dict[str, Any], min_count: int) -> dict[str, dict[str, Any]]:
    """The same of each table of events; its persons are in the column that is called as the dataset's own."""
    identifiers = [name.lower() for name, column in own.items() if column.get("identifier")]
    return {
        table: draft(
            events, min_count, next((name for name in events.stored if name.lower() in identifiers[:1]), None)
        )
        for table, events in opened.events.items()
    }


def _column(opened: Opened, name: str, rows: int, many: str, min_count: int) -> dict[str, Any]:
    import re  # here, because only drafting meets names that nobody agreed on

    if not re.fullmatch(COLUMN, name):
        return {"skipped": "the name has characters that a dictionary cannot hold"}
    kind = _kind(opened, name)
    if kind is None:
        return {"skipped": "the type has no place in a dictionary"}
    different = _one(opened, f"SELECT count(DISTINCT {quoted(name)}) FROM {opened.table}")
    drafted: dict[str, Any] = {
        "type": kind,
        "identifier": rows > 0 and different > 0.9 * rows and kind != "real",
    }
    if not drafted["identifier"] and kind in ("text", "integer"):
        drafted |= _levels(opened, name, kind, different, many, min_count)
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
        parts = f"isfinite({value}::DOUBLE) AND {value} <> floor({value})"
        broken = _one(opened, f"SELECT count(*) FROM {opened.table} WHERE {parts}")
        return "real" if broken else "integer"
    return "integer"


def _levels(
    opened: Opened, name: str, kind: ValueType, different: int, many: str, min_count: int
) -> dict[str, Any]:
    if different > (MAX_LEVELS if kind == "text" else MAX_CODES):
        return {}
    value = quoted(name)
    known = f"SELECT {value} FROM {opened.table} WHERE {value} IS NOT NULL"
    text = f"{known} GROUP BY ALL HAVING {many} >= $k ORDER BY 1"
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
