"""What goes where: the result to stdout, everything for people to stderr, colour to terminals."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli import __version__
from fedcli.model.shown.results import DemoShown
from tests.cli.lines import INNARDS, STATUS, document, error, told
from tests.world import SAMPLE, SITES, Ended, World, copied, query_text

#: Commands that succeed, by who runs them; none changes anything.
SUCCESSES: dict[str, tuple[str | None, list[str]]] = {
    "analytic list": (None, []),
    "analytic show": (None, ["crosstab"]),
    "analytic schema": (None, ["summary"]),
    "analytic example": (None, ["count"]),
    "approval list": ("north", []),
    "budget history": ("north", ["cohort"]),
    "budget show": ("north", []),
    "config show": ("south", []),
    "data check": ("north", ["cohort"]),
    "data describe": ("east", ["cohort"]),
    "data list": ("north", []),
    "explain": (None, ["D-REFUSED"]),
    "federation show": ("federation", []),
    "federation verify": ("researcher", []),
    "key show": ("north", []),
    "ledger prove": ("north", ["1"]),
    "ledger show": ("north", []),
    "ledger verify": ("north", []),
    "policy check": ("north", []),
    "policy show": (None, ["standard"]),
    "query list": ("researcher", []),
    "query new": (None, ["--analytic", "count"]),
    "schema": (None, ["query"]),
}


def _line(name: str) -> list[str]:
    return [*name.split(), *SUCCESSES[name][1]]


@pytest.mark.parametrize("name", SUCCESSES)
def test_a_success_as_json(asked: World, name: str) -> None:
    """One document with the keys of the contract, the command's name and the answer; nothing else."""
    home = SUCCESSES[name][0]
    where = ["--home", str(asked.folder / home)] if home else []
    found = document(told(asked.folder, *_line(name), *where, "--format", "json"))
    assert (found["exit"], found["code"]) == (0, "")
    assert found["command"].startswith(name)
    assert (found["message"], found["hint"]) == ("", "")
    assert found["data"]


@pytest.mark.parametrize("name", SUCCESSES)
def test_a_success_as_text(asked: World, name: str) -> None:
    """Readable text on stdout, and silence on stderr."""
    ended = asked.cli(*_line(name), home=SUCCESSES[name][0])
    assert (ended.exit, ended.err) == (0, "")
    assert ended.out.endswith("\n")
    assert not ended.out.startswith("{") or name in ("analytic schema", "schema")
    assert "\x1b" not in ended.out


@pytest.mark.parametrize("name", SUCCESSES)
def test_quiet_keeps_the_result(asked: World, name: str) -> None:
    """--quiet leaves the result as it is."""
    home = SUCCESSES[name][0]
    assert asked.cli("-q", *_line(name), home=home) == asked.cli(*_line(name), home=home)


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (["explain", "D-REFUSED"], "explain"),
        (["schema", "query"], "schema"),
        (["federation", "member", "add", "x.json"], "federation member add"),
        (["federation", "dataset", "add", "x.toml"], "federation dataset add"),
    ],
    ids=["explain", "schema", "member", "dataset"],
)
def test_the_command_is_its_words(here: Path, line: list[str], command: str) -> None:
    """`command` has all words of the command and none of its arguments."""
    assert document(told(here, *line, "--format", "json"))["command"] == command


@pytest.mark.parametrize(
    ("line", "command"),
    [
        (["analytic", "show", "crosstab"], "analytic show"),
        (["run", "--pending"], "run"),
        (["combine", "q-12"], "combine"),
        (["data", "draft-dictionary", "x"], "data draft-dictionary"),
        (["init", "site", "Bad Name"], "init site"),
    ],
    ids=["analytic", "run", "combine", "data", "init"],
)
def test_most_commands_are_named(here: Path, line: list[str], command: str) -> None:
    """`command` is what was called, when it succeeds and when it fails."""
    assert document(told(here, *line, "--format", "json"))["command"] == command


@pytest.mark.parametrize("name", ["schema", "analytic schema"])
def test_keys_are_not_those_of_the_program(asked: World, name: str) -> None:
    """No key of an answer has the underscore that Python's attributes need."""
    found = document(told(asked.folder, *_line(name), "--format", "json"))
    assert [key for key in found["data"] if key.endswith("_")] == []


GLOBAL = [
    ["--home", "{home}"],
    ["--format", "json"],
    ["--color", "never"],
    ["--key", "north"],
    ["-q"],
    ["-v"],
]


