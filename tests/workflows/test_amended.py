"""Amended queries: what only tightens keeps its approvals, and a grant opens data for one."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.trust.dsse import content, parse
from tests.workflows.acts import (
    code,
    combine,
    edit,
    enrol,
    entries,
    grant,
    keys_of,
    new_researcher,
    post_query,
    query_in,
    ran,
    run,
    tree,
    written,
)
from tests.world import Ended, World, query_text

N = 'id = "n"\nanalytic = "count"'
SEX = 'id = "sex"\nanalytic = "crosstab"\nby = ["sex"]'
AGE = 'id = "age"\nanalytic = "summary"\ncolumns = ["age"]'


def _amend(world: World, query: str, text: str, *more: str) -> Ended:
    file = world.folder / "researcher" / "amended.toml"
    file.write_text(text)
    return world.cli("query", "amend", query, str(file), *more, "--format", "json", home="researcher")


def _amended(world: World, query: str, text: str) -> str:
    ended = _amend(world, query, text)
    assert ended.exit == 0, ended.text
    return str(ended.data["query"]["digest"])


@pytest.fixture
def approved(world: World) -> str:
    """A query with two analyses that everybody has granted and no site has run."""
    query = world.submit(query_text(N, SEX))
    world.approve(query)
    return query


def test_fewer_analyses_keep_their_approvals(world: World, approved: str) -> None:
    """The sites run the amended query with the approvals of the first, which its releases name."""
    query = _amended(world, approved, query_text(N))
    for site in ("north", "south", "east"):
        assert ran(run(world, site)) == [("done", "")]
    assert combine(world, query).data["results"]["n"]["scalars"]["n"] > 0
    [release] = world.releases("north", query)
    bound = content(parse(release.read_bytes(), "r"), "release", "r").predicate["approvals"]
    assert len(bound) == 2


@pytest.mark.parametrize("keys", [{"min_sites": "3"}, {"expires": "2026-12-01"}], ids=["quorum", "expiry"])
def test_what_else_tightens(world: World, keys: dict[str, str]) -> None:
    """A higher quorum and less time need nobody's word either."""
    first = world.submit(query_text(N, **({"min_sites": "2"} if "min_sites" in keys else {})))
    world.cli("approval", "grant", first, "--key", "north-owner", "--reason", "ok", home="north")
    ended = _amend(world, first, query_text(N, **keys))
    assert ended.data["difference"]["keeps_approvals"] is True
    assert ended.data["difference"]["less"]


@pytest.mark.parametrize(
    "text",
    [
        query_text(N, SEX, AGE),
        query_text(N, SEX, cohort='"age > 40"'),
        query_text(N, SEX, title='"Other words"'),
        query_text(N, SEX.replace('"sex"]', '"sex", "diabetes"]')),
        query_text(N, SEX, expires="2027-12-31"),
        query_text(N, SEX, sites='["east", "north", "south"]'),
    ],
    ids=["more", "cohort", "title", "parameter", "time", "sites"],
)
def test_anything_else_is_asked_anew(world: World, approved: str, text: str) -> None:
    """What is not provably stricter waits for people; nothing is charged."""
    query = _amended(world, approved, text)
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]
    assert entries(world, "north", "charge") == 0
    world.approve(query, "north")
    assert ran(run(world, "north")) == [("done", "")]


def test_a_claim_is_not_believed(world: World, approved: str) -> None:
    """A query that names the approved one and asks something else gets nothing of its approvals."""
    old = query_in(world, approved)
    other = query_in(world, world.submit(query_text(AGE), "other.toml"))
    forged = old.model_copy(update={"amends": approved, "analyses": other.analyses})
    post_query(world, forged, keys_of(world, "researcher", "ana"))
    assert ran(run(world, "north", forged.sha256)) == [("pending", "A-PENDING")]


def test_the_amended_one_does_not_run(world: World, approved: str) -> None:
    """The first query is neither run nor granted any more, and the list says why."""
    query = _amended(world, approved, query_text(N, SEX, AGE))
    assert [one["query"] for one in run(world, "north").data["queries"]] == [query]
    assert ran(run(world, "north", approved)) == [("refused", "A-SUPERSEDED")]
    assert code(grant(world, "north", approved)) == "A-SUPERSEDED"
    assert "A-SUPERSEDED" in world.ok("approval", "list", home="north").out
    assert world.releases("north", approved) == []


