"""What the tests of association, risk, means and ranks make of a shape, and what they refuse."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import ValidationError

from fedcli.analytics._contract import Analytic
from fedcli.analytics.anova import Anova
from fedcli.analytics.association import Association
from fedcli.analytics.levene import Centres, Levene
from fedcli.analytics.rank_test import RankTest
from fedcli.analytics.risk import Risk
from fedcli.analytics.t_test import TTest
from fedcli.errors import FedcliError
from fedcli.model.cells import Axis, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.statistics.bins import Bins
from fedcli.statistics.counts import Counts
from fedcli.statistics.moments import Moments

SEX = Axis(name="sex", levels=("f", "m"))
ILL = Axis(name="ill", levels=(False, True))
DRUG = Axis(name="drug", levels=("placebo", "verum"))
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "cost": {"type": "real", "bounds": [0, 100]},
            "ill": {"type": "boolean"},
            "sex": {"type": "text", "levels": ["f", "m"]},
            "drug": {"type": "text", "levels": ["placebo", "verum"]},
            "grade": {"type": "integer", "levels": [0, 1, 2]},
        },
    },
    "a test",
)


def test_risk_counts_the_second_levels() -> None:
    """Of 40 with verum 10 are ill, of 50 with placebo 25; by sex 4 of 20 and 6 of 20."""
    cells = {"count": (15, 10, 16, 14, 10, 15, 4, 6), "missing": (3,)}
    asked = Risk(outcome="ill", exposure="drug", strata=("sex",))
    answer = asked.answer(Counts((ILL, DRUG, SEX), cells, per_person=1))
    assert answer.scalars == {"n": 90, "n_missing": 3}
    found = {name: estimate for name, estimate, *_ in answer.tables["measures"].rows}
    assert found["risk_ratio"] == pytest.approx((10 / 40) / (25 / 50))
    assert found["odds_ratio"] == pytest.approx((10 / 30) / (25 / 25))
    assert found["risk_difference"] == pytest.approx(10 / 40 - 25 / 50)
    r, s = 4 * 15 / 45 + 6 * 10 / 45, 16 * 10 / 45 + 14 * 15 / 45
    assert found["odds_ratio_mh"] == pytest.approx(r / s)
    assert answer.tables["groups"].rows == (
        ("f", "placebo", 25, 10, pytest.approx(0.4)),
        ("f", "verum", 20, 4, pytest.approx(0.2)),
        ("m", "placebo", 25, 15, pytest.approx(0.6)),
        ("m", "verum", 20, 6, pytest.approx(0.3)),
    )


def test_association_has_four_tests_of_four_cells() -> None:
    """And two of more; what is expected is beside each count."""
    answer = Association(row="ill", column="drug").answer(
        Counts((ILL, DRUG), {"count": (25, 30, 25, 10), "missing": (0,)}, per_person=1)
    )
    names = [row[0] for row in answer.tables["tests"].rows]
    assert names == ["pearson", "likelihood_ratio", "yates", "fisher"]
    assert answer.tables["counts"].rows[0][:4] == (False, "placebo", 25, pytest.approx(55 * 50 / 90))
    grade = Axis(name="grade", levels=(0, 1, 2))
    more = Association(row="grade", column="drug").answer(
        Counts((grade, DRUG), {"count": (25, 30, 25, 10, 4, 5), "missing": (0,)}, per_person=1)
    )
    assert [row[0] for row in more.tables["tests"].rows] == ["pearson", "likelihood_ratio"]


def test_the_first_level_less_the_second() -> None:
    """A mean of 3 of the first and of 1 of the second differ by 2, and d is above zero."""
    axes = (Axis(name="variable", levels=("cost",)), SEX)
    cells = {"n": (10, 20), "missing": (1, 2), "mean": (3.0, 1.0), "m2": (9.0, 19.0)}
    moments = Moments(axes, cells, per_person=1, bounds=((0, 100),))
    answer = TTest(column="cost", by="sex").answer(moments)
    [welch, student] = answer.tables["tests"].rows
    assert (welch[4], student[4]) == (2.0, 2.0)
    assert answer.scalars["cohens_d"] == pytest.approx(2.0)
    assert answer.tables["groups"].rows == (("f", 10, 1, 3.0, 1.0), ("m", 20, 2, 1.0, 1.0))
    several = Anova(column="cost", by="sex").answer(moments)
    assert several.tables["tests"].rows[0][1] == pytest.approx(student[1] ** 2)  # type: ignore[operator]


def test_the_first_level_is_higher() -> None:
    """U and superiority are of the first level; of three levels there is neither."""
    bins = Bins("cost", (10, 20))
    answer = RankTest(column="cost", edges=(10, 20), by="sex").answer(
        Counts((bins.axis, SEX), {"count": (0, 5, 0, 0, 4, 0), "missing": (0,)}, per_person=1)
    )
    assert answer.scalars == {"n": 9, "n_missing": 0, "superiority": 1.0}
    assert [row[:2] for row in answer.tables["tests"].rows][1] == ("mann_whitney", 20)
    three = Axis(name="grade", levels=(0, 1, 2))
    more = RankTest(column="cost", edges=(10, 20), by="grade").answer(
        Counts((bins.axis, three), {"count": (1, 5, 2, 3, 0, 4, 0, 1, 1), "missing": (0,)}, per_person=1)
    )
    assert "superiority" not in more.scalars
    assert len(more.tables["tests"].rows) == 1


def test_a_hidden_mean_is_no_centre() -> None:
    """Then nothing more is asked, and there is no test; nobody's group has no centre."""
    axes = (Axis(name="variable", levels=("cost",)), SEX)
    cells = {"n": (10, Gap(high=9)), "missing": (1, 2), "mean": (3.0, Gap()), "m2": (9.0, Gap())}
    moments, asked = Moments(axes, cells, per_person=1, bounds=((0, 100),)), Levene(column="cost", by="sex")
    state = asked.step(None, moments)
    assert asked.finished(state)
    assert asked.answer_at(state, moments).tables["tests"].rows == (("levene", None, None, None, None),)
    nobody = {"n": (10, 0), "missing": (1, 0), "mean": (3.0, None), "m2": (9.0, None)}
    state = asked.step(None, moments.having(nobody))
    assert state == Centres(means=(3.0, None))
    assert not asked.finished(state)
    hidden = Moments(
        (Axis(name="variable", levels=("below", "above")), SEX),
        {
            "n": (10, 9, 10, 9),
            "missing": (0,) * 4,
            "mean": (2.0, 1.0, Gap(), 1.0),
            "m2": (9.0, 3.0, Gap(), 4.0),
        },
        per_person=1,
        bounds=((0, 100),) * 2,
    )
    answer = asked.answer_at(asked.step(state, hidden), hidden)
    assert isinstance(answer.tables["tests"].rows[0][1], Gap)
    assert answer.tables["groups"].rows[1][3:] == (None, 2.0)


