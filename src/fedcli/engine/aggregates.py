"""The aggregate queries that fedcli emits.

Each is the end of a query that has begun with `WITH clean AS (…), cohort AS (…)`, and reads the table
`cohort` of cleaned columns.
"""

from __future__ import annotations

from collections.abc import Sequence

from fedcli.engine.sql import Binder, quoted
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.statistics.bins import Bins

#: What a moments query gives for each variable, in this order.
FIGURES = (
    "n",
    "missing",
    "persons",
    "persons_missing",
    "mean",
    "m2",
    "spread",
    "top",
    "magnitude",
    "low",
    "high",
    "contributors",
)


def counts(groups: Sequence[str], person: ColumnName | None) -> str:
    """Rows and persons in each combination of values; `person` only where it may repeat."""
    persons = "count(*)" if person is None else f"count(DISTINCT {quoted(person)})"
    return f"SELECT {', '.join([*groups, 'count(*)', persons])} FROM cohort GROUP BY ALL"


def without_level(by: Sequence[ColumnName], within: Sequence[ColumnName], person: ColumnName) -> str:
    """Rows and persons that lack one of the columns, in each group of others that they do not lack.

    A person may lack one in one row and another in the next, so the combinations cannot be added up.
    """
    absent = " OR ".join(f"{quoted(name)} IS NULL" for name in by)
    tests = [f"({absent})", *(f"{quoted(name)} IS NOT NULL" for name in within)]
    select = [*map(quoted, within), "count(*)", f"count(DISTINCT {quoted(person)})"]
    return f"SELECT {', '.join(select)} FROM cohort WHERE {' AND '.join(tests)} GROUP BY ALL"


def bin_of(bins: Bins, binder: Binder) -> str:
    """The place of a value among the bins, 0 for what is below the edges; null without a value."""
    value = _number(bins.column)
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


def moments_by_row(names: Sequence[ColumnName], by: Sequence[ColumnName], _: Dictionary) -> str:
    """Where a person has one row: a row's value is a person's contribution."""
    groups, ends, select = list(map(quoted, by)), list(map(quoted, by)), list(map(quoted, by))
    for at, name in enumerate(names):
        value, mean = _number(name), f"favg({_number(name)})"
        n, low, high = f"count({value})", f"l{at}", f"h{at}"
        ends += [f"min({value}) AS {low}", f"max({value}) AS {high}"]
        figures = {
            "n": n,
            "missing": f"count(*) - {n}",
            "persons": n,
            "persons_missing": f"count(*) - {n}",
            "mean": mean,
            "m2": f"var_pop({value}) * {n}",
            "spread": f"greatest(any_value({high}) - {mean}, {mean} - any_value({low})) ** 2",
            "top": f"max(abs({value}), 2)",
            "magnitude": f"sum(abs({value}))",
            "low": f"any_value({low})",
            "high": f"any_value({high})",
            "contributors": _contributors(n, f"{value} <> 0", f"{value} > {low}", f"{value} < {high}"),
        }
        select += [figures[figure] for figure in FIGURES]
    return (
        f", ends AS (SELECT {', '.join(ends)} FROM cohort {_with_levels(by)} GROUP BY ALL) "
        f"SELECT {', '.join(select)} FROM cohort {_beside('ends', groups)} GROUP BY ALL"
    )


def moments_by_person(names: Sequence[ColumnName], by: Sequence[ColumnName], dictionary: Dictionary) -> str:
    """Where a person may have several rows: first each person's, then those of all persons.

    The sum of squared deviations is within persons plus between them, so it needs the mean first.
    """
    assert dictionary.person_id is not None
    groups = list(map(quoted, by))
    persons, means, select = [*groups, "count(*) AS r"], [*groups], [f"persons.{group}" for group in groups]
    for at, name in enumerate(names):
        value = _number(name)
        persons += [
            f"count({value}) AS n{at}",
            f"favg({value}) AS a{at}",
            f"var_pop({value}) * count({value}) AS s{at}",
            f"min({value}) AS l{at}",
            f"max({value}) AS h{at}",
        ]
        means += [
            f"fsum(n{at} * a{at}) / nullif(sum(n{at}), 0) AS m{at}",
            f"min(l{at}) AS low{at}",
            f"max(h{at}) AS high{at}",
        ]
        squares, total = f"(s{at} + n{at} * (a{at} - m{at}) ** 2)", f"abs(n{at} * a{at})"
        figures = {
            "n": f"sum(n{at})::BIGINT",
            "missing": f"sum(r - n{at})::BIGINT",
            "persons": f"count(*) FILTER (WHERE n{at} > 0)",
            "persons_missing": f"count(*) FILTER (WHERE r > n{at})",
            "mean": f"any_value(m{at})",
            "m2": f"fsum({squares})",
            "spread": f"max({squares})",
            "top": f"max({total}, 2)",
            "magnitude": f"sum({total})",
            "low": f"any_value(low{at})",
            "high": f"any_value(high{at})",
            "contributors": _contributors(
                f"count(*) FILTER (WHERE n{at} > 0)",
                f"l{at} <> 0 OR h{at} <> 0",
                f"h{at} > low{at}",
                f"l{at} < high{at}",
            ),
        }
        select += [figures[figure] for figure in FIGURES]
    person = quoted(dictionary.person_id)
    return (
        f", persons AS (SELECT {', '.join(persons)} FROM cohort {_with_levels(by)}"
        f" GROUP BY {', '.join([*groups, person])}), "
        f"means AS (SELECT {', '.join(means)} FROM persons GROUP BY ALL) "
        f"SELECT {', '.join(select)} FROM persons {_beside('means', groups)} GROUP BY ALL"
    )


def _number(name: ColumnName) -> str:
    return f"CAST({quoted(name)} AS DOUBLE)"


def _with_levels(by: Sequence[ColumnName]) -> str:
    """Rows without a level belong to no group."""
    return "WHERE " + " AND ".join(f"{quoted(name)} IS NOT NULL" for name in by) if by else ""


def _beside(table: str, groups: Sequence[str]) -> str:
    """Join a table with one row for each group; rows without a level have none."""
    return f"JOIN {table} USING ({', '.join(groups)})" if groups else f"CROSS JOIN {table}"


def _contributors(persons: str, nonzero: str, above: str, below: str) -> str:
    """The fewest persons with a value other than zero, or other than an end that at least half share."""
    counts = [f"count(*) FILTER (WHERE {test})" for test in (nonzero, above, below)]
    shared = [f"CASE WHEN 2 * {count} <= {persons} THEN {count} ELSE {persons} END" for count in counts[1:]]
    return f"least({', '.join([counts[0], *shared])})"
