"""What analytics that compare means tell of their groups."""

from __future__ import annotations

import math

from fedcli.model.result import Table
from fedcli.statistics.interval import mapped
from fedcli.statistics.moments import Moments, variance


def groups_table(total: Moments) -> Table:
    """n, missing, mean and standard deviation of one variable in each group."""
    [axis] = total.groups
    cells = zip(*(total.cells[name] for name in ("n", "missing", "mean", "m2")), strict=True)
    rows = tuple(
        (level, n, missing, mean, mapped(math.sqrt, variance(n, m2)))
        for level, (n, missing, mean, m2) in zip(axis.levels, cells, strict=True)
    )
    return Table(columns=(axis.name, "n", "n_missing", "mean", "sd"), keys=1, rows=rows)
