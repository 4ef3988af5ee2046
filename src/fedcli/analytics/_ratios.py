"""What a model of hazards tells of its coefficients and of the fit as a whole."""

from __future__ import annotations

import math
from typing import Any

from fedcli.analytics._hazards import Fit
from fedcli.model.cells import Cell
from fedcli.statistics import tails
from fedcli.statistics.fitted import COLUMNS, number

RATIOS = ("term", "hazard_ratio", "conf_low", "conf_high")
WHOLE = (
    "log_likelihood",
    "null_log_likelihood",
    "lr_statistic",
    "lr_p_value",
    "score_statistic",
    "score_p_value",
    "df",
    "aic",
)
_LARGEST = math.log(1e300)


def whole(state: Fit, terms: int, besides: int = 0) -> dict[str, Cell]:
    """What `WHOLE` says; the tests are by chi-squared of as many degrees as terms.

    `besides` is how many numbers were fitted that the tests are not about.
    """
    deviance, null = number(state.deviance), number(state.null_deviance)
    score, gained = number(state.score_statistic), max(0.0, null - deviance)
    return {
        "log_likelihood": -deviance / 2,
        "null_log_likelihood": -null / 2,
        "lr_statistic": gained,
        "lr_p_value": tails.chi_squared(gained, terms),
        "score_statistic": score,
        "score_p_value": tails.chi_squared(score, terms),
        "df": terms,
        "aic": deviance + 2 * (terms + besides),
    }


def ratio(row: tuple[Any, ...]) -> tuple[Any, ...]:
    """From a line of coefficients how many times the hazard is, with the ends of its interval."""
    told = dict(zip(COLUMNS, row, strict=True))
    return (told["term"], *(exponential(told[name]) for name in ("estimate", "conf_low", "conf_high")))


def exponential(value: Any) -> float | None:
    """Nothing where it is larger than a number can be."""
    return None if value is None or value > _LARGEST else math.exp(value)
