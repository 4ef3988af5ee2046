"""Which home counts, where settings come from, and what a short id means."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from tests.cli.lines import document, error, told
from tests.world import World


def _settings(cwd: Path, *line: str, **environ: str) -> dict[str, tuple[str, str]]:
    ended = told(cwd, "config", "show", *line, "--format", "json", **environ)
    settings = document(ended)["data"]["settings"]
    return {one["name"]: (one["value"], one["origin"]) for one in settings}


def test_without_a_home(here: Path) -> None:
    """Outside of any home the settings are told all the same, and that there is none."""
    settings = _settings(here)
    assert settings["home"] == ("none", f"no fedcli.toml in {here} or above")
    assert settings["color"] == ("auto", "default")
    assert settings["format"] == ("json", "--format")


def test_where_a_home_is_from(asked: World, here: Path) -> None:
    """--home counts before FEDCLI_HOME, and that before the nearest fedcli.toml upwards."""
    north, south, east = (str(asked.folder / site) for site in ("north", "south", "east"))
    inside = asked.folder / "east" / "keys"
    assert _settings(inside)["home"] == (east, "the nearest fedcli.toml")
    assert _settings(inside, FEDCLI_HOME=south)["home"] == (south, "FEDCLI_HOME")
    assert _settings(inside, "--home", north, FEDCLI_HOME=south)["home"] == (north, "--home")
    assert _settings(here, FEDCLI_HOME="")["home"][0] == "none"


def test_where_other_settings_are_from(asked: World, here: Path) -> None:
    """Option, variable, file and default are told apart."""
    home = str(asked.folder / "north")
    file = f"{home}/fedcli.toml"
    settings = _settings(here, "--home", home, "--key", "north-owner", FEDCLI_COLOR="never")
    assert settings["key"] == ("north-owner", "--key")
    assert settings["color"] == ("never", "FEDCLI_COLOR")
    assert settings["organisation"] == ("North Hospital", file)
    assert settings["role"] == ("site", file)
    assert settings["exchange"] == (str(asked.exchange), file)
    assert _settings(here, "--home", home, "--color", "always", FEDCLI_COLOR="never")["color"] == (
        "always",
        "--color",
    )


def test_the_format_of_the_environment(here: Path) -> None:
    """FEDCLI_FORMAT asks for JSON; --format text takes it back."""
    ended = told(here, "config", "show", FEDCLI_FORMAT="json")
    settings = {one["name"]: one["origin"] for one in document(ended)["data"]["settings"]}
    assert settings["format"] == "FEDCLI_FORMAT"
    text = told(here, "config", "show", "--format", "text", FEDCLI_FORMAT="json")
    assert not text.out.startswith("{")


def test_settings_as_text(asked: World) -> None:
    """The text has a line for each setting, with its value and its origin, or without."""
    home = ("--home", str(asked.folder / "north"))
    lines = told(asked.folder, "config", "show", *home).out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(_settings(asked.folder, *home))
    assert any(line.split() == ["home", str(asked.folder / "north"), "--home"] for line in lines)
    assert "--home" not in told(asked.folder, "config", "show", "--no-origin", *home).out


@pytest.mark.parametrize("home", ["nowhere", "exchange"])
def test_not_a_home(asked: World, home: str) -> None:
    """A folder that is no home is named, whether an option or a variable gave it."""
    folder = str(asked.folder / home)
    for ended in (
        told(asked.folder, "ledger", "show", "--home", folder),
        told(asked.folder, "ledger", "show", FEDCLI_HOME=folder),
    ):
        assert (ended.exit, "C-NOT-HOME" in error(ended), folder in ended.err) == (2, True, True)


def test_a_broken_home(world: World) -> None:
    """A fedcli.toml that is wrong ends with 3 and is named."""
    (world.folder / "north" / "fedcli.toml").write_text('role = "king"\n')
    ended = world.cli("ledger", "show", home="north")
    assert ended.exit == 3
    assert "fedcli.toml" in error(ended)


WRONG_ROLE = [
    ("researcher", ["run", "--pending"], "site"),
    ("north", ["query", "list"], "researcher"),
    ("north", ["combine", "q-12"], "researcher"),
    ("researcher", ["federation", "publish"], "federation"),
    ("federation", ["data", "list"], "site"),
]


@pytest.mark.parametrize(("home", "line", "wanted"), WRONG_ROLE, ids=[" ".join(one[1]) for one in WRONG_ROLE])
def test_the_wrong_home(asked: World, home: str, line: list[str], wanted: str) -> None:
    """A command in the home of another role says which role it needs."""
    ended = asked.cli(*line, home=home)
    assert ended.exit == 2
    assert f"is the home of a {home.replace('north', 'site')}; this needs a {wanted}" in error(ended)


# Short ids.

#: Commands that take the id of a query, with the home where they are run and how they end here.
TAKE_AN_ID = {
    "query status": ("researcher", 8),
    "combine": ("researcher", 8),
    "report": ("researcher", 8),
    "approval show": ("north", 0),
    "run": ("north", 8),
}


def _unique(digest: str, digests: list[str]) -> str:
    """The shortest beginning that means one digest only."""
    return next(digest[:n] for n in range(1, 65) if sum(one.startswith(digest[:n]) for one in digests) == 1)


def _shared(digests: list[str]) -> str:
    """A digit with which two digests begin."""
    return Counter(digest[0] for digest in digests).most_common(1)[0][0]


@pytest.mark.parametrize("command", TAKE_AN_ID)
def test_a_short_id(asked: World, queries: list[str], command: str) -> None:
    """The whole digest, q- and 12 digits, and any beginning that means one query are the same query."""
    home, code = TAKE_AN_ID[command]
    digest = queries[0]
    short = _unique(digest, queries)
    forms = [digest, f"q-{digest[:12]}", f"q-{digest[:12]}".upper().replace("Q-", "q-"), short, f"q-{short}"]
    ends = [asked.cli(*command.split(), form, "--format", "json", home=home) for form in forms]
    assert [ended.exit for ended in ends] == [code] * len(forms)
    told = {json.dumps(ended.data).replace('"new": true', '"new": false') for ended in ends}
    assert len(told) == 1  # but for what was news the first time


@pytest.mark.parametrize("command", TAKE_AN_ID)
@pytest.mark.parametrize("prefix", ["", "q-"])
def test_an_ambiguous_id(asked: World, queries: list[str], command: str, prefix: str) -> None:
    """A beginning that means two queries is refused, and both are named."""
    home, _ = TAKE_AN_ID[command]
    shared = _shared(queries)
    ended = asked.cli(*command.split(), prefix + shared, home=home)
    assert ended.exit == 2
    assert "Q-AMBIGUOUS" in error(ended)
    meant = [digest for digest in queries if digest.startswith(shared)]
    assert len(meant) >= 2
    assert all(digest[:12] in ended.err for digest in meant[:2])
    assert "give more digits" in ended.err


@pytest.mark.parametrize("command", TAKE_AN_ID)
@pytest.mark.parametrize("given", ["q-", "q-xyz", "*", "..", "q-" + "0" * 64, "f" * 65])
def test_no_id(asked: World, queries: list[str], command: str, given: str) -> None:
    """What means no query is refused, and those that there are are named."""
    ended = asked.cli(*command.split(), given, home=TAKE_AN_ID[command][0])
    assert ended.exit == 2
    assert "Q-UNKNOWN" in error(ended)
    assert f"q-{queries[0][:12]}" in ended.err


def test_an_id_that_looks_like_an_option(asked: World) -> None:
    """After `--` a word is an id, whatever it begins with."""
    ended = asked.cli("report", "--", "--help", home="researcher")
    assert (ended.exit, "Q-UNKNOWN" in error(ended)) == (2, True)
