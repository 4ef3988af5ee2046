"""Codes and forms: every one is explained offline, documented, and ends as the contract says."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.lines import INNARDS, PROJECT, STATUS, document, error, told

FORMS = sorted(path.name.removesuffix(".schema.json") for path in (PROJECT / "schemas").glob("*.json"))


@pytest.fixture(scope="module")
def codes(tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """The whole catalogue, as `fedcli explain` tells it."""
    ended = told(tmp_path_factory.mktemp("codes"), "explain", "--format", "json")
    return {one["code"]: one for one in document(ended)["data"]["codes"]}


def test_all_are_told(codes: dict[str, dict[str, Any]], here: Path) -> None:
    """Without a code the command lists all of them, one in a line."""
    listed = [line.split()[0] for line in told(here, "explain").out.splitlines()[1:]]
    assert listed == list(codes)
    assert len(codes) > 100


def test_all_can_be_explained(codes: dict[str, dict[str, Any]], here: Path) -> None:
    """Each code has a page of its own, in text with all its sentences, and the same as JSON."""
    for code, listed in codes.items():
        text = told(here, "explain", code)
        assert (text.exit, text.err) == (0, ""), code
        assert [listed[key] for key in ("message", "fix", "why") if listed[key] not in text.out] == [], code
        assert document(told(here, "explain", code.lower(), "--format", "json"))["data"] == listed


def test_exit_codes_are_those_of_the_contract(codes: dict[str, dict[str, Any]]) -> None:
    """Status and exit code of each code go together, and no failure ends with 0."""
    assert {code for code, one in codes.items() if STATUS.get(one["exit"]) != one["status"]} == set()
    assert {code for code, one in codes.items() if one["exit"] == 0} == set()


def test_each_is_in_the_page(codes: dict[str, dict[str, Any]]) -> None:
    """docs/errors.md has each code with its exit, and no other."""
    page = (PROJECT / "docs" / "errors.md").read_text()
    told_there = re.findall(r"^### (\S+)\n\nExit (\d+) \((\w+)\): `(.*)`\n\n\*\*Do:\*\* `(.*)`$", page, re.M)
    keys = ("code", "exit", "status", "message", "fix")
    assert sorted(told_there) == sorted(tuple(str(one[key]) for key in keys) for one in codes.values())


def test_exit_codes_are_in_the_page() -> None:
    """docs/cli.md has the table of exit codes with their words."""
    page = (PROJECT / "docs" / "cli.md").read_text()
    table = dict(re.findall(r"^\| (\d+) \| (\w+) \|", page, re.M))
    assert {int(code): word for code, word in table.items()} == STATUS


def test_every_code_has_a_remedy(codes: dict[str, dict[str, Any]]) -> None:
    """Each code says what happened, what to do and why it is so, in different words."""
    for code, one in codes.items():
        assert len(one["message"]) > 5, code
        assert len(one["fix"]) > 5, code
        assert len(one["why"]) > 15, code
        assert len({one["message"], one["fix"], one["why"]}) == 3, code


def test_codes_do_not_speak_of_the_program(codes: dict[str, dict[str, Any]]) -> None:
    """No text has a class name, a module or a path of the program."""
    texts = {code: " ".join((one["message"], one["fix"], one["why"])) for code, one in codes.items()}
    assert {code: INNARDS.findall(text) for code, text in texts.items() if INNARDS.search(text)} == {}


def test_commands_in_remedies_exist(codes: dict[str, dict[str, Any]], here: Path) -> None:
    """A remedy that names a command names one that there is."""
    named = {
        words
        for one in codes.values()
        for words in re.findall(
            r'"fedcli ([a-z]+(?:-[a-z]+)*(?: [a-z]+(?:-[a-z]+)*)*)', one["fix"] + one["why"]
        )
    }
    assert len(named) > 10
    for words in sorted(named):
        assert told(here, *words.split(), "--help").exit == 0, words


def test_the_pattern_of_innards_finds_them() -> None:
    """The control: what must not be told is found where it is told."""
    for text in ("KeyError: 'x'", "Traceback (most recent", "at app.py:12", "fedcli.workflows.run", "None"):
        assert INNARDS.search(f"it said {text}"), text
    assert not INNARDS.search("fedcli.toml holds no key; run fedcli explain, see docs")


@pytest.mark.parametrize("name", ["Z-NOTHING", "D", "error[D-REFUSED]", "../../etc/passwd"])
def test_an_unknown_code(here: Path, name: str) -> None:
    """What is no code ends with 2 and says how to find one."""
    ended = told(here, "explain", name)
    assert ended.exit == 2
    assert "U-CODE" in error(ended)
    assert 'fedcli explain"' in ended.err or "did you mean" in ended.err


def test_what_is_typed_from_a_message(here: Path) -> None:
    """A code copied with its brackets gets the code that was meant."""
    assert "D-REFUSED" in told(here, "explain", "[D-REFUSED]").text


# Forms.


def test_there_are_forms() -> None:
    """The forms that people write are among those kept in schemas/."""
    assert {"query", "dictionary", "policy", "home"} <= set(FORMS)


@pytest.mark.parametrize("name", FORMS)
def test_a_form(here: Path, name: str) -> None:
    """`fedcli schema NAME` prints the file of schemas/, and the same as JSON."""
    kept = (PROJECT / "schemas" / f"{name}.schema.json").read_text()
    assert told(here, "schema", name).out == kept
    data = document(told(here, "schema", name, "--format", "json"))["data"]
    assert json.loads(kept) in data.values()


def test_the_list_of_forms(here: Path) -> None:
    """An unknown form gets the list of those that there are."""
    ended = told(here, "schema", "nothing")
    listed = re.search(r"take one of: (.*)", ended.err)
    assert listed is not None
    files = [name for name in FORMS if not name.startswith("cli-")]
    assert sorted(listed[1].split(", ")) == sorted([*files, "cli-COMMAND"])


@pytest.mark.parametrize("name", FORMS)
def test_a_form_is_a_schema(name: str) -> None:
    """Each is a valid JSON Schema of draft 2020-12."""
    from jsonschema import Draft202012Validator

    schema = json.loads((PROJECT / "schemas" / f"{name}.schema.json").read_text())
    assert schema["$schema"] == Draft202012Validator.META_SCHEMA["$id"]
    Draft202012Validator.check_schema(schema)
