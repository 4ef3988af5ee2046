"""An audit in the forms of CI services: valid by their rules, and deaf to what hostile names say."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path
from typing import Any
from urllib.parse import unquote
from xml.etree import ElementTree

import pytest
from jsonschema import Draft7Validator

from fedcli.model.rulebook import RULEBOOK
from tests.world import Ended, World

#: The parts of the schema of SARIF 2.1.0 (OASIS, errata 01) that a log of ours uses, with what they require.
_TEXT = {"type": "object", "required": ["text"], "properties": {"text": {"type": "string", "minLength": 1}}}
_LEVEL = {"enum": ["none", "note", "warning", "error"]}
_RULE = {
    "type": "object",
    "required": ["id"],
    "properties": {
        "id": {"type": "string"},
        "shortDescription": _TEXT,
        "help": _TEXT,
        "defaultConfiguration": {
            "type": "object",
            "properties": {"level": _LEVEL},
            "additionalProperties": False,
        },
        "properties": {"type": "object", "properties": {"tags": {"type": "array", "uniqueItems": True}}},
    },
    "additionalProperties": False,
}
_PLACE = {
    "type": "object",
    "required": ["physicalLocation"],
    "properties": {
        "physicalLocation": {
            "type": "object",
            "required": ["artifactLocation"],
            "properties": {
                "artifactLocation": {
                    "type": "object",
                    "properties": {"uri": {"type": "string", "pattern": r"^[A-Za-z0-9/._~%:+-]+$"}},
                    "additionalProperties": False,
                }
            },
            "additionalProperties": False,
        }
    },
    "additionalProperties": False,
}
_RESULT = {
    "type": "object",
    "required": ["message", "ruleId", "ruleIndex", "level"],
    "properties": {
        "ruleId": {"type": "string"},
        "ruleIndex": {"type": "integer", "minimum": 0},
        "level": _LEVEL,
        "message": _TEXT,
        "locations": {"type": "array", "items": _PLACE, "minItems": 1},
        "partialFingerprints": {"type": "object", "additionalProperties": {"type": "string"}},
    },
    "additionalProperties": False,
}
_DRIVER = {
    "type": "object",
    "required": ["name"],
    "properties": {
        "name": {"type": "string"},
        "semanticVersion": {"type": "string", "pattern": r"^\d+\.\d+\.\d+"},
        "rules": {"type": "array", "items": _RULE, "uniqueItems": True},
    },
    "additionalProperties": False,
}
SARIF = {
    "type": "object",
    "required": ["version", "runs"],
    "properties": {
        "$schema": {"type": "string", "format": "uri"},
        "version": {"const": "2.1.0"},
        "runs": {
            "type": "array",
            "minItems": 1,
            "items": {
                "type": "object",
                "required": ["tool"],
                "properties": {
                    "tool": {
                        "type": "object",
                        "required": ["driver"],
                        "properties": {"driver": _DRIVER},
                        "additionalProperties": False,
                    },
                    "columnKind": {"enum": ["utf16CodeUnits", "unicodeCodePoints"]},
                    "results": {"type": "array", "items": _RESULT},
                },
                "additionalProperties": False,
            },
        },
    },
    "additionalProperties": False,
}
#: Names that would end a line, close a quote, or be a command, where they are not escaped.
HOSTILE = (
    "a\n::error file=x::injected.parquet",
    "b::error::injected,title=x.parquet",
    "c\x1b[31m\x07\x9b.parquet",
    'd"><failure>&amp;]]><!--.parquet',
    "e%0A%25.parquet",
    "f:http:,y=1.parquet",
    "g\r\u2028\u202e\ufeff.parquet",
    "h \udcff.parquet",
)


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A folder whose files have hostile names."""
    folder = tmp_path / "repository"
    folder.mkdir()
    for name in HOSTILE:
        (folder / os.fsencode(name).decode("utf-8", "surrogateescape")).write_text("x")
    return folder


def told(folder: Path, form: str, *more: str) -> Ended:
    """The audit of a repository below a folder, in a form."""
    return World(folder).cli("audit", "check", "repository", "--format", form, *more)


def _findings(folder: Path) -> list[dict[str, Any]]:
    return json.loads(told(folder, "json").out)["data"]["findings"]


