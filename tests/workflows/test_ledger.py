"""A site's log that was edited, shortened, restored or forked: nothing runs, and others notice."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable
from typing import Any

import pytest

from fedcli.ledger.merkle import leaf_hash
from fedcli.model.release import Release
from fedcli.trust.dsse import content, parse, sign, statement
from tests.workflows.acts import SOUTH, book, code, grant, keys_of, only_query, run, tree
from tests.workflows.conftest import ALONE
from tests.world import Ended, World, copied, query_text

Edit = Callable[[sqlite3.Connection], object]


def _rehashed(connection: sqlite3.Connection) -> None:
    """A clever forger: an entry changed together with its hash."""
    [(leaf,)] = connection.execute("SELECT leaf FROM entry WHERE number = 2").fetchall()
    forged = leaf.replace(b'"grant"', b'"deny"')
    assert forged != leaf
    connection.execute("UPDATE entry SET leaf = ?, hash = ? WHERE number = 2", (forged, leaf_hash(forged)))


def _changed(connection: sqlite3.Connection) -> None:
    """A clumsy forger: an entry changed, its hash as it was."""
    [(leaf,)] = connection.execute("SELECT leaf FROM entry WHERE number = 2").fetchall()
    connection.execute("UPDATE entry SET leaf = ? WHERE number = 2", (leaf.replace(b"grant", b"GRANT"),))


EDITS: dict[str, tuple[Edit | str, str]] = {
    "an entry changed": (_changed, "L-CHANGED"),
    "a hash changed": (f"UPDATE entry SET hash = '{'0' * 64}' WHERE number = 2", "L-CHANGED"),
    "an entry changed with its hash": (_rehashed, "L-ROLLBACK"),
    "an entry removed": ("DELETE FROM entry WHERE number = 2", "L-CHANGED"),
    "the last entry removed": (
        "DELETE FROM entry WHERE number = (SELECT max(number) FROM entry)",
        "L-ROLLBACK",
    ),
    "all entries removed": ("DELETE FROM entry", "L-ROLLBACK"),
    "two entries exchanged": (
        "UPDATE entry SET number = 99 WHERE number = 2; UPDATE entry SET number = 2 WHERE number = 3;"
        "UPDATE entry SET number = 3 WHERE number = 99",
        "L-ROLLBACK",
    ),
}


def _edit(world: World, site: str, edit: Edit | str) -> None:
    with sqlite3.connect(world.folder / site / "state" / "site.db") as connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.executescript(edit) if isinstance(edit, str) else edit(connection)


@pytest.mark.parametrize("name", EDITS)
def test_an_edited_ledger(studied: World, name: str) -> None:
    """Nothing runs on a ledger that was edited, and no new checkpoint covers it up."""
    edit, wanted = EDITS[name]
    query = studied.submit(query_text(title='"B"'), "b.toml")
    studied.approve(query, "north")
    _edit(studied, "north", edit)
    before, exchange = book(studied, "north"), tree(studied.exchange)
    for words in (("run", "--pending"), ("ledger", "verify"), ("ledger", "checkpoint")):
        ended = studied.cli(*words, "--format", "json", home="north")
        assert (ended.exit, code(ended)) == (6, wanted)
    assert (book(studied, "north"), tree(studied.exchange)) == (before, exchange)


WRITERS = {
    "approval": "approval grant {query} --key north-officer --reason ok",
    "data": "data add cohort {south}",
}


@pytest.mark.parametrize("writer", ["approval", "data"])
def test_nothing_is_written_onto_an_edited_ledger(studied: World, writer: str) -> None:
    """Whatever writes to the ledger looks at it first: else it signs and publishes a forged one."""
    query = studied.submit(query_text(title='"B"'), "b.toml")
    _edit(studied, "north", _rehashed)
    before = book(studied, "north")["entry"], tree(studied.exchange)
    words = WRITERS[writer].format(query=query, south=SOUTH).split()
    ended = studied.cli(*words, "--format", "json", home="north")
    assert ended.exit == 6
    assert (book(studied, "north")["entry"], tree(studied.exchange)) == before


def test_a_grant_does_not_hide_a_restored_backup(alone: World) -> None:
    """After a rollback no other command makes the site's runs go on."""
    _backup(alone, "south")
    query = alone.submit(query_text(**ALONE))
    assert run(alone, "south").exit == 0
    _restore(alone, "south")
    for person in ("owner", "officer"):
        grant(alone, "south", query, person)
    alone.ok("ledger", "show", home="south")
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")


def _backup(world: World, site: str) -> None:
    shutil.copy(world.folder / site / "state" / "site.db", world.folder / f"{site}.backup")


def _restore(world: World, site: str) -> None:
    shutil.copy(world.folder / f"{site}.backup", world.folder / site / "state" / "site.db")


def test_a_restored_backup(alone: World) -> None:
    """A database from before a release would forget the charge: nothing runs."""
    _backup(alone, "south")
    alone.submit(query_text(**ALONE))
    assert run(alone, "south").exit == 0
    latest = alone.folder / "latest.db"
    shutil.copy(alone.folder / "south" / "state" / "site.db", latest)
    _restore(alone, "south")
    alone.submit(query_text('id = "x"\nanalytic = "crosstab"\nby = ["sex"]', **ALONE), "b.toml")
    before = tree(alone.exchange)
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")
    assert ended.document["hint"]
    assert tree(alone.exchange) == before
    shutil.copy(latest, alone.folder / "south" / "state" / "site.db")
    assert run(alone, "south").exit == 0


