"""`Rows`: the only way in which an analytic can ask for aggregates, and its stand-in without data."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from fedcli.errors import FedcliError, fault
from fedcli.model.cells import Axis, Number, size
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.deviations import SIDES, Deviations
from fedcli.statistics.families import ModelName
from fedcli.statistics.gradients import Gradients, empty_gradients
from fedcli.statistics.moments import Bounds, Moments
from fedcli.statistics.nearest import Nearest, empty_clusters
from fedcli.statistics.patterns import Patterns, over
from fedcli.statistics.score import START, Score, Shared, empty
from fedcli.statistics.seal import Outline, Sealed

#: The name of the axis that lists variables side by side.
VARIABLE = "variable"


class Rows(Protocol):
    """The rows of one dataset in one cohort, seen through aggregates only.

    Each method is one aggregate query, pushed down to the data. A column that the analytic did not
    declare in `reads()` cannot be named.
    """

    def categorical(self, names: Sequence[ColumnName]) -> tuple[ColumnName, ...]:
        """Those of some columns that a description tells by their levels: a public fact."""
        ...

    def counts(
        self,
        by: Sequence[ColumnName] = (),
        of: Unit | None = None,
        *,
        bins: Bins | None = None,
        within: Sequence[ColumnName] = (),
    ) -> Sealed[Counts]:
        """How many persons or rows (by default the dictionary's unit) each combination of levels has.

        The bins of a numeric column, if any, are the first axis. The columns in `within` are the last
        axes: each of their combinations is a group with `missing` of its own.
        """
        ...

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Sealed[Patterns]:
        """How many persons or rows lack which of some columns."""
        ...

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Sealed[Moments]:
        """n, missing, mean and m2 of each column, over rows, in each group.

        With `totals` only n times the mean is asked for: what is added up must then not be divided first.
        """
        ...

    def deviations(
        self, column: ColumnName, by: ColumnName, about: Sequence[float | None]
    ) -> Sealed[Moments]:
        """The moments of how far values lie below, and above, a centre of their group; over rows.

        Each side is a variable of its own, zero for who is on the other: so that a rule sees who makes up
        either. Without a centre a group has no values.

        Raises:
            InvalidFile: Q-NOISE under differential privacy.
        """
        ...

    def clusters(self, nearest: Nearest) -> Sealed[Moments]:
        """The moments of each column among the rows that are nearest to each centre.

        Rows that lack a column of them are in no group.
        """
        ...

    def gradients(self, growing: Growing) -> Sealed[Gradients]:
        """Of each bin of each open node of a forest: n, and the means that a split is chosen by; over rows.

        Rows that lack a column, or are in a leaf already, do not count.

        Raises:
            InvalidFile: Q-NOISE under differential privacy, but for trees of two levels.
        """
        ...

    def ranks(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> Sealed[Counts]:
        """Which candidate of a grid divides the values best at each share; over rows, and only under noise.

        Raises:
            InvalidFile: Q-EXACT where rows are opened exactly: a candidate's score tells of single values.
        """
        ...

    def score(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None = None,
        shared: Shared = START,
    ) -> Sealed[Score]:
        """A step of a generalised linear model at some coefficients; without them, the first one."""
        ...


class OutlineRows:
    """Rows without data: every answer is the outline of the answer that data would give."""

    def __init__(self, dictionary: Dictionary) -> None:
        self._dictionary = dictionary

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
    ) -> Outline[Counts]:
        """A table of zeros."""
        return Outline(empty_counts(self._dictionary, by, of, bins, within))

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Outline[Patterns]:
        """A table of zeros."""
        return Outline(empty_patterns(self._dictionary, columns, of))

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Outline[Moments]:
        """Moments of nobody."""
        del totals
        return Outline(empty_moments(self._dictionary, columns, by))

    def deviations(
        self, column: ColumnName, by: ColumnName, about: Sequence[float | None]
    ) -> Outline[Moments]:
        """Deviations of nobody."""
        return Outline(empty_deviations(self._dictionary, column, by, about))

    def clusters(self, nearest: Nearest) -> Outline[Moments]:
        """Moments of nobody."""
        return Outline(empty_clusters(self._dictionary, nearest))

    def gradients(self, growing: Growing) -> Outline[Gradients]:
        """Gradients of no rows."""
        return Outline(empty_gradients(growing, self._dictionary))

    def ranks(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> Outline[Counts]:
        """Refused."""
        raise noise_only(column, grid, at)

    def score(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None = None,
        shared: Shared = START,
    ) -> Outline[Score]:
        """The step of no rows."""
        del shared
        return Outline(empty(design, family, state is None))


def exact_only(column: ColumnName, by: ColumnName, about: Sequence[float | None]) -> FedcliError:
    """What rows that are opened for noise say to deviations from a centre."""
    del column, by, about
    return fault("Q-NOISE", what="a deviation from a mean")


def noise_only(column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> FedcliError:
    """What rows that are opened exactly say to a choice under noise."""
    del column, grid, at
    return fault("Q-EXACT", what="a choice of quantiles")


def axes(dictionary: Dictionary, by: Sequence[ColumnName]) -> tuple[Axis, ...]:
    """The declared levels of the columns to group by, in the dictionary's order."""
    return tuple(Axis(name=name, levels=dictionary.columns[name].categories) for name in by)


def counted(dictionary: Dictionary, of: Unit | None) -> Unit:
    """What a count counts: persons cannot be told where the dictionary's unit is the row."""
    if of == "person" and dictionary.unit != "person":
        raise fault("Q-UNIT", dataset=dictionary.dataset)
    return of or dictionary.unit


def categorical(dictionary: Dictionary, names: Sequence[ColumnName]) -> tuple[ColumnName, ...]:
    """The columns that a description tells by their levels; the others are told as numbers."""
    return tuple(name for name in names if dictionary.columns[name].described_as == "group")


def empty_counts(
    dictionary: Dictionary,
    by: Sequence[ColumnName],
    of: Unit | None,
    bins: Bins | None = None,
    within: Sequence[ColumnName] = (),
) -> Counts:
    """A table in which nobody is counted."""
    groups = axes(dictionary, within)
    over = (*((bins.axis,) if bins else ()), *axes(dictionary, by), *groups)
    cells = {"count": (0,) * size(over)} | ({"missing": (0,) * size(groups)} if over else {})
    most = 1 if counted(dictionary, of) == "person" else dictionary.rows_per_person
    return Counts(over, cells, per_person=most, within=len(groups))


def empty_patterns(dictionary: Dictionary, columns: Sequence[ColumnName], of: Unit | None) -> Patterns:
    """Patterns of nobody."""
    axes = over(columns)
    most = 1 if counted(dictionary, of) == "person" else dictionary.rows_per_person
    return Patterns(axes, {"count": (0,) * size(axes)}, per_person=most)


def empty_moments(dictionary: Dictionary, columns: Sequence[ColumnName], by: Sequence[ColumnName]) -> Moments:
    """Moments of no rows: n is zero and there is no mean."""
    over = (Axis(name=VARIABLE, levels=tuple(columns)), *axes(dictionary, by))
    zeros, nothing = (0,) * size(over), (None,) * size(over)
    return Moments(
        over,
        {"n": zeros, "missing": zeros, "mean": nothing, "m2": nothing},
        per_person=dictionary.rows_per_person,
        bounds=tuple(dictionary.columns[name].range for name in columns),
        whole=tuple(dictionary.columns[name].whole for name in columns),
    )


def empty_deviations(
    dictionary: Dictionary, column: ColumnName, by: ColumnName, about: Sequence[float | None]
) -> Deviations:
    """Deviations of no rows; none is further than from a centre to a bound of the column."""
    over = (Axis(name=VARIABLE, levels=SIDES), *axes(dictionary, (by,)))
    zeros, nothing = (0,) * size(over), (None,) * size(over)
    return Deviations(
        over,
        {"n": zeros, "missing": zeros, "mean": nothing, "m2": nothing},
        per_person=dictionary.rows_per_person,
        bounds=_reach(dictionary.columns[column].range, about),
        whole=(False, False),
    )


def _reach(bounds: Bounds, about: Sequence[float | None]) -> tuple[Bounds, Bounds]:
    """How far values can lie below, and above, the centres."""
    centres = [centre for centre in about if centre is not None]
    if bounds is None or not centres:
        return None, None
    low, high = bounds
    return (0.0, max(0.0, max(centres) - low)), (0.0, max(0.0, high - min(centres)))
