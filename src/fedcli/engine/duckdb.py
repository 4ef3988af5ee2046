"""Rows in DuckDB: each request is one pushed-down aggregate query, evidence in the same pass."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Sequence
from functools import cached_property
from typing import TYPE_CHECKING, Any

from fedcli.engine import aggregates
from fedcli.engine.levels import Levels
from fedcli.engine.opening import TABLE, Opened
from fedcli.engine.room import Room
from fedcli.engine.sql import Binder, clean, predicate, quoted
from fedcli.errors import fault
from fedcli.model.cells import size
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.predicate import Predicate, columns
from fedcli.model.terms import Design
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence, Figures, Kind
from fedcli.statistics.families import FamilyName
from fedcli.statistics.moments import Moments
from fedcli.statistics.rows import categorical, counted, empty_counts, empty_moments, empty_score
from fedcli.statistics.score import Score
from fedcli.statistics.seal import Exact
from fedcli.statistics.supports import model_evidence

if TYPE_CHECKING:
    from fedcli.engine.stream import Stream

_NOTHING: dict[str, Any] = dict.fromkeys(aggregates.FIGURES, 0) | {
    "mean": None,
    "m2": None,
    "top": (),
    "low": None,
    "high": None,
}


class DuckRows:
    """The rows of an opened source that are in a cohort, with the columns that may be seen."""

    def __init__(
        self,
        opened: Opened,
        dictionary: Dictionary,
        cohort: Predicate | None,
        visible: frozenset[ColumnName],
        room: Room | None = None,
    ) -> None:
        self._opened = opened
        self._dictionary = dictionary
        self._cohort = cohort
        self._visible = visible
        self._room = room or Room()
        self._streams: dict[str, Stream] = {}
        opened.check_columns(dictionary, visible | columns(cohort) | self._persons)

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
        """Count persons or rows in each combination of levels."""
        shape = empty_counts(self._dictionary, by, of, bins, within)
        columns = (*((bins.column,) if bins else ()), *by)
        repeating = self._dictionary.person_id if self._dictionary.repeats else None
        places, groups = Levels(shape.axes), Levels(shape.groups)
        tally = Tally(size(shape.axes), size(shape.groups))
        for *found, n, people in self._query((*columns, *within), _counts(by, bins, within, repeating)):
            values = _labelled(found, bins)
            group = groups.place(values[len(columns) :])
            if group is not None:
                tally.add(places.place(values), group, n, people)
        if any(tally.missing["row"]) and repeating:
            lacking = aggregates.without_level(columns, within, repeating)
            for *levels, n, people in self._query((*columns, *within), lambda _: lacking):
                tally.lack(groups.place(levels), n, people)
        filled, persons = tally.of(counted(self._dictionary, of)), tally.of("person")
        cells = {name: filled[name] for name in shape.cells}
        return Exact(shape.having(cells), self._evidence({"persons": {**persons}}))

    def moments(self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = ()) -> Exact[Moments]:
        """n, missing, mean and m2 of each column in each group."""
        shape = empty_moments(self._dictionary, columns, by)
        emit = aggregates.moments_by_person if self._dictionary.repeats else aggregates.moments_by_row
        found = self._query((*columns, *by), lambda _: emit(columns, by, self._dictionary))
        groups, levels = size(shape.axes[1:]), Levels(shape.axes[1:])
        figures = {name: [_NOTHING[name]] * size(shape.axes) for name in aggregates.FIGURES}
        for row in found:
            place = levels.place(row[: len(by)])
            assert place is not None  # rows without a level belong to no group
            for at, figure in enumerate(row[len(by) :]):
                variable, which = divmod(at, len(aggregates.FIGURES))
                name = aggregates.FIGURES[which]
                figures[name][variable * groups + place] = _NOTHING[name] if figure is None else figure
        cells = {name: tuple(figures[name]) for name in shape.cells}
        return Exact(shape.having(cells), self._evidence(moments_evidence(figures)))

    def score(
        self, design: Design, family: FamilyName, state: tuple[float, ...] | None = None
    ) -> Exact[Score]:
        """A step of a model: rows stream through BLAS, a block at a time."""
        from fedcli.engine.step import Step  # numpy, for models only

        stream = self._stream(design)
        step = Step(design, family, state)
        cells = step.over(stream.blocks())
        check_finite(cells)
        evidence = model_evidence(design, stream.supports._replace(meat=step.meat))
        return Exact(empty_score(design, state).having(cells), self._evidence(evidence))

    def _stream(self, design: Design) -> Stream:
        """The rows of a design; the same at every step."""
        from fedcli.engine.stream import Stream

        if design.sha256 not in self._streams:
            if design.persons == "once" and self._repeated(design):
                raise fault("D-ONCE")
            [(most,)] = self._opened.ask(f"SELECT count(*) FROM {TABLE}", {})
            self._streams[design.sha256] = Stream(design, most, lambda: self._read(design), self._room)
        return self._streams[design.sha256]

    def _repeated(self, design: Design) -> int:
        from fedcli.engine.stream import repeated

        [(rows,)] = self._query(sorted(design.columns), lambda _: repeated(design, self._dictionary))
        return int(rows)

    def _read(self, design: Design) -> Iterator[Any]:
        """The batches of a design's rows."""
        from fedcli.engine.blocks import BATCH
        from fedcli.engine.stream import numbers, select

        binder = Binder()
        end = select(design, self._dictionary, binder)
        text = self._over(sorted(design.columns), binder, end, numbers(design))
        return self._opened.stream(text, binder.values, BATCH)

    @property
    def _persons(self) -> frozenset[ColumnName]:
        """The column that tells persons apart, where the rules count persons."""
        person = self._dictionary.person_id if self._dictionary.unit == "person" else None
        return frozenset() if person is None else frozenset({person})

    def _evidence(self, figures: dict[Kind, dict[str, Figures]]) -> Evidence:
        population, cohort, outside = self._people
        return Evidence(figures, cohort=cohort, population=population, outside=outside)

    @cached_property
    def _people(self) -> tuple[int, int, int]:
        """How many persons the dataset has, how many are in the cohort, how many have a row outside of it."""
        what = "count(*)"
        if self._dictionary.repeats:
            what = f"count(DISTINCT {quoted(next(iter(self._persons)))})"
        [(population,)] = self._opened.ask(f"SELECT {what} FROM {TABLE}", {})
        if self._cohort is None:
            return population, population, 0
        [(cohort,)] = self._query((), lambda _: f"SELECT {what} FROM cohort")
        if not self._dictionary.repeats:
            return population, cohort, population - cohort
        where = self._cohort
        [(outside,)] = self._query(
            (), lambda binder: f"SELECT {what} FROM clean WHERE ({predicate(where, binder)}) IS NOT TRUE"
        )
        return population, cohort, outside

    def _query(self, names: Sequence[ColumnName], emit: Callable[[Binder], str]) -> list[tuple[Any, ...]]:
        """Run an aggregate query over the cohort, reading the named columns and the person's."""
        binder = Binder()
        return self._opened.ask(self._over(names, binder, emit(binder)), binder.values)

    def _over(
        self,
        names: Sequence[ColumnName],
        binder: Binder,
        end: str,
        numbers: frozenset[ColumnName] = frozenset(),
    ) -> str:
        """A query over the cohort's cleaned columns; some `numbers` may still be infinite or none.

        Those that the cohort asks for may not.
        """
        if not set(names) <= self._visible:
            raise fault("B-UNDECLARED", columns=", ".join(sorted(set(names) - self._visible)))
        reads = sorted(frozenset(names) | columns(self._cohort) | self._persons)
        rough = numbers - columns(self._cohort) - self._persons
        cleaned = [f"{self._clean(name, binder, name in rough)} AS {quoted(name)}" for name in reads]
        where = "" if self._cohort is None else f" WHERE {predicate(self._cohort, binder)}"
        return (
            f"WITH clean AS (SELECT {', '.join(cleaned) or '1 AS one'} FROM {TABLE}), "
            f"cohort AS (SELECT * FROM clean{where}) {end}"
        )

    def _clean(self, name: ColumnName, binder: Binder, rough: bool = False) -> str:
        return clean(name, self._dictionary.columns[name], self._opened.stored[name], binder, rough)


