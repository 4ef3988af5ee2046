"""A document's digest is computed once, and a changed copy has another."""

from __future__ import annotations

import pytest

from fedcli.files.assets import asset
from fedcli.files.canonical import canonical, digest
from fedcli.files.strict import parse_json
from fedcli.model.cells import Axis
from fedcli.model.policy import Policy
from fedcli.policy.profiles import load


def test_a_changed_copy_has_a_digest_of_its_own() -> None:
    """Also where the first one's digest was asked for before."""
    one = Axis(name="sex", levels=("f", "m"))
    assert one.sha256 == digest(one.canonical())
    other = one.model_copy(update={"levels": ("f", "m", "x")})
    assert other.sha256 == digest(other.canonical()) != one.sha256
    assert one.model_copy().sha256 == one.sha256


def test_a_digest_does_not_change_what_is_equal() -> None:
    """Whether it was asked for is nothing that a document says."""
    one, other = Axis(name="sex", levels=("f", "m")), Axis(name="sex", levels=("f", "m"))
    assert one.sha256
    assert one == other
    assert "sha256" not in one.json_value()


def test_a_policy_that_was_signed_before_a_key_came() -> None:
    """It has the digest that it had, so that its signatures and the grants under it still count."""
    policy = load(asset("configs") / "policies" / "standard.toml")
    signed = policy.json_value()
    del signed["limits"]["sandbox"], signed["limits"]["retention"], signed["disclosure"]["networks"]
    assert Policy.read(signed, "a test").sha256 == digest(canonical(signed)) == policy.sha256


@pytest.mark.parametrize(
    ("part", "key", "value"),
    [
        ("limits", "sandbox", "required"),
        ("limits", "retention", "30 days"),
        ("disclosure", "networks", "allowed"),
    ],
)
def test_a_key_that_came_later_is_signed_where_it_says_something(part: str, key: str, value: str) -> None:
    """Two policies that differ in it have different digests; reading gives the same one again."""
    policy = load(asset("configs") / "policies" / "standard.toml")
    other = policy.model_copy(update={part: getattr(policy, part).model_copy(update={key: value})})
    assert other.sha256 != policy.sha256
    assert Policy.read(parse_json(other.canonical(), "a test"), "a test") == other
