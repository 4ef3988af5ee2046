"""Each site's own quantile, chosen from a grid under noise."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import accumulate
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._contract import Analytic, Numeric
from fedcli.analytics._grids import Edges, Shares
from fedcli.model.cells import Cell
from fedcli.model.dataset import Level
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.statistics.counts import Counts
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed


class SiteQuantile(Analytic[Counts], name="site_quantile", version=1):
    """Between which of the sites' own quantiles that of all lies; under differential privacy only.

    Each site chooses, under noise, the candidate of `grid` that best divides its values at each share (noisy
    max), and nothing leaves but its choice: little of the budget goes a long way, however fine the grid.
    `value` is the choice of the middle site, `low` and `high` are the lowest and the highest.

    The quantile of all values lies between the sites' own. Of all, the share up to x is the mean of the
    sites' shares up to x, weighted by their sizes. At the highest of their quantiles each site's share is at
    least p, so that of all is, too: the quantile is not above it. Below the lowest each is less than p, so
    that of all is less: the quantile is not below it. This is so of exact quantiles; a choice is off by a
    step of the grid, and by noise. Over rows: at most `contribution.rows` of a person count.
    """

    modes: ClassVar[tuple[Mode, ...]] = ("differential-privacy",)
    example: ClassVar[str] = 'column = "age"\ngrid = [40, 45, 50, 55, 60, 65, 70, 75, 80]'

    column: Numeric
    grid: Annotated[Edges, Field(description="candidates for the quantiles, increasing")]
    at: Shares = (0.25, 0.5, 0.75)

    def local(self, rows: Rows) -> Sealed[Counts]:
        """Which candidate is chosen for each share."""
        return rows.ranks(self.column, self.grid, self.at)

    def answer(self, total: Counts) -> Answer:
        """A row for each share: the middle choice, the ends, and how many sites chose."""
        return Answer(
            tables={
                "quantiles": Table(
                    columns=("p", "value", "low", "high", "sites"), keys=1, rows=tuple(self._rows(total))
                )
            }
        )

    def _rows(self, total: Counts) -> Iterator[tuple[Cell | Level, ...]]:
        chosen, width = total.cells["count"], len(self.grid)
        for place, share in enumerate(self.at):
            sites = [cell for cell in chosen[place * width :][:width] if isinstance(cell, int | float)]
            yield share, *self._among(sites), sum(sites)

    def _among(self, sites: Sequence[int | float]) -> tuple[Cell, Cell, Cell]:
        """The candidates of the middle, the first and the last site in order."""
        held = [candidate for candidate, number in zip(self.grid, sites, strict=True) if number > 0]
        if not held:
            return None, None, None
        upto = zip(self.grid, accumulate(sites), strict=True)
        middle = next(candidate for candidate, number in upto if 2 * number >= sum(sites))
        return middle, held[0], held[-1]
