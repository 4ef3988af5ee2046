"""`policy attack`: it succeeds where nothing is in its way, and is stopped where the policy stops it."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from fedcli.model.policy import Limit, Policy
from fedcli.policy.profiles import profile
from fedcli.workflows.attack import ATTACKS, MEMBERSHIP, attack
from fedcli.workflows.attacking.attempt import Span, rounded_within
from fedcli.workflows.attacking.margins import solved
from fedcli.workflows.attacking.population import Lots, Population
from fedcli.workflows.attacking.reconstruction import decoded
from fedcli.workflows.attacking.score import scores
from fedcli.workflows.spare import Siblings
from tests.cli.lines import document, told

PERSONS, SECONDS = 60, 120.0
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)


def _attacked(policy: Policy, persons: int = PERSONS) -> dict[str, Any]:
    with Siblings() as spares:
        return {one.attack: one for one in attack(policy, persons, 7, SECONDS, NOW, spares).attacks}


def test_all_succeed_where_nothing_is_in_the_way() -> None:
    """The control: on `evaluation` every attack does what it must not."""
    found = _attacked(profile("evaluation"))
    assert set(found) == {one.name for one in (*ATTACKS, MEMBERSHIP)}
    assert [name for name, one in found.items() if not one.succeeded] == []
    assert found["reconstruction"].success == found["differencing-nested"].success == 1.0
    assert found["reconstruction"].tpr_at_0_1 == found["reconstruction"].auc == 1.0
    assert found["membership"].auc > 0.8
    assert {one.ended for one in found.values()} == {None}


def test_limits_stop_an_attack() -> None:
    """Within twenty questions and two refusals; what `standard` refuses costs refusals, and tells nothing."""
    standard = profile("standard")
    open_ = standard.disclosure.model_copy(update={"secondary": "none", "memory": "none"})
    standard = standard.model_copy(update={"disclosure": open_})
    few = {
        "questions_per_researcher": Limit(number=20, period="30 days"),
        "data_refusals_per_researcher": Limit(number=2, period="30 days"),
    }
    found = _attacked(standard.model_copy(update={"limits": standard.limits.model_copy(update=few)}))
    assert found["reconstruction"].ended == found["differencing-bands"].ended == "P-QUESTIONS"
    assert max(one.questions for one in found.values()) == 20
    complement = found["differencing-complement"]
    assert (complement.ended, complement.refusals, complement.succeeded) == ("P-REFUSALS", 2, False)
    assert (complement.success, complement.auc) == (0.0, 0.5)


def test_standard_tells_nobody_apart() -> None:
    """No cell is recovered, no one isolated or told to be there; a reconstruction is as good as a coin.

    Of a hundred persons two columns are told, of sixty one: too few for most of the attacks.
    """
    found = _attacked(profile("standard"), 100)
    assert [name for name, one in found.items() if one.succeeded] == []
    assert found["margins"].success == found["differencing-nested"].success == 0.0
    assert found["differencing-bands"].success == found["differencing-complement"].success == 0.0
    assert found["reconstruction"].success <= 0.6


def test_what_is_not_answered_tells_nothing() -> None:
    """Where people look at everything, or nobody is enough, no attack succeeds."""
    standard = profile("standard")
    open_ = standard.disclosure.model_copy(update={"secondary": "none", "memory": "none"})
    standard = standard.model_copy(update={"disclosure": open_})
    review = standard.admission.model_copy(update={"review": "all"})
    for policy in (
        standard.model_copy(update={"admission": review}),
        standard.model_copy(update={"disclosure": standard.disclosure.model_copy(update={"min_count": 61})}),
        standard.model_copy(update={"admission": review.model_copy(update={"analytics": ("glm",)})}),
    ):
        found = _attacked(policy)
        assert [name for name, one in found.items() if one.succeeded] == []


def test_the_command(tmp_path: Path) -> None:
    """In words and as a document, with the price; a finding where an attack succeeds."""
    line = ["policy", "attack", "evaluation", "--persons", "40", "--seconds", "20"]
    answer = document(told(tmp_path, *line, "--format", "json"))
    assert (answer["exit"], answer["data"]["persons"]) == (10, 40)
    prices = {(one["analysis"], one["persons"]): one for one in answer["data"]["prices"]}
    assert len(prices) == 7 * 4
    assert prices["count", 50]["outcome"] == "released"
    assert prices["glm-5-covariates", 50]["because"] == ["model_cells"]
    text = told(tmp_path, "policy", "attack", "standard", "--persons", "40", "--seconds", "100").out
    assert "the price: what leaves of ordinary analyses" in text
    assert "standard: 0 of 7 attacks succeed" in text
    assert "P-REFUSALS" in text


def test_scores() -> None:
    """Areas and rates of a list that can be counted by hand; without both kinds there are none."""
    truth = np.array([True, True, True, False, False, False])
    found = scores(truth, np.array([0.9, 0.8, 0.5, 0.5, 0.6, 0.1]))
    assert found.auc == pytest.approx(7.5 / 9)
    assert (found.tpr_at_0_1, found.tpr_at_1) == (pytest.approx(2 / 3), pytest.approx(2 / 3))
    assert found.success == pytest.approx(3 / 6)
    assert found.worst_decile == 1.0
    assert scores(truth[:3], np.ones(3)).auc is None
    assert scores(truth[:0], np.ones(0)).success is None


def test_one_percent_of_the_others() -> None:
    """Of two hundred others two may pass."""
    truth, score = np.arange(201) < 1, np.concatenate([[0.9], [0.95, 0.94], np.zeros(198)])
    assert scores(truth, score)[1:3] == (0.0, 1.0)


def test_a_square_of_gaps_is_not_solved() -> None:
    """One gap in a row is what the others leave; four in a square leave each other open."""
    table = np.array([[20, 30, 4], [15, 12, 5], [40, 3, 2], [11, 1, 17]])
    wards, stages = ([Span(total, total) for total in table.sum(axis=axis).tolist()] for axis in (1, 0))
    cells = [Span(value, value) for value in table.ravel().tolist()]
    alone = [Span(0, 9) if place == 2 else cell for place, cell in enumerate(cells)]
    assert solved(alone, wards, stages, [2]) == [(4, 4)]
    square = [Span(0, 9) if place in (7, 8, 10, 11) else cell for place, cell in enumerate(cells)]
    square[11] = Span(0, 20)
    assert any(span.high - span.low >= 1 for span in solved(square, wards, stages, [7, 8, 10, 11]))


@pytest.mark.parametrize(("rule", "within"), [("none", 0), ("nearest-5", 5), ("midpoint-6", 6)])
def test_how_far_a_rounded_count_may_lie(rule: str, within: int) -> None:
    """By the number in the rule's name; what is not rounded is known."""
    assert rounded_within(rule) == within


def test_bits_are_decoded_from_intervals() -> None:
    """Sums that are rounded to multiples of three are enough where there are many."""
    truth = np.arange(20) % 3 == 0
    rows = Lots(3).of("rows", 400 * 20).reshape(400, 20) < 0.5
    sums = [3 * round(total / 3) for total in (rows @ truth.astype(int)).tolist()]
    known = [Span(total - 1, total + 1) for total in sums]
    assert ((decoded(rows, known, 20, 60) > 0.5) == truth).mean() >= 0.9


def test_persons_are_made_up_the_same() -> None:
    """A seed gives the same persons, another one others; incomes differ, and half are ill."""
    one, again, other = (Population(60, Lots(seed)) for seed in (1, 1, 2))
    assert one.columns == again.columns != other.columns
    assert (len(set(one.income.tolist())), int(one.ill.sum())) == (60, 30)
