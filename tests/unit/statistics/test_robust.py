"""Robust combiners: independent oracles, what must not change them, and where they break down."""

from __future__ import annotations

import itertools
import math
from typing import Any, get_args

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, stats

from fedcli.errors import FedcliError
from fedcli.statistics import robust
from fedcli.statistics.robust import apart, combined
from fedcli.statistics.votes import VOTES, CombinerName

NAMES = get_args(CombinerName)
ROBUST = [name for name in NAMES if VOTES[name].withstands != "none"]
FAR = 1e8


@st.composite
def updates(draw: st.DrawFn, least: int = 5, most: int = 9) -> Any:
    """Vectors of some sites: whole numbers of thousandths, of which several may be alike."""
    sites, length = draw(st.integers(least, most)), draw(st.integers(1, 4))
    lines = st.lists(st.integers(-5000, 5000), min_size=length, max_size=length)
    return np.array(draw(st.lists(lines, min_size=sites, max_size=sites))) / 1000


def by(name: CombinerName, vectors: Any, faulty: int = 1) -> Any:
    return combined(name, vectors, [1.0] * len(vectors), faulty)


@given(updates())
def test_means_and_medians(vectors: Any) -> None:
    """SciPy's trimmed mean, and the plain definitions."""
    weights = np.arange(1.0, len(vectors) + 1)
    assert combined("mean", vectors, list(weights)) == pytest.approx(
        np.average(vectors, axis=0, weights=weights)
    )
    middle = [sorted(column)[len(column) // 2] for column in vectors.T]
    if len(vectors) % 2:
        assert by("median", vectors) == pytest.approx(middle)
    expected = stats.trim_mean(vectors, 1 / len(vectors) + 1e-9, axis=0)
    assert by("trimmed_mean", vectors) == pytest.approx(expected, abs=1e-12)


@given(updates())
def test_the_geometric_median_is_where_distances_add_up_to_least(vectors: Any) -> None:
    """No point that SciPy's simplex finds has a smaller sum of distances."""

    def distances(at: Any) -> float:
        return float(np.sqrt(((vectors - at) ** 2).sum(axis=1)).sum())

    found = distances(by("geometric_median", vectors))
    tried = [
        optimize.minimize(distances, start, method="Nelder-Mead").fun
        for start in (vectors[0], vectors.mean(axis=0))
    ]
    assert found <= min(tried) * (1 + 1e-6) + 1e-6
    assert found <= min(map(distances, vectors)) * (1 + 1e-6) + 1e-6


@given(updates(), st.integers(0, 1))
def test_krum_by_hand(vectors: Any, faulty: int) -> None:
    """Every site's sum of squared distances to its nearest, written out."""
    scores = []
    for at, one in enumerate(vectors):
        squares = sorted(math.dist(one, other) ** 2 for place, other in enumerate(vectors) if place != at)
        scores.append(math.fsum(squares[: len(vectors) - faulty - 2]))
    chosen = by("krum", vectors, faulty)
    [at, *_] = [at for at, one in enumerate(vectors) if tuple(one) == tuple(chosen)]
    assert scores[at] == pytest.approx(min(scores), abs=1e-9)
    kept = sorted(scores)[: len(vectors) - faulty]
    if len(set(scores)) == len(scores):
        close = [one for one, score in zip(vectors, scores, strict=True) if score <= kept[-1]]
        assert by("multi_krum", vectors, faulty) == pytest.approx(np.mean(close, axis=0), abs=1e-12)


def test_clipping_by_hand() -> None:
    """Lengths 1, 2 and 10: the longest is made as long as the one in the middle."""
    assert by("clipped", np.array([[1.0, 0], [0, 2], [-6, -8]])) == pytest.approx([-0.2 / 3, 0.4 / 3])
    assert by("clipped", np.zeros((3, 2))) == pytest.approx([0, 0])


@pytest.mark.parametrize("name", NAMES)
@given(vectors=updates(), seed=st.randoms())
def test_the_order_of_sites_does_not_matter(name: CombinerName, vectors: Any, seed: Any) -> None:
    """To the last bit."""
    order = list(range(len(vectors)))
    seed.shuffle(order)
    assert by(name, vectors[order]).tolist() == by(name, vectors).tolist()


@pytest.mark.parametrize("name", [name for name in NAMES if name != "clipped"])
@given(vectors=updates(), shift=st.integers(-4, 4), scale=st.sampled_from([0.5, 2.0, -4.0]))
def test_shifts_and_scales_go_through(name: CombinerName, vectors: Any, shift: int, scale: float) -> None:
    """Of what was shifted and scaled the result is; clipping has a zero of its own."""
    moved, plain = by(name, vectors * scale + shift), by(name, vectors) * scale + shift
    if "krum" in name:  # of two that are as close, either may be chosen
        scores = sorted(_scores(vectors))
        if any(b - a < 1e-6 for a, b in itertools.pairwise(scores)):
            return
    assert moved == pytest.approx(plain, abs=1e-6)


def _scores(vectors: Any) -> list[float]:
    squares = ((vectors[:, None] - vectors[None]) ** 2).sum(axis=2)
    return [float(np.sort(line)[1:-2].sum()) for line in squares]


@pytest.mark.parametrize("name", ROBUST)
@pytest.mark.parametrize("faulty", [1, 2])
@given(data=st.data())
def test_as_many_as_it_withstands_move_it_nowhere(
    name: CombinerName, faulty: int, data: st.DataObject
) -> None:
    """Whatever f of the sites say, the result stays near what the others say; the mean does not."""
    needs = VOTES[name]
    sites = needs.times * faulty + max(needs.more, 1)
    right = data.draw(updates(sites - faulty, sites - faulty))
    wrong = np.full((faulty, right.shape[1]), data.draw(st.sampled_from([FAR, -FAR, 1e50])))
    assert np.abs(by("mean", np.concatenate([right, wrong]))).max() > 1e6  # the control
    if faulty == 2 and data.draw(st.booleans()):
        wrong[1] *= -1
    assert np.abs(by(name, np.concatenate([right, wrong]), faulty)).max() <= 100


@given(updates())
def test_one_site_moves_the_clipped_mean_by_a_median_length(vectors: Any) -> None:
    """In units of 1 over K."""
    lengths = np.sqrt((vectors**2).sum(axis=1))
    worse = vectors.copy()
    worse[0] = FAR
    moved = by("clipped", worse) - by("clipped", vectors)
    most = np.sort(lengths)[len(lengths) // 2 :].max()
    assert math.sqrt((moved**2).sum()) <= 2 * most + 1e-9


@pytest.mark.parametrize("name", NAMES)
def test_one_more_than_it_withstands_moves_it_anywhere(name: CombinerName) -> None:
    """The breakdown points are sharp: one site more takes the result along."""
    sites = {"mean": 5, "median": 5, "geometric_median": 5, "trimmed_mean": 5, "krum": 7, "multi_krum": 7}
    if name == "clipped":
        return
    withstands = {"none": 0, "under half": (sites[name] - 1) // 2, "expected": 1}[VOTES[name].withstands]
    wrong = withstands + 1 if "krum" not in name else 4  # of Krum, where the wrong are the ones who agree
    vectors = np.zeros((sites[name], 2))
    vectors[: len(vectors) - wrong, 0] = np.arange(len(vectors) - wrong)
    vectors[len(vectors) - wrong :] = FAR
    assert np.abs(by(name, vectors, 1)).max() > 500


@pytest.mark.parametrize(
    ("name", "faulty", "fewest"),
    [
        ("median", 1, 3),
        ("trimmed_mean", 2, 5),
        ("geometric_median", 1, 3),
        ("krum", 1, 5),
        ("multi_krum", 2, 7),
    ],
)
def test_too_few_sites(name: CombinerName, faulty: int, fewest: int) -> None:
    """K is at least 2 f + 1, of Krum 2 f + 3."""
    by(name, np.ones((fewest, 2)), faulty)
    with pytest.raises(FedcliError) as caught:
        by(name, np.ones((fewest - 1, 2)), faulty)
    assert caught.value.code == "R-ROBUST"
    assert str(fewest) in str(caught.value)


def test_who_is_apart() -> None:
    """A site a hundred times as far as usual, and nobody where all are alike."""
    vectors = np.array([[1.0, 1], [1, 2], [2, 1], [2, 2], [300, 300]])
    assert max(apart(vectors)[:4]) < 2
    assert apart(vectors)[4] > 100
    assert apart(np.ones((4, 2))) == [0.0] * 4
    assert apart(np.array([[1.0], [1], [1], [2]])) == [0, 0, 0, 1e9]


def test_every_combiner_is_there() -> None:
    """Each has its numbers, and a way to do it."""
    assert set(robust.RULES) == set(VOTES) == set(NAMES)
