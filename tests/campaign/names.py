"""Hostile strings in every place of the command line where a name, an id or a path is typed."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from tests.world import World

OWN = (
    "../../other/project",
    "/etc/passwd",
    "file:///etc/passwd",
    "/proc/self/root/etc/passwd",
    "CON",
    "x" * 300,
    "x" * 4096,
    "\udcff",
    "a\nb",
    "' OR 1=1 --",
    "$(id)",
    "%s%n",
    "\x1b]52;c;AAAA\x07",
    "[link=http://x]y[/link]",
    "\u202e",
)
Line = Callable[[str], tuple[str | None, list[str]]]

#: Whose home, and the words, by what is typed.
COMMANDS: dict[str, Line] = {
    "init": lambda one: (None, ["init", "site", one, "--dir", "{folder}/new", "--no-passphrase"]),
    "data add": lambda one: ("south", ["data", "add", one, "south.parquet"]),
    "data add: a path": lambda one: ("south", ["data", "add", "cohort", one]),
    "data describe": lambda one: ("north", ["data", "describe", one]),
    "query status": lambda one: ("researcher", ["query", "status", one]),
    "query check": lambda one: ("researcher", ["query", "check", one]),
    "approval show": lambda one: ("north", ["approval", "show", one]),
    "key new": lambda one: ("north", ["key", "new", one, "--role", "data-owner", "--no-passphrase"]),
    "--key": lambda one: ("north", ["approval", "grant", "f4d3", "--reason", "x", "--key", one]),
    "--reason": lambda one: ("north", ["approval", "deny", "f4d3", "--key", "north-owner", "--reason", one]),
    "--home": lambda one: (None, ["--home", one, "run", "--pending"]),
    "run": lambda one: ("north", ["run", one]),
    "verify": lambda one: ("researcher", ["verify", one]),
    "ledger prove": lambda one: ("north", ["ledger", "prove", one]),
    "analytic show": lambda one: (None, ["analytic", "show", one]),
    "schema": lambda one: (None, ["schema", one]),
    "explain": lambda one: (None, ["explain", one]),
    "a command": lambda one: (None, [one]),
}
_ORDERS = ("\x1b", "\x9b", "\x07", "\u202e", "Traceback")


def strings(shared: Path) -> list[str]:
    """The lists that others published, without what no command line can carry."""
    naughty = json.loads((shared / "vectors" / "blns" / "blns.json").read_text())
    files = sorted(path for path in (shared / "vectors" / "sqli").rglob("*.txt") if path.is_file())
    injected = [line for path in files for line in path.read_text("utf-8", "replace").splitlines()]
    return [one for one in dict.fromkeys([*naughty, *injected]) if one and "\0" not in one]


def said_of(world: World, command: str, string: str) -> str:
    """What is wrong with how a command ended; empty where it is a code that people can act on."""
    home, words = COMMANDS[command](string)
    ended = world.cli(*(word.replace("{folder}", str(world.folder)) for word in words), home=home)
    wrong = [order for order in _ORDERS if order in ended.text]
    if ended.exit not in (0, 2, 3, 4, 6, 9) or wrong:
        return f"{command} of {string[:40]!r}: {ended.exit} {wrong} {ended.err[:200]}"
    return ""
