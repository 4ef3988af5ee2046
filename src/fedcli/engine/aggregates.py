"""The aggregate queries that fedcli emits.

Each is the end of a query that has begun with `WITH clean AS (…), cohort AS (…)`, and reads the table
`cohort` of cleaned columns.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from fedcli.engine.sql import Binder, visible
from fedcli.model.identifiers import ColumnName
from fedcli.statistics.bins import Bins

#: What a query gives for each variable, in this order: of rows,
OF_ROWS = ("n", "missing", "mean", "m2", "low", "high")
#: of rows that are persons,
OF_SINGLES = (*OF_ROWS, "nonzero", "top", "magnitude")
#: of rows beside the ends,
OF_ENDS = ("above", "below")
#: and of persons with several rows.
OF_PERSONS = ("persons", "persons_missing", "nonzero", "above", "below", "top", "magnitude", "spread")
_VALUE, _LACKS, _NONZERO, _ABOVE, _BELOW = (f"{2**bit}::UTINYINT" for bit in range(5))


def counts(groups: Sequence[str], person: ColumnName | None) -> str:
    """Rows and persons in each combination of values; `person` only where it may repeat."""
    persons = "count(*)" if person is None else f"count(DISTINCT {visible(person)})"
    return f"SELECT {', '.join([*groups, 'count(*)', persons])} FROM cohort GROUP BY ALL"


def table(
    by: Sequence[ColumnName], bins: Bins | None, within: Sequence[ColumnName], person: ColumnName | None
) -> Callable[[Binder], str]:
    """The same of levels, and of the bins of a number before them."""

    def emit(binder: Binder) -> str:
        first = [bin_of(bins, binder)] if bins else []
        return counts([*first, *map(visible, (*by, *within))], person)

    return emit


def without_level(by: Sequence[ColumnName], within: Sequence[ColumnName], person: ColumnName) -> str:
    """Rows and persons that lack one of the columns, in each group of others that they do not lack.

    A person may lack one in one row and another in the next, so the combinations cannot be added up.
    """
    absent = " OR ".join(f"{visible(name)} IS NULL" for name in by)
    tests = [f"({absent})", *(f"{visible(name)} IS NOT NULL" for name in within)]
    select = [*map(visible, within), "count(*)", f"count(DISTINCT {visible(person)})"]
    return f"SELECT {', '.join(select)} FROM cohort WHERE {' AND '.join(tests)} GROUP BY ALL"


def pattern(columns: Sequence[ColumnName]) -> str:
    """The place of a row among the patterns: a bit for each column, which is 1 where it is missing."""
    bits = [
        f"CAST({visible(name)} IS NULL AS INTEGER) * {2**at}" for at, name in enumerate(reversed(columns))
    ]
    return " + ".join(bits)


def bin_of(bins: Bins, binder: Binder) -> str:
    """The place of a value among the bins, 0 for what is below the edges; null without a value."""
    value = _number(bins.value)
    return f"CASE WHEN {value} IS NOT NULL THEN {_place(value, bins, binder, 0, len(bins.edges))} END"


def _place(value: str, bins: Bins, binder: Binder, first: int, last: int) -> str:
    """One of the bins from `first` to `last`, by halves: eight comparisons for two hundred edges."""
    if first == last:
        return str(first)
    middle = (first + last) // 2
    less = "<=" if middle == len(bins.edges) - 1 else "<"  # the last bin has its upper edge in it
    left, right = (_place(value, bins, binder, *ends) for ends in ((first, middle), (middle + 1, last)))
    edge = binder.bind(float(bins.edges[middle]))
    return f"CASE WHEN {value} {less} {edge} THEN {left} ELSE {right} END"


def of_rows(names: Sequence[ColumnName], by: Sequence[ColumnName], figures: Sequence[str]) -> str:
    """Some figures of each variable's values in each group, in one pass."""
    told = [_of_values(_number(name))[figure] for name in names for figure in figures]
    return f"SELECT {', '.join([*map(visible, by), *told])} FROM cohort {_with_levels(by)} GROUP BY ALL"


