"""Which picture belongs to which analytic: each is made of the answer's tables, and of nothing else."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from itertools import groupby

from fedcli.model.cells import About, Gap
from fedcli.model.result import AnalysisResult, Answer, Table
from fedcli.report.sheet import columns as bins
from fedcli.report.sheet import curves
from fedcli.report.sheet.cells import between, ends_of, level, short, text, value_of
from fedcli.report.sheet.dots import Axis, Mark, dots, height_of
from fedcli.report.sheet.paths import HEIGHT, Path, Point, paths
from fedcli.report.sheet.picture import Picture
from fedcli.report.sheet.scale import ratios, spanned, ticks

_MOST = 60
_LEAST = -0.5  # a net benefit below it is no one's choice
_SUPPRESSED = " A dashed box is a suppressed number: it lies in the box."
_NOISE = "noise alone may have moved it so far, 95 times in 100"
_ROUNDING = "rounding alone may have moved it so far"

Row = dict[str, object]


def pictures(analysis: AnalysisResult) -> list[Picture]:
    """The pictures of an analysis; none where it has no answer, too many numbers, or nothing to draw."""
    if analysis.answer is None or analysis.analytic not in CHARTS:
        return []
    return [one for one in CHARTS[analysis.analytic](analysis.answer, bool(analysis.noise)) if one.height]


def is_ratio(answer: Answer) -> bool:
    """Whether the coefficients of a model are logarithms of ratios: of all but a linear one."""
    return not answer.scalars.keys() & {"sigma", "variance_within"}


def _rows(table: Table) -> list[Row]:
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def _forest(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Coefficients with their 95 % intervals, without the intercept, which has another scale."""
    found = [row for row in _rows(answer.tables["coefficients"]) if row["term"] != "(Intercept)"]
    marks = [_coefficient(row, noisy) for row in found]
    if not any(mark.value is not None for mark in marks) or len(marks) > _MOST:
        return
    ratio, axis = is_ratio(answer), axis_of(marks, "coefficient", 0.0)
    if ratio:
        marks = [mark._replace(told=_ratio(mark, noisy)) for mark in marks]
        low, high = spanned([0.0, *_all(marks)])
        axis = Axis(ratios(low, high), "ratio: exp(coefficient)", 0.0)
    about = "A line for each term, with its 95 % interval; the dotted line is no effect."
    about += " Ratios stand on the scale of their logarithms." if ratio else ""
    about += _thick(marks, noisy) + " The intercept is in the table alone."
    told = axis._replace(told=f"{'ratio' if ratio else 'coefficient'} [95 % interval]")
    yield Picture("Coefficients", about, "coefficients", height_of(marks), dots(marks, told))


def _coefficient(row: Row, noisy: bool) -> Mark:
    numbers = [value_of(row[name]) for name in ("estimate", "conf_low", "conf_high")]
    value, low, high = numbers
    told = [short(one, 2 if noisy else 4) for one in numbers if one is not None]
    interval = None if low is None or high is None else (low, high)
    words = (
        f"{told[0]} [{told[1]}, {told[2]}]"
        if value is not None and interval
        else text(row["estimate"], noisy)
    )
    label = f"{level(row['level'])}, {row['term']}" if "level" in row else str(row["term"])
    return Mark(label, words, value, interval, ends_of(row["estimate"]))


def _ratio(mark: Mark, noisy: bool) -> str:
    """A ratio with its 95 % interval: exp of a coefficient and its ends."""
    numbers = [one for one in (mark.value, *(mark.interval or ())) if one is not None]
    if len(numbers) < 3:
        return mark.told
    middle, low, high = (short(math.exp(min(one, 700.0)), 2 if noisy else 3) for one in numbers)
    return f"{middle} [{low}, {high}]"


