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
    least = _floor(values, deviation)
    if values[0] >= least:
        return upper
    raised = (vectors * np.maximum(values, least)) @ vectors.T
    return tuple(float(raised[place]) for place in pairs(p))


def shortfall(upper: tuple[float, ...], move: Any, deviation: float) -> Any:
    """The covariance of what a step with repaired moments lacks, as far as the noise lets it be known.

    In a direction that was raised from l to f a step goes l / f of its way; l is known to a deviation of the
    noise, so the rest is at most about f / max(l, half a deviation) - 1 of what it went.
    """
    import numpy as np

    values, vectors = np.linalg.eigh(full(upper, len(move)))
    least = _floor(values, deviation)
    known = np.maximum(values, max(deviation / 2, _LEAST * least))
    lacking = (vectors.T @ move) * np.maximum(least / known - 1, 0.0)
    return (vectors * lacking**2) @ vectors.T


def unknown(upper: tuple[float, ...], p: int, deviation: float) -> Any:
    """The directions, as columns, whose moments are less than the noise in them: nothing is known there."""
    import numpy as np

    values, vectors = np.linalg.eigh(full(upper, p))
    return vectors[:, values < deviation]


def _floor(values: Any, deviation: float) -> float:
    """What the eigenvalues of noisy moments are raised to."""
    longest = max(map(abs, map(float, values)))
    return max(deviation * float(len(values) ** 0.5), _LEAST * longest, _LEAST)


def full(upper: tuple[float, ...], p: int) -> Any:
    """An upper triangle, row by row, as a whole matrix."""
    import numpy as np

    whole = np.zeros((p, p))
    for (i, j), one in zip(pairs(p), upper, strict=True):
        whole[i, j] = whole[j, i] = one
    return whole
