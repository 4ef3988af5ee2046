"""Genuine files in a place that is not theirs: other attempts, queries, sites and federations."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from fedcli.files.canonical import digest
from fedcli.files.strict import parse_json
from fedcli.model.release import Release, Values
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.trust.keys import key_id
from fedcli.trust.sealing import seal, unseal
from fedcli.trust.verified import release_binding
from fedcli.workflows.execute import run_all
from tests.workflows.acts import (
    book,
    code,
    combine,
    keys_of,
    only_query,
    ran,
    recorded,
    run,
    told,
    tree,
)
from tests.workflows.conftest import ALONE
from tests.world import World, query_text


def _copy(world: World, source: tuple[str, str, str], target: tuple[str, str, str]) -> None:
    """Copy a release, both halves, to another site, query or attempt."""
    for half in ("release.json", "values.sealed"):
        paths = [
            world.exchange / site / "releases" / query / f"{number}.{half}"
            for site, query, number in (source, target)
        ]
        paths[1].parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(*paths)


def _refused(world: World, query: str, *codes: str) -> None:
    before = tree(world.folder)
    ended = combine(world, query)
    assert ended.exit == 6
    assert code(ended) in codes
    assert tree(world.folder) == before


def test_an_attempt_again(studied: World) -> None:
    """Attempt 1 under the name of attempt 2 is a replay."""
    query = only_query(studied)
    _copy(studied, ("north", query, "000.01"), ("north", query, "000.02"))
    _refused(studied, query, "R-REPLAY")


def test_an_attempt_in_a_later_round(studied: World) -> None:
    """Round 0 under the name of round 1 is a replay."""
    query = only_query(studied)
    _copy(studied, ("north", query, "000.01"), ("north", query, "001.01"))
    _refused(studied, query, "R-REPLAY")


def test_the_release_of_another_site(studied: World) -> None:
    """The answer of one site does not count for another."""
    query = only_query(studied)
    _copy(studied, ("south", query, "000.01"), ("north", query, "000.01"))
    _refused(studied, query, "R-REPLAY")


@pytest.fixture
def second(studied: World) -> str:
    """A second query, which nobody has answered."""
    return studied.submit(query_text('id = "n"\nanalytic = "count"', cohort='"age > 50"'), "b.toml")


def test_the_release_of_another_query(studied: World, second: str) -> None:
    """The answer to one query does not count for another with the same analysis."""
    for site in ("north", "south", "east"):
        _copy(studied, (site, only_query_but(studied, second), "000.01"), (site, second, "000.01"))
    _refused(studied, second, "R-REPLAY")


def test_the_status_of_a_replayed_release(studied: World, second: str) -> None:
    """`query status` does not take another query's release for an answer."""
    _copy(studied, ("north", only_query_but(studied, second), "000.01"), ("north", second, "000.01"))
    ended = studied.cli("query", "status", second, "--format", "json", home="researcher")
    assert ended.exit == 6


def only_query_but(world: World, other: str) -> str:
    """The query of a world beside another one."""
    [query] = {folder.name for folder in (world.exchange / "ana" / "queries").iterdir()} - {other}
    return query


def test_a_second_answer(alone: World) -> None:
    """A site that answers twice is refused, even with its own signature."""
    query = alone.submit(query_text(**ALONE))
    run(alone, "south")
    [statement_file] = alone.releases("south", query)
    ana, site = keys_of(alone, "researcher", "ana"), keys_of(alone, "south", "south")
    first = Release.read(content(parse(statement_file.read_bytes(), "x"), "release", "x").predicate, "x")
    text = unseal(
        statement_file.with_name("000.01.values.sealed").read_bytes(), ana, release_binding(first), "x"
    )
    values = Values.read(parse_json(text, "x"), "x").model_copy(update={"attempt": 2})
    again = first.model_copy(update={"attempt": 2})
    sealed = seal(
        values.canonical(), {key_id(ana.signing_key): ana.sealing_key}, release_binding(again), 8192
    )
    statement_file.with_name("000.02.values.sealed").write_bytes(sealed)
    statement_file.with_name("000.02.release.json").write_bytes(
        sign(statement("release", digest(sealed), again), [site])
    )
    _refused(alone, query, "R-REPLAY")


