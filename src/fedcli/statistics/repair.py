"""Noisy moments made fit to solve with: no direction of them is shorter than its noise."""

from __future__ import annotations

from typing import Any

from fedcli.statistics.score import pairs

#: Of the longest direction; where there is no noise, what rounding leaves.
_LEAST = 1e-12


def repaired(upper: tuple[float, ...], p: int, deviation: float) -> tuple[float, ...]:
    """The upper triangle of a symmetric matrix whose entries have noise, with its eigenvalues raised.

    The noise alone has eigenvalues up to about 2 sqrt(p) deviations (Wigner 1958), half of that in the
    middle; what is below sqrt(p) of them cannot be told from nothing, and dividing by it would tell nothing
    either. Moments of enough persons are left as they are.
    """
    import numpy as np

    values, vectors = np.linalg.eigh(full(upper, p))
    least = max(deviation * p**0.5, _LEAST * float(np.abs(values).max()), _LEAST)
    if values[0] >= least:
        return upper
    raised = (vectors * np.maximum(values, least)) @ vectors.T
    return tuple(float(raised[place]) for place in pairs(p))


def full(upper: tuple[float, ...], p: int) -> Any:
    """An upper triangle, row by row, as a whole matrix."""
    import numpy as np

    whole = np.zeros((p, p))
    for (i, j), one in zip(pairs(p), upper, strict=True):
        whole[i, j] = whole[j, i] = one
    return whole
