"""Histograms of gradients under noise: what is summed up, how far a person moves it, and which trees grow."""

from __future__ import annotations

import math
from fractions import Fraction
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from fedcli.analytics.boosted_trees import BoostedTrees
from fedcli.combiners.sum import total
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.by_tree import places
from fedcli.errors import FedcliError
from fedcli.model.cells import About
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import amount, units
from fedcli.model.policy import Contribution
from fedcli.model.trees import Forest
from fedcli.policy.noise import gaussian
from fedcli.statistics.forms import STEPS, Noisy, known
from fedcli.statistics.gradients import SECOND, SIDES
from fedcli.statistics.histograms import Histograms, histograms
from fedcli.statistics.planned import PlannedRows
from fedcli.workflows.foreseeing import scale
from tests.laws.engines import opened, table
from tests.oracle.fits import converged, dictionary_of
from tests.unit.statistics.test_models_noise import COUNTED, DICTIONARY, KEY, visits

ONE = Contribution(rows=1, cells=1)


def trees(dictionary: Dictionary = DICTIONARY, **more: Any) -> BoostedTrees:
    """Trees of the table of the models' tests."""
    asked = {"outcome": "b", "columns": ["z", "t"], "edges": {"z": [20, 50, 70]}, "trees": 2, "depth": 2}
    return BoostedTrees.read(asked | more, "a test").resolved(dictionary, "a test")


def exact(
    asked: BoostedTrees,
    rows: pa.Table,
    state: Forest | None = None,
    counted: Contribution = COUNTED,
    dictionary: Dictionary = DICTIONARY,
) -> tuple[Histograms, tuple[int, ...]]:
    """What DuckDB's bounded rows add up to."""
    with opened(rows) as source:
        found = BoundedRows(source, dictionary, None, asked.reads(), counted, KEY)
        form, vector = asked.local_at(found, state).unseal_for_noise()  # type: ignore[attr-defined]
    return form, vector


def grown(
    asked: BoostedTrees,
    sites: list[pa.Table],
    sigma: float,
    dictionary: Dictionary = DICTIONARY,
    counted: Contribution = COUNTED,
) -> list[Forest]:
    """The forest after each round, with noise that is drawn by numpy, as tests may."""
    draw, states, state = np.random.default_rng(3), [], None
    while state is None or not asked.finished(state):
        parts = []
        for at, one in enumerate(sites):
            form, vector = exact(asked, one, state, counted, dictionary)
            told = [number / form.unit + draw.normal(0, sigma) for number in vector]
            parts.append((f"site{at}", Noisy(form, form.split(tuple(told)), sigma**2)))
        state = asked.step(state, known(total(parts)))  # type: ignore[arg-type]
        states.append(state)
    return states


ROWS = [row for row in visits(12, 150, odd=False) if row["person"] is not None]


@pytest.fixture(scope="module")
def states() -> list[Forest | None]:
    """No state; one in the first tree, and those of the second."""
    asked = trees(min_leaf=5)
    return [None, *grown(asked, [table(DICTIONARY, ROWS)], 0.0, counted=Contribution(rows=99, cells=1))[:-1]]


def test_the_sums_are_those_of_each_row(states: list[Forest | None]) -> None:
    """In every round, where every row counts: beside the row by row engine of the tests."""
    asked = trees(min_leaf=5)
    assert len(states) == 4
    for state in states:
        growing = asked._growing(state)
        spots, flat = len(growing.spots), growing.flat
        sums = np.zeros((2 if flat else 3, spots))
        for row in ROWS:
            for at, means, _ in places(growing, row):
                sides = [means.get(side, 0.0) for side in SIDES]
                later = [sides[0] - sides[1], 4 * (sides[2] + sides[3])]
                sums[:, at] += [1, means[SECOND]] if flat else [1, *later]
        _, vector = exact(asked, table(DICTIONARY, ROWS), state, Contribution(rows=99, cells=1))
        told = np.array(vector).reshape(sums.shape) / STEPS
        np.testing.assert_allclose(told, sums, atol=len(ROWS) / STEPS)


def test_no_person_moves_it_further_than_the_form_says(states: list[Forest | None]) -> None:
    """Persons with many visits, whatever they hold, are taken away one by one; in every round."""
    asked, furthest = trees(min_leaf=5), 0.0
    for number, state in enumerate(states):
        rows = visits(200 + number, 9)
        form, whole = exact(asked, table(DICTIONARY, rows), state)
        for person in sorted({row["person"] for row in rows if row["person"]}):
            left = table(DICTIONARY, [row for row in rows if row["person"] != person])
            others = exact(asked, left, state)[1]
            moved = sum((a - b) ** 2 for a, b in zip(whole, others, strict=True))
            assert moved <= form.steps
            furthest = max(furthest, moved / form.steps)
    assert furthest > 0.3


def test_no_row_is_longer_than_the_form_says() -> None:
    """1 + g^2 + (4 h)^2 at every probability: at most 2.29, and no less than 2.286."""
    p = np.linspace(0, 1, 100_001)
    most = (1 + p**2 + 16 * p**2 * (1 - p) ** 2).max()
    assert 2.286 < most < 2.29


def test_the_plan_is_the_form(states: list[Forest | None]) -> None:
    """Signer, site and researcher know fields, unit and sensitivity of each round without data."""
    for state, square in zip(
        states, (3 * 2, 2 * 2, 3 * Fraction(229, 100), 2 * Fraction(229, 100)), strict=True
    ):
        shape = trees().local_at(PlannedRows(DICTIONARY, COUNTED), state).shape  # type: ignore[attr-defined]
        form, vector = exact(trees(), table(DICTIONARY, []), state)
        assert isinstance(shape, Noisy)
        same = [(one.lengths, one.unit, one.square, one.axes) for one in (form, shape.form)]
        assert same[0] == same[1]
        assert form.square == COUNTED.rows**2 * square
        assert vector == (0,) * form.size


