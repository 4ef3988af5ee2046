"""What a site refuses of a query before it charges anything: who, what, for which purpose, until when."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.model.query import Query
from tests.workflows.acts import (
    book,
    code,
    enrol,
    entries,
    keys_of,
    new_researcher,
    policy,
    post_query,
    publish,
    query_in,
    ran,
    run,
    told,
    written,
)
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

REFUSALS: dict[str, tuple[dict[str, str], tuple[str, str] | None, str]] = {
    "project": ({"project": '"other"'}, None, "A-PROJECT"),
    "purpose of the policy": ({"purpose": '"DUO:0000042"'}, None, "A-PURPOSE"),
    "purpose of the dictionary": (
        {"purpose": '"DUO:0000004"'},
        ('["DUO:0000006"]', '["*"]'),
        "A-PURPOSE",
    ),
    "analytic": ({}, ('"count", ', ""), "A-ANALYTIC"),
    "quorum": ({}, ("min_sites  = 1", "min_sites  = 2"), "A-SITES"),
}


@pytest.mark.parametrize("name", REFUSALS)
def test_the_policy_refuses(alone: World, name: str) -> None:
    """What the policy does not admit is refused by its code, told once, and costs nothing."""
    keys, edited, wanted = REFUSALS[name]
    if edited:
        policy(alone, "south", *edited)
    query = alone.submit(query_text(**(ALONE | keys)))
    for _ in range(2):
        ended = run(alone, "south")
        assert (ended.exit, ran(ended)) == (4, [("refused", wanted)])
    assert told(alone, query) == {"south": {"n": wanted}}
    assert len(alone.releases("south", query)) == 1
    assert entries(alone, "south", "charge") == 0


def test_too_many_levels(alone: World) -> None:
    """A table over more levels than the policy allows is refused; the other analyses are answered."""
    policy(alone, "south", "max_levels = 40", "max_levels = 2")
    text = ('id = "a"\nanalytic = "crosstab"\nby = ["smoking"]', 'id = "b"\nanalytic = "count"')
    query = alone.submit(query_text(*text, **ALONE))
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (7, [("partial", "P-LEVELS")])
    assert told(alone, query) == {"south": {"a": "P-LEVELS", "b": ""}}


def test_bins_are_levels(alone: World) -> None:
    """More bins of a tree's column than the policy allows levels are refused."""
    policy(alone, "south", "max_levels = 40", "max_levels = 2")
    text = 'id = "a"\nanalytic = "boosted_trees"\noutcome = "diabetes"\ncolumns = ["age"]\nbins = 3'
    query = alone.submit(query_text(text, **ALONE))
    run(alone, "south")
    assert told(alone, query) == {"south": {"a": "P-LEVELS"}}


def test_a_refusal_is_told_again_when_it_is_another(alone: World) -> None:
    """A new reason is a new attempt; the same reason is not."""
    query = alone.submit(query_text(**ALONE, project='"other"'))
    run(alone, "south")
    policy(alone, "south", '"cardio-2026"', '"other"')
    policy(alone, "south", '["DUO:0000006"]', '["DUO:0000042"]')
    run(alone, "south")
    run(alone, "south")
    assert told(alone, query) == {"south": {"n": "A-PURPOSE"}}
    assert len(alone.releases("south", query)) == 2


def test_an_expired_query(alone: World) -> None:
    """An expired query is refused with its code, and then waits for nothing."""
    query = alone.submit(query_text(**ALONE, expires="2026-12-01"))
    alone.later(days=10)
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (4, [("refused", "Q-EXPIRED")])
    assert told(alone, query) == {"south": {"n": "Q-EXPIRED"}}
    again = run(alone, "south")
    assert (again.exit, ran(again)) == (0, [])


def test_a_site_that_is_not_named(alone: World) -> None:
    """A site does not see a query for others as pending, and refuses it when it is named."""
    query = alone.submit(query_text(**ALONE))
    assert ran(run(alone, "north")) == []
    ended = run(alone, "north", query)
    assert ended.exit == 4
    assert ran(ended)[0][1] in ("A-SITE", "C-DATASET")


def test_a_site_without_the_dataset(world: World) -> None:
    """A site that never added the data says so at home; the researcher waits."""
    world.ok("init", "site", "west", "--dir", str(world.folder / "west"))
    enrol(world, world.folder / "west" / "keys" / "west.card.json")
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    world.ok("federation", "verify", "--pin", pin, home="west")
    query = world.submit(query_text(sites='["west"]', min_sites="1"))
    ended = run(world, "west")
    assert (ended.exit, ran(ended)) == (4, [("refused", "C-DATASET")])
    assert world.releases("west", query) == []


def test_a_researcher_who_is_not_enrolled(world: World) -> None:
    """Who is no member cannot sign, and is told what to do."""
    new_researcher(world, "eve")
    file = world.folder / "eve" / "query.toml"
    file.write_text(query_text())
    ended = world.cli("query", "submit", str(file), "--format", "json", home="eve")
    assert (ended.exit, code(ended)) == (4, "T-NOT-MEMBER")
    assert "card" in ended.document["hint"]


