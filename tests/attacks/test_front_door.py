"""What people type and hand over: hostile strings, texts that become much, and what is no file."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from fedcli.errors import DataFault, InvalidFile
from fedcli.files.strict import MAX_DEPTH, MAX_TOML_VALUES, parse_json, parse_toml
from fedcli.model.dataset import Dictionary
from fedcli.workflows.sources import source
from tests.campaign.names import COMMANDS, OWN, said_of, strings
from tests.workflows.acts import book, edit, run
from tests.world import SAMPLE, World, query_text

#: Orders to a terminal and bytes that are no text, as a text would carry them.
ORDERS = ("\x1b", "\x9b", "\x07", "\u202e", "\udcff")


@pytest.mark.parametrize("command", COMMANDS)
def test_strings_are_no_names(world: World, command: str) -> None:
    """A sample of the lists (`make campaign` has all): a code, no bug, and no order to the terminal."""
    for string in OWN:
        assert said_of(world, command, string) == ""


def test_published_strings_are_no_names(world: World, shared: Path) -> None:
    """Some of those that break other programs, each in one command."""
    for at, string in enumerate(strings(shared)[::25]):
        assert said_of(world, list(COMMANDS)[at % len(COMMANDS)], string) == ""


BIG = {
    "a key of many parts": "a." * 20_000 + "a = 1",
    "many keys": "".join(f"k{at} = 1\n" for at in range(MAX_TOML_VALUES + 1)),
    "many tables": "[[a]]\n" * MAX_TOML_VALUES,
    "a long list": f"a = [{'{},' * MAX_TOML_VALUES}]",
    "a deep list": f"a = {'[' * 20_000}{']' * 20_000}",
    "a header of many parts": f"[{'a.' * 20_000}a]",
    "quoted parts": '"a b" . ' * MAX_DEPTH + "a = 1",
}


@pytest.mark.parametrize("text", BIG.values(), ids=BIG)
def test_toml_that_would_become_much(text: str) -> None:
    """It is refused before it is parsed: a parser takes the square of it, or hundreds of bytes for two."""
    with pytest.raises(InvalidFile, match="F-TOML"):
        parse_toml(text.encode(), "a test")


def test_ordinary_toml_is_not_much() -> None:
    """The control: dots in a sentence, and as deep as tables may be."""
    sentence = "w." * 63
    assert parse_toml(f'a = "{sentence}"'.encode(), "a test") == {"a": sentence}
    assert parse_toml(("a." * (MAX_DEPTH - 2) + "a = 1").encode(), "a test")


@pytest.mark.parametrize("value", ["[]", "{}", "1", '"a"', '{"a":1}'])
def test_json_that_would_become_much(value: str) -> None:
    """Eight megabytes of small values would be hundreds in memory."""
    text = f"[{','.join([value] * (2**18 + 1))}]"
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(text.encode(), "a test")


HEAD = query_text().partition("\n[[analysis]]")[0] + "\n"
MEASURED = """
import json, sys
from fedcli.app import run
code = run(sys.argv[1:])
# Its own peak: that of getrusage begins with the size of the process that started it.
[peak] = [line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")]
print(json.dumps([code, int(peak)]))
"""


def test_files_that_would_fill_the_memory(tmp_path: Path) -> None:
    """A sparse file of 200 MB, a million choices and a key of 8 000 parts take less than 150 MB each."""
    texts = {
        "list": f'{HEAD}cohort = "age in ({",".join(["1"] * 10**6)})"\n',
        "key": HEAD + "a." * 8_000 + "a = 1",
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    with (tmp_path / "sparse").open("wb") as file:
        file.truncate(200 * 2**20)
    for name in (*texts, "sparse"):
        line = [sys.executable, "-c", MEASURED, "query", "check", str(tmp_path / name)]
        bare = {name: os.environ[name] for name in ("PATH", "PYTHONPATH") if name in os.environ}
        ended = subprocess.run(
            line, capture_output=True, text=True, check=False, timeout=60, env=bare, cwd=tmp_path
        )
        code, kilobytes = json.loads(ended.stdout)
        assert (code, kilobytes < 150_000) == (3, True), (name, kilobytes)
        assert "Traceback" not in ended.stderr


AMOUNTS = (
    "NaN",
    "inf",
    "-1",
    "1e-400",
    "\uff11",
    "1_0",
    " 0.1",
    "1e999",
    "+1",
    "0x1",
    "",
    "\u0660.\u0661",
    "1,0",
    "0.1 ",
)


def test_amounts_in_every_bad_form(world: World) -> None:
    """No text but a plain decimal is an amount, no number is one, and nothing is written down."""
    before = book(world, "north")
    file = world.folder / "researcher" / "amount.toml"
    for amount in (
        *(json.dumps(one, ensure_ascii=False) for one in AMOUNTS),
        "0.1",
        "nan",
        "inf",
        "true",
        "1",
    ):
        asked = f'{{ mode = "differential-privacy", rho = {amount} }}'
        file.write_text(query_text(privacy=asked))
        ended = world.cli("query", "check", str(file), "--format", "json", home="researcher")
        assert ended.exit == 3, amount
    assert book(world, "north") == before


def test_a_key_twice(world: World) -> None:
    """Two values for one key are none."""
    file = world.folder / "researcher" / "twice.toml"
    file.write_text(query_text(privacy='{ mode = "differential-privacy", rho = "0.1", rho = "9" }'))
    assert world.cli("query", "check", str(file), home="researcher").exit == 3
    with pytest.raises(InvalidFile, match="F-JSON"):
        parse_json(b'{"rho": "0.1", "rho": "9"}', "a test")


def test_things_that_are_no_files(world: World) -> None:
    """A pipe, a device or a folder in the place of data is refused at once: a reader would wait for ever."""
    folder = world.folder / "parts"
    folder.mkdir()
    os.mkfifo(folder / "pipe.parquet")
    (folder / "folder.parquet").mkdir()
    for path in (
        folder / "pipe.parquet",
        folder,
        folder / "*.parquet",
        folder / "folder.parquet",
        "/dev/zero",
    ):
        ended = world.cli("data", "add", "cohort", str(path), "--format", "json", home="south")
        assert (ended.exit, ended.document["code"]) == (9, "D-MISSING"), path


def test_a_pipe_is_no_source(tmp_path: Path) -> None:
    """It is found out where names are looked at, before anything is opened."""
    os.mkfifo(tmp_path / "pipe.parquet")
    with pytest.raises(DataFault, match="D-MISSING"):
        source([str(tmp_path / "pipe.parquet")], None)


def test_a_folder_named_like_a_file(world: World) -> None:
    """What other programs write as folders of parts is read part by part."""
    folder = world.folder / "parts" / "all.parquet"
    folder.mkdir(parents=True)
    (folder / "part-0.parquet").write_bytes((SAMPLE / "south.parquet").read_bytes())
    world.ok("data", "add", "cohort", str(folder.parent), home="south")


HELD = (
    "policy.toml",
    "fedcli.toml",
    "state/site.db",
    "state/trust.json",
    "keys/north.key.json",
    "keys/memory.key",
)


@pytest.mark.parametrize("name", HELD)
def test_a_pipe_in_a_home(world: World, name: str) -> None:
    """Nothing waits for what will never come."""
    path = world.folder / "north" / name
    path.unlink(missing_ok=True)
    os.mkfifo(path, 0o600)
    query = world.submit(query_text())
    assert run(world, "north").exit in (2, 3, 6, 8)
    if name == "keys/memory.key":
        edit(
            world.folder / "north" / "policy.toml",
            'approvals = { people = 2, roles = ["data-owner", "disclosure-officer"] }',
            "approvals = { people = 0, roles = [] }",
        )
        assert run(world, "north", query).exit in (3, 6)


@pytest.mark.parametrize("name", [b"a\x1b]0;owned\x07.json", b"\xff\xfe.json", "\u202egnp.json".encode()])
def test_a_name_that_is_an_order(world: World, name: bytes) -> None:
    """Who may write into the exchange chooses names; what is shown of them orders a terminal nothing."""
    folder = world.exchange / "north"
    with open(os.fsencode(folder) + b"/" + name, "wb") as file:  # noqa: PTH123 - a name that is no text
        file.write(b"{}")
    for form in ("text", "json"):
        ended = world.cli("verify", str(folder), "--format", form, home="researcher")
        assert ended.exit == 6
        assert [order for order in ORDERS if order in ended.text] == []
        ended.text.encode()


@pytest.mark.parametrize("level", ["\x1b]52;c;AA\x07", "\x9b1m", "a\u202eb", "a\x00", "a\nb"])
def test_a_level_that_is_an_order(level: str) -> None:
    """No dictionary can have a label that a terminal or a table would obey."""
    column = {"type": "text", "levels": [level]}
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        Dictionary.read({"schema": "fedcli/dictionary/1", "dataset": "d", "columns": {"t": column}}, "a test")
