"""Pages of help: every topic and every command, offline, in words that are true of the program."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from fedcli.language import formula
from fedcli.language.expression import _FUNCTIONS
from fedcli.model.policy import Policy
from fedcli.workflows.forms import FORMS
from tests.cli.lines import INNARDS, STATUS, document, error, told
from tests.pages import walk

KNOWN = {tuple(path[1:]): command for path, command in walk()}


def _topics(here: Path) -> dict[str, str]:
    topics: dict[str, str] = document(told(here, "help", "--format", "json"))["data"]["topics"]
    return topics


def _page(here: Path, name: str) -> str:
    ended = told(here, "help", name)
    assert (ended.exit, ended.err) == (0, "")
    return ended.out


def test_topics_are_listed(here: Path) -> None:
    """Without a topic the command lists all of them with what they are about."""
    text, topics = told(here, "help").out, _topics(here)
    assert {"formula", "cohort", "exit-codes", "rounds", "releases", "policy-file", "files"} <= set(topics)
    assert [f"{name:<12}  {about}" for name, about in topics.items()] == text.splitlines()[2:]
    assert all(re.fullmatch(r"[A-Z].*\.", about) for about in topics.values())


def test_pages_are_readable(here: Path) -> None:
    """Each fits the terminal, speaks of no innards, and is the same as JSON."""
    for name in _topics(here):
        page = _page(here, name)
        assert [line for line in page.splitlines() if len(line) > 84] == [], name
        assert INNARDS.findall(re.sub(r"fedcli\.(toml|read)", "", page)) == [], name
        data = document(told(here, "help", name, "--format", "json"))["data"]
        assert (data["topic"], data["text"].rstrip()) == (name, page.rstrip())


def test_commands_in_pages_exist(here: Path) -> None:
    """A line that begins with a command, or quotes one, names commands and options that there are."""
    found = []
    for name in _topics(here):
        page = _page(here, name)
        lines = re.findall(r"^  (fedcli .*?)(?:   .*)?$|\"(fedcli [^\"]*)\"", page, re.M)
        found += [" ".join((bare or quoted).split()) for bare, quoted in lines]
    assert len(found) > 20
    for line in found:
        _check(shlex.split(line)[1:])


def _check(words: list[str]) -> None:
    deepest = max((size for size in range(4) if tuple(words[:size]) in KNOWN), default=0)
    assert deepest, words
    command: Any = KNOWN[tuple(words[:deepest])]
    options = {option for one in command.params for option in one.opts} | {"--help"}
    assert [word for word in words if word.startswith("-") and word not in options] == [], words


@pytest.mark.parametrize("words", [*KNOWN], ids=" ".join)
def test_help_of_a_command(here: Path, words: tuple[str, ...]) -> None:
    """`help` followed by a command is that command's --help."""
    assert told(here, "help", *words).out.split() == told(here, *words, "--help").out.split()


def test_formulas_and_cohorts_are_told_whole(here: Path) -> None:
    """The pages name every function that the two languages have."""
    page = _page(here, "formula")
    assert [one for one in (*formula.FUNCTIONS, "pow", "scale", "C") if f"{one}(" not in page] == []
    assert [one for one in _FUNCTIONS.values() if f"{one}(" not in _page(here, "cohort")] == []


def test_other_pages_are_told_whole(here: Path) -> None:
    """Exit codes, tables of a policy, and forms that people write: none is left out, and none is invented."""
    codes = re.findall(r"^ +(\d+)  (\w+)", _page(here, "exit-codes"), re.M)
    assert {int(code): word for code, word in codes} == STATUS
    tables = re.findall(r"^  \[(\w+)\]", _page(here, "policy-file"), re.M)
    assert tables == [name for name in Policy.model_fields if name in tables]
    assert set(tables) >= {"disclosure", "admission", "privacy", "limits", "visibility"}
    assert {"query", "dictionary", "policy", "home"} <= set(FORMS)


@pytest.mark.parametrize(
    ("name", "said"), [("formla", "did you mean formula?"), ("zzz", "lists"), ("query nothing", "lists")]
)
def test_an_unknown_topic(here: Path, name: str, said: str) -> None:
    """What there is no help on ends with 2, and says what was meant or how to find it."""
    ended = told(here, "help", *name.split())
    assert ended.exit == 2
    assert "U-TOPIC" in error(ended)
    assert said in ended.err
