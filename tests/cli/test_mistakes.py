"""Mistakes on the command line: 2, what is near, what to do; as text and as JSON."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from tests.cli.lines import INNARDS, document, error, told
from tests.world import SAMPLE, World, query_text

MISTAKES: dict[str, list[str]] = {
    "unknown command": ["bogus"],
    "unknown command of a group": ["query", "bogus"],
    "unknown command of a group in a group": ["federation", "member", "bogus"],
    "unknown option": ["explain", "--bogus"],
    "unknown short option": ["explain", "-x"],
    "unknown global option": ["--bogus", "explain"],
    "wrong format": ["explain", "--format", "xml"],
    "wrong format before": ["--format", "xml", "explain"],
    "wrong colour": ["explain", "--color", "blue"],
    "no number": ["combine", "q-1", "--min-sites", "x"],
    "number out of range": ["combine", "q-1", "--min-sites", "0"],
    "no date": ["approval", "grant", "q-1", "--reason", "x", "--expires", "soon"],
    "no length of time": ["run", "--pending", "--max-runtime", "soon"],
    "no time of day": ["schedule", "show", "--cron", "--at", "25:00"],
    "missing argument": ["report"],
    "missing option": ["approval", "grant", "q-1"],
    "missing value": ["explain", "--home"],
    "one argument too many": ["explain", "D-REFUSED", "D-MISSING"],
    "nothing to run": ["run"],
    "both": ["run", "q-1", "--pending"],
    "unknown code": ["explain", "Z-NOTHING"],
    "unknown schema": ["schema", "nothing"],
    "unknown profile": ["policy", "show", "nothing"],
    "unknown scenario": ["demo", "--scenario", "nothing"],
    "not a name": ["init", "site", "Not A Name"],
    "no home": ["run", "--pending"],
    "not a home": ["ledger", "show", "--home", "."],
    "no file": ["rehearse", "query.toml", "--data", ".", "--dictionary", "x.toml"],
    "empty word": [""],
}


@pytest.mark.parametrize("line", MISTAKES.values(), ids=MISTAKES)
def test_as_text(here: Path, line: list[str]) -> None:
    """A mistake ends with 2; it is told on stderr in few lines, with a remedy."""
    ended = told(here, *line)
    assert ended.exit == 2
    assert INNARDS.findall(error(ended)) == []


@pytest.mark.parametrize("line", MISTAKES.values(), ids=MISTAKES)
def test_as_json(here: Path, line: list[str]) -> None:
    """A mistake is one document as well, with the sentences of the text and no data."""
    chosen = [] if "--format" in line else ["--format", "json"]
    ended = told(here, *chosen, *line, FEDCLI_FORMAT="json" if not chosen else "")
    told_so = document(ended)
    text = error(told(here, *line))
    assert ended.exit == 2
    assert told_so["data"] == {}
    assert told_so["message"] in text
    assert told_so["hint"] in text
    assert f"error[{told_so['code']}]" in text


@pytest.mark.parametrize(
    "line", [["run", "--bogus"], ["run", "--pending", "--max-runtime", "soon"], ["approval", "grant", "q-1"]]
)
def test_as_json_that_is_said_last(here: Path, line: list[str]) -> None:
    """Another global option before the command does not make a mistake forget the form that is asked for."""
    ended = told(here, "--home", ".", *line, "--format", "json")
    assert (ended.exit, document(ended)["exit"], ended.err) == (2, 2, "")


NEAR: list[Any] = [
    pytest.param(["querry"], "query", id="command"),
    pytest.param(["rehears", "--format"], "rehearse", id="command with an option"),
    pytest.param(["query", "lst"], "list", id="command of a group"),
    pytest.param(["federation", "membr", "add"], "member", id="group in a group"),
    pytest.param(["explain", "--formt", "json"], "--format", id="global option"),
    pytest.param(["run", "--pendng"], "--pending", id="option"),
    pytest.param(["approval", "grant", "x", "--raeson", "y"], "--reason", id="option of a command"),
    pytest.param(["explain", "D-REFUSD"], "D-REFUSED", id="code"),
    pytest.param(["explain", "d-refusd"], "D-REFUSED", id="code in small letters"),
    pytest.param(["analytic", "show", "crostab"], "crosstab", id="analytic"),
    pytest.param(["query", "new", "--analytic", "sumary"], "summary", id="analytic of a query"),
    pytest.param(["policy", "show", "evaluatoin"], "evaluation", id="profile"),
    pytest.param(["schema", "polcy"], "policy", id="schema"),
    pytest.param(["demo", "--scenario", "hospital"], "hospitals", id="scenario"),
    pytest.param(["demo", "--scenario", "supliers"], "suppliers", id="another scenario"),
]
NEAR_AT_HOME: list[Any] = [
    pytest.param("north", ["data", "describe", "cohrt"], "cohort", id="dataset"),
    pytest.param("north", ["key", "show", "north-ownr"], "north-owner", id="key"),
    pytest.param(
        "federation", ["federation", "member", "remove", "nort", "--reason", "x"], "north", id="member"
    ),
    pytest.param(
        "federation",
        ["key", "new", "zoe", "--role", "admnistrator", "--no-passphrase"],
        "administrator",
        id="role",
    ),
]


def _suggests(text: str, name: str) -> bool:
    """Whether a sentence of a suggestion has the name, alone or in a short list."""
    after = re.findall(r"(?i)(?:did you mean|possible options:|such as)([^?)\n]*)", text)
    return any(re.search(rf"(?<![\w-]){re.escape(name)}(?![\w-])", one) for one in after)


@pytest.mark.parametrize(("line", "meant"), NEAR)
def test_what_is_near(here: Path, line: list[str], meant: str) -> None:
    """An unknown word on the command line gets the nearest that there is."""
    ended = told(here, *line)
    assert ended.exit in (2, 3)
    assert _suggests(error(ended), meant)
    as_json = document(told(here, *line, FEDCLI_FORMAT="json")) if "--format" not in line else None
    assert as_json is None or _suggests(f"{as_json['message']}\n{as_json['hint']}", meant)


@pytest.mark.parametrize(("home", "line", "meant"), NEAR_AT_HOME)
def test_what_is_near_at_home(asked: World, home: str, line: list[str], meant: str) -> None:
    """An unknown name of something in a home gets the nearest that there is."""
    ended = asked.cli(*line, home=home)
    assert ended.exit != 0
    assert meant in ended.err
    assert _suggests(error(ended), meant)


@pytest.mark.parametrize("line", [["bogus"], ["zzzzzz"], ["query", "zzzzzz"]], ids=" ".join)
def test_nothing_is_near(here: Path, line: list[str]) -> None:
    """Where nothing is near, nothing is suggested."""
    assert "mean" not in told(here, *line).err


@pytest.mark.parametrize(
    "line", [["analytic", "show", "crostab"], ["query", "new", "--analytic", "crostab"]], ids=" ".join
)
def test_an_analytic_that_there_is_not(here: Path, line: list[str]) -> None:
    """A wrong value on the command line is a mistake of whoever typed it, not of a file's author."""
    assert told(here, *line).exit == 2


