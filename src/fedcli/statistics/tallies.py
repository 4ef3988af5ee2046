"""Counts in their bounded form: one number for each cell of a table, and for what has no level."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import ClassVar

from fedcli.model.cells import Axis
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Contribution
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.forms import Form, Numbers
from fedcli.statistics.rows import counted, empty_counts, empty_patterns


class Tallies(Form):
    """A table over declared levels, zeros too, so that which cells are there tells nothing.

    A person is counted once in at most `cells` cells, those without a level among them, so adds at most
    `cells` ones: the square is `cells`. Of rows, at most `rows` of a person count, which may all lie in one
    cell: the square is `rows` squared. A person with one row is in one cell: one.
    """

    kind: ClassVar[str] = "tallies"

    def __init__(self, like: Counts, of: Unit, most: int) -> None:
        self.axes = like.axes
        self._like, self.of = like, of
        self.most = most

    @property
    def groups(self) -> tuple[Axis, ...]:
        """Those of the table."""
        return self._like.groups

    @property
    def lengths(self) -> Mapping[str, int]:
        """As in the table."""
        return {name: len(row) for name, row in self._like.cells.items()}

    @property
    def unit(self) -> int:
        """Persons and rows are whole."""
        return 1

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(self.most if self.of == "person" else self.most**2)

    def decode(self, numbers: Numbers, deviation: float) -> Counts:
        """The table as it is: a count near zero may be below it."""
        del deviation
        return self._like.having(numbers)

    def typical(self, persons: int) -> Numbers:
        """Everybody has a level, evenly."""
        cells = len(self._like.cells["count"])
        missing = {"missing": (0.0,) * self.lengths["missing"]} if "missing" in self.lengths else {}
        return {"count": (persons / cells,) * cells} | missing


def tallies(
    dictionary: Dictionary,
    contribution: Contribution,
    by: Sequence[ColumnName],
    of: Unit | None,
    bins: Bins | None,
    within: Sequence[ColumnName],
) -> Tallies:
    """The bounded form of a table of counts."""
    return _tallies(empty_counts(dictionary, by, of, bins, within), dictionary, contribution, of)


def pattern_tallies(
    dictionary: Dictionary, contribution: Contribution, columns: Sequence[ColumnName], of: Unit | None
) -> Tallies:
    """The bounded form of patterns of missing values."""
    return _tallies(empty_patterns(dictionary, columns, of), dictionary, contribution, of)


def _tallies(like: Counts, dictionary: Dictionary, contribution: Contribution, of: Unit | None) -> Tallies:
    """As many ones as a person can add: no more than there are cells."""
    unit = counted(dictionary, of)
    if not dictionary.repeats:
        return Tallies(like, "person", 1)
    cells = sum(map(len, like.cells.values()))
    most = min(contribution.cells, cells) if unit == "person" else contribution.rows
    return Tallies(like, unit, most)
