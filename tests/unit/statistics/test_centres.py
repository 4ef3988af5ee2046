"""Groups around centres under noise: what is summed up, how far a person moves it, and what it comes to."""

from __future__ import annotations

import itertools
import math
import warnings
from collections.abc import Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from sklearn.cluster import KMeans as Theirs

from fedcli.analytics.k_means import KMeans, Standing
from fedcli.combiners.noise import told
from fedcli.combiners.sum import total
from fedcli.engine.bounded import BoundedRows
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import amount, units
from fedcli.model.policy import Contribution
from fedcli.policy.noise import gaussian
from fedcli.policy.zcdp import lowest_scale
from fedcli.statistics.centres import Centres
from fedcli.statistics.forms import STEPS, Noisy, known
from fedcli.statistics.planned import PlannedRows
from fedcli.workflows.foreseeing import scale
from tests.laws.datasets import Row
from tests.laws.engines import opened, table
from tests.oracle.test_boosted_trees import FRAME, SITES
from tests.oracle.test_k_means import DICTIONARY as TUMOURS
from tests.oracle.test_k_means import NAMES, STARTS, WIDTHS, X
from tests.unit.statistics.test_models_noise import COUNTED, DICTIONARY, KEY, visits

ENDS = {"x": (-10.0, 10.0), "z": (1.0, 101.0)}
PLACES = ((-5.0, 20.0), (0.0, 90.0), (6.0, 40.0))


def groups(dictionary: Dictionary = DICTIONARY, **more: Any) -> KMeans:
    """Groups of two columns of the table of the models' tests."""
    asked = {"columns": ["x", "z"], "starts": PLACES, "rounds": 4} | more
    return KMeans.read(asked, "a test").resolved(dictionary, "a test")


def exact(
    asked: KMeans,
    rows: pa.Table,
    state: Standing | None = None,
    counted: Contribution = COUNTED,
    dictionary: Dictionary = DICTIONARY,
) -> tuple[Centres, tuple[int, ...]]:
    """What DuckDB's bounded rows add up to."""
    with opened(rows) as source:
        found = BoundedRows(source, dictionary, None, asked.reads(), counted, KEY)
        form, vector = asked.local_at(found, state).unseal_for_noise()  # type: ignore[attr-defined]
    return form, vector


def by_hand(rows: Sequence[Row], places: Sequence[Sequence[float]]) -> list[int]:
    """Sizes and sums of rows that lack nothing: each value at the nearer end, then the nearest centre."""
    sizes, sums = [0] * len(places), [[0] * len(places) for _ in ENDS]
    for row in rows:
        if row["x"] is None or row["z"] is None or not math.isfinite(row["x"] + row["z"]) or row["x"] == -9:
            continue
        kept = [min(max(row[name], low), high) for name, (low, high) in ENDS.items()]
        widths = [high - low for low, high in ENDS.values()]
        far = [sum(((a - b) / w) ** 2 for a, b, w in zip(kept, one, widths, strict=True)) for one in places]
        group = far.index(min(far))
        sizes[group] += STEPS
        for at, (value, (low, high)) in enumerate(zip(kept, ENDS.values(), strict=True)):
            sums[at][group] += math.trunc((value - (low + high) / 2) / ((high - low) / 2) * STEPS)
    return [*sizes, *sums[0], *sums[1]]


def test_the_sums_are_those_by_hand() -> None:
    """Of rows that are far out of their bounds, missing, or no number, where every row counts."""
    rows = visits(11, 60)
    _, vector = exact(groups(), table(DICTIONARY, rows), counted=Contribution(rows=1000, cells=1))
    mine = [row for row in rows if row["person"] is not None]
    assert list(vector) == by_hand(mine, PLACES)


