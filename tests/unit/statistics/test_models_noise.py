"""The bounded form of a model's step: what it sums, how far a person moves it, and what it decodes to."""

from __future__ import annotations

import hashlib
import math
import random
from collections.abc import Iterator, Sequence
from fractions import Fraction
from typing import Any

import numpy as np
import pytest

from fedcli.analytics.glm import Fit, Glm
from fedcli.engine.blocks import ROWS, Block, Builder, bases
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.steady import combination, exponential
from fedcli.engine.whole import Whole
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.statistics.forms import Noisy
from fedcli.statistics.models import BITS, MOST, Blurred, Newton, newton
from fedcli.statistics.planned import PlannedRows
from fedcli.statistics.score import pairs
from tests.laws.datasets import Row
from tests.laws.engines import opened, table

KEY = hashlib.sha256(b"a key").hexdigest()
COUNTED = Contribution(rows=3, cells=2)
STEP = 2**BITS
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "visits",
        "unit": "person",
        "person_id": "person",
        "row_key": "visit",
        "columns": {
            "person": {"type": "text", "sensitivity": "identifier"},
            "visit": {"type": "text", "sensitivity": "identifier"},
            "x": {"type": "real", "bounds": [-10, 10], "missing": [-9.0]},
            "z": {"type": "real", "bounds": [1, 101]},
            "t": {"type": "text", "levels": ["a", "b", "c"], "missing": ["?"]},
            "b": {"type": "integer", "levels": [0, 1]},
            "f": {"type": "boolean"},
            "k": {"type": "integer", "bounds": [0, 20]},
            "w": {"type": "real", "bounds": [0, 4]},
        },
    },
    "a test",
)
#: Each with R^2 as it follows from its columns by hand: 1, an eighth of a number, a quarter of levels.
MODELS: dict[str, tuple[dict[str, Any], Fraction]] = {
    "gaussian": ({"formula": "x ~ z + t + f"}, Fraction(13, 8)),
    "weighted": ({"formula": "x ~ log(z) + t", "weights": "w"}, Fraction(3)),
    "levels": ({"formula": "x ~ 0 + t"}, Fraction(1)),
    "binomial": ({"family": "binomial", "formula": "b ~ z + pow(x, 2) + t"}, Fraction(3, 2)),
    "poisson": ({"family": "poisson", "formula": "k ~ z + f", "offset": "log(z)"}, Fraction(11, 8)),
}
STATES: dict[str, tuple[float, ...] | None] = {
    "binomial": (0.3, -0.8, 1.1, 0.4, -2.0),
    "poisson": (-1.5, -0.4, 0.6),
}
HIGHEST = {"poisson": 20.0}


def model(name: str, unit: str | None = "row", dictionary: Dictionary = DICTIONARY) -> Glm:
    """A model of the table above."""
    return Glm(**({"family": "gaussian", "unit": unit} | MODELS[name][0])).resolved(dictionary, "a test")


def form_of(asked: Glm, dictionary: Dictionary = DICTIONARY) -> Newton:
    """Its bounded form."""
    assert asked.design is not None
    return newton(asked.design, asked.family, dictionary, COUNTED)


def visits(seed: int, persons: int, odd: bool = True) -> list[Row]:
    """Persons with one to eight visits; a third of the values of some are missing, far out or undeclared."""
    draw, rows = random.Random(seed), []
    for person in range(persons):
        for _ in range(draw.choice([1, 1, 2, 3, 8])):
            ends = draw.random() < 0.3
            rows.append(
                {
                    "person": f"p{person}",
                    "visit": f"v{seed}-{len(rows)}",
                    "x": draw.choice([-10.0, 10.0]) if ends else draw.uniform(-10, 10),
                    "z": 101.0 if ends else draw.uniform(1, 101),
                    "t": draw.choice(["a", "b", "c"]),
                    "b": draw.choice([0, 1]),
                    "f": draw.choice([False, True]),
                    "k": draw.choice([0, 20]) if ends else draw.randint(0, 20),
                    "w": draw.choice([0.5, 1.0, 4.0]),
                }
            )
            if odd and draw.random() < 0.4:
                name = draw.choice(list(ODD))
                rows[-1][name] = draw.choice(ODD[name])
    return rows


