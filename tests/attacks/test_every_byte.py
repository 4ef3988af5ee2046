"""A byte of a signed file that is not what was signed: a sample of the places; `make campaign` has all."""

from __future__ import annotations

import pytest

from fedcli.trust.dsse import Kind
from tests.campaign.bytes import LOOSE, Sample, accepted, samples

KINDS = (
    *(
        "query",
        "approval",
        "manifest",
        "policy",
        "withdrawal",
        "review",
        "root",
        "card",
        "dictionary",
        "release",
    ),
    *("values", "round", "states", "result", "sealed result", "checkpoint", "proof", "memory"),
)
PLACES = 40


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """One file of every kind."""
    return samples(tmp_path_factory.mktemp("bytes"))


def test_every_kind_is_here(found: dict[str, Sample]) -> None:
    """A new kind of envelope is changed too, or this fails."""
    assert set(found) == {*KINDS, LOOSE}
    assert set(Kind.__args__) <= set(KINDS)


@pytest.mark.parametrize("kind", KINDS)
def test_a_changed_byte(found: dict[str, Sample], kind: str) -> None:
    """The file as it is holds; with one byte less, more or other it does not."""
    one = found[kind]
    one.check(one.data)
    step = max(1, len(one.data) // PLACES)
    assert accepted(one, step, start=len(kind) % step) == []


def test_a_changed_byte_of_a_printed_proof(found: dict[str, Sample]) -> None:
    """Nothing that says something can be changed: only white space between two values."""
    one = found[LOOSE]
    one.check(one.data)
    taken = accepted(one, max(1, len(one.data) // PLACES))
    assert [told for told in taken if not told.endswith(("is new", "is gone"))] == []
