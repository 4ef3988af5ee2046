"""Whether two states are the same but for what floating point makes of them on different machines."""

from __future__ import annotations

import math
from typing import Any

#: How far a state may be from the one that is recomputed.
TOLERANCE = 1e-9


def same(left: Any, right: Any) -> bool:
    """Equal but for rounding: for an array, max|difference| <= 1e-9 max(1, max|value|)."""
    if isinstance(left, dict) and isinstance(right, dict):
        return left.keys() == right.keys() and all(same(left[key], right[key]) for key in left)
    if isinstance(left, list) and isinstance(right, list):
        if len(left) != len(right) or not all(_is_number(one) for one in (*left, *right)):
            return left == right
        most = max([1.0, *(abs(one) for one in right)])
        return all(abs(a - b) <= TOLERANCE * most for a, b in zip(left, right, strict=True))
    if _is_number(left) and _is_number(right):
        return math.isclose(left, right, rel_tol=TOLERANCE, abs_tol=TOLERANCE)
    return bool(left == right)


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)
