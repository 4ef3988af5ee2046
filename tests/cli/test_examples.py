"""Every example of every command's help is run, in the homes that the demonstration leaves behind.

Each is run twice: as it stands, and with --format json, where the document has the schema of the command.
"""

from __future__ import annotations

import json
import shlex
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator
from typer.core import TyperGroup

from fedcli.workflows.answers import ANSWERS, answer_schema, names
from tests.cli.lines import document, told
from tests.cli.scenes import SCENES, Placed, stage
from tests.conftest import PLAYED
from tests.pages import walk
from tests.world import Ended, World

HELPS = {" ".join(path[1:]): command.help for path, command in walk() if not isinstance(command, TyperGroup)}


def examples(command: str) -> list[str]:
    """The lines of a command's help that can be copied."""
    after = HELPS[command].partition("Examples:\n")[2].partition("\n\n")[0]
    return [line.strip() for line in after.splitlines() if line.strip()]


def test_every_command_has_a_scene_and_a_schema() -> None:
    """No command is left out of the tables, and none is there that is gone."""
    assert set(SCENES) | {"demo"} == set(HELPS) == set(ANSWERS)


@pytest.mark.parametrize("command", HELPS)
def test_two_examples(command: str) -> None:
    """Every command shows at least two lines, different ones."""
    assert len(set(examples(command))) == len(examples(command)) >= 2


@dataclass(frozen=True)
class Line:
    """An example as it is typed here: its words, the file that its output goes to, and how it must end."""

    text: str
    words: list[str]
    target: Path | None
    appends: bool
    exit: int


def _lines(command: str, world: World) -> Iterator[Line]:
    scene = SCENES[command]
    placed = Placed.of(world, scene.home)
    for place, example in enumerate(examples(command)):
        typed, arrow, file = example.partition(" >")
        words = [placed.word(word) for word in shlex.split(typed)[1:]]
        home = ["--home", scene.home] if scene.home and "--home" not in words else []
        target = world.folder / file.lstrip("> ") if arrow else None
        yield Line(example, [*home, *words], target, file.startswith(">"), scene.exits.get(place, 0))


@pytest.fixture
def staged(played: Path, tmp_path: Path) -> World:
    """The stage, where nothing has happened yet."""
    return stage(played / "demo", tmp_path / "stage")


@pytest.mark.parametrize("command", SCENES)
def test_examples_run(command: str, staged: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line of the help does what it says, one after another, and ends as it should."""
    monkeypatch.chdir(staged.folder)
    SCENES[command].before(staged)
    for line in _lines(command, staged):
        ended = staged.cli(*line.words)
        assert ended.exit == line.exit, f"{line.text}\n{ended.text}"
        assert ended.out.strip() or "--quiet" in line.words, line.text
        assert "error[" not in ended.err, line.text
        if line.target is not None:
            with line.target.open("a" if line.appends else "w") as file:
                file.write(ended.out)


@pytest.mark.parametrize("command", SCENES)
def test_examples_answer_in_their_schema(
    command: str, staged: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With --format json each answers one document, of the command's schema and of that of all commands."""
    monkeypatch.chdir(staged.folder)
    SCENES[command].before(staged)
    lines = list(_lines(command, staged))
    for line in lines[:1] if SCENES[command].slow else lines:
        if not {"csv", "sarif"} & set(line.words):
            ended = staged.cli(*line.words, "--format", "json")
            assert ended.exit == line.exit, f"{line.text}\n{ended.text}"
            _valid(command, document(Ended(ended.exit, ended.out, "")))


def _valid(command: str, answer: dict[str, Any]) -> None:
    assert answer["command"] == command
    assert answer["data"], "nothing is told"
    for name in ("cli", f"cli-{command.replace(' ', '-')}"):
        problems = [
            problem.message for problem in Draft202012Validator(answer_schema(name)).iter_errors(answer)
        ]
        assert problems == [], f"{name}: {json.dumps(answer)[:2000]}"


def test_the_examples_of_demo(played: Path, tmp_path: Path) -> None:
    """The first has set the stage; the second plays another scenario, which leaves nothing behind."""
    first, second = examples("demo")
    assert first == PLAYED
    _valid("demo", json.loads((played / "told.json").read_text()))
    ended = told(tmp_path, *shlex.split(second)[1:], "--format", "json")
    assert (ended.exit, list(tmp_path.iterdir())) == (0, [])
    _valid("demo", json.loads(ended.out))


@pytest.mark.parametrize("name", names())
def test_a_failure_has_the_schema_too(name: str) -> None:
    """A document without data is one, and one with a key that nobody knows is none."""
    command = name.removeprefix("cli").removeprefix("-")
    words = next((one for one in ANSWERS if one.replace(" ", "-") == command), "x")
    failed = {"schema": "fedcli/cli/1", "command": words, "status": "usage", "exit": 2, "code": "U-USAGE"}
    failed |= {"message": "m", "hint": "h", "data": {}, "warnings": []}
    valid = Draft202012Validator(answer_schema(name))
    assert valid.is_valid(failed)
    assert not valid.is_valid({**failed, "more": 1})
    assert not valid.is_valid({**failed, "exit": 11})
    if name != "cli":
        assert not valid.is_valid({**failed, "data": {"a": 1}})
        assert not valid.is_valid({**failed, "command": "y"})