def test_all_forms_tell_the_same(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As many findings, the same exit code, and nothing else on stdout."""
    monkeypatch.chdir(tmp_path)
    findings = _findings(tmp_path)
    assert len(findings) == len(HOSTILE)
    log = json.loads(told(tmp_path, "sarif").out)
    assert [one["ruleId"] for one in log["runs"][0]["results"]] == [one["rule"] for one in findings]
    suites = ElementTree.fromstring(told(tmp_path, "junit").out)
    assert len(suites.findall(".//failure")) == len(findings)
    assert told(tmp_path, "github").out.count("\n::error ") == len(findings) - 1
    assert {told(tmp_path, form).exit for form in ("text", "json", "sarif", "junit", "github")} == {10}


def test_sarif_is_valid(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the rules of its schema; a result has its rule, a relative URI, and a print that stays the same."""
    monkeypatch.chdir(tmp_path)
    first, again = (json.loads(told(tmp_path, "sarif").out) for _ in range(2))
    assert [one.message for one in Draft7Validator(SARIF).iter_errors(first)] == []
    assert first == again
    [run] = first["runs"]
    rules = [one["id"] for one in run["tool"]["driver"]["rules"]]
    assert rules == list(RULEBOOK)
    for one in run["results"]:
        assert rules[one["ruleIndex"]] == one["ruleId"]
        uri = one["locations"][0]["physicalLocation"]["artifactLocation"]["uri"]
        assert uri.startswith("repository/") and unquote(uri).isprintable()
    prints = [one["partialFingerprints"]["finding/v1"] for one in run["results"]]
    assert len(set(prints)) == len(prints)


def test_the_schema_refuses(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The control of the schema above."""
    monkeypatch.chdir(tmp_path)
    log = json.loads(told(tmp_path, "sarif").out)
    for place, key in ((log, "version"), (log["runs"][0], "tool"), (log["runs"][0]["results"][0], "message")):
        kept = place.pop(key)
        assert not Draft7Validator(SARIF).is_valid(log)
        place[key] = kept
    assert Draft7Validator(SARIF).is_valid(log)


def test_junit_is_xml(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One case for each rule that is silent and each finding; the counts are those of the cases."""
    monkeypatch.chdir(tmp_path)
    suites = ElementTree.fromstring(told(tmp_path, "junit").out)
    [suite] = suites
    cases = suite.findall("testcase")
    assert {case.tag for case in suite} == {"testcase"}
    assert int(suite.attrib["tests"]) == len(cases) == len(RULEBOOK) - 1 + len(HOSTILE)
    assert int(suite.attrib["failures"]) == len(HOSTILE)
    assert all(set(case.attrib) == {"classname", "name"} for case in cases)
    for failure in suite.iter("failure"):
        assert failure.attrib["message"] and failure.text


def test_github_takes_no_orders(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line for each finding, of two properties; no name adds a command, a property or an escape code."""
    monkeypatch.chdir(tmp_path)
    *lines, last = told(tmp_path, "github").out.rstrip("\n").split("\n")
    assert re.fullmatch(r"\d+ findings in \d+ files", last)
    assert len(lines) == len(HOSTILE)
    for line in lines:
        assert re.fullmatch(r"::error file=[^:,]+,title=data-file::[^\r\n]+", line), line
        assert not re.search(r"[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e]", line), line
        assert not re.search(r"%(?!25|0A|0D|3A|2C)", line), line


def test_text_has_no_escape_codes(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal a name is as deaf."""
    monkeypatch.chdir(tmp_path)
    assert not re.search(r"[\x00-\x09\x0b-\x1f\x7f-\x9f]", told(tmp_path, "text").out)


def test_a_clean_folder(repository: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In JUnit a clean folder has a case for each rule, and no failure; in GitHub's form it has one line."""
    monkeypatch.chdir(tmp_path)
    for path in repository.iterdir():
        path.unlink()
    ended = told(tmp_path, "junit")
    assert ended.exit == 0
    assert len(ElementTree.fromstring(ended.out).findall(".//testcase")) == len(RULEBOOK)
    assert told(tmp_path, "github").out == "0 findings in 0 files\n"


@pytest.mark.parametrize("command", [["ledger", "show"], ["verify", "x"], ["report", "q-1"]])
def test_other_commands_have_no_such_form(command: list[str], tmp_path: Path) -> None:
    """A form that a command does not have is a mistake."""
    assert World(tmp_path).cli(*command, "--format", "sarif").exit == 2


def test_a_head_needs_a_site_and_a_file(tmp_path: Path) -> None:
    """And an exchange needs somebody who says which federation it is."""
    (tmp_path / "repository").mkdir()
    assert told(tmp_path, "text", "--head", "north").exit == 2
    (tmp_path / "federation").mkdir()
    (tmp_path / "federation" / "0001.root.json").write_text("{}")
    ended = World(tmp_path).cli("audit", "check", str(tmp_path), "--format", "json")
    assert (ended.exit, ended.document["code"]) == (2, "U-PIN")
    assert World(tmp_path).cli("audit", "check").exit == 2
    ended = World(tmp_path).cli("audit", "check", "nowhere", "--format", "json")
    assert (ended.exit, ended.document["code"]) == (2, "F-MISSING")


def test_the_demonstration_is_clean(played: Path) -> None:
    """The whole federation that the demonstration leaves: from its exchange, and from each home."""
    world = World(played / "demo")
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    for line in (
        [str(world.exchange), "--pin", pin],
        *([str(world.folder / home)] for home in ("north", "south", "east", "researcher", "federation")),
    ):
        ended = world.ok("audit", "check", *line, "--fail-on", "note", "--format", "json")
        assert ended.data["findings"] == []
        assert (ended.data["releases"], len(ended.data["heads"])) == (12, 3)
