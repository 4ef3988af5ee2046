"""Between the sites: what each estimates alone beside what they say together, as forests and tables."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from fedcli.model.result import AnalysisResult, Table
from fedcli.report.sheet.cells import level, short, value_of
from fedcli.report.sheet.charts import axis_of
from fedcli.report.sheet.dots import Mark, dots, height_of
from fedcli.report.sheet.elements import Child, tag
from fedcli.report.sheet.picture import Picture, figure
from fedcli.report.sheet.tables import identity, plain

#: So many effects have a forest each; of more there are the tables.
_MOST = 8
_CAPTIONS = {
    "by_site": "what each site estimates alone",
    "heterogeneity": "how far the sites differ, and what they say together",
    "leave_one_out": "without each site",
}
_INFORMED = "which part of the information each site gave"
_ABOUT = (
    "A line for each site with its 95 % interval, and last the random effect of all sites together. "
    "The pooled answer above is that of all rows."
)


def between(analysis: AnalysisResult, name: str) -> Iterator[Child]:
    """The forests, and the tables that have their numbers; nothing where sites cannot be compared."""
    told = analysis.between
    if told or len(analysis.information) > 1:
        yield tag("h4", "Between the sites")
    if len(analysis.information) > 1:
        yield plain(_informed(analysis), identity(name, "information"), _INFORMED, noisy=False)
    if not told:
        return
    for place, picture in enumerate(_forests(told)):
        yield figure(picture, f"{name}-site{place}-picture", identity(name, picture.table))
    for key, caption in _CAPTIONS.items():
        yield plain(told[key], identity(name, key), caption, noisy=False)


def _informed(analysis: AnalysisResult) -> Table:
    return Table(columns=("site", "share"), keys=1, rows=tuple(analysis.information.items()))


def _forests(told: dict[str, Table]) -> Iterator[Picture]:
    """One for each effect but intercepts, which have another meaning at each site."""
    keys = told["heterogeneity"].keys
    together = {row[:keys]: _together(told["heterogeneity"], row) for row in told["heterogeneity"].rows}
    found = [
        (of, [_site(told["by_site"], row) for row in rows])
        for of, rows in groupby(told["by_site"].rows, lambda row: row[:keys])
        if "(Intercept)" not in of
    ]
    for of, marks in found if len(found) <= _MOST else ():
        marks.append(together[of])
        yield Picture(_name(of), _ABOUT, "by_site", height_of(marks), dots(marks, axis_of(marks, _name(of))))


def _site(table: Table, row: tuple[object, ...]) -> Mark:
    told = dict(zip(table.columns, row, strict=True))
    return _mark(str(told["site"]), told["estimate"], told["conf_low"], told["conf_high"])


def _together(table: Table, row: tuple[object, ...]) -> Mark:
    told = dict(zip(table.columns, row, strict=True))
    return _mark("together", told["random"], told["conf_low"], told["conf_high"], series=1)


def _mark(label: str, *cells: object, series: int = 0) -> Mark:
    value, low, high = map(value_of, cells)
    told = [short(one, 4) for one in (value, low, high) if one is not None]
    words = f"{told[0]} [{told[1]}, {told[2]}]" if len(told) == len(cells) else "—"
    return Mark(label, words, value, (low, high), series=series)


def _name(of: tuple[object, ...]) -> str:
    """What an effect is of: `age, sex female`."""
    return ", ".join(map(level, of))
