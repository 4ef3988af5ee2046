"""JSON texts: JSONTestSuite (github.com/nst/JSONTestSuite), and a few typed from RFC 8259 and RFC 7493."""

from __future__ import annotations

import functools
from pathlib import Path

import pytest

from fedcli.errors import InvalidFile
from fedcli.files.strict import parse_json

#: Valid JSON that our stricter rules refuse, with the rule.
STRICTER = {
    "y_object_duplicated_key.json": "F-JSON",  # RFC 7493 section 2.3: no duplicate keys
    "y_object_duplicated_key_and_value.json": "F-JSON",  # the same, though both say the same
}

#: Where RFC 8259 lets a parser choose, we accept these three: too small for a double is zero.
ACCEPTED_BY_CHOICE = {
    "i_number_double_huge_neg_exp.json",
    "i_number_real_underflow.json",
    "i_number_too_big_pos_int.json",  # 10^20, as RFC 8785 writes that double
}

#: The other 32 are refused: not UTF-8 (or with a byte-order mark), and for the rest as JSON.
NOT_PLAIN_UTF8 = {
    "i_string_UTF-16LE_with_BOM.json",
    "i_string_UTF-8_invalid_sequence.json",
    "i_string_UTF8_surrogate_U+D800.json",
    "i_string_invalid_utf-8.json",
    "i_string_iso_latin_1.json",
    "i_string_lone_utf8_continuation_byte.json",
    "i_string_not_in_unicode_range.json",
    "i_string_overlong_sequence_2_bytes.json",
    "i_string_overlong_sequence_6_bytes.json",
    "i_string_overlong_sequence_6_bytes_null.json",
    "i_string_truncated-utf-8.json",
    "i_string_utf16BE_no_BOM.json",
    "i_string_utf16LE_no_BOM.json",
    "i_structure_UTF-8_BOM_empty_object.json",
}


def outcome(data: bytes) -> str:
    """`accepted`, or the code of the refusal; any other exception passes through."""
    try:
        parse_json(data, "a file")
    except InvalidFile as error:
        return error.code
    return "accepted"


@functools.cache
def suite(folder: Path) -> dict[str, str]:
    """The outcome of every file of the suite, by name."""
    return {file.name: outcome(file.read_bytes()) for file in sorted(folder.glob("*.json"))}


@pytest.fixture
def outcomes(shared: Path) -> dict[str, str]:
    """The outcomes of JSONTestSuite."""
    return suite(shared / "vectors" / "jsontestsuite" / "test_parsing")


def test_the_suite_is_whole(outcomes: dict[str, str]) -> None:
    """All 318 files are there, so that the tests below speak of all of them."""
    assert len(outcomes) == 318
    assert {name[:2] for name in outcomes} == {"y_", "n_", "i_"}


def test_what_is_no_json_is_refused(outcomes: dict[str, str]) -> None:
    """Every `n_` file is refused by a code of ours."""
    wrong = {name: how for name, how in outcomes.items() if name.startswith("n_")}
    assert wrong
    assert {name for name, how in wrong.items() if how not in ("F-JSON", "F-ENCODING", "F-SIZE")} == set()


def test_json_is_accepted_but_for_our_stricter_rules(outcomes: dict[str, str]) -> None:
    """Every `y_` file is accepted, except those that name two values for one key."""
    right = {name: how for name, how in outcomes.items() if name.startswith("y_")}
    assert {name: how for name, how in right.items() if how != "accepted"} == STRICTER


def test_the_choices_stay_as_they_are(outcomes: dict[str, str]) -> None:
    """What we do where parsers may differ is pinned, file by file."""
    free = {name: how for name, how in outcomes.items() if name.startswith("i_")}
    assert len(free) == 35
    assert {name for name, how in free.items() if how == "accepted"} == ACCEPTED_BY_CHOICE
    assert {name for name, how in free.items() if how == "F-ENCODING"} == NOT_PLAIN_UTF8
    assert {name for name, how in free.items() if how == "F-JSON"} == (
        free.keys() - ACCEPTED_BY_CHOICE - NOT_PLAIN_UTF8
    )


@pytest.mark.parametrize(
    ("text", "value"),
    [
        (b"null", None),
        (b" [ 1 , -2.5e3 ]\r\n", [1, -2500.0]),
        (b'{"a":{"b":[true,false]}}', {"a": {"b": [True, False]}}),
        (rb'"\ud834\udd1e"', "\U0001d11e"),  # RFC 8259 section 7: the G clef
        (rb'"\"\\\/\b\f\n\r\t"', '"\\/\b\f\n\r\t'),
        (b"0.1e-2", 0.001),
    ],
)
def test_rfc_8259_texts_are_read(text: bytes, value: object) -> None:
    """Texts that follow the grammar give their values."""
    assert parse_json(text, "a file") == value


@pytest.mark.parametrize(
    "text",
    [
        b"",
        b" ",
        b"[1,]",
        b'{"a":1,}',
        b"{a:1}",
        b"{'a':1}",
        b"[01]",
        b"[+1]",
        b"[.5]",
        b"[1.]",
        b"[0x1]",
        b"[1_000]",
        b"[NaN]",
        b"[Infinity]",
        b"[-Infinity]",
        b'"\x0a"',
        b'"\\x41"',
        b'"\\u12"',
        b"[1] 2",
        b"[1]//",
        b"/**/[1]",
        b"True",
        "[\u0661]".encode(),
        b'["a"',
        b'["a',
        b"[1}",
        b"\x00",
    ],
)
def test_what_rfc_8259_does_not_allow_is_refused(text: bytes) -> None:
    """Texts that do not follow the grammar are F-JSON."""
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(text, "a file")
