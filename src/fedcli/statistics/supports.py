"""How many persons, and how much of the largest, stand behind each of a model's sums."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from itertools import combinations_with_replacement
from operator import sub
from types import MappingProxyType
from typing import NamedTuple

from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.statistics.bands import Parts, beyond, earliest, intervals, outcome, outcomes, split
from fedcli.statistics.beside import Beside, fewest_beside
from fedcli.statistics.evidence import NOTHING, Figures, Kind, Top, worst
from fedcli.statistics.families import ModelName
from fedcli.statistics.indicators import (
    Condition,
    Four,
    Least,
    condition,
    distinct,
    fewest,
    of_all,
    of_some,
)
from fedcli.statistics.late import Dated, Late, late
from fedcli.statistics.score import PAIRS, SUMS, THETA, asked, pairs, repeated
from fedcli.statistics.spans import Spans, Spent
from fedcli.statistics.trained import Trained, whole

_PARTS: tuple[Kind, ...] = ("magnitude", "largest", "second")


class Supports(NamedTuple):
    """What an engine finds of the persons behind a model, for the `conditions` of its design.

    `persons` have a complete row. `four` are the cells of the table that two conditions make. `tops` is
    of the numbers of a term (None: of the outcome) among those who meet a condition; `weighed` of the
    prior weights, where there are some, among those who meet two. `beside` is of numbers that nearly all
    share, `scored` of the sums of terms with the outcome. `meat` is of the products that a
    person's score adds, in the order of its cells. `at_risk` are the fewest persons who were still followed
    when an event came, of a model of hazards, `entered` how many missed an event because they entered late,
    with the events that they missed; `several` are the cells of `four` of those alone who have several rows,
    and `within` the tops of what these add by having them, where rows of a person go together; `dated` are
    the events by how late they came, where columns are told times that, among all, and among those who meet
    a condition; `spent` is how long they were in the intervals of a baseline. Where values are filled in,
    `observed` is of those who lack none: what is drawn stands for nobody. `trained` is of the steps that a
    site goes by itself.
    """

    persons: int
    four: Mapping[tuple[Condition, Condition], Four]
    tops: Mapping[tuple[Condition, int | None], Top]
    weighed: Mapping[Condition, Top]
    beside: Beside
    scored: Mapping[int, Top] = MappingProxyType({})
    meat: tuple[Top, ...] = ()
    within: tuple[Top, ...] = ()
    several: Mapping[tuple[Condition, Condition], Four] = MappingProxyType({})
    at_risk: int | None = None
    entered: tuple[int, Top] | None = None
    dated: Mapping[Condition, Dated] = MappingProxyType({})
    spent: Spent = MappingProxyType({})
    observed: Supports | None = None
    trained: Trained | None = None


def conditions(design: Design) -> list[Condition]:
    """Everything that persons are counted by: nothing, levels of terms and the outcome, bands, a horizon."""
    ends = *outcomes(design), beyond(design), earliest(design)
    terms = [*split(design), *(Parts(one, ()) for one in ends)]
    spans = (one for interval in intervals(design) for one in interval)
    return distinct([Condition(), *(one for part in terms for one in (part.levels, *part.pieces)), *spans])


def tables(design: Design) -> set[frozenset[ColumnName]]:
    """The columns of each table of persons that a model tells: those of two conditions.

    With a baseline in intervals no events in an interval are told by levels.
    """
    sides = list(map(_columns, conditions(design)))
    if spans := [one.stops | one.late for one in intervals(design)]:
        pieces = (piece for part in split(design) for piece in part.pieces)
        sides = [_columns(one) for one in (*pieces, *spans, condition(design.outcome))]
    return {one | other for one, other in combinations_with_replacement(sides, 2)}


def _columns(one: Condition) -> frozenset[ColumnName]:
    return frozenset(column for column, _ in one)


def model_evidence(design: Design, model: ModelName, found: Supports) -> dict[Kind, dict[str, Figures]]:
    """The evidence for each cell of a score; with a site's own intercept, that of the sums behind it."""
    return of_steps(design, model, sums_evidence(design, model, found), found.trained)


