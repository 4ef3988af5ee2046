"""Canonical JSON: the testdata of RFC 8785's author, and the RFC's own examples."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest

from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json

NAMES = ("arrays", "french", "structures", "unicode", "values", "weird")

#: RFC 8785 appendix B: the bits of a double, and how it is written.
NUMBERS = [
    ("0000000000000000", b"0"),
    ("8000000000000000", b"0"),
    ("0000000000000001", b"5e-324"),
    ("8000000000000001", b"-5e-324"),
    ("7fefffffffffffff", b"1.7976931348623157e+308"),
    ("ffefffffffffffff", b"-1.7976931348623157e+308"),
    ("4340000000000000", b"9007199254740992"),
    ("c340000000000000", b"-9007199254740992"),
    ("4430000000000000", b"295147905179352830000"),
    ("44b52d02c7e14af5", b"9.999999999999997e+22"),
    ("44b52d02c7e14af6", b"1e+23"),
    ("44b52d02c7e14af7", b"1.0000000000000001e+23"),
    ("444b1ae4d6e2ef4e", b"999999999999999700000"),
    ("444b1ae4d6e2ef4f", b"999999999999999900000"),
    ("444b1ae4d6e2ef50", b"1e+21"),
    ("3eb0c6f7a0b5ed8c", b"9.999999999999997e-7"),
    ("3eb0c6f7a0b5ed8d", b"0.000001"),
    ("41b3de4355555553", b"333333333.3333332"),
    ("41b3de4355555554", b"333333333.33333325"),
    ("41b3de4355555555", b"333333333.3333333"),
    ("41b3de4355555556", b"333333333.3333334"),
    ("41b3de4355555557", b"333333333.33333343"),
    ("becbf647612f3696", b"-0.0000033333333333333333"),
    ("43143ff3c1cb0959", b"1424953923781206.2"),
]


@pytest.mark.parametrize("name", NAMES)
def test_the_testdata(shared: Path, name: str) -> None:
    """Each input, strictly read, has the bytes of its output."""
    folder = shared / "vectors" / "jcs" / "testdata"
    found = canonical(parse_json((folder / "input" / f"{name}.json").read_bytes(), name))
    assert found == (folder / "output" / f"{name}.json").read_bytes()
    assert found == bytes.fromhex((folder / "outhex" / f"{name}.txt").read_text())


def test_the_example_of_section_3_2() -> None:
    """The RFC's sample object has the RFC's bytes."""
    sample = rb"""{
        "numbers": [333333333.33333329, 1E30, 4.50, 2e-3, 0.000000000000000000000000001],
        "string": "\u20ac$\u000F\u000aA'\u0042\u0022\u005c\\\"\/",
        "literals": [null, true, false]
    }"""
    wanted = (
        '{"literals":[null,true,false],"numbers":[333333333.3333333,1e+30,4.5,0.002,1e-27],'
        '"string":"€$\\u000f\\nA\'B\\"\\\\\\\\\\"/"}'
    )
    assert canonical(parse_json(sample, "the sample")) == wanted.encode()


def test_keys_are_sorted_by_utf16_units() -> None:
    """The order of section 3.2.3, in which an emoji comes before a Hebrew letter."""
    sample = rb"""{
        "\u20ac": "Euro Sign",
        "\r": "Carriage Return",
        "\ufb33": "Hebrew Letter Dalet With Dagesh",
        "1": "One",
        "\ud83d\ude00": "Emoji: Grinning Face",
        "\u0080": "Control",
        "\u00f6": "Latin Small Letter O With Diaeresis"
    }"""
    found = canonical(parse_json(sample, "the sample"))
    assert list(parse_json(found, "the sample").values()) == [
        "Carriage Return",
        "One",
        "Control",
        "Latin Small Letter O With Diaeresis",
        "Euro Sign",
        "Emoji: Grinning Face",
        "Hebrew Letter Dalet With Dagesh",
    ]


@pytest.mark.parametrize(("bits", "text"), NUMBERS)
def test_the_numbers_of_appendix_b(bits: str, text: bytes) -> None:
    """Doubles are written as ECMAScript writes them."""
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    assert canonical(number) == text


@pytest.mark.parametrize("bits", ["7fffffffffffffff", "7ff0000000000000", "fff0000000000000"])
def test_what_is_not_finite_has_no_bytes(bits: str) -> None:
    """NaN and the infinities of appendix B are errors."""
    [number] = struct.unpack(">d", bytes.fromhex(bits))
    with pytest.raises(ValueError, match="is not representable"):
        canonical(number)