@pytest.mark.parametrize("started", [False, True])
def test_no_person_moves_it_further_than_the_form_says(started: bool) -> None:
    """Persons with many visits, whatever they hold, are taken away one by one; at first, and at a state."""
    state = Standing(centres=((9.0, 3.0), (9.0, 99.0)), rounds=1, moved=0.1, words="moving")
    furthest, asked = 0.0, groups()
    for seed in range(200, 206):
        rows = visits(seed, 10)
        form, whole = exact(asked, table(DICTIONARY, rows), state if started else None)
        for person in sorted({row["person"] for row in rows if row["person"]}):
            left = table(DICTIONARY, [row for row in rows if row["person"] != person])
            others = exact(asked, left, state if started else None)[1]
            moved = sum((a - b) ** 2 for a, b in zip(whole, others, strict=True))
            assert moved <= form.steps
            furthest = max(furthest, moved / form.steps)
    assert furthest > 0.3


def test_the_plan_is_the_form() -> None:
    """Signer, site and researcher know fields, unit and sensitivity of each round without data."""
    for state in (None, Standing(centres=PLACES, rounds=1, moved=0.1, words="moving")):
        shape = groups().local_at(PlannedRows(DICTIONARY, COUNTED), state).shape  # type: ignore[attr-defined]
        form, vector = exact(groups(), table(DICTIONARY, []), state)
        assert isinstance(shape, Noisy)
        same = [(one.lengths, one.unit, one.square, one.axes) for one in (form, shape.form)]
        assert same[0] == same[1]
        assert form.square == COUNTED.rows**2 * 3
        assert vector == (0,) * form.size