def test_a_federation_of_strangers(studied: World, strangers: World) -> None:
    """The root of another federation of the same name is not this one's."""
    ours, theirs = (world.exchange / "federation" / "0001.root.json" for world in (studied, strangers))
    shutil.copy(theirs, ours)
    for home in ("researcher", "north"):
        ended = studied.cli("federation", "verify", "--format", "json", home=home)
        assert (ended.exit, code(ended)) == (6, "T-PIN")
    before = book(studied, "north")
    assert run(studied, "north").exit == 6
    assert book(studied, "north") == before


def test_the_pin_of_strangers(world: World, strangers: World) -> None:
    """A home that trusts one federation does not change over to another by a new pin."""
    pin = strangers.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    ended = world.cli("federation", "verify", "--pin", pin, "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (6, "T-PIN")


def test_a_query_of_strangers(studied: World, strangers: World) -> None:
    """A query that a stranger of the same name signed is an alarm at every site."""
    query = only_query(strangers)
    shutil.copytree(
        strangers.exchange / "ana" / "queries" / query, studied.exchange / "ana" / "queries" / query
    )
    ended = run(studied, "north")
    assert ended.exit == 6
    assert ("integrity", "S-SIGNER") in ran(ended)


def test_a_release_of_strangers(studied: World, strangers: World) -> None:
    """A release that a stranger of the same name signed is an alarm at the researcher."""
    query = only_query(studied)
    source = strangers.exchange / "north" / "releases" / only_query(strangers)
    target = studied.exchange / "north" / "releases" / query
    for path in source.iterdir():
        shutil.copy(path, target / path.name)
    _refused(studied, query, "S-SIGNER")


def test_an_approval_of_strangers_is_no_file_of_ours(studied: World, strangers: World) -> None:
    """`verify` refuses what strangers signed."""
    source = next((strangers.exchange / "north" / "approvals").iterdir())
    copy = studied.folder / source.name
    shutil.copy(source, copy)
    ended = studied.cli("verify", str(copy), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (6, "S-SIGNER")


def test_a_rehearsal_is_no_release(alone: World) -> None:
    """What a rehearsal makes says so, and `verify` refuses it."""
    query = alone.submit(query_text(**ALONE))
    run_all(alone.desk("south"), (query,), rehearses=True)
    [release] = alone.releases("south", query)
    ended = alone.cli("verify", str(release), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (6, "S-REHEARSAL")


def _take_the_name(world: World) -> tuple[str, Path]:
    query = world.submit(query_text(**ALONE))
    place = world.exchange / "south" / "releases" / query / "000.01.values.sealed"
    place.parent.mkdir(parents=True)
    place.write_bytes(b"mine")
    return query, place


def test_a_name_that_is_taken(alone: World) -> None:
    """Where somebody has put a file at the place of a release, nothing is replaced and nothing is lost."""
    query, place = _take_the_name(alone)
    run(alone, "south")
    assert place.read_bytes() == b"mine"
    assert [one.visible for one in recorded(alone, "south", query)] == [False]
    place.unlink()
    assert run(alone, "south").exit == 0
    assert told(alone, query) == {"south": {"n": ""}}


def test_a_name_that_is_taken_is_an_alarm(alone: World) -> None:
    """Names in the exchange are written once, so other bytes under one are an alarm, in every run."""
    _take_the_name(alone)
    assert [run(alone, "south").exit for _ in range(2)] == [6, 6]


def test_a_link_in_the_place_of_a_folder(alone: World, tmp_path: Path) -> None:
    """A folder of the exchange that leads elsewhere does not make the site write elsewhere unnoticed."""
    query = alone.submit(query_text(**ALONE))
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    (alone.exchange / "south" / "releases").symlink_to(elsewhere)
    run(alone, "south")
    assert recorded(alone, "south", query)
    assert told(alone, query) == {"south": {"n": ""}}
