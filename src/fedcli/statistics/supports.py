"""How many persons, and how much of the largest, stand behind each of a model's sums."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple, TypeAlias

from fedcli.model.terms import Design
from fedcli.statistics.evidence import Figures, Kind
from fedcli.statistics.indicators import Condition, Four, condition, fewest
from fedcli.statistics.score import SUMS, lengths, pairs

#: A total of persons' parts by size, the largest and the second largest of them.
Top: TypeAlias = tuple[float, float, float]
NOTHING: Top = (0.0, 0.0, 0.0)
_PARTS: tuple[Kind, ...] = ("magnitude", "largest", "second")


class Supports(NamedTuple):
    """What an engine finds of the persons behind a model.

    `persons` have a complete row. `four` are the cells of the table that two conditions make. `tops` is
    of the numbers of a term (None: of the outcome) among those who meet a condition; `weighed` of the
    prior weights, where there are some, among those who meet two. `meat` is of the products that a
    person's score adds, in the order of its cells.
    """

    persons: int
    four: Mapping[tuple[Condition, Condition], Four]
    tops: Mapping[tuple[Condition, int | None], Top]
    weighed: Mapping[Condition, Top]
    meat: tuple[Top, ...] = ()


def model_evidence(design: Design, found: Supports) -> dict[Kind, dict[str, Figures]]:
    """The evidence for each cell of a score."""
    n, p = found.persons, len(design.terms)
    size = {name: length for name, length in lengths(p).items() if design.clustered or name not in _MEAT}
    smaller = _cell(found, condition(design.outcome), condition(design.outcome)) if _told(design) else n
    figures: dict[Kind, dict[str, Figures]] = {
        "persons": {name: (n,) * length for name, length in size.items()},
        "cells": _cells(design, found, smaller),
        "residual": {name: (n - p,) * length for name, length in size.items()},
        "stratum": {name: (smaller / p,) * length for name, length in size.items()},
    }
    totals = _totals(design, found)
    for at, kind in enumerate(_PARTS):
        figures[kind] = {
            name: tuple(part[at] for part in totals.get(name, [NOTHING] * length))
            for name, length in size.items()
        }
    return figures


_MEAT = ("meat", "persons")


def _told(design: Design) -> bool:
    """Whether the outcome is a level, so that the persons who have it are counted."""
    return bool(condition(design.outcome))


def _cell(found: Supports, one: Condition, other: Condition) -> int:
    return fewest(one, other, found.four[one, other], found.persons)


def _cells(design: Design, found: Supports, smaller: int) -> dict[str, Figures]:
    """The fewest persons in a cell of the tables that each sum contains."""
    conditions, told = [condition(term) for term in design.terms], condition(design.outcome)
    upper = tuple(_cell(found, conditions[i], conditions[j]) for i, j in pairs(len(conditions)))
    cells: dict[str, Figures] = {
        "n": (found.persons,),
        "gram": upper,
        "score": tuple(_cell(found, one, told) for one in conditions),
        "deviance": (found.persons,),
        "sums": (smaller,) * len(SUMS),
    }
    return cells | ({"meat": upper, "persons": (found.persons,)} if design.clustered else {})


def _totals(design: Design, found: Supports) -> dict[str, list[Top]]:
    """The totals that sums contain: an indicator times a number, or a weight, is that of a group."""
    terms, conditions = design.terms, [condition(term) for term in design.terms]

    def total(i: int, j: int) -> Top:
        if terms[i].indicator and terms[j].indicator:
            return found.weighed[conditions[i] | conditions[j]] if design.weights else NOTHING
        if terms[i].indicator == terms[j].indicator:
            return NOTHING
        return found.tops[conditions[i if terms[i].indicator else j], j if terms[i].indicator else i]

    def scored(at: int) -> Top:
        if not terms[at].indicator:
            return NOTHING
        if design.weights and design.outcome.indicator:
            return found.weighed[conditions[at] | condition(design.outcome)]
        return found.tops[conditions[at], None]

    totals = {
        "gram": [total(i, j) for i, j in pairs(len(terms))],
        "score": [scored(at) for at in range(len(terms))],
    }
    return totals | ({"meat": list(found.meat)} if design.clustered else {})
