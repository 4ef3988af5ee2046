"""Rows in memory: the slow, obvious engine that says what the fast one must answer.

Every figure is computed from plain Python lists in the way that its definition reads. It serves as
the oracle in tests; sites do not run it.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import partial
from itertools import product
from statistics import fmean
from typing import Any

from fedcli.engine import by_choice, by_cluster, by_imputing, by_training, by_tree
from fedcli.engine.by_interval import cells_of as cells_by_interval
from fedcli.engine.by_interval import supports_of
from fedcli.engine.by_row import cells_of
from fedcli.engine.by_score import score_of
from fedcli.engine.figures import check_finite, gradients_evidence, moments_evidence
from fedcli.engine.holding import clean, holds
from fedcli.engine.levels import Levels
from fedcli.engine.near import group_of
from fedcli.engine.people import Row, dated, number, raw, supports, top
from fedcli.engine.risk_sets import Followed, fewest_at_risk, missed, step_at
from fedcli.errors import fault
from fedcli.model.cells import Number, size
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Predicate
from fedcli.model.terms import Design, Times
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.deviations import SIDES
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.families import ModelName
from fedcli.statistics.gradients import Gradients, empty_gradients
from fedcli.statistics.late import lateness
from fedcli.statistics.moments import Moments
from fedcli.statistics.nearest import Nearest, empty_clusters
from fedcli.statistics.patterns import Patterns
from fedcli.statistics.rows import (
    categorical,
    counted,
    empty_counts,
    empty_deviations,
    empty_moments,
    empty_patterns,
    noise_only,
)
from fedcli.statistics.score import START, Score, Shared, empty
from fedcli.statistics.seal import Exact
from fedcli.statistics.supports import model_evidence


class MemoryRows:
    """The rows of a list that are in a cohort."""

    def __init__(
        self,
        rows: Sequence[Row],
        dictionary: Dictionary,
        cohort: Predicate | None,
        visible: frozenset[ColumnName],
    ) -> None:
        self._dictionary = dictionary
        self._visible = visible
        cleaned = [{name: clean(row[name], name, dictionary) for name in row} for row in rows]
        self._rows = [row for row in cleaned if cohort is None or holds(cohort, row) is True]
        self._population = self._people(cleaned)
        self._outside = self._people([row for row in cleaned if cohort and holds(cohort, row) is not True])

    def categorical(self, names: Sequence[ColumnName]) -> tuple[ColumnName, ...]:
        """By the dictionary."""
        return categorical(self._dictionary, names)

    def counts(
        self,
        by: Sequence[ColumnName] = (),
        of: Unit | None = None,
        *,
        bins: Bins | None = None,
        within: Sequence[ColumnName] = (),
    ) -> Exact[Counts]:
        """Count the rows, or the different persons in them, that have each combination."""
        self._check((*(bins.columns if bins else ()), *by, *within))
        shape = empty_counts(self._dictionary, by, of, bins, within)
        places, groups = Levels(shape.axes), Levels(shape.groups)
        cells: list[list[Row]] = [[] for _ in shape.cells["count"]]
        lacking: list[list[Row]] = [[] for _ in range(size(shape.groups))]
        for row in self._rows:
            group = groups.place([row[name] for name in within])
            if group is None:
                continue
            first = [_bin(self._value(row, bins), bins)] if bins else []
            place = places.place([*first, *(row[name] for name in (*by, *within))])
            (lacking[group] if place is None else cells[place]).append(row)
        number = self._people if counted(self._dictionary, of) == "person" else len
        found = {"count": cells, "missing": lacking}
        filled = {name: tuple(map(number, found[name])) for name in shape.cells}
        persons = {name: tuple(map(self._people, rows)) for name, rows in found.items()}
        return Exact(shape.having(filled), self._evidence({"persons": persons}))

    def _value(self, row: Row, bins: Bins) -> Any:
        return score_of(bins.score, row, self._dictionary) if bins.score else row[bins.column]

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Exact[Patterns]:
        """Count the rows, or the different persons in them, that lack the same columns."""
        self._check(columns)
        shape = empty_patterns(self._dictionary, columns, of)
        cells: dict[tuple[str, ...], list[Row]] = {one: [] for one in shape.patterns}
        for row in self._rows:
            cells[tuple("missing" if row[name] is None else "present" for name in columns)].append(row)
        number = self._people if counted(self._dictionary, of) == "person" else len
        filled = {"count": tuple(map(number, cells.values()))}
        persons = {"count": tuple(map(self._people, cells.values()))}
        return Exact(shape.having(filled), self._evidence({"persons": persons}))

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Exact[Moments]:
        """The figures of each column in each group."""
        del totals
        self._check((*columns, *by))
        shape = empty_moments(self._dictionary, columns, by)
        levels = Levels(shape.axes[1:])
        groups = list(product(*(axis.levels for axis in shape.axes[1:])))
        found = []
        for name in columns:
            for group in range(len(groups)):
                rows = [row for row in self._rows if levels.place([row[key] for key in by]) == group]
                found.append(self._figures(name, rows))
        figures = {key: [figure[key] for figure in found] for key in found[0]}
        cells = {name: tuple(figures[name]) for name in shape.cells}
        return Exact(shape.having(cells), self._evidence(moments_evidence(figures)))

    def clusters(self, nearest: Nearest) -> Exact[Moments]:
        """The figures of each column of those who are nearest to each centre."""
        self._check(nearest.columns)
        shape = empty_clusters(self._dictionary, nearest)
        groups = [[row for row in self._rows if group_of(nearest, row) == at] for at in nearest.axis.levels]
        figures = [self._figures(name, rows) for name in nearest.columns for rows in groups]
        found = {key: [figure[key] for figure in figures] for key in figures[0]}
        cells = {name: tuple(found[name]) for name in shape.cells}
        return Exact(shape.having(cells), self._evidence(moments_evidence(found)))

    def deviations(self, column: ColumnName, by: ColumnName, about: Sequence[float | None]) -> Exact[Moments]:
        """The figures of each side of its centre in each group."""
        self._check((column, by))
        shape = empty_deviations(self._dictionary, column, by, about)
        levels = Levels(shape.groups)
        figures = []
        for at, side in product(range(len(SIDES)), range(size(shape.groups))):
            rows = [row for row in self._rows if levels.place([row[by]]) == side]
            figures.append(self._figures(column, [_off(row, column, about[side], at) for row in rows]))
        found = {key: [figure[key] for figure in figures] for key in figures[0]}
        cells = {name: tuple(found[name]) for name in shape.cells}
        return Exact(shape.having(cells), self._evidence(moments_evidence(found)))

    def gradients(self, growing: Growing) -> Exact[Gradients]:
        """The figures of each mean in each bin, row by row."""
        self._check(growing.columns)
        shape = empty_gradients(growing, self._dictionary)
        rows: list[list[Row]] = [[] for _ in growing.spots]
        kinds: dict[tuple[int, Any], list[Row]] = {}
        for row in self._rows:
            for place, means, kind in by_tree.places(growing, row):
                rows[place].append(row | means)
                kinds.setdefault((place, kind), []).append(row)
        fewest: dict[int, int] = {}
        for (place, _), some in kinds.items():
            fewest[place] = min(fewest.get(place, len(self._rows)), self._people(some))
        found = [self._figures(str(name), some) for name in shape.axes[0].levels for some in rows]
        figures = {key: [figure[key] for figure in found] for key in found[0]}
        cells = {"n": tuple(figures["n"][: shape.spots]), "mean": tuple(figures["mean"])}
        each = self._smaller(growing) / growing.leaves
        told = gradients_evidence(figures, shape.spots, fewest, each)
        return Exact(shape.having(cells), self._evidence(told))

    def _smaller(self, growing: Growing) -> int:
        """The persons of the smaller outcome, in all nodes; of a number all of them."""
        found: dict[Any, list[Row]] = {}
        for row in self._rows:
            for _, _, kind in by_tree.places(growing.whole, row):
                found.setdefault(kind, []).append(row)
        return min(map(self._people, found.values()), default=0)

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
        """A step of a model, row by row."""
        self._check(sorted(design.columns))
        rows = [row for row in self._rows if all(row[name] is not None for name in design.needed)]
        rows = [row for row in rows if design.weights is None or number(design.weights, row) > 0]
        if design.times is not None:
            rows = [row for row in rows if _follows(design.times, row)]
        if design.persons == "once" and self._people(rows) < len(rows):
            raise fault("D-ONCE")
        if design.training is not None:
            return self._training(design, family, rows, state, shared)
        if design.times is not None:
            return self._hazards(design, rows, state)
        if design.choices is not None:
            return self._choices(design, rows, state)
        seen = None
        if design.imputed is not None:
            rows, whole = by_imputing.filled(design, rows, self._dictionary)
            seen = supports(design, rows[:whole], list(range(whole)))
        who = [self._person(row, at) if design.clustered else at for at, row in enumerate(rows)]
        if design.correlation is not None:
            return self._clusters(design, family, rows, who, state, shared)
        cells, meat = cells_of(design, family, rows, who, state, shared)
        if design.start and state is None:
            from fedcli.engine.starts import started

            cells = started(lambda at: cells_of(design, family, rows, who, at, shared)[0])
            meat = [[0.0] for _ in meat]  # before there are coefficients, nobody has a score
        check_finite(cells)
        found = supports(design.whole, rows, who)._replace(meat=tuple(map(top, meat)))
        found = found._replace(observed=seen)
        shape = empty(design, family, state is None).having(cells)
        return Exact(shape, self._evidence(model_evidence(design, family, found)))

    def _training(
        self,
        design: Design,
        family: ModelName,
        rows: list[Row],
        state: tuple[float, ...] | None,
        shared: Shared,
    ) -> Exact[Score]:
        """Some steps of this site's own."""
        followed = [_followed(design, row) for row in rows] if design.times else []
        moved = by_training.following(followed) if design.times else by_training.fitting(design, family, rows)
        cells, trained = by_training.cells_of(design, family, rows, state, shared, moved)
        check_finite(cells)
        found = supports(design, rows, list(range(len(rows))))
        found = found._replace(trained=trained, at_risk=fewest_at_risk(followed))
        shape = empty(design, family, state is None).having(cells)
        return Exact(shape, self._evidence(model_evidence(design, family, found)))

    def _hazards(self, design: Design, rows: list[Row], state: tuple[float, ...] | None) -> Exact[Score]:
        """A step of a model of hazards, event by event, or by interval."""
        assert design.times is not None
        if design.intervals:
            cells = cells_by_interval(design, rows, state or ())
            check_finite(cells)
            shape = empty(design, "hazards", first=False).having(cells)
            return Exact(shape, self._evidence(model_evidence(design, "hazards", supports_of(design, rows))))
        followed = list(map(partial(_followed, design), rows))
        beta = state or (0.0,) * len(design.terms)
        trend = partial(lateness, design.times) if design.trending else None
        score, information, likelihood = step_at(followed, beta, design.times.ties, trend)
        n, events = len(rows), sum(row.event for row in followed)
        cells = {
            "n": (n,),
            "gram": tuple(information),
            "score": tuple(score),
            "deviance": (-2 * likelihood,),
            "sums": (float(events), 0.0, 0.0, float(n), 0.0, float(n), 0.0),
        }
        check_finite(cells)
        found = supports(design, rows, list(range(n)))._replace(at_risk=fewest_at_risk(followed))
        if design.times.entry is not None:
            late = missed(followed)
            found = found._replace(entered=(sum(map(bool, late)), top(map(float, late))))
        if design.trending:
            found = found._replace(dated=dated(design, rows))
        shape = empty(design, "hazards", first=False)
        return Exact(shape.having(cells), self._evidence(model_evidence(design, "hazards", found)))

    def _clusters(
        self,
        design: Design,
        family: ModelName,
        rows: list[Row],
        who: list[Any],
        state: tuple[float, ...] | None,
        shared: Shared,
    ) -> Exact[Score]:
        """A step of estimating equations."""
        cells, meat, within = by_cluster.found(design, family, rows, who, state, shared)
        check_finite(cells)
        behind = supports(design, rows, who)._replace(meat=tuple(map(top, meat)), within=within)
        shape = empty(design, family, state is None)
        shape = shape.having({name: cells[name] for name in shape.cells})
        return Exact(shape, self._evidence(model_evidence(design, family, behind)))

    def _choices(self, design: Design, rows: list[Row], state: tuple[float, ...] | None) -> Exact[Score]:
        """A step of a model of several levels."""
        cells = by_choice.cells_of(design, rows, state)
        check_finite(cells)
        evidence = model_evidence(design, "multinomial", supports(design, rows, list(range(len(rows)))))
        shape = empty(design, "multinomial", state is None)
        return Exact(shape.having(cells), self._evidence(evidence))

    def _figures(self, name: ColumnName, rows: list[Row]) -> dict[str, Any]:
        having = [row for row in rows if row[name] is not None]
        values = [float(row[name]) for row in having]
        mean = fmean(values) if values else None
        by_person: dict[Any, list[float]] = {}
        for at, row in enumerate(having):
            by_person.setdefault(self._person(row, at), []).append(float(row[name]))
        totals = sorted((abs(math.fsum(theirs)) for theirs in by_person.values()), reverse=True)
        squares = (
            [math.fsum((x - mean) ** 2 for x in theirs) for theirs in by_person.values()]
            if mean is not None
            else []
        )
        return {
            "n": len(values),
            "missing": len(rows) - len(values),
            "persons": len(by_person),
            "persons_missing": self._people([row for row in rows if row[name] is None]),
            "mean": mean,
            "m2": math.fsum((x - mean) ** 2 for x in values) if mean is not None else None,
            "spread": max(squares, default=0.0),
            "top": tuple(totals[:2]),
            "magnitude": math.fsum(totals),
            "low": min(values, default=None),
            "high": max(values, default=None),
            "contributors": _contributors(list(by_person.values())),
        }

    def _person(self, row: Row, at: int) -> Any:
        person = self._dictionary.person_id if self._dictionary.unit == "person" else None
        return at if person is None else row[person]

    def _people(self, rows: Sequence[Row]) -> int:
        return len({self._person(row, at) for at, row in enumerate(rows)})

    def _evidence(self, figures: Any) -> Evidence:
        cohort = self._people(self._rows)
        return Evidence(figures, cohort=cohort, population=self._population, outside=self._outside)

    def _check(self, names: Sequence[ColumnName]) -> None:
        if not set(names) <= self._visible:
            raise fault("B-UNDECLARED", columns=", ".join(sorted(set(names) - self._visible)))


