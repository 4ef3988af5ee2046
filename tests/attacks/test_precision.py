"""Full-precision neighbours undo rounding: a mean is a fraction of n, a null deviance has one table.

Each attack knows the rule of rounding and the released numbers, and tries every count that they allow.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from fedcli.analytics.glm import Glm
from fedcli.analytics.summary import Summary
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Statbarn, Verdict
from fedcli.model.policy import Disclosure, Precision, Rounding
from fedcli.model.release import Answered
from fedcli.policy import ontology, precision
from fedcli.policy.gate import gate
from fedcli.statistics.interval import Span, span
from fedcli.statistics.moments import Moments
from fedcli.statistics.rounding import RULES, known, told
from fedcli.statistics.seal import Exact

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "ill": {"type": "integer", "bounds": [0, 1]},
            "visits": {"type": "integer", "bounds": [0, 50]},
            "event": {"type": "boolean"},
            "sex": {"type": "text", "levels": ["f", "m"]},
        },
    },
    "a test",
)
#: What floating point may add.
SLACK = 1e-12
#: Each rule with a threshold at which one of its classes begins.
ALIGNED: list[tuple[Rounding, int]] = [("nearest-5", 8), ("floor-midpoint-5", 10), ("midpoint-6", 13)]
each = pytest.mark.parametrize(("rounding", "least"), ALIGNED)


def rules(rounding: Rounding, least: int) -> Disclosure:
    """Rules that round, with as many digits as a policy can have."""
    full = Precision(mean="full", sd="full", coefficient="full")
    return Disclosure(min_count=least, min_dof=0, dominance=(), p_percent="0", rounding=rounding, digits=full)


@pytest.fixture
def fine(monkeypatch: pytest.MonkeyPatch) -> None:
    """The coarsening is off: only the counts themselves are rounded."""
    monkeypatch.setattr(precision, "MOST_DIGITS", {})
    monkeypatch.setattr(Moments, "step", lambda *_: 0.0)
    guards = {**ontology.GUARDS}
    guards[Statbarn.LINEAR_MODELS] = tuple(
        name for name in guards[Statbarn.LINEAR_MODELS] if name != "model_counts"
    )
    monkeypatch.setattr(ontology, "GUARDS", guards)


def released(values: list[int], under: Disclosure, column: str) -> Answered:
    """What leaves of a column."""
    rows = MemoryRows([{column: value} for value in values], DICTIONARY, None, frozenset({column}))
    decision = gate(Summary(columns=(column,)).local(rows), under)  # type: ignore[arg-type]
    assert decision.released is not None
    return decision.released.answered


def possible(number: int, rounding: Rounding, least: int) -> list[int]:
    """The counts that a rounded one can be."""
    near = range(max(least, number - RULES[rounding].width), number + RULES[rounding].width + 1)
    return [count for count in near if told(count, rounding) == number]


def known_of(answered: Answered, column: str, name: str) -> Span:
    """Where a number lies by all that its release says."""
    asked = Summary(columns=(column,)).outline(DICTIONARY)
    [cell] = known(asked.having(answered.cells, answered.digits), answered.rounding).cells[name]
    low, high = span(cell)
    return Span(low - SLACK * max(1, abs(low)), high + SLACK * max(1, abs(high)))


def explained(answered: Answered, under: Disclosure) -> Iterator[tuple[int, int]]:
    """Every n and number of ones that all released numbers of a column of zeros and ones fit."""
    [n] = answered.cells["n"]
    assert isinstance(n, int)
    mean, m2 = (known_of(answered, "ill", name) for name in ("mean", "m2"))
    for size in possible(n, under.rounding, under.min_count):
        for ones in range(size + 1):
            squares = ones - ones * ones / size
            if mean.low <= ones / size <= mean.high and m2.low <= squares <= m2.high:
                yield size, ones


def cases(least: int) -> Iterator[tuple[int, int]]:
    """Numbers of persons, and of ones among them."""
    for n in range(2 * least, 100, 3):
        for ones in range(least, n - least + 1, 5):
            yield n, ones


def found(under: Disclosure) -> tuple[float, float]:
    """The share of tables whose n, and whose number of ones, the attack finds."""
    sizes, ones, tried = 0, 0, 0
    for n, many in cases(under.min_count):
        fitting = list(explained(released([1] * many + [0] * (n - many), under, "ill"), under))
        assert (n, many) in fitting
        sizes += len({size for size, _ in fitting}) == 1
        ones += len({one for _, one in fitting}) == 1
        tried += 1
    return sizes / tried, ones / tried


@each
def test_a_mean_of_zeros_and_ones_tells_neither_n_nor_how_many(rounding: Rounding, least: int) -> None:
    """On their grids, mean and squared deviations nearly always fit several n and several numbers."""
    sizes, ones = found(rules(rounding, least))
    assert sizes <= 0.01
    assert ones <= 0.01


@each
@pytest.mark.usefixtures("fine")
def test_a_mean_of_zeros_and_ones_tells_both_when_it_is_fine(rounding: Rounding, least: int) -> None:
    """The control: with all digits there is one fraction."""
    sizes, ones = found(rules(rounding, least))
    assert sizes >= 0.95
    assert ones >= 0.95


@each
def test_three_digits_are_not_enough(rounding: Rounding, least: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the grid most n are found at three digits."""
    under = rules(rounding, least)
    monkeypatch.setattr(Moments, "step", lambda *_: 0.0)
    assert found(under)[0] >= 0.95


