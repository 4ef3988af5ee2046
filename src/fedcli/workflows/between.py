"""Between the sites: what each estimates alone, how far they differ, and what they say put together.

It is made of the sites' own releases, of which every number passed the gate of its site.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import TypeAlias

from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.identifiers import ColumnName, Name
from fedcli.model.result import Table
from fedcli.statistics.forms import Noisy
from fedcli.statistics.shape import Shape
from fedcli.statistics.synthesis import FIGURES, Effect, Estimate, figures, without_each
from fedcli.statistics.tails import NORMAL_QUANTILE

#: What is told of one site; its 95 % interval is that of a normal distribution.
_OF_A_SITE = ("estimate", "std_error", "conf_low", "conf_high")
#: What is told of all sites but one.
_LEFT_OUT = ("random", "conf_low", "conf_high", "i2")

Row: TypeAlias = tuple[Cell | Level, ...]
Found: TypeAlias = dict[tuple[Level, ...], list[Estimate]]


def between(
    columns: Sequence[ColumnName],
    parts: Sequence[tuple[Name, Shape]],
    effects: Callable[[Shape], Iterable[Effect]],
) -> dict[ColumnName, Table]:
    """Tables by site, of heterogeneity, and without each site; none under noise, nor of a single site.

    `columns` name what an effect is of.
    """
    if any(isinstance(shape, Noisy) for _, shape in parts):
        return {}
    found = {of: some for of, some in _found(parts, effects).items() if len(some) > 1}
    if not found:
        return {}
    keys = len(columns)
    return {
        "by_site": Table(columns=(*columns, "site", *_OF_A_SITE), keys=keys + 1, rows=tuple(_by_site(found))),
        "heterogeneity": Table(columns=(*columns, *FIGURES), keys=keys, rows=tuple(_differing(found))),
        "leave_one_out": Table(
            columns=(*columns, "without", *_LEFT_OUT), keys=keys + 1, rows=tuple(_left_out(found))
        ),
    }


def _found(parts: Sequence[tuple[Name, Shape]], effects: Callable[[Shape], Iterable[Effect]]) -> Found:
    """The estimates of each effect, by site; one without a spread weighs nothing, and is left out."""
    found: Found = {}
    for site, shape in parts:
        for one in effects(shape):
            if one.variance > 0:
                found.setdefault(one.of, []).append(Estimate(site, one.estimate, one.variance))
    return found


def _by_site(found: Found) -> Iterator[Row]:
    for of, some in found.items():
        yield from ((*of, one.site, *_estimated(one)) for one in some)


def _estimated(one: Estimate) -> Iterator[float]:
    error = math.sqrt(one.variance)
    half = NORMAL_QUANTILE * error
    yield from (one.value, error, one.value - half, one.value + half)


def _differing(found: Found) -> Iterator[Row]:
    for of, some in found.items():
        yield *of, *figures(some).values()


def _left_out(found: Found) -> Iterator[Row]:
    for of, some in found.items():
        for site, told in without_each(some):
            yield *of, site, *(told[name] for name in _LEFT_OUT)
