"""Rows without data under differential privacy: every answer is the form that noisy data would have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fedcli.model.cells import Number
from fedcli.model.dataset import Dictionary, Unit
from fedcli.model.identifiers import ColumnName
from fedcli.model.policy import Contribution
from fedcli.model.terms import Design
from fedcli.model.trees import Growing
from fedcli.statistics.bins import Bins
from fedcli.statistics.centres import centres
from fedcli.statistics.clipped import clipped
from fedcli.statistics.families import ModelName, canonical
from fedcli.statistics.forms import Form, noiseless
from fedcli.statistics.histograms import histograms
from fedcli.statistics.models import newton
from fedcli.statistics.nearest import Nearest
from fedcli.statistics.powers import powers
from fedcli.statistics.ranks import ranks
from fedcli.statistics.rows import OutlineRows, Rows, categorical, exact_only
from fedcli.statistics.score import START, Shared
from fedcli.statistics.seal import Outline
from fedcli.statistics.tallies import pattern_tallies, tallies


class PlannedRows:
    """What a site would be asked for, where a person counts as much as a contribution says."""

    def __init__(self, dictionary: Dictionary, contribution: Contribution) -> None:
        self._dictionary, self._contribution = dictionary, contribution

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
    ) -> Outline[Any]:
        """A table of zeros."""
        return _outline(tallies(self._dictionary, self._contribution, by, of, bins, within))

    def patterns(self, columns: Sequence[ColumnName], of: Unit | None = None) -> Outline[Any]:
        """A table of zeros."""
        return _outline(pattern_tallies(self._dictionary, self._contribution, columns, of))

    def moments(
        self, columns: Sequence[ColumnName], by: Sequence[ColumnName] = (), *, totals: bool = False
    ) -> Outline[Any]:
        """Powers, or totals, of nobody."""
        return _outline(powers(self._dictionary, self._contribution, columns, by, totals=totals))

    def deviations(self, column: ColumnName, by: ColumnName, about: Sequence[float | None]) -> Outline[Any]:
        """Refused."""
        raise exact_only(column, by, about)

    def clusters(self, nearest: Nearest) -> Outline[Any]:
        """Groups of nobody."""
        return _outline(centres(self._dictionary, self._contribution, nearest))

    def gradients(self, growing: Growing) -> Outline[Any]:
        """Histograms of nobody."""
        return _outline(histograms(self._dictionary, self._contribution, growing))

    def ranks(self, column: ColumnName, grid: Sequence[Number], at: Sequence[float]) -> Outline[Any]:
        """Choices of nobody."""
        return _outline(ranks(self._dictionary, self._contribution, column, grid, at))

    def score(
        self,
        design: Design,
        family: ModelName,
        state: tuple[float, ...] | None = None,
        shared: Shared = START,
    ) -> Outline[Any]:
        """The step of no rows."""
        del shared
        if design.training is not None:
            return _outline(clipped(design, state is None))
        return _outline(newton(design, canonical(family), self._dictionary, self._contribution))


def planned(dictionary: Dictionary, contribution: Contribution | None) -> Rows:
    """Rows without data, exact, or where a person counts as much as a contribution says."""
    return OutlineRows(dictionary) if contribution is None else PlannedRows(dictionary, contribution)


def _outline(form: Form) -> Outline[Any]:
    return Outline(noiseless(form))
