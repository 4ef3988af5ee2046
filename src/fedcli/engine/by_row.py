"""A step of a model row by row: what the blocks of `engine.step` are held against; sites do not run it."""

from __future__ import annotations

import math
from operator import mul
from typing import Any

from fedcli.engine.people import Row, number, raw
from fedcli.model.terms import Design
from fedcli.statistics import families
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import THETA, Shared, empty, pairs


def cells_of(
    design: Design,
    family: ModelName,
    rows: list[Row],
    who: list[Any],
    state: tuple[float, ...] | None,
    shared: Shared,
) -> tuple[dict[str, tuple[Any, ...]], list[list[float]]]:
    """The cells of a step, and what each of those who have the rows adds to the products of scores."""
    if design.intercepts and state is not None:
        state = (_suiting(design.whole, family, rows, state, shared), *state)
    x, y, etas, steps = _steps(design.whole, family, rows, state, shared)
    if design.intercepts:
        x = _centred(x, steps)
    offset, weight = _besides(design, rows)
    meat = _meat(x, steps, who, len(design.terms))
    cells = {
        **_products(x, steps, len(design.terms)),
        "deviance": (None if state is None else math.fsum(s.deviance for s in steps),),
        "sums": _sums(family, y, offset, weight),
    }
    parts = {**_of_state(family, y, etas, weight, shared.theta), "meat": meat}
    sums = {
        name: tuple(None if state is None else math.fsum(one) for one in lines)
        for name, lines in parts.items()
    }
    shape = empty(design, family, state is None)
    known = {**cells, **sums, "persons": (len(set(who)),), "strata": (int(bool(rows)),)}
    return {name: known[name] for name in shape.cells}, meat


def _products(x: list[list[float]], steps: list[families.Step], p: int) -> dict[str, tuple[Any, ...]]:
    lines = list(zip(x, steps, strict=True))
    return {
        "n": (len(lines),),
        "gram": tuple(math.fsum(s.weight * line[i] * line[j] for line, s in lines) for i, j in pairs(p)),
        "score": tuple(math.fsum(line[i] * s.residual for line, s in lines) for i in range(p)),
    }


def _sums(family: ModelName, y: list[float], offset: list[float], weight: list[float]) -> tuple[float, ...]:
    """The sums of the outcome, in the order of `SUMS`."""
    factorials = [math.lgamma(one + 1) if family in families.COUNTS else 0.0 for one in y]
    of_rows = (y, [families.own(family, one) for one in y], list(map(mul, y, offset)), map(math.exp, offset))
    weighted = [math.fsum(map(mul, values, weight)) for values in (*of_rows, factorials)]
    return (*weighted, math.fsum(weight), math.fsum(map(math.log, weight)))


def _besides(design: Design, rows: list[Row]) -> tuple[list[float], list[float]]:
    """The offset and the prior weight of each row."""
    offset = [number(design.offset, row) if design.offset else 0.0 for row in rows]
    return offset, [number(design.weights, row) if design.weights else 1.0 for row in rows]


def _steps(
    design: Design, family: ModelName, rows: list[Row], state: tuple[float, ...] | None, shared: Shared
) -> tuple[list[list[float]], list[float], list[float], list[families.Step]]:
    """The columns, outcomes and predictors of rows, and what each adds to a step."""
    told = design.outcome
    x = [[(raw(term, row) - term.centre) / term.scale for term in design.terms] for row in rows]
    y = [(raw(told, row) - told.centre) / told.scale for row in rows]
    offset, weight = _besides(design, rows)
    etas = [math.fsum(map(mul, line, state or ())) + shift for line, shift in zip(x, offset, strict=True)]
    steps = [
        families.started(family, one, shift, w)
        if state is None
        else families.at(family, one, eta, w, shared.theta)
        for one, eta, shift, w in zip(y, etas, offset, weight, strict=True)
    ]
    if shared.spread:
        steps = [_leveraged(design, shared, *row) for row in zip(x, y, weight, steps, strict=True)]
    return x, y, etas, steps


def _suiting(
    design: Design, family: ModelName, rows: list[Row], beta: tuple[float, ...], shared: Shared
) -> float:
    """The intercept at which residuals add up to nothing, by halving."""
    low, high = -50.0, 50.0
    for _ in range(100 if rows else 0):
        middle = (low + high) / 2
        steps = _steps(design, family, rows, (middle, *beta), shared)[-1]
        above = math.fsum(step.residual for step in steps) > 0
        low, high = (middle, high) if above else (low, middle)
    return (low + high) / 2


def _centred(x: list[list[float]], steps: list[families.Step]) -> list[list[float]]:
    """All columns but the first, less their means by the steps' weights."""
    whole = math.fsum(step.weight for step in steps)
    weights = [step.weight / whole if whole else 0.0 for step in steps]
    means = [math.fsum(map(mul, line, weights)) for line in list(zip(*x, strict=True))[1:]]
    return [[value - mean for value, mean in zip(row[1:], means, strict=True)] for row in x]


def _leveraged(
    design: Design, shared: Shared, x: list[float], y: float, weight: float, step: families.Step
) -> families.Step:
    """A row's step by its leverage: the residual of HC2 and HC3, or of Firth's score."""
    p = len(design.terms)
    products = zip(pairs(p), shared.spread, strict=True)
    leverage = step.weight * math.fsum((1 + (i != j)) * x[i] * x[j] * value for (i, j), value in products)
    if design.bias:
        mean = y - step.residual / weight
        return step._replace(residual=step.residual + leverage * (0.5 - mean))
    grows = {"HC2": 0.5, "HC3": 1.0}[str(design.errors)]
    return step._replace(residual=step.residual / (1 - leverage) ** grows)


def _of_state(
    family: ModelName, y: list[float], etas: list[float], weight: list[float], theta: float
) -> dict[str, list[list[float]]]:
    """What rows add to the sums of a state that few models have."""
    if family == "negative-binomial":
        rows = [families.of_theta(one, math.exp(eta), theta) for one, eta in zip(y, etas, strict=True)]
        return {
            "theta": [[row[at] * w for row, w in zip(rows, weight, strict=True)] for at in range(len(THETA))]
        }
    if family in families.DISPERSED:
        means = [families.mean(family, eta) for eta in etas]
        left = [((one - mean) / mean) ** 2 for one, mean in zip(y, means, strict=True)]
        return {"pearson": [list(map(mul, left, weight))]}
    return {}


def _meat(x: list[list[float]], steps: list[families.Step], who: list[Any], p: int) -> list[list[float]]:
    """For each cell the products that persons' scores add."""
    scores: dict[Any, list[float]] = {person: [0.0] * p for person in who}
    for line, step, person in zip(x, steps, who, strict=True):
        scores[person] = [
            known + value * step.residual for known, value in zip(scores[person], line, strict=True)
        ]
    return [[theirs[i] * theirs[j] for theirs in scores.values()] for i, j in pairs(p)]
