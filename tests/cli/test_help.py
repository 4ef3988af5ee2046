"""Help: every command says what it is for, shows how, and fits the terminal."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest
from typer.core import TyperCommand, TyperGroup

from tests.cli.lines import INNARDS, PROJECT, told
from tests.pages import walk

COMMANDS = [path[1:] for path, command in walk() if not isinstance(command, TyperGroup)]
GROUPS = [path[1:] for path, command in walk() if isinstance(command, TyperGroup)]


def _id(words: list[str]) -> str:
    return " ".join(words) or "fedcli"


def _help(here: Path, words: list[str]) -> str:
    ended = told(here, *words, "--help")
    assert (ended.exit, ended.err) == (0, "")
    return ended.out


def _examples(text: str) -> list[str]:
    after = text.partition("\n  Examples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in after.splitlines() if line]


def test_there_are_commands() -> None:
    """The tables below are of the whole tree."""
    assert len(COMMANDS) >= 40
    assert ["federation", "member", "add"] in COMMANDS
    assert ["federation", "member"] in GROUPS


@pytest.mark.parametrize("words", [*COMMANDS, *GROUPS], ids=_id)
def test_a_summary(here: Path, words: list[str]) -> None:
    """The first words after the usage are whole sentences."""
    usage, summary, *_ = _help(here, words).split("\n\n")
    assert usage.startswith(f"Usage: fedcli {_id(words)} ")
    assert re.fullmatch(r"[A-Z][^\n]*(\n[^\n]+)*[.)]", summary.strip()), summary


@pytest.mark.parametrize("words", COMMANDS, ids=_id)
def test_examples(here: Path, words: list[str]) -> None:
    """Every command shows at least one line to copy, which calls this command."""
    examples = _examples(_help(here, words))
    assert examples
    assert [line for line in examples if not f"{line} ".startswith(f"fedcli {_id(words)} ")] == []


@pytest.mark.parametrize("words", COMMANDS, ids=_id)
def test_examples_are_understood(here: Path, words: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """Every example has the options and arguments that the command takes."""
    called: list[str] = []
    monkeypatch.setattr(TyperCommand, "invoke", lambda self, context: called.append(context.command_path))
    examples = _examples(_help(here, words))
    for line in examples:
        ended = told(here, *shlex.split(line.partition(" >")[0])[1:])
        assert ended.exit == 0, ended.err
    assert called == [f"fedcli {_id(words)}"] * len(examples)


@pytest.mark.parametrize("words", [[], *COMMANDS, *GROUPS], ids=_id)
def test_no_line_is_too_wide(here: Path, words: list[str]) -> None:
    """Help is set for 80 columns, its examples too."""
    assert [line for line in _help(here, words).splitlines() if len(line) > 80] == []


@pytest.mark.parametrize("words", [[], *GROUPS], ids=_id)
def test_nothing_is_cut(here: Path, words: list[str]) -> None:
    """Where stdout is no terminal, the list of commands has their whole summaries."""
    assert "..." not in _help(here, words).replace("[ARGS]...", "")


@pytest.mark.parametrize("words", [[], *COMMANDS, *GROUPS], ids=_id)
def test_no_innards(here: Path, words: list[str]) -> None:
    """Help speaks of the work, not of the program; and has no escape codes."""
    text = _help(here, words)
    assert "\x1b" not in text
    assert INNARDS.findall(text.replace("fedcli.toml", "")) == []


def test_the_top(here: Path) -> None:
    """Help without a command tells the global options and every exit code that a script can meet."""
    text = " ".join(_help(here, []).split())
    for option in ("--home", "--format text|json", "-q", "-v", "--color", "--key", "--version"):
        assert option in text
    for code in ("0 done", "2 usage", "3 invalid", "4 refused", "6 integrity", "8 pending", "75 busy"):
        assert code in text


@pytest.mark.parametrize("words", [[], *GROUPS], ids=_id)
def test_no_command(here: Path, words: list[str]) -> None:
    """A group without a command shows its help on stderr, with the code of a mistake."""
    ended = told(here, *words)
    assert (ended.exit, ended.out) == (2, "")
    assert f"Usage: fedcli {_id(words)}".replace("fedcli fedcli", "fedcli") in ended.err


def test_every_command_is_in_the_page(here: Path) -> None:
    """docs/cli.md has a section for each command and none for another."""
    page = (PROJECT / "docs" / "cli.md").read_text()
    sections = re.findall(r"^##+ fedcli (.+)$", page, re.MULTILINE)
    assert sorted(sections) == sorted(_id(words) for words in [*COMMANDS, *GROUPS])