def check_finite(cells: dict[str, tuple[Any, ...]]) -> None:
    """Raise D-OVERFLOW where a sum is too large for a number."""
    if not all(math.isfinite(cell) for row in cells.values() for cell in row if cell is not None):
        raise fault("D-OVERFLOW")


class Tally:
    """Rows and persons in the cells and the missing ones of a table, as a query gives them."""

    def __init__(self, cells: int, groups: int) -> None:
        self.count: dict[Unit, list[int]] = {"row": [0] * cells, "person": [0] * cells}
        self.missing: dict[Unit, list[int]] = {"row": [0] * groups, "person": [0] * groups}

    def add(self, place: int | None, group: int, rows: int, persons: int) -> None:
        """What one combination of values has; without a place it is missing in its group."""
        into, at = (self.missing, group) if place is None else (self.count, place)
        into["row"][at] += rows
        into["person"][at] += persons

    def lack(self, group: int | None, rows: int, persons: int) -> None:
        """What is missing in a group, where persons of several combinations are not to be added."""
        assert group is not None  # rows without a group were not asked for
        self.missing["row"][group], self.missing["person"][group] = rows, persons

    def of(self, unit: Unit) -> dict[str, tuple[int, ...]]:
        """The cells of both fields."""
        return {"count": tuple(self.count[unit]), "missing": tuple(self.missing[unit])}