ASKED: list[Analytic[Any]] = [
    Association(row="ill", column="drug"),
    Risk(outcome="ill", exposure="drug"),
    TTest(column="cost", by="sex"),
    Anova(column="cost", by="grade"),
    RankTest(column="cost", edges=(10, 20), by="sex"),
    Levene(column="cost", by="sex"),
]


@pytest.mark.parametrize("asked", ASKED, ids=lambda asked: asked.name)
def test_no_test_under_noise(asked: Analytic[Any]) -> None:
    """Q-NOISE: a p-value does not know of the noise."""
    asked.outline(DICTIONARY)
    with pytest.raises(FedcliError) as caught:
        asked.outline(DICTIONARY, Contribution())
    assert caught.value.code == "Q-NOISE"


@pytest.mark.parametrize(
    "asked",
    [
        Risk(outcome="grade", exposure="drug"),
        Risk(outcome="ill", exposure="grade"),
        TTest(column="cost", by="grade"),
    ],
    ids=["outcome", "exposure", "by"],
)
def test_two_levels_are_two(asked: Analytic[Any]) -> None:
    """A third level has no place in a fourfold table, nor in a t-test."""
    with pytest.raises(FedcliError) as caught:
        asked.check(DICTIONARY)
    assert caught.value.code == "Q-TYPE"
    assert "one with 2 levels is needed" in caught.value.what


@pytest.mark.parametrize(
    ("kind", "given"),
    [
        (Association, {"row": "ill", "column": "ill"}),
        (Risk, {"outcome": "ill", "exposure": "ill"}),
        (Risk, {"outcome": "ill", "exposure": "drug", "strata": ("drug",)}),
        (TTest, {"column": "grade", "by": "grade"}),
        (Anova, {"column": "grade", "by": "grade"}),
        (RankTest, {"column": "grade", "edges": (0, 1), "by": "grade"}),
        (RankTest, {"column": "cost", "edges": (20, 10), "by": "sex"}),
    ],
)
def test_parameters_that_make_no_question(kind: type[Analytic[Any]], given: dict[str, Any]) -> None:
    """No column is compared with itself, and edges are in order."""
    with pytest.raises(ValidationError):
        kind(**given)
