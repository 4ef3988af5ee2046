"""A step of a model of several levels row by row: what `engine.choices` is held against."""

from __future__ import annotations

import math
from operator import mul
from typing import Any

from fedcli.engine.people import Row, number, raw
from fedcli.errors import fault
from fedcli.model.terms import Design
from fedcli.statistics.score import pairs


def cells_of(design: Design, rows: list[Row], state: tuple[float, ...] | None) -> dict[str, tuple[Any, ...]]:
    """The cells of a step; every row has one of the levels.

    Raises:
        DataFault: D-LEVEL.
    """
    p, many = len(design.terms), len(design.choices or ())
    x = [[(raw(term, row) - term.centre) / term.scale for term in design.terms] for row in rows]
    chosen = [_chosen(design, row) for row in rows]
    beta = state or (0.0,) * (p * many)
    odds = [[math.fsum(map(mul, beta[k * p : (k + 1) * p], line)) for k in range(many)] for line in x]
    wholes = [1 + math.fsum(map(math.exp, of)) for of in odds]
    told = [[math.exp(eta) / whole for eta in of] for of, whole in zip(odds, wholes, strict=True)]
    likelihoods = [
        ([0.0, *of][at]) - math.log(whole) for of, at, whole in zip(odds, chosen, wholes, strict=True)
    ]

    def score(k: int, i: int) -> float:
        return math.fsum(
            line[i] * ((at == k + 1) - of[k]) for line, at, of in zip(x, chosen, told, strict=True)
        )

    def information(k: int, i: int, other: int, j: int) -> float:
        return math.fsum(
            line[i] * line[j] * of[k] * ((k == other) - of[other]) for line, of in zip(x, told, strict=True)
        )

    places = [divmod(at, p) for at in range(p * many)]
    n = float(len(rows))
    return {
        "n": (len(rows),),
        "gram": tuple(information(*places[a], *places[b]) for a, b in pairs(len(places))),
        "score": tuple(score(*place) for place in places),
        "deviance": (None if state is None else -2 * math.fsum(likelihoods),),
        "sums": (0.0, 0.0, 0.0, n, 0.0, n, 0.0),
    }


def _chosen(design: Design, row: Row) -> int:
    """Which level a row has; none but the declared ones is one."""
    [factor] = design.outcome.factors
    has = [at for at, one in enumerate(design.chosen) if number(one, row) == 1]
    if len(has) != 1:
        raise fault("D-LEVEL", column=factor.column)
    return has[0]
