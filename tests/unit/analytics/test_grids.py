"""What totals, quantiles and life tables make of a shape that was written by hand, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from fedcli.analytics._contract import Analytic
from fedcli.analytics.kaplan_meier import KaplanMeier
from fedcli.analytics.life_table import LifeTable
from fedcli.analytics.quantile import Quantile
from fedcli.analytics.total import Total
from fedcli.errors import FedcliError
from fedcli.model.cells import About, Axis, Cell, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.forms import Noisy
from fedcli.statistics.moments import Moments

SEX = Axis(name="sex", levels=("f", "m"))
DEAD = Axis(name="dead", levels=(True, False))
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "cost": {"type": "real", "bounds": [-50, 100]},
            "time": {"type": "real", "bounds": [0, 100]},
            "dead": {"type": "boolean"},
            "ward": {"type": "text", "levels": ["0", "1"]},
            "grade": {"type": "integer", "levels": [0, 1, 2]},
            "event": {"type": "integer", "levels": [1, 0]},
        },
    },
    "a test",
)


def moments(n: tuple[Cell, Cell], mean: tuple[Cell, Cell], digits: int = 0) -> Moments:
    """The cost of both sexes."""
    axes = (Axis(name="variable", levels=("cost",)), SEX)
    cells = {"n": n, "missing": (1, 2), "mean": mean, "m2": (None, None)}
    return Moments(axes, cells, {"mean": digits} if digits else None, per_person=1, bounds=((-50, 100),))


def totals(shape: Moments) -> list[Cell]:
    """The last column of the answer."""
    table = Total(columns=("cost",), by=("sex",)).answer(shape).tables["totals"]
    assert (table.columns, table.keys) == (("variable", "sex", "n", "n_missing", "total"), 2)
    return [row[-1] for row in table.rows]  # type: ignore[misc]


def ends(cell: Cell) -> tuple[float, float, float]:
    """The number in the middle of its interval."""
    assert isinstance(cell, About)
    return cell.low, cell.value, cell.high


def test_a_total() -> None:
    """n times the mean, with what it is of; zero of nobody."""
    answer = Total(columns=("cost",), by=("sex",)).answer(moments((4, 0), (2.5, None)))
    assert answer.tables["totals"].rows == (("cost", "f", 4, 1, 10.0), ("cost", "m", 0, 2, 0))


def test_a_total_is_as_exact_as_its_mean() -> None:
    """At three digits a mean of 2.5 is 2.495 to 2.505."""
    first, second = totals(moments((400, 2), (2.5, -8.0), 3))
    assert ends(first) == pytest.approx((998.0, 1000.0, 1002.0))
    assert ends(second) == pytest.approx((-16.01, -16.0, -15.99))


def test_a_total_of_two_rounded_sites() -> None:
    """The rounding of each site's mean is in the interval of the sum."""
    left, right = moments((100, 100), (2.5, 1.0), 2), moments((300, 0), (1.5, None), 2)
    first, second = totals(left + right)
    assert ends(first) == pytest.approx((680.0, 700.0, 720.0))
    assert ends(second) == pytest.approx((95.0, 100.0, 105.0))


def test_a_total_with_gaps() -> None:
    """Up to nine persons between the bounds; where the number is open, the total is."""
    first, second = totals(moments((Gap(low=1, high=9), Gap(low=0)), (Gap(low=-50, high=100),) * 2))
    assert isinstance(first, Gap)
    assert (first.low, first.high) == (pytest.approx(-450), pytest.approx(900))
    assert second == Gap()


def test_a_noisy_total_is_its_sum() -> None:
    """Whatever the noise makes of n, also nothing or less, n times the mean is the noisy sum."""
    planned = Total(columns=("cost",), by=("sex",)).outline(DICTIONARY_WITH_SEX, Contribution())
    assert isinstance(planned, Noisy)
    cells = {"n": (-0.5, 0), "missing": (0, 0), "sum": (3.0, 2.0)}
    noisy = Noisy(planned.form, cells, variance=1.0)
    found = totals(noisy.decode())  # type: ignore[arg-type]
    assert found == [pytest.approx(300.0), pytest.approx(200.0)]


