"""The strict reader: what two programs could read in two ways is refused, and nothing hangs."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.errors import InvalidFile
from fedcli.files.canonical import canonical
from fedcli.files.strict import MAX_BYTES, MAX_DEPTH, MAX_INTEGER, parse_json, parse_toml

TEXTS = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
INTEGERS = st.integers(-MAX_INTEGER, MAX_INTEGER)
REALS = st.floats(allow_nan=False, allow_infinity=False)


def is_written_as_integer(number: float) -> bool:
    """Whether RFC 8785 writes a float beyond 2^53 - 1 without point and exponent."""
    return number.is_integer() and MAX_INTEGER < abs(number) < 1e21


def trees(leaves: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    """JSON values over some leaves."""
    return st.recursive(
        leaves, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXTS, inner, max_size=4)
    )


LEAVES = st.none() | st.booleans() | INTEGERS | TEXTS
VALUES = trees(LEAVES | REALS.filter(lambda number: not is_written_as_integer(number)))


def nested(depth: int) -> bytes:
    """Arrays in arrays."""
    return b"[" * depth + b"]" * depth


@given(VALUES)
def test_canonical_json_is_read_as_what_was_written(value: Any) -> None:
    """Any JSON value comes back from its canonical bytes."""
    assert parse_json(canonical(value), "a file") == value


@pytest.mark.parametrize("number", [2.0**53, 1e17, -1e17, 123456789012345680000.0, 9e20])
def test_a_large_double_comes_back(number: float) -> None:
    """What we write for a sum of squares, we can read."""
    assert parse_json(canonical({"m2": number}), "a file") == {"m2": number}


@given(VALUES)
def test_other_texts_of_a_value_are_read_alike(value: Any) -> None:
    """Spaces, escapes and the order of keys do not change what is read."""
    text = json.dumps(value, indent=1, ensure_ascii=True)
    assert canonical(parse_json(text.encode(), "a file")) == canonical(value)


@given(st.binary(max_size=60))
def test_any_bytes_give_a_value_or_a_refusal(data: bytes) -> None:
    """No bytes make the reader fail in any other way; TOML neither."""
    for parse in (parse_json, parse_toml):
        try:
            parse(data, "a file")
        except InvalidFile as error:
            assert error.code in ("F-JSON", "F-TOML", "F-ENCODING")


@given(st.text("[]{}\":,'\\ntrue019.eE+-\n =#", max_size=40))
def test_texts_that_are_nearly_right_give_a_value_or_a_refusal(text: str) -> None:
    """Neither do texts made of the grammars' own characters."""
    for parse in (parse_json, parse_toml):
        try:
            parse(text.encode(), "a file")
        except InvalidFile as error:
            assert error.code in ("F-JSON", "F-TOML")


def test_size_is_bounded() -> None:
    """A text of the limit is read, one byte more is F-SIZE, before anything else is looked at."""
    assert parse_json(b"[1]", "a file", limit=3) == [1]
    for parse in (parse_json, parse_toml):
        with pytest.raises(InvalidFile, match="F-SIZE"):
            parse(b"\xff" * 4, "a file", limit=3)
        with pytest.raises(InvalidFile, match="F-SIZE"):
            parse(b" " * (MAX_BYTES + 1), "a file")


def test_depth_is_bounded() -> None:
    """As deep as the limit is read, one deeper is refused, however much deeper."""
    value = parse_json(nested(MAX_DEPTH), "a file")
    for _ in range(MAX_DEPTH - 1):
        [value] = value
    assert value == []
    for depth in (MAX_DEPTH + 1, 100_000):
        with pytest.raises(InvalidFile, match="nested deeper than 64"):
            parse_json(nested(depth), "a file")
    with pytest.raises(InvalidFile, match="nested deeper than 64"):
        parse_json(b'{"a":' * 65 + b"1" + b"}" * 65, "a file")


def test_brackets_in_strings_are_not_depth() -> None:
    """Brackets within a string, also after an escaped quote, do not count."""
    text = "[" * 200 + '"' + "{" * 200
    assert parse_json(json.dumps([text]).encode(), "a file") == [text]


def test_an_unclosed_string_does_not_hang(impatient: None) -> None:
    """A hostile text of a hundred kilobytes is refused at once, as one of eight megabytes must be."""
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(b'"' + b'\\"' * 50_000, "a file")


