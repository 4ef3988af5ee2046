"""How well an attacker guesses: rates and curves over persons, or over cells.

The area is that of Mann and Whitney, ties half. A rate of true positives at a rate of false ones is at the
lowest threshold that lets no more pass (Carlini et al. 2022, "Membership inference attacks from first
principles"): with fewer than a thousand others, 0.1 % of them is none.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from fedcli.workflows.attacking.population import Vector

_TENTH = 0.1


class Scores(NamedTuple):
    """Rates from 0 to 1; None where there are not both kinds to tell apart, or nothing to guess."""

    success: float | None
    tpr_at_0_1: float | None
    tpr_at_1: float | None
    auc: float | None
    worst_decile: float | None


def scores(
    truth: Vector,
    score: Vector,
    middle: float = 0.5,
    right: Vector | None = None,
    sure: Vector | None = None,
) -> Scores:
    """Of true bits and an attacker's scores: a bit is guessed as 1 above the middle, and not on it.

    `right` says which guesses count as successes, where that is less than to be right. The worst decile is
    the tenth of whom the attacker is surest (by the distance from the middle, or `sure`): how many of these
    are successes.
    """
    if not len(truth):
        return Scores(None, None, None, None, None)
    away = np.abs(score - middle)
    hit = ((score > middle) == truth) & (away > 0) if right is None else right
    surest = np.argsort(-(away if sure is None else sure), kind="stable")[
        : max(1, round(_TENTH * len(truth)))
    ]
    yes, no = score[truth], score[~truth]
    told = bool(len(yes) and len(no))
    return Scores(
        float(hit.mean()),
        _caught(yes, no, 0.001) if told else None,
        _caught(yes, no, 0.01) if told else None,
        _area(yes, no) if told else None,
        float(hit[surest].mean()),
    )


def _caught(yes: Vector, no: Vector, share: float) -> float:
    """The share of true positives above the threshold that so many of the others pass at most."""
    allowed = int(share * len(no))
    threshold = np.sort(no)[::-1][allowed]
    return float((yes > threshold).mean())


def _area(yes: Vector, no: Vector) -> float:
    difference = yes[:, None] - no[None, :]
    return float((difference > 0).mean() + 0.5 * (difference == 0).mean())
