"""Roots: thresholds, members who come and go, new keys, new dictionaries, floors, and old copies."""

from __future__ import annotations

import shutil
from pathlib import Path

from tests.workflows.acts import (
    code,
    combine,
    edit,
    enrol,
    flipped,
    new_person,
    new_researcher,
    only_query,
    publish,
    ran,
    run,
    told,
    tree,
)
from tests.workflows.conftest import ALONE
from tests.world import SAMPLE, World, query_text


def _fed(world: World, *words: str) -> tuple[int, str]:
    ended = world.cli("federation", *words, "--format", "json", home="federation")
    return ended.exit, code(ended)


def _root(world: World, home: str) -> int:
    return int(world.ok("federation", "show", "--format", "json", home=home).data["root"]["version"])


def test_one_signature_of_two(world: World) -> None:
    """A root waits for the threshold, and is not published before."""
    new_person(world, "north", "north-new", "checker", enrolled=False)
    card = str(world.folder / "north" / "keys" / "north-new.card.json")
    assert _fed(world, "member", "add", card) == (0, "")
    assert _fed(world, "publish") == (8, "T-WAIT")
    assert _fed(world, "sign", "--key", "ada") == (0, "")
    before = tree(world.exchange)
    assert _fed(world, "publish") == (8, "T-SIGNATURES")
    assert _fed(world, "sign", "--key", "ada") == (0, "")
    assert _fed(world, "publish") == (8, "T-SIGNATURES")
    assert tree(world.exchange) == before
    assert _fed(world, "sign", "--key", "ben") == (0, "")
    assert _fed(world, "publish") == (0, "")
    assert _root(world, "north") == 2


def test_repeating_says_so(world: World) -> None:
    """Signing and publishing again changes nothing and ends with 0."""
    enrolled = world.folder / "north" / "keys" / "north.card.json"
    assert world.ok("federation", "publish", "--format", "json", home="federation").data["new"] is False
    added = world.ok("federation", "member", "add", str(enrolled), "--format", "json", home="federation")
    assert added.data["new"] is False
    signed = [
        world.ok("federation", "sign", "--key", "ada", "--format", "json", home="federation").data["new"]
        for _ in range(2)
    ]
    assert signed == [True, False]


def test_a_change_after_signing(world: World) -> None:
    """Signatures are on what was signed: after a change all sign again."""
    world.ok("federation", "member", "remove", "north-owner", "--reason", "left", home="federation")
    for name in ("ada", "ben"):
        world.ok("federation", "sign", "--key", name, home="federation")
    world.ok("federation", "member", "remove", "south-owner", "--reason", "left", home="federation")
    assert _fed(world, "publish") == (8, "T-WAIT")
    publish(world)
    members = world.ok("federation", "show", "--format", "json", home="north").data["root"]["members"]
    assert not {"north-owner", "south-owner"} & {member["name"] for member in members}


def test_who_is_no_administrator(world: World) -> None:
    """A key of the federation's home that the root does not name signs nothing."""
    world.ok("key", "new", "eve", "--role", "administrator", "--no-passphrase", home="federation")
    assert _fed(world, "sign", "--key", "eve") == (4, "T-ADMINISTRATOR")
    assert _fed(world, "sign", "--key", "nobody") == (2, "K-MISSING")


def test_an_unknown_member(world: World) -> None:
    """Who is not there cannot be taken out."""
    assert _fed(world, "member", "remove", "north-ownr", "--reason", "x") == (2, "T-MEMBER")


def test_fewer_administrators_than_the_threshold(world: World) -> None:
    """A root that nobody could change any more is refused."""
    world.ok("federation", "member", "remove", "ben", "--reason", "left", home="federation")
    before = tree(world.exchange)
    status, told_code = _fed(world, "sign", "--key", "ada")
    assert (status, told_code) == (3, "F-SCHEMA")
    assert tree(world.exchange) == before