@pytest.mark.parametrize("parse", [parse_json, parse_toml])
def test_a_byte_order_mark_is_refused(parse: Any) -> None:
    """Some programs skip it and some do not."""
    with pytest.raises(InvalidFile, match="F-ENCODING"):
        parse(b"\xef\xbb\xbf", "a file")


@pytest.mark.parametrize(
    "data", [b'"\xff"', b'"\xed\xa0\x80"', b'"\xc0\x80"', b'"\xf4\x90\x80\x80"', "[]".encode("utf-16-le")]
)
def test_what_is_not_utf8_is_refused(data: bytes) -> None:
    """Wrong bytes, surrogates, overlong forms, beyond Unicode, and UTF-16."""
    with pytest.raises(InvalidFile, match=r"F-ENCODING|F-JSON"):
        parse_json(data, "a file")


@pytest.mark.parametrize("text", [r'"\ud800"', r'"\udc00"', r'"\ud800A"', r'"\udc00\ud800"', r'{"\ud800":1}'])
def test_lone_surrogates_are_refused(text: str) -> None:
    """They have no UTF-8, and so no digest."""
    with pytest.raises(InvalidFile, match="a lone surrogate"):
        parse_json(text.encode(), "a file")
    with pytest.raises(InvalidFile, match="a lone surrogate"):
        parse_json(f"[[[{text}]]]".encode(), "a file")


@pytest.mark.parametrize(
    "text",
    [
        '{"a":1,"a":1}',
        '[{"b":{"a":1,"c":2,"a":3}}]',
        r'{"a":1,"\u0061":2}',
        '{"":1,"":2}',
        '{"a":{"a":1},"a":2}',
    ],
)
def test_duplicate_keys_are_refused(text: str) -> None:
    """At any depth, and however they are escaped: the last wins here, the first there."""
    with pytest.raises(InvalidFile, match="a duplicate key"):
        parse_json(text.encode(), "a file")


def test_a_key_may_come_again_elsewhere() -> None:
    """The same key in two tables is no duplicate."""
    assert parse_json(b'[{"a":1},{"a":{"a":2}}]', "a file") == [{"a": 1}, {"a": {"a": 2}}]


@pytest.mark.parametrize("number", [MAX_INTEGER, -MAX_INTEGER, 0, -1])
def test_integers_within_the_limit_are_exact(number: int) -> None:
    """2^53 - 1 and its negative are the largest, in JSON and in TOML."""
    found = parse_json(str(number).encode(), "a file")
    assert found == number
    assert type(found) is int
    assert parse_toml(f"a = {number}".encode(), "a file") == {"a": number}


@pytest.mark.parametrize(
    "text", [str(MAX_INTEGER + 2), str(-MAX_INTEGER - 2), str(10**18 + 1), str(10**30), "-" + "1" * 5000]
)
def test_integers_beyond_the_limit_are_refused(text: str) -> None:
    """A double could not hold them; a very long one does not even reach Python's own limit."""
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(text.encode(), "a file")


@pytest.mark.parametrize("text", ["1e400", "-1e400", "1" * 400 + ".0", "NaN", "Infinity", "-Infinity"])
def test_numbers_that_are_not_finite_are_refused(text: str) -> None:
    """Neither by name nor by size: NaN would pass every comparison with a limit."""
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(f'{{"epsilon":{text}}}'.encode(), "a file")


@pytest.mark.parametrize("text", ["-0", "-0.0", "0e5", "0.0", "1e-400"])
def test_zero_has_one_canonical_form(text: str) -> None:
    """Negative zero, and what is too small for a double, are zero."""
    assert canonical(parse_json(text.encode(), "a file")) == b"0"


def test_a_refusal_names_the_place_and_never_the_content() -> None:
    """Line and column, or the rule that was broken; not a character of the text itself."""
    with pytest.raises(InvalidFile) as caught:
        parse_json(b'{"name": "confidential",\n  "age": confidential}', "south/query.json")
    assert caught.value.facts["reason"] == "line 2 column 10"
    assert caught.value.facts["where"] == "south/query.json"
    with pytest.raises(InvalidFile) as caught_toml:
        parse_toml(b"a = 1\nname = confidential", "policy.toml")
    assert caught_toml.value.facts["reason"] == "line 2, column 8"
    for error in (caught.value, caught_toml.value):
        assert "confidential" not in " ".join(error.lines())
    with pytest.raises(InvalidFile) as caught_key:
        parse_json(b'{"confidential":1,"confidential":2}', "a file")
    assert "confidential" not in " ".join(caught_key.value.lines())
