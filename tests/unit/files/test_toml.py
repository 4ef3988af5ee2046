"""Writing TOML: what is written is read back by others' parsers and by our own."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.files.strict import parse_toml
from fedcli.files.toml import inline, to_toml

KEYS = st.text("abcXYZ019_-", min_size=1, max_size=6)
SCALARS = (
    st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
)
LISTS = st.lists(
    SCALARS | st.lists(SCALARS, max_size=3) | st.dictionaries(KEYS, SCALARS, max_size=3), max_size=4
)
TABLES = st.recursive(
    st.dictionaries(KEYS, SCALARS | LISTS, min_size=1, max_size=4),
    lambda inner: st.dictionaries(KEYS, SCALARS | inner, min_size=1, max_size=4),
)


@given(TABLES)
def test_tables_come_back(table: dict[str, Any]) -> None:
    """Whatever is written, Python's own parser reads as the same table."""
    assert tomllib.loads(to_toml(table)) == table


@given(TABLES)
def test_the_strict_reader_takes_what_is_written(table: dict[str, Any]) -> None:
    """Our own reader too."""
    assert parse_toml(to_toml(table).encode(), "a file") == table


@pytest.mark.parametrize("table", [{"a": {}}, {"a": {"b": {}, "c": 1}}, {"a": {"b": {}}}])
def test_an_empty_table_comes_back(table: dict[str, Any]) -> None:
    """A table without keys is still a table."""
    assert tomllib.loads(to_toml(table)) == table


def test_values_come_before_tables() -> None:
    """A key written after a table would belong to it, so keys come first."""
    text = to_toml({"table": {"inner": {"x": 1}, "y": [True, "z"]}, "last": 2.5})
    assert text == 'last = 2.5\n\n[table]\ny = [true, "z"]\n\n[table.inner]\nx = 1\n'


def test_nothing_is_written_as_nothing() -> None:
    """No table, no text."""
    assert to_toml({}) == ""


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ('a"b\\c\n\t', '"a\\"b\\\\c\\n\\t"'),
        ("\x00\x1f\x7f", '"\\u0000\\u001f\\u007f"'),
        ("é\U0001f600", '"é\U0001f600"'),
        ((1, "a"), '[1, "a"]'),
        ({"n": 1, "share": "0.50"}, '{ n = 1, share = "0.50" }'),
        (1e16, "1e+16"),
        (False, "false"),
    ],
)
def test_a_value_is_one_line(value: Any, text: str) -> None:
    """Strings are escaped as TOML wants, tables are inline, and no value breaks its line."""
    assert inline(value) == text
    assert tomllib.loads(f"a = {text}") == {"a": list(value) if isinstance(value, tuple) else value}
