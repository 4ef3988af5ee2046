"""What part of the information of a result each site gave: the parts sum to 1.

Of a model it is tr(I^-1 I_k) / p, with the information I_k of site k, that of all sites I, and p the rank of
it: the mean over all directions of the share that a site has of what is known in that direction (Efron and
Hastie 2016, Computer Age Statistical Inference, section 4.2, for the information). Of everything else it is
the share of the persons or rows that were counted. Where sites may miss rounds it is the mean over all.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import fmean
from typing import Any

from fedcli.model.cells import Cell
from fedcli.model.identifiers import Name
from fedcli.statistics.forms import Noisy
from fedcli.statistics.score import Score
from fedcli.statistics.shape import Shape

_COUNTS, _INFORMATION = ("n", "count"), "gram"


def shares(parts: Sequence[tuple[Name, Shape]]) -> dict[Name, float]:
    """The share of each site; nothing under noise, or where a number that it follows from is hidden."""
    if any(isinstance(shape, Noisy) for _, shape in parts):
        return {}
    sizes = {site: _counted(shape) for site, shape in parts}
    known = {site: size for site, size in sizes.items() if size is not None}
    if len(known) != len(sizes) or not sum(known.values()):
        return {}
    scores = {
        site: shape for site, shape in parts if isinstance(shape, Score) and _INFORMATION in shape.cells
    }
    informed = _of_models(scores) if len(scores) == len(sizes) else None
    whole = sum(known.values())
    return informed or {site: size / whole for site, size in known.items()}


def over_rounds(each: Sequence[Mapping[Name, float]]) -> dict[Name, float]:
    """The mean over rounds of the shares of each site, which has none in a round that it did not answer.

    Nothing where the shares of a round are not known, nor of no round.
    """
    if not each or not all(each):
        return {}
    sites = dict.fromkeys(site for one in each for site in one)
    return {site: fmean(one.get(site, 0.0) for one in each) for site in sites}


def _of_models(scores: dict[Name, Score]) -> dict[Name, float] | None:
    import numpy as np

    each = {site: _information(score) for site, score in scores.items()}
    whole = sum(each.values())
    inverse, rank = np.linalg.pinv(whole, hermitian=True), int(np.linalg.matrix_rank(whole, hermitian=True))
    return {site: float((inverse * one).sum()) / rank for site, one in each.items()} if rank else None


def _information(score: Score) -> Any:
    from fedcli.statistics.fitted import matrix

    return matrix(score, _INFORMATION)


def _counted(shape: Shape) -> float | None:
    """All persons or rows in the cells of a shape, as far as each is known."""
    cells = [_number(cell) for name in _COUNTS for cell in shape.cells.get(name, ())]
    if not cells or None in cells:
        return None
    return float(sum(cell for cell in cells if cell is not None))


def _number(cell: Cell) -> float | None:
    value = getattr(cell, "value", cell)
    return float(value) if isinstance(value, int | float) else None
