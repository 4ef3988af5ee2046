"""Holding a source against its dictionary. A problem names a column and a number, never a value."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from fedcli.engine.opening import Opened, fits, plain
from fedcli.engine.partitions import place
from fedcli.engine.spread import Spread
from fedcli.engine.sql import Binder, clean, literal, present, quoted
from fedcli.errors import fault
from fedcli.model.checked import Checked, Problem
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.vault import Source

_CHUNK = 2**20


def check(opened: Opened, dictionary: Dictionary, source: Source, key: str) -> Checked:
    """All problems of a source, its size, and its keyed digest."""
    rows, persons, problems = _table(opened, dictionary, source.paths if source.kind == "parquet" else ())
    if rows == 0:
        problems.append(Problem(code="D-EMPTY"))
    for table, one in sorted((source.events or {}).items()):
        _, _, found = _table(opened.events[table], dictionary.of(table), one.paths)
        problems += [problem.model_copy(update={"table": table}) for problem in found]
    return Checked(
        problems=tuple(problems),
        rows=rows,
        persons=persons,
        digest=keyed_digest(
            source, key, opened.partitions, {name: one.partitions for name, one in opened.events.items()}
        ),
    )


def _table(opened: Opened, dictionary: Dictionary, files: Sequence[str]) -> tuple[int, int, list[Problem]]:
    """The rows and persons of a table, and its problems; `files` where it is in Parquet files."""
    problems = [*_twice(opened, dictionary, files), *_form(opened, dictionary)]
    known = {problem.column for problem in problems}
    names = [name for name in dictionary.columns if name not in known]
    rows, persons, content = _content(opened, dictionary, names)
    return rows, persons, problems + content


def keyed_digest(
    source: Source,
    key: str,
    partitions: tuple[ColumnName, ...] = (),
    beside: Mapping[ColumnName, tuple[ColumnName, ...]] | None = None,
) -> str:
    """HMAC-SHA256 over the files' digests in order, and what the names of folders tell of their rows.

    Where there are several tables, also which files are whose. Without the key it says nothing of the data.
    """
    whole = hmac.new(bytes.fromhex(key), digestmod=hashlib.sha256)
    _add(whole, source.paths, partitions)
    for table, one in sorted((source.events or {}).items()):
        whole.update(hashlib.sha256(f"{table} in {one.table}".encode()).digest())
        _add(whole, one.paths, (beside or {}).get(table, ()))
    return whole.hexdigest()


def _add(whole: hmac.HMAC, paths: Sequence[str], partitions: tuple[ColumnName, ...]) -> None:
    for path in paths:
        one = hashlib.sha256()
        try:
            with Path(path).open("rb") as file:
                while chunk := file.read(_CHUNK):
                    one.update(chunk)
        except OSError:
            raise fault("D-FILE") from None
        whole.update(one.digest())
        if partitions:
            whole.update(hashlib.sha256(place(path, partitions).encode()).digest())


def _twice(opened: Opened, dictionary: Dictionary, paths: Sequence[str]) -> Iterator[Problem]:
    """Columns that a Parquet file has more than once: which of them is meant, nobody can tell."""
    if not paths:
        return
    asked = (
        "SELECT DISTINCT file_name FROM (SELECT file_name FROM parquet_schema($files)"
        " GROUP BY file_name, lower(name) HAVING count(*) > 1)"
    )
    files = [path for (path,) in opened.ask(asked, {"files": [plain(path) for path in paths]})]
    found = {name for path in files for name, times in Counter(_columns(opened, path)).items() if times > 1}
    yield from (Problem(code="D-TWICE", column=name) for name in dictionary.columns if name.lower() in found)


def _columns(opened: Opened, path: str) -> Iterator[str]:
    """The columns of a Parquet file, in small letters; not what is inside of them.

    A schema is told depth first, each name with how many are inside of it.
    """
    asked = "SELECT lower(name), coalesce(num_children, 0) FROM parquet_schema($file)"
    [(_, columns), *rest] = opened.ask(asked, {"file": plain(path)})
    inside = [columns]
    for name, children in rest:
        if len(inside) == 1:
            yield name
        inside[-1] -= 1
        inside.append(children)
        while inside and not inside[-1]:
            inside.pop()


def _form(opened: Opened, dictionary: Dictionary) -> Iterator[Problem]:
    for name, column in dictionary.columns.items():
        if name not in opened.stored:
            yield Problem(code="D-COLUMN", column=name)
        elif not fits(opened.stored[name], column.type):
            yield Problem(code="D-TYPE", column=name)


def _content(opened: Opened, dictionary: Dictionary, names: list[str]) -> tuple[int, int, list[Problem]]:
    """Rows, persons, and the problems that one pass over all columns finds."""
    binder = Binder()
    keys = {
        key: clean(key, dictionary.columns[key], opened.stored[key], binder)
        for key in dict.fromkeys((dictionary.person_id, dictionary.row_key))
        if key is not None and key in names
    }
    tests = [
        *((code, name, test) for name in names for code, test in _tests(name, dictionary, opened, binder)),
        *(("D-KEY", key, f"({value}) IS NULL") for key, value in keys.items()),
    ]
    having = [f"count({value})" for value in keys.values()]
    wanted = ["count(*)", *having, *(f"count(CASE WHEN {test} THEN 1 END)" for *_, test in tests)]
    [(rows, *found)] = opened.ask(f"SELECT {', '.join(wanted)} FROM {opened.table}", binder.values)
    known = {key: _Keys(opened, Spread(opened, key, dictionary.columns[key], rows)) for key in keys}
    values = {key: (known[key].different(), number) for key, number in zip(keys, found, strict=False)}
    problems = [
        Problem(code=code, column=name, rows=count)
        for (code, name, _), count in zip(tests, found[len(keys) :], strict=True)
        if count
    ]
    problems += _repeated(dictionary, known, values)
    person = dictionary.person_id if dictionary.unit == "person" else None
    return rows, values[person][0] if person in values else rows, problems


class _Keys(NamedTuple):
    """The values of a key among the rows of a source, gone through in parts."""

    opened: Opened
    spread: Spread

    def different(self) -> int:
        """How many there are."""
        return self._sum(lambda keys, _: f"SELECT count(DISTINCT key) FROM {keys}")

    def above(self, most: int) -> int:
        """How many rows have one that more than so many rows have."""
        return self._sum(
            lambda keys, binder: (
                f"SELECT coalesce(sum(n), 0)::BIGINT FROM "
                f"(SELECT count(*) AS n FROM {keys} GROUP BY key HAVING n > {binder.bind(most)})"
            )
        )

    def _sum(self, emit: Callable[[str, Binder], str]) -> int:
        total = 0
        for part in self.spread.parts():
            binder = Binder()
            text = emit(self.spread.source(part, binder), binder)
            [(number,)] = self.opened.ask(text, binder.values)
            total += number
        return total


def _repeated(
    dictionary: Dictionary, keys: dict[str, _Keys], values: dict[str, tuple[int, int]]
) -> Iterator[Problem]:
    """Rows that have a key of another row, and rows of persons who have more than the dictionary says."""
    person = dictionary.person_id if dictionary.unit == "person" else None
    if dictionary.max_rows is not None and person in keys:
        rows = keys[person].above(dictionary.max_rows)
        if rows:
            yield Problem(code="D-ROWS", column=person, rows=rows)
    unique = dictionary.row_key or person
    if unique in values and values[unique][0] < values[unique][1]:
        yield Problem(code="D-REPEATS", column=unique, rows=values[unique][1] - values[unique][0])


def _tests(name: str, dictionary: Dictionary, opened: Opened, binder: Binder) -> Iterator[tuple[str, str]]:
    """Conditions that no row may meet; whether a value is one at all is asked last, of few rows."""
    column, raw = dictionary.columns[name], quoted(name)

    def failing(test: str) -> str:
        return " AND ".join([f"({test})", *present(name, column, opened.stored[name], binder)])

    if column.levels:
        levels = tuple(literal(level, column.type) for level in column.levels)
        yield "D-LEVEL", failing(f"{raw} NOT IN ({binder.bind_all(levels)})")
    if column.bounds:
        low, high = map(binder.bind, column.bounds)
        yield "D-BOUNDS", failing(f"{raw} < {low} OR {raw} > {high}")
    if column.type == "integer" and opened.is_real(name):
        yield "D-INTEGER", failing(f"{raw} <> floor({raw})")
