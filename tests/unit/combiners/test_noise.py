"""The accuracy of answers: the delta method, against what is known in closed form and against simulation."""

from __future__ import annotations

import math
import random
from collections.abc import Callable

import pytest

from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary
from fedcli.combiners.noise import HALF, told
from fedcli.model.cells import About
from fedcli.model.policy import Contribution
from fedcli.model.result import Answer, Table
from fedcli.statistics.forms import Noisy
from fedcli.statistics.shape import Shape
from tests.laws.datasets import dictionary_of

AGREED = dictionary_of("person", True, None)


def noisy(analytic: Crosstab | Summary, persons: int, deviation: float) -> Noisy:
    """The sum of sites with so many persons, and noise."""
    outline = analytic.outline(AGREED, Contribution())
    assert isinstance(outline, Noisy)
    return Noisy(outline.form, outline.form.typical(persons), deviation**2)


def width(cell: object) -> float:
    """Half of an interval, which has its number in the middle."""
    assert isinstance(cell, About)
    assert cell.value - cell.low == pytest.approx(cell.high - cell.value)
    return cell.high - cell.value


def test_a_count_and_a_sum_of_counts() -> None:
    """A cell is off by 1.96 deviations, a sum of twelve by the root of twelve times as much: exactly."""
    table = Crosstab(by=("t", "f", "b"))
    answer = told(noisy(table, 900, 5.0), table.answer)
    assert width(answer.tables["counts"].rows[3][-1]) == pytest.approx(HALF * 5)
    assert width(answer.scalars["n"]) == pytest.approx(HALF * 5 * math.sqrt(12))
    assert answer.tables["counts"].rows[0][:3] == ("a", False, 0)


def test_a_mean() -> None:
    """Sum over n around zero: half the bounds times the deviation, over n."""
    summary = Summary(columns=("x",))
    answer = told(noisy(summary, 4000, 10.0), summary.answer)
    _, n, _, mean, _, sd = answer.tables["summary"].rows[0]
    assert width(n) == pytest.approx(HALF * 10)
    assert width(mean) == pytest.approx(HALF * 1000 * 10 / 4000, rel=1e-3)
    assert isinstance(sd, About) and sd.value == pytest.approx(1000 / math.sqrt(3), rel=1e-3)


def test_a_mean_that_is_just_known() -> None:
    """Of 3.5 deviations of values: moved one way it is unknown, and the other way tells how far it is off."""
    summary = Summary(columns=("x",))
    _, _, _, mean, *_ = told(noisy(summary, 35, 10.0), summary.answer).tables["summary"].rows[0]
    assert width(mean) == pytest.approx(HALF * 1000 * 10 / 35, rel=0.3)


@pytest.mark.parametrize(("persons", "known"), [(80, False), (100, True)])
def test_a_spread_that_noise_could_make_up(persons: int, known: bool) -> None:
    """The squares are a third for each person, with noise of ten: below three times that nothing is told."""
    summary = Summary(columns=("x",))
    answer = told(noisy(summary, persons, 10.0), summary.answer)
    _, _, _, mean, variance, sd = answer.tables["summary"].rows[0]
    assert isinstance(mean, About)
    assert [isinstance(cell, About) for cell in (variance, sd)] == [known] * 2
    assert known or (variance, sd) == (None, None)


def test_many_numbers() -> None:
    """More numbers than a matrix has columns: the mean of the squares is still about right."""
    number = 3000

    def first_and_all(shape: Shape) -> Answer:
        cells = shape.cells["count"]
        return Answer(scalars={"first": cells[0], "all": sum(map(float, cells))})  # type: ignore[arg-type]

    table = Crosstab(by=("t", "f"))
    outline = table.outline(AGREED, Contribution())
    assert isinstance(outline, Noisy)

    class Wide(type(outline.form)):  # type: ignore[misc]
        lengths = {"count": number}

        def decode(self, numbers, deviation):  # type: ignore[no-untyped-def]
            return self._like.having(numbers)

    form = Wide(outline.form._like, "person", 1)  # type: ignore[attr-defined]
    answer = told(Noisy(form, {"count": (0,) * number}, 4.0), first_and_all)
    assert width(answer.scalars["first"]) == pytest.approx(HALF * 2)
    assert width(answer.scalars["all"]) == pytest.approx(HALF * 2 * math.sqrt(number), rel=0.15)


@pytest.mark.parametrize("statistic", ["mean", "variance", "sd"])
def test_against_simulation(statistic: str) -> None:
    """Of two thousand draws of the noise the statistic spreads as the interval says, within a tenth."""
    summary = Summary(columns=("x",), by=("f",))
    total = noisy(summary, 3000, 8.0)
    answer = told(total, summary.answer)
    at = answer.tables["summary"].columns.index(statistic)
    chance = random.Random(5)
    draws = [_drawn(total, summary.answer, at, chance) for _ in range(2000)]
    middle = sum(draws) / len(draws)
    spread = math.sqrt(sum((one - middle) ** 2 for one in draws) / len(draws))
    assert width(answer.tables["summary"].rows[0][at]) == pytest.approx(HALF * spread, rel=0.1)


def _drawn(total: Noisy, answer: Callable[..., Answer], at: int, chance: random.Random) -> float:
    moved = {
        name: tuple(one + chance.gauss(0, total.deviation) for one in row)
        for name, row in total.numbers.items()
    }
    cell = answer(total.having(moved).decode()).tables["summary"].rows[0][at]
    assert isinstance(cell, float)
    return cell


def test_an_error_has_no_error() -> None:
    """The noise is in an estimate's standard error and interval already."""
    columns = ("term", "estimate", "std_error", "conf_low")
    rows = (("x", 1.5, 0.2, 1.1),)
    table = Crosstab(by=("f",))

    def answer(shape: Shape) -> Answer:
        moved = float(shape.cells["count"][0])  # type: ignore[arg-type]
        cells = tuple(tuple(one if one == "x" else one + moved for one in row) for row in rows)  # type: ignore[operator]
        return Answer(tables={"coefficients": Table(columns=columns, keys=1, rows=cells)})

    [(term, estimate, error, low)] = told(noisy(table, 0, 1.0), answer).tables["coefficients"].rows
    assert (term, error, low) == ("x", 0.2, 1.1)
    assert width(estimate) == pytest.approx(HALF)


def test_what_has_no_noise_is_left_as_it_is() -> None:
    """An exact shape has no accuracy, and a number that the noise does not move is a number."""
    table = Crosstab(by=("f",))
    exact = table.outline(AGREED)
    assert told(exact, table.answer) == table.answer(exact)  # type: ignore[arg-type]
    answer = told(noisy(table, 10, 1.0), lambda _: Answer(scalars={"seven": 7, "none": None}))
    assert answer.scalars == {"seven": 7, "none": None}