def _bars(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """The counts of one column's levels; a table of several columns is shaded instead."""
    table = answer.tables["counts"]
    if table.keys != 1 or len(table.rows) > _MOST:
        return
    marks = [_mark(level(key), cell, noisy) for key, cell in table.rows]
    axis = Axis(ticks(*spanned([0.0, *_all(marks)])), "count", bars=True)
    about = f"The count of each level of {table.columns[0]}."
    yield Picture("Counts", about + _legend(marks, noisy), "counts", height_of(marks), dots(marks, axis))


def _lacking(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """How much each column lacks."""
    marks = [_mark(str(row["column"]), row["missing"], noisy) for row in _rows(answer.tables["missing"])]
    axis = Axis(ticks(*spanned([0.0, *_all(marks)])), "missing", bars=True)
    about = "How many lack each column." + _legend(marks, noisy)
    yield Picture("Missing values", about, "missing", height_of(marks), dots(marks, axis))


def _mark(label: str, cell: object, noisy: bool, series: int = 0) -> Mark:
    return Mark(label, text(cell, noisy), value_of(cell), None, ends_of(cell), series)


def _histogram(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """The counts of bins, a panel for each group."""
    table = answer.tables["counts"]
    names = table.columns[2:-1]
    groups: dict[tuple[object, ...], list[bins.Bin]] = {}
    for low, high, *levels, count in table.rows:
        found = bins.Bin(between(low, high), text(count, noisy), value_of(count), ends_of(count))
        groups.setdefault(tuple(levels), []).append(found)
    panels = [bins.Panel(_group(names, levels), tuple(found)) for levels, found in groups.items()]
    if len(panels) > 8 or not panels:
        return
    about = "The count of each bin" + ("; all panels have one scale." if len(panels) > 1 else ".")
    about += _legend_of([one.value for panel in panels for one in panel.bins], noisy, _near(table))
    drawn = bins.columns(panels, "from the lower edge on, up to the upper one")
    yield Picture("Counts in bins", about, "counts", bins.height_of(panels), drawn)


def _group(names: tuple[str, ...], levels: tuple[object, ...]) -> str:
    return ", ".join(f"{name} {level(one)}" for name, one in zip(names, levels, strict=True))


def _survival(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Curves of survival with their bands, and the numbers at risk."""
    table = answer.tables["survival"]
    by = table.columns[: table.keys - 2]
    lines = _curves(table, "survival", noisy)
    if not lines or len(lines) > 6:
        return
    about = "The share that had no event yet, at the end of each interval, with its 95 % band"
    about += f", for each level of {by[0]}" if by else ""
    about += f". {_below(table, lines, 'survival')}"
    yield Picture("Survival", about, "survival", curves.height_of(lines), curves.steps(lines, "time"))


def _incidence(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Curves of what each cause has come to, from zero up to a round number."""
    table = answer.tables["incidence"]
    lines = [one._replace(first=0.0) for one in _curves(table, "incidence", noisy)]
    if not lines or len(lines) > 6:
        return
    ends = [end for one in lines for step in one.steps for end in (step.share, *(step.band or ()))]
    most = ticks(0.0, max((end for end in ends if end), default=1.0))[-1].at
    about = "The share that a cause has come to, at the end of each interval, with its 95 % band, for each "
    about += f"{' and '.join(table.columns[: table.keys - 2])}. {_below(table, lines, 'incidence')}"
    drawn = curves.steps(lines, "time", min(most, 1.0))
    yield Picture("Cumulative incidence", about, "incidence", curves.height_of(lines), drawn)


def _curves(table: Table, share: str, noisy: bool) -> list[curves.Curve]:
    """A curve for each group; the last two keys of a row are its interval."""
    by = table.columns[: table.keys - 2]
    return [
        curves.Curve(", ".join(map(level, levels)) or "all", tuple(_step(row, share, noisy) for row in rows))
        for levels, rows in groupby(_rows(table), key=lambda row: tuple(row[name] for name in by))
    ]


def _below(table: Table, lines: list[curves.Curve], share: str) -> str:
    """What is told of the numbers at risk, and of boxes."""
    about = "Below: how many were at risk at the start of each interval."
    about += " Where there is … it is in the table." if "[" in "".join(_risks(lines)) else ""
    return about + (_SUPPRESSED if any(isinstance(row[share], Gap) for row in _rows(table)) else "")


def _risks(lines: list[curves.Curve]) -> list[str]:
    return [step.at_risk for one in lines for step in one.steps]


def _step(row: Row, share: str, noisy: bool) -> curves.Step:
    start, end = value_of(row["low"]) or 0.0, value_of(row["high"]) or 0.0
    low, high = value_of(row["conf_low"]), value_of(row["conf_high"])
    band = (low, high) if low is not None and high is not None else ends_of(row[share])
    at_risk = text(_rounded(row["n_risk"]) if noisy else row["n_risk"])
    return curves.Step(start, end, value_of(row[share]), band, at_risk)


def _rounded(cell: object) -> object:
    """A noisy count without its accuracy, which is in the table: there is no room for it."""
    return round(cell.value) if isinstance(cell, About) else cell


def _quantiles(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Quantiles with the edges of their bins."""
    table = answer.tables["quantiles"]
    by = table.columns[: table.keys - 1]
    column = "quantile" if "quantile" in table.columns else "value"
    marks = [_quantile(row, by, column, noisy) for row in _rows(table)]
    if not _all(marks) or len(marks) > _MOST:
        return
    about = "Each quantile, with the interval in which it lies." + _legend(marks, noisy)
    drawn = dots(marks, axis_of(marks, "value"))
    yield Picture("Quantiles", about, "quantiles", height_of(marks), drawn)


def _quantile(row: Row, by: tuple[str, ...], column: str, noisy: bool) -> Mark:
    low, high = value_of(row["low"]), value_of(row["high"])
    interval = (low, high) if low is not None and high is not None else None
    group = _group(by, tuple(row[name] for name in by))
    label = f"{level(row['p'])}" + (f", {group}" if group else "")
    told = text(row[column], noisy)
    return Mark(label, told, value_of(row[column]), interval, ends_of(row[column]))


def _pairs(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Correlations about zero."""
    table = answer.tables["correlations"]
    marks = [_mark(f"{one} and {other}", r, noisy) for one, other, r in table.rows]
    if not _all(marks) or len(marks) > _MOST:
        return
    axis = Axis(ticks(-1.0, 1.0, 5), "correlation", 0.0)
    about = "The correlation of every two columns." + _legend(marks, noisy)
    yield Picture("Correlations", about, "correlations", height_of(marks), dots(marks, axis))


def _differences(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """Standardised differences of a first table."""
    table = answer.tables["differences"]
    levels = list(dict.fromkeys(row[1] for row in table.rows))
    several = len(levels) > 1
    marks = [
        _mark(f"{name}, {level(group)}" if several else level(name), smd, noisy, levels.index(group))
        for name, group, smd in table.rows
    ]
    if not _all(marks) or len(marks) > _MOST:
        return
    first = level(answer.tables["groups"].rows[0][0])
    others = ", ".join(map(level, levels))
    by = answer.tables["groups"].columns[0]
    about = f"Standardised differences of {by} {others} to {by} {first}; the dotted line is no difference."
    drawn = dots(marks, axis_of(marks, "standardised difference", 0.0))
    yield Picture("Differences", about + _legend(marks, noisy), "differences", height_of(marks), drawn)


def _learning(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """The loss from round to round."""
    del noisy
    points = [Point(_plain(row["round"]), value_of(row["loss"])) for row in _rows(answer.tables["rounds"])]
    if len(points) > 1:
        drawn = paths([Path("loss", tuple(points))], "round", "loss")
        about = "The mean loss of all rows where each round began: training makes it small."
        yield Picture("Learning curve", about, "rounds", HEIGHT, drawn)


def _predicting(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """How well a score is calibrated, what it is good for, and whether it is so for all groups."""
    told = _rows(answer.tables["calibration"])
    line = _path(told, "observed", "predicted", "observed")
    about = (
        "The share that has the outcome, by what the model predicts; on the dotted line both are the same."
    )
    about += _legend_of([point.y for point in line.points], noisy, False)
    yield Picture("Calibration", about, "calibration", HEIGHT, paths([line], "predicted", "observed", True))
    rows = _rows(answer.tables["thresholds"])
    kinds = {"net_benefit": "the model", "net_benefit_all": "everybody"}
    lines = [_path(rows, name, "threshold", label) for name, label in kinds.items()]
    about = "Net benefit by the probability from which on somebody is treated, beside treating everybody."
    about += _legend_of([point.y for one in lines for point in one.points], noisy, False)
    about += f" What is below {_LEAST:g} is drawn at the bottom." if _below_least(lines) else ""
    drawn = paths(lines, "threshold", "net benefit", least=_LEAST)
    yield Picture("Decision curve", about, "thresholds", HEIGHT, drawn)
    if "groups" in answer.tables:
        yield from _fair(answer.tables["groups"], noisy)


def _below_least(lines: list[Path]) -> bool:
    found = [end for one in lines for point in one.points for end in (point.y, *(point.near or ()))]
    return any(end is not None and end < _LEAST for end in found)


def _fair(table: Table, noisy: bool) -> Iterator[Picture]:
    """What is told of each group side by side."""
    names = ("auc", "selected", "sensitivity", "false_positive_rate", "ppv")
    by = table.columns[0]
    marks = [
        _mark(f"{name}, {by} {level(row[by])}", row[name], noisy, at)
        for name in names
        for at, row in enumerate(_rows(table))
    ]
    if 0 < len(marks) <= _MOST:
        axis = Axis(ticks(0.0, 1.0), "share")
        about = f"Where these differ, the model is not the same for each {by}." + _legend(marks, noisy)
        yield Picture("By group", about, "groups", height_of(marks), dots(marks, axis))


def _path(rows: list[Row], name: str, against: str, label: str) -> Path:
    return Path(
        label,
        tuple(Point(_plain(row[against]), value_of(row[name]), ends_of(row[name])) for row in rows),
    )


def _plain(cell: object) -> float:
    return value_of(cell) or 0.0


def _gains(answer: Answer, noisy: bool) -> Iterator[Picture]:
    """What the splits of each column gained."""
    marks = [_mark(str(row["column"]), row["gain"], noisy) for row in _rows(answer.tables["importance"])]
    if _all(marks) and len(marks) <= _MOST:
        axis = Axis(ticks(*spanned([0.0, *_all(marks)])), "gain", bars=True)
        about = "How much the splits of each column made the loss smaller."
        yield Picture("Importance", about, "importance", height_of(marks), dots(marks, axis))


def axis_of(marks: list[Mark], title: str, null: float | None = None) -> Axis:
    """An axis that has room for some marks."""
    low, high = spanned([*([] if null is None else [null]), *_all(marks)])
    return Axis(ticks(low, high), title, null)


def _all(marks: list[Mark]) -> list[float]:
    """All numbers of some marks that have a place."""
    found = [end for one in marks for end in (one.value, *(one.interval or ()), *(one.near or ()))]
    return [one for one in found if one is not None and math.isfinite(one)]


def _thick(marks: list[Mark], noisy: bool) -> str:
    """What the thick line means, where there is one."""
    if not any(mark.near and mark.interval for mark in marks):
        return ""
    return f" The thick part of a line is the part of {'noise' if noisy else 'rounding'}: " + (
        f"{_NOISE if noisy else _ROUNDING}."
    )


def _legend(marks: list[Mark], noisy: bool) -> str:
    near = any(mark.near and mark.value is not None for mark in marks)
    return _legend_of([mark.value for mark in marks if mark.near or mark.value is not None], noisy, near)


def _legend_of(values: list[float | None], noisy: bool, near: bool) -> str:
    """What the marks mean, for those that there are."""
    lines = f" A line about a number: {_NOISE if noisy else _ROUNDING}." if near else ""
    return lines + (_SUPPRESSED if None in values else "")


def _near(table: Table) -> bool:
    return any(isinstance(cell, About) for row in table.rows for cell in row)


#: The pictures of each analytic that has one.
CHARTS: dict[str, Callable[[Answer, bool], Iterator[Picture]]] = {
    "boosted_trees": _gains,
    "random_forest": _gains,
    "fedavg": _learning,
    "network": _learning,
    "fedcox": _learning,
    "validation": _predicting,
    "correlation": _pairs,
    "cox": _forest,
    "piecewise": _forest,
    "crosstab": _bars,
    "cumulative_incidence": _incidence,
    "gee": _forest,
    "glm": _forest,
    "histogram": _histogram,
    "imputed": _forest,
    "kaplan_meier": _survival,
    "life_table": _survival,
    "missingness": _lacking,
    "multinomial": _forest,
    "quantile": _quantiles,
    "random_intercept": _forest,
    "site_quantile": _quantiles,
    "table_one": _differences,
}
