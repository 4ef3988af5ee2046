"""Sites' noisy slopes under robust combiners: what they come to, who has a vote, and what a liar can do."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from scipy.optimize import minimize
from scipy.stats import trim_mean

from fedcli.analytics.fedavg import Fedavg
from fedcli.combiners.noise import told
from fedcli.combiners.sum import total
from fedcli.errors import FedcliError
from fedcli.model.cells import About
from fedcli.statistics.averaging import Weights
from fedcli.statistics.clipped import clipped
from fedcli.statistics.descent import KNOWN
from fedcli.statistics.forms import Noisy, known
from fedcli.statistics.score import BySite
from tests.unit.statistics.test_clipped import model

CLIP, ROWS, P = 0.8, (300, 500, 420, 380, 450), 5
Vector = Any


def released(asked: Fedavg, cells: list[Any], deviation: float, first: bool) -> Noisy:
    """The sum of what sites tell, as it is combined: a number, or a line of slopes, for each site."""
    form = clipped(asked._design, first)
    field, unit = ("n", 1.0) if first else ("score", CLIP)
    shapes = [
        Noisy(form, {field: tuple(float(c) / unit for c in np.atleast_1d(one))}, (deviation / unit) ** 2)
        for one in cells
    ]
    return total([(f"site{at}", shape) for at, shape in enumerate(shapes)])


def stepped(asked: Fedavg, state: Weights | None, cells: list[Any], deviation: float) -> Weights:
    """The next state."""
    return asked.step(state, known(released(asked, cells, deviation, state is None)))  # type: ignore[arg-type]


def by_scipy(vectors: Vector) -> Vector:
    """Where distances add up to least, by a general minimiser."""
    found = minimize(
        lambda at: np.sqrt(((vectors - at) ** 2).sum(axis=1)).sum(),
        np.median(vectors, axis=0),
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-14, "maxiter": 20000, "maxfev": 20000},
    )
    return found.x


def closest(vectors: Vector) -> list[int]:
    """Sites by the distances to their two nearest, where one of five may be wrong."""
    apart = [sorted(((one - other) ** 2).sum() for other in vectors)[1:3] for one in vectors]
    return sorted(range(len(vectors)), key=lambda at: sum(apart[at]))


def cut(vectors: Vector) -> Vector:
    """The mean of vectors that are no longer than the median one."""
    most = np.median([np.linalg.norm(one) for one in vectors])
    return np.mean([one * min(1.0, most / np.linalg.norm(one)) for one in vectors], axis=0)


PLAIN: dict[str, Callable[[Vector], Vector]] = {
    "median": lambda vectors: np.median(vectors, axis=0),
    "trimmed_mean": lambda vectors: trim_mean(vectors, 0.2, axis=0),
    "geometric_median": by_scipy,
    "krum": lambda vectors: vectors[closest(vectors)[0]],
    "multi_krum": lambda vectors: np.mean(vectors[closest(vectors)[:4]], axis=0),
    "clipped": cut,
}


@pytest.mark.parametrize("combiner", PLAIN)
def test_the_combined_slope_is_the_one_by_hand(combiner: str) -> None:
    """Over the same noisy numbers, by numpy and scipy alone: three rounds, with a penalty."""
    asked = model("binomial", combiner=combiner, c=0.01, learning_rate=0.7, server_rate=1.5)
    draw = np.random.default_rng(31)
    sizes = [n + draw.normal(0, 4.0) for n in ROWS]
    state, beta = stepped(asked, None, sizes, 4.0), np.zeros(P)
    costs = np.array([0.0, 1, 1, 1, 1]) / (0.01 * 5 * np.median(sizes))
    for _ in range(3):
        slopes = draw.normal(0, 40.0, (5, P))
        state = stepped(asked, state, list(slopes), 6.0)
        ways = 0.7 * (slopes / np.array(sizes)[:, None] - costs * beta)
        beta = beta + 1.5 * PLAIN[combiner](ways)
        assert state.beta == pytest.approx(tuple(beta), abs=1e-7 if "geo" in combiner else 1e-12)


@pytest.mark.parametrize("strategy", ["fedavg", "fedadam", "fedyogi"])
@pytest.mark.parametrize("combiner", ["mean", *PLAIN])
def test_without_noise_it_is_what_exact_sites_come_to(combiner: str, strategy: str) -> None:
    """The same numbers as updates of columns that nobody standardises, and as slopes."""
    asked = model("binomial", combiner=combiner, strategy=strategy, standardise=False)
    exact = model("binomial", combiner=combiner, strategy=strategy, standardise=False, clip=None)
    axes, draw = clipped(asked._design, first=True).axes, np.random.default_rng(5)
    state = stepped(asked, None, list(ROWS), 0.0)
    columns = [BySite(axes, {"n": (n,), "columns": (0.0,) * 2 * P}) for n in ROWS]
    other = exact.step(None, total([(f"site{at}", one) for at, one in enumerate(columns)]))
    for _ in range(3):
        slopes = draw.normal(0, 40.0, (5, P))
        state = stepped(asked, state, list(slopes), 0.0)
        ways = [
            0.5 * (score - n * np.array(other.costs) * np.array(other.beta))
            for score, n in zip(slopes, ROWS, strict=True)
        ]
        parts = [
            BySite(axes, {"n": (n,), "update": tuple(map(float, one)), "deviance": (1.0,)})
            for n, one in zip(ROWS, ways, strict=True)
        ]
        other = exact.step(other, total([(f"site{at}", one) for at, one in enumerate(parts)]))
        assert state.beta == pytest.approx(other.beta, rel=1e-9, abs=1e-12)


def test_a_site_of_hardly_anybody_has_no_vote() -> None:
    """Its mean slope would be a quotient of noise, or turned around where its rows are below zero."""
    asked, blur = model("binomial", combiner="median"), 9.0
    for odd in (0.0, -40.0, 1e-6, KNOWN * blur * 0.99):
        state = stepped(asked, None, [*ROWS[:4], odd], blur)
        assert state.voting == (*map(float, ROWS[:4]), 0.0)
        slopes = np.random.default_rng(3).normal(0, 40.0, (5, P))
        told = stepped(asked, state, list(slopes), blur)
        ways = 0.5 * slopes[:4] / np.array(ROWS[:4])[:, None]
        assert told.beta == pytest.approx(tuple(np.median(ways, axis=0)), rel=1e-12)


def test_too_few_votes_are_not_combined() -> None:
    """A trimmed mean of two would be of nobody."""
    asked = model("binomial", combiner="trimmed_mean")
    state = stepped(asked, None, [300, 200, -5, 3, 0], 9.0)
    with pytest.raises(FedcliError) as caught:
        stepped(asked, state, list(np.ones((5, P))), 9.0)
    assert caught.value.code == "R-ROBUST"


def test_nobody_has_a_vote() -> None:
    """Nothing is told but the count."""
    asked = model("binomial", combiner="median")
    state = stepped(asked, None, [4, -2, 20], 9.0)
    assert (state.words, state.rows, asked.finished(state)) == ("no rows", 22, True)


@pytest.mark.parametrize("lie", [-1e12, 1e12])
def test_rows_are_a_sites_own_word(lie: float) -> None:
    """However many rows one site says it has: training goes on, as others' votes and penalty have it."""
    asked = model("binomial", combiner="median", c=0.01)
    state = stepped(asked, None, [*ROWS[:4], lie], 4.0)
    assert state.words == "running"
    assert state.costs[1] == pytest.approx(1 / (0.01 * 5 * 400), rel=0.3)
    slopes = np.random.default_rng(3).normal(0, 40.0, (5, P))
    ways = 0.5 * slopes[:4] / np.array(ROWS[:4])[:, None]
    told = np.array(stepped(asked, state, list(slopes), 4.0).beta)
    assert (ways.min(axis=0) <= told).all()
    assert (told <= ways.max(axis=0)).all()