def test_nobody_amends_for_another(world: World, approved: str) -> None:
    """Another researcher's query does not supersede, and takes over nothing."""
    new_researcher(world, "eve")
    enrol(world, world.folder / "eve" / "keys" / "eve.card.json")
    mine = query_in(world, approved)
    theirs = mine.model_copy(update={"amends": approved, "researcher": "eve", "root_version": 2})
    post_query(world, theirs, keys_of(world, "eve", "eve"), "eve")
    assert ran(run(world, "north", theirs.sha256)) == [("pending", "A-PENDING")]
    world.approve(approved, "north")
    assert ran(run(world, "north", approved)) == [("done", "")]


def test_a_grant_that_was_used(world: World, approved: str) -> None:
    """Where data were opened for the first query, its approvals are used up; a new word is needed."""
    assert ran(run(world, "north")) == [("done", "")]
    query = _amended(world, approved, query_text(N))
    assert ran(run(world, "north")) == [("refused", "A-SPENT")]
    assert ran(run(world, "south")) == [("done", "")]
    for person in ("owner", "officer"):
        grant(world, "north", query, person)
    assert ran(run(world, "north")) == [("done", "")]


def test_a_grant_is_used_once(world: World, approved: str) -> None:
    """Whoever hides the amended query from the exchange does not get the first one answered as well."""
    query = _amended(world, approved, query_text(N))
    assert ran(run(world, "north")) == [("done", "")]
    hidden = world.exchange / "ana" / "queries" / query
    hidden.rename(world.folder / "hidden")
    assert ran(run(world, "north", approved)) == [("refused", "A-SPENT")]
    assert entries(world, "north", "charge") == 1


def test_two_amendments(world: World, approved: str) -> None:
    """Of two queries that amend one, the approvals serve whichever is first; not both."""
    first = _amended(world, approved, query_text(N))
    old = query_in(world, approved)
    second = query_in(world, first).model_copy(update={"analyses": old.analyses[1:]})
    post_query(world, second, keys_of(world, "researcher", "ana"))
    assert sorted(ran(run(world, "north"))) == [("done", ""), ("refused", "A-SPENT")]


def test_a_word_taken_back(world: World, approved: str) -> None:
    """Who revokes what they granted, revokes it for the amended query too; so does a denial."""
    _amended(world, approved, query_text(N))
    world.ok("approval", "revoke", approved, "--key", "north-owner", "--reason", "no", home="north")
    assert ran(run(world, "north")) == [("refused", "A-REVOKED")]
    world.ok("approval", "deny", approved, "--key", "south-owner", "--reason", "no", home="south")
    assert ran(run(world, "south")) == [("refused", "A-DENIED")]


def test_a_word_on_the_amended_one(world: World, approved: str) -> None:
    """The word on the query itself counts before the one that was taken over."""
    query = _amended(world, approved, query_text(N))
    world.ok("approval", "deny", query, "--key", "north-owner", "--reason", "no", home="north")
    assert ran(run(world, "north")) == [("refused", "A-DENIED")]
    grant(world, "north", query)
    assert ran(run(world, "north")) == [("done", "")]


def test_half_of_the_approvals(world: World) -> None:
    """One person's word is taken over, and the other is still awaited."""
    first = world.submit(query_text(N, SEX))
    grant(world, "north", first)
    query = _amended(world, first, query_text(N))
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]
    grant(world, "north", query, "officer")
    assert ran(run(world, "north")) == [("done", "")]


def test_what_is_not_there_counts_for_nothing(world: World, approved: str) -> None:
    """Without the first query in the exchange nobody can compare, and approvals are asked anew."""
    _amended(world, approved, query_text(N))
    (world.exchange / "ana" / "queries" / approved).rename(world.folder / "gone")
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]