def _follows(times: Times, row: Row) -> bool:
    """Whether a row ends after it begins; with a baseline in intervals, after zero and before the horizon."""
    begun = -math.inf if times.entry is None else float(row[times.entry])
    end = float(row[times.column])
    if times.breaks is None:
        return begun < end
    return max(begun, 0.0) < end and begun < (math.inf if times.until is None else times.until)


def _followed(design: Design, row: Row) -> Followed:
    """A row until its horizon."""
    assert design.times is not None
    until = math.inf if design.times.until is None else design.times.until
    time = float(row[design.times.column])
    x = [(raw(term, row) - term.centre) / term.scale for term in design.terms]
    entry = -math.inf if design.times.entry is None else float(row[design.times.entry])
    return Followed(x, min(time, until), raw(design.outcome, row) == 1 and time <= until, entry)


def _off(row: Row, column: ColumnName, centre: float | None, above: int) -> Row:
    """The row with how far its value lies on one side of a centre, in the place of the value."""
    if row[column] is None or centre is None:
        return row | {column: None}
    off = float(row[column]) - centre
    return row | {column: max(off if above else -off, 0.0)}


def _bin(value: Any, bins: Bins) -> str | None:
    """The label of the bin that a value is in, read off the edges one after the other."""
    if value is None:
        return None
    below, *inner, above = bins.labels
    if value < bins.edges[0]:
        return below
    for label, high in zip(inner, bins.edges[1:], strict=True):
        if value < high or value == high == bins.edges[-1]:
            return label
    return above


def _contributors(people: list[list[float]]) -> int:
    """The fewest persons with another value than zero, or than an end that half of all do not leave."""
    values = [value for theirs in people for value in theirs]
    ends = (min(values, default=0.0), max(values, default=0.0))
    beside = [sum(any(x != end for x in theirs) for theirs in people) for end in ends]
    shared = [persons for persons in beside if 2 * persons <= len(people)]
    return min([sum(map(any, people)), *shared])
