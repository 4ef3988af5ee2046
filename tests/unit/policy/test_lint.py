"""Lint: each rule finds what it is for, at its edge, and the standard profile has nothing to look at."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Admission, Policy
from fedcli.policy.lint import Known, lint
from fedcli.policy.profiles import profile

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "data_use": ["DUO:0000006"],
        "columns": {
            "region": {"type": "text", "levels": ["a", "b", "c", "d", "e"]},
            "site": {"type": "text", "levels": list("abcdefgh"), "use": ["model"]},
        },
    },
    "test",
)
KNOWN = Known((DICTIONARY,), Admission().analytics, {"d": 100})

NOISE = {"mode": "differential-privacy"}

#: What is changed in the profile `standard`, and the keys that lint then names.
CASES: dict[str, tuple[dict[str, Any], list[str]]] = {
    "nothing": ({}, []),
    "two persons leave": ({"disclosure": {"min_count": 2}}, ["disclosure.min_count"]),
    "three are hidden": ({"disclosure": {"min_count": 3}}, []),
    "ten is 10 to 12": ({"disclosure": {"rounding": "nearest-5"}}, ["disclosure.rounding"]),
    "ten is 10 to 14": ({"disclosure": {"rounding": "floor-midpoint-5"}}, []),
    "thirteen is 13 to 18": (
        {"disclosure": {"rounding": "midpoint-6", "min_count": 13, "min_dof": 13}},
        [],
    ),
    "more than there are": ({"disclosure": {"min_count": 101, "min_dof": 101}}, ["disclosure.min_count"]),
    "as many as there are": ({"disclosure": {"min_count": 100, "min_dof": 100}}, ["disclosure.min_dof"]),
    "dof never binds": ({"disclosure": {"min_dof": 9}}, ["disclosure.min_dof"]),
    "dof cannot be met": ({"disclosure": {"min_dof": 100}}, ["disclosure.min_dof"]),
    "dof can be met": ({"disclosure": {"min_dof": 99}}, []),
    "a share in percent": (
        {"disclosure": {"dominance": [{"n": 1, "share": "50"}]}},
        ["disclosure.dominance"],
    ),
    "a share of nothing": ({"disclosure": {"dominance": [{"n": 1, "share": "0"}]}}, ["disclosure.dominance"]),
    "a share of all": ({"disclosure": {"dominance": [{"n": 1, "share": "1"}]}}, []),
    "one implied by two": (
        {"disclosure": {"dominance": [{"n": 1, "share": "0.5"}, {"n": 2, "share": "0.5"}]}},
        ["disclosure.dominance"],
    ),
    "no dominance": ({"disclosure": {"dominance": []}}, ["disclosure.dominance"]),
    "p of nothing": ({"disclosure": {"p_percent": "0"}}, ["disclosure.p_percent"]),
    "p in percent": ({"disclosure": {"p_percent": "10"}}, ["disclosure.p_percent"]),
    "fewer levels than there are": ({"disclosure": {"max_levels": 4}}, ["disclosure.max_levels"]),
    "as many levels as there are": ({"disclosure": {"max_levels": 5}}, []),
    "two sites": ({"disclosure": {"min_sites": 2}}, ["disclosure.min_sites"]),
    "recorded only": ({"disclosure": {"enforce": "threshold"}}, ["disclosure.enforce"]),
    "no analytics": ({"admission": {"analytics": []}}, ["admission.analytics"]),
    "an unknown analytic": ({"admission": {"analytics": ["cuont"]}}, ["admission.analytics"]),
    "any analytic": ({"admission": {"analytics": ["*"]}}, []),
    "no projects": ({"admission": {"projects": []}}, ["admission.projects"]),
    "no purposes": ({"admission": {"purposes": []}}, ["admission.purposes"]),
    "another purpose": ({"admission": {"purposes": ["DUO:0000011"]}}, ["admission.purposes"]),
    "any purpose": ({"admission": {"purposes": ["*"]}}, []),
    "nobody approves": ({"admission": {"approvals": {"people": 0, "roles": []}}}, ["admission.approvals"]),
    "more roles than people": (
        {"admission": {"approvals": {"people": 1, "roles": ["data-owner", "checker"]}}},
        ["admission.approvals"],
    ),
    "budgets bind nothing without noise": (
        {"privacy": {"capacity_rho": "0", "project_rho": "20", "delta": "0.5"}},
        [],
    ),
    "noise": ({"privacy": NOISE}, []),
    "a budget of nothing": (
        {"privacy": NOISE | {"capacity_rho": "0"}},
        ["privacy.capacity_rho"],
    ),
    "projects of nothing": ({"privacy": NOISE | {"project_rho": "0.00"}}, ["privacy.project_rho"]),
    "a project may spend all": ({"privacy": NOISE | {"project_rho": "1"}}, []),
    "a project's budget never binds": (
        {"privacy": NOISE | {"project_rho": "1.000000000001"}},
        ["privacy.project_rho"],
    ),
    "ten protects": ({"privacy": NOISE | {"capacity_rho": "10"}}, []),
    "more than ten protects little": (
        {"privacy": NOISE | {"capacity_rho": "10.000000000001"}},
        ["privacy.capacity_rho"],
    ),
    "a delta of one in a hundred": ({"privacy": NOISE | {"delta": "0.01"}}, []),
    "a delta above one person": ({"privacy": NOISE | {"delta": "0.010000001"}}, ["privacy.delta"]),
    "no questions": (
        {"limits": {"questions_per_researcher": {"number": 0, "period": "1 day"}}},
        ["limits.questions_per_researcher"],
    ),
}


def _changed(changes: dict[str, Any]) -> Policy:
    value = profile("standard").json_value()
    for section, keys in changes.items():
        value[section] |= keys
    return Policy.read(value, "test")


@pytest.mark.parametrize("name", CASES)
def test_a_rule(name: str) -> None:
    """The keys that are named, no others; each with a sentence and a remedy."""
    changes, keys = CASES[name]
    found = lint(_changed(changes), KNOWN)
    assert [one.key for one in found] == keys
    assert all(one.told != one.fix and len(one.fix) > 10 for one in found)


def test_without_knowledge() -> None:
    """Where no dictionary and no dataset is known, nothing is said of them."""
    assert lint(_changed({"disclosure": {"max_levels": 2, "min_count": 999, "min_dof": 999}}), Known()) == []