def _of_values(value: str) -> dict[str, str]:
    n = f"count({value})"
    return {
        "n": n,
        "missing": f"count(*) - {n}",
        "mean": f"favg({value})",
        "m2": f"var_pop({value}) * {n}",
        "low": f"min({value})",
        "high": f"max({value})",
        "nonzero": f"count_if({value} <> 0)",
        "top": f"max(abs({value}), 2)",
        "magnitude": f"sum(abs({value}))",
    }


def beside_ends(names: Sequence[ColumnName], by: Sequence[ColumnName], known: str) -> str:
    """The rows of each group above the least value, and below the largest."""
    told = [f"count_if({_number(name)} {end})" for at, name in enumerate(names) for end in _beside(at)]
    select = f"SELECT {', '.join([*map(visible, by), *told])}"
    return f", {known} {select} FROM cohort {_join(by)} GROUP BY ALL"


def of_persons(names: Sequence[ColumnName], by: Sequence[ColumnName], person: ColumnName, known: str) -> str:
    """The figures of persons in each group: of each variable the total, the squares, and what there was."""
    groups = list(map(visible, by))
    persons, select = [*groups], [*groups]
    for at, name in enumerate(names):
        value = _number(name)
        off = f"({value} - mean{at})"
        persons += [
            f"sum({value}) AS t{at}",
            f"sum({off} * {off}) AS s{at}",
            f"bit_or({_seen(value, at)}) AS b{at}",
        ]
        figures = {
            "persons": _having(at, _VALUE),
            "persons_missing": _having(at, _LACKS),
            "nonzero": _having(at, _NONZERO),
            "above": _having(at, _ABOVE),
            "below": _having(at, _BELOW),
            "top": f"max(abs(t{at}), 2)",
            "magnitude": f"sum(abs(t{at}))",
            "spread": f"max(s{at})",
        }
        select += [figures[figure] for figure in OF_PERSONS]
    grouped = ", ".join([*groups, visible(person)])
    each = f"SELECT {', '.join(persons)} FROM cohort {_join(by)} GROUP BY {grouped}"
    return f", {known} SELECT {', '.join(select)} FROM ({each}) GROUP BY ALL"


def known(
    by: Sequence[ColumnName],
    levels: Iterable[tuple[Any, ...]],
    figures: Mapping[str, Iterable[tuple[Any, ...]]],
    binder: Binder,
) -> str:
    """A table of what is known of groups: their levels, and for each name a figure of each variable."""
    columns = [
        f"unnest({binder.bind(told)}) AS {visible(name)}" for name, told in zip(by, levels, strict=True)
    ]
    for name, variables in figures.items():
        bound = (f"unnest({binder.bind(told)}::DOUBLE[])" for told in variables)
        columns += [f"{column} AS {name}{at}" for at, column in enumerate(bound)]
    return f"known AS (SELECT {', '.join(columns)})"


def _seen(value: str, at: int) -> str:
    """What a row shows of its person, a bit for each: one number is less to remember than five counts."""
    above, below = _beside(at)
    bits = ((f"{value} <> 0", _NONZERO), (f"{value} {above}", _ABOVE), (f"{value} {below}", _BELOW))
    told = " | ".join(f"CASE WHEN {test} THEN {bit} ELSE 0::UTINYINT END" for test, bit in bits)
    return f"CASE WHEN {value} IS NULL THEN {_LACKS} ELSE {_VALUE} | {told} END"


def _having(at: int, bit: str) -> str:
    return f"count_if(b{at} & {bit} <> 0)"


def _beside(at: int) -> tuple[str, str]:
    return f"> low{at}", f"< high{at}"


def _number(name: ColumnName) -> str:
    return f"CAST({visible(name)} AS DOUBLE)"


def _with_levels(by: Sequence[ColumnName]) -> str:
    """Rows without a level belong to no group."""
    return "WHERE " + " AND ".join(f"{visible(name)} IS NOT NULL" for name in by) if by else ""


def _join(by: Sequence[ColumnName]) -> str:
    """Beside each row what is known of its group; rows without a level have none."""
    return f"JOIN known USING ({', '.join(map(visible, by))})" if by else "CROSS JOIN known"