def test_a_second_copy_of_a_site(alone: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Two copies of one site cannot both go on: the second is stopped."""
    twin = copied(alone, tmp_path_factory.mktemp("twin") / "alone")
    for world, question in ((alone, '"sex"'), (twin, '"statin"')):
        world.submit(query_text(f'id = "x"\nanalytic = "crosstab"\nby = [{question}]', **ALONE))
        assert run(world, "south").exit == 0
    shutil.rmtree(twin.exchange)
    shutil.copytree(alone.exchange, twin.exchange)
    ended = run(twin, "south")
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")


def test_a_fork_is_seen_by_others(alone: World, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Checkpoints of two histories side by side do not verify."""
    twin = copied(alone, tmp_path_factory.mktemp("twin") / "alone")
    for world, question in ((alone, '"sex"'), (twin, '"statin"')):
        world.submit(query_text(f'id = "x"\nanalytic = "crosstab"\nby = [{question}]', **ALONE))
        assert run(world, "south").exit == 0
    ours, theirs = (world.exchange / "south" / "checkpoints" for world in (alone, twin))
    number = len(list(ours.glob("???")))
    for name in (f"{number:03}", f"{number:03}.proof.json"):
        shutil.copy(theirs / name, ours / name.replace(f"{number:03}", f"{number + 1:03}"))
    ended = alone.cli("verify", str(ours), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (6, "L-FORK")


def test_the_history_of_a_study(studied: World) -> None:
    """The ledger tells opening, data, approvals, charge and release, in this order, and proves each."""
    shown = studied.ok("ledger", "show", "--format", "json", home="north").data["entries"]
    kinds = [entry["kind"] for entry in shown]
    assert kinds == ["opened", "dataset", "approval", "approval", "charge", "release"]
    for number in range(len(kinds)):
        proof = studied.ok("ledger", "prove", str(number), "--format", "json", home="north").data
        assert proof["entry"] == shown[number]
    ended = studied.cli("ledger", "prove", "6", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (2, "L-ENTRY")


def _proof(studied: World) -> dict[str, Any]:
    return studied.ok("ledger", "prove", "2", "--format", "json", home="north").document


def _verified(studied: World, proof: dict[str, Any]) -> Ended:
    (studied.folder / "p.json").write_text(json.dumps(proof))
    return studied.cli("verify", str(studied.folder / "p.json"), "--format", "json", home="researcher")


def test_a_proof_can_be_verified(studied: World) -> None:
    """Anyone can check what `ledger prove` wrote: the entry, the path, the site that signed."""
    ended = _verified(studied, _proof(studied))
    [found] = ended.data["files"]
    assert (ended.exit, found["kind"], found["signers"]) == (0, "proof", ["north"])
    assert found["about"] == "entry 2 (approval, 2026-11-22) in a log of 6"


def _entry_changed(data: dict[str, Any]) -> None:
    data["entry"]["reason"] = "another"


def _number_changed(data: dict[str, Any]) -> None:
    data["number"] = 3


def _path_changed(data: dict[str, Any]) -> None:
    data["inclusion"][0] = "0" * 64


def _root_changed(data: dict[str, Any]) -> None:
    first, size, root, *rest = data["checkpoint"].split("\n")
    data["checkpoint"] = "\n".join([first, size, root[::-1], *rest])


def _site_changed(data: dict[str, Any]) -> None:
    data["entry"]["site"] = "south"


@pytest.mark.parametrize(
    ("change", "found"),
    [
        (_entry_changed, "L-PROOF"),
        (_number_changed, "L-PROOF"),
        (_path_changed, "L-PROOF"),
        (_root_changed, "S-NOTE"),
        (_site_changed, "S-NOTE"),
    ],
)
def test_a_forged_proof(studied: World, change: Callable[[dict[str, Any]], None], found: str) -> None:
    """An entry, a number, a path or a root that was changed is no proof."""
    proof = _proof(studied)
    change(proof["data"])
    ended = _verified(studied, proof)
    assert (ended.exit, code(ended)) == (6, found)


def test_another_answer_is_no_proof(studied: World) -> None:
    """What other commands print is nothing that was signed."""
    ended = _verified(studied, {**_proof(studied), "command": "ledger show"})
    assert (ended.exit, code(ended)) == (6, "S-KIND")


def test_a_release_proves_its_charge(studied: World) -> None:
    """What a release says of its charge is held against the log that it commits to."""
    [path] = studied.releases("north", only_query(studied))
    found = content(parse(path.read_bytes(), "x"), "release", "x")
    told = json.loads(json.dumps(found.predicate))
    told["charges"][0]["entry"]["charge"]["scalars"] = 0
    forged = Release.read(told, "x")
    subject = found.subject[0].digest["sha256"]
    path.write_bytes(sign(statement("release", subject, forged), [keys_of(studied, "north", "north")]))
    ended = studied.cli("verify", str(path), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (6, "L-CHARGE")