@pytest.mark.parametrize("option", GLOBAL, ids=lambda option: option[0])
def test_global_options_before_and_after(asked: World, option: list[str]) -> None:
    """A global option means the same before the command, after its words, and after its arguments."""
    chosen = [word.replace("{home}", str(asked.folder / "north")) for word in option]
    home = [] if option[0] == "--home" else ["--home", str(asked.folder / "north")]
    lines = [
        [*chosen, "data", "describe", "cohort", *home],
        ["data", "describe", *chosen, "cohort", *home],
        ["data", "describe", "cohort", *home, *chosen],
    ]
    before, between, after = (_without_command(told(asked.folder, *line)) for line in lines)
    assert before.exit == 0
    assert before == between == after


def _without_command(ended: Ended) -> Ended:
    """How a command ended, whatever name it gives itself."""
    if not ended.out.startswith("{"):
        return ended
    return Ended(ended.exit, json.dumps({**ended.document, "command": ""}), ended.err)


def test_global_options_between_group_and_command(asked: World) -> None:
    """A global option can come anywhere, between a group and its command too."""
    assert told(asked.folder, "analytic", "--format", "json", "list").exit == 0


@pytest.mark.parametrize(
    "before", [["--home", "{}"], ["--format", "json"], ["-q"], ["--format=json"]], ids=lambda words: words[0]
)
def test_the_command_is_named_wherever_options_are(asked: World, before: list[str]) -> None:
    """`command` in the document is the command that was called."""
    line = [word.replace("{}", str(asked.folder / "north")) for word in before]
    ended = told(asked.folder, *line, "analytic", "list", FEDCLI_FORMAT="json")
    assert document(ended)["command"] == "analytic list"


@pytest.mark.parametrize(
    "line",
    [
        ["--format=json", "analytic", "list"],
        ["analytic", "list", "--format=json"],
        ["--format=json", "bogus"],
        ["bogus", "--format=json"],
        ["schema", "--format=json"],
        ["--format", "json", "bogus"],
        ["bogus", "--format", "json"],
    ],
    ids=" ".join,
)
def test_both_ways_to_say_json(here: Path, line: list[str]) -> None:
    """`--format=json` is `--format json`, for mistakes too."""
    assert document(told(here, *line))["exit"] in (0, 2)


@pytest.mark.parametrize(
    "line",
    [
        pytest.param(["--format", "json"], id="no command"),
        pytest.param(["--format", "json", "--version"], id="version"),
        pytest.param(["--format", "json", "query"], id="no command of a group"),
    ],
)
def test_json_without_a_command(here: Path, line: list[str]) -> None:
    """With --format json, stdout is one document whatever was asked."""
    assert document(told(here, *line))


@pytest.mark.parametrize("line", [["-q"], ["--color", "never"], ["--home", "."]], ids=" ".join)
def test_options_without_a_command(here: Path, line: list[str]) -> None:
    """Options alone are as wrong as nothing at all: the help, and 2."""
    ended = told(here, *line)
    assert (ended.exit, "Usage: fedcli" in ended.err) == (2, True)


def test_version(here: Path) -> None:
    """--version prints the name and the version of the package."""
    assert told(here, "--version") == Ended(0, f"fedcli {__version__}\n", "")


# Every way to end.


def _ask(world: World, *analyses: str) -> str:
    return world.submit(query_text(*analyses))


