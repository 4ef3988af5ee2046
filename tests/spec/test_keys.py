"""Every documented key of a policy changes what happens: those of the gate here, others where they act."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fedcli.policy.layers import ORDER
from tests.spec.example import Before, Example, Under
from tests.spec.fitted import Fitted
from tests.spec.tables import Counted, Given, Measured
from tests.spec.test_rules import decided

PROJECT = Path(__file__).parent.parent.parent
WARDS = Counted(persons=(40, 30))
RARE = Counted(persons=(40, 30, 6))
#: Of each key of `[disclosure]`: a table, two values, and what else the rules say.
GATE: dict[str, tuple[Given, Any, Any, dict[str, Any]]] = {
    "min_count": (RARE, 6, 10, {}),
    "min_dof": (Measured(persons=(20,)), 10, 20, {}),
    "dominance": (Measured(largest=400.0), [], [{"n": 1, "share": "0.30"}], {}),
    "p_percent": (Measured(total=230.0), "0", "0.20", {"dominance": []}),
    "zeros": (Counted(persons=(40, 0)), "release", "merge", {}),
    "rounding": (WARDS, "none", "midpoint-6", {}),
    "digits.mean": (Measured(mean=50.123456), "full", 3, {}),
    "digits.sd": (Measured(m2=20000.123456), "full", 3, {}),
    "digits.coefficient": (Fitted(), 6, 1, {}),
    "parameters_per_person": (Fitted(persons=(30,)), "0.10", "0.01", {}),
    "models": (Fitted(), "exact", "review", {}),
    "secondary": (RARE, "none", "optimised", {"traits_per_person": "1", "memory": "none"}),
    "memory": (WARDS, "none", "population", {"traits_per_person": "1", "secondary": "none"}),
    "aggregates_per_person": (WARDS, "0.25", "0.01", {"traits_per_person": "1"}),
    "traits_per_person": (Counted(persons=(30,)), "1", "0.025", {}),
    "enforce": (Measured(largest=900.0), "threshold", "all", {}),
}
#: The tests in which the others act.
ELSEWHERE = {
    "disclosure.networks": "tests/workflows/test_networks.py::"
    "test_a_network_is_refused_unless_the_policy_allows_it",
    "disclosure.max_levels": "tests/workflows/test_admission.py::test_too_many_levels",
    "disclosure.min_sites": "tests/workflows/test_planted.py::test_the_other_of_two_sites",
    "admission.analytics": "tests/workflows/test_voice.py::test_one_analysis_is_refused_and_another_answered",
    "admission.projects": "tests/workflows/test_planted.py::test_another_project_has_no_limit_of_its_own",
    "admission.purposes": "tests/workflows/test_admission.py::test_the_policy_refuses",
    "admission.approvals.people": "tests/workflows/test_approvals.py::test_one_of_two",
    "admission.approvals.roles": "tests/workflows/test_approvals.py::test_roles_not_covered",
    "admission.review": "tests/workflows/test_reviews.py::test_the_first_release_of_a_query",
    "admission.reviewers.people": "tests/workflows/test_reviews.py::test_one_person_is_not_two",
    "admission.reviewers.roles": "tests/workflows/test_reviews.py::test_roles_apart",
    "admission.opt_outs": "tests/workflows/test_opt_outs.py::test_data_that_changed_need_a_new_word",
    "privacy.capacity_rho": "tests/unit/ledger/test_budget.py::test_the_capacity_of_a_population",
    "privacy.project_rho": "tests/unit/ledger/test_budget.py::test_the_capacity_of_a_project",
    "privacy.delta": "tests/workflows/test_budgets_shown.py::test_a_larger_delta_is_a_smaller_epsilon",
    "privacy.period": "tests/unit/ledger/test_budget.py::test_no_exact_answer_after_a_noisy_one",
    "limits.questions_per_researcher": "tests/workflows/test_voice.py::test_the_limit_of_questions",
    "limits.questions_per_project": "tests/unit/ledger/test_accounts.py::"
    "test_all_of_a_project_and_about_a_population",
    "limits.questions_per_population": "tests/unit/ledger/test_accounts.py::"
    "test_all_of_a_project_and_about_a_population",
    "limits.data_refusals_per_researcher": "tests/workflows/test_voice.py::test_the_limit_of_refusals",
    "limits.memory": "tests/unit/workflows/test_errand.py::test_a_vault_has_the_limits_of_the_policy",
    "limits.deadline": "tests/unit/workflows/test_errand.py::test_a_vault_has_the_limits_of_the_policy",
    "limits.sandbox": "tests/workflows/test_caged.py::test_nothing_runs_without_it",
    "limits.retention": "tests/workflows/test_forgetting.py::test_what_is_due",
    "privacy.mode": "tests/workflows/test_private.py::test_modes_do_not_mix",
    "privacy.contribution.rows": "tests/workflows/test_private.py::test_how_much_a_person_counts",
    "visibility.slot": "tests/workflows/test_slots.py::test_a_release_waits_for_its_slot",
    "privacy.contribution.cells": "tests/workflows/test_private.py::test_how_much_a_person_counts",
}


def test_every_key_is_here() -> None:
    """No key without something that it changes."""
    assert {*(f"disclosure.{key}" for key in GATE), *ELSEWHERE} == set(ORDER)


@pytest.mark.parametrize("key", GATE)
def test_a_key_of_the_gate_changes_what_leaves(key: str) -> None:
    """One table under two values of one key: another verdict, or other numbers."""
    given, loose, strict, rest = GATE[key]
    before = (Before((0,), less=3),) if key == "memory" else ()
    if key == "secondary":
        before = (Before((0, 1, 2)),)

    def told(value: Any) -> Any:
        rules = Under("standard", {**rest, **_nested(key, value)})
        remembers = isinstance(given, Counted) and rules.rules().remembers
        decision = decided(Example("a key", given, under=rules, before=before if remembers else None))
        return decision.verdict, decision.released and decision.released.answered.cells

    assert told(loose) != told(strict)


def _nested(key: str, value: Any) -> dict[str, Any]:
    """The digits have a table of their own."""
    if not key.startswith("digits."):
        return {key: value}
    return {"digits": {"mean": 6, "sd": 6, "coefficient": 6, key.removeprefix("digits."): value}}


@pytest.mark.parametrize(("key", "test"), ELSEWHERE.items())
def test_the_others_have_a_test(key: str, test: str) -> None:
    """The test is there."""
    path, _, name = test.partition("::")
    assert f"def {name}(" in (PROJECT / path).read_text(), key
