"""Identifiers: each has one grammar, with no room for a path, another script or a second form."""

from __future__ import annotations

import re
from datetime import timedelta
from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter, ValidationError

from fedcli.errors import UsageFault
from fedcli.model import identifiers as ids

DIGEST = "0123456789abcdef" * 4

GOOD: dict[str, list[str]] = {
    "Name": ["a", "ana", "north-2", "a1-b2-c3", "x" * 40],
    "ColumnName": ["a", "_", "Age", "prior_mi", "x2", "x" * 64],
    "Digest": [DIGEST, "0" * 64],
    "Amount": ["0", "1", "0.5", "0.50", "999999999", "0.000000000001"],
    "Code": ["A-B", "F-JSON", "T-NOT-MEMBER", "X-12"],
    "OntologyTerm": ["DUO:0000006", "a:b", "OMOP:8507", "x1:a.b-c_d"],
    "PublicKey": ["A" * 43 + "=", "+/" + "a" * 41 + "="],
    "Duration": ["1 min", "30 min", "1 hour", "12 hours", "1 day", "9999 days"],
    "Size": ["1 MB", "4 GB", "999999 MB"],
    "Line": ["a", "Ana's query: é, 10 %", "x" * 200, " "],
    "Text": ["", "a\nb", "x" * 2000],
}

BAD: dict[str, list[str]] = {
    "Name": [
        "",
        "A",
        "1a",
        "-a",
        "a-",
        "a--b",
        "a_b",
        "a b",
        "a.b",
        "..",
        "a/b",
        "a\\b",
        "é",
        "\u0430",
        "x" * 41,
    ],
    "ColumnName": ["", "1a", "a-b", "a b", "a.b", 'a"', "a;", "é", "x" * 65, "a\x00"],
    "Digest": ["", DIGEST[:-1], DIGEST + "0", DIGEST.upper(), "g" * 64, "../" + DIGEST[3:]],
    "Amount": [
        "",
        "-1",
        "+1",
        "1.",
        ".5",
        "00",
        "01",
        "1e3",
        "1_0",
        " 1",
        "1 ",
        "NaN",
        "inf",
        "1,5",
        "1" * 10,
    ],
    "Code": ["", "A", "a-b", "A_B", "A-", "-A", "A--B", "É-A", "A-" + "B" * 40],
    "OntologyTerm": ["", "a", ":", "a:", ":a", "1a:b", "a:b c", "a:" + "b" * 41, "a:b/c"],
    "PublicKey": ["", "A" * 44, "A" * 43, "A" * 42 + "==", "A" * 42 + "-=", "A" * 43 + "=="],
    "Duration": [
        "",
        "0 min",
        "01 min",
        "1",
        "min",
        "1min",
        "1  min",
        "-1 min",
        "1.5 hours",
        "1 week",
        "10000 min",
    ],
    "Size": ["", "0 MB", "1MB", "1 KB", "1 mb", "-1 GB", "1.5 GB", "1000000 MB"],
    "Line": ["", "a\nb", "a\tb", "\x1b[2J", "\x00", "\x7f", "\x9b", "\u2028", "\u202e", "\u2066", "x" * 201],
    "Text": ["a\tb", "a\rb", "\x1b[2J", "\x00", "\x7f", "x" * 2001],
}

#: Digits that are digits to Python's `\d`, `int` and `float`, and to nobody else.
OTHER_DIGITS: dict[str, list[str]] = {
    "Name": ["a\u0663", "a\uff13", "a\u00b2"],
    "ColumnName": ["a\u0663", "a\uff13"],
    "Digest": ["\u0663" * 64, "\uff13" * 64],
    "Amount": ["\u0663", "1\u0663", "0.1\u0663", "1.\u0665", "\uff13"],
    "Code": ["A-\u0663", "A-B-\u0663"],
    "OntologyTerm": ["DUO:\u0663", "A\u0663:1"],
    "PublicKey": ["\u0663" * 43 + "="],
    "Duration": ["\u0663 min", "1\u0663 min", "\uff13 days"],
    "Size": ["\u0663 GB", "1\u0663 GB"],
}


def pairs(table: dict[str, list[str]]) -> list[Any]:
    """The grammars with each of their texts."""
    return [pytest.param(name, text, id=f"{name}-{text!a:.30}") for name in table for text in table[name]]


def accepts(name: str, text: object) -> bool:
    """Whether a grammar takes a text as it would come from a file."""
    try:
        TypeAdapter(getattr(ids, name)).validate_python(text, strict=True)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize(("name", "text"), pairs(GOOD))
def test_what_follows_the_grammar_is_accepted(name: str, text: str) -> None:
    """To the longest."""
    assert accepts(name, text)


@pytest.mark.parametrize(("name", "text"), pairs(BAD))
def test_what_does_not_is_refused(name: str, text: str) -> None:
    """Paths, other letters, signs, spaces, second forms, and what is one too long."""
    assert not accepts(name, text)


