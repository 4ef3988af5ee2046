"""The names that formulaic gives to columns, as R and we write them."""

from __future__ import annotations

import re


def renamed(names: list[str], ours: str, theirs: str) -> dict[str, list[str]]:
    """For each column its parts, by the same formula in our words, whose calls come in the same order."""
    words = {_written(told): own for own, told in zip(_parts(ours), _parts(theirs), strict=True)}
    return {name: [_one(part, words) for part in _cut(name)] for name in names}


def _cut(text: str) -> list[str]:
    """At colons outside of brackets."""
    return re.split(r":(?![^(\[]*[)\]])", text)


def _parts(formula: str) -> list[str]:
    """The calls in a formula, in order."""
    found, depth, start = [], 0, 0
    for at, sign in enumerate(formula):
        if sign == "(":
            before = re.search(r"[A-Za-z][\w.]*$", formula[:at])
            if depth == 0 and before:
                start = before.start()
                depth = 1
            elif depth:
                depth += 1
        elif sign == ")" and depth:
            depth -= 1
            if depth == 0:
                found.append(formula[start : at + 1])
    return found


def _written(name: str) -> str:
    return name.replace(" ", "")


def _one(name: str, words: dict[str, str]) -> str:
    if name == "Intercept":
        return "(Intercept)"
    level = re.fullmatch(r"(.*?)\[(?:T\.)?([^\[\]]*)\]", name)
    stem, suffix = (level[1], level[2]) if level else (name, "")
    return words.get(_written(stem), stem) + suffix