FILES: dict[str, tuple[str, str, str | None]] = {
    "not TOML": ("= 1", "F-TOML", None),
    "an unknown key": (query_text().replace("title =", "titel ="), "F-SCHEMA", "titel"),
    "an unknown column": (query_text('id = "a"\nanalytic = "crosstab"\nby = ["sexx"]'), "Q-COLUMN", "sex"),
    "an unknown analytic": (query_text('id = "a"\nanalytic = "crostab"'), "Q-ANALYTIC", "crosstab"),
    "an unknown level": (query_text(cohort="\"sex = 'femal'\""), "Q-LEVEL", "female"),
    "a column without levels": (query_text('id = "a"\nanalytic = "crosstab"\nby = ["age"]'), "", None),
    "another cohort": (query_text(cohort='"age >"'), "Q-EXPRESSION", None),
    "an unknown parameter": (query_text('id = "a"\nanalytic = "count"\noff = "row"'), "F-SCHEMA", "off"),
    "nothing": ("", "F-SCHEMA", None),
    "not text": ("\x00\x01", "", None),
}


@pytest.mark.parametrize(("text", "code", "named"), FILES.values(), ids=FILES)
def test_a_file_that_is_wrong(here: Path, text: str, code: str, named: str | None) -> None:
    """A wrong query file ends with 3, named, with what is wrong in it and what to do."""
    (here / "query.toml").write_text(text)
    line = ["query", "check", str(here / "query.toml"), "--dictionary", str(SAMPLE / "cohort.toml")]
    ended = told(here, *line)
    assert ended.exit == 3
    assert INNARDS.findall(error(ended)) == []
    assert f"[{code or ''}" in ended.err
    assert named is None or re.search(rf"\b{named}\b", ended.err)


ODD = {
    "escape codes": "\x1b[31mred\x1b[0m",
    "a bell": "\x07",
    "a line break": "a\nb",
    "right to left": "\u202eabc",
    "half a character": "\udcff",
    "very long": "x" * 5000,
    "quotes": "'\"`$(id)",
    "percent": "%s %(x)s {0}",
}
PLACES = {
    "command": ["{}"],
    "code": ["explain", "{}"],
    "option": ["explain", "--{}"],
    "value": ["explain", "--format", "{}"],
    "home": ["run", "--pending", "--home", "{}"],
    "file": ["query", "check", "{}", "--dictionary", str(SAMPLE / "cohort.toml")],
    "folder": ["rehearse", str(SAMPLE / "queries" / "1-who.toml"), "--dictionary", "{}", "--data", "{}"],
    "name": ["init", "site", "{}"],
}


ODD_PLACES = [
    pytest.param(place, odd, id=f"{where} {what}")
    for where, place in PLACES.items()
    for what, odd in ODD.items()
]


@pytest.mark.parametrize(("place", "odd"), ODD_PLACES)
def test_odd_words(here: Path, place: list[str], odd: str) -> None:
    """Whatever is typed is told back as a line of bounded length that no terminal obeys."""
    ended = told(here, *[word.replace("{}", odd) for word in place])
    assert ended.exit in (2, 3)
    text = error(ended)
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u202a-\u202e\ud800-\udfff]", text)
    assert max(map(len, text.splitlines())) < 700
    assert INNARDS.findall(text.replace(odd, "")) == []
