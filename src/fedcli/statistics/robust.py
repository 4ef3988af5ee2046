"""Ways to combine vectors of sites of which some may be wrong, by accident or on purpose.

All but `mean` give every site one vote: how many rows it has is a site's own word, and who lies in a vector
can lie in that. Each is the same whatever the order of the sites. How many sites may send anything at all
before the result can be moved anywhere is in `statistics.votes`.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from fedcli.statistics.votes import CombinerName, check_enough

Vector: TypeAlias = NDArray[np.float64]
#: A line for each site.
Vectors: TypeAlias = NDArray[np.float64]

#: Of Weiszfeld's iteration: how often, how still it must stand, and what a distance counts at the least, both
#: as parts of the median distance.
_MOST, _STILL, _LEAST = 1000, 1e-13, 1e-9
#: How far a site is from others that say all the same.
_FURTHEST = 1e9


def combined(name: CombinerName, vectors: Vectors, weights: Sequence[float], faulty: int = 0) -> Vector:
    """One vector from those of K sites (K x p); `faulty` is how many of them may be wrong.

    Raises:
        Refused: R-ROBUST where there are fewer sites than the combiner needs.
    """
    check_enough(name, len(vectors), faulty)
    return RULES[name](np.asarray(vectors, float), weights, faulty)


def apart(vectors: Vectors) -> list[float]:
    """How far each site is from the coordinates' medians, in units of the median distance.

    A site that is alone with its distance has a large number; nobody is far where all are alike.
    """
    distances = np.sqrt(((vectors - median(vectors)) ** 2).sum(axis=1))
    usual = float(np.median(distances))
    if usual == 0:  # more than half say the same: who does not is as far as can be told
        return [0.0 if distance == 0 else _FURTHEST for distance in distances]
    return [float(distance / usual) for distance in distances]


def mean(vectors: Vectors, weights: Sequence[float]) -> Vector:
    """The mean by weights (McMahan et al. 2017); one site can move it anywhere."""
    whole = math.fsum(weights)
    products = (np.asarray(weights, float)[:, None] * vectors).T
    return np.array([math.fsum(line) / whole for line in products])


def median(vectors: Vectors) -> Vector:
    """The median of each coordinate (Yin et al. 2018)."""
    told: Vector = np.median(vectors, axis=0)
    return told


def trimmed_mean(vectors: Vectors, faulty: int) -> Vector:
    """Of each coordinate the mean without the f largest and the f smallest (Yin et al. 2018)."""
    kept = np.sort(vectors, axis=0)[faulty : len(vectors) - faulty]
    return _plain_mean(kept)


def geometric_median(vectors: Vectors) -> Vector:
    """The point to which the distances add up to least, by Weiszfeld's iteration (Pillutla et al. 2022)."""
    at, usual = median(vectors), 0.0
    for _ in range(_MOST):
        distances = np.sqrt(((vectors - at) ** 2).sum(axis=1))
        usual = usual or float(np.median(distances)) or float(distances.max())
        if usual == 0:
            break
        moved = mean(vectors, [1 / one for one in np.maximum(distances, _LEAST * usual)])
        still = float(np.sqrt(((moved - at) ** 2).sum())) <= _STILL * usual
        at = moved
        if still:
            break
    return at


def krum(vectors: Vectors, faulty: int) -> Vector:
    """The vector that is closest to its K - f - 2 nearest (Blanchard et al. 2017)."""
    told: Vector = vectors[_ranked(vectors, faulty)[0]]
    return told


def multi_krum(vectors: Vectors, faulty: int) -> Vector:
    """The mean of the K - f vectors that are closest to their nearest (Blanchard et al. 2017)."""
    return _plain_mean(vectors[_ranked(vectors, faulty)[: len(vectors) - faulty]])


def clipped(vectors: Vectors) -> Vector:
    """The mean of vectors that are made no longer than their median length."""
    lengths = np.sqrt((vectors**2).sum(axis=1))
    most = float(np.median(lengths))
    shares = [min(1.0, most / length) if length > 0 else 1.0 for length in lengths]
    return _plain_mean(vectors * np.array(shares)[:, None])


def _ranked(vectors: Vectors, faulty: int) -> list[int]:
    """The sites by the squared distances to their K - f - 2 nearest; of two alike the lower vector first."""
    squares = ((vectors[:, None, :] - vectors[None, :, :]) ** 2).sum(axis=2)
    nearest = np.sort(squares, axis=1)[:, 1 : len(vectors) - faulty - 1]  # the first is its own
    scores = [math.fsum(line) for line in nearest]
    return sorted(range(len(vectors)), key=lambda at: (scores[at], tuple(vectors[at])))


def _plain_mean(vectors: Vectors) -> Vector:
    return mean(vectors, [1.0] * len(vectors))


#: By name; of the rest of what they are told each takes what it needs.
RULES: dict[CombinerName, Callable[[Vectors, Sequence[float], int], Vector]] = {
    "mean": lambda vectors, weights, _: mean(vectors, weights),
    "median": lambda vectors, *_: median(vectors),
    "trimmed_mean": lambda vectors, _, faulty: trimmed_mean(vectors, faulty),
    "geometric_median": lambda vectors, *_: geometric_median(vectors),
    "krum": lambda vectors, _, faulty: krum(vectors, faulty),
    "multi_krum": lambda vectors, _, faulty: multi_krum(vectors, faulty),
    "clipped": lambda vectors, *_: clipped(vectors),
}
