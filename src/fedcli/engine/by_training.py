"""Training at a site row by row: what `engine.training` is held against; sites do not run it."""

from __future__ import annotations

import math
from collections.abc import Callable
from operator import mul
from typing import Any, NamedTuple, TypeAlias

from fedcli.engine.people import Row, raw, top
from fedcli.engine.risk_sets import Followed
from fedcli.model.terms import Design, Layers
from fedcli.statistics import families
from fedcli.statistics.evidence import Top
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Local, Shared, empty
from fedcli.statistics.trained import Trained, effective

Lines = list[list[float]]


class Moved(NamedTuple):
    """How much each row moves a step, in each of some ways, the residual first; and its loss."""

    ways: Lines
    losses: list[float]


#: From the predictors of all rows.
Moving: TypeAlias = Callable[[list[float]], Moved]


def fitting(design: Design, family: ModelName, rows: list[Row]) -> Moving:
    """Of a model of each row by itself."""
    told = design.outcome
    y = [(raw(told, row) - told.centre) / told.scale for row in rows]

    def moved(etas: list[float]) -> Moved:
        steps = [families.at(family, one, eta) for one, eta in zip(y, etas, strict=True)]
        return Moved([[one.residual for one in steps]], [one.deviance for one in steps])

    return moved


def following(rows: list[Followed]) -> Moving:
    """Of a model of hazards, after Breslow: event by event, each among those who are followed then."""

    def moved(etas: list[float]) -> Moved:
        w = list(map(math.exp, etas))
        at_risk = [
            math.fsum(one for one, row in zip(w, rows, strict=True) if row.time >= at.time) for at in rows
        ]
        of_events = list(zip(rows, at_risk, strict=True))
        came = [
            math.fsum(1 / whole for one, whole in of_events if one.event and one.time <= row.time)
            for row in rows
        ]
        lines = list(zip(rows, w, at_risk, came, etas, strict=True))
        return Moved(
            [
                [row.event - own * passed for row, own, _, passed, _ in lines],
                [row.event * (1 - own / whole) for row, own, whole, _, _ in lines],
            ],
            [row.event * 2 * (math.log(whole) - eta) for row, _, whole, _, eta in lines],
        )

    return moved


def cells_of(
    design: Design,
    family: ModelName,
    rows: list[Row],
    state: tuple[float, ...] | None,
    shared: Shared,
    moved: Moving,
) -> tuple[dict[str, tuple[Any, ...]], Trained | None]:
    """The cells, and who moved the coefficients."""
    x = [[(raw(term, row) - term.centre) / term.scale for term in design.terms] for row in rows]
    cells: dict[str, tuple[Any, ...]] = dict(empty(design, family, state is None).cells) | {"n": (len(rows),)}
    columns = list(zip(*x, strict=True)) or [() for _ in design.terms]
    if state is None:
        sums = [*map(math.fsum, columns), *(math.fsum(map(mul, one, one)) for one in columns)]
        return cells | {"columns": tuple(sums)}, None
    assert shared.local is not None
    z = _standardised(x, shared.local)
    fewest: list[int] = []
    tops: list[Top] = []

    def slope(at: list[float], telling: bool = False) -> tuple[list[float], float]:
        through = [_moved(design, at, line) for line in z]
        ways, losses = moved([eta for eta, _ in through])
        parts = [[by[j] * one for (_, by), one in zip(through, ways[0], strict=True)] for j in range(len(at))]
        told = [losses] if telling else []
        for row in [*ways, *told]:
            sizes, squares = math.fsum(map(abs, row)), math.fsum(map(mul, row, row))
            fewest.append(effective(sizes, squares, len(rows)))
        tops.extend(map(top, [*parts, *told]))
        return [math.fsum(part) for part in parts], math.fsum(losses)

    score, deviance = slope(list(state), True)
    cells |= {"deviance": (deviance,), "update": _went(design, score, state, shared.local, slope, len(rows))}
    if "score" in cells:
        cells["score"] = tuple(score)
    return cells, Trained(min(fewest), tuple(tops))


def _standardised(x: Lines, local: Local) -> Lines:
    return [
        [
            (value - mean) / spread
            for value, mean, spread in zip(line, local.means, local.spreads, strict=True)
        ]
        for line in x
    ]


def _moved(design: Design, at: list[float], line: list[float]) -> tuple[float, list[float]]:
    """The predictor of a row, and by how much it moves with each coefficient, or weight."""
    if design.layers is None:
        return math.fsum(map(mul, line, at)), line
    return _through(design.layers, at, line[1:])


def _through(layers: Layers, at: list[float], inputs: list[float]) -> tuple[float, list[float]]:
    """The same of a network, layer by layer, and back by the chain rule."""
    told, start, matrices = [inputs], 0, []
    sizes = layers.sizes(len(inputs))
    for place, (into, out) in enumerate(sizes):
        matrix = [at[start + one * out : start + (one + 1) * out] for one in range(into)]
        biases = at[start + into * out : start + (into + 1) * out]
        start += (into + 1) * out
        sums = [
            math.fsum([biases[unit], *(x * row[unit] for x, row in zip(told[-1], matrix, strict=True))])
            for unit in range(out)
        ]
        told.append(sums if place + 1 == len(sizes) else [_active(layers, one) for one in sums])
        matrices.append(matrix)
    behind, slopes = [1.0], list[float]()
    for matrix, came in zip(reversed(matrices), reversed(told[:-1]), strict=True):
        slopes = [*(x * one for x in came for one in behind), *behind, *slopes]
        behind = [
            math.fsum(map(mul, row, behind)) * _steep(layers, x) for x, row in zip(came, matrix, strict=True)
        ]
    return told[-1][0], slopes


def _active(layers: Layers, x: float) -> float:
    return max(x, 0.0) if layers.activation == "relu" else math.tanh(x)


def _steep(layers: Layers, active: float) -> float:
    return float(active > 0) if layers.activation == "relu" else 1 - active * active


def _went(
    design: Design, score: list[float], state: tuple[float, ...], local: Local, slope: Any, n: int
) -> tuple[float, ...]:
    """N times how far the coefficients go."""
    how = design.training
    assert how is not None
    correction = [0.0] * len(state)
    if n and how.corrected and local.anchor:
        there = slope(list(local.anchor))[0]
        correction = [all_ + own / n for all_, own in zip(local.control, there, strict=True)]
    at = list(state)
    for step in range(how.epochs if n else 0):
        now = score if step == 0 else slope(at)[0]
        at = [
            b + how.rate * (s / n - cost * b - how.proximal * (b - begun) - less)
            for b, s, cost, begun, less in zip(at, now, local.costs, state, correction, strict=True)
        ]
    return tuple(n * (b - begun) for b, begun in zip(at, state, strict=True))
