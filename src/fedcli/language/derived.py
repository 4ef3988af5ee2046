"""Derived columns: from what a researcher writes to the tree that is signed, and what a dataset is with them.

    visits = count(visit_occurrence where visit_concept_id = 9201 within 365 days before index)

An aggregate has a grammar of its own around the expressions of a cohort: a table and perhaps a column, then
`where` and a condition on its rows, then a window around a date of the person. Anything else is an
expression over the person's columns and those that are derived above it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, cast

from fedcli.errors import FedcliError, fault
from fedcli.language.normal import normal
from fedcli.language.types import DATES, check, column_type, type_of
from fedcli.model.dataset import NUMERIC, Column, Dictionary, Use
from fedcli.model.derived import Aggregate, Derived, Expression, Window
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Arithmetic, DaysBetween, Function, Missing, columns

if TYPE_CHECKING:
    from fedcli.model.query import Written

_CALL = re.compile(r"\s*(count|exists|first|last|min|max|sum|mean)\s*\((.*)\)\s*", re.DOTALL | re.IGNORECASE)
_WINDOW = re.compile(
    r"(?:^|\s+)(?:within\s+(\d{1,5})\s+days?\s+)?(before|after|up\s+to|from)\s+([A-Za-z_]\w*)\s*$",
    re.IGNORECASE | re.ASCII,
)
_OF = re.compile(r"\s*([A-Za-z_]\w*)(?:\.([A-Za-z_]\w*))?(?:\s+where\s+(.+))?\s*", re.DOTALL | re.I | re.A)
#: For each word the side of the date on which its days are, and the day that is nearest to it.
_SIDES = {"before": (-1, -1), "up to": (-1, 0), "after": (1, 1), "from": (1, 0)}


def parse(
    written: Sequence[Written] | None, dictionary: Dictionary, where: str
) -> tuple[Derived, ...] | None:
    """The derived columns of a draft, each from the dictionary's and those above it.

    Raises:
        InvalidFile: Q-DERIVE for what is no derived column, Q-TABLE, and what a cohort's expression raises.
    """
    found: tuple[Derived, ...] = ()
    for at, one in enumerate(written or ()):
        here = f"{where}, derive {one.name}"
        try:
            tree = _tree(one.name, one.as_, extended(dictionary, found), here)
            found += (Derived.made(here, name=one.name, of=tree, bounds=one.bounds, levels=one.levels),)
            extended(dictionary, found)
        except FedcliError as error:
            raise (_too_early(one, (written or ())[at:], error) or error).within(here) from None
    return found or None


def _too_early(one: Written, below: Sequence[Written], error: FedcliError) -> FedcliError | None:
    """What is said of a column that is derived from itself, or from one that is derived below it."""
    name = error.facts.get("column")
    if error.code != "Q-COLUMN" or name not in {other.name for other in below}:
        return None
    reason = "from itself" if name == one.name else f"from {name}, which is derived below it"
    return fault("Q-DERIVE", column=one.name, reason=f"it would come {reason}")


def _tree(name: ColumnName, text: str, dictionary: Dictionary, where: str) -> object:
    call = _CALL.fullmatch(text)
    if call is not None and _closes(call[2]):
        return _aggregate(name, call[1].lower(), call[2], dictionary, where)
    from fedcli.language.expression import parse_value  # sqlglot takes longer to load than the rest

    return parse_value(text, dictionary, where)


def _closes(inner: str) -> bool:
    """Whether the last parenthesis closes the first: else two aggregates stand beside one another."""
    depth = 0
    for letter in re.sub(r"'[^']*'", "", inner):
        depth += (letter == "(") - (letter == ")")
        if depth < 0:
            return False
    return depth == 0


def _aggregate(name: ColumnName, op: str, inner: str, dictionary: Dictionary, where: str) -> Aggregate:
    window = _WINDOW.search(inner)
    of = _OF.fullmatch(inner[: window.start()] if window else inner)
    if of is None:
        reason = f"in {op}() stand a table, perhaps a column, where, and a window"
        raise fault("Q-DERIVE", column=name, reason=reason, where=where)
    table = of[1]
    known = dictionary.of(table)
    return Aggregate.made(
        where,
        op=op,
        table=table,
        column=of[2],
        rows=_rows(of[3], known, f"{where}, {table}"),
        window=_window(window) if window else None,
    )


def _rows(text: str | None, rows: Dictionary, where: str) -> object:
    if text is None:
        return None
    from fedcli.language.expression import parse as condition

    return condition(text, rows, where)


def _window(told: re.Match[str]) -> Window:
    side, near = _SIDES[" ".join(told[2].lower().split())]
    far = None if told[1] is None else side * int(told[1])
    first, last = (far, near) if side < 0 else (near, far)
    return Window.made("a window", of=told[3], first=first, last=last)


def extended(dictionary: Dictionary, derive: Sequence[Derived] | None) -> Dictionary:
    """What a dataset is with some derived columns: who asks, who answers and who adds up agree on it.

    Raises:
        InvalidFile: where a definition does not fit the dictionary, or those above it.
    """
    if not derive:
        return dictionary
    for one in derive:
        _check_name(one.name, dictionary)
        column = _column(one, dictionary)
        dictionary = dictionary.model_copy(update={"columns": {**dictionary.columns, one.name: column}})
    return dictionary


def _check_name(name: ColumnName, dictionary: Dictionary) -> None:
    taken = {other.lower() for other in (*dictionary.columns, *(dictionary.tables or ()))}
    if name.lower() in taken:
        raise fault("Q-DERIVE", column=name, reason="a column or a table has that name", where="the query")
    if not dictionary.tables:
        raise fault("Q-DERIVE", column=name, reason="the dataset has no tables of events", where="the query")


def _column(one: Derived, dictionary: Dictionary) -> Column:
    """What is known of a derived column's values: from its definition, and from who asks."""
    known = (
        _of_rows(one.name, one.of, dictionary)
        if isinstance(one.of, Aggregate)
        else _of_person(one.of, dictionary)
    )
    if one.levels and known.type == "text" and not known.levels:
        raise fault("Q-FREETEXT", column=one.name)
    levels = known.levels if one.levels is None else one.levels
    bounds = known.bounds if one.bounds is None else one.bounds
    told: dict[str, Any] = {"type": known.type, "unit": known.unit, "sensitivity": known.sensitivity}
    return Column.made(f"derived column {one.name}", **told, use=known.use, levels=levels, bounds=bounds)