def _forge(world: World, home: str, signer: str, folder: str, **changed: Any) -> str:
    """A query of ana's, changed and signed by somebody, put where somebody likes."""
    genuine = query_in(world, world.submit(query_text()))
    forged: Query = genuine.model_copy(update={"title": "Forged", **changed})
    return post_query(world, forged, keys_of(world, home, signer), folder)


def _meets(world: World, query: str) -> tuple[int, list[str]]:
    before = book(world, "north")["entry"]
    ended = run(world, "north")
    assert world.releases("north", query) == []
    assert book(world, "north")["entry"] == before
    shown = {one["query"]: one["code"] for one in ended.data["queries"]}
    return ended.exit, [shown[query]]


def test_an_unknown_signer(world: World) -> None:
    """A query signed by nobody of the federation is an alarm, and does not stop the others."""
    new_researcher(world, "eve")
    query = _forge(world, "eve", "eve", "eve", researcher="eve")
    assert _meets(world, query) == (6, ["S-SIGNER"])


def test_a_signer_with_another_role(world: World) -> None:
    """A data owner of the hospital is a member, and no researcher."""
    query = _forge(world, "north", "north-owner", "north-owner", researcher="north-owner")
    assert _meets(world, query) == (6, ["S-SIGNER"])


def test_a_query_in_the_name_of_another(world: World) -> None:
    """One researcher cannot ask in the name of another."""
    new_researcher(world, "bob")
    enrol(world, world.folder / "bob" / "keys" / "bob.card.json")
    query = _forge(world, "bob", "bob", "ana")
    assert _meets(world, query) == (6, ["S-WHO"])


def test_a_query_in_the_folder_of_another(world: World) -> None:
    """A query counts in its researcher's folder only."""
    new_researcher(world, "bob")
    enrol(world, world.folder / "bob" / "keys" / "bob.card.json")
    query = _forge(world, "bob", "bob", "ana", researcher="bob")
    assert _meets(world, query) == (6, ["S-SUBJECT"])


def test_a_query_of_another_federation(world: World) -> None:
    """What is signed for another federation does not count here, even by a member's own key."""
    query = _forge(world, "researcher", "ana", "ana", federation="other-net")
    assert _meets(world, query) == (6, ["S-FEDERATION"])


def test_a_query_under_another_name(world: World) -> None:
    """A query file in a folder of another digest is not that query."""
    query = world.submit(query_text())
    other = world.exchange / "ana" / "queries" / ("0" * 64)
    other.mkdir()
    (other / "query.json").write_bytes(
        (world.exchange / "ana" / "queries" / query / "query.json").read_bytes()
    )
    assert _meets(world, "0" * 64) == (6, ["S-SUBJECT"])


def test_an_invalid_query_is_no_success(alone: World) -> None:
    """A query that a hostile researcher signed by hand is refused with 3, not with 0."""
    genuine = query_in(alone, alone.submit(query_text(**ALONE)))
    [analysis] = genuine.analyses
    changed = analysis.model_copy(update={"parameters": {"of": "everything"}})
    forged = genuine.model_copy(update={"analyses": (changed,)})
    query = post_query(alone, forged, keys_of(alone, "researcher", "ana"))
    ended = run(alone, "south", query)
    assert ran(ended) == [("invalid", "F-SCHEMA")]
    assert (ended.exit, ended.document["status"]) == (3, "invalid")


def test_a_query_under_a_newer_root(alone: World) -> None:
    """A site that does not see the root of a query yet refuses it, and answers when it does."""
    genuine = query_in(alone, alone.submit(query_text(**ALONE)))
    forged = genuine.model_copy(update={"root_version": 2})
    query = post_query(alone, forged, keys_of(alone, "researcher", "ana"))
    ended = run(alone, "south", query)
    assert (ended.exit, ran(ended)) == (6, [("integrity", "T-VERSION")])


def test_a_dry_run_changes_nothing(alone: World) -> None:
    """A dry run says what would be, opens nothing and writes nothing."""
    query = alone.submit(query_text(**ALONE))
    before = written(alone, "south", "researcher")
    ended = alone.cli("run", query, "--dry-run", "--format", "json", home="south")
    assert (ended.exit, ended.data["dry_run"], ran(ended)) == (0, True, [("done", "")])
    assert written(alone, "south", "researcher") == before


def test_a_dry_run_ends_as_admission_does(alone: World) -> None:
    """The exit code of a dry run is that of admission, and the researcher is told nothing."""
    query = alone.submit(query_text(**ALONE, project='"other"'))
    ended = alone.cli("run", query, "--dry-run", "--format", "json", home="south")
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-PROJECT")])
    assert alone.releases("south", query) == []


def test_an_accreditation_that_ended(alone: World) -> None:
    """A researcher whose accreditation has ended is refused by name."""
    card = alone.folder / "researcher" / "keys" / "ana.card.json"
    more = ("--accreditation", "SRT 4711", "--until", "2026-12-01")
    alone.ok("federation", "member", "add", str(card), *more, home="federation")
    publish(alone)
    query = alone.submit(query_text(**ALONE))
    alone.later(days=10)
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-ACCREDITATION")])
    assert told(alone, query) == {"south": {"n": "A-ACCREDITATION"}}
