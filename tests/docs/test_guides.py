"""The guides name commands and options that exist, codes that exist, and every field of a release."""

from __future__ import annotations

import json
import re
import shlex
from typing import Any

import pytest

from fedcli.model.release import Answered, Release
from fedcli.workflows.codes import codes
from tests import pages

DOCS = pages.PROJECT / "docs"
GUIDES = (
    "quickstart.md",
    "guide-researcher.md",
    "guide-site.md",
    "guide-auditor.md",
    "operations.md",
    "what-leaves.md",
)
EVERYWHERE = {"--home", "--format", "--key", "-q"}


def _lines(text: str) -> list[str]:
    """Every command line of fedcli in the code of a page."""
    code = "\n".join(re.findall(r"^```(?:console|sh)\n(.*?)^```", text, re.DOTALL | re.MULTILINE))
    return re.findall(r"(?:^\$ |^ *|\()(fedcli .*?)(?:  +#.*| \\| \|.*| > .*)?$", code, re.MULTILINE)


@pytest.mark.parametrize("page", GUIDES)
def test_commands_and_options_exist(page: str) -> None:
    """Each line is a command of the program, with options that it has."""
    known: dict[tuple[str, ...], Any] = {tuple(path): command for path, command in pages.walk()}
    for line in _lines((DOCS / page).read_text()):
        words = shlex.split(line)
        if words[1] == "--home":
            del words[1:3]
        deepest = max(
            (words[:size] for size in (2, 3, 4) if tuple(words[:size]) in known), key=len, default=None
        )
        assert deepest is not None, line
        command = known[tuple(deepest)]
        assert not getattr(command, "commands", None), f"a group without its command: {line}"
        options = {option for one in command.params for option in one.opts} | EVERYWHERE
        for word in words:
            assert not word.startswith("-") or word in options, f"{word} in {line}"


@pytest.mark.parametrize("page", GUIDES)
def test_codes_exist(page: str) -> None:
    """Each code in a page is one of the catalogue."""
    known = {one.code for one in codes().codes}
    assert set(re.findall(r"`([A-Z]-[A-Z-]+)`", (DOCS / page).read_text())) <= known


def test_every_field_of_a_release_is_told() -> None:
    """The statement and the sealed half on the page have the fields of the forms, each in a table."""
    text = (DOCS / "what-leaves.md").read_text()
    statement, answered = (json.loads(one) for one in re.findall(r"^```json\n(.*?)^```", text, re.M | re.S))
    noisy = {"privacy", "noise", "due"}  # not in this answer, which is exact, and of a query asked once
    fields = {field.alias or name for name, field in Release.model_fields.items()}
    assert set(statement) == fields - noisy
    assert set(answered) | {"rounding"} == set(Answered.model_fields) - noisy
    told = {name for row in re.findall(r"^\| (`.*?) \|", text, re.M) for name in re.findall(r"`(\w+)`", row)}
    assert fields - {"schema"} | set(Answered.model_fields) - {"outcome"} == told