def _invalid(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    (world.folder / "wrong.toml").write_text("title = 1\n")
    return ["query", "check", str(world.folder / "wrong.toml")], "researcher"


def _refused(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    return ["data", "describe", "nothing"], "north"


def _two(world: World, old: str, new: str) -> str:
    """Two analyses in a query that nobody need approve at north, whose policy is changed in one place."""
    policy = world.folder / "north" / "policy.toml"
    text = policy.read_text()
    changes = {old: new, "people = 2": "people = 0", '["data-owner", "disclosure-officer"]': "[]"}
    for before, after in changes.items():
        assert before in text
        text = text.replace(before, after, 1)
    policy.write_text(text)
    return _ask(world, 'id = "a"\nanalytic = "count"', 'id = "b"\nanalytic = "crosstab"\nby = ["sex"]')


def _over_budget(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    _two(world, "number = 200", "number = 1")
    return ["run", "--pending"], "north"


def _partial(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    return ["run", _two(world, '"crosstab", ', "")], "north"


def _tampered(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    path = world.exchange / "ana" / "queries" / _ask(world) / "query.json"
    data = path.read_bytes()
    at = len(data) // 2
    path.write_bytes(data[:at] + (b"A" if data[at : at + 1] != b"A" else b"B") + data[at + 1 :])
    return ["verify", str(path)], "researcher"


def _pending(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    return ["combine", _ask(world)], "researcher"


def _data(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    return ["data", "draft-dictionary", str(world.folder / "nothing.parquet")], "north"


def _findings(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    policy = world.folder / "north" / "policy.toml"
    policy.write_text(policy.read_text().replace('enforce    = "all"', 'enforce    = "threshold"'))
    return ["policy", "check"], "north"


def _busy(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    world.exchange.rename(world.folder / "away")
    return ["run", "--pending"], "north"


def _bug(world: World, patch: pytest.MonkeyPatch) -> tuple[list[str], str]:
    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("a secret")

    patch.setattr("fedcli.workflows.codes.codes", fail)
    return ["explain"], "north"


Ends = Callable[..., tuple[list[str], str]]
ENDS: dict[int, Ends] = {
    1: _bug,
    3: _invalid,
    4: _refused,
    5: _over_budget,
    6: _tampered,
    7: _partial,
    8: _pending,
    9: _data,
    10: _findings,
    75: _busy,
}


@pytest.mark.parametrize(("code", "act"), ENDS.items(), ids=[STATUS[code] for code in ENDS])
def test_every_end(world: World, monkeypatch: pytest.MonkeyPatch, code: int, act: Ends) -> None:
    """Each kind of end is one document as JSON, and as text has the same exit code and no innards."""
    line, home = act(world, monkeypatch)
    as_json, as_text = world.cli(*line, "--format", "json", home=home), world.cli(*line, home=home)
    found = document(as_json)
    assert (as_json.exit, as_text.exit) == (code, code)
    assert "\x1b" not in as_text.text
    if found["data"]:
        assert (found["message"], as_text.err) == ("", "")
        return
    assert found["hint"]
    assert error(as_text).startswith(f"error[{found['code']}]")
    assert "a secret" not in as_text.text + as_json.text
    assert code == 1 or INNARDS.findall(as_text.err) == []


def test_the_gravest_end(tmp_path: Path) -> None:
    """A rehearsal in which one site has other data ends with the gravest, and tells each site's end."""
    data = tmp_path / "data"
    data.mkdir()
    for name, source in (("north", SITES["north"]), ("south", SITES["south"])):
        (data / (name + source.suffix)).symlink_to(source)
    (data / "odd.parquet").write_text("not Parquet")
    (tmp_path / "query.toml").write_text(query_text(sites="", min_sites="2"))
    line = ["rehearse", str(tmp_path / "query.toml"), "--data", str(data), "--policy", "evaluation"]
    ended = told(tmp_path, *line, "--dictionary", str(SAMPLE / "cohort.toml"), "--format", "json")
    found = document(ended)
    assert (found["exit"], found["command"]) == (9, "rehearse")
    assert {one["site"]: one["status"] for one in found["data"]["rehearsed"]}["odd"] == "data"


@pytest.mark.parametrize("form", ["text", "json"])
def test_a_long_tale(here: Path, monkeypatch: pytest.MonkeyPatch, form: str) -> None:
    """What the demonstration narrates is part of its text, and goes to stderr where stdout is a document."""

    def play(folder: object, scenario: object, keep: object, invoke: object, say: Any) -> DemoShown:
        say("once upon a time")
        return DemoShown(folder="", kept=False, agreed=1, within=0, differing=0, tampering_refused=True)

    monkeypatch.setattr("fedcli.workflows.demo.play", play)
    ended = told(here, "demo", "--format", form)
    tale, other = (ended.out, ended.err) if form == "text" else (ended.err, ended.out)
    assert tale.startswith("once upon a time\n")
    assert "once" not in other
    assert form == "text" or json.loads(other)["data"]["agreed"] == 1


@pytest.mark.parametrize(("stop", "code"), [("KeyboardInterrupt", 130), ("Terminated", 143)])
def test_an_interruption(here: Path, monkeypatch: pytest.MonkeyPatch, stop: str, code: int) -> None:
    """An interrupted command is one document too, with 130 or 143."""
    from fedcli import app

    def interrupt(*_: Any) -> Any:
        raise getattr(app, stop, KeyboardInterrupt)

    monkeypatch.setattr("fedcli.workflows.codes.codes", interrupt)
    assert document(told(here, "explain", "--format", "json"))["exit"] == code


def test_a_bug_without_a_home(here: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody is sent to a log that was not written."""

    def fail(*_: Any) -> Any:
        raise ValueError

    monkeypatch.setattr("fedcli.workflows.codes.codes", fail)
    ended = told(here, "explain")
    assert ended.exit == 1
    assert list(here.iterdir()) == []
    assert "private log of this home" not in ended.err


# Colour, progress, hints.

CODES = ["explain", "D-REFUSED"]


def test_colour_at_a_terminal(here: Path) -> None:
    """The control: a terminal gets colour, for results and for errors."""
    assert "\x1b[" in told(here, *CODES, terminal=True).out
    assert "\x1b[" in told(here, "bogus", terminal=True).err


PLAIN: dict[str, tuple[list[str], dict[str, str]]] = {
    "NO_COLOR": ([], {"NO_COLOR": "1"}),
    "dumb": ([], {"TERM": "dumb"}),
    "never": (["--color", "never"], {}),
    "FEDCLI_COLOR": ([], {"FEDCLI_COLOR": "never"}),
    "never before": (["--color", "never"], {"FEDCLI_COLOR": "always"}),
}


@pytest.mark.parametrize(("option", "environ"), PLAIN.values(), ids=PLAIN)
@pytest.mark.parametrize("line", [CODES, ["explain"], ["explain", "X"]], ids=" ".join)
def test_no_colour(here: Path, line: list[str], option: list[str], environ: dict[str, str]) -> None:
    """A terminal that declines colour gets none, before the command or after it."""
    for chosen in ([*option, *line], [*line, *option]):
        assert "\x1b" not in told(here, *chosen, terminal=True, **environ).text


@pytest.mark.parametrize("line", [["bogus"], ["explain", "--bogus"]], ids=" ".join)
def test_no_colour_after_a_mistake(here: Path, line: list[str]) -> None:
    """--color never counts where it comes after the mistake, as --format json does."""
    assert "\x1b" not in told(here, *line, "--color", "never", terminal=True).text


@pytest.mark.parametrize("line", [CODES, ["bogus"], ["schema", "gap"]], ids=" ".join)
def test_no_colour_in_a_pipe(here: Path, line: list[str]) -> None:
    """A pipe gets no escape code without asking, and gets them with --color always."""
    assert "\x1b" not in told(here, *line, TERM="xterm-256color").text
    assert "\x1b[" in told(here, "--color", "always", *line).text


def test_json_is_never_coloured(here: Path) -> None:
    """--color always does not touch a document."""
    assert "\x1b" not in told(here, *CODES, "--color", "always", "--format", "json", terminal=True).out


def _rehearse(folder: Path, *more: str, terminal: bool) -> Ended:
    (folder / "query.toml").write_text(query_text(sites=""))
    line = ["rehearse", str(folder / "query.toml"), "--dictionary", str(SAMPLE / "cohort.toml")]
    return told(folder, *line, "--data", str(folder), *more, terminal=terminal)


@pytest.mark.parametrize("more", [["-q"], ["--format", "json"], ["--color", "never"]], ids=" ".join)
def test_progress_can_be_left_out(here: Path, more: list[str]) -> None:
    """Progress is on stderr of a terminal, and nowhere when it is not wanted."""
    assert "rehearsing" in _rehearse(here, terminal=True).err
    assert "rehearsing" not in _rehearse(here, terminal=False).text
    assert "rehearsing" not in _rehearse(here, *more, terminal=True).text


def test_hints(here: Path) -> None:
    """A hint is on stderr; --quiet and JSON leave it out, and the result is the same."""
    pq.write_table(pa.table({"age": [30] * 40, "not a name": ["x"] * 40}), here / "odd.parquet")
    line = ["data", "draft-dictionary", str(here / "odd.parquet")]
    loud, quiet, as_json = (told(here, *line, *more) for more in ([], ["-q"], ["--format", "json"]))
    assert loud.err
    assert quiet.err == as_json.err == ""
    assert loud.out == quiet.out
    assert document(as_json)["data"]["text"].rstrip("\n") == loud.out.rstrip("\n")


@pytest.mark.parametrize("name", ["FORMAT", "COLOR"])
def test_a_wrong_variable(here: Path, name: str) -> None:
    """A wrong value in the environment is a mistake like one on the command line."""
    assert told(here, "config", "show", **{f"FEDCLI_{name}": "nonsense"}).exit == 2


def test_repeating_says_so(template: World, tmp_path: Path) -> None:
    """A completed act that is repeated ends with 0 and says that nothing is new."""
    world = copied(template, tmp_path / "world")
    query = _ask(world)
    again = {
        "researcher": ["query", "submit", query],
        "north": ["approval", "grant", query, "--key", "north-owner", "--reason", "ok"],
    }
    for home, line in again.items():
        world.ok(*line, home=home)
        assert world.ok(*line, "--format", "json", home=home).data["new"] is False


def test_text_goes_through_the_console_alone(asked: World) -> None:
    """Nothing is written to the process's own streams."""
    stream = io.StringIO()
    with contextlib.redirect_stdout(stream), contextlib.redirect_stderr(stream):
        for name, (home, _) in SUCCESSES.items():
            asked.ok(*_line(name), home=home)
    assert stream.getvalue() == ""
