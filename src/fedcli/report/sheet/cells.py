"""Cells as people read them: few digits, and never without what is not known of them."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, ROUND_FLOOR, Context, Decimal

from fedcli.model.cells import About, Gap
from fedcli.report.figures import about
from fedcli.report.page import apart
from fedcli.report.sheet.elements import Child, tag, words
from fedcli.report.sheet.scale import minus, plain

_DIGITS, _SMALL = 4, 2
_LONGEST = 800  # digits of the longest double, as it is written out
#: How columns are called on the page, where the field's name is short for something.
NAMES = {
    "n_missing": "missing",
    "std_error": "std. error",
    "p_value": "p",
    "conf_low": "95 % low",
    "conf_high": "95 % high",
    "n_risk": "at risk",
    "n_event": "events",
    "n_censor": "censored",
    "df_residual": "residual df",
    "df_null": "null df",
    "log_likelihood": "log-likelihood",
    "null_deviance": "null deviance",
    "r_squared": "R²",
    "aic": "AIC",
    "sd": "SD",
    "smd": "SMD",
}


def heading(column: str) -> str:
    """What a column is called."""
    return NAMES.get(column, column)


def cell(value: object, noisy: bool = False, column: str = "") -> Child:
    """A cell: the number, the interval of a suppressed one, a number with its accuracy, or a dash."""
    match value:
        case None:
            return tag("span", "—", class_="none", title="not told")
        case Gap():
            ends = ends_told(value)
            return tag("span", ends, class_="gap", title="suppressed: it lies in this interval")
        case About():
            return tag("span", _about(value, noisy), class_="about")
        case bool():
            return str(value).lower()
        case float():
            return tag("data", short(value, _SMALL if column == "p_value" else _DIGITS), value=repr(value))
        case _:
            return str(value)


def ends_told(value: Gap | About) -> str:
    """The interval of a number, `[a, b]`, rounded outwards, so that it still holds what it held."""
    digits = apart(value.low, value.high, _DIGITS)
    low, high = (_end(value.low, digits, ROUND_FLOOR), _end(value.high, digits, ROUND_CEILING))
    return minus(f"[{low}, {high}]")


def _end(end: float | None, digits: int, rounding: str) -> str:
    if end is None or isinstance(end, int):
        return "?" if end is None else str(end)
    exact = Decimal(repr(end))
    last = Decimal(1).scaleb(min(exact.adjusted() - digits + 1, 0))
    text = f"{exact.quantize(last, rounding, Context(prec=_LONGEST)):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def text(value: object, noisy: bool = False) -> str:
    """A cell as text, for pictures."""
    return words(cell(value, noisy))


def level(value: object) -> str:
    """A level as it is told; no level is an open end."""
    return "open" if value is None else plain(value) if isinstance(value, float) else text(value)


def between(low: object, high: object) -> str:
    """The bin between two edges, of which one may be open."""
    if low is None or high is None:
        return f"< {level(high)}" if low is None else f"≥ {level(low)}"
    return f"{level(low)}\N{EN DASH}{level(high)}"


def short(value: float, digits: int = _DIGITS) -> str:
    """A number at some significant digits, zeros too, and never fewer than its whole part has."""
    if not math.isfinite(value):
        return str(value)
    whole = len(str(int(abs(value)))) if 1 <= abs(value) < 1e15 else 0
    return minus(f"{value:#.{max(digits, whole)}g}".rstrip(".")) if value else "0"


def value_of(one: object) -> float | None:
    """The number of a cell, for a place on a picture; None where it has none."""
    if isinstance(one, About):
        return float(one.value)
    return float(one) if isinstance(one, int | float) and not isinstance(one, bool) else None


def ends_of(one: object) -> tuple[float | None, float | None] | None:
    """Between what a cell lies that is rounded, noisy or suppressed; None for a plain number."""
    if not isinstance(one, About | Gap):
        return None
    low, high = one.low, one.high
    return (None if low is None else float(low)), (None if high is None else float(high))


def _about(value: About, noisy: bool) -> str:
    if noisy:
        return minus(about(value.value, (value.high - value.low) / 2))
    ends = ends_told(value)
    return f"{short(value.value)} {ends}"
