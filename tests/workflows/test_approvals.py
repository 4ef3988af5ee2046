"""Approvals: so many people, the right ones, on exactly this, for now; everything else does not run."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta

import pytest

from fedcli.model.approval import Approval
from fedcli.trust.dsse import content, parse, sign, statement
from tests.workflows.acts import (
    code,
    edit,
    enrol,
    entries,
    grant,
    keys_of,
    new_person,
    policy,
    publish,
    ran,
    run,
    told,
    written,
)
from tests.world import World, query_text


@pytest.fixture
def query(world: World) -> str:
    """A query that was submitted and waits."""
    return world.submit(query_text())


def _say(world: World, decision: str, query: str, person: str = "owner", site: str = "north") -> None:
    words = ("approval", decision, query, "--key", f"{site}-{person}", "--reason", "because")
    world.ok(*words, home=site)


def test_nobody(world: World, query: str) -> None:
    """Without approvals a query waits; nothing is charged and the researcher is told nothing."""
    before = written(world, "north")
    ended = run(world, "north")
    assert (ended.exit, ran(ended)) == (8, [("pending", "A-PENDING")])
    assert entries(world, "north", "charge") == 0
    assert written(world, "north") == before


def test_one_of_two(world: World, query: str) -> None:
    """One person is not two."""
    grant(world, "north", query)
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]


def test_one_person_twice(world: World, query: str) -> None:
    """Who grants twice is one person, and the second time says so."""
    first, second = grant(world, "north", query), grant(world, "north", query)
    assert (first.data["new"], second.data["new"]) == (True, False)
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]
    assert entries(world, "north", "approval") == 1


def test_roles_not_covered(world: World, query: str) -> None:
    """Two people in the same role do not fill two roles."""
    new_person(world, "north", "north-second", "data-owner")
    grant(world, "north", query)
    grant(world, "north", query, "second")
    ended = run(world, "north")
    assert ran(ended) == [("pending", "A-PENDING")]
    assert "disclosure-officer" in ended.data["queries"][0]["message"]


def test_more_people_than_roles(world: World, query: str) -> None:
    """Where three must grant and two roles be filled, two are not enough."""
    policy(world, "north", "people = 2", "people = 3")
    new_person(world, "north", "north-third", "checker")
    world.approve(query, "north")
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]
    grant(world, "north", query, "third")
    assert ran(run(world, "north")) == [("done", "")]


def test_one_person_with_both_roles(world: World, query: str) -> None:
    """Each role is filled by a person of its own."""
    new_person(world, "north", "north-both", "data-owner", "disclosure-officer")
    grant(world, "north", query, "both")
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]
    grant(world, "north", query)
    assert ran(run(world, "north")) == [("done", "")]


def test_another_organisation(world: World, query: str) -> None:
    """A person of another hospital decides nothing here, even with the key at hand."""
    for kind in ("key", "card"):
        shutil.copy(world.folder / f"south/keys/south-owner.{kind}.json", world.folder / "north" / "keys")
    words = ("approval", "grant", query, "--key", "south-owner", "--reason", "ok", "--format", "json")
    ended = world.cli(*words, home="north")
    assert (ended.exit, code(ended)) == (4, "A-PERSON")


def test_a_person_who_is_not_enrolled(world: World, query: str) -> None:
    """A key that the root does not name decides nothing."""
    new_person(world, "north", "north-new", "data-owner", enrolled=False)
    ended = grant(world, "north", query, "new")
    assert (ended.exit, code(ended)) == (4, "A-PERSON")


def test_the_site_itself(world: World, query: str) -> None:
    """The unattended key of a site is no person."""
    ended = world.cli("approval", "grant", query, "--reason", "ok", "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (4, "A-PERSON")
    assert "--key" in ended.document["hint"]


def test_a_member_with_another_key(world: World, query: str) -> None:
    """Who has made new keys decides with them only after the root has them."""
    world.ok("key", "rotate", "--key", "north-owner", "--no-passphrase", home="north")
    ended = grant(world, "north", query)
    assert (ended.exit, code(ended)) == (6, "T-KEY")
    enrol(world, world.folder / "north" / "keys" / "north-owner.card.json")
    assert grant(world, "north", query).exit == 0


def test_the_researcher_approves_nothing_of_theirs(world: World) -> None:
    """A researcher who is also a data owner of the hospital cannot approve their own query."""
    settings = world.folder / "researcher" / "fedcli.toml"
    edit(settings, 'organisation = "ana"', 'organisation = "North Hospital"')
    for kind in ("key", "card"):
        (world.folder / "researcher" / "keys" / f"ana.{kind}.json").unlink()
    world.ok(
        "key",
        "new",
        "ana",
        "--role",
        "researcher",
        "--role",
        "data-owner",
        "--no-passphrase",
        home="researcher",
    )
    enrol(world, world.folder / "researcher" / "keys" / "ana.card.json")
    shutil.copy(world.folder / "researcher" / "keys" / "ana.key.json", world.folder / "north" / "keys")
    query = world.submit(query_text())
    words = ("approval", "grant", query, "--key", "ana", "--reason", "mine", "--format", "json")
    ended = world.cli(*words, home="north")
    assert (ended.exit, code(ended)) == (4, "A-OWN")


def test_denied(world: World, query: str) -> None:
    """A denial stands over grants, is told to the researcher once, and the same person can lift it."""
    world.approve(query, "north")
    _say(world, "deny", query)
    for _ in range(2):
        ended = run(world, "north")
        assert (ended.exit, ran(ended)) == (4, [("refused", "A-DENIED")])
    assert told(world, query) == {"north": {"n": "A-DENIED"}}
    assert len(world.releases("north", query)) == 1
    grant(world, "north", query)
    assert ran(run(world, "north")) == [("done", "")]
    assert told(world, query) == {"north": {"n": ""}}


def test_revoked(world: World, query: str) -> None:
    """A grant that was taken back does not count, and the researcher is not told of it."""
    world.approve(query, "north")
    _say(world, "revoke", query)
    ended = run(world, "north")
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-REVOKED")])
    assert world.releases("north", query) == []
    grant(world, "north", query)
    assert ran(run(world, "north")) == [("done", "")]


def test_revoking_what_was_not_granted(world: World, query: str) -> None:
    """There must be a grant to take back."""
    words = ("approval", "revoke", query, "--key", "north-owner", "--reason", "x", "--format", "json")
    ended = world.cli(*words, home="north")
    assert (ended.exit, code(ended)) == (4, "A-NOTHING")


def test_expired(world: World, query: str) -> None:
    """After the last day of a grant it does not count; granting again does."""
    for person in ("owner", "officer"):
        grant(world, "north", query, person, "--expires", "2026-12-01")
    world.later(days=10)
    ended = run(world, "north")
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-EXPIRED")])
    assert world.releases("north", query) == []
    world.approve(query, "north")
    assert ran(run(world, "north")) == [("done", "")]


def test_the_last_day_counts(world: World, query: str) -> None:
    """A grant until a day is good on that day."""
    for person in ("owner", "officer"):
        grant(world, "north", query, person, "--expires", "2026-12-01")
    world.later(days=9, hours=10)
    assert ran(run(world, "north")) == [("done", "")]


def test_an_end_that_is_past(world: World, query: str) -> None:
    """A grant that would end yesterday is a mistake."""
    ended = grant(world, "north", query, "owner", "--expires", "2026-11-21")
    assert (ended.exit, code(ended)) == (2, "A-PAST")


def test_a_policy_that_was_edited(world: World, query: str) -> None:
    """Approvals are for the policy that they saw: after an edit people decide anew."""
    world.approve(query, "north")
    policy(world, "north", "min_count  = 10", "min_count  = 9")
    before = world.releases("north", query)
    ended = run(world, "north")
    assert (ended.exit, ran(ended)) == (4, [("refused", "A-POLICY")])
    assert world.releases("north", query) == before == []
    world.approve(query, "north")
    assert ran(run(world, "north")) == [("done", "")]


def test_a_policy_with_another_comment(world: World, query: str) -> None:
    """What a policy says is what is approved, not how it is written."""
    world.approve(query, "north")
    policy(world, "north", "min_count  = 10", "# of persons\nmin_count = 10  ")
    assert ran(run(world, "north")) == [("done", "")]


def test_an_approval_of_another_query(world: World, query: str) -> None:
    """Approvals that were moved to another query in the database do not approve it."""
    other = world.submit(query_text('id = "x"\nanalytic = "crosstab"\nby = ["sex"]'), "b.toml")
    world.approve(query, "north")
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute("UPDATE approval SET query = ?", (other,))
    ended = run(world, "north", other)
    assert ended.exit in (6, 8)
    assert world.releases("north", other) == []


def test_an_approval_of_another_site(world: World, query: str) -> None:
    """The approvals of one hospital do not count at another."""
    world.approve(query, "south")
    with sqlite3.connect(world.folder / "south" / "state" / "site.db") as connection:
        rows = connection.execute("SELECT query, place, envelope FROM approval").fetchall()
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.executemany("INSERT INTO approval (query, place, envelope) VALUES (?, ?, ?)", rows)
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]


def test_an_approval_that_somebody_else_signed(world: World, query: str) -> None:
    """One person cannot sign in the name of another."""
    grant(world, "north", query)
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        [(envelope,)] = connection.execute("SELECT envelope FROM approval").fetchall()
        word = Approval.read(content(parse(envelope, "x"), "approval", "x").predicate, "x")
        forged = word.model_copy(update={"approver": "north-officer"})
        data = sign(statement("approval", query, forged), [keys_of(world, "north", "north-owner")])
        connection.execute("INSERT INTO approval (query, place, envelope) VALUES (?, 2, ?)", (query, data))
    ended = run(world, "north")
    assert (ended.exit, ran(ended)) == (6, [("integrity", "S-WHO")])


def test_a_person_who_left(world: World, query: str) -> None:
    """The approval of who is no longer a member does not count."""
    world.approve(query, "north")
    world.ok("federation", "member", "remove", "north-owner", "--reason", "left", home="federation")
    publish(world)
    assert ran(run(world, "north")) == [("pending", "A-PENDING")]


def _parked(world: World, runs: str) -> str:
    policy(world, "north", 'review    = "findings"', 'review    = "all"')
    query = world.submit(query_text())
    for person in ("owner", "officer"):
        grant(world, "north", query, person, "--max-runs", runs)
    run(world, "north")
    return query


def test_the_remedy_of_too_many_runs(world: World) -> None:
    """After A-RUNS, granting with more runs lets the query run."""
    query = _parked(world, "1")
    assert ran(run(world, "north", query)) == [("refused", "A-RUNS")]
    for person in ("owner", "officer"):
        assert grant(world, "north", query, person, "--max-runs", "9").data["max_runs"] == 9
    assert ran(run(world, "north", query)) == [("pending", "D-REFUSED")]


def test_a_grant_can_be_prolonged(world: World, query: str) -> None:
    """Granting again with a later day is another word."""
    grant(world, "north", query, "owner", "--expires", "2026-12-01")
    again = grant(world, "north", query, "owner", "--expires", "2026-12-24").data
    assert again["expires"].startswith("2026-12-24")


def test_a_grant_ends_with_the_query(world: World, query: str) -> None:
    """No approval outlives the query."""
    ends = grant(world, "north", query, "owner", "--expires", "2030-01-01").data["expires"]
    assert ends.startswith((world.now + timedelta(days=90)).strftime("%Y-%m-%d"))


@pytest.mark.parametrize("reason", ["", "red \x1b[31m", "x" * 201], ids=["empty", "escape", "long"])
def test_a_reason_that_cannot_be_ledgered(world: World, query: str, reason: str) -> None:
    """A reason that is no line of text is a mistake on the command line, not a bug."""
    words = ("approval", "grant", query, "--key", "north-owner", "--reason", reason, "--format", "json")
    ended = world.cli(*words, home="north")
    assert ended.exit == 2
    assert entries(world, "north", "approval") == 0


def test_approvals_of_what_the_policy_refuses(world: World) -> None:
    """Nobody can grant what the policy does not admit."""
    query = world.submit(query_text(project='"other"'))
    ended = grant(world, "north", query)
    assert (ended.exit, code(ended)) == (4, "A-PROJECT")
    assert entries(world, "north", "approval") == 0


@pytest.mark.parametrize(
    ("given", "wanted"),
    [("q-", "Q-UNKNOWN"), ("", "Q-UNKNOWN"), ("q-zz", "Q-UNKNOWN"), ("../..", "Q-UNKNOWN")],
)
def test_an_id_that_means_nothing(world: World, query: str, given: str, wanted: str) -> None:
    """What is no beginning of a digest means no query, and those that there are are told."""
    ended = world.cli("approval", "show", given, "--format", "json", home="north")
    assert (ended.exit, code(ended)) == (2, wanted)
    assert query[:12] in ended.document["message"]


def test_an_id_that_means_two(world: World, query: str) -> None:
    """A short form that could mean two queries is refused, also when somebody made the other for that."""
    twin = query[:20] + "0" * 44
    (world.exchange / "ana" / "queries" / twin).mkdir()
    (world.exchange / "ana" / "queries" / twin / "query.json").write_text("{}")
    for words in (("approval", "show", f"q-{query[:12]}"), ("run", f"q-{query[:12]}")):
        ended = world.cli(*words, "--format", "json", home="north")
        assert (ended.exit, code(ended)) == (2, "Q-AMBIGUOUS")
        assert query in ended.document["message"]
    assert run(world, "north", query).exit == 8


def test_the_denied_do_not_wait(world: World, query: str) -> None:
    """The list says of a denied query that it is denied."""
    _say(world, "deny", query)
    line = world.ok("approval", "list", home="north").out
    assert "A-DENIED" in line
