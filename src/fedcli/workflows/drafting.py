"""Drafting a dictionary from data, for a person to edit."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from fedcli.files.toml import inline
from fedcli.model.identifiers import Name
from fedcli.model.policy import Limits
from fedcli.model.shown.reference import TextShown
from fedcli.model.vault import Drafting
from fedcli.workflows.enrol import check_name
from fedcli.workflows.errand import errand
from fedcli.workflows.sources import absolute, source


def draft(paths: list[Path], table: str | None, dataset: Name, min_count: int) -> TextShown:
    """A dictionary drafted from files, for a person to edit."""
    check_name(dataset)
    found = source(absolute(paths), table)
    task = Drafting(source=found, dataset=dataset, min_count=min_count)
    drafted = errand(task, Limits()).drafted or {}
    return TextShown(text=dictionary_text(dataset, drafted), notes=_left_out(drafted))


def dictionary_text(dataset: Name, drafted: dict[str, Any]) -> str:
    """A drafted dictionary as TOML, guesses marked and what people must decide left blank."""
    identifiers = [name for name, column in drafted.items() if column.get("identifier")]
    lines = [
        "# A draft, made from data: read every line before anyone else does. GUESS marks guesses.",
        "# Bounds are for you to decide: they are public, and come from knowledge, not from these data.",
        'schema     = "fedcli/dictionary/1"',
        f'dataset    = "{dataset}"',
        "version    = 1",
        'population = "population"            # GUESS: the persons that memory and budget are scoped to',
        'unit       = "row"                   # or "person", with person_id, and row_key where they repeat',
        f"# person_id = {inline(identifiers[0] if identifiers else 'patient_id')}",
        "",
    ]
    for name, column in drafted.items():
        lines += _column_text(name, column)
    return "\n".join(lines)


def _column_text(name: str, column: dict[str, Any]) -> list[str]:
    if "skipped" in column:
        return []
    text = [f"[columns.{name}]", f"type = {inline(column['type'])}"]
    if column["identifier"]:
        text.append('sensitivity = "identifier"        # GUESS: almost every row has a value of its own')
    if "levels" in column:
        left_out = " (some that few rows have are left out)" if column["some_left_out"] else ""
        text.append(f"levels = {inline(column['levels'])}  # GUESS{left_out}")
    if "missing" in column:
        text.append(f"missing = {inline(column['missing'])}  # GUESS")
    if column["type"] in ("integer", "real") and not column["identifier"] and "levels" not in column:
        text.append("# bounds = [ , ]")
    return [*text, ""]


def _left_out(drafted: dict[str, Any]) -> tuple[str, ...]:
    """What the draft does not have, by place: a column's name may be anything."""
    skipped = [
        f"column {place}: {column['skipped']}"
        for place, column in enumerate(drafted.values(), 1)
        if "skipped" in column
    ]
    return tuple(skipped)