DICTIONARY_WITH_SEX = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "cost": {"type": "real", "bounds": [-50, 100]},
            "sex": {"type": "text", "levels": ["f", "m"]},
        },
    },
    "a test",
)


def test_quantiles() -> None:
    """For each group and share; `n` and `n_missing` of all."""
    asked = Quantile(column="age", edges=(40, 50, 60), at=(0.5, 0.9), by=("sex",))
    axes = (Bins("age", (40, 50, 60)).axis, SEX)
    shape = Counts(axes, {"count": (0, 1, 4, 1, 4, 1, 0, 7), "missing": (3,)}, per_person=1)
    answer = asked.answer(shape)
    assert answer.scalars == {"n": 18, "n_missing": 3}
    table = answer.tables["quantiles"]
    assert (table.columns, table.keys) == (("sex", "p", "quantile", "low", "high"), 2)
    assert table.rows == (
        ("f", 0.5, 50.0, 40, 50),
        ("f", 0.9, pytest.approx(58.0), 50, 60),
        ("m", 0.5, None, 60, None),
        ("m", 0.9, None, 60, None),
    )


def test_a_life_table() -> None:
    """The events are those that are true, wherever the dictionary has them; survivors are at risk in all."""
    asked = LifeTable(time="time", event="dead", edges=(0, 10, 20), by=("sex",))
    axes = (Bins("time", (10, 20)).axis, DEAD, SEX)
    cells: dict[str, tuple[Cell, ...]] = {
        "count": (2, 0, 4, 0, 3, 0, 2, 0, 0, 0, 5, 9),
        "missing": (1,),
    }
    answer = asked.answer(Counts(axes, cells, per_person=1))
    assert answer.scalars == {"n": 25, "n_missing": 1}
    table = answer.tables["survival"]
    assert table.columns == (
        *("sex", "low", "high", "n_risk", "n_event", "n_censor"),
        *("survival", "conf_low", "conf_high"),
    )
    first, second, *others = table.rows
    assert first[:7] == ("f", 0, 10, 16, 2, 4, pytest.approx(1 - 2 / 14))
    assert second[:7] == ("f", 10, 20, 10, 3, 2, pytest.approx((1 - 2 / 14) * (1 - 3 / 9)))
    assert others == [("m", low, low + 10, 9, 0, 0, 1.0, None, None) for low in (0, 10)]


def test_kaplan_and_meier() -> None:
    """The same counts: who is censored is at risk; a row for each group, and their test."""
    asked = KaplanMeier(time="time", event="dead", edges=(0, 10, 20), by=("sex",), until=15.0)
    axes = (Bins("time", (10, 20)).axis, DEAD, SEX)
    cells: dict[str, tuple[Cell, ...]] = {
        "count": (8, 0, 4, 0, 3, 0, 2, 0, 0, 0, 3, 9),
        "missing": (1,),
    }
    assert asked.json_value()["until"] == 15
    answer = asked.answer(Counts(axes, cells, per_person=1))
    first, second, *others = answer.tables["survival"].rows
    assert first[:7] == ("f", 0, 10, 20, 8, 4, pytest.approx(0.6))
    assert second[:7] == ("f", 10, 20, 8, 3, 2, pytest.approx(0.6 * 5 / 8))
    assert others == [("m", low, low + 10, 9, 0, 0, 1.0, None, None) for low in (0, 10)]
    women, men = answer.tables["groups"].rows
    assert women[:6] == ("f", 20, 11, 10, 20, pytest.approx(6 + 5 * 0.375))
    assert men == ("m", 9, 0, 20, None, 15.0, 0.0)
    assert (answer.scalars["n"], answer.scalars["n_missing"], answer.scalars["df"]) == (29, 1, 1)
    less = 20 * 8 / 29 + 8 * 3 / 17 - 11
    spread = 8 * 21 / 28 * 20 * 9 / 29**2 + 3 * 14 / 16 * 8 * 9 / 17**2
    assert answer.scalars["chi_squared"] == pytest.approx(less**2 / spread)


