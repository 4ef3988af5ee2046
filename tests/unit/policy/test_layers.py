"""Layers of policies: a layer can only tighten, in every key, in whatever order."""

from __future__ import annotations

from functools import reduce
from itertools import permutations
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel

from fedcli.errors import FedcliError, InvalidFile
from fedcli.model.policy import Policy
from fedcli.policy.layers import ORDER, tightened
from fedcli.policy.profiles import profile

#: Of each key a looser and a stricter value; keys with one value have it twice.
PAIRS: dict[str, tuple[Any, Any]] = {
    "disclosure.min_count": (3, 10),
    "disclosure.min_dof": (0, 10),
    "disclosure.dominance": (
        [{"n": 1, "share": "0.70"}],
        [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.85"}],
    ),
    "disclosure.p_percent": ("0.05", "0.10"),
    "disclosure.zeros": ("release", "merge"),
    "disclosure.rounding": ("none", "midpoint-6"),
    "disclosure.digits.mean": ("full", 4),
    "disclosure.digits.sd": (8, 4),
    "disclosure.digits.coefficient": ("full", 6),
    "disclosure.max_levels": (40, 20),
    "disclosure.parameters_per_person": ("0.33", "0.10"),
    "disclosure.networks": ("allowed", "refused"),
    "disclosure.models": ("exact", "review"),
    "disclosure.min_sites": (1, 3),
    "disclosure.secondary": ("none", "optimised"),
    "disclosure.memory": ("none", "population"),
    "disclosure.aggregates_per_person": ("1", "0.10"),
    "disclosure.traits_per_person": ("1", "0.025"),
    "disclosure.enforce": ("threshold", "all"),
    "admission.analytics": (["*"], ["count", "crosstab"]),
    "admission.projects": (["a", "b"], ["b"]),
    "admission.purposes": (["*"], ["DUO:0000006"]),
    "admission.approvals.people": (0, 2),
    "admission.approvals.roles": ([], ["data-owner"]),
    "admission.review": ("findings", "first-of-query"),
    "admission.reviewers.people": (2, 3),
    "admission.reviewers.roles": ([], ["checker"]),
    "admission.opt_outs": ("optional", "attested"),
    "privacy.mode": ("disclosure-control", "differential-privacy"),
    "privacy.capacity_rho": ("1", "0.5"),
    "privacy.project_rho": ("0.5", "0.000000000001"),
    "privacy.delta": ("0.00001", "0.000001"),
    "privacy.contribution.rows": (3, 1),
    "privacy.contribution.cells": (2, 1),
    "privacy.period": ("30 days", "365 days"),
    "limits.questions_per_researcher": (
        {"number": 200, "period": "30 days"},
        {"number": 100, "period": "30 days"},
    ),
    "limits.questions_per_project": (
        {"number": 200, "period": "30 days"},
        {"number": 100, "period": "30 days"},
    ),
    "limits.questions_per_population": (
        {"number": 2000, "period": "7 days"},
        {"number": 2000, "period": "30 days"},
    ),
    "limits.data_refusals_per_researcher": (
        {"number": 10, "period": "7 days"},
        {"number": 10, "period": "30 days"},
    ),
    "limits.memory": ("4 GB", "512 MB"),
    "limits.deadline": ("2 hours", "90 min"),
    "limits.sandbox": ("available", "required"),
    "limits.retention": ("unlimited", "30 days"),
    "visibility.slot": ("immediate", "06:00"),
}


def leaves(model: type[BaseModel], above: str = "") -> set[str]:
    """The dotted names of the values of a model: what has an order of its own is a value."""
    found = set()
    for name, info in model.model_fields.items():
        key = f"{above}{name}"
        inner = info.annotation
        nested = isinstance(inner, type) and issubclass(inner, BaseModel) and key not in ORDER
        found |= leaves(inner, f"{key}.") if nested else {key}  # type: ignore[arg-type]
    return found


def test_every_key_has_an_order() -> None:
    """No key of a policy can be forgotten when layers are laid over each other."""
    assert leaves(Policy) - {"schema_", "name", "description"} == set(ORDER) == set(PAIRS)


def layer(key: str, value: Any) -> dict[str, Any]:
    """A layer with one key."""
    found: Any = value
    for name in reversed(key.split(".")):
        found = {name: found}
    assert isinstance(found, dict)
    return found


def laid(key: str, *values: Any) -> Any:
    """The value of a key after laying values over each other, as JSON."""
    head = {"schema": "fedcli/policy/1", "name": "base"}
    base = Policy.read({**head, **layer(key, values[0])}, "base")
    whole = reduce(lambda policy, value: tightened(policy, layer(key, value), "layer"), values[1:], base)
    found: Any = whole.json_value()
    for name in key.split("."):
        found = found[name]
    return found


@pytest.mark.parametrize("key", PAIRS)
def test_the_stricter_value_wins_both_ways(key: str) -> None:
    """Whichever of two layers is laid over the other."""
    loose, strict = PAIRS[key]
    assert laid(key, loose, strict) == strict
    assert laid(key, strict, loose) == strict
    assert laid(key, loose, loose) == loose
    assert laid(key, strict, strict) == strict


@pytest.mark.parametrize(
    ("key", "values", "expected"),
    [
        ("disclosure.dominance", ([{"n": 1, "share": "0.50"}], [{"n": 2, "share": "0.85"}]), "both"),
        ("disclosure.dominance", ([{"n": 2, "share": "0.85"}], [{"n": 1, "share": "0.50"}]), "both"),
        ("disclosure.digits.mean", (6, "full"), 6),
        ("disclosure.p_percent", ("0.1", "0.10"), "0.1"),
        ("admission.projects", (["a", "b"], ["b", "c"]), ["b"]),
        ("admission.projects", (["a"], ["b"]), []),
        ("admission.analytics", ([], ["*"]), []),
        ("admission.analytics", (["count", "*"], ["crosstab"]), ["crosstab"]),
        ("admission.approvals.roles", (["checker"], ["data-owner", "checker"]), ["checker", "data-owner"]),
        ("limits.memory", ("1 GB", "1000 MB"), "1 GB"),
        ("limits.deadline", ("1 hour", "60 min"), "1 hour"),
    ],
)
def test_values_of_several_parts(key: str, values: tuple[Any, Any], expected: Any) -> None:
    """Rules are gathered, lists of what is admitted shrink, lists of who must agree grow."""
    both = [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.85"}]
    assert laid(key, *values) == (both if expected == "both" else expected)


@pytest.mark.parametrize("key", ["limits.questions_per_researcher", "limits.data_refusals_per_researcher"])
@pytest.mark.parametrize(
    ("below", "above"),
    [
        ({"number": 200, "period": "30 days"}, {"number": 10, "period": "1 day"}),
        ({"number": 10, "period": "1 day"}, {"number": 200, "period": "30 days"}),
        ({"number": 2, "period": "90 min"}, {"number": 3, "period": "2 hours"}),
    ],
)
def test_limits_that_cannot_be_compared(key: str, below: Any, above: Any) -> None:
    """Fewer in a shorter time is neither stricter nor looser, so nobody chooses."""
    with pytest.raises(InvalidFile) as caught:
        laid(key, below, above)
    assert caught.value.code == "P-ORDER"


@pytest.mark.parametrize(
    ("below", "above"), list(permutations(["nearest-5", "floor-midpoint-5", "midpoint-6"], 2))
)
def test_two_ways_of_rounding_cannot_be_compared(below: str, above: str) -> None:
    """Each tells counts apart that the other does not, so nobody chooses."""
    with pytest.raises(InvalidFile) as caught:
        laid("disclosure.rounding", below, above)
    assert caught.value.code == "P-ORDER"


def test_two_slots_cannot_be_compared() -> None:
    """Each is before the other as well as after it, so nobody chooses."""
    with pytest.raises(InvalidFile) as caught:
        laid("visibility.slot", "06:00", "22:30")
    assert caught.value.code == "P-ORDER"


@pytest.mark.parametrize("slot", ["6:00", "24:00", "06:00:00", "now", ""])
def test_a_slot_is_a_time_of_day(slot: str) -> None:
    """Or at once; nothing else."""
    with pytest.raises(InvalidFile):
        laid("visibility.slot", slot)


@pytest.mark.parametrize(
    "unknown",
    [
        {"disclosure": {"min_counts": 10}},
        {"disclosures": {"min_count": 10}},
        {"min_count": 10},
        {"disclosure": {"digits": {"median": 3}}},
        {"disclosure": {"min_count": "10"}},
        {"disclosure": {"min_count": 0}},
        {"disclosure": {"dominance": [{"n": 3, "share": "0.50"}]}},
        {"disclosure": {"p_percent": 0.1}},
        {"disclosure": {"p_percent": "-0.1"}},
        {"disclosure": {"p_percent": "NaN"}},
        {"disclosure": {"rounding": "nearest-10"}},
        {"privacy": {"mode": "none"}},
        {"limits": {"memory": "4GB"}},
    ],
)
def test_what_is_no_policy_is_no_layer(unknown: dict[str, Any]) -> None:
    """An unknown key or value is refused, not passed over."""
    with pytest.raises(InvalidFile) as caught:
        tightened(profile("standard"), unknown, "a layer")
    assert caught.value.code == "F-SCHEMA"


def test_an_empty_layer_changes_nothing() -> None:
    """What a layer leaves out stays as it is below, and is not what a policy has by default."""
    weak = profile("evaluation")
    assert tightened(weak, {}, "a layer") == weak
    once = tightened(weak, {"disclosure": {"min_dof": 12}}, "a layer")
    assert once.disclosure == weak.disclosure.model_copy(update={"min_dof": 12})
    assert (once.name, once.admission, once.limits) == (weak.name, weak.admission, weak.limits)


@st.composite
def some_layers(draw: st.DrawFn) -> list[dict[str, Any]]:
    """Layers of one to six keys each."""
    found = []
    for _ in range(draw(st.integers(1, 3))):
        merged: dict[str, Any] = {}
        for key in draw(st.lists(st.sampled_from(sorted(PAIRS)), min_size=1, max_size=6, unique=True)):
            _merge(merged, layer(key, draw(st.sampled_from(PAIRS[key]))))
        found.append(merged)
    return found


def _merge(into: dict[str, Any], one: dict[str, Any]) -> None:
    for name, value in one.items():
        known = into.get(name)
        if isinstance(known, dict) and isinstance(value, dict):
            _merge(known, value)
        else:
            into[name] = value


def _is_no_looser(policy: Policy, than: Policy) -> bool:
    """Laying the one below over a policy changes nothing: it is as strict in every key."""
    below = {
        name: value
        for name, value in than.json_value().items()
        if name not in ("schema", "name", "description")
    }
    return tightened(policy, below, "below").json_value() == policy.json_value()


@given(layers=some_layers(), base=st.sampled_from(["standard", "evaluation"]))
def test_the_result_is_never_looser(layers: list[dict[str, Any]], base: str) -> None:
    """Than the policy below, and than any of the layers."""
    below = profile(base)
    try:
        whole = reduce(lambda policy, one: tightened(policy, one, "a layer"), layers, below)
    except FedcliError as error:
        assert error.code == "P-ORDER"
        return
    assert _is_no_looser(whole, below)
    for one in layers:
        assert tightened(whole, one, "again").json_value() == whole.json_value()


@given(layers=some_layers())
def test_the_order_of_layers_does_not_matter(layers: list[dict[str, Any]]) -> None:
    """Federation, site and project may be laid over each other in any order."""

    def whole(order: list[dict[str, Any]]) -> Any:
        try:
            found = reduce(
                lambda policy, one: tightened(policy, one, "a layer"), order, profile("evaluation")
            )
        except FedcliError as error:
            return error.code
        value = found.json_value()
        value["admission"]["approvals"]["roles"].sort()
        return value

    forwards, backwards = whole(layers), whole(layers[::-1])
    assert forwards == backwards or "P-ORDER" in (forwards, backwards)
