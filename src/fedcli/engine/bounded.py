"""Rows under differential privacy: each request is one query whose answer a person moves only so far.

Nothing here refuses or fails on a value: a level that nobody declared is a missing one, a number outside
its bounds is at their end, a person with too many rows counts with some. What follows from data are the
integers of a vector, which noise will hide, and nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any

from fedcli.engine.aggregates import bin_of, pattern
from fedcli.engine.bounding import Bounding, combined, fixed, place
from fedcli.engine.grown import LEVEL, PLACE, SHARE, Listed
from fedcli.engine.near import Within
from fedcli.engine.opening import Opened
from fedcli.engine.parts import LEVEL as OF_LEVEL
from fedcli.engine.parts import SORTED, TEXT, WHOLE, Part
from fedcli.engine.scored import Scored
from fedcli.engine.selection import Selection
from fedcli.engine.sql import Binder, visible
from fedcli.model.cells import Axis, Number, size
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName, Digest
from fedcli.model.policy import Contribution
from fedcli.model.predicate import Predicate
from fedcli.model.terms import Design
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.centres import centres
from fedcli.statistics.clipped import clipped
from fedcli.statistics.families import ModelName, canonical
from fedcli.statistics.forms import STEPS
from fedcli.statistics.histograms import histograms
from fedcli.statistics.models import newton
from fedcli.statistics.nearest import Nearest
from fedcli.statistics.powers import Powers, Totals, powers
from fedcli.statistics.ranks import ranks
from fedcli.statistics.rows import exact_only
from fedcli.statistics.score import START, Shared
from fedcli.statistics.seal import Bounded
from fedcli.statistics.tallies import Tallies, pattern_tallies, tallies

if TYPE_CHECKING:
    from fedcli.engine.blocks import Block


class BoundedRows(Selection):
    """The rows of an opened source that are in a cohort; `key` chooses among a person's rows."""

    _tries = True

    def __init__(
        self,
        opened: Opened,
        dictionary: Dictionary,
        cohort: Predicate | None,
        visible: frozenset[ColumnName],
        contribution: Contribution,
        key: Digest,
    ) -> None:
        super().__init__(opened, dictionary, cohort, visible)
        self._contribution = contribution
        person = next(iter(self._persons), None)
        self._bounding = Bounding(person, dictionary.row_key if person else None, key)

    def counts(
        self,
        by: Sequence[ColumnName] = (),
        of: Unit | None = None,
        *,
        bins: Bins | None = None,
        within: Sequence[ColumnName] = (),
    ) -> Bounded[Any]:
        """Count persons or rows in each combination of levels, and in none."""
        if bins and bins.score and self._made is None:
            scored = Scored(bins.score, self._dictionary, self._opened.stored)
            return self._beside(scored).counts(by, of, bins=bins, within=within)
        form = tallies(self._dictionary, self._contribution, by, of, bins, within)
        names = (*((bins.value,) if bins else ()), *by, *within)
        return self._tallied(form, names, lambda to: self._cell(form.axes, form.groups, bins, to))

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Bounded[Any]:
        """Count persons or rows by which columns they lack."""
        form = pattern_tallies(self._dictionary, self._contribution, columns, of)
        return self._tallied(form, columns, lambda _: pattern(columns))

    def _tallied(
        self, form: Tallies, names: Sequence[ColumnName], place: Callable[[Binder], str]
    ) -> Bounded[Any]:
        """How many there are in each place of a table; a person in some of them."""

        def emit(binder: Binder) -> str:
            key = place(binder)
            if form.of == "person":
                kept = self._bounding.cells(key, form.most)
            else:
                kept = self._bounding.rows([f"{key} AS key"], names, form.most)
            return f"SELECT key, count(*) FROM ({kept}) WHERE key IS NOT NULL GROUP BY key"

        vector = [0] * form.size
        for at, number in self._each(names, emit):
            vector[at] += number
        return Bounded(form, tuple(vector))

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Bounded[Any]:
        """The powers of each column in each group, or of each person's total."""
        form = powers(self._dictionary, self._contribution, columns, by, totals=totals)
        names, groups = (*columns, *by), size(form.groups)

        def emit(binder: Binder) -> str:
            if isinstance(form, Totals):
                return self._totals(form, columns, binder)
            return self._powers(form, columns, names, binder)

        figures = {name: [0] * length for name, length in form.lengths.items()}
        for at, *numbers in self._each(names, emit):
            found = iter(numbers)
            for variable in range(len(columns)):
                for name in form.lengths:
                    figures[name][variable * groups + at] += next(found)
        weight = {name: form.unit if name in ("n", "missing") else 1 for name in figures}
        return Bounded(form, tuple(one * weight[name] for name, row in figures.items() for one in row))

    def deviations(self, column: ColumnName, by: ColumnName, about: Sequence[float | None]) -> Bounded[Any]:
        """Refused: nobody has said how far one person moves them."""
        raise exact_only(column, by, about)

    def clusters(self, nearest: Nearest) -> Bounded[Any]:
        """How many rows are nearest to each centre, and the sums of their columns."""
        form = centres(self._dictionary, self._contribution, nearest)
        ends = tuple((one.middle - one.half, one.middle + one.half) for one in form.scales)
        group = visible(nearest.name)

        def emit(_: Binder) -> str:
            scaled = [
                f"{fixed(visible(name), one.middle, one.half, STEPS)} AS z{at}"
                for at, (name, one) in enumerate(zip(nearest.columns, form.scales, strict=True))
            ]
            select, known = [f"{group} AS key", *scaled], f"{group} IS NOT NULL"
            kept = self._bounding.rows(select, nearest.columns, form.rows, known)
            sums = ", ".join(f"sum(z{at})" for at in range(len(scaled)))
            return f"SELECT key, count(*), {sums} FROM ({kept}) GROUP BY key"

        many = size(form.groups)
        vector = [0] * form.size
        told = self._beside(Within(nearest, ends))._each((*nearest.columns, nearest.name), emit)
        for key, n, *sums in told:
            for field, number in enumerate((n * form.unit, *sums)):
                vector[field * many + key - 1] += number
        return Bounded(form, tuple(vector))

    def gradients(self, growing: Growing) -> Bounded[Any]:
        """How many rows are in each bin of each open node, and the sums that trees are grown of."""
        form = histograms(self._dictionary, self._contribution, growing)
        made, share, level = Listed(growing, self._dictionary), visible(SHARE), visible(LEVEL)
        told = {
            "second": level,
            "gradient": f"{share} - {level}",
            "hessian": f"4 * {share} * (1 - {share})",
        }

        def emit(_: Binder) -> str:
            scaled = [f"{fixed(told[name], 0.0, 1.0, STEPS)} AS {name}" for name in form.names[1:]]
            select = [f"{visible(PLACE)} AS places", *scaled]
            kept = self._bounding.rows(select, growing.columns, form.rows, made.whole)
            sums = ", ".join(f"sum({name})" for name in form.names[1:])
            rows = f"SELECT * EXCLUDE (places), unnest(places) AS key FROM ({kept})"
            return f"SELECT key, count(*), {sums} FROM ({rows}) GROUP BY key"

        many = len(growing.spots)
        vector = [0] * form.size
        for key, n, *sums in self._beside(made)._each(growing.columns, emit):
            for field, number in enumerate((n * form.unit, *sums)):
                vector[field * many + key] += number
        return Bounded(form, tuple(vector))

    def ranks(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> Bounded[Any]:
        """The scores of all candidates, from how many rows have less, and how many more."""
        form = ranks(self._dictionary, self._contribution, column, grid, at)

        def emit(binder: Binder) -> str:
            kept = self._bounding.rows([f"CAST({visible(column)} AS DOUBLE) AS v"], (column,), form.rows)
            told = [
                f"count(*) FILTER (v {sign} {binder.bind(float(one))})"
                for sign in ("<", ">")
                for one in form.grid
            ]
            return f"SELECT {', '.join(told)} FROM ({kept})"

        numbers = [sum(one) for one in zip(*self._each((column,), emit), strict=True)]
        return Bounded(form, form.scores(numbers[: len(form.grid)], numbers[len(form.grid) :]))

    def score(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None = None,
        shared: Shared = START,
    ) -> Bounded[Any]:
        """A step of a generalised linear model; the rows are read anew for each, so that none is kept."""
        from fedcli.engine.shortened import Shortened
        from fedcli.engine.whole import Whole  # numpy, for models only

        del shared
        if design.training is not None:
            short = clipped(design, state is None)
            summed = Shortened(short, family, state, design.layers)
            return Bounded(short, summed.over(self._blocks(design, most=1)))
        form = newton(design, canonical(family), self._dictionary, self._contribution)
        return Bounded(form, Whole(form, state).over(self._blocks(form.design, form.reach.rows)))

    def _blocks(self, design: Design, most: int) -> Iterator[Block]:
        """The rows of a design, some thousand at a time."""
        from fedcli.engine.blocks import BATCH, Builder, bases, complete
        from fedcli.engine.clamped import Clamped

        plain = design.model_copy(update={"persons": None})
        builder, wanted, names = Builder(plain), len(bases(plain)), sorted(plain.columns)
        emit = Clamped(plain, self._dictionary, self._opened.stored).emit(self._bounding, most)
        sorting = TEXT + SORTED * (len(names) + 1)
        for part in self._split(sorting) if self._persons else (WHOLE,):
            binder = Binder()
            text = self._over(names, binder, emit(binder), part=part)
            for rows in complete(self._opened.stream(text, binder.values, BATCH), wanted):
                yield builder.block(rows)

    def _powers(
        self, form: Powers, columns: Sequence[ColumnName], names: Sequence[ColumnName], binder: Binder
    ) -> str:
        """Rows first: at most so many of a person, each clamped; then they are added up."""
        scaled = [
            f"{fixed(visible(name), one.middle, one.half, STEPS)} AS z{at}"
            for at, (name, one) in enumerate(zip(columns, form.scales, strict=True))
        ]
        select = [f"{self._group(form.groups, binder)} AS key", *scaled]
        kept = self._bounding.rows(select, names, form.rows)
        told = [
            f"count(z{at}), count(*) - count(z{at}), coalesce(sum(z{at}), 0), "
            f"coalesce(sum((z{at} * z{at}) // {STEPS}), 0)"
            for at in range(len(columns))
        ]
        return f"SELECT key, {', '.join(told)} FROM ({kept}) WHERE key IS NOT NULL GROUP BY key"

    def _totals(self, form: Totals, columns: Sequence[ColumnName], binder: Binder) -> str:
        """Persons first: all their rows are added up, then the total is clamped, then the persons are."""
        each, told = [], []
        for at, (name, one) in enumerate(zip(columns, form.scales, strict=True)):
            z, most = fixed(visible(name), one.middle, one.half, STEPS), form.rows
            each += [
                f"least(count({z}), {most}) AS n{at}",
                f"least(count(*) - count({z}), {most} - least(count({z}), {most})) AS m{at}",
                f"greatest(least(coalesce(sum({z}), 0), {most * STEPS}), -{most * STEPS}) AS t{at}",
            ]
            told += [f"sum(n{at}), sum(m{at}), sum(t{at})"]
        kept = self._bounding.persons(self._group(form.groups, binder), each, form.cells)
        return f"SELECT key, {', '.join(told)} FROM ({kept}) GROUP BY key"

    def _cell(self, axes: Sequence[Axis], groups: Sequence[Axis], bins: Bins | None, binder: Binder) -> str:
        """The place of a row in the vector of a table: its cell, or after all cells its group's missing."""
        inner = axes[: len(axes) - len(groups)]
        told = [
            (bin_of(bins, binder) if bins and at == 0 else self._level(axis, binder), len(axis.levels))
            for at, axis in enumerate(inner)
        ]
        group, number = self._group(groups, binder), size(tuple(groups))
        if not axes:
            return "0"
        cell = f"({combined(told)}) * {number} + {group}"
        return f"coalesce({cell}, {size(tuple(axes))} + {group})"

    def _group(self, groups: Sequence[Axis], binder: Binder) -> str:
        return combined([(self._level(axis, binder), len(axis.levels)) for axis in groups])

    def _level(self, axis: Axis, binder: Binder) -> str:
        column, stored = self._dictionary.columns[axis.name], self._opened.stored[axis.name]
        return place(axis.levels, column, axis.name, stored, binder)

    def _each(self, names: Sequence[ColumnName], emit: Callable[[Binder], str]) -> list[tuple[Any, ...]]:
        """The answers of all parts of the persons, who are in one part each."""
        parts: Sequence[Part] = self._split(OF_LEVEL * (len(names) + 1)) if self._persons else (WHOLE,)
        return [row for part in parts for row in self._query(names, emit, part)]

    @property
    def _keys(self) -> frozenset[ColumnName]:
        """The person, and what tells the rows of a person apart."""
        row_key = self._dictionary.row_key if self._persons else None
        return self._persons | ({row_key} if row_key else frozenset())
