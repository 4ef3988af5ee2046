"""Fields of parts that are the same but for a number, told as one: set_01.gram to set_10.gram."""

from __future__ import annotations

import re
from collections.abc import Iterable

_NUMBERED = re.compile(r"(?P<before>.*_)(?P<number>\d+)(?P<after>\.[^.]+)")


def folded(fields: Iterable[str]) -> dict[str, tuple[str, ...]]:
    """The fields under what they are told as, in their order: "set_01...set_10.gram", or their own names."""
    same: dict[tuple[str, str], list[str]] = {}
    for field in fields:
        found = _NUMBERED.fullmatch(field)
        same.setdefault((found["before"], found["after"]) if found else (field, ""), []).append(field)
    return {_label(*key, several): tuple(several) for key, several in same.items()}


def _label(before: str, after: str, several: list[str]) -> str:
    if len(several) == 1:
        return several[0]
    return f"{several[0].removesuffix(after)}...{several[-1].removeprefix(before.rpartition('.')[0] + '.')}"