ODD: dict[str, list[Any]] = {
    "person": [None],
    "x": [None, math.nan, math.inf, -math.inf, 1e308, -1e308, -9.0, 5e-324],
    "z": [None, math.nan, math.inf, -1e300, 1e300, 0.0],
    "t": [None, "?", "d", ""],
    "b": [None, 2, -(2**62)],
    "f": [None],
    "k": [None, -5, 21, 2**62],
    "w": [None, math.nan, 0.0, -1.0, 9.0, 1e300],
}


def vector_of(asked: Glm, rows: Sequence[Row], state: tuple[float, ...] | None = None) -> tuple[int, ...]:
    """What DuckDB's bounded rows add up to."""
    with opened(table(DICTIONARY, rows)) as source:
        found = BoundedRows(source, DICTIONARY, None, asked.reads(), COUNTED, KEY)
        assert asked.design is not None
        return found.score(asked.design, asked.family, state).unseal_for_noise()[1]


# -- an independent computation, row by row ------------------------------------------------------------


def by_hand(name: str, rows: Sequence[Row], state: tuple[float, ...] | None, most: int = 3) -> list[int]:
    """The vector of a model, as its definition reads."""
    whole = [line for line in map(CLEANED[name], rows) if line is not None]
    kept: dict[str, list[tuple[str, list[float], float, float, float]]] = {}
    for person, visit, x, y, offset, weight in whole:
        order = hashlib.md5((KEY + visit).encode(), usedforsecurity=False).hexdigest()
        kept.setdefault(person, []).append((order, x, y, offset, weight))
    family = MODELS[name][0].get("family", "gaussian")
    added = [
        _added(family, float(MODELS[name][1]), x, y, offset, weight, state)
        for theirs in kept.values()
        for _, x, y, offset, weight in sorted(theirs)[:most]
    ]
    return [sum(column) for column in zip(*added, strict=True)]