def test_a_changed_card(world: World) -> None:
    """A card is signed with the keys in it: one changed byte anywhere is an alarm, and nobody is enrolled."""
    new_person(world, "north", "north-new", "checker", enrolled=False)
    card = world.folder / "north" / "keys" / "north-new.card.json"
    whole, before = card.read_bytes(), tree(world.folder / "federation")
    ends = set()
    for place in range(0, len(whole), len(whole) // 40):
        card.write_bytes(flipped(whole, place))
        ends.add(_fed(world, "member", "add", str(card))[0])
    assert tree(world.folder / "federation") == before
    assert ends == {6}


def test_a_changed_root(world: World) -> None:
    """One changed byte anywhere in a root is an alarm."""
    root = world.exchange / "federation" / "0001.root.json"
    whole = root.read_bytes()
    ends = set()
    for place in range(0, len(whole), len(whole) // 60):
        root.write_bytes(flipped(whole, place))
        ends.add(world.cli("federation", "verify", home="north").exit)
    assert ends == {6}


def test_a_key_that_was_revoked_does_not_come_back(world: World) -> None:
    """A card with a key that was taken out cannot be enrolled again."""
    world.ok("federation", "member", "remove", "north-owner", "--reason", "lost", home="federation")
    publish(world)
    world.ok(
        "federation",
        "member",
        "add",
        str(world.folder / "north/keys/north-owner.card.json"),
        home="federation",
    )
    assert _fed(world, "sign", "--key", "ada") == (3, "F-SCHEMA")


def test_a_researcher_who_left(alone: World) -> None:
    """After a researcher is taken out, sites answer no more of their queries."""
    query = alone.submit(query_text(**ALONE))
    alone.ok("federation", "member", "remove", "ana", "--reason", "left", home="federation")
    publish(alone)
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (6, [("integrity", "S-SIGNER")])
    assert alone.releases("south", query) == []


def test_a_new_researcher(alone: World) -> None:
    """Who is enrolled by root 2 can ask, and sites follow by themselves."""
    new_researcher(alone, "bob")
    enrol(alone, alone.folder / "bob" / "keys" / "bob.card.json")
    file = alone.folder / "bob" / "query.toml"
    file.write_text(query_text(**ALONE))
    query = alone.ok("query", "submit", str(file), "--format", "json", home="bob").data["digest"]
    assert ran(run(alone, "south")) == [("done", "")]
    ended = alone.cli("combine", query, "--format", "json", home="bob")
    assert (ended.exit, ended.data["results"]["n"]["scalars"]) == (0, {"n": 1000})


def _rotated(studied: World) -> None:
    studied.ok("key", "rotate", "--no-passphrase", home="north")
    enrol(studied, studied.folder / "north" / "keys" / "north.card.json")


def test_releases_from_before_a_rotation(studied: World) -> None:
    """Old releases still verify and add up after the site has new keys."""
    query = only_query(studied)
    _rotated(studied)
    assert combine(studied, query).exit == 0
    studied.ok("verify", str(studied.releases("north", query)[0]), home="researcher")


def test_a_site_goes_on_after_a_rotation(studied: World) -> None:
    """With new keys in the root the site runs, and its log continues what the old key signed."""
    _rotated(studied)
    query = studied.submit(query_text(title='"B"'), "b.toml")
    studied.approve(query, "north")
    assert ran(run(studied, "north")) == [("done", "")]
    studied.ok("ledger", "verify", home="north")


def test_an_exchange_after_a_rotation(studied: World) -> None:
    """What a site signed with the keys that it had then still verifies."""
    _rotated(studied)
    studied.ok("verify", str(studied.exchange), home="researcher")


def test_a_rotation_that_is_not_enrolled_yet(studied: World) -> None:
    """Until the root has the new keys, nothing is done with them that others could not verify."""
    studied.ok("key", "rotate", "--no-passphrase", home="north")
    query = studied.submit(query_text(title='"B"'), "b.toml")
    before = studied.releases("north", query)
    assert run(studied, "north").exit == 6
    assert studied.releases("north", query) == before


def test_a_researcher_with_new_keys(alone: World) -> None:
    """A query that was signed with keys since replaced is signed again, and answered."""
    alone.submit(query_text(**ALONE))
    alone.ok("key", "rotate", "--no-passphrase", home="researcher")
    enrol(alone, alone.folder / "researcher" / "keys" / "ana.card.json")
    assert run(alone, "south").exit == 6
    query = alone.submit(query_text(**ALONE, title='"Again"'), "b.toml")
    assert ran(run(alone, "south", query)) == [("done", "")]
    assert told(alone, query) == {"south": {"n": ""}}


def test_a_new_version_of_the_dictionary(alone: World) -> None:
    """After root 2 with a new dictionary, an old query is refused and a new one answered once both moved."""
    old = alone.submit(query_text(**ALONE))
    file = alone.folder / "cohort.toml"
    file.write_text((SAMPLE / "cohort.toml").read_text())
    edit(file, "[18, 100]", "[18, 110]")
    assert _fed(alone, "dataset", "add", str(file)) == (3, "T-DICTIONARY")
    edit(file, "version     = 1", "version     = 2")
    alone.ok("federation", "dataset", "add", str(file), home="federation")
    publish(alone)
    assert ran(run(alone, "south", old)) == [("done", "")]
    new = alone.submit(query_text(**ALONE, title='"New"'), "b.toml")
    ended = run(alone, "south", new)
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-DICTIONARY")])
    alone.ok("data", "add", "cohort", str(SAMPLE / "south.parquet"), home="south")
    assert ran(run(alone, "south", new)) == [("done", "")]
    assert told(alone, new) == {"south": {"n": ""}}
    alone.ok("verify", str(alone.exchange), home="researcher")


def test_an_old_copy_of_the_federation(world: World, tmp_path: Path) -> None:
    """Who has seen root 2 does not go back to root 1."""
    folder = world.exchange / "federation"
    shutil.copytree(folder, tmp_path / "old")
    new_person(world, "north", "north-new", "checker")
    world.ok("federation", "verify", home="north")
    shutil.rmtree(folder)
    shutil.copytree(tmp_path / "old", folder)
    before = tree(world.folder / "north" / "state")
    for words in (("run", "--pending"), ("federation", "verify"), ("approval", "list")):
        ended = world.cli(*words, "--format", "json", home="north")
        assert (ended.exit, code(ended)) == (6, "T-ROLLBACK")
    world.ok("federation", "verify", home="south")
    after = tree(world.folder / "north" / "state")
    kept = {name: after.pop(name, b"") for name in ("run.lock", "heartbeat.json", "run.log.jsonl")}
    assert after == before
    assert kept["run.lock"] == b""


def test_another_root_of_the_same_version(world: World, tmp_path: Path) -> None:
    """Two roots of one version, both signed, are a fork."""
    federation = world.folder / "federation"
    shutil.copytree(federation, tmp_path / "federation")
    shutil.copytree(world.exchange / "federation", tmp_path / "exchange")
    new_person(world, "north", "north-new", "checker")
    world.ok("federation", "verify", home="north")
    for source, target in (("federation", federation), ("exchange", world.exchange / "federation")):
        shutil.rmtree(target)
        shutil.copytree(tmp_path / source, target)
    world.ok("federation", "member", "remove", "south-owner", "--reason", "left", home="federation")
    publish(world)
    ended = world.cli("federation", "verify", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "T-FORK")


def test_an_expired_root(alone: World) -> None:
    """After the root's end nothing new is signed, approved or run; the next root repairs it."""
    query = alone.submit(query_text(**ALONE, expires="2030-01-01"))
    alone.later(days=366)
    ended = run(alone, "south")
    assert (ended.exit, code(ended)) == (6, "T-EXPIRED")
    publish(alone)
    assert ran(run(alone, "south", query)) == [("done", "")]


def _floor(world: World, text: str) -> None:
    (world.folder / "federation" / "policies" / "floor.toml").write_text(text)


def test_a_floor_tightens_every_policy(world: World) -> None:
    """What the federation wants at least holds at every site, and is said."""
    _floor(world, "[disclosure]\nmin_count = 500\n")
    publish(world)
    ended = world.cli("policy", "check", "--format", "json", home="south")
    assert (ended.exit, ended.data["floor"]) == (10, True)
    assert ended.data["policy"]["disclosure"]["min_count"] == 500
    query = world.submit(query_text('id = "a"\nanalytic = "crosstab"\nby = ["statin"]'))
    world.approve(query)
    world.run()
    result = combine(world, query).data["results"]["a"]
    assert result["suppressed"]


def test_a_floor_does_not_loosen(world: World) -> None:
    """A floor that is looser than a site's policy changes nothing there."""
    _floor(world, "[disclosure]\nmin_count = 3\n")
    publish(world)
    shown = world.ok("policy", "show", "--format", "json", home="south").data
    assert (shown["policy"]["disclosure"]["min_count"], shown["floor"]) == (10, False)


def test_a_floor_that_is_no_layer(world: World) -> None:
    """A floor with a misspelt key is refused before anybody signs it."""
    _floor(world, "[disclosure]\nmin_cuont = 500\n")
    assert _fed(world, "sign", "--key", "ada") == (3, "F-SCHEMA")


def test_a_floor_that_cannot_be_compared(world: World) -> None:
    """Fewer questions in a shorter time is neither stricter nor looser, and is not decided silently."""
    _floor(world, '[limits]\nquestions_per_researcher = { number = 5, period = "1 day" }\n')
    assert _fed(world, "sign", "--key", "ada") == (3, "P-ORDER")


def test_a_threshold_that_a_thief_does_not_reach(world: World) -> None:
    """One administrator's key alone cannot publish a root that anybody follows."""
    world.ok("federation", "member", "remove", "ben", "--reason", "coup", home="federation")
    draft = world.folder / "federation" / "root" / "draft.json"
    draft.write_text(draft.read_text().replace('"threshold":2', '"threshold":1'))
    world.ok("federation", "sign", "--key", "ada", home="federation")
    assert _fed(world, "publish") == (8, "T-SIGNATURES")
    shutil.copy(
        world.folder / "federation" / "root" / "0002.root.json",
        world.exchange / "federation" / "0002.root.json",
    )
    ended = world.cli("federation", "verify", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "T-THRESHOLD")
    assert run(world, "north").exit == 6


def test_a_gap_in_the_chain(world: World) -> None:
    """Roots after a missing number are not followed, and who has seen them says so."""
    new_person(world, "north", "north-new", "checker")
    new_person(world, "north", "north-next", "checker")
    world.ok("federation", "verify", home="north")
    (world.exchange / "federation" / "0002.root.json").unlink()
    ended = world.cli("federation", "verify", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "T-ROLLBACK")