def sums_evidence(design: Design, model: ModelName, found: Supports) -> dict[Kind, dict[str, Figures]]:
    """The evidence for the sums of one step, whoever moves the coefficients."""
    if design.training is not None:
        return sums_evidence(design.model_copy(update={"training": None}), model, found)
    told = _evidence(design.whole, model, found)
    if found.observed is not None:
        told = _both(told, _evidence(design.whole, model, found.observed))
    return _without_intercept(told, len(design.terms)) if design.intercepts else told


def of_steps(
    design: Design, model: ModelName, told: dict[Kind, dict[str, Figures]], trained: Trained | None
) -> dict[Kind, dict[str, Figures]]:
    """The evidence for the cells of a score, by that of the sums and by who moves each step of a training."""
    if design.training is None:
        return told
    return _of_weights(whole(told, trained, asked(design, model)), len(design.terms), design.trained)


def _of_weights(
    told: dict[Kind, dict[str, Figures]], terms: int, weights: int
) -> dict[Kind, dict[str, Figures]]:
    """The same for as many parameters as are trained, of which a network has more than terms."""
    return told | {
        "stratum": {
            name: tuple(one * terms / weights for one in row) for name, row in told["stratum"].items()
        },
        "residual": {
            name: tuple(one + terms - weights for one in row) for name, row in told["residual"].items()
        },
    }


def _both(
    told: dict[Kind, dict[str, Figures]], observed: dict[Kind, dict[str, Figures]]
) -> dict[Kind, dict[str, Figures]]:
    """What passes where both do: that of everybody, drawn values and all, and that of those who lack none."""
    found: dict[Kind, dict[str, Figures]] = {
        kind: {name: tuple(map(min, row, observed[kind][name])) for name, row in rows.items()}
        for kind, rows in told.items()
        if kind not in _PARTS
    }
    found |= {kind: {} for kind in _PARTS}
    for name in told["magnitude"]:
        of = [zip(*(figures[kind][name] for kind in _PARTS), strict=True) for figures in (told, observed)]
        tops = [worst(pair) for pair in zip(*of, strict=True)]
        for at, kind in enumerate(_PARTS):
            found[kind][name] = tuple(top[at] for top in tops)
    return found


def _without_intercept(told: dict[Kind, dict[str, Figures]], p: int) -> dict[Kind, dict[str, Figures]]:
    """The figures of the cells that are left; `n` answers for those that are not."""
    gone = [at for at, (i, _) in enumerate(pairs(p + 1)) if i == 0]
    lost = {kind: [rows["score"][0], *(rows["gram"][at] for at in gone)] for kind, rows in told.items()}
    tops = worst(zip(*(lost[kind] for kind in _PARTS), strict=True))
    left: dict[Kind, dict[str, Figures]] = {}
    for kind, rows in told.items():
        behind = (tops[_PARTS.index(kind)],) if kind in _PARTS else (min(*rows["n"], *lost[kind]),)
        gram = tuple(one for at, one in enumerate(rows["gram"]) if at not in gone)
        left[kind] = rows | {"n": behind, "strata": behind, "gram": gram, "score": rows["score"][1:]}
    return left


def _evidence(design: Design, model: ModelName, found: Supports) -> dict[Kind, dict[str, Figures]]:
    n, p = found.persons, len(design.told)
    size = asked(design, model)
    smaller = _smaller(design, found, of_all)
    degrees = (smaller if design.times or design.choices else n) - p
    some, everywhere = (_behind(design, found, least) for least in (of_some, of_all))
    totals = _held(design, found)
    figures: dict[Kind, dict[str, Figures]] = {
        "persons": {name: (n,) * length for name, length in size.items()},
        "cells": {name: some[name] for name in size},
        "inhabited": {name: tuple(int(one > 0) for one in everywhere[name]) for name in size},
        "residual": {name: (degrees,) * length for name, length in size.items()},
        "stratum": {name: (smaller / p,) * length for name, length in size.items()},
    }
    for at, kind in enumerate(_PARTS):
        figures[kind] = {
            name: tuple(part[at] for part in totals.get(name, [NOTHING] * length))
            for name, length in size.items()
        }
    return figures


