"""How many sites a way to combine needs, and how many of them may say anything at all.

Breakdown points: Yin et al. (2018), Lopuhaa and Rousseeuw (1991), Blanchard et al. (2017).
"""

from __future__ import annotations

from typing import Literal, NamedTuple

from fedcli.errors import fault

CombinerName = Literal["mean", "median", "trimmed_mean", "geometric_median", "krum", "multi_krum", "clipped"]


class Votes(NamedTuple):
    """Of K sites of which f may be wrong: at least `times` f + `more` are needed.

    `withstands` says how many may be wrong: those that are expected, under half of all, or none. A mean of
    clipped vectors withstands none, but one site moves it by no more than the median length over K.
    """

    times: int
    more: int
    withstands: Literal["none", "expected", "under half"]


VOTES: dict[CombinerName, Votes] = {
    "mean": Votes(0, 1, "none"),
    "median": Votes(2, 1, "under half"),
    "trimmed_mean": Votes(2, 1, "expected"),
    "geometric_median": Votes(2, 1, "under half"),
    "krum": Votes(2, 3, "expected"),
    "multi_krum": Votes(2, 3, "expected"),
    "clipped": Votes(0, 3, "none"),
}


def check_enough(combiner: CombinerName, sites: int, faulty: int) -> None:
    """Raise R-ROBUST where there are fewer sites than a combiner needs for so many that may be wrong."""
    needs = VOTES[combiner]
    fewest = needs.times * faulty + needs.more
    if sites < fewest:
        raise fault("R-ROBUST", combiner=combiner, faulty=faulty, fewest=fewest, have=sites)
