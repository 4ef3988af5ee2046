"""Sizes that keep the code readable. A limit is raised with a reason or not at all."""

from __future__ import annotations

import ast
import statistics

from tests.architecture.source import ROOT, trees

FILE_LINES = 400
FUNCTION_LINES = 60
EXCEPTIONS = {"errors/catalogue.py": "one table of data: every code with its texts"}


def functions() -> list[tuple[str, int]]:
    """Every function with its length in lines."""
    return [
        (f"{module}:{node.name}", (node.end_lineno or 0) - node.lineno + 1)
        for module, tree in trees().items()
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
    ]


def lines(prefix: str = "") -> int:
    """The lines of the modules below a folder."""
    return sum(
        len((ROOT / module).read_text().splitlines()) for module in trees() if module.startswith(prefix)
    )


def test_files_are_one_idea() -> None:
    """No file above 400 lines without a reason."""
    long = {module for module in trees() if len((ROOT / module).read_text().splitlines()) > FILE_LINES}
    assert long == set(EXCEPTIONS)


def test_functions_are_short() -> None:
    """The median function has about ten lines, and none is very long."""
    found = functions()
    assert [name for name, length in found if length > FUNCTION_LINES] == []
    assert statistics.median(length for _, length in found) <= 12


def test_commands_are_thin() -> None:
    """The counter is a small part of the house, although every command's help is in it."""
    assert lines("commands/") < 0.10 * lines()


def test_no_cellar_for_odds_and_ends() -> None:
    """A room for everything that has no room is no room."""
    assert not [module for module in trees() if "util" in module or "helper" in module or "common" in module]
