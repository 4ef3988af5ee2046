"""A policy in words: every check and key is told, with its value and its source, and nothing else."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fedcli.policy.explained import FAMILIES, RISKS, SETS, guards, keys
from fedcli.policy.layers import ORDER, tightened
from fedcli.policy.ontology import CHECKS, GUARDS
from fedcli.policy.profiles import profile, profiles
from tests.cli.lines import document, told

#: A stricter value than that of `evaluation` for each key that some check's words are made of.
STRICTER: dict[str, Any] = {
    "min_count": 30,
    "min_dof": 30,
    "dominance": [{"n": 1, "share": "0.10"}],
    "p_percent": "0.90",
    "zeros": "merge",
    "parameters_per_person": "0.01",
    "models": "review",
}


def test_every_family_and_risk_has_words() -> None:
    """Nobody is told a word of the program."""
    assert set(GUARDS) <= set(FAMILIES)
    assert {check.risk for check in CHECKS.values()} <= set(RISKS)


@pytest.mark.parametrize("name", profiles())
def test_every_check_and_key_is_told(name: str) -> None:
    """In the order of the ontology and of a policy file, each with a source."""
    policy = profile(name)
    told_guards, told_keys = guards(policy.disclosure), keys(policy)
    assert [one.check for one in told_guards] == list(CHECKS)
    assert [one.key for one in told_keys] == list(ORDER)
    assert all(one.judges and one.source and one.why for one in told_guards)
    assert all(one.source and one.means != one.key for one in told_keys)


@pytest.mark.parametrize("key", STRICTER)
def test_a_number_has_the_sources_of_the_checks_that_it_sets(key: str) -> None:
    """Whatever check changes its words with a key is among those that the key sets."""
    before = profile("evaluation")
    after = tightened(before, {"disclosure": {key: STRICTER[key]}}, "a test")
    pairs = zip(guards(before.disclosure), guards(after.disclosure), strict=True)
    changed = {one.check for one, other in pairs if one.wants != other.wants}
    assert changed
    assert changed <= set(SETS[f"disclosure.{key}"])


def test_the_words_follow_the_policy(tmp_path: Path) -> None:
    """Another value, other words; what is only recorded is told as that."""
    standard = told(tmp_path, "policy", "explain", "standard").out
    weak = told(tmp_path, "policy", "explain", "evaluation").out
    assert "persons at least 10, zeros hidden among the small" in " ".join(standard.split())
    assert "persons at least 3, or 0" in " ".join(weak.split())
    assert ("Minima and maxima: never." in standard, "Minima and maxima: never." in weak) == (True, True)
    assert "2 persons must grant each query, among them a data-owner and a disclosure-officer." in standard
    assert "No persons must grant each query." in weak
    assert "at full precision" in weak
    recorded = "it is recorded at the site, and leaves"
    assert (recorded in " ".join(standard.split()), recorded in " ".join(weak.split())) == (False, True)
    assert max(map(len, standard.splitlines()[1:])) <= 100


def test_differential_privacy_in_words(tmp_path: Path) -> None:
    """Under noise the promise is told, with every key of it; without noise nothing of it is."""
    file = tmp_path / "p.toml"
    privacy = '[privacy]\nmode = "differential-privacy"\ncapacity_rho = "0.8"\nproject_rho = "0.2"\n'
    file.write_text(
        f'schema = "fedcli/policy/1"\nname = "p"\n{privacy}delta = "0.00001"\nperiod = "90 days"\n'
        "contribution = { rows = 1, cells = 4 }\n"
    )
    words = " ".join(told(tmp_path, "policy", "explain", str(file)).out.split())
    for part in (
        "Every number has noise added",
        "together spend at most rho 0.8, which is epsilon",
        "Those to one project spend at most rho 0.2, which is epsilon",
        "Epsilon is told at delta = 0.00001.",
        "Of each person at most 1 row and 4 cells of a table count.",
        "no exact ones follow for 90 days.",
    ):
        assert part in words
    for part in ("let them.", "What is hidden", "threshold, for", "People look at"):
        assert part not in words
    assert "noise" not in told(tmp_path, "policy", "explain", "standard").out


def test_as_json(tmp_path: Path) -> None:
    """The same as a document, of a file too."""
    file = tmp_path / "p.toml"
    file.write_text('schema = "fedcli/policy/1"\nname = "p"\n[disclosure]\nmin_count = 17\n')
    data = document(told(tmp_path, "policy", "explain", str(file), "--format", "json"))["data"]
    assert {one["key"]: one["value"] for one in data["keys"]}["disclosure.min_count"] == 17
    assert next(one for one in data["guards"] if one["check"] == "threshold")["wants"].startswith(
        "persons at least 17"
    )
    assert told(tmp_path, "policy", "explain", "nobody").exit == 2
