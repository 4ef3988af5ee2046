"""The page is current, says every rule and example, and can be found out of date."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcli.policy.ontology import CHECKS
from tests.spec import __main__ as command
from tests.spec.checks import CHECKED
from tests.spec.page import PAGE, page
from tests.spec.topics import GATED, TOTALS
from tests.spec.values import FROM_VALUES


def test_the_page_is_current() -> None:
    """`python -m tests.spec` would change nothing."""
    assert command.main(["--check"]) == 0, "python -m tests.spec"


def test_the_page_is_the_same_each_time() -> None:
    """No order of a set, no moment, no path."""
    assert page() == page()
    assert PAGE.read_text(encoding="utf-8") == page()


def test_a_page_that_is_not_current_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Missing, or another number: exit 1; written anew, exit 0."""
    other = tmp_path / "rules.md"
    monkeypatch.setattr(command, "PAGE", other)
    assert command.main(["--check"]) == 1
    other.write_text(page().replace("[0 to 9]", "[0 to 8]", 1), encoding="utf-8")
    assert command.main(["--check"]) == 1
    assert "not current" in capsys.readouterr().out
    assert command.main([]) == command.main(["--check"]) == 0


def test_every_rule_and_example_is_on_the_page() -> None:
    """A section for each check, a line for each example."""
    lines = page().splitlines()
    for name in CHECKS:
        assert f"## {name}" in lines
    told = [one.why for examples in (CHECKED | GATED).values() for one in examples]
    for why in [*told, *(one.why for one in TOTALS), *(one.why for one in FROM_VALUES)]:
        assert any(line.startswith(f"| {why} | ") for line in lines), why


def test_the_page_is_made_of_tables_that_are_whole() -> None:
    """Every line of a table has as many cells as its head."""
    widths: list[int] = []
    for line in page().splitlines():
        widths = [*widths, line.count("|")] if line.startswith("|") else []
        assert len(set(widths)) <= 1, line
