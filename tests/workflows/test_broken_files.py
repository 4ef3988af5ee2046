"""Every file that a person or a machine writes, broken in every way: a code, never a traceback."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.workflows.acts import code, keys_of, only_query, tree
from tests.world import SAMPLE, World, query_text


class Broken(NamedTuple):
    """A file, who meets it, by which command, and the exit codes that are right for it."""

    home: str
    find: Callable[[World], Path]
    command: tuple[str, ...]
    exits: tuple[int, ...]


def _in_home(home: str, name: str, command: str, *exits: int) -> Broken:
    return Broken(home, lambda world: world.folder / home / name, tuple(command.split()), exits)


def _query_file(world: World) -> Path:
    path = world.folder / "researcher" / "written.toml"
    path.write_text(query_text())
    return path


def _dictionary_file(world: World) -> Path:
    path = world.folder / "cohort.toml"
    path.write_text((SAMPLE / "cohort.toml").read_text())
    return path


def _draft(world: World) -> Path:
    world.ok("federation", "member", "remove", "north-owner", "--reason", "left", home="federation")
    return world.folder / "federation" / "root" / "draft.json"


FILES: dict[str, Broken] = {
    "fedcli.toml": _in_home("north", "fedcli.toml", "data list", 2, 3),
    "policy.toml": _in_home("north", "policy.toml", "run --pending", 3),
    "policy.toml checked": _in_home("north", "policy.toml", "policy check", 3),
    "floor.toml": Broken(
        "federation",
        lambda world: _new(world.folder / "federation" / "policies" / "floor.toml", "[disclosure]\n"),
        ("federation", "sign", "--key", "ada"),
        (3,),
    ),
    "a query file": Broken("researcher", _query_file, ("query", "check", "{file}"), (3,)),
    "a dictionary file": Broken(
        "federation", _dictionary_file, ("federation", "dataset", "add", "{file}"), (3,)
    ),
    "a draft of a root": Broken("federation", _draft, ("federation", "sign", "--key", "ada"), (3,)),
    "a key": _in_home("north", "keys/north.key.json", "ledger checkpoint", 3, 6),
    "a card": _in_home("north", "keys/north.card.json", "key show", 3, 6),
    "an enrolled card": Broken(
        "federation",
        lambda world: world.folder / "north" / "keys" / "north.card.json",
        ("federation", "member", "add", "{file}"),
        (3, 6),
    ),
    "trust.json": _in_home("north", "state/trust.json", "run --pending", 3, 6),
    "site.db": _in_home("north", "state/site.db", "run --pending", 6),
    "a signed query": Broken(
        "researcher",
        lambda world: world.folder / "researcher" / "queries" / only_query(world) / "query.json",
        ("combine", "{query}"),
        (3, 6),
    ),
    "a kept result": Broken(
        "researcher",
        lambda world: world.folder / "researcher" / "results" / only_query(world) / "result.json",
        ("report", "{query}"),
        (3,),
    ),
    "a root": Broken(
        "north", lambda world: world.exchange / "federation" / "0001.root.json", ("run", "--pending"), (6,)
    ),
    "a query in the exchange": Broken(
        "north",
        lambda world: world.exchange / "ana" / "queries" / only_query(world) / "query.json",
        ("run", "--pending"),
        (6,),
    ),
    "a release": Broken(
        "researcher",
        lambda world: world.releases("north", only_query(world))[0],
        ("combine", "{query}"),
        (6,),
    ),
    "sealed values": Broken(
        "researcher",
        lambda world: world.releases("north", only_query(world))[0].with_name("000.01.values.sealed"),
        ("combine", "{query}"),
        (6,),
    ),
    "a checkpoint": Broken(
        "north", lambda world: sorted((world.exchange / "north" / "checkpoints").glob("???"))[-1],
        ("run", "--pending"), (6,),
    ),
    "a manifest": Broken(
        "researcher", lambda world: world.exchange / "north" / "manifest" / "001.json",
        ("query", "sign", "{open}"), (6,),
    ),
    "a dictionary in the exchange": Broken(
        "researcher", lambda world: next((world.exchange / "federation" / "dictionaries").iterdir()),
        ("combine", "{query}"), (6,),
    ),
}  # fmt: skip


def _twice(path: Path) -> bytes:
    return b"a = 1\na = 2\n" if path.suffix == ".toml" else b'{"a": 1, "a": 2}'


WAYS: dict[str, Callable[[Path], object]] = {
    "empty": lambda path: path.write_bytes(b""),
    "not text": lambda path: path.write_bytes(b"\xff\xfe\x00\x80"),
    "byte-order mark": lambda path: path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes()),
    "one brace": lambda path: path.write_bytes(b"{"),
    "half": lambda path: path.write_bytes(path.read_bytes()[: path.stat().st_size // 2]),
    "another form": lambda path: path.write_bytes(b'{"a": 1}'),
    "a duplicate key": lambda path: path.write_bytes(_twice(path)),
    "deep": lambda path: path.write_bytes(b"[" * 100_000),
    "a directory": lambda path: (path.unlink(), path.mkdir()),
    "a link": lambda path: path.symlink_to(path.rename(path.with_name("real")).name),
}

#: What is no fault: a half of some TOML files is whole, and so is a database behind a link.
WHOLE = {
    ("floor.toml", "empty"),
    ("policy.toml", "half"),
    ("policy.toml checked", "half"),
    ("site.db", "a link"),
    ("site.db", "byte-order mark"),
    ("fedcli.toml", "half"),
}


def _new(path: Path, text: str) -> Path:
    path.write_text(text)
    return path


CASES = [(name, way) for name in FILES for way in WAYS if (name, way) not in WHOLE]


@pytest.mark.parametrize(("name", "way"), CASES)
def test_a_broken_file(studied: World, name: str, way: str) -> None:
    """The command ends with 3 or 6 and a code that names the file, and nothing else changes."""
    broken = FILES[name]
    path = broken.find(studied)
    query = only_query(studied)
    opened = studied.folder / "open.toml"
    opened.write_text(query_text(sites="", min_sites="", title='"Another"'))
    WAYS[way](path)
    before = tree(studied.folder)
    words = [word.format(file=path, query=query, open=opened) for word in broken.command]
    ended = studied.cli(*words, "--format", "json", home=broken.home)
    exits = (*broken.exits, 3) if way in ("a link", "a directory") else broken.exits
    assert ended.exit in exits, ended.text
    assert ended.document["exit"] == ended.exit
    assert code(ended)
    after = tree(studied.folder)
    kept = {f"{broken.home}/state/{name}" for name in ("run.lock", "heartbeat.json", "run.log.jsonl")}
    assert {name for name in after if after[name] != before.get(name)} <= kept


def test_a_key_that_others_may_read(studied: World) -> None:
    """A key file with a loose mode is an alarm, before it is used."""
    (studied.folder / "north" / "keys" / "north.key.json").chmod(0o644)
    ended = studied.cli("run", "--pending", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "K-MODE")


def test_a_key_with_another_secret(studied: World) -> None:
    """A key file whose private half is not that of its public half is refused."""
    mine = studied.folder / "north" / "keys" / "north.key.json"
    other = (studied.folder / "south" / "keys" / "south.key.json").read_text()
    secret = other.rpartition('"secret":')[2]
    mine.write_text(mine.read_text().rpartition('"secret":')[0] + '"secret":' + secret)
    ended = studied.cli("ledger", "checkpoint", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "K-BROKEN")
    assert keys_of(studied, "south", "south").name == "south"


@pytest.mark.parametrize("name", ["policy.toml", "keys/north.key.json", "state/site.db"])
def test_a_file_that_is_gone(studied: World, name: str) -> None:
    """A file of the home that is missing is named, with exit 2 and a remedy."""
    (studied.folder / "north" / name).unlink()
    ended = studied.cli("run", "--pending", "--format", "json", home="north")
    assert ended.exit == 2
    assert ended.document["hint"]


def test_a_home_that_trusts_nobody(studied: World) -> None:
    """Without the pin nothing is believed, and the way to one is told."""
    (studied.folder / "north" / "state" / "trust.json").unlink()
    ended = studied.cli("run", "--pending", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (4, "C-PIN")
    assert "--pin" in ended.document["hint"]