@pytest.mark.parametrize("value", [1e101, -1e101, math.inf, math.nan])
def test_numbers_that_overflow_are_refused_by_name(value: float) -> None:
    """In either round, whatever the combiner."""
    for combiner in ("mean", "median"):
        asked = model("binomial", combiner=combiner)
        state = stepped(asked, None, list(ROWS), 4.0)
        lies: list[tuple[Weights | None, list[Any]]] = [
            (None, [*ROWS[:4], value]),
            (state, [*np.ones((4, P)), [1.0, value, 1.0, 1.0, 1.0]]),
        ]
        for at, cells in lies:
            with pytest.raises(FedcliError) as caught:
                stepped(asked, at, cells, 4.0)
            assert caught.value.code == "R-UPDATE"
            assert "site4" in str(caught.value)


@pytest.mark.parametrize(
    ("more", "about"),
    [({}, True), ({"combiner": "median"}, False), ({"strategy": "fedadam"}, False)],
)
def test_an_interval_is_told_where_it_is_known(more: dict[str, Any], about: bool) -> None:
    """Of a median, and of adaptive steps, nobody has said how far noise moves the end."""
    asked = model("binomial", rounds=1, **more)
    state = stepped(asked, None, list(ROWS), 4.0)
    last = list(np.random.default_rng(3).normal(0, 40.0, (5, P)))
    whole, end = released(asked, last, 4.0, first=False), stepped(asked, state, last, 4.0)
    answer = told(whole, lambda shape: asked.answer_at(end, shape))  # type: ignore[arg-type]
    cells = [cell for row in answer.tables["coefficients"].rows for cell in row[1:] if cell is not None]
    assert len(cells) == 2 * P - 1
    assert {isinstance(cell, About) for cell in cells} == {about}
    assert isinstance(answer.scalars["n"], About)