def _smaller(design: Design, found: Supports, least: Least) -> int:
    """The persons in the smaller group of the outcome; all, where it has none."""
    return least((_cell(found, one, one, least) for one in outcomes(design)), found.persons)


def _behind(design: Design, found: Supports, least: Least) -> dict[str, Figures]:
    """The least persons in a cell of the tables behind each sum."""
    cells = _cells(design, _apart(found), _smaller(design, found, least), least)
    if design.exchangeable:  # the sums over two rows of a person
        cells |= {"pairs": (_apart(found).persons,) * len(PAIRS)}
    if design.intervals:
        spans = Spans(design, found.persons, found.four, found.beside, found.spent)
        cells |= spans.cells(cells, least)
    if design.trending:
        cells = _with_late(design, found, cells, least)
    if design.choices:
        k, many = len(design.terms), len(design.choices)
        cells = {name: tuple(repeated(name, row, k, many)) for name, row in cells.items()}
    return cells


def _held(design: Design, found: Supports) -> dict[str, list[Top]]:
    """Who holds most of the totals behind each sum."""
    totals = _totals(design, found)
    if design.exchangeable:
        totals = _with_pairs(design, found, totals)
    if design.intervals:
        spans = Spans(design, found.persons, found.four, found.beside, found.spent)
        totals |= spans.totals(totals)
    if design.trending:
        more = _late(design, found)
        totals = {
            name: list(map(_worse, repeated(name, totals[name], len(design.terms)), row))
            for name, row in more.items()
        }
    if design.choices:
        k, many = len(design.terms), len(design.choices)
        totals = {name: repeated(name, row, k, many) for name, row in totals.items()}
    return totals


def _apart(found: Supports) -> Supports:
    """With each cell as the fewest of all in it, of those who have several rows, and of those who have one.

    Where rows of a person go together, the sums of both can be told apart.
    """
    if not found.several:
        return found
    four = {pair: _of_either(cells, found.several[pair]) for pair, cells in found.four.items()}
    return found._replace(four=four, persons=four[Condition(), Condition()][0])


def _of_either(cells: Four, several: Four) -> Four:
    def fewest(everybody: int, some: int) -> int:
        return min([one for one in (some, everybody - some) if one > 0], default=0)

    a, b, c, d = map(fewest, cells, several)
    return a, b, c, d


def _with_pairs(design: Design, found: Supports, totals: dict[str, list[Top]]) -> dict[str, list[Top]]:
    """Who holds what the sums over two rows of a person add to the others."""
    p, upper = len(design.terms), len(pairs(len(design.terms)))
    within = found.within or (NOTHING,) * (upper + p + len(PAIRS))
    more = {"gram": within[:upper], "score": within[upper : upper + p]}
    told = {name: list(map(worst, zip(totals[name], row, strict=True))) for name, row in more.items()}
    return totals | told | {"pairs": list(within[upper + p :])}


def _late(design: Design, found: Supports) -> dict[str, list[Late | None]]:
    """How late events are, where columns are told times that."""
    p = len(design.terms)
    whole = late([found.dated[Condition()]])
    own: list[Late | None] = [late(_sides(part, found)) for part in split(design)]
    return {
        "gram": [whole if j >= p else None for _, j in pairs(2 * p)],
        "score": [None] * p + own,
    }


def _with_late(
    design: Design, found: Supports, cells: dict[str, Figures], least: Least
) -> dict[str, Figures]:
    """The same of each column once more; times how late events are, these must be many too, and not alike."""
    more, p = _late(design, found), len(design.terms)

    def fewer(figure: int | float, of: Late | None) -> int | float:
        return figure if of is None else least((figure, of.apart), found.persons)

    return {
        name: tuple(map(fewer, repeated(name, row, p), more[name])) if name in more else row
        for name, row in cells.items()
    }