@pytest.mark.parametrize("rounds", [1, 5])
def test_noise_is_as_wide_as_the_formula_says(rounds: int) -> None:
    """A round's sigma is rows (1 + d)^0.5 (rounds / 2 rho)^0.5: foreseen, and of what is drawn."""
    asked, rho = groups(rounds=rounds), Fraction(1, 2)
    form, vector = exact(asked, table(DICTIONARY, visits(1, 20)))
    share = rho / asked.draws
    wanted = COUNTED.rows * math.sqrt(3) * math.sqrt(rounds / (2 * float(rho)))
    assert scale(form, amount(units("0.5") // rounds)) == pytest.approx(wanted, rel=1e-6)
    drawn = gaussian(vector * 500, form.steps, share)
    off = (np.array(drawn.vector) - np.array(vector * 500)) / form.unit
    assert off.std() == pytest.approx(wanted, rel=0.05)  # of 4500 draws: five standard deviations
    assert lowest_scale(form.steps, share) / form.unit == pytest.approx(wanted, rel=1e-6)


def over(sites: int, sigma: float, seed: int, **more: Any) -> tuple[KMeans, Standing, Noisy]:
    """All rounds over uneven sites, each with noise of its own, which is drawn by numpy, as tests may."""
    told = {"columns": NAMES, "starts": STARTS} | more
    asked = groups(TUMOURS, **told)
    draw, state = np.random.default_rng(seed), None
    tables = [
        pa.Table.from_pandas(FRAME[[*NAMES]].iloc[low:high], preserve_index=False)
        for low, high in itertools.pairwise(SITES[sites])
    ]
    while True:
        parts = []
        for at, one in enumerate(tables):
            form, vector = exact(asked, one, state, dictionary=TUMOURS)
            noisy = [number / form.unit + draw.normal(0, sigma) for number in vector]
            parts.append((f"site{at}", Noisy(form, form.split(tuple(noisy)), sigma**2)))
        whole = total(parts)
        state = asked.step(state, known(whole))  # type: ignore[arg-type]
        if asked.finished(state):
            return asked, state, whole


def theirs(rounds: int) -> Any:
    """Scikit-learn's centres after so many rounds on the pooled rows, from the same centres, in widths."""
    found = Theirs(4, init=np.array(STARTS) / WIDTHS, n_init=1, algorithm="lloyd", tol=0, max_iter=rounds)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that it would go on
        return found.fit(X / WIDTHS).cluster_centers_


@pytest.mark.parametrize("sites", SITES)
def test_with_little_noise_it_is_scikit_learn(sites: int) -> None:
    """Four rounds: a mean is off by its noise, twice sigma K^0.5 / n, and what groups differ by for it."""
    asked, state, whole = over(sites, 1e-4, 3)
    assert (state.rounds, state.words) == (4, "given up")
    np.testing.assert_allclose(np.array(state.centres) / WIDTHS, theirs(4), atol=1e-4)
    answer = asked.answer_at(state, known(whole))  # type: ignore[arg-type]
    assert answer.scalars["n"] == pytest.approx(569, abs=0.01)
    assert (answer.scalars["inertia"], answer.scalars["still"]) == (None, 0)


def test_intervals_hold_what_noise_does() -> None:
    """Of 400 draws of a last round, 95 % of intervals hold the means of who is nearest to its centres.

    The smallest group has 13 rows, and each number noise of one.
    """
    asked = groups(TUMOURS, columns=NAMES, starts=STARTS, rounds=1)
    sigma, draw = 1.0, np.random.default_rng(4)
    rows = pa.Table.from_pandas(FRAME[[*NAMES]], preserve_index=False)
    form, vector = exact(asked, rows, dictionary=TUMOURS)
    plain = np.array(vector) / form.unit
    near = np.square((X[:, None, :] - np.array(STARTS)) / WIDTHS).sum(axis=2).argmin(axis=1)
    truth = [X[near == at, column].mean() for at in range(4) for column in range(3)]
    inside = np.zeros(len(truth))
    for _ in range(400):
        whole = Noisy(form, form.split(tuple(plain + draw.normal(0, sigma, len(plain)))), sigma**2)
        state = asked.step(None, known(whole))  # type: ignore[arg-type]
        answer = told(whole, lambda shape, state=state: asked.answer_at(state, shape))  # type: ignore[misc]
        cells = [row[3] for row in answer.tables["centres"].rows]
        assert all(isinstance(cell, About) for cell in cells)
        inside += [cell.low <= true <= cell.high for cell, true in zip(cells, truth, strict=True)]  # type: ignore[union-attr]
    assert (inside / 400 > 0.91).all()
    assert abs(inside.mean() / 400 - 0.95) < 0.02


def test_a_group_of_hardly_anybody_stays() -> None:
    """Its mean would be a quotient of noise. Nothing that is still ends it before all rounds are done."""
    asked = groups(rounds=2)
    form, _ = exact(asked, table(DICTIONARY, []))
    cells = {"n": (2.9, -4.0, 300.0), "sum": (2.0, 5.0, 30.0, 1.0, -9.0, 90.0)}
    state = asked.step(None, known(Noisy(form, cells, 1.0)))  # type: ignore[arg-type]
    assert state.centres == (*PLACES[:2], (0.0 + 10 * 0.1, 51.0 + 50 * 0.3))
    assert state.words == "moving"
    nobody = {"n": (0.0,) * 3, "sum": (0.0,) * 6}
    again = asked.step(None, known(Noisy(form, nobody, 1.0)))  # type: ignore[arg-type]
    assert (again.centres, again.moved, again.words) == (PLACES, 0.0, "moving")
    last = asked.step(again, known(Noisy(form, nobody, 1.0)))  # type: ignore[arg-type]
    assert last.words == "given up"
    answer = asked.answer_at(last, known(Noisy(form, cells, 1.0)))  # type: ignore[arg-type]
    assert [row[3:] for row in answer.tables["centres"].rows[:4]] == [(None, None)] * 4


def test_a_mean_is_within_its_bounds() -> None:
    """Whatever noise does to a sum."""
    form, _ = exact(groups(), table(DICTIONARY, []))
    cells = {"n": (10.0,) * 3, "sum": (50.0, -50.0, 0.0, 50.0, -50.0, 0.0)}
    means = known(Noisy(form, cells, 1.0)).cells["mean"]
    assert means == (10.0, -10.0, 0.0, 101.0, 1.0, 51.0)
