"""Rows in DuckDB: each request is one pushed-down aggregate query, evidence in the same pass."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property, partial
from typing import TYPE_CHECKING, Any

from pyroaring import BitMap

from fedcli.engine import aggregates
from fedcli.engine.figures import Gathered, check_finite, fewest_alike, gradients_evidence, moments_evidence
from fedcli.engine.grown import PLACE, Grown
from fedcli.engine.levels import Levels, labelled, plain
from fedcli.engine.members import of_counts, of_design, of_gradients, of_moments, of_patterns
from fedcli.engine.near import Near
from fedcli.engine.opening import Opened
from fedcli.engine.parts import LEVEL, SORTED, VARIABLE, WHOLE, Part
from fedcli.engine.register import ORDINAL, TOGETHER, Register
from fedcli.engine.room import Room
from fedcli.engine.scored import Scored
from fedcli.engine.second import beside_ends, of_persons
from fedcli.engine.selection import Selection
from fedcli.engine.sides import Sides
from fedcli.engine.spread import Spread
from fedcli.engine.sql import Binder, predicate, visible
from fedcli.engine.tally import Tally
from fedcli.errors import fault
from fedcli.model.cells import Axis, Number, size
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Predicate
from fedcli.model.terms import Design
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence, Figures, Kind
from fedcli.statistics.families import ModelName
from fedcli.statistics.gradients import Gradients, empty_gradients
from fedcli.statistics.members import PRESENT, Grouping, Members, Place
from fedcli.statistics.moments import Moments
from fedcli.statistics.nearest import Nearest, empty_clusters
from fedcli.statistics.patterns import Patterns
from fedcli.statistics.rows import (
    counted,
    empty_counts,
    empty_deviations,
    empty_moments,
    empty_patterns,
    noise_only,
)
from fedcli.statistics.score import START, Score, Shared, empty
from fedcli.statistics.seal import Exact

if TYPE_CHECKING:
    from fedcli.engine.imputing import Imputing
    from fedcli.engine.stream import Stream

#: So many variables at a time: more make more parts of the persons, fewer look each person up more often.
_TOGETHER = 3


class DuckRows(Selection):
    """The rows of an opened source that are in a cohort, with the columns that may be seen."""

    def __init__(
        self,
        opened: Opened,
        dictionary: Dictionary,
        cohort: Predicate | None,
        visible: frozenset[ColumnName],
        room: Room | None = None,
        register: Register | None = None,
        draws: str = "",
    ) -> None:
        super().__init__(opened, dictionary, cohort, visible)
        self._draws = draws
        self._imputing: dict[str, Imputing] = {}
        self._register = register
        self._room = room or Room()
        self._streams: dict[str, Stream] = {}

    def counts(
        self,
        by: Sequence[ColumnName] = (),
        of: Unit | None = None,
        *,
        bins: Bins | None = None,
        within: Sequence[ColumnName] = (),
    ) -> Exact[Counts]:
        """Count persons or rows in each combination of levels."""
        if bins and bins.score and self._made is None:
            scored = Scored(bins.score, self._dictionary, self._opened.stored)
            return self._beside(scored).counts(by, of, bins=bins, within=within)
        shape = empty_counts(self._dictionary, by, of, bins, within)
        columns = (*((bins.value,) if bins else ()), *by)
        repeating = self._dictionary.person_id if self._dictionary.repeats else None
        places, groups = Levels(shape.axes), Levels(shape.groups)
        tally = Tally(size(shape.axes), size(shape.groups))
        emit = aggregates.table(by, bins, within, repeating)
        for *found, n, people in self._parts((*columns, *within), emit):
            values = labelled(found, bins)
            group = groups.place(values[len(columns) :])
            if group is not None:
                tally.add(places.place(values), group, n, people)
        if any(tally.missing["row"]) and repeating:
            tally.recount_missing()
            lacking = aggregates.without_level(columns, within, repeating)
            for *levels, n, people in self._parts((*columns, *within), lambda _: lacking):
                tally.lack(groups.place(levels), n, people)
        filled, persons = tally.of(counted(self._dictionary, of)), tally.of("person")
        cells = {name: filled[name] for name in shape.cells}
        rows = self._dictionary.repeats and counted(self._dictionary, of) == "row"
        told = self._contributions if rows else None
        members = partial(of_counts, self._sets, shape, columns, within, bins, told)
        return Exact(shape.having(cells), self._evidence({"persons": {**persons}}, members))

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Exact[Patterns]:
        """Count persons or rows by which columns they lack."""
        shape = empty_patterns(self._dictionary, columns, of)
        repeating = self._dictionary.person_id if self._dictionary.repeats else None
        emit = aggregates.counts([aggregates.pattern(columns)], repeating)
        tally = Tally(size(shape.axes), 0)
        for place, n, people in self._parts(columns, lambda _: emit):
            tally.add(int(place), 0, n, people)
        unit = counted(self._dictionary, of)
        told = self._contributions if self._dictionary.repeats and unit == "row" else None
        members = partial(of_patterns, self._sets, shape, columns, told)
        persons: dict[str, Figures] = {"count": tally.of("person")["count"]}
        return Exact(
            shape.having({"count": tally.of(unit)["count"]}), self._evidence({"persons": persons}, members)
        )

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Exact[Moments]:
        """n, missing, mean and m2 of each column in each group; an exact total is n times the mean."""
        del totals
        return self._moments(empty_moments(self._dictionary, columns, by), columns, by)

    def clusters(self, nearest: Nearest) -> Exact[Moments]:
        """The moments of those who are nearest to each centre."""
        shape = empty_clusters(self._dictionary, nearest)
        return self._beside(Near(nearest))._moments(shape, nearest.columns, (nearest.name,))

    def _moments(self, shape: Moments, columns: Sequence[str], by: Sequence[str]) -> Exact[Moments]:
        figures = self._figures(columns, by, shape.groups)
        cells = {name: tuple(figures[name]) for name in shape.cells}
        members = partial(of_moments, self._sets, shape, columns, by, self._dictionary, self._contributions)
        return Exact(shape.having(cells), self._evidence(moments_evidence(figures), members))

    def deviations(self, column: ColumnName, by: ColumnName, about: Sequence[float | None]) -> Exact[Moments]:
        """The moments of both sides, as of two columns.

        In memory a person contributes the side on which she is: of centres that are not the same, the sums
        differ by what lies between them.
        """
        shape = empty_deviations(self._dictionary, column, by, about)
        sides = Sides(column, by, shape.groups[0].levels, tuple(about), self._dictionary)
        beside = self._beside(sides)
        figures = beside._figures(sides.sides, (by,), shape.groups)
        cells = {name: tuple(figures[name]) for name in shape.cells}
        contributions = partial(_of_side, beside, sides.side)
        members = partial(
            of_moments, self._sets, shape, (column, column), (by,), self._dictionary, contributions
        )
        return Exact(shape.having(cells), self._evidence(moments_evidence(figures), members))

    def gradients(self, growing: Growing) -> Exact[Gradients]:
        """The figures of each mean in each bin of a node, of rows that are there once for each feature."""
        shape, made = empty_gradients(growing, self._dictionary), Grown(growing, self._dictionary)
        beside = self._beside(made)
        places = Axis(name=shape.axes[1].name, levels=tuple(range(shape.spots)))
        figures = beside._figures(made.variables, (PLACE,), (places,))
        fewest = fewest_alike(beside._parts((PLACE, *made.kinds), made.alike))
        cells = {"n": tuple(figures["n"][: shape.spots]), "mean": tuple(figures["mean"])}
        members = partial(of_gradients, beside._sets, shape, made.kinds, self._contributions)
        whole = Grown(growing.whole, self._dictionary)  # in one place, by outcome
        smaller = fewest_alike(self._beside(whole)._parts((PLACE, *whole.kinds), whole.alike)).get(0, 0)
        told = gradients_evidence(figures, shape.spots, fewest, smaller / growing.leaves)
        return Exact(shape.having(cells), self._evidence(told, members))

    def _figures(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName], groups: tuple[Axis, ...]
    ) -> dict[str, list[Any]]:
        """All figures of each column in each group."""
        gathered = Gathered(columns, groups)
        names = aggregates.OF_ROWS if self._dictionary.repeats else aggregates.OF_SINGLES
        emit = aggregates.of_rows(columns, by, names)
        gathered.take(names, columns, self._query((*columns, *by), lambda _: emit))
        if self._dictionary.repeats:
            self._take_persons(gathered, columns, by)
        else:
            self._take_rows(gathered, by)
        return gathered.figures | {"contributors": gathered.contributors()}

    def _take_rows(self, gathered: Gathered, by: Sequence[ColumnName]) -> None:
        """Where a person has one row: only who shares the ends is left to count, if many can."""
        gathered.by_row()
        if names := gathered.shared():
            ends = partial(beside_ends, gathered, names, by)
            gathered.take(aggregates.OF_ENDS, names, self._query((*names, *by), ends))

    def _take_persons(
        self, gathered: Gathered, columns: Sequence[ColumnName], by: Sequence[ColumnName]
    ) -> None:
        """Where a person may have several rows: some variables at a time, one part of persons at a time."""
        for first in range(0, len(columns) if gathered.found else 0, _TOGETHER):
            names = columns[first : first + _TOGETHER]
            emit = partial(of_persons, gathered, names, by, str(self._dictionary.person_id))
            rows = self._parts((*names, *by), emit, LEVEL * len(by) + VARIABLE * len(names))
            gathered.take(aggregates.OF_PERSONS, names, rows)

    def ranks(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> Exact[Counts]:
        """Refused: a choice is made under noise, or not at all."""
        raise noise_only(column, grid, at)

    def score(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None = None,
        shared: Shared = START,
    ) -> Exact[Score]:
        """A step of a model: rows stream through BLAS, a block at a time."""
        from fedcli.engine.steps import step_of  # numpy, for models only

        stream = self._stream(design.whole)
        step = step_of(design.whole, family, state, shared, stream.blocks)
        if design.intercepts and state is not None:
            cells = self._profiled(design.whole, family, state, shared)
        elif design.start and state is None:
            cells = self._started(design, family, shared)
        else:
            cells = step.over(stream.blocks(), stream.entries())
        check_finite(cells)
        shape = empty(design, family, state is None).having(cells)
        members = partial(self._of_design, design.whole)
        return Exact(shape, self._evidence(stream.evidence(design, family, step), members))

    def _profiled(
        self, design: Design, family: ModelName, state: tuple[float, ...], shared: Shared
    ) -> dict[str, tuple[Any, ...]]:
        """A step with the intercept that suits this site's rows best; they are gone through several times."""
        from fedcli.engine.intercepts import profiled
        from fedcli.engine.step import Step

        blocks = self._stream(design).blocks
        return profiled(lambda at: Step(design, family, at, shared).over(blocks()), state)

    def _started(self, design: Design, family: ModelName, shared: Shared) -> dict[str, tuple[Any, ...]]:
        """The first step from what these rows say alone; they are gone through several times."""
        from fedcli.engine.starts import started
        from fedcli.engine.step import Step

        blocks = self._stream(design).blocks
        return started(lambda at: Step(design, family, at, shared).over(blocks()))

    def _stream(self, design: Design) -> Stream:
        """The rows of a design; the same at every step."""
        from fedcli.engine.stream import Stream

        if design.sha256 not in self._streams:
            if design.persons == "once" and self._repeated(design):
                raise fault("D-ONCE")
            imputing = self._imputed(design) if design.imputed else None
            read = partial(self._read, design)
            self._streams[design.sha256] = Stream(design, self._most, read, self._room, imputing)
        return self._streams[design.sha256]

    def _imputed(self, design: Design) -> Imputing:
        """The rows of a design as they are filled in; however often, they are read once."""
        from fedcli.engine.imputing import Imputing, once

        first = once(design)
        if first.sha256 not in self._imputing:
            self._imputing[first.sha256] = Imputing(first, self._dictionary, self._draws)
        return self._imputing[first.sha256]

    def _repeated(self, design: Design) -> int:
        from fedcli.engine.stream import repeated

        emit = repeated(design, self._dictionary)
        return sum(rows for (rows,) in self._parts(sorted(design.columns), lambda _: emit))

    def _read(self, design: Design, key: ColumnName | None) -> Iterator[Any]:
        """The batches of a design's rows; where persons' rows belong together, part after part of them.

        With a `key` those where it is greatest come first.
        """
        from fedcli.engine.blocks import BATCH
        from fedcli.engine.stream import numbers, select

        for part in self._read_in(design, key):
            binder = Binder()
            end = select(design, self._dictionary, binder, key)
            text = self._over(sorted(design.columns), binder, end, numbers(design), part, key=key)
            late = design.times is not None and key == design.times.entry
            yield from self._opened.stream(text, binder.values, BATCH, beside=late)

    def _read_in(self, design: Design, key: ColumnName | None) -> Sequence[Part]:
        """Parts of what must be sorted: of persons' rows by person, of hazards by time, the latest first."""
        beside = SORTED * len(design.columns)
        if key is None:
            return self._split(beside) if design.clustered else (WHOLE,)
        if design.times is not None and design.times.entry is not None:
            beside *= 2  # both orders at the same time
        return Spread(self._opened, key, self._dictionary.columns[key], self._most).ordered(beside)[::-1]

    def _evidence(self, figures: dict[Kind, dict[str, Figures]], members: Callable[[], Members]) -> Evidence:
        population, cohort, outside = self._people
        known = {"cohort": cohort, "population": population, "outside": outside}
        return Evidence(figures, **known, members=members if self._register else None)

    def _sets(
        self, names: Sequence[ColumnName], emit: Callable[[Binder], Sequence[str]], where: str = ""
    ) -> dict[tuple[Any, ...], BitMap]:
        """The persons of the cohort by some values; a part of them at a time."""
        found: dict[tuple[Any, ...], BitMap] = {}
        of = self._most // TOGETHER + 1
        for part in range(of):
            binder = Binder()
            values = emit(binder)
            tests = " AND ".join(filter(None, (where, f"{ORDINAL} % {of} = {part}" if of > 1 else "")))
            end = f"SELECT {''.join(f'{one}, ' for one in values)}list({ORDINAL}) FROM cohort"
            end += f"{' WHERE ' + tests if tests else ''} GROUP BY ALL"
            text = self._over(names, binder, end, register=self._register)
            for *at, ordinals in self._opened.ask(text, binder.values):
                found.setdefault(tuple(at), BitMap()).update(array("I", ordinals or ()))
        return found

    def groups(self, by: Sequence[ColumnName]) -> dict[tuple[Any, ...], BitMap]:
        """The persons of the cohort by the levels of some columns, as they are written; of none, all."""
        found: dict[tuple[Any, ...], BitMap] = {}
        for at, people in self._sets(by, lambda _: [*map(visible, by)]).items():
            found.setdefault(tuple(map(plain, at)), BitMap()).update(people)
        return found

    def _of_design(self, design: Design) -> Members:
        """Who is behind a model; columns that a query derives are told of besides, one by one."""
        from fedcli.engine.stream import whole  # numpy, for models only

        found = of_design(self._sets, design, self._contributions)
        derived = sorted(self._opened.derived.keys() & design.columns)
        if not derived:
            return found
        everybody = self._sets(sorted(design.columns), lambda _: (), whole(design))
        people = Place(BitMap.union(BitMap(), *everybody.values()), (PRESENT,))
        more = (Grouping((name,), (people,), self._contributions((name,))) for name in derived)
        return Members(found.cohort, (*found.groupings, *more))

    def _contributions(self, names: Sequence[ColumnName]) -> bytes:
        """What each person of the cohort has in some columns, as `Grouping` wants it.

        Of a derived column it is what it is made up of, so that twice a number is no other one.
        """
        if self._register is None or not self._persons:
            return b""
        behind = self._opened.behind
        names = sorted(frozenset[ColumnName]().union(*(behind.get(name, {name}) for name in names)))
        text = self._over(
            names, binder := Binder(), self._register.contributions(names), register=self._register
        )
        [(numbers,)] = self._opened.ask(text, binder.values)
        return array("H", numbers or ()).tobytes()

    @cached_property
    def _people(self) -> tuple[int, int, int]:
        """How many persons the dataset has, how many are in the cohort, how many have a row outside of it."""
        repeats = self._dictionary.repeats
        what = f"count(DISTINCT {visible(next(iter(self._persons)))})" if repeats else "count(*)"

        def of(emit: Callable[[Binder], str]) -> int:
            return sum(number for (number,) in self._parts((), emit))

        population = of(lambda _: f"SELECT {what} FROM clean")
        where = self._cohort
        if where is None:
            return population, population, 0
        cohort = of(lambda _: f"SELECT {what} FROM cohort")
        if not repeats:
            return population, cohort, population - cohort
        outside = of(lambda to: f"SELECT {what} FROM clean WHERE ({predicate(where, to)}) IS NOT TRUE")
        return population, cohort, outside


def _of_side(rows: DuckRows, side: str, names: Sequence[ColumnName]) -> bytes:
    """On which side of a centre each person's values are."""
    del names
    return rows._contributions((side,))
