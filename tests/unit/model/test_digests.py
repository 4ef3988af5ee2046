"""A document's digest is computed once, and a changed copy has another."""

from __future__ import annotations

from fedcli.files.canonical import digest
from fedcli.model.cells import Axis


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
