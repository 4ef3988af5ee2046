"""A step of estimating equations, with matrices written out: what `engine.clusters` is held against."""

from __future__ import annotations

import math
from operator import mul
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine import by_row
from fedcli.engine.people import Row, top
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Shared, pairs


class Found(NamedTuple):
    """The cells of a step, what persons add to the products of scores, and the tops of what pairs add."""

    cells: dict[str, tuple[Any, ...]]
    meat: list[list[float]]
    within: tuple[Top, ...]


def found(
    design: Design,
    family: ModelName,
    rows: list[Row],
    who: list[Any],
    state: tuple[float, ...] | None,
    shared: Shared,
) -> Found:
    """A step; the first one is that of independent rows."""
    plain = design.model_copy(update={"correlation": None})
    cells, meat = by_row.cells_of(plain, family, rows, who, state, Shared())
    if state is None:
        nothing = {"pearson": (None,)} | ({"pairs": (None, None)} if design.exchangeable else {})
        return Found(cells | nothing, meat, ())
    persons = [_person(design, family, theirs, state, shared) for theirs in _by_person(rows, who)]
    p = len(design.terms)
    upper = pairs(p)
    told: dict[str, tuple[Any, ...]] = {
        "gram": tuple(math.fsum(one.gram[at] for one in persons) for at in upper),
        "score": tuple(math.fsum(one.score[at] for one in persons) for at in range(p)),
        "meat": tuple(math.fsum(one.score[i] * one.score[j] for one in persons) for i, j in upper),
        "pearson": (math.fsum(one.squares for one in persons),),
    }
    products = [[one.score[i] * one.score[j] for one in persons] for i, j in upper]
    if not design.exchangeable:
        return Found(cells | told, products, ())
    told["pairs"] = tuple(math.fsum(one.pairs[at] for one in persons) for at in range(2))
    several = [one for one in persons if one.many > 1]
    parts = [[one.columns[i] * one.columns[j] for one in several] for i, j in upper]
    parts += [[one.columns[at] * one.residual for one in several] for at in range(p)]
    parts += [[one.pairs[at] for one in several] for at in range(2)]
    return Found(cells | told, products, tuple(map(top, parts)))


class _Person(NamedTuple):
    many: int
    gram: Any
    score: Any
    squares: float
    pairs: tuple[float, float]
    columns: Any
    residual: float


def _by_person(rows: list[Row], who: list[Any]) -> list[list[Row]]:
    found: dict[Any, list[Row]] = {}
    for person, row in zip(who, rows, strict=True):
        found.setdefault(person, []).append(row)
    return list(found.values())


def _person(
    design: Design, family: ModelName, rows: list[Row], state: tuple[float, ...], shared: Shared
) -> _Person:
    """D'V^-1 D and D'V^-1 r, with V the root of the variances, their correlation, and the root again."""
    lines, _, _, steps = by_row._steps(design, family, rows, state, Shared())
    x, residual = np.array(lines), np.array([step.residual for step in steps])
    variances = np.array([step.weight for step in steps])
    alpha, many = shared.alpha if design.exchangeable else 0.0, len(rows)
    correlation = np.full((many, many), alpha)
    np.fill_diagonal(correlation, 1.0)
    root = np.diag(np.sqrt(variances))
    inverse = np.linalg.inv(root @ correlation @ root)
    slopes = np.diag(variances) @ x
    e = [float(one) for one in residual / np.sqrt(variances)]
    both = math.fsum(mul(e[i], e[j]) for i in range(many) for j in range(i))
    return _Person(
        many,
        slopes.T @ inverse @ slopes,
        slopes.T @ inverse @ residual,
        math.fsum(one * one for one in e),
        (many * (many - 1) / 2, both),
        np.sqrt(variances) @ x,
        math.fsum(e),
    )