def fractions(answered: Answered, under: Disclosure) -> list[int]:
    """The n with which a released mean is a fraction of whole numbers."""
    [n] = answered.cells["n"]
    assert isinstance(n, int)
    low, high = known_of(answered, "visits", "mean")
    near = possible(n, under.rounding, under.min_count)
    return [size for size in near if math.floor(high * size) >= low * size]


def visits(n: int) -> list[int]:
    """How often n persons came; the sum has no divisor in common with n."""
    values = [1 + 7 * at % 23 for at in range(n - 1)]
    return [*values, next(last for last in range(1, 50) if math.gcd(sum(values) + last, n) == 1)]


@each
def test_a_mean_of_whole_numbers_fits_every_n(rounding: Rounding, least: int) -> None:
    """Whatever n is of those that are told alike, there is a sum that gives the mean."""
    under = rules(rounding, least)
    for n in range(2 * least, 200, 7):
        answered = released(visits(n), under, "visits")
        [number] = answered.cells["n"]
        assert isinstance(number, int)
        assert fractions(answered, under) == possible(number, rounding, least)


@each
@pytest.mark.usefixtures("fine")
def test_a_fine_mean_of_whole_numbers_has_one_n(rounding: Rounding, least: int) -> None:
    """The control."""
    under = rules(rounding, least)
    for n in range(2 * least, 200, 7):
        assert fractions(released(visits(n), under, "visits"), under) == [n]


def model(n: int, events: int, under: Disclosure) -> Any:
    """What the gate says of the first step of a logistic model, and its shape."""
    glm = Glm.read({"family": "binomial", "formula": "event ~ sex"}, "a test").resolved(DICTIONARY, "a test")
    data = [{"event": at < events, "sex": "fm"[at % 2]} for at in range(n)]
    exact = glm.local(MemoryRows(data, DICTIONARY, None, glm.reads()))
    assert isinstance(exact, Exact)
    return gate(exact, under), glm


def deviance(n: int, events: int) -> float:
    """-2 log likelihood of the mean alone."""
    return -2 * sum(part * math.log(part / n) for part in (events, n - events))


def solved(null: float, sizes: list[int]) -> list[tuple[int, int]]:
    """Every n and number of events (of the two outcomes the rarer) with a null deviance."""
    close = partial(math.isclose, rel_tol=1e-12)
    return [(n, events) for n in sizes for events in range(1, n // 2 + 1) if close(deviance(n, events), null)]


@each
def test_a_null_deviance_does_not_leave(rounding: Rounding, least: int) -> None:
    """No model does, before people have decided, also where other checks are only recorded."""
    under = rules(rounding, least)
    for rule in (under, under.model_copy(update={"enforce": "threshold"})):
        decision, _ = model(203, 61, rule)
        assert decision.verdict is Verdict.REVIEW
        assert decision.released is None


@each
@pytest.mark.usefixtures("fine")
def test_a_null_deviance_tells_n_and_events(rounding: Rounding, least: int) -> None:
    """The control: from the number in the answer alone, among all n that the rounded one can be."""
    decision, glm = model(203, 61, rules(rounding, least))
    assert decision.released is not None
    total = glm.outline(DICTIONARY).having(decision.released.answered.cells)
    state = glm.step(None, total)
    null = glm.answer_at(state, total).scalars["null_deviance"]
    assert solved(null, possible(told(203, rounding), rounding, least)) == [(203, 61)]
