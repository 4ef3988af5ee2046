"""Drafting a dictionary from data, for a person to edit."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from fedcli.errors import fault
from fedcli.files.toml import inline
from fedcli.model.identifiers import COLUMN, Name
from fedcli.model.policy import Limits
from fedcli.model.shown.reference import TextShown
from fedcli.model.vault import Drafting
from fedcli.workflows.enrol import check_name
from fedcli.workflows.errand import errand
from fedcli.workflows.sources import absolute, several, source

Columns = dict[str, dict[str, Any]]
_DATES = ("date", "timestamp")


def draft(
    paths: list[Path], table: str | None, events: Sequence[str], dataset: Name, min_count: int
) -> TextShown:
    """A dictionary drafted from files, for a person to edit; with tables of events beside that of persons."""
    check_name(dataset)
    _check_tables([*events, *([table] if table and events else [])], dataset)
    typed = absolute(paths)
    found = several(typed, table or dataset, events, dataset) if events else source(typed, table)
    told = errand(Drafting(source=found, dataset=dataset, min_count=min_count), Limits())
    drafted, beside = told.drafted or {}, told.drafted_events
    notes = [*_left_out(drafted), *(f"{name}, {note}" for name in beside for note in _left_out(beside[name]))]
    notes += [f"{name}: it has no date, so that it is no table of events" for name in _undated(beside)]
    return TextShown(text=dictionary_text(dataset, drafted, table, beside), notes=tuple(notes))


def _check_tables(names: Sequence[str], dataset: Name) -> None:
    """Raise D-TABLES for what cannot be the name of a table."""
    if len({name.lower() for name in names}) < len(names) or not all(
        re.fullmatch(COLUMN, one) for one in names
    ):
        raise fault("D-TABLES", dataset=dataset, tables="names of letters, digits and _, each once")


def dictionary_text(
    dataset: Name, drafted: Columns, table: str | None = None, events: dict[str, Columns] | None = None
) -> str:
    """A drafted dictionary as TOML, guesses marked and what people must decide left blank."""
    identifiers = [name for name, column in drafted.items() if column.get("identifier")]
    lines = [
        "# A draft, made from data: read every line before anyone else does. GUESS marks guesses.",
        "# Bounds are for you to decide: they are public, and come from knowledge, not from these data.",
        'schema     = "fedcli/dictionary/1"',
        f'dataset    = "{dataset}"',
        "version    = 1",
        'population = "population"            # GUESS: the persons that memory and budget are scoped to',
        *(_of_persons(identifiers, table) if events else _of_rows(identifiers)),
        "",
    ]
    for name, column in drafted.items():
        lines += _column_text(f"columns.{name}", column)
    for name, columns in (events or {}).items():
        lines += _table_text(name, columns)
    return "\n".join(lines)


def _of_rows(identifiers: list[str]) -> Iterator[str]:
    yield 'unit       = "row"                   # or "person", with person_id, and row_key where they repeat'
    yield f"# person_id = {inline(identifiers[0] if identifiers else 'patient_id')}"


def _of_persons(identifiers: list[str], table: str | None) -> Iterator[str]:
    """Tables of events are of persons, who have one row each in the dataset's own table."""
    yield 'unit       = "person"                # one row for each person in the table of persons'
    if identifiers:
        yield f"person_id  = {inline(identifiers[0])}  # GUESS: the first column that tells all rows apart"
    else:
        yield "# person_id = "
    if table:
        yield f"table      = {inline(table)}"


def _table_text(name: str, columns: Columns) -> list[str]:
    """A table of events; who its rows are about, and when, are guesses, or left blank."""
    person = next((one for one, column in columns.items() if column.get("person")), None)
    date = _date(columns)
    if date is not None:
        columns = columns | {date: columns[date] | {"identifier": False}}
    return [
        f"[tables.{name}]",
        "# person_id = "
        if person is None
        else f"person_id = {inline(person)}  # GUESS: named as the persons' own",
        "# date = " if date is None else f"date = {inline(date)}  # GUESS: the day that windows go by",
        "",
        *(
            line
            for one, column in columns.items()
            for line in _column_text(f"tables.{name}.columns.{one}", column)
        ),
    ]


def _date(columns: Columns) -> str | None:
    """The first date of a table; one that is called a start before others."""
    dates = [name for name, column in columns.items() if column.get("type") in _DATES]
    return next((name for name in dates if "start" in name.lower()), dates[0] if dates else None)


def _undated(events: dict[str, Columns]) -> list[str]:
    return [name for name, columns in events.items() if _date(columns) is None]


def _column_text(place: str, column: dict[str, Any]) -> list[str]:
    if "skipped" in column:
        return []
    text = [f"[{place}]", f"type = {inline(column['type'])}"]
    if column["identifier"]:
        why = "whose rows they are" if column.get("person") else "almost every row has a value of its own"
        text.append(f'sensitivity = "identifier"        # GUESS: {why}')
    if "levels" in column:
        left_out = " (some that few rows have are left out)" if column["some_left_out"] else ""
        text.append(f"levels = {inline(column['levels'])}  # GUESS{left_out}")
    if "missing" in column:
        text.append(f"missing = {inline(column['missing'])}  # GUESS")
    if column["type"] in ("integer", "real") and not column["identifier"] and "levels" not in column:
        text.append("# bounds = [ , ]")
    return [*text, ""]


def _left_out(drafted: Columns) -> tuple[str, ...]:
    """What the draft does not have, by place: a column's name may be anything."""
    skipped = [
        f"column {place}: {column['skipped']}"
        for place, column in enumerate(drafted.values(), 1)
        if "skipped" in column
    ]
    return tuple(skipped)
