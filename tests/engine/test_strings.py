"""Hostile strings are values: they never become SQL, and nothing fails on them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from fedcli.engine.check import check
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import Opened
from fedcli.engine.sql import Binder, clean, predicate
from fedcli.errors import FedcliError
from fedcli.model.dataset import Dictionary
from fedcli.model.predicate import Choice, Column, Comparison, Constant
from fedcli.model.vault import Source
from tests.laws.engines import opened, unsealed

OWN = [
    "' OR '1'='1",
    "a'); DROP TABLE data; --",
    "\"; ATTACH '/etc/passwd' AS x; --",
    "$p0",
    "?",
    ":name",
    "{{7*7}}",
    "%s%n",
    "\\",
    "\\'",
    "'" * 40,
    '"' * 41,
    "null",
    "NaN",
    "\uff46\uff55\uff4c\uff4c",
    "🧬🏥",
    "a\u0300",
    "\u00e0",
    " leading and trailing ",
]


def _fits(string: str) -> bool:
    """Whether a dictionary can have the string as a level."""
    column = {"type": "text", "levels": [string]}
    try:
        Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": {"t": column}}, "")
    except FedcliError:
        return False
    return True


def _in_batches(strings: Iterator[str] | list[str], size: int = 500) -> Iterator[list[str]]:
    found = [string for string in dict.fromkeys(strings) if _fits(string)]
    for start in range(0, len(found), size):
        yield found[start : start + size]


def injections(shared: Path) -> list[str]:
    """The lines of the published lists of SQL injections."""
    files = sorted(path for path in (shared / "vectors" / "sqli").rglob("*") if path.is_file())
    return [
        line
        for path in files
        if path.name != "LICENSE"
        for line in path.read_text(encoding="utf-8", errors="replace").splitlines()
    ]


def naughty(shared: Path) -> list[str]:
    """The big list of naughty strings."""
    return list(json.loads((shared / "vectors" / "blns" / "blns.json").read_text()))


def assert_values(strings: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """As levels, missing codes and literals the strings are found, one row each, by constant SQL."""
    levels, [code] = strings[:-1], strings[-1:]
    columns: dict[str, Any] = {"t": {"type": "text", "levels": levels, "missing": [code]}}
    dictionary = Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "naughty"
    )
    asked: list[str] = []
    ask = Opened.ask

    def noted(source: Opened, text: str, values: dict[str, Any]) -> list[tuple[Any, ...]]:
        asked.append(text)
        return ask(source, text, values)

    monkeypatch.setattr(Opened, "ask", noted)
    with opened(pa.table({"t": strings}), locked=True) as source:
        everyone = DuckRows(source, dictionary, None, frozenset({"t"}))
        cells = unsealed(everyone.counts(by=("t",)))[0].cells
        assert cells == {"count": (1,) * len(levels), "missing": (1,)}
        for start in range(0, len(levels), 100):
            some = levels[start : start + 100]
            choices = tuple(Constant(type="text", value=one[:64]) for one in some)
            cohort = Choice(of=Column(name="t"), choices=choices)
            inside = DuckRows(source, dictionary, cohort, frozenset({"t"}))
            expected = len({one for one in some if len(one) <= 64} | {one[:64] for one in some} & set(levels))
            assert sum(map(bool, unsealed(inside.counts(by=("t",)))[0].cells["count"])) == expected
    letters = "".join(asked)
    assert not [string for string in strings if len(string) > 12 and string in letters]


def test_our_own_strings(monkeypatch: pytest.MonkeyPatch) -> None:
    """Quotes, comments, placeholders and letters from everywhere."""
    for batch in _in_batches(OWN):
        assert len(batch) == len(OWN)
        assert_values(batch, monkeypatch)


def test_published_injections(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The lists that scanners use."""
    batches = list(_in_batches(injections(shared)))
    assert sum(map(len, batches)) > 500
    for batch in batches:
        assert_values(batch, monkeypatch)


def test_naughty_strings(shared: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The strings that break other programs."""
    batches = list(_in_batches(naughty(shared)))
    assert sum(map(len, batches)) > 200
    for batch in batches:
        assert_values(batch, monkeypatch)


def test_the_sql_of_a_literal_is_a_template(shared: Path) -> None:
    """Whatever the constant, the text is the same and the value is bound."""
    for string in [*OWN, *injections(shared), *naughty(shared)]:
        value = string[:64]
        binder = Binder()
        constant = Constant(type="text", value=value)
        assert predicate(Comparison(op="eq", left=Column(name="t"), right=constant), binder) == '("t." = $p0)'
        assert binder.values == {"p0": value}


def test_the_sql_of_a_missing_code_is_a_template() -> None:
    """Missing codes are bound too."""
    for string in OWN:
        columns = {"t": {"type": "text", "missing": [string]}}
        dictionary = Dictionary.read(
            {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test"
        )
        binder = Binder()
        text = clean("t", dictionary.columns["t"], False, binder)
        assert text == 'CASE WHEN "t" NOT IN ($p0) THEN "t" END'
        assert binder.values == {"p0": string}


def test_no_string_names_a_column(shared: Path) -> None:
    """A name of a column has letters, digits and underscores: there is nothing to escape."""
    strings = {*OWN, *injections(shared), *naughty(shared)}
    for string in strings:
        head = {"schema": "fedcli/dictionary/1", "dataset": "d"}
        try:
            named = Dictionary.read({**head, "columns": {string: {"type": "text"}}}, "a test")
        except (FedcliError, UnicodeEncodeError):
            continue
        assert set(named.columns) == {string}
        assert string.isascii()
        assert string.replace("_", "a").isalnum()


def test_words_of_sql_are_names_like_others() -> None:
    """A column may be called `select`."""
    names = ["select", "null", "order", "from", "true", "data", "cohort", "clean", "case", "p0", "one"]
    columns = {name: {"type": "integer", "levels": [0, 1]} for name in names}
    dictionary = Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test"
    )
    with opened(pa.table({name: [0, 1, 1] for name in names}), locked=True) as source:
        for name in names:
            one = Constant(type="integer", value=1)
            cohort = Comparison(op="eq", left=Column(name=name), right=one)
            rows = DuckRows(source, dictionary, cohort, frozenset({name}))
            assert unsealed(rows.counts(by=(name,)))[0].cells["count"] == (0, 2)
            assert unsealed(rows.moments((name,), by=(name,)))[0].cells["n"] == (0, 2)


def test_hostile_levels_are_checked_as_values(tmp_path: Path) -> None:
    """Holding data against a dictionary of hostile levels counts rows, and runs nothing."""
    levels = [string for string in OWN if _fits(string)]
    columns = {"t": {"type": "text", "levels": levels[1:], "missing": [levels[0]]}}
    dictionary = Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", "columns": columns}, "a test"
    )
    file = tmp_path / "empty"
    file.touch()
    source = Source(kind="duckdb", paths=(str(file),), table="t")
    with opened(pa.table({"t": [*levels, "'; --"]}), locked=True) as found:
        checked = check(found, dictionary, source, "00" * 32)
    assert [(one.code, one.column, one.rows) for one in checked.problems] == [("D-LEVEL", "t", 1)]
