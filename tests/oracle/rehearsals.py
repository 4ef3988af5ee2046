"""Rehearsing on public data, and reading every number of an answer under the name of its place."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from tests.world import Ended, World

CONFIGS = Path(__file__).parents[2] / "configs" / "policies"
COUNTS = ("n", "n_missing", "count")
STATISTICS = (
    *(*COUNTS, "mean", "variance", "sd", "proportion", "smd", "quantile", "n_risk"),
    *("statistic", "chi_squared", "estimate", "sum_of_squares"),
)

#: Relative tolerances: a one-round statistic; a mean or spread that left at six significant digits.
ONE_ROUND = 1e-10
SIX_DIGITS = 1e-5


class Interval(NamedTuple):
    """Where a suppressed number lies; None is an open end."""

    low: float | None
    high: float | None

    def holds(self, number: float) -> bool:
        """Whether the number is inside, the ends included."""
        return (self.low is None or self.low <= number) and (self.high is None or number <= self.high)


Number: TypeAlias = int | float | Interval | None
#: Every number of an analysis by its place, such as `n` or `summary[age, true].mean`.
Numbers: TypeAlias = dict[str, Number]


def rehearsed(
    folder: Path, analyses: Sequence[str], data: Path, dictionary: Path, policy: str, **keys: str
) -> Ended:
    """Rehearse a query over some analyses, and answer as JSON."""
    query = folder / "query.toml"
    head = {"schema": "fedcli/query/1", "title": "Oracles", "dataset": _dataset(dictionary)}
    lines = [f'{key} = "{value}"' for key, value in head.items()]
    lines += [f"{key} = {value}" for key, value in keys.items()]
    query.write_text("\n".join(lines) + "".join(f"\n\n[[analysis]]\n{one}\n" for one in analyses))
    return rehearsal(folder, query, data, dictionary, policy)


def rehearsal(folder: Path, query: Path, data: Path, dictionary: Path, policy: str) -> Ended:
    """Rehearse a query file, and answer as JSON.

    `standard` is that of each question by itself: many studies of one data set in one query would be
    refused where they tell too much together, which is not what they are compared for.
    """
    rules = without_memory(folder) if policy == "standard" else policy
    line = ["rehearse", query, "--data", data, "--dictionary", dictionary, "--policy", rules]
    return World(folder).cli(*map(str, line), "--format", "json")


def without_memory(folder: Path) -> Path:
    """The profile `standard` without secondary suppression and memory, as a file."""
    text = (CONFIGS / "standard.toml").read_text()
    for key, on in (("secondary  ", "optimised"), ("memory     ", "population")):
        assert f'{key}= "{on}"' in text
        text = text.replace(f'{key}= "{on}"', f'{key}= "none"')
    path = folder / "standard-alone.toml"
    path.write_text(text)
    return path


def _dataset(dictionary: Path) -> str:
    [line] = [line for line in dictionary.read_text().splitlines() if line.startswith("dataset")]
    return line.split('"')[1]


def write_dictionary(path: Path, dataset: str, columns: Mapping[str, str]) -> Path:
    """A dictionary of rows; each column with its keys in TOML."""
    head = f'schema = "fedcli/dictionary/1"\ndataset = "{dataset}"\nunit = "row"\n'
    path.write_text(head + "".join(f"\n[columns.{name}]\n{keys}\n" for name, keys in columns.items()))
    return path


def numbers(result: Mapping[str, Any]) -> Numbers:
    """The numbers of one analysis in `data.results`, suppressed ones as intervals."""
    gaps = {one["place"]: Interval(*one["interval"]) for one in result["suppressed"]}
    found = {name: gaps.get(name, value) for name, value in result["scalars"].items()}
    for name, table in result["tables"].items():
        columns = table["columns"]
        keys = [column not in STATISTICS for column in columns].index(False)
        for row in table["rows"]:
            place = f"{name}[{', '.join(str(level).lower() for level in row[:keys])}]"
            for column, value in zip(columns[keys:], row[keys:], strict=True):
                found[f"{place}.{column}"] = gaps.get(f"{place}.{column}", value)
    return found


def expected(result: Mapping[str, Any]) -> Numbers:
    """The numbers of a pooled answer that has the form of a result, without anything suppressed."""
    return numbers({"suppressed": [], **result})


def differing(found: Numbers, oracle: Mapping[str, Any], tolerance: float) -> dict[str, tuple[Any, Any]]:
    """Each number that is not the oracle's, or whose interval does not hold it; missing ones too."""
    return {
        place: (found.get(place, "is not there"), truth)
        for place, truth in oracle.items()
        if place not in found or not _same(place, found[place], truth, tolerance)
    }


def _same(place: str, number: Number, truth: Any, tolerance: float) -> bool:
    if isinstance(number, Interval):
        return truth is None or number.holds(truth)
    if number is None or truth is None or place.rpartition(".")[2] in COUNTS:
        return number == truth
    return math.isclose(number, truth, rel_tol=tolerance, abs_tol=1e-12)


def suppressed(found: Numbers) -> set[str]:
    """The places whose number did not leave."""
    return {place for place, number in found.items() if isinstance(number, Interval)}


def too_small(found: Numbers, least: int) -> dict[str, Number]:
    """Counts that left although they are of fewer than `least`; of missing values, zero may."""
    return {
        place: number
        for place, number in found.items()
        if place.rpartition(".")[2] in COUNTS
        and isinstance(number, int)
        and number < least
        and not (number == 0 and place.endswith("n_missing"))
    }


def oracle(shared: Path, *keys: str) -> Any:
    """A part of the descriptive oracles."""
    found = json.loads((shared / "oracles" / "descriptive.json").read_text())
    for key in keys:
        found = found[key]
    return found


def summary_of(figures: Mapping[str, Mapping[str, Any]]) -> dict[str, Any]:
    """The oracle's figures of each variable, by the places of a `summary`."""
    names = {"n": "n", "n_missing": "missing", "mean": "mean", "variance": "var_ddof1", "sd": "sd"}
    return {
        f"summary[{variable.lower()}].{name}": told[key]
        for variable, told in figures.items()
        for name, key in names.items()
    }


def groups_of(variable: str, levels: Sequence[str], ttest: Mapping[str, Any]) -> dict[str, Any]:
    """The oracle's figures of two groups, by the places of a `summary` with `by`."""
    return {
        f"summary[{variable.lower()}, {level}].{name}": ttest[name][place]
        for place, level in enumerate(levels)
        for name in ("n", "mean", "sd")
    }


def table_of(crosstab: Mapping[str, Any]) -> dict[str, int]:
    """The oracle's table of counts, by the places of a `crosstab`; its levels are whole numbers."""
    return {
        f"counts[{float(row):.0f}, {float(column):.0f}].count": count
        for row, counts in zip(crosstab["rows"], crosstab["counts"], strict=True)
        for column, count in zip(crosstab["cols"], counts, strict=True)
    }
