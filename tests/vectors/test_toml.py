"""TOML texts: valid and malformed ones, typed by hand after the specification (toml.io, v1.0.0)."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.errors import InvalidFile
from fedcli.files.strict import parse_toml

VALID = [
    (b"", {}),
    (b"# only a comment", {}),
    (b"a = 1\r\nb = true\r\n", {"a": 1, "b": True}),
    (b'"quoted key" = "x"\n\'\' = 2', {"quoted key": "x", "": 2}),
    (b"a.b.c = 1\na.b.d = 2", {"a": {"b": {"c": 1, "d": 2}}}),
    (b"[a]\nx = 1\n[a.b]\ny = 2", {"a": {"x": 1, "b": {"y": 2}}}),
    (b"[[a]]\nx = 1\n[[a]]\nx = 2", {"a": [{"x": 1}, {"x": 2}]}),
    (b"a = [1, 'two', [3.0], { b = 4 }]", {"a": [1, "two", [3.0], {"b": 4}]}),
    (b"a = 0xff\nb = 0o17\nc = 0b101\nd = 1_000", {"a": 255, "b": 15, "c": 5, "d": 1000}),
    (b"a = 6.5e-3\nb = -0.0", {"a": 0.0065, "b": -0.0}),
    (b"a = 1979-05-27", {"a": "1979-05-27"}),
    (b"a = 1979-05-27T07:32:00Z", {"a": "1979-05-27T07:32:00+00:00"}),
    (b"a = 1979-05-27T07:32:00", {"a": "1979-05-27T07:32:00"}),
    (b"a = 07:32:00", {"a": "07:32:00"}),
    (b'a = "\\u00e9 \\U0001F600"', {"a": "\u00e9 \U0001f600"}),
    (b'a = """\nx\\\n   y"""', {"a": "xy"}),
    (b"a = '''\nC:\\x'''", {"a": "C:\\x"}),
]

MALFORMED = [
    b"a",
    b"a =",
    b"= 1",
    b"a = 1 b = 2",
    b"a = 1\na = 2",
    b"a = 1\n'a' = 2",
    b"[a]\n[a]",
    b"[a]\nb = 1\n[a.b]",
    b"a = 1\na.b = 2",
    b"a = { b = 1 }\na.c = 2",
    b"a = { b = 1, }",
    b"a = { b = 1\n}",
    b"a = { b = 1, b = 2 }",
    b"a = [1",
    b"a = [1 2]",
    b"[a",
    b"[[a]",
    b"[]",
    b"[a.]",
    b"[a]]",
    b"[[a]]\n[a]",
    b"a = []\n[[a]]",
    b"a..b = 1",
    b'a = "x',
    b"a = 'x",
    b'a = """x',
    b'a = "x\ny"',
    b'a = "\\x41"',
    b'a = "\\u12"',
    b'a = "\\ud800"',
    b'a = "\x00"',
    b'a = "\x7f"',
    b"# \x01",
    b"a = 1\rb = 2",
    b"a = 01",
    b"a = 1__0",
    b"a = _1",
    b"a = 1_",
    b"a = 0x",
    b"a = -0xff",
    b"a = 1.",
    b"a = .5",
    b"a = 1e",
    b"a = True",
    b"a = yes",
    b"a = null",
    b"a = 2026-13-01",
    b"a = 2026-02-30",
    b"a = 24:00:00",
    b"a = 2026-01-01T00:00:00+25:00",
    b"a = !!python/object:os.system",
    b"--- \na: 1",
    b'{"a": 1}',
    "ä = 1".encode(),
    "a = \u0661".encode(),
    # TOML, and still refused: what JSON could not carry, or what no file of ours needs.
    b"a = nan",
    b"a = -inf",
    b"a = 1e400",
    b"a = 9007199254740992",
    b"a = -9007199254740992",
    b"a = 0xffffffffffffffff",
    b"[[a]]\nb = [{ c = inf }]",
    b"a = " + b"[" * 65 + b"]" * 65,
    b"a = " + b"{a = " * 5000,
    b"a = " + b"[" * 5000,
    b".".join([b"a"] * 100) + b" = 1",
]


@pytest.mark.parametrize(("text", "value"), VALID)
def test_toml_gives_json_values(text: bytes, value: dict[str, Any]) -> None:
    """Valid texts give tables of JSON values, moments as ISO 8601 text."""
    assert parse_toml(text, "a file") == value


@pytest.mark.parametrize("text", MALFORMED)
def test_malformed_toml_is_refused(text: bytes) -> None:
    """What is not TOML, or holds what JSON cannot, is F-TOML and nothing else."""
    with pytest.raises(InvalidFile, match="F-TOML"):
        parse_toml(text, "a file")


@pytest.mark.parametrize("text", [b"a = " + b"1" * 5000, b"a = -" + b"9" * 5000])
def test_a_very_long_integer_is_refused(text: bytes) -> None:
    """An integer that Python will not even convert is F-TOML like any other that is too large."""
    with pytest.raises(InvalidFile, match="F-TOML"):
        parse_toml(text, "a file")


@pytest.mark.parametrize("text", [b"\xef\xbb\xbfa = 1", b"a = '\xff'", "a = 1".encode("utf-16")])
def test_toml_that_is_not_plain_utf8_is_refused(text: bytes) -> None:
    """TOML is UTF-8, and ours has no byte-order mark."""
    with pytest.raises(InvalidFile, match="F-ENCODING"):
        parse_toml(text, "a file")