def test_noise_is_as_wide_as_the_formula_says() -> None:
    """Of the first round rows (2 (columns + 1))^0.5 (trees depth / 2 rho)^0.5: foreseen, and drawn."""
    asked, rho = trees(), Fraction(1, 2)
    form, vector = exact(asked, table(DICTIONARY, visits(1, 20)))
    assert asked.draws == 4
    wanted = COUNTED.rows * math.sqrt(6) * math.sqrt(asked.draws / (2 * float(rho)))
    assert scale(form, amount(units("0.5") // asked.draws)) == pytest.approx(wanted, rel=1e-6)
    drawn = gaussian(vector * 300, form.steps, rho / asked.draws)
    off = (np.array(drawn.vector) - np.array(vector * 300)) / form.unit
    assert off.std() == pytest.approx(wanted, rel=0.06)


PATIENTS = dictionary_of(
    {
        "age": {"type": "real", "bounds": [0, 100]},
        "dose": {"type": "real", "bounds": [0, 10]},
        "ward": {"type": "text", "levels": ["a", "b", "c"]},
        "ill": {"type": "integer", "levels": [0, 1]},
    }
)


def patients(seed: int, many: int) -> pd.DataFrame:
    """An outcome that follows a step in two columns, and is otherwise by chance in one of ten."""
    draw = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "age": draw.uniform(0, 100, many),
            "dose": draw.uniform(0, 10, many),
            "ward": draw.choice(list("abc"), many),
        }
    )
    sure = (frame["age"] > 50) ^ (frame["dose"] > 7.5)
    frame["ill"] = (sure ^ (draw.uniform(size=many) < 0.1)).astype("int64")
    return frame


def asked_of_patients(**more: Any) -> BoostedTrees:
    told = {
        "outcome": "ill",
        "columns": ["age", "dose", "ward"],
        "edges": {"age": [25, 50, 75], "dose": [2.5, 5, 7.5]},
        "learning_rate": 0.8,
        "trees": 3,
        "depth": 2,
    }
    return trees(PATIENTS, **(told | more))


def arrow(frame: pd.DataFrame) -> pa.Table:
    return pa.Table.from_pandas(frame, preserve_index=False)


def test_with_little_noise_they_are_the_exact_trees(tmp_path: Path) -> None:
    """The same splits and values over three uneven sites; what is not told is empty."""
    asked, frame = asked_of_patients(), patients(1, 900)
    sites = [arrow(frame.iloc[low:high]) for low, high in ((0, 100), (100, 400), (400, 900))]
    forest = grown(asked, sites, 1e-5, PATIENTS, ONE)[-1]
    answer = asked.answer_at(forest, None)  # type: ignore[arg-type]
    other = converged(asked, PATIENTS, sites, tmp_path)
    rows = [answer.tables["nodes"].rows, other.tables["nodes"].rows]
    assert len(rows[0]) == len(rows[1]) > 12
    for mine, exactly in zip(*rows, strict=True):
        assert mine[:8] == exactly[:8]
        assert mine[8] == (exactly[8] if mine[0] == 0 else None)
        assert mine[10] == (None if exactly[10] is None else pytest.approx(exactly[10], abs=1e-4))
    assert answer.scalars["loss"] is None
    n = answer.scalars["n"]
    assert isinstance(n, About)
    assert n.value == pytest.approx(900, abs=1e-3)
    assert n.high - n.value == pytest.approx(1.959964 * 1e-5 * math.sqrt(3), rel=1e-3)


def test_they_predict_under_noise(tmp_path: Path) -> None:
    """1500 persons, rho 1 for all six draws: right for 80 of 100 others, of whom 90 can be known."""
    from fedcli.workflows.predicting import predictor
    from tests.models import model

    asked = asked_of_patients()
    form, _ = exact(asked, arrow(patients(1, 1)), counted=ONE, dictionary=PATIENTS)
    sigma = math.sqrt(float(form.square) * 2.29 / 2 * asked.draws / 2)
    forest = grown(asked, [arrow(patients(5, 1500))], sigma, PATIENTS, ONE)[-1]
    [found] = asked.predictors(asked.answer_at(forest, None), PATIENTS)  # type: ignore[arg-type]
    (tmp_path / "model.json").write_bytes(model(found).canonical())
    new = patients(9, 3000)
    scores = predictor(tmp_path / "model.json").decision_function(new)
    assert ((scores > 0) == (new["ill"] == 1)).mean() > 0.8


def test_what_noise_could_make_up_is_no_leaf() -> None:
    """Thirty persons, under noise of ten: nothing is split."""
    asked = asked_of_patients(min_leaf=1)
    forest = grown(asked, [arrow(patients(1, 30))], 10.0, PATIENTS, ONE)[-1]
    assert forest.words == "no split"


def test_what_has_no_bound_is_refused() -> None:
    """A number, whose distance from its score has no end; and the loss."""
    number = trees(outcome="x", columns=["z"], edges={})
    with pytest.raises(FedcliError) as caught:
        number.outline(DICTIONARY, COUNTED)
    assert caught.value.code == "Q-NOISE"
    for asked, state in ((number, None), (trees(), Forest(words="measuring"))):
        with pytest.raises(FedcliError) as caught:
            histograms(DICTIONARY, COUNTED, asked._growing(state))
        assert caught.value.code == "Q-NOISE"
