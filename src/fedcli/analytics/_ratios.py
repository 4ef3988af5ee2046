"""What a model of hazards tells of its coefficients and of the fit as a whole."""

from __future__ import annotations

import math
from typing import Any

from fedcli.analytics._newton import Fit
from fedcli.model.cells import Cell
from fedcli.model.result import Table
from fedcli.statistics import tails
from fedcli.statistics.fitted import COLUMNS, number

RATIOS = ("hazard_ratio", "conf_low", "conf_high")
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
    deviance, null = number(state.deviance), number(state.null)
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


def ratios(table: Table) -> Table:
    """From a table of coefficients, or of sums of them, how many times the hazard is, with its interval."""
    rows = tuple((row[0], *map(exponential, _estimated(row))) for row in table.rows)
    return Table(columns=(table.columns[0], *RATIOS), keys=1, rows=rows)


def _estimated(row: tuple[Any, ...]) -> list[Any]:
    """The estimate and the ends of its interval."""
    return [row[COLUMNS.index(one)] for one in ("estimate", "conf_low", "conf_high")]


def exponential(value: Any) -> float | None:
    """Nothing where it is larger than a number can be."""
    return None if value is None or value > _LARGEST else math.exp(value)