# One of five sites lies.

_EACH, _ROUNDS, _RHO = 1500, 25, 0.5


def _persons(seed: int, many: int) -> tuple[Vector, Vector]:
    """Rows within bounds, an intercept first, and outcomes that follow a line."""
    draw = np.random.default_rng(seed)
    x = np.column_stack([np.ones(many), draw.uniform(-1, 1, (many, P - 1))])
    eta = x @ np.array([0.5, 4.0, -3.0, 2.0, 0.0])
    return x, (draw.uniform(size=many) < 1 / (1 + np.exp(-eta))).astype(float)


def _slope(x: Vector, y: Vector, beta: Vector) -> Vector:
    slopes = x * (y - 1 / (1 + np.exp(-x @ beta)))[:, None]
    lengths = np.linalg.norm(slopes, axis=1)
    return (slopes * np.minimum(1.0, CLIP / np.maximum(lengths, 1e-300))[:, None]).sum(axis=0)


def accuracy(combiner: str, lie: float, strategy: str = "fedavg") -> float:
    """Of 4000 new persons, where the last of five sites tells so many times its slope; under noise.

    Each round has its share of rho at every site, as an analysis has it.
    """
    asked = model("binomial", combiner=combiner, strategy=strategy, rounds=_ROUNDS, learning_rate=2.0, c=1e6)
    sigma = math.sqrt(1 / (2 * _RHO / (_ROUNDS + 1)))
    draw, sites = np.random.default_rng(17), [_persons(seed, _EACH) for seed in range(5)]
    state = stepped(asked, None, [_EACH + draw.normal(0, sigma) for _ in sites], sigma)
    while not asked.finished(state):
        beta = np.array(state.beta)
        slopes = [_slope(x, y, beta) + draw.normal(0, sigma * CLIP, P) for x, y in sites]
        slopes[-1] = slopes[-1] * lie
        state = stepped(asked, state, slopes, sigma * CLIP)
    x, y = _persons(99, 4000)
    return float(((x @ np.array(state.beta) > 0) == y).mean())


@pytest.mark.parametrize("lie", [-20.0, 100.0])
def test_one_of_five_does_not_ruin_what_votes_come_to(lie: float) -> None:
    """Turned around or scaled, its slopes ruin a mean, and move votes by three points at most."""
    honest = accuracy("mean", 1.0)
    assert honest > 0.8
    assert accuracy("mean", -20.0) < honest - 0.2
    for combiner in ("median", "trimmed_mean", "geometric_median", "krum", "multi_krum"):
        assert accuracy(combiner, lie) > honest - 0.03, combiner


@pytest.mark.parametrize("strategy", ["fedadam", "fedyogi"])
def test_adaptive_steps_learn_under_noise(strategy: str) -> None:
    """With the mean, and with votes where one site lies."""
    honest = accuracy("mean", 1.0)
    assert accuracy("mean", 1.0, strategy) > honest - 0.03
    assert accuracy("median", -20.0, strategy) > honest - 0.03
