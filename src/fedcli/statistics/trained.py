"""Who stands behind what a site tells of a model that it trained.

After some steps of its own a site's coefficients hold more than one sum: the way of the second step is made
of the information too. So each number that is told passes only where all sums of a step would (`whole`), and
where in no step few persons, or one, had most of what moved the coefficients (`Trained`). Where a model fits
all but few, what is left of the loss, and of its slope, is of these few.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from fedcli.statistics.evidence import Figures, Kind, Top, worst

_PARTS: tuple[Kind, ...] = ("magnitude", "largest", "second")


class Trained(NamedTuple):
    """The least number of persons that moved the coefficients in a step, and the largest parts.

    `fewest` is Kish's effective number (sum of sizes)^2 / (sum of squares) of residuals, and of losses where
    these are told, rounded down: equal ones count as many as they are, and some that are much larger than
    all others count as those alone. `tops` are of each coordinate in each step, and of the loss.
    """

    fewest: int
    tops: tuple[Top, ...]


def effective(sizes: float, squares: float, persons: int) -> int:
    """Kish's effective number of persons; all of them where nobody moves anything."""
    if persons == 0 or (sizes == 0 and squares == 0):
        return persons
    told = sizes * sizes / squares if 0 < squares < float("inf") else 1.0
    return int(min(max(told * (1 + 1e-12), 1.0), persons))  # of equal ones no rounding takes one away


def whole(
    told: Mapping[Kind, Mapping[str, Figures]], trained: Trained | None, lengths: Mapping[str, int]
) -> dict[Kind, dict[str, Figures]]:
    """The evidence for each cell of a training: that of all sums of a step together, and of its own steps."""
    tops = list(zip(*(_flat(told[kind]) for kind in _PARTS), strict=True))
    behind = worst([*tops, *(trained.tops if trained else ())])
    found: dict[Kind, float | int] = {kind: min(_flat(rows)) for kind, rows in told.items()}
    found |= dict(zip(_PARTS, behind, strict=True))
    if trained is not None:
        found["cells"] = min(found["cells"], trained.fewest)
    return {
        kind: {name: (figure,) * length for name, length in lengths.items()} for kind, figure in found.items()
    }


def _flat(rows: Mapping[str, Figures]) -> list[float | int]:
    return [figure for row in rows.values() for figure in row]