def test_a_life_table_under_noise() -> None:
    """Counts below zero are none, and the risk set is of those that are."""
    asked = LifeTable(time="time", event="dead", edges=(0, 10, 20))
    axes = (Bins("time", (10, 20)).axis, DEAD)
    cells: dict[str, tuple[Cell, ...]] = {"count": (12, 20, -3, 5, 1, -7), "missing": (-2,)}
    rows = asked.answer(Counts(axes, cells, per_person=1)).tables["survival"].rows
    assert all(number is None or number >= 0 for row in rows for number in row)  # type: ignore[operator]
    risk = [row[2] for row in rows]
    assert risk == [pytest.approx(28.0), pytest.approx(0.0)] or risk[0] > risk[1] >= 0  # type: ignore[operator]


REFUSED: list[tuple[type[Analytic[Any]], dict[str, Any]]] = [
    (Quantile, {"column": "age", "edges": (40, 50), "at": (0.5, 0.25)}),
    (Quantile, {"column": "age", "edges": (40, 50), "at": (0.0,)}),
    (Quantile, {"column": "age", "edges": (40, 50), "at": (1.0,)}),
    (Quantile, {"column": "age", "edges": (40, 50), "at": (0.00001,)}),
    (Quantile, {"column": "age", "edges": (40, 50), "at": ()}),
    (Quantile, {"column": "age", "edges": (50, 40)}),
    (Quantile, {"column": "age", "edges": (40, 50), "by": ("age",)}),
    (LifeTable, {"time": "time", "event": "dead", "edges": (1, 5, 10)}),
    (LifeTable, {"time": "time", "event": "dead", "edges": (0, 10)}),
    (LifeTable, {"time": "time", "event": "time", "edges": (0, 5, 10)}),
    (LifeTable, {"time": "time", "event": "dead", "edges": (0, 5, 10), "by": ("dead",)}),
    (LifeTable, {"time": "time", "event": "dead", "edges": (0, 5, 10), "by": ("sex", "ward")}),
    (KaplanMeier, {"time": "time", "event": "dead", "edges": (1, 5, 10)}),
    (KaplanMeier, {"time": "time", "event": "time", "edges": (0, 5, 10)}),
    (KaplanMeier, {"time": "time", "event": "dead", "edges": (0, 5, 10), "by": ("dead",)}),
    (KaplanMeier, {"time": "time", "event": "dead", "edges": (0, 5, 10), "until": 11}),
    (KaplanMeier, {"time": "time", "event": "dead", "edges": (0, 5, 10), "until": 0}),
    (KaplanMeier, {"time": "time", "event": "dead", "edges": (0, 5, 10), "scale": "logit"}),
]


@pytest.mark.parametrize(("kind", "given"), REFUSED)
def test_parameters_that_make_no_question(kind: type[Analytic[Any]], given: dict[str, Any]) -> None:
    """Shares in order and between the ends, edges in order and from zero, columns once."""
    with pytest.raises(ValidationError):
        kind(**given)


@pytest.mark.parametrize(
    ("event", "code"), [("dead", None), ("event", None), ("ward", "Q-TYPE"), ("grade", "Q-TYPE")]
)
@pytest.mark.parametrize("kind", [LifeTable, KaplanMeier])
def test_an_event_is_true_or_false(kind: type[LifeTable | KaplanMeier], event: str, code: str | None) -> None:
    """Or one or zero, in any order; neither a third level nor text."""
    asked = kind(time="time", event=event, edges=(0, 5, 10))
    if code is None:
        asked.check(DICTIONARY)
        return
    with pytest.raises(FedcliError) as caught:
        asked.check(DICTIONARY)
    assert caught.value.code == code
