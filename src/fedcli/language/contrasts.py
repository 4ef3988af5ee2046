"""Linear combinations of coefficients as people write them: "sexmale - 2 * smokingyes".

    contrast := ["+" | "-"] part (("+" | "-") part)*      part := [NUMBER "*"] COLUMN

A column is the name of a coefficient as results have it; the longest that fits is meant, so that names may
hold signs and blanks. Nothing is evaluated.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from fedcli.errors import fault

_NUMBER = re.compile(r"\s*(\d+(?:\.\d*)?(?:[eE][+-]?\d+)?|\.\d+)\s*\*\s*")
_SIGN = re.compile(r"\s*([+-])\s*")


def contrast(text: str, names: Sequence[str], where: str) -> dict[int, float]:
    """The weight of each column by its place in `names`.

    Raises:
        InvalidFile: Q-CONTRAST where a column is not there, or nothing is left.
    """
    weights: dict[int, float] = {}
    at, sign = _signed(text, 0, first=True)
    while True:
        at, factor = _factor(text, at)
        name = _longest(text, at, names)
        if name is None:
            raise fault("Q-CONTRAST", contrast=text, at=text[at : at + 40], where=where)
        place = names.index(name)
        weights[place] = weights.get(place, 0.0) + sign * factor
        at += len(name)
        if not text[at:].strip():
            break
        at, sign = _signed(text, at, first=False)
        if not sign:
            raise fault("Q-CONTRAST", contrast=text, at=text[at : at + 40], where=where)
    if not any(weights.values()):
        raise fault("Q-CONTRAST", contrast=text, at=text[:40], where=where)
    return weights


def _signed(text: str, at: int, *, first: bool) -> tuple[int, float]:
    """Past a sign; the first may be left out. Zero where there is none."""
    found = _SIGN.match(text, at)
    if found is None:
        blank = len(text[at:]) - len(text[at:].lstrip())
        return at + blank, 1.0 if first else 0.0
    return found.end(), -1.0 if found[1] == "-" else 1.0


def _factor(text: str, at: int) -> tuple[int, float]:
    found = _NUMBER.match(text, at)
    return (found.end(), float(found[1])) if found else (at, 1.0)


def _longest(text: str, at: int, names: Sequence[str]) -> str | None:
    return max((name for name in names if text.startswith(name, at)), key=len, default=None)
