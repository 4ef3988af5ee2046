"""Who is behind each count of a shape: one query for each grouping, the persons as sets of ordinals."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import product
from typing import Any, Protocol

from pyroaring import BitMap

from fedcli.engine import aggregates
from fedcli.engine.grown import PLACE
from fedcli.engine.levels import Levels, plain
from fedcli.engine.sql import Binder, visible
from fedcli.model.cells import Axis, size
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.gradients import Gradients
from fedcli.statistics.indicators import Band
from fedcli.statistics.members import ABSENT, PRESENT, WITHOUT_LEVEL, Grouping, Level, Members, Place
from fedcli.statistics.moments import Moments
from fedcli.statistics.patterns import Patterns
from fedcli.statistics.supports import conditions, tables

Found = Mapping[tuple[Any, ...], BitMap]


class Sets(Protocol):
    """The persons of a cohort by the values of some columns."""

    def __call__(
        self, names: Sequence[ColumnName], emit: Callable[[Binder], Sequence[str]], where: str = ""
    ) -> Found:
        """For each combination of values that occurs, who has it."""
        ...


#: What each person of a cohort has in some columns, as `Grouping` wants it.
Contributions = Callable[[Sequence[ColumnName]], bytes]


def of_counts(
    sets: Sets,
    shape: Counts,
    columns: Sequence[ColumnName],
    within: Sequence[ColumnName],
    bins: Bins | None,
    contributions: Contributions | None,
) -> Members:
    """A table is one grouping: its cells, and in each group who lacks a level.

    Where rows of persons are counted, who is where does not say how many of them a person contributes.
    """
    names = (*columns, *within)

    def values(binder: Binder) -> list[str]:
        first = [aggregates.bin_of(bins, binder)] if bins else []
        return [*first, *map(visible, names[len(first) :])]

    cells, groups = Levels(shape.axes), Levels(shape.groups)
    found: dict[tuple[str, int], BitMap] = {}
    cohort = BitMap()
    for at, people in sets(names, values).items():
        labels = (bins.labels[at[0]], *at[1:]) if bins and at[0] is not None else at
        cohort |= people
        group = groups.place(labels[len(columns) :])
        place = cells.place(labels)
        if group is not None:
            key = ("missing", group) if place is None else ("count", place)
            found.setdefault(key, BitMap()).update(people)
    each = contributions(names) if contributions else b""
    return Members(cohort, (Grouping(names, tuple(_of_table(shape, len(columns), found)), each),))


def _of_table(shape: Counts, columns: int, found: Mapping[tuple[str, int], BitMap]) -> Iterator[Place]:
    for at, levels in enumerate(product(*(axis.levels for axis in shape.axes))):
        yield Place(found.get(("count", at), BitMap()), levels, (("count", at),))
    if shape.axes:
        lacking: Level = WITHOUT_LEVEL if columns == 1 else None
        for at, levels in enumerate(product(*(axis.levels for axis in shape.groups))):
            people = found.get(("missing", at), BitMap())
            yield Place(people, (*(lacking,) * columns, *levels), (("missing", at),))


def of_patterns(
    sets: Sets, shape: Patterns, columns: Sequence[ColumnName], contributions: Contributions | None
) -> Members:
    """Patterns are one grouping, whose levels are told as others are: who lacks what is the question."""
    found = {at: people for (at,), people in sets(columns, lambda _: [aggregates.pattern(columns)]).items()}
    places = tuple(
        Place(found.get(at, BitMap()), levels, (("count", at),)) for at, levels in enumerate(shape.patterns)
    )
    each = contributions(columns) if contributions else b""
    return Members(BitMap.union(BitMap(), *found.values()), (Grouping(tuple(columns), places, each),))


def of_moments(
    sets: Sets,
    shape: Moments,
    columns: Sequence[ColumnName],
    by: Sequence[ColumnName],
    dictionary: Dictionary,
    contributions: Contributions,
) -> Members:
    """Each variable divides the groups into those with a value and those without.

    The mean of a number that can have two values tells how many have each.
    """
    number = size(shape.groups)
    groupings = []
    for at, name in enumerate(columns):
        few = _of_two_values(dictionary.columns[name])
        asked = visible(name) if few else f"{visible(name)} IS NOT NULL"
        values = _of_variable(sets, name, by, asked, shape.groups)
        found = _with_value(values) if few else values
        told = tuple(_told(found, shape.groups, at * number))
        groupings.append(Grouping((name, *by), told, contributions((name,))))
        if by and not at:
            groupings.append(Grouping(tuple(by), tuple(_of_groups(found, shape.groups))))
        if few:
            groupings.append(Grouping((name, *by), tuple(_told_by_mean(values, shape.groups, at * number))))
    return Members(BitMap.union(BitMap(), *sets((), lambda _: ()).values()), tuple(groupings))


def of_gradients(sets: Sets, shape: Gradients, kinds: Sequence[str], contributions: Contributions) -> Members:
    """Each feature divides the nodes of a round, and all of them the cohort's rows that lack nothing.

    A mean tells how many of each of the `kinds` are in a bin; of a number it is the persons' values that are
    told of, too.
    """
    growing, found = shape.growing, dict[tuple[Any, ...], BitMap]()
    for key, people in sets((PLACE, *kinds), lambda _: [*map(visible, (PLACE, *kinds))]).items():
        if key[0] is not None:
            found.setdefault(key, BitMap()).update(people)
    values = contributions((growing.outcome,))
    groupings = []
    for places in growing.features().values():
        names = growing.telling(places[0])
        groupings.append(Grouping(names, tuple(_of_bins(found, growing, places)), values))
        if kinds:
            groupings.append(Grouping(names, tuple(_of_kinds(found, growing, places))))
    return Members(BitMap.union(BitMap(), *sets((), lambda _: ()).values()), tuple(groupings))


def _of_bins(found: Mapping[Any, BitMap], growing: Growing, places: Sequence[int]) -> Iterator[Place]:
    """Everybody in each bin, told by `n`."""
    for at in places:
        people = BitMap.union(BitMap(), *(some for (place, *_), some in found.items() if place == at))
        yield Place(people, (PRESENT, *growing.levels(at)), (("n", at),))


def _of_kinds(found: Mapping[Any, BitMap], growing: Growing, places: Sequence[int]) -> Iterator[Place]:
    """Everybody of each kind in each bin, told by the means: of each level of the outcome, at each score.

    In a bin that nobody is in, somebody could have any of them.
    """
    classes, inhabited = growing.divided.classes, {key[0] for key in found}
    scores = sorted({key[-1] for key in found}) if not growing.flat else [None]
    for at, (level, name), (number, score) in product(
        places, enumerate(classes or (PRESENT,)), enumerate(scores)
    ):
        key = (at, *((level,) if classes else ()), *(() if score is None else (score,)))
        levels = growing.levels(at) if score is None else (*growing.levels(at), f"score {number}")
        if key in found or score is None or at not in inhabited:
            yield Place(found.get(key, BitMap()), (name, *levels), (("mean", at),))


def _of_variable(
    sets: Sets, name: ColumnName, by: Sequence[ColumnName], value: str, groups: Sequence[Axis]
) -> dict[tuple[Any, int], BitMap]:
    """The persons by what is asked of a variable, and by group."""
    levels = Levels(groups)
    found: dict[tuple[Any, int], BitMap] = {}
    for (of, *at), people in sets((name, *by), lambda _: (value, *map(visible, by))).items():
        group = levels.place(at)
        if group is not None:
            found.setdefault((of, group), BitMap()).update(people)
    return found


def _with_value(values: Mapping[tuple[Any, int], BitMap]) -> dict[tuple[Any, int], BitMap]:
    """The persons by whether they have a value, of those by value."""
    found: dict[tuple[Any, int], BitMap] = {}
    for (value, group), people in values.items():
        found.setdefault((value is not None, group), BitMap()).update(people)
    return found


def _told(found: Mapping[tuple[Any, int], BitMap], groups: Sequence[Axis], first: int) -> Iterator[Place]:
    """In each group those with a value, told by `n`, and those without, told by `missing`."""
    for at, levels in enumerate(product(*(axis.levels for axis in groups))):
        yield Place(found.get((True, at), BitMap()), (PRESENT, *levels), (("n", first + at),))
        yield Place(found.get((False, at), BitMap()), (ABSENT, *levels), (("missing", first + at),))


def _of_groups(found: Mapping[tuple[Any, int], BitMap], groups: Sequence[Axis]) -> Iterator[Place]:
    """Everybody in each group: of how many there are, nothing is told."""
    for at, levels in enumerate(product(*(axis.levels for axis in groups))):
        yield Place(found.get((True, at), BitMap()) | found.get((False, at), BitMap()), levels, None)


def _told_by_mean(
    found: Mapping[tuple[Any, int], BitMap], groups: Sequence[Axis], first: int
) -> Iterator[Place]:
    """In each group those with each value."""
    levels = list(product(*(axis.levels for axis in groups)))
    for (value, at), people in found.items():
        if value is not None:
            yield Place(people, (plain(value), *levels[at]), (("mean", first + at),))


def _of_two_values(column: Column) -> bool:
    """Whether a column is a whole number between two neighbouring bounds."""
    bounds = column.range
    return column.type == "integer" and bounds is not None and bounds[1] - bounds[0] == 1


def of_design(sets: Sets, design: Design, contributions: Contributions) -> Members:
    """A model tells all tables of two of its conditions, among those who lack nothing: none can be hidden.

    Who lacks something is in the same tables, of which then nothing is told. Of columns that are filled in no
    table is: what is drawn is not what anybody has.
    """
    from fedcli.engine.stream import entering, whole  # numpy, for models only

    cuts: dict[ColumnName, set[float]] = {}
    for name, level in (asked for one in conditions(design) for asked in one):
        if isinstance(level, Band):
            cuts.setdefault(name, set()).add(level.low)
    together = {one & design.needed for one in tables(design)}
    names = sorted(frozenset().union(*together))

    def values(binder: Binder) -> list[str]:
        return [_band(name, sorted(cuts[name]), binder) if name in cuts else visible(name) for name in names]

    widest = sorted(sorted(one) for one in together if not any(one < other for other in together))
    complete = sets(sorted(design.columns), values, whole(design))
    everybody = sets(sorted(design.columns), values)
    lacks_nothing = " ".join(sorted(design.needed)) + entering(design)
    everything = contributions(sorted(design.columns))
    told = [_of_pair(one, names, complete).among(lacks_nothing, everything) for one in widest]
    untold = [_of_pair(one, names, everybody).untold() for one in widest]
    return Members(BitMap.union(BitMap(), *everybody.values()), (*told, *untold))


def _band(name: ColumnName, cuts: Sequence[float], binder: Binder) -> str:
    """The number of the band that a value is in."""
    value = f"CAST({visible(name)} AS DOUBLE)"
    return " + ".join(f"CAST({value} >= {binder.bind(cut)} AS INTEGER)" for cut in cuts)


def _of_pair(columns: Sequence[ColumnName], names: Sequence[ColumnName], found: Found) -> Grouping:
    places = [names.index(column) for column in columns]
    people: dict[tuple[Level, ...], BitMap] = {}
    for at, some in found.items():
        if any(at[place] is None for place in places):
            continue
        people.setdefault(tuple(plain(at[place]) for place in places), BitMap()).update(some)
    return Grouping(tuple(columns), tuple(Place(some, at) for at, some in people.items()))