def test_step_by_step(world: World) -> None:
    """A chain of amendments keeps its approvals as long as each step only tightens."""
    first = world.submit(query_text(N, SEX, AGE))
    world.approve(first, "north")
    second = _amended(world, first, query_text(N, SEX))
    third = _amended(world, second, query_text(N))
    assert [one["query"] for one in run(world, "north").data["queries"]] == [third]
    assert ran(run(world, "north", third)) == [("done", "")]


def test_a_step_that_loosens_ends_the_line(world: World, approved: str) -> None:
    """What asks more, and is then cut back, is not what was approved."""
    more = _amended(world, approved, query_text(N, SEX, AGE))
    _amended(world, more, query_text(N, AGE))
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]


def test_a_policy_that_was_edited_since(world: World, approved: str) -> None:
    """Approvals that are taken over are still bound to the policy that they were given under."""
    _amended(world, approved, query_text(N))
    edit(world.folder / "north" / "policy.toml", "min_count  = 10", "min_count  = 11")
    assert ran(run(world, "north")) == [("refused", "A-POLICY")]


def test_what_people_see(world: World, approved: str) -> None:
    """Approvers see what is asked less and more, and whose words were taken over."""
    query = _amended(world, approved, query_text(N))
    shown = world.ok("approval", "show", query, "--format", "json", home="north").data
    assert shown["granted"] == ["north-officer", "north-owner"]
    assert shown["amends"]["less"] == ["analysis sex is not asked any more: crosstab; by = ['sex']"]
    assert shown["amends"]["more"] == []
    assert "only tightens it" in world.ok("approval", "show", query, home="north").out


# The researcher's side.


def test_a_dry_run(world: World, approved: str) -> None:
    """A dry run tells the difference, and writes nothing."""
    before: Any = tree(world.folder / "researcher"), written(world)
    ended = _amend(world, approved, query_text(N, AGE), "--dry-run")
    (world.folder / "researcher" / "amended.toml").unlink()
    assert (ended.exit, ended.data["dry_run"], ended.data.get("query")) == (0, True, None)
    told = ended.data["difference"]
    assert (len(told["less"]), len(told["more"]), told["keeps_approvals"]) == (1, 1, False)
    assert (tree(world.folder / "researcher"), written(world)) == before


def test_the_words(world: World, approved: str) -> None:
    """The page says what is asked less and more, and what that means."""
    file = world.folder / "amended.toml"
    file.write_text(query_text(N, AGE))
    text = world.ok("query", "amend", approved, str(file), "--dry-run", home="researcher").out
    for words in ("asks less", "asks more, or otherwise", "stays", "decide anew"):
        assert words in text


def test_what_is_left_out_stays(world: World) -> None:
    """Sites, quorum and expiry that the file leaves out are those of the first query."""
    first = world.submit(query_text(N, SEX, sites='["south", "north", "east"]', min_sites="2"))
    world.later(days=3)
    ended = _amend(world, first, query_text(N, sites="", min_sites=""))
    assert ended.data["difference"]["more"] == []
    assert ended.data["query"]["sites"] == ["south", "north", "east"]
    assert ended.data["query"]["min_sites"] == 2


def test_again(world: World, approved: str) -> None:
    """The same amendment again says so; another one of the same query is refused."""
    query = _amended(world, approved, query_text(N))
    again = _amend(world, approved, query_text(N))
    assert (again.exit, again.data["query"]["digest"]) == (0, query)
    assert again.data["query"]["new"] is False
    assert code(_amend(world, approved, query_text(SEX))) == "Q-AMENDED"


def test_what_cannot_be_amended(world: World, approved: str) -> None:
    """Nothing changed, never submitted, expired."""
    same = _amend(world, approved, query_text(N, SEX))
    assert (same.exit, code(same)) == (2, "Q-SAME")
    file = world.folder / "researcher" / "other.toml"
    file.write_text(query_text(AGE))
    signed = world.ok("query", "sign", str(file), "--format", "json", home="researcher").data["digest"]
    unseen = _amend(world, signed, query_text(N))
    assert (unseen.exit, code(unseen)) == (2, "Q-UNSUBMITTED")
    world.later(days=91)
    late = _amend(world, approved, query_text(N))
    assert (late.exit, code(late)) == (4, "Q-EXPIRED")
