"""Holding a source against its dictionary. A problem names a column and a number, never a value."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterator
from pathlib import Path

import duckdb

from fedcli.engine.opening import TABLE, Opened, fits
from fedcli.engine.sql import Binder, clean, literal, quoted
from fedcli.errors import fault
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.vault import Checked, Problem, Source

_CHUNK = 2**20


def check(opened: Opened, dictionary: Dictionary, source: Source, key: str) -> Checked:
    """All problems of a source, its size, and its keyed digest."""
    problems = list(_form(opened, dictionary))
    known = {problem.column for problem in problems}
    names = [name for name in dictionary.columns if name not in known]
    rows, persons, content = _content(opened, dictionary, names)
    problems += content
    if rows == 0:
        problems.append(Problem(code="D-EMPTY"))
    return Checked(problems=tuple(problems), rows=rows, persons=persons, digest=keyed_digest(source, key))


def keyed_digest(source: Source, key: str) -> str:
    """HMAC-SHA256 over the files' digests in order: without the key it says nothing of the data."""
    whole = hmac.new(bytes.fromhex(key), digestmod=hashlib.sha256)
    for path in source.paths:
        one = hashlib.sha256()
        try:
            with Path(path).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    one.update(chunk)
        except OSError:
            raise fault("D-FILE") from None
        whole.update(one.digest())
    return whole.hexdigest()


def _form(opened: Opened, dictionary: Dictionary) -> Iterator[Problem]:
    for name, column in dictionary.columns.items():
        if name not in opened.stored:
            yield Problem(code="D-COLUMN", column=name)
        elif not fits(opened.stored[name], column.type):
            yield Problem(code="D-TYPE", column=name)


def _content(opened: Opened, dictionary: Dictionary, names: list[str]) -> tuple[int, int, list[Problem]]:
    """Rows, persons, and the problems that one pass over all columns finds."""
    binder = Binder()
    tests = [
        (code, name, test)
        for name in names
        for code, test in _tests(name, dictionary.columns[name], opened, binder)
    ]
    keys = {key for key in (dictionary.person_id, dictionary.row_key) if key in names}
    tests += [("D-KEY", key, f"{quoted(key)} IS NULL") for key in sorted(keys)]
    person = dictionary.person_id if dictionary.unit == "person" and dictionary.person_id in names else None
    distinct = {key: f"count(DISTINCT {quoted(key)})" for key in sorted(keys)}
    selected = ["count(*)", *distinct.values(), *(f"count(*) FILTER (WHERE {test})" for *_, test in tests)]
    try:
        [found] = opened.connection.execute(
            f"SELECT {', '.join(selected)} FROM {TABLE}", binder.values
        ).fetchall()
    except duckdb.Error as error:
        raise fault("D-ENGINE", kind=type(error).__name__) from None
    rows, different, counts = (
        found[0],
        dict(zip(distinct, found[1:], strict=False)),
        found[1 + len(distinct) :],
    )
    problems = [
        Problem(code=code, column=name, rows=count)
        for (code, name, _), count in zip(tests, counts, strict=True)
        if count
    ]
    if dictionary.max_rows is not None and person is not None:
        problems += _too_many_rows(opened, person, dictionary.max_rows)
    unique = dictionary.row_key if dictionary.row_key in names else None if dictionary.row_key else person
    if unique is not None and different[unique] < rows:
        problems.append(Problem(code="D-REPEATS", column=unique, rows=rows - different[unique]))
    return rows, different[person] if person else rows, problems


def _too_many_rows(opened: Opened, person: str, most: int) -> list[Problem]:
    """Rows of persons who have more than the dictionary says."""
    text = f"SELECT count(*) AS n FROM {TABLE} GROUP BY {quoted(person)} HAVING n > {int(most)}"
    [(rows,)] = opened.connection.execute(f"SELECT coalesce(sum(n), 0)::BIGINT FROM ({text})").fetchall()
    return [Problem(code="D-ROWS", column=person, rows=rows)] if rows else []


def _tests(name: str, column: Column, opened: Opened, binder: Binder) -> Iterator[tuple[str, str]]:
    """Conditions that no row may meet."""
    value = clean(name, column, opened.is_real(name), binder)
    if column.levels:
        levels = tuple(literal(level, column.type) for level in column.levels)
        yield "D-LEVEL", f"{value} NOT IN ({binder.bind_all(levels)})"
    if column.bounds:
        low, high = map(binder.bind, column.bounds)
        yield "D-BOUNDS", f"{value} < {low} OR {value} > {high}"
    if column.type == "integer" and opened.is_real(name):
        yield "D-INTEGER", f"{value} <> floor({value})"