def _added(
    family: str,
    square: float,
    x: list[float],
    y: float,
    offset: float,
    weight: float,
    state: tuple[float, ...] | None,
) -> list[int]:
    one = STEP * (1 - 2.0**-40)
    lean = math.sqrt(square / max(square, sum(value * value for value in x)) * weight)
    start = [-math.log(101) if family == "poisson" else 0.0, *[0.0] * (len(x) - 1)]
    eta = sum(value * b for value, b in zip(x, state or start, strict=True)) + offset
    residual, information = y, 1.0
    if family == "binomial":
        mu = 1 / (1 + math.exp(-eta))
        residual, information = y - mu, mu * (1 - mu)
    if family == "poisson":
        mu = min(1.0, math.exp(eta) / HIGHEST["poisson"])
        residual, information = y / HIGHEST["poisson"] - mu, mu / 2
    u = [math.trunc(value * lean / math.sqrt(square) * one) for value in x]
    v = [math.trunc(value * lean / math.sqrt(square) * math.sqrt(information) * one) for value in x]
    r = math.trunc(residual * lean * one)
    own = [math.trunc(residual * lean * one / 2) ** 2] if family == "gaussian" else []
    return [STEP**2 // 4, *(v[i] * v[j] for i, j in pairs(len(x))), *(value * r for value in u), *own]


def _number(row: Row, name: str, low: float, high: float) -> float:
    """A number within its bounds; ValueError for one that is none."""
    value = row[name]
    if value is None or not math.isfinite(value) or value == -9.0:
        raise ValueError
    return min(max(float(value), low), high)


def _among(row: Row, name: str, levels: list[Any]) -> Any:
    if row[name] not in levels:
        raise ValueError
    return row[name]


def _line(columns: Any) -> Any:
    """The columns of a row, or nothing where it lacks something."""

    def read(row: Row) -> Any:
        try:
            x, y, offset, weight = columns(row)
            return None if row["person"] is None else (row["person"], row["visit"], x, y, offset, weight)
        except ValueError:
            return None

    return read


def _levels(row: Row, centre: float = 1 / 3) -> list[float]:
    level = _among(row, "t", ["a", "b", "c"])
    return [(level == "b") - centre, (level == "c") - centre]


def _truth(row: Row) -> float:
    return float(_among(row, "f", [False, True])) - 0.5


def _gaussian(row: Row) -> Any:
    z = (_number(row, "z", 1, 101) - 51) / 50
    return [1.0, z, *_levels(row), _truth(row)], _number(row, "x", -10, 10) / 10, 0.0, 1.0


def _weighted(row: Row) -> Any:
    weight = _number(row, "w", -math.inf, 4) / 4
    if weight <= 0:
        raise ValueError
    half = math.log(101) / 2
    z = (math.log(_number(row, "z", 1, 101)) - half) / half
    return [1.0, z, *_levels(row)], _number(row, "x", -10, 10) / 10, 0.0, weight


def _alone(row: Row) -> Any:
    level = _among(row, "t", ["a", "b", "c"])
    return [float(level == one) for one in "abc"], _number(row, "x", -10, 10) / 10, 0.0, 1.0


def _binomial(row: Row) -> Any:
    z = (_number(row, "z", 1, 101) - 51) / 50
    x = (_number(row, "x", -10, 10) ** 2 - 50) / 50
    return [1.0, z, x, *_levels(row)], float(_among(row, "b", [0, 1])), 0.0, 1.0


def _poisson(row: Row) -> Any:
    z = _number(row, "z", 1, 101)
    return [1.0, (z - 51) / 50, _truth(row)], _number(row, "k", 0, 20), math.log(z), 1.0


CLEANED = {
    "gaussian": _line(_gaussian),
    "weighted": _line(_weighted),
    "levels": _line(_alone),
    "binomial": _line(_binomial),
    "poisson": _line(_poisson),
}


# -- what is summed ------------------------------------------------------------------------------------


@pytest.mark.parametrize("name", MODELS)
@pytest.mark.parametrize("started", [False, True])
def test_the_vector_is_the_one_by_hand(name: str, started: bool) -> None:
    """Whatever the rows hold: missing, NaN, infinite, far out, undeclared, many of one person."""
    asked, state = model(name), STATES.get(name) if started else None
    for seed in range(5):
        rows = visits(seed, 40)
        assert vector_of(asked, rows, state) == tuple(by_hand(name, rows, state))


def test_one_row_counts_where_a_model_is_of_persons() -> None:
    """`unit = "person"` takes one of a person's rows; nobody refuses because somebody has two."""
    rows = visits(0, 40)
    assert vector_of(model("gaussian", "person"), rows) == tuple(by_hand("gaussian", rows, None, most=1))


def test_an_outcome_of_numbers_is_clamped_before_it_is_a_level() -> None:
    """Where a column is between 0 and 1 and has no levels, 2 is 1, and -3 is 0."""
    columns = {key: one.json_value() for key, one in DICTIONARY.columns.items()}
    columns["b"] = {"type": "integer", "bounds": [0, 1]}
    head = {"schema": "fedcli/dictionary/1", "dataset": "persons", "unit": "row"}
    dictionary = Dictionary.read({**head, "columns": columns}, "a test")
    asked = Glm(family="binomial", formula="b ~ 1").resolved(dictionary, "a test")
    rows = [visits(0, 1, odd=False)[0] | {"b": value} for value in (0, 1, 2, -3, None, 1)]
    assert asked.design is not None
    with opened(table(dictionary, rows)) as source:
        found = BoundedRows(source, dictionary, None, asked.reads(), COUNTED, KEY)
        form, vector = found.score(asked.design, "binomial").unseal_for_noise()
    total = form.decode(form.split(tuple(one / form.unit for one in vector)), 0.0)
    assert total.cells["n"] == (5.0,)
    assert total.cells["score"] == pytest.approx((3 / 2 - 2 / 2,), abs=1e-4)


def test_nobody_adds_nothing() -> None:
    """A vector of zeros, of the length that was planned."""
    asked = model("gaussian")
    assert vector_of(asked, []) == (0,) * form_of(asked).size


@pytest.mark.parametrize("name", MODELS)
def test_the_radius_follows_from_the_columns(name: str) -> None:
    """R^2 as by hand."""
    assert form_of(model(name)).reach.square == MODELS[name][1]


@pytest.mark.parametrize("name", MODELS)
def test_the_plan_is_the_form(name: str) -> None:
    """Signer, site and researcher know fields, unit and sensitivity without data."""
    asked = model(name)
    assert asked.design is not None
    shape = PlannedRows(DICTIONARY, COUNTED).score(asked.design, asked.family).shape
    assert isinstance(shape, Noisy)
    with opened(table(DICTIONARY, [])) as source:
        rows = BoundedRows(source, DICTIONARY, None, asked.reads(), COUNTED, KEY)
        form, _ = rows.score(asked.design, asked.family).unseal_for_noise()
    same = [(one.lengths, one.unit, one.square, one.axes) for one in (form, shape.form)]
    assert same[0] == same[1]


# -- how far a person moves it -------------------------------------------------------------------------


def _extreme(form: Newton, draw: random.Random) -> Block:
    """One row: ends, tiny numbers, numbers of every size, and what is no number."""
    some = [-1.0, 1.0, 0.0, 1e-300, math.nan, math.inf, 7.0]
    x = [[draw.choice([draw.uniform(-1, 1), draw.choice(some)])] for _ in range(form.terms)]
    y = np.array([draw.choice([-1.0, 0.0, 1.0, 20.0, 1e300, -math.inf, math.nan, draw.uniform(-1, 1)])])
    weight = np.array([draw.choice([4.0, 1.0, 1e300, math.nan, 1e-300])]) if form.design.weights else None
    offset = np.array([draw.choice([0.0, 800.0, -800.0, 3.0])]) if form.design.offset else None
    return Block(np.array(x), y, offset, weight)


@pytest.mark.parametrize("name", MODELS)
def test_a_row_moves_each_field_no_further_than_its_bound(name: str) -> None:
    """2000 rows of any kind at coefficients of any size, field by field."""
    form, draw = form_of(model(name)), random.Random(name)
    information = Fraction(MOST[form.family])
    most = {
        "n": Fraction(1, 16),
        "gram": information**2 * (1 + 1 / MODELS[name][1]) / 2,
        "score": Fraction(1),
        "own": Fraction(1, 16),
    }
    for _ in range(2000):
        state = tuple(draw.choice([0.0, draw.gauss(0, 1), draw.gauss(0, 300)]) for _ in range(form.terms))
        fields = form.split(Whole(form, state).over([_extreme(form, draw)]))  # type: ignore[arg-type]
        for field, row in fields.items():
            assert sum(int(one) ** 2 for one in row) <= most[field] * form.unit**2, field


def test_the_bound_is_met() -> None:
    """A row of one level at an end of the outcome moves the vector as far as is said, but for the cut."""
    form = form_of(model("levels", "person"))
    row = Block(np.array([[1.0], [0.0], [0.0]]), np.array([1.0]), None, None)
    moved = sum(one**2 for one in Whole(form, None).over([row]))
    assert 0.9999 * form.steps < moved <= form.steps


@pytest.mark.parametrize("name", MODELS)
def test_no_person_moves_the_vector_further_than_the_form_says(name: str) -> None:
    """Over 200 persons are taken away, one by one, each with all of their rows."""
    asked, state = model(name), STATES.get(name)
    form, removed = form_of(asked), 0
    for seed in range(100, 112):
        rows = visits(seed, 18)
        whole = vector_of(asked, rows, state)
        for person in sorted({row["person"] for row in rows if row["person"]}):
            others = vector_of(asked, [row for row in rows if row["person"] != person], state)
            assert sum((a - b) ** 2 for a, b in zip(whole, others, strict=True)) <= form.steps
            removed += 1
    assert removed >= 200


@pytest.mark.parametrize("name", ["gaussian", "binomial", "poisson"])
def test_the_order_of_rows_and_threads_change_nothing(name: str) -> None:
    """The same integers, to the last one."""
    asked, state, rows = model(name), STATES.get(name), visits(7, 6000)
    first = vector_of(asked, rows, state)
    random.Random(1).shuffle(rows)
    assert asked.design is not None
    with opened(table(DICTIONARY, rows)) as source:
        for threads in (1, 2, 4):
            source.connection.execute(f"SET threads = {threads}")
            found = BoundedRows(source, DICTIONARY, None, asked.reads(), COUNTED, KEY)
            assert found.score(asked.design, asked.family, state).unseal_for_noise()[1] == first
        source.connection.execute("RESET threads")


def test_numbers_are_the_same_wherever_a_row_lies() -> None:
    """What is added of a row must not depend on its place in a block, down to the last bit."""
    draw = np.random.default_rng(5)
    values = np.concatenate([draw.uniform(-700, 700, 3000), draw.uniform(-1e-3, 1e-3, 100)])
    moved = np.concatenate([exponential(values[:1]), exponential(values[1:6]), exponential(values[6:])])
    assert (exponential(values) == moved).all()
    x, beta = draw.uniform(-1, 1, (9, 3001)), tuple(draw.normal(size=9))
    assert (combination(x, beta)[5:] == combination(x[:, 5:].copy(), beta)).all()
    # One column after the other, each rounded by itself: a library's product is so on some processors alone.
    each = [sum((x[at, row] * beta[at] for at in range(1, 9)), x[0, row] * beta[0]) for row in range(100)]
    assert combination(x, beta)[:100].tolist() == each


@pytest.mark.parametrize("grow", [np.log, np.log1p, np.sqrt, np.square, lambda x: x**3, lambda x: x**4])
def test_functions_of_columns_are_the_same_wherever_a_row_lies(grow: Any) -> None:
    """Those of NumPy that a formula can name, by its own loops for the ends of arrays."""
    values = np.random.default_rng(6).uniform(1e-3, 1e3, 4099)
    whole = grow(values)
    for start in range(1, 18):
        part = values[start : start + 64 + start].copy()
        assert (grow(part) == whole[start : start + len(part)]).all()


def test_the_products_of_a_block_are_exact() -> None:
    """A double holds whole numbers up to 2^53, so a block of products of factors adds up in any order."""
    assert ROWS * STEP**2 <= 2**53


def test_the_exponential_is_one() -> None:
    """To two units in the last place."""
    values = np.random.default_rng(4).uniform(-700, 700, 20000)
    wanted = np.array([math.exp(one) for one in values])
    assert np.abs(exponential(values) / wanted - 1).max() < 4.5e-16


# -- what it decodes to --------------------------------------------------------------------------------


def _many(name: str) -> tuple[Glm, Dictionary, dict[str, Any]]:
    """Three thousand persons of a row each, with an outcome that goes with the columns."""
    columns = {key: one.json_value() for key, one in DICTIONARY.columns.items()}
    head = {"schema": "fedcli/dictionary/1", "dataset": "persons", "unit": "row"}
    dictionary = Dictionary.read({**head, "columns": columns}, "a test")
    draw, n = np.random.default_rng(11), 3000
    z, t, f = draw.uniform(1, 101, n), draw.integers(0, 3, n), draw.integers(0, 2, n)
    line = (z - 51) / 50 + 0.5 * (t == 1) - 0.4 * (t == 2) + 0.3 * f
    x = np.clip(2 * line + draw.normal(0, 2, n), -10, 10)
    values = {"z": z, "t": t, "f": f, "x": x, "w": draw.choice([0.5, 1.0, 4.0], n)}
    values |= {"b": (draw.uniform(size=n) < 1 / (1 + np.exp(-line + x**2 / 100))).astype(float)}
    values |= {"k": np.minimum(draw.poisson(np.exp(line - 4.2 + np.log(z))), 20)}
    return model(name, None, dictionary), dictionary, values


def _blocks(form: Newton, values: dict[str, Any]) -> Iterator[Block]:
    """Rows as the engine gives them, a thousand at a time."""
    places: dict[Any, int] = {"a": 0, "b": 1, "c": 2, True: 1, False: 0}
    told = [
        values[name] if level is None else (values[name] == places[level]).astype(float)
        for name, level in bases(form.design)
    ]
    rows, builder = np.array(told), Builder(form.design)
    for start in range(0, rows.shape[1], 1000):
        yield builder.block(rows[:, start : start + 1000].copy())


def _fitted(asked: Glm, dictionary: Dictionary, values: dict[str, Any]) -> tuple[Any, Fit, int]:
    """The answer of a fit without noise, over as many rounds as are paid for."""
    form, state, rounds = form_of(asked, dictionary), None, 0
    while state is None or not asked.finished(state):
        vector = Whole(form, None if state is None else state.beta).over(_blocks(form, values))
        natural = tuple(one / form.unit for one in vector)
        total = form.decode(form.split(natural), 0.0)
        state, rounds = asked.step(state, total), rounds + 1
    return asked.answer_at(state, total), state, rounds


def _reference(name: str, values: dict[str, Any]) -> Any:
    """The same weighted fit by Newton's steps in the columns as they are."""
    z, t, f, n = values["z"], values["t"], values["f"], len(values["z"])
    one, b, c = np.ones(n), (t == 1).astype(float), (t == 2).astype(float)
    raw = {
        "gaussian": [one, z, b, c, f],
        "weighted": [one, np.log(z), b, c],
        "levels": [(t == 0).astype(float), b, c],
        "binomial": [one, z, values["x"] ** 2, b, c],
        "poisson": [one, z, f],
    }[name]
    scaled = {
        "gaussian": [one, (z - 51) / 50, b - 1 / 3, c - 1 / 3, f - 0.5],
        "binomial": [one, (z - 51) / 50, (values["x"] ** 2 - 50) / 50, b - 1 / 3, c - 1 / 3],
        "poisson": [one, (z - 51) / 50, f - 0.5],
    }.get(name, [one])
    square = float(MODELS[name][1])
    w = np.minimum(1, square / (np.array(scaled) ** 2).sum(axis=0))
    w = values["w"] if name == "weighted" else w
    x, beta = np.array(raw, float).T, np.zeros(len(raw))
    y = values[{"binomial": "b", "poisson": "k"}.get(name, "x")]
    for _ in range(1 if name not in ("binomial", "poisson") else 60):
        eta = x @ beta
        mu, h = eta, np.ones(n)
        if name == "binomial":
            mu = 1 / (1 + np.exp(-eta))
            h = mu * (1 - mu)
        if name == "poisson":
            if not beta.any():
                beta[0] = math.log(y.sum() / z.sum())
            mu = h = np.exp(x @ beta + np.log(z))
        beta = beta + np.linalg.solve((x.T * (w * h)) @ x, x.T @ (w * (y - mu)))
    return beta


@pytest.mark.parametrize(("name", "rounds"), [*((one, 1) for one in ("gaussian", "weighted", "levels"))])
def test_without_noise_it_is_the_weighted_fit(name: str, rounds: int) -> None:
    """Ordinary least squares of the same rows with the same weights, but for the cut of each factor."""
    asked, dictionary, values = _many(name)
    answer, state, taken = _fitted(asked, dictionary, values)
    found = np.array([row[1] for row in answer.tables["coefficients"].rows])
    assert (taken, state.words) == (rounds, "converged")
    assert found == pytest.approx(_reference(name, values), rel=2e-4, abs=2e-4)
    assert answer.scalars["n"] == 3000


@pytest.mark.parametrize("name", ["binomial", "poisson"])
def test_without_noise_five_rounds_are_enough(name: str) -> None:
    """Newton's steps, from zero, end where those of the reference do."""
    asked, dictionary, values = _many(name)
    answer, state, taken = _fitted(asked, dictionary, values)
    found = np.array([row[1] for row in answer.tables["coefficients"].rows])
    assert (taken, state.iterations) == (5, 5)
    assert found == pytest.approx(_reference(name, values), rel=2e-3, abs=2e-3)


def test_errors_are_those_of_the_fit_where_there_is_no_noise() -> None:
    """Sigma is that of the residuals, and an error that of the weighted fit, taken cautiously."""
    asked, dictionary, values = _many("gaussian")
    answer, _, _ = _fitted(asked, dictionary, values)
    z, t, f = values["z"], values["t"], values["f"]
    x = np.array([np.ones(3000), z, t == 1, t == 2, f], float).T
    left = values["x"] - x @ np.linalg.lstsq(x, values["x"], rcond=None)[0]
    sigma = math.sqrt(left @ left / 2995)
    plain = sigma * np.sqrt(np.diag(np.linalg.inv(x.T @ x)))
    errors = np.array([row[2] for row in answer.tables["coefficients"].rows])
    assert answer.scalars["sigma"] == pytest.approx(sigma, rel=0.03)
    assert ((errors >= plain) & (errors <= 1.6 * plain)).all()


def _noisy(form: Newton, draw: Any, persons: int, deviation: float) -> Blurred:
    """A step of so many typical persons with noise."""
    natural = [one for row in form.typical(persons).values() for one in row]
    noisy = np.array(natural) + draw.normal(0, deviation, len(natural))
    return form.decode(form.split(tuple(map(float, noisy))), deviation)


@pytest.mark.parametrize("name", MODELS)
def test_noise_alone_still_takes_every_round(name: str) -> None:
    """Of hardly anybody, or of nobody: finite coefficients, and as many rounds as were paid for."""
    asked, draw = model(name), np.random.default_rng(3)
    form = form_of(asked)
    for persons in (0, 1, 30):
        state, taken = None, 0
        while state is None or not asked.finished(state):
            total = _noisy(form, draw, persons, 50.0)
            state, taken = asked.step(state, total), taken + 1
            assert all(map(math.isfinite, state.beta))
            assert np.linalg.eigvalsh(_gram(total))[0] >= 0.99 * total.blur.gram * math.sqrt(form.terms)
        assert taken == asked.draws
        asked.answer_at(state, total)


def _gram(total: Blurred) -> Any:
    whole = np.zeros((total.terms, total.terms))
    for (i, j), one in zip(pairs(total.terms), total.cells["gram"], strict=True):
        whole[i, j] = whole[j, i] = one
    return whole


def test_errors_know_of_the_noise() -> None:
    """Over 400 draws a coefficient spreads as its error says.

    The ratio has a standard deviation of 3.5 % by chance, and the bounds are eight of these.
    """
    asked, dictionary, values = _many("gaussian")
    form, draw = form_of(asked, dictionary), np.random.default_rng(8)
    natural = np.array([one / form.unit for one in Whole(form, None).over(_blocks(form, values))])
    found = []
    for _ in range(400):
        noisy = natural + draw.normal(0, 20.0, len(natural))
        total = form.decode(form.split(tuple(map(float, noisy))), 20.0)
        answer = asked.answer_at(asked.step(None, total), total)
        found.append([row[1:3] for row in answer.tables["coefficients"].rows])
    spread = np.array(found)[:, :, 0].std(axis=0)
    quiet = np.array([row[2] for row in _fitted(asked, dictionary, values)[0].tables["coefficients"].rows])
    told = np.sqrt(np.maximum(np.median(np.array(found)[:, :, 1], axis=0) ** 2 - quiet**2, 0))
    assert ((told / spread > 0.72) & (told / spread < 1.28)).all()
