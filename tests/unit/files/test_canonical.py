"""Canonical bytes: equal meaning has equal bytes, and what has no one meaning has none."""

from __future__ import annotations

import hashlib
from typing import Any

import pytest
import rfc8785
from hypothesis import given
from hypothesis import strategies as st

from fedcli.files.canonical import canonical, digest, digest_of


@given(st.dictionaries(st.text(st.characters(exclude_categories=["Cs"]), max_size=5), st.integers(0, 9)))
def test_the_order_of_keys_does_not_matter(table: dict[str, int]) -> None:
    """A table and the same table turned around have the same bytes."""
    assert canonical(dict(reversed(table.items()))) == canonical(table)


@pytest.mark.parametrize(("one", "other"), [(1, 1.0), (0, -0.0), (100, 1e2), ((1, 2), [1, 2])])
def test_equal_values_have_equal_bytes(one: Any, other: Any) -> None:
    """Whole floats are written as integers, negative zero as zero, tuples as arrays."""
    assert canonical(one) == canonical(other)


@pytest.mark.parametrize(("one", "other"), [(1, True), (0, False), ("1", 1), (None, "null"), ([], {})])
def test_different_values_have_different_bytes(one: Any, other: Any) -> None:
    """Types are told apart."""
    assert canonical(one) != canonical(other)


@pytest.mark.parametrize(
    "value", [2**53, -(2**53), float("nan"), float("inf"), {1: 2}, {"a": object()}, "\ud800"]
)
def test_what_is_no_json_value_has_no_bytes(value: Any) -> None:
    """Large integers, what is not finite, keys that are no text, objects and lone surrogates are errors."""
    with pytest.raises((rfc8785.CanonicalizationError, UnicodeEncodeError)):
        canonical([value])


_TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=5)
_NUMBERS = st.integers(1 - 2**53, 2**53 - 1) | st.floats(allow_nan=False, allow_infinity=False)


@given(
    st.recursive(
        st.none() | st.booleans() | _NUMBERS | _TEXTS,
        lambda some: st.lists(some, max_size=4) | st.dictionaries(_TEXTS, some, max_size=4),
    )
)
def test_what_is_written_fast_is_what_the_package_writes(value: Any) -> None:
    """Of any JSON value, whatever its letters, keys and numbers."""
    assert canonical(value) == rfc8785.dumps(value)


@pytest.mark.parametrize("number", [1e-4, 9.9e-5, 1e-6, 1e-7, 1e15, 1e16, 1e21, 1e22, -2.5e-9, 5e-324])
def test_numbers_change_their_form_where_the_package_has_it(number: float) -> None:
    """Where Python and ECMAScript begin to write exponents."""
    assert canonical([number, -number]) == rfc8785.dumps([number, -number])


@pytest.mark.parametrize("keys", ["\ue000\U00010000", "aé", "\x7f\x1f", '"\\'])
def test_keys_are_in_the_order_of_their_units(keys: str) -> None:
    """Which is not that of their code points beyond the first plane."""
    table = dict.fromkeys(keys, 0)
    assert canonical(table) == rfc8785.dumps(table)


def test_digests_are_of_the_bytes() -> None:
    """SHA-256 in lower-case hexadecimal, over the canonical bytes."""
    assert digest(b"abc") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    assert digest_of({"b": 1, "a": "é"}) == hashlib.sha256('{"a":"é","b":1}'.encode()).hexdigest()
