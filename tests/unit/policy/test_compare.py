"""Comparing policies: every key by its own order, and what cannot be compared is never called stricter."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.model.policy import Policy
from fedcli.policy.compare import MEANS, changes
from fedcli.policy.layers import ORDER, tightened
from tests.unit.policy.test_layers import PAIRS

MIXED: dict[str, tuple[Any, Any]] = {
    "admission.projects": (["a", "b"], ["b", "c"]),
    "admission.analytics": (["count"], ["summary"]),
    "admission.approvals.roles": (["data-owner"], ["checker"]),
    "admission.reviewers.roles": (["disclosure-officer"], ["checker"]),
    "disclosure.dominance": ([{"n": 1, "share": "0.50"}], [{"n": 2, "share": "0.85"}]),
    "disclosure.rounding": ("nearest-5", "midpoint-6"),
    "limits.questions_per_researcher": (
        {"number": 10, "period": "7 days"},
        {"number": 20, "period": "30 days"},
    ),
}
SAME: dict[str, tuple[Any, Any]] = {
    "disclosure.p_percent": ("0.1", "0.10"),
    "disclosure.dominance": (
        [{"n": 1, "share": "0.50"}, {"n": 2, "share": "0.85"}],
        [{"n": 2, "share": "0.850"}, {"n": 1, "share": "0.5"}],
    ),
    "admission.approvals.roles": (["data-owner", "checker"], ["checker", "data-owner"]),
    "admission.reviewers.roles": (["disclosure-officer", "checker"], ["checker", "disclosure-officer"]),
    "admission.projects": (["a", "*"], ["*"]),
    "admission.purposes": (["A:1", "B:2"], ["B:2", "A:1"]),
    "limits.memory": ("4 GB", "4000 MB"),
    "limits.deadline": ("1 hour", "60 min"),
    "limits.questions_per_researcher": (
        {"number": 10, "period": "1 day"},
        {"number": 10, "period": "24 hours"},
    ),
}


def _policy(key: str, value: Any) -> Policy:
    layer: dict[str, Any] = {"name": "test"}
    *path, name = key.split(".")
    inner = layer
    for step in path:
        inner = inner.setdefault(step, {})
    inner[name] = value
    return Policy.read({"schema": "fedcli/policy/1", **layer}, "test")


def _direction(key: str, old: Any, new: Any) -> str | None:
    [*found] = changes(_policy(key, old), _policy(key, new))
    assert [one.key for one in found] in ([], [key])
    return found[0].direction if found else None


@pytest.mark.parametrize("key", ORDER)
def test_every_key(key: str) -> None:
    """From the looser value to the stricter one it becomes stricter, and back looser."""
    looser, stricter = PAIRS[key]
    assert _direction(key, looser, looser) is None
    if looser != stricter:
        assert _direction(key, looser, stricter) == "stricter"
        assert _direction(key, stricter, looser) == "looser"


def test_every_key_has_its_meaning() -> None:
    """What a key is about is told for each, in the order of the file."""
    assert list(MEANS) == list(ORDER)


@pytest.mark.parametrize("key", MIXED)
def test_what_cannot_be_compared(key: str) -> None:
    """Where one part loosens and another tightens, it is mixed both ways."""
    old, new = MIXED[key]
    assert _direction(key, old, new) == _direction(key, new, old) == "mixed"


@pytest.mark.parametrize("key", SAME)
def test_two_ways_to_write_one_value(key: str) -> None:
    """What means the same is no change."""
    old, new = SAME[key]
    assert _direction(key, old, new) is None


def test_words() -> None:
    """Name and description bind nothing, and are told apart."""
    old = Policy(name="a")
    new = Policy(name="b", description="other words")
    assert [(one.key, one.direction) for one in changes(old, new)] == [
        ("name", "words"),
        ("description", "words"),
    ]


@given(st.data())
def test_a_layer_never_loosens(data: st.DataObject) -> None:
    """What laying policies over each other gives is never looser than the one below."""
    keys = data.draw(st.lists(st.sampled_from(sorted(ORDER)), unique=True, max_size=6))
    below = Policy(name="below")
    for key in keys:
        layer = _policy(key, data.draw(st.sampled_from(PAIRS[key])))
        value = layer.json_value()
        *path, name = key.split(".")
        for step in path:
            value = value[step]
        nested: Any = {name: value[name]}
        for step in reversed(path):
            nested = {step: nested}
        above = tightened(below, nested, "test")
        assert all(one.direction == "stricter" for one in changes(below, above))
        below = above
