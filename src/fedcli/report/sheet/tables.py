"""The tables of the page: as an answer has them, turned so that two columns cross, or as a first table."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from itertools import product

from fedcli.model.cells import Gap
from fedcli.model.result import AnalysisResult, Answer, Table
from fedcli.report.sheet.cells import cell, heading, level, value_of
from fedcli.report.sheet.charts import is_ratio
from fedcli.report.sheet.elements import Child, Element, tag

_SHADES = 4
_WIDE = 12
_INTERVAL, _RATIO = "95 % interval", "exp(estimate)"


def tables(analysis: AnalysisResult, name: str) -> list[Element]:
    """The tables of an analysis, under ids that begin with `name`."""
    answer, noisy = analysis.answer, bool(analysis.noise)
    if answer is None:
        return []
    if analysis.analytic == "table_one":
        return [
            first_table(answer, name, noisy),
            plain(answer.tables["differences"], *_of(name, "differences"), noisy),
        ]
    if analysis.analytic == "glm":
        return [coefficients(answer, name, noisy)]
    return [
        crossed(table, *_of(name, key), noisy)
        if _crosses(analysis.analytic, table)
        else plain(table, *_of(name, key), noisy)
        for key, table in answer.tables.items()
    ]


def identity(name: str, table: str) -> str:
    """The id of a table."""
    return f"{name}-{table.replace('_', '-')}"


def grid(
    caption: str,
    columns: Sequence[str],
    rows: Iterable[Sequence[Child]],
    numbers: frozenset[int] = frozenset(),
) -> Element:
    """A table of texts, the first column of which names the row."""
    head = tag(
        "tr", (tag("th", one, scope="col", class_=_num(at in numbers)) for at, one in enumerate(columns))
    )
    body = (
        tag(
            "tr",
            tag("th", row[0], scope="row"),
            (tag("td", one, class_=_num(at in numbers)) for at, one in enumerate(row[1:], 1)),
        )
        for row in rows
    )
    return wide(tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body)))


def wide(table: Element) -> Element:
    """A table that can be moved where the page is narrow; with the keyboard, too."""
    return tag("div", table, class_="wide", tabindex=0, role="group", aria_label="table")


def plain(table: Table, name: str, caption: str, noisy: bool) -> Element:
    """A table as the answer has it."""
    head = tag("tr", (_head(column, at >= table.keys) for at, column in enumerate(table.columns)))
    body = (
        tag(
            "tr",
            (tag("th", level(one), scope="row") for one in row[: table.keys]),
            (
                _cell(one, noisy, column)
                for one, column in zip(row[table.keys :], table.columns[table.keys :], strict=True)
            ),
        )
        for row in table.rows
    )
    return wide(tag("table", tag("caption", caption), tag("thead", head), tag("tbody", body), id=name))


def coefficients(answer: Answer, name: str, noisy: bool) -> Element:
    """The coefficients of a model with their intervals; and as ratios, where they are logarithms of such."""
    table, ratio = answer.tables["coefficients"], is_ratio(answer)
    names = ("term", "estimate", _INTERVAL, "std. error", "statistic", "p")
    head = tag(
        "tr", (_head(one, at > 0) for at, one in enumerate((*names, *((_RATIO, _INTERVAL) if ratio else ()))))
    )
    rows = (dict(zip(table.columns, row, strict=True)) for row in table.rows)
    body = (_coefficient(row, noisy, ratio) for row in rows)
    caption = "coefficients, and what they are as ratios" if ratio else "coefficients"
    made = tag(
        "table",
        tag("caption", caption),
        tag("thead", head),
        tag("tbody", body),
        id=identity(name, "coefficients"),
    )
    return wide(made)


def _coefficient(row: Mapping[str, object], noisy: bool, ratio: bool) -> Element:
    ends = (row["conf_low"], row["conf_high"])
    told = [cell(row["estimate"], noisy), _between(*ends)]
    told += [cell(row[name], noisy, name) for name in ("std_error", "statistic", "p_value")]
    told += [cell(_exp(row["estimate"])), _between(*map(_exp, ends))] if ratio else []
    return tag(
        "tr", tag("th", level(row["term"]), scope="row"), (tag("td", one, class_="num") for one in told)
    )


def _between(low: object, high: object) -> Child:
    """An interval, each end as exact as it was told."""
    return "—" if low is None or high is None else ("[", cell(low), ", ", cell(high), "]")


def crossed(table: Table, name: str, caption: str, noisy: bool) -> Element:
    """A table of counts, the last column of levels across; shaded by count, suppressed ones outlined."""
    *rows, across = (list(dict.fromkeys(row[at] for row in table.rows)) for at in range(table.keys))
    found = {row[: table.keys]: row[table.keys] for row in table.rows}
    most = max((value_of(one) or 0.0 for one in found.values()), default=0.0)
    names = table.columns[: table.keys]
    head = tag(
        "tr",
        (tag("th", one, scope="col") for one in names[:-1]),
        (tag("th", f"{names[-1]} {level(one)}", scope="col", class_="num") for one in across),
    )
    body = (
        tag(
            "tr",
            (tag("th", level(one), scope="row") for one in place),
            (
                tag("td", cell(found[*place, one], noisy), class_=_shade(found[*place, one], most))
                for one in across
            ),
        )
        for place in product(*rows)
    )
    words = f"{caption}: {names[-1]} across; the stronger the shade, the more"
    return wide(
        tag("table", tag("caption", words), tag("thead", head), tag("tbody", body), id=name, class_="heat")
    )


def first_table(answer: Answer, name: str, noisy: bool) -> Element:
    """What a paper has as its first table: columns described in each group, and how the groups differ."""
    by, _ = answer.tables["groups"].columns
    groups = [row[0] for row in answer.tables["groups"].rows]
    sizes = [("n = ", cell(row[1], noisy)) for row in answer.tables["groups"].rows]
    heads = (
        tag("th", f"{by} {level(group)} (", size, ")", scope="col", class_="num")
        for group, size in zip(groups, sizes, strict=True)
    )
    head = tag("tr", tag("th", "", scope="col"), heads)
    body = [*_numbers(answer, groups, noisy), *_levels(answer, groups, noisy)]
    caption = "mean (SD) of numbers, count (proportion) of levels"
    return wide(
        tag(
            "table",
            tag("caption", caption),
            tag("thead", head),
            tag("tbody", body),
            id=identity(name, "first"),
        )
    )


def _numbers(answer: Answer, groups: Sequence[object], noisy: bool) -> list[Element]:
    table = answer.tables["numbers"]
    found = {(row[0], row[1]): dict(zip(table.columns, row, strict=True)) for row in table.rows}
    rows = []
    for name in dict.fromkeys(row[0] for row in table.rows):
        here = [found[name, group] for group in groups]  # type: ignore[index]
        rows.append(
            _of_variable(
                name, [(cell(one["mean"], noisy), " (", cell(one["sd"], noisy), ")") for one in here]
            )
        )
        rows.append(_inner("values; missing", [_pair(one, noisy) for one in here]))
    return rows


def _levels(answer: Answer, groups: Sequence[object], noisy: bool) -> list[Element]:
    table, values = answer.tables["levels"], answer.tables["values"]
    found = {row[:3]: row[3:] for row in table.rows}
    of = {row[:2]: dict(zip(values.columns, row, strict=True)) for row in values.rows}
    rows = []
    for name in dict.fromkeys(row[0] for row in table.rows):
        rows.append(_of_variable(name, [None for _ in groups]))
        for one in dict.fromkeys(row[1] for row in table.rows if row[0] == name):
            cells = [found[name, one, group] for group in groups]  # type: ignore[index]
            rows.append(
                _inner(level(one), [(cell(n, noisy), " (", cell(share, noisy), ")") for n, share in cells])
            )
        rows.append(_inner("values; missing", [_pair(of[name, group], noisy) for group in groups]))  # type: ignore[index]
    return rows


def _pair(row: Mapping[str, object], noisy: bool) -> Child:
    return cell(row["n"], noisy), "; ", cell(row["n_missing"], noisy)


def _of_variable(name: object, cells: Iterable[Child]) -> Element:
    return tag(
        "tr",
        tag("th", level(name), scope="row"),
        (tag("td", one, class_="num") for one in cells),
        class_="of",
    )


def _inner(name: str, cells: Iterable[Child]) -> Element:
    return tag(
        "tr", tag("th", name, scope="row", class_="in"), (tag("td", one, class_="num") for one in cells)
    )


def _of(name: str, table: str) -> tuple[str, str]:
    return identity(name, table), table


def _crosses(analytic: str, table: Table) -> bool:
    """Whether the last column of levels goes across: counts of two columns or more, not too wide."""
    wide_ = len({row[table.keys - 1] for row in table.rows}) if table.keys else 0
    return analytic == "crosstab" and table.keys > 1 and wide_ <= _WIDE


def _exp(one: object) -> float | None:
    number = value_of(one)
    return None if number is None or abs(number) > 700 else math.exp(number)


def _shade(one: object, most: float) -> str:
    if isinstance(one, Gap):
        return "num hidden"
    number = value_of(one)
    shade = math.ceil(_SHADES * number / most) if number and most > 0 else 0
    return f"num h{shade}" if 0 < shade <= _SHADES else "num"


def _head(column: str, number: bool) -> Element:
    return tag("th", heading(column), scope="col", class_=_num(number))


def _cell(one: object, noisy: bool, column: str) -> Element:
    return tag("td", cell(one, noisy, column), class_="num")


def _num(number: bool) -> str | None:
    return "num" if number else None