def _sides(part: Parts, found: Supports) -> Iterator[Dated]:
    """The events of each piece of a term, and those that are not of it."""
    everybody = found.dated[Condition()]
    for piece in part.pieces:
        yield found.dated[piece]
        yield tuple(map(sub, everybody, found.dated[piece]))


def _worse(top: Top, more: Late | None) -> Top:
    return top if more is None else worst([top, *more.far])


def _cell(found: Supports, one: Condition, other: Condition, least: Least) -> int:
    return fewest(one, other, found.four[one, other], found.persons, least)


def _cells(design: Design, found: Supports, smaller: int, least: Least) -> dict[str, Figures]:
    """The least persons in a cell of the tables that each sum contains."""
    pieces, told = [part.pieces for part in split(design)], outcomes(design)

    @cache
    def smallest(left: tuple[Condition, ...], right: tuple[Condition, ...]) -> int:
        return least((_cell(found, one, other, least) for one in left for other in right), found.persons)

    upper = tuple(smallest(pieces[i], pieces[j]) for i, j in pairs(len(pieces)))
    cells: dict[str, Figures] = {
        "n": (found.persons,),
        "gram": upper,
        "score": tuple(smallest(one, told) for one in pieces),
        "deviance": (found.persons,),
        "sums": (smaller,) * len(SUMS),
    }
    cells |= {"meat": upper, "persons": (found.persons,), "pearson": (found.persons,)}
    cells |= {"theta": (smaller,) * len(THETA)}
    more = fewest_beside(design, found.beside, found.persons, least)
    followed = found.persons if found.at_risk is None else found.at_risk
    if found.entered is not None and found.entered[0]:  # of none, it is as if nobody had entered late
        followed = min(followed, found.entered[0])
    return {
        name: tuple(
            least((followed, *both), found.persons) for both in zip(row, more.get(name, row), strict=True)
        )
        for name, row in cells.items()
    }


def _totals(design: Design, found: Supports) -> dict[str, list[Top]]:
    """The totals that sums contain: an indicator times a number, or a weight, is that of a group.

    A spline is a number to an indicator. To another number it is like one indicator for each of its bands,
    and its own total is in its square.
    """
    terms, sides, told = design.terms, split(design), outcome(design)
    conditions = [part.levels for part in sides]

    def total(i: int, j: int) -> Top:
        if terms[i].indicator and terms[j].indicator:
            return found.weighed[conditions[i] | conditions[j]] if design.weighed else NOTHING
        if terms[i].indicator == terms[j].indicator:
            return _of_numbers(found, sides, i, j)
        return found.tops[conditions[i if terms[i].indicator else j], j if terms[i].indicator else i]

    def scored(at: int) -> Top:
        if design.choices and not terms[at].indicator:  # with the intercept's, the total in each level
            return worst(found.tops[one, at] for one in outcomes(design))
        return worst([found.scored.get(at, NOTHING), within(at)])

    def within(at: int) -> Top:
        if not terms[at].indicator and not sides[at].local:
            return NOTHING
        if design.weights and design.outcome.indicator:
            return worst(found.weighed[piece | told] for piece in sides[at].pieces)
        return _within(found, sides[at], None)

    totals = {
        "gram": [total(i, j) for i, j in pairs(len(terms))],
        "score": [scored(at) for at in range(len(terms))],
    }
    if found.entered is not None:
        totals = {name: [worst([one, found.entered[1]]) for one in row] for name, row in totals.items()}
        totals["deviance"] = [found.entered[1]]
    return totals | ({"meat": list(found.meat)} if design.sandwiched else {})


def _of_numbers(found: Supports, sides: list[Parts], i: int, j: int) -> Top:
    """What the product of two numbers is a total of: nothing, unless one of them is local."""
    one, other = sides[i], sides[j]
    if one.local == other.local:
        return found.tops[one.levels, i] if one.local and i == j else NOTHING
    return _within(found, one, j) if one.local else _within(found, other, i)


def _within(found: Supports, part: Parts, which: int | None) -> Top:
    """The total of a number, or of the outcome, in that piece of a term where fewest hold most of it."""
    return worst(found.tops[piece, which] for piece in part.pieces)