@pytest.mark.parametrize(("name", "text"), pairs(OTHER_DIGITS))
def test_digits_of_other_scripts_are_refused(name: str, text: str) -> None:
    """There are 660 digits in Unicode, and ten here."""
    assert not accepts(name, text)


@pytest.mark.parametrize("name", [name for name in GOOD if name != "Text"])
@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\x00", "\u2028"])
def test_a_line_ending_is_no_part_of_it(name: str, ending: str) -> None:
    """`$` must mean the end of the text, and not the place before a last newline."""
    assert not accepts(name, GOOD[name][0] + ending)


@pytest.mark.parametrize("name", GOOD)
@pytest.mark.parametrize("value", [1, None, True, b"a", ["a"]])
def test_another_type_is_refused(name: str, value: object) -> None:
    """Nothing is made a text that is none."""
    assert not accepts(name, value)


@pytest.mark.parametrize("mark", ["\u2028", "\u2029", "\u202a", "\u202e", "\u2066", "\u2069"])
def test_a_text_cannot_turn_its_direction(mark: str) -> None:
    """An approver reads descriptions: what is shown must be in the order in which it is written."""
    assert not accepts("Text", f"only the {mark}count")


@pytest.mark.parametrize(
    ("value", "good"), [(0, False), (1, True), (9999, True), (10000, False), (True, False), ("1", False)]
)
def test_versions_are_between_1_and_9999(value: object, good: bool) -> None:
    """So that their names have four digits."""
    assert accepts("Version", value) is good


@pytest.mark.parametrize(
    ("value", "good"), [(-1, False), (0, True), (10**9, True), (1.0, False), (False, False)]
)
def test_counts_are_not_negative(value: object, good: bool) -> None:
    """And are integers, which `false` is not."""
    assert accepts("Count", value) is good


@given(st.from_regex(re.compile(ids.AMOUNT.replace("$", r"\Z")), fullmatch=True))
def test_an_amount_is_exact(amount: str) -> None:
    """Its value is the decimal number that is written, not the nearest double."""
    whole, _, part = amount.partition(".")
    assert ids.fraction(amount) == Fraction(int(whole + part), 10 ** len(part))


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("1 min", timedelta(minutes=1)),
        ("30 min", timedelta(minutes=30)),
        ("1 hour", timedelta(hours=1)),
        ("36 hours", timedelta(hours=36)),
        ("1 day", timedelta(days=1)),
        ("9999 days", timedelta(days=9999)),
    ],
)
def test_durations(text: str, length: timedelta) -> None:
    """One and several, in three units."""
    assert ids.duration(text) == length


@pytest.mark.parametrize(("text", "size"), [("512 MB", 512), ("4 GB", 4000), ("1 MB", 1)])
def test_sizes(text: str, size: int) -> None:
    """In units of a million bytes."""
    assert ids.megabytes(text) == size


ONE, TWO, THREE = "a" * 64, "a" * 12 + "b" * 52, "b" * 64


@pytest.mark.parametrize(
    ("given_", "meant"),
    [
        (ONE, ONE),
        (ONE.upper(), ONE),
        ("q-" + "b" * 12, THREE),
        ("b", THREE),
        ("q-b", THREE),
        ("a" * 13, ONE),
        ("a" * 12 + "b", TWO),
    ],
)
def test_a_query_is_found_by_its_beginning(given_: str, meant: str) -> None:
    """A digest, a short name, or a beginning of either; in either case."""
    assert ids.resolve(given_, [ONE, TWO, THREE]) == meant


def test_a_digest_that_comes_twice_is_one() -> None:
    """The same query may be listed by two who hold it."""
    assert ids.resolve("a", [ONE, ONE]) == ONE


def test_an_ambiguous_beginning_is_told() -> None:
    """With the digests that it could mean; the short name of one may be that of another."""
    assert ids.short(ONE) == ids.short(TWO) == "q-" + "a" * 12
    for text in ("a", ids.short(ONE)):
        with pytest.raises(UsageFault, match="Q-AMBIGUOUS") as caught:
            ids.resolve(text, [ONE, TWO, THREE])
        assert caught.value.facts["known"] == f"{ONE}, {TWO}"


@pytest.mark.parametrize(
    "text", ["", "q-", "c", "q-c", "*", ".", "aa*", "q-q-a", "a" * 65, "../a", "\u0663", "a\n", " a"]
)
def test_a_query_that_is_not_known_is_told(text: str) -> None:
    """Also where the text is a pattern, a path, or nothing."""
    with pytest.raises(UsageFault, match="Q-UNKNOWN") as caught:
        ids.resolve(text, [ONE, THREE])
    assert caught.value.facts["known"] == f"{ids.short(ONE)}, {ids.short(THREE)}"


def test_where_there_are_none_none_is_found() -> None:
    """And the message says so."""
    with pytest.raises(UsageFault, match="Q-UNKNOWN") as caught:
        ids.resolve("a", [])
    assert caught.value.facts["known"] == "none"
