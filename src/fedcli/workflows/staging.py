"""From a case to what is asked: its rows, put down by a vault, and its analyses as they would be signed."""

from __future__ import annotations

from itertools import product
from pathlib import Path
from typing import NamedTuple

from fedcli.errors import fault
from fedcli.model.cases import Case, Cells, Data, Rows
from fedcli.model.dataset import Code, Column, Dictionary
from fedcli.model.derived import Derived
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Limits
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis, Draft
from fedcli.model.vault import Checking, Mocking, Source
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.errand import Kept, errand
from fedcli.workflows.resolve import Resolved, read_draft, resolve
from fedcli.workflows.sources import absolute, tables
from fedcli.workflows.trial import Columns, Held, written

_NO_KEY = "0" * 64  # the digest of a case's rows is nobody's secret
_INSIDE: ColumnName = "in_the_cohort"
_SITE = 1


class Staged(NamedTuple):
    """What a case asks, and of which rows; the dictionary has the columns that it derives too."""

    held: Held
    analyses: tuple[Analysis, ...]
    cohort: Predicate | None
    derive: tuple[Derived, ...] | None = None


def staged(case: Case, folder: Path, scratch: Path, kept: Kept) -> Staged:
    """The rows of a case, in a file of `scratch` where they are not in one; paths are from its `folder`.

    Raises:
        FedcliError: what is wrong with its query, its data, or the files that it names.
    """
    target = scratch / f"{case.name}.parquet"
    if case.cells is not None:
        columns = _columns(case.cells)
        held = written(_dictionary(columns, case.cells.by, None), columns, target, kept)
    elif case.rows is not None:
        columns = dict(case.rows.columns)
        held = written(_dictionary(columns, {}, case.rows), columns, target, kept)
    else:
        assert case.data is not None
        held = _held(case.data, folder, target, kept)
    asked = _asked(case, held.dictionary, folder)
    return Staged(held._replace(dictionary=asked.under), asked.analyses, asked.cohort, asked.derive)


def _asked(case: Case, dictionary: Dictionary, folder: Path) -> Resolved:
    """The query that a case names, or that its cohort and analyses make."""
    where = f"case {case.name}"
    if case.query is not None:
        return resolve(read_draft(folder / case.query), dictionary, where)
    analyses = list(case.analysis)
    cohort = case.cohort
    if case.cells is not None:
        analyses = analyses or [{"analytic": "crosstab", "by": list(case.cells.by)}]
        cohort = _INSIDE if case.cells.outside else None
    given = {"schema": "fedcli/query/1", "title": where, "dataset": dictionary.dataset}
    draft = Draft.read({**given, "cohort": cohort, "analysis": analyses}, where)
    return resolve(draft, dictionary, where)


def _columns(cells: Cells) -> dict[ColumnName, tuple[Code | None, ...]]:
    """A row for each person of a table."""
    rows: list[tuple[Code | None, ...]] = []
    for place, persons in zip(product(*cells.by.values()), cells.persons, strict=True):
        rows += [(*place, True)] * persons
    rows += [(*[None] * len(cells.by), True)] * cells.missing
    rows += [(*[None] * len(cells.by), False)] * cells.outside
    names = (*cells.by, _INSIDE)
    return dict(zip(names, zip(*rows, strict=True) if rows else ((),) * len(names), strict=True))


def _dictionary(
    columns: Columns, levels: dict[ColumnName, tuple[Code, ...]], rows: Rows | None
) -> Dictionary:
    """What the rows of a case are: texts are levels, numbers lie between the least and the largest."""
    person = rows.person if rows else None
    return Dictionary(
        dataset="case",
        unit="person" if person else "row",
        person_id=person,
        columns={
            name: _key(values) if name == person else _column(values, levels.get(name, ()))
            for name, values in columns.items()
        },
    )


def _key(values: tuple[Code | None, ...]) -> Column:
    return Column(type="text" if isinstance(values[0], str) else "integer", sensitivity="identifier")


def _column(values: tuple[Code | None, ...], levels: tuple[Code, ...]) -> Column:
    known = [value for value in values if value is not None]
    if levels or any(isinstance(value, str) for value in known):
        return Column(type="text", levels=levels or tuple(dict.fromkeys(known)))
    if all(isinstance(value, bool) for value in known):
        return Column(type="boolean")
    numbers = [value for value in known if isinstance(value, int | float)]
    low, high = min(numbers), max(numbers)
    return Column(
        type="integer" if all(isinstance(number, int) for number in numbers) else "real",
        bounds=(low, high) if low < high else None,
    )


def _held(data: Data, folder: Path, target: Path, kept: Kept) -> Held:
    """The data files of a case, or mock rows, which meet the dictionary."""
    dictionary = read_dictionary(folder / data.dictionary)
    if data.mock is not None:
        if dictionary.tables:
            raise fault("D-TABLES", dataset=dictionary.dataset, tables=", ".join(dictionary.tables))
        task = Mocking(dictionary=dictionary, rows=data.mock, site=_SITE, path=str(target))
        errand(task, Limits(), kept)
        return Held(Source(kind="parquet", paths=(str(target),)), dictionary)
    found = tables(absolute([folder / str(data.path)]), data.table, dictionary)
    checked = errand(Checking(source=found, dictionary=dictionary, key=_NO_KEY), Limits(), kept)
    for problem in checked.checked.problems if checked.checked else ():
        raise fault(problem.code, column=problem.place or "any", rows=problem.rows or 0)
    return Held(found, dictionary)