def _counts(
    by: Sequence[ColumnName], bins: Bins | None, within: Sequence[ColumnName], person: ColumnName | None
) -> Callable[[Binder], str]:
    """The query for a table of counts."""

    def emit(binder: Binder) -> str:
        first = [aggregates.bin_of(bins, binder)] if bins else []
        return aggregates.counts([*first, *map(quoted, (*by, *within))], person)

    return emit


def _labelled(values: Sequence[Any], bins: Bins | None) -> Sequence[Any]:
    """The values of a combination, the place of a bin as its label."""
    if bins is None or values[0] is None:
        return values
    return (bins.labels[values[0]], *values[1:])


def moments_evidence(figures: dict[str, list[Any]]) -> dict[Kind, dict[str, Figures]]:
    """The evidence for the fields of moments from the figures of the query.

    Raises:
        DataFault: D-OVERFLOW where a sum or a square is too large for a number.
    """
    sums = (*figures["mean"], *figures["m2"], *figures["spread"], *figures["magnitude"])
    if not all(math.isfinite(figure) for figure in sums if figure is not None):
        raise fault("D-OVERFLOW")
    persons = tuple(figures["persons"])
    tops = [(*top, 0.0, 0.0) for top in figures["top"]]
    constant = tuple(
        int(low is not None and low == high)
        for low, high in zip(figures["low"], figures["high"], strict=True)
    )
    spread = tuple(
        most / m2 if m2 else 0.0 for most, m2 in zip(figures["spread"], figures["m2"], strict=True)
    )
    return {
        "persons": {
            "n": persons,
            "missing": tuple(figures["persons_missing"]),
            "mean": persons,
            "m2": persons,
        },
        "contributors": {"mean": tuple(figures["contributors"])},
        "magnitude": {"mean": tuple(figures["magnitude"])},
        "largest": {"mean": tuple(top[0] for top in tops)},
        "second": {"mean": tuple(top[1] for top in tops)},
        "constant": {"mean": constant, "m2": constant},
        "spread": {"m2": spread},
    }
