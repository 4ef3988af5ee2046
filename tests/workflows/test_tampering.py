"""Every kind of file in the exchange, changed, cut, emptied or taken away: who notices, and how."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.workflows.acts import (
    book,
    code,
    combine,
    edit,
    flipped,
    keys_of,
    only_query,
    run,
    tree,
)
from tests.world import World, query_text

KINDS: dict[str, str] = {
    "root": "federation/0001.root.json",
    "dictionary": "federation/dictionaries/*.json",
    "query": "ana/queries/*/query.json",
    "result": "ana/queries/*/result.json",
    "sealed result": "ana/queries/*/result.sealed",
    "policy": "north/policy/001.json",
    "manifest": "north/manifest/001.json",
    "checkpoint": "north/checkpoints/002",
    "last checkpoint": "north/checkpoints/004",
    "proof": "north/checkpoints/003.proof.json",
    "approval": "north/approvals/*.001.json",
    "release": "north/releases/*/000.01.release.json",
    "sealed values": "north/releases/*/000.01.values.sealed",
}
#: Who reads a kind of file, beyond `verify`.
COMBINER = ("root", "dictionary", "release", "sealed values")
SITE = ("root", "query", "last checkpoint")

WAYS: dict[str, Callable[[bytes], bytes]] = {
    "first quarter": lambda data: flipped(data, len(data) // 4),
    "middle": flipped,
    "last quarter": lambda data: flipped(data, 3 * len(data) // 4),
    "cut": lambda data: data[: len(data) // 2],
    "empty": lambda data: b"",
    "another document": lambda data: b"{}",
}


def _find(world: World, kind: str) -> Path:
    return sorted(world.exchange.glob(KINDS[kind]))[0]


def _spoil(world: World, kind: str, way: str) -> Path:
    path = _find(world, kind)
    path.write_bytes(WAYS[way](path.read_bytes()))
    return path


def _verify(world: World, *paths: object) -> int:
    return world.cli("verify", *map(str, paths), "--format", "json", home="researcher").exit


def test_an_untouched_exchange_verifies(studied: World) -> None:
    """What nobody touched is verified, every file of it, and by whom is said."""
    ended = studied.ok("verify", str(studied.exchange), "--format", "json", home="researcher")
    files = ended.data["files"]
    assert all(one["signers"] and not one.get("problem") for one in files)
    kinds = {one["kind"] for one in files}
    assert kinds == {
        *("root", "dictionary", "query", "result", "policy", "manifest", "checkpoint", "approval", "release")
    }


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", KINDS)
def test_verify_notices(studied: World, kind: str, way: str) -> None:
    """`verify` ends with 6 and changes nothing."""
    _spoil(studied, kind, way)
    before = tree(studied.folder)
    assert _verify(studied, studied.exchange) == 6
    assert tree(studied.folder) == before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", COMBINER)
def test_combine_notices(studied: World, kind: str, way: str) -> None:
    """The combiner adds nothing up, and keeps and posts nothing."""
    _spoil(studied, kind, way)
    before = tree(studied.folder)
    ended = combine(studied, only_query(studied))
    assert (ended.exit, ended.document["status"]) == (6, "integrity")
    assert tree(studied.folder) == before


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("kind", SITE)
def test_run_notices(studied: World, kind: str, way: str) -> None:
    """A site ends with 6, charges nothing and releases nothing."""
    _spoil(studied, kind, way)
    before = book(studied, "north")
    assert run(studied, "north").exit == 6
    assert book(studied, "north") == before


@pytest.mark.parametrize("place", range(0, 100, 7))
def test_every_part_of_a_release_is_signed(studied: World, place: int) -> None:
    """One changed byte anywhere in a release is noticed."""
    path = _find(studied, "release")
    data = path.read_bytes()
    path.write_bytes(flipped(data, len(data) * place // 100))
    assert _verify(studied, path) == 6


def test_a_published_policy_that_was_edited(studied: World) -> None:
    """Nobody can loosen a policy in the exchange after it was signed."""
    import base64
    import json

    path = _find(studied, "policy")
    envelope = json.loads(path.read_text())
    body = base64.b64decode(envelope["payload"])
    assert b'"min_count":10' in body
    envelope["payload"] = base64.b64encode(body.replace(b'"min_count":10', b'"min_count":3')).decode()
    path.write_text(json.dumps(envelope))
    assert _verify(studied, path) == 6


def test_verify_misses_a_sealed_file(studied: World) -> None:
    """A statement whose sealed half is gone does not hold."""
    _find(studied, "sealed values").unlink()
    assert _verify(studied, studied.exchange) == 6


def test_combine_misses_a_sealed_file(studied: World) -> None:
    """A release of which half is gone is no mistake of the person typing."""
    _find(studied, "sealed values").unlink()
    ended = combine(studied, only_query(studied))
    assert ended.exit in (6, 75)


def test_combine_misses_a_dictionary(studied: World) -> None:
    """A dictionary that the root names and the exchange lacks is no mistake of the person typing."""
    _find(studied, "dictionary").unlink()
    ended = combine(studied, only_query(studied))
    assert ended.exit in (6, 75)


def test_verify_of_nothing_is_no_success(studied: World) -> None:
    """A slip in a path does not pass a check in CI."""
    assert _verify(studied, studied.folder / "none.json") != 0


def test_a_release_that_is_gone_is_waited_for(studied: World) -> None:
    """Who takes a release away makes its site missing, not the result wrong."""
    _find(studied, "release").unlink()
    query = only_query(studied)
    ended = combine(studied, query)
    assert (ended.exit, code(ended)) == (8, "R-WAIT")
    assert "north" in ended.document["message"]
    status = studied.cli("query", "status", query, "--format", "json", home="researcher")
    assert status.exit == 8


def test_values_sealed_again(studied: World) -> None:
    """Values that somebody sealed anew to the researcher are not those that were signed."""
    from fedcli.trust.keys import key_id
    from fedcli.trust.sealing import seal

    path = _find(studied, "sealed values")
    ana = keys_of(studied, "researcher", "ana")
    bound = {
        "federation": "cardio-net",
        "query": only_query(studied),
        "site": "north",
        "round": 0,
        "attempt": 1,
    }
    path.write_bytes(seal(b"{}", {key_id(ana.signing_key): ana.sealing_key}, bound, 4096))
    ended = combine(studied, only_query(studied))
    assert (ended.exit, code(ended)) == (6, "S-SUBJECT")
    assert _verify(studied, studied.exchange) == 6


def test_values_of_another_release(studied: World) -> None:
    """The sealed half of one site does not fit the statement of another."""
    ours = _find(studied, "sealed values")
    ours.write_bytes(Path(str(ours).replace("/north/", "/south/")).read_bytes())
    ended = combine(studied, only_query(studied))
    assert (ended.exit, code(ended)) == (6, "S-SUBJECT")


def test_verify_names_the_file_and_goes_on(studied: World) -> None:
    """One bad file is named; the good ones are told too."""
    path = _spoil(studied, "approval", "middle")
    ended = studied.cli("verify", str(studied.exchange), "--format", "json", home="researcher")
    bad = [one["file"] for one in ended.data["files"] if one.get("problem")]
    assert bad == [str(path)]
    assert sum(not one.get("problem") for one in ended.data["files"]) > 20
    assert code(ended) in ("S-SIGNATURE", "S-FORM", "S-ENCODING")


def test_a_list_with_a_bad_query_has_a_code(studied: World) -> None:
    """A command that ends with 6 says which code made it so."""
    _spoil(studied, "query", "middle")
    ended = studied.cli("approval", "list", "--format", "json", home="north")
    assert ended.exit == 6
    assert code(ended) in ("S-SIGNATURE", "S-FORM", "S-ENCODING")


def test_one_bad_query_stops_no_other(studied: World) -> None:
    """A site runs the good queries beside a bad one, and ends with 6."""
    good = studied.submit(query_text(title='"Good"'), "good.toml")
    studied.approve(good, "north")
    bad = studied.exchange / "ana" / "queries" / ("1" * 64)
    bad.mkdir()
    (bad / "query.json").write_bytes(b"junk")
    ended = run(studied, "north")
    assert ended.exit == 6
    assert {one["query"]: one["status"] for one in ended.data["queries"]}["1" * 64] == "integrity"
    assert len(studied.releases("north", good)) == 1


def test_foreign_files_in_the_exchange_are_ignored(studied: World) -> None:
    """Files and folders that no grammar names stop nobody."""
    query = only_query(studied)
    for name in (".hidden", "README", "Thumbs.db", "ana/queries/note.txt", "north/releases/x", "Z"):
        path = studied.exchange / name
        path.write_text("hello")
    (studied.exchange / "UPPER" / "queries" / ("2" * 64)).mkdir(parents=True)
    assert run(studied, "north").exit == 0
    assert combine(studied, query).exit == 0


def test_names_in_other_forms_are_no_releases(studied: World) -> None:
    """Only the names that the format has are looked at."""
    folder = studied.releases("north", only_query(studied))[0].parent
    for name in (
        "000.1.release.json",
        "0.01.release.json",
        "000.01.release.json.bak",
        "000.02.release.jsonx",
    ):
        (folder / name).write_text("junk")
    assert combine(studied, only_query(studied)).exit == 0


def test_a_stray_settings_file(studied: World) -> None:
    """The settings of a home cannot be moved to another participant's name unnoticed."""
    edit(studied.folder / "north" / "fedcli.toml", 'name = "north"', 'name = "south"')
    assert run(studied, "north").exit != 0
