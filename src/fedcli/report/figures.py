"""Numbers that are only about right, as people read them: as many digits as are worth something."""

from __future__ import annotations

import math
from decimal import ROUND_CEILING, Decimal
from typing import TYPE_CHECKING

if TYPE_CHECKING:  # every page comes here, also those that need no form
    from fedcli.model.identifiers import Amount

#: An accuracy is told at so many significant digits, and its number at the same place.
_DIGITS = 2


def about(value: float, accuracy: float) -> str:
    """A number and how far noise may have moved it, `5270 ± 110`: both end at the same digit.

    The accuracy is rounded up, so that it is not told as better than it is.
    """
    if not (math.isfinite(accuracy) and accuracy > 0):
        return f"{value:g} ± {accuracy:g}"
    decimals = -_place(accuracy)
    near = f"{round(value, decimals):.{max(decimals, 0)}f}"
    return f"{near if float(near) else near.removeprefix('-')} ± {upwards(accuracy)}"


def upwards(number: float, digits: int = _DIGITS) -> str:
    """A number above zero at some significant digits, rounded up: what it bounds, it still bounds."""
    if not (math.isfinite(number) and number > 0):
        return f"{number:g}"
    last = Decimal(1).scaleb(_place(number, digits))
    return f"{Decimal(repr(number)).quantize(last, ROUND_CEILING):f}"


def power(amount: Amount) -> str:
    """A small amount with its power of ten, as a delta is read: `1e-6`."""
    mantissa, _, exponent = f"{float(amount):e}".partition("e")
    return f"{float(mantissa):g}e{int(exponent)}"


def _place(number: float, digits: int = _DIGITS) -> int:
    """The power of ten of the last digit that is told."""
    return Decimal(repr(number)).adjusted() - digits + 1