def _of_rows(name: ColumnName, of: Aggregate, dictionary: Dictionary) -> Column:
    rows = dictionary.of(of.table)
    if of.rows is not None:
        check(of.rows, rows)
        if normal(of.rows) != of.rows:
            raise fault("Q-NORMAL")
    if of.window is not None and column_type(of.window.of, dictionary) not in DATES:
        raise fault("Q-DERIVE", column=name, reason=f"{of.window.of} is no date", where="the query")
    if of.op in ("count", "exists"):
        return Column(type="integer" if of.op == "count" else "boolean")
    told = of.column or (dictionary.tables or {})[of.table].date
    column_type(told, rows)
    column = rows.columns[told]
    if of.op in ("min", "max") and column.type not in NUMERIC | DATES:
        raise fault(
            "Q-DERIVE", column=name, reason=f"{told} has no least and no largest value", where="the query"
        )
    if of.op in ("sum", "mean"):
        return _added(name, of.op, told, column)
    return column


def _added(name: ColumnName, op: str, told: ColumnName, column: Column) -> Column:
    """A sum has the type of what is added up, and no bounds of its own; a mean is where the numbers are."""
    if column.type not in NUMERIC:
        raise fault("Q-DERIVE", column=name, reason=f"{told} has no {op}", where="the query")
    kept = {"unit": column.unit, "sensitivity": column.sensitivity, "use": column.use}
    if op == "sum":
        return Column.made(f"derived column {name}", type=column.type, **kept)
    between = column.range if column.range and column.range[0] < column.range[1] else None
    return Column.made(f"derived column {name}", type="real", bounds=between, **kept)


def _of_person(tree: Expression, dictionary: Dictionary) -> Column:
    match tree:
        case Arithmetic() | Function() | DaysBetween():
            check(Missing(of=tree), dictionary)
            uses = [dictionary.columns[name].use for name in columns(tree)]
            kept = tuple(use for use in ("group", "model") if all(use in other for other in uses))
            return Column(type=type_of(tree, dictionary), use=cast("tuple[Use, ...]", kept))
        case _:
            check(tree, dictionary)
            if normal(tree) != tree:
                raise fault("Q-NORMAL")
            return Column(type="boolean")
