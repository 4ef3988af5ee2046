"""The doctor: healthy homes are well, each illness is found with its remedy, and nothing is changed."""

from __future__ import annotations

import sqlite3
import tempfile
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from fedcli.files import lock
from fedcli.files.system import file_system
from fedcli.workflows import caged, examine
from tests.cli.lines import document, told
from tests.workflows.acts import edit, run, tree
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

#: What this machine may lack, with kernels and temporary folders being what they are.
MACHINE = {"cage"} if caged.probed().missing else set[str]()
MACHINE |= {"state"} if file_system(Path(tempfile.gettempdir())) == "tmpfs" else set()


def _states(world: World, home: str) -> dict[str, str]:
    shown = world.cli("doctor", "--format", "json", home=home)
    looked = shown.data["looked"]
    assert shown.exit == (10 if any(one["state"] != "ok" for one in looked) else 0)
    assert all(one.get("fix") for one in looked if one["state"] != "ok")
    return {one["what"]: one["state"] for one in looked}


@pytest.mark.parametrize("home", ["north", "researcher", "federation"])
def test_all_is_well(world: World, home: str) -> None:
    """Every kind of home is well after its first day, and looking changes no file of it."""
    before = tree(world.folder)
    found = _states(world, home)
    assert {what for what, state in found.items() if state != "ok"} <= MACHINE
    assert tree(world.folder) == before
    if set(found.values()) == {"ok"}:
        assert world.ok("doctor", home=home).out.startswith("all is well")


def _readable_key(world: World) -> None:
    (world.folder / "north" / "keys" / "north.key.json").chmod(0o644)


def _open_home(world: World) -> None:
    (world.folder / "north").chmod(0o777)


def _no_exchange(world: World) -> None:
    world.exchange.rename(world.folder / "away")


def _no_pin(world: World) -> None:
    (world.folder / "north" / "state" / "trust.json").unlink()


def _old_federation(world: World) -> None:
    root = world.exchange / "federation" / "0001.root.json"
    root.write_bytes(root.read_bytes().replace(b"A", b"B", 1))


def _soon(world: World) -> None:
    shown = world.ok("federation", "show", "--format", "json", home="federation").data
    expires = world.now.fromisoformat(shown["root"]["expires"])
    world.now = expires - timedelta(days=29)


def _too_late(world: World) -> None:
    _soon(world)
    world.later(days=30)


def _bad_policy(world: World) -> None:
    edit(world.folder / "north" / "policy.toml", "min_count", "min_cuont")


def _broken_database(world: World) -> None:
    database = world.folder / "north" / "state" / "site.db"
    database.write_bytes(database.read_bytes()[:5000])


def _edited_ledger(world: World) -> None:
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute(f"UPDATE entry SET hash = '{'0' * 64}' WHERE number = 0")


def _early(world: World) -> None:
    world.later(days=-2)


def _changed_data(world: World) -> None:
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute("UPDATE snapshot SET files = '[]'")


def _ill_data(world: World) -> None:
    problem = '[{"code": "D-LEVEL", "message": "m", "column": "sex", "rows": 3}]'
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute("UPDATE snapshot SET problems = ?", (problem,))


def _lost_data(world: World) -> None:
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute("UPDATE dataset SET places = replace(places, 'north', 'nowhere')")


ILL: dict[str, tuple[Callable[[World], None], dict[str, str]]] = {
    "a key that others read": (_readable_key, {"key north": "fail"}),
    "a home that others write": (_open_home, {"home": "warn"}),
    "no exchange": (
        _no_exchange,
        {"exchange": "fail", "federation": "fail", "ledger": "warn", "policy": "fail"},
    ),
    "no pin": (_no_pin, {"federation": "fail", "ledger": "warn"}),
    "a root that was changed": (_old_federation, {"federation": "fail", "ledger": "warn", "policy": "fail"}),
    "a root that ends soon": (_soon, {"federation": "warn"}),
    "a root that has ended": (_too_late, {"federation": "fail", "ledger": "warn"}),
    "a policy with a slip": (_bad_policy, {"policy": "fail"}),
    "a database that is cut": (_broken_database, {"ledger": "fail"}),
    "a ledger that was edited": (_edited_ledger, {"ledger": "fail"}),
    "data that changed": (_changed_data, {"dataset cohort": "warn"}),
    "data with a level that nobody declared": (_ill_data, {"dataset cohort": "fail"}),
    "data that are gone": (_lost_data, {"dataset cohort": "fail"}),
    "a clock that is behind": (_early, {"clock": "fail", "ledger": "fail"}),
}


@pytest.mark.parametrize("name", ILL)
def test_an_illness(world: World, name: str) -> None:
    """What is ill is found where it is; the rest stays well."""
    act, wanted = ILL[name]
    act(world)
    found = _states(world, "north")
    assert {what: state for what, state in found.items() if state != "ok" and what not in MACHINE} == wanted


def test_a_stranger(world: World) -> None:
    """Who trusts the federation and is no member of it is told so."""
    world.ok("init", "researcher", "zoe", "--dir", str(world.folder / "zoe"), "--no-passphrase")
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    world.ok("federation", "verify", "--pin", pin, home="zoe")
    assert _states(world, "zoe")["federation"] == "fail"


def test_outside_of_a_home(tmp_path: object, world: World) -> None:
    """Without a home the program and the clock are looked at."""
    found = document(told(world.folder, "doctor", "--format", "json"))
    assert found["exit"] == 10
    states = {one["what"]: one["state"] for one in found["data"]["looked"]}
    assert (states["home"], states["program"], states["clock"]) == ("warn", "ok", "ok")


def test_the_remedies(world: World) -> None:
    """The page says what to do."""
    _readable_key(world)
    ended = world.cli("doctor", home="north")
    assert ended.exit == 10
    assert "chmod 600" in ended.out


@pytest.mark.parametrize(("kind", "state"), [("nfs4", "warn"), ("tmpfs", "warn"), ("ext4", "ok")])
def test_where_the_state_is(world: World, monkeypatch: pytest.MonkeyPatch, kind: str, state: str) -> None:
    """A ledger is neither in memory nor where several machines write."""
    monkeypatch.setattr(examine, "file_system", lambda _: kind)
    assert _states(world, "north")["state"] == state


def test_a_lock_that_keeps_nobody_out(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second process tries; where it comes in, two runs could spend one budget twice."""
    monkeypatch.setattr(lock, "_comes_in", lambda _: True)
    assert _states(world, "north")["state"] == "fail"


def test_what_was_interrupted(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A charge without a release is told until the next run has finished it."""
    alone.submit(query_text(**ALONE))

    def gone(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("fedcli.workflows.walk.errand", gone)
        assert run(alone, "south").exit == 130
    assert _states(alone, "south")["ledger"] == "warn"
    assert run(alone, "south").exit == 0
    assert _states(alone, "south")["ledger"] == "ok"
