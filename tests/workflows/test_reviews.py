"""Reviews of what is parked: two people who see it let it out, or it stays; nothing else is let out."""

from __future__ import annotations

import base64
import json
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.files.canonical import digest
from fedcli.model.release import Release
from fedcli.model.review import Review
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.trust.keys import key_id
from fedcli.trust.sealing import seal, unseal
from fedcli.trust.verified import release_binding
from fedcli.workflows import walk
from fedcli.workflows.release import Made
from tests.workflows import fitting
from tests.workflows.acts import (
    code,
    combine,
    edit,
    enrol,
    entries,
    flipped,
    keys_of,
    new_person,
    own_data,
    policy,
    ran,
    run,
    south,
    told,
    tree,
)
from tests.workflows.acts import review as said
from tests.workflows.conftest import ALONE
from tests.workflows.fitting import fitted_world
from tests.world import Ended, World, copied, query_text

ZEROS = ('zeros      = "merge"', 'zeros      = "release"')
DRAWN = 'id = "a"\nanalytic = "crosstab"\nby = ["sex", "diabetes"]'
PLAIN = 'id = "s"\nanalytic = "crosstab"\nby = ["sex"]'


def _drawn() -> pa.Table:
    """Data in which no man has diabetes: a table with its zeros shown tells something of every man."""
    table = south()
    drawn = pc.if_else(pc.equal(table.column("sex"), "male"), False, table.column("diabetes"))
    return table.set_column(table.schema.get_field_index("diabetes"), "diabetes", drawn)


@pytest.fixture(scope="module")
def parking_template(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A site with two reviewers, and data of which a table is parked."""
    world = copied(alone_template, tmp_path_factory.mktemp("parking") / "world")
    new_person(world, "south", "south-checker", "checker")
    policy(world, "south", *ZEROS)
    pq.write_table(_drawn(), own_data(world))
    return world


@pytest.fixture
def parking(parking_template: World, tmp_path: Path) -> World:
    """The same, of one's own; its data are in its own folder."""
    world = copied(parking_template, tmp_path / "world")
    file = world.folder / "south" / "data" / "south.parquet"
    world.ok("data", "add", "cohort", str(file), home="south")
    return world


@pytest.fixture
def query(parking: World) -> str:
    """A query that was parked."""
    digest = parking.submit(query_text(DRAWN, **ALONE))
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    return digest


def _state(world: World) -> list[str]:
    return [
        one["state"] for one in world.ok("review", "list", "--format", "json", home="south").data["reviews"]
    ]


def _approve(world: World, query: str) -> None:
    for person in ("officer", "checker"):
        assert said(world, "south", "approve", query, person).exit == 0


def _show(world: World, query: str, person: str = "checker") -> Ended:
    return world.cli("review", "show", query, "--key", f"south-{person}", home="south")


# What is let out, and how.


def test_two_people_let_it_out(parking: World, query: str) -> None:
    """After both approve, the next run releases it: one charge, another attempt, with their signatures."""
    assert _state(parking) == ["waits"]
    assert said(parking, "south", "approve", query, "officer").data["parked"]["state"] == "waits"
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    assert said(parking, "south", "approve", query, "checker").data["parked"]["state"] == "approved"
    assert ran(run(parking, "south")) == [("done", "")]
    assert told(parking, query) == {"south": {"a": ""}}
    assert _state(parking) == ["released"]
    assert (entries(parking, "south", "charge"), entries(parking, "south", "review")) == (1, 2)
    assert len(parking.releases("south", query)) == 2
    parking.ok("verify", str(parking.exchange), home="researcher")
    parking.ok("ledger", "verify", home="south")
    shown = parking.ok("release", "show", str(parking.releases("south", query)[1]), home="researcher")
    assert "reviews" in shown.out


def test_the_cells_that_people_saw_are_released(parking: World, query: str) -> None:
    """What asked them is not hidden afterwards: the zero is there."""
    _approve(parking, query)
    run(parking, "south")
    table = combine(parking, query).data["results"]["a"]["tables"]["counts"]["rows"]
    assert 0 in [row[-1] for row in table]


def test_running_again_changes_nothing(parking: World, query: str) -> None:
    """What was let out is released once."""
    _approve(parking, query)
    run(parking, "south")
    before = tree(parking.exchange)
    assert ran(run(parking, "south", query)) == [("done", "")]
    assert tree(parking.exchange) == before


def test_an_analysis_beside_it_keeps_its_answer(parking: World) -> None:
    """Where a part was released, what people let out is added to it, and the sums take both."""
    query = parking.submit(query_text(DRAWN, PLAIN, **ALONE))
    run(parking, "south")
    assert told(parking, query) == {"south": {"a": "D-REFUSED", "s": ""}}
    first = combine(parking, query).data["results"]["s"]
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("done", "")]
    assert told(parking, query) == {"south": {"a": "", "s": ""}}
    both = combine(parking, query)
    assert (both.exit, both.data["results"]["s"]) == (0, first)


def test_what_was_let_out_is_exported(parking: World) -> None:
    """For output checkers: with what people saw not to pass, and what left before it once."""
    query = parking.submit(query_text(DRAWN, PLAIN, **ALONE))
    run(parking, "south")
    _approve(parking, query)
    run(parking, "south")
    folder = parking.folder / "checkers"
    words = ("release", "export", query, "-o", str(folder), "--format", "json")
    assert sorted(parking.ok(*words, home="south").data["outputs"]) == ["a", "s"]
    table = (folder / "a_0.csv").read_text()
    assert "sex=male; diabetes=True,0," in table


@pytest.mark.parametrize("change", ["data", "limit"])
def test_a_change_after_a_part_was_released(parking: World, change: str) -> None:
    """What was answered stays answered: no later attempt takes it back, or gives it on other data."""
    query = parking.submit(query_text(DRAWN, PLAIN, **ALONE))
    run(parking, "south")
    _approve(parking, query)
    if change == "data":
        pq.write_table(_drawn().slice(0, 900), parking.folder / "south" / "data" / "south.parquet")
    else:
        _spend(parking)
    run(parking, "south")
    assert len(parking.releases("south", query)) == 1
    assert combine(parking, query).data["results"]["s"]["sites"] == ["south"]


def _spend(world: World) -> None:
    """The researcher has met as many refusals as the limits allow, as the book has it."""
    with sqlite3.connect(world.folder / "south" / "state" / "site.db") as connection:
        connection.execute("UPDATE release SET data_refusals = 1000")


def test_the_first_release_of_a_query(parking: World) -> None:
    """Where people look at the first release of each query, they look at one without a finding too."""
    policy(parking, "south", 'review    = "findings"', 'review    = "first-of-query"')
    query = parking.submit(query_text(PLAIN, **ALONE))
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    shown = _show(parking, query)
    assert "no finding" in shown.out
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("done", "")]


# Who decides.

#: As `standard.toml` has it.
_REVIEWERS = 'reviewers = { people = 2, roles = ["disclosure-officer", "checker"] }'


def test_one_person_is_not_two(parking: World, query: str) -> None:
    """Who says it twice, with another word between, is one person."""
    policy(parking, "south", _REVIEWERS, "reviewers = { people = 2, roles = [] }")
    run(parking, "south")
    for decision in ("approve", "approve", "request-changes", "approve"):
        ended = said(parking, "south", decision, query, "checker")
        assert ended.exit == 0
    assert ended.data["parked"]["approved"] == ["south-checker"]
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    said(parking, "south", "approve", query, "officer")
    assert ran(run(parking, "south")) == [("done", "")]


def test_one_person_with_both_roles(parking: World, query: str) -> None:
    """One key fills one role, and counts once."""
    new_person(parking, "south", "south-both", "checker", "disclosure-officer")
    for decision in ("approve", "request-changes", "approve"):
        said(parking, "south", decision, query, "both")
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    said(parking, "south", "approve", query, "checker")
    assert ran(run(parking, "south")) == [("done", "")]


def test_roles_apart(parking: World, query: str) -> None:
    """Two in the same role do not fill two."""
    new_person(parking, "south", "south-second", "checker")
    for person in ("checker", "second"):
        said(parking, "south", "approve", query, person)
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]


@pytest.mark.parametrize("person", ["owner", ""])
def test_who_may_not_review(parking: World, query: str, person: str) -> None:
    """A data owner, and the site's own key, neither see exact values nor decide."""
    key = ["--key", f"south-{person}"] if person else []
    for words in (["show", query], ["approve", query, "--reason", "ok"]):
        ended = parking.cli("review", *words, *key, "--format", "json", home="south")
        assert (ended.exit, code(ended)) == (4, "A-REVIEWER")


def test_the_author_does_not_review(parking: World) -> None:
    """A researcher who is also a checker of the hospital neither sees nor decides their own query."""
    _checking_author(parking)
    query = parking.submit(query_text(DRAWN, **ALONE))
    run(parking, "south")
    for words in (["show", query], ["approve", query, "--reason", "mine"]):
        ended = parking.cli("review", *words, "--key", "ana", "--format", "json", home="south")
        assert (ended.exit, code(ended)) == (4, "A-OWN")


def _checking_author(parking: World) -> None:
    """The researcher becomes a checker of the hospital, and has the key there."""
    home = parking.folder / "researcher"
    edit(home / "fedcli.toml", 'organisation = "ana"', 'organisation = "South Hospital"')
    for kind in ("key", "card"):
        (home / "keys" / f"ana.{kind}.json").unlink()
    roles = ("--role", "researcher", "--role", "checker")
    parking.ok("key", "new", "ana", *roles, "--no-passphrase", home="researcher")
    enrol(parking, home / "keys" / "ana.card.json")
    shutil.copy(home / "keys" / "ana.key.json", parking.folder / "south" / "keys")


# What ends it.


def test_a_rejection_ends_it(parking: World, query: str) -> None:
    """Whatever the others say, before or after; the researcher hears nothing of it."""
    said(parking, "south", "approve", query, "officer")
    before = tree(parking.exchange)
    assert said(parking, "south", "reject", query, "checker").data["parked"]["state"] == "rejected"
    for person in ("officer", "checker"):
        parking.later(minutes=1)
        ended = said(parking, "south", "approve", query, person)
        if person == "checker":
            assert (ended.exit, code(ended)) == (4, "A-REJECTED")
    assert tree(parking.exchange) == before
    assert ran(run(parking, "south")) == [("refused", "D-REFUSED")]
    assert told(parking, query) == {"south": {"a": "D-REFUSED"}}
    assert entries(parking, "south", "review") == 2


def test_a_rejection_while_it_is_released(
    parking: World, query: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What somebody rejects while it is computed is not recorded, and the researcher hears nothing."""
    _approve(parking, query)
    original = walk.make

    def made(*args: Any) -> Made:
        said(parking, "south", "reject", query, "checker")
        return original(*args)

    monkeypatch.setattr(walk, "make", made)
    before = tree(parking.exchange / "south" / "releases")
    assert ran(run(parking, "south")) == [("refused", "A-STALE")]
    assert tree(parking.exchange / "south" / "releases") == before
    assert ran(run(parking, "south")) == [("refused", "D-REFUSED")]


def test_who_sent_it_back_can_let_it_out(parking: World, query: str) -> None:
    """A word for changes stands until the same person approves; its reason stays at the site."""
    said(parking, "south", "approve", query, "officer")
    ended = said(parking, "south", "request-changes", query, "checker", "CANARY-REASON")
    assert ended.data["parked"]["state"] == "changes-requested"
    assert ran(run(parking, "south")) == [("refused", "D-REFUSED")]
    assert "CANARY-REASON" in _show(parking, query).out
    said(parking, "south", "approve", query, "checker", "CANARY-WORD")
    assert ran(run(parking, "south")) == [("done", "")]
    assert all(b"CANARY" not in data for data in _texts(parking.exchange))
    parking.ok("verify", str(parking.exchange), home="researcher")


def test_what_was_released_is_not_reviewed(parking: World, query: str) -> None:
    """After the release nobody can decide otherwise."""
    _approve(parking, query)
    run(parking, "south")
    ended = said(parking, "south", "reject", query, "checker")
    assert (ended.exit, code(ended)) == (4, "A-REVIEWED")


def test_nothing_was_parked(parking: World) -> None:
    """A release that passed needs nobody."""
    query = parking.submit(query_text(PLAIN, **ALONE))
    run(parking, "south")
    ended = said(parking, "south", "approve", query, "checker")
    assert (ended.exit, code(ended)) == (2, "A-NO-REVIEW")


# What is seen, and by whom.


def test_a_reviewer_sees_exact_values(parking: World, query: str) -> None:
    """The finding, the cells that nobody else sees, and who is behind them; as text alone."""
    shown = _show(parking, query)
    assert shown.exit == 0
    assert "class_disclosure, field count:" in shown.out
    assert "sex = male, diabetes = True: 0 (persons 0)" in shown.out
    as_json = parking.ok("review", "show", query, "--key", "south-checker", "--format", "json", home="south")
    assert [one["check"] for one in as_json.data["findings"]] == ["class_disclosure"]
    assert "context" not in as_json.data
    assert "persons 0" not in as_json.out


def test_exact_values_are_written_nowhere(parking: World, query: str) -> None:
    """Showing them changes no file of the site and none of the exchange."""
    before = tree(parking.folder)
    assert _show(parking, query).exit == 0
    after = tree(parking.folder)
    assert {name for name in after if before.get(name) != after[name]} <= {"south/state/publish.lock"}


def test_nothing_is_told_before_it_is_decided(parking: World, query: str) -> None:
    """One approval, and one word for changes, leave no trace outside, even after another run."""
    run(parking, "south")
    before = tree(parking.exchange)
    said(parking, "south", "approve", query, "officer")
    said(parking, "south", "request-changes", query, "checker")
    run(parking, "south")
    assert tree(parking.exchange) == before


def test_a_review_does_not_tell_how_many_others_there_were(parking: World, query: str) -> None:
    """Only the reviews that let it out are published, under their digests."""
    for decision in ("request-changes", "approve"):
        said(parking, "south", decision, query, "checker")
    said(parking, "south", "approve", query, "officer")
    run(parking, "south")
    files = sorted((parking.exchange / "south" / "reviews" / query).iterdir())
    assert [json.loads(one.read_text())["payloadType"] for one in files] == [
        "application/vnd.in-toto+json"
    ] * 2


# What a review is not about.


def test_another_snapshot(parking: World, query: str) -> None:
    """After the data changed, what people let out is gone: it is parked anew, and must be looked at."""
    _approve(parking, query)
    pq.write_table(_drawn().slice(0, 900), parking.folder / "south" / "data" / "south.parquet")
    ended = said(parking, "south", "approve", query, "officer")
    assert (ended.exit, code(ended)) == (4, "A-STALE")
    assert _show(parking, query).exit == 4
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    assert _state(parking) == ["waits"]


def test_another_policy(parking: World, query: str) -> None:
    """Reviews are given under a policy."""
    _approve(parking, query)
    policy(parking, "south", "min_count  = 10", "min_count  = 9")
    assert _state(parking) == ["outdated"]
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]


def test_the_same_question_of_another_query(parking: World, query: str) -> None:
    """What was let out for one query is not let out for another, although it is charged once."""
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("done", "")]
    other = parking.submit(query_text(DRAWN, **ALONE, title='"Another"'), "other.toml")
    assert ran(run(parking, "south", other)) == [("pending", "D-REFUSED")]
    assert told(parking, other) == {"south": {"a": "D-REFUSED"}}


def test_other_findings_than_were_shown(parking: World, query: str) -> None:
    """What people let out is what they were shown; where it comes out otherwise, it is parked anew."""
    with sqlite3.connect(parking.folder / "south" / "state" / "site.db") as connection:
        [found] = connection.execute("SELECT findings FROM parked").fetchone()
        other = found.replace(b'"cells":3', b'"cells":2')
        assert other != found
        connection.execute("UPDATE parked SET findings = ?", (other,))
    assert _show(parking, query).exit == 0
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("pending", "D-REFUSED")]
    assert _state(parking) == ["waits"]
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("done", "")]


def test_reviews_of_another_query(parking: World, query: str) -> None:
    """Reviews that were moved to another query in the database let nothing out of it."""
    other = parking.submit(query_text(DRAWN, **ALONE, title='"Another"'), "other.toml")
    run(parking, "south", other)
    _approve(parking, query)
    with sqlite3.connect(parking.folder / "south" / "state" / "site.db") as connection:
        connection.execute("UPDATE review SET query = ?", (other,))
    assert run(parking, "south", other).exit in (6, 8)
    assert told(parking, other) == {"south": {"a": "D-REFUSED"}}


def test_a_rejection_that_was_taken_away(parking: World, query: str) -> None:
    """The ledger names it: nothing runs, is decided or verified without it."""
    said(parking, "south", "reject", query, "checker")
    with sqlite3.connect(parking.folder / "south" / "state" / "site.db") as connection:
        connection.execute("DELETE FROM review")
    for ended in (
        said(parking, "south", "approve", query, "officer"),
        parking.cli("ledger", "verify", "--format", "json", home="south"),
    ):
        assert (ended.exit, code(ended)) == (6, "L-REVIEW")
    assert ran(run(parking, "south")) == [("integrity", "L-REVIEW")]


# What the researcher, and anyone, verifies.


@pytest.fixture(scope="module")
def released_template(parking_template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A query that was let out and released, beside one that was let out by nobody."""
    world = copied(parking_template, tmp_path_factory.mktemp("released") / "world")
    file = world.folder / "south" / "data" / "south.parquet"
    world.ok("data", "add", "cohort", str(file), home="south")
    query = world.submit(query_text(DRAWN, **ALONE))
    run(world, "south")
    _approve(world, query)
    assert ran(run(world, "south")) == [("done", "")]
    return world, query


@pytest.fixture
def released(released_template: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = released_template
    return copied(world, tmp_path / "world"), query


def _refused(world: World, query: str, *codes: str) -> None:
    """Who adds up, and who verifies, both refuse."""
    ended = combine(world, query)
    assert ended.exit == 6
    assert code(ended) in codes
    statement = str(world.releases("south", query)[-1])
    shown = world.cli("verify", statement, "--format", "json", home="researcher")
    assert shown.data["files"][0]["problem"]["code"] in codes


def _signed_anew(world: World, query: str, **changes: object) -> None:
    """The site's key signs another statement about the same values."""
    path = world.releases("south", query)[-1]
    old = content(parse(path.read_bytes(), "r"), "release", "r")
    release = Release.read(old.predicate, "r").model_copy(update=changes)
    subject = old.subject[0].digest["sha256"]
    path.write_bytes(sign(statement("release", subject, release), [keys_of(world, "south", "south")]))


def _reviews(world: World, query: str) -> list[Path]:
    return sorted((world.exchange / "south" / "reviews" / query).iterdir())


def _reviewed(world: World, query: str, at: int, key: str = "", **changes: object) -> str:
    """Another review in the place of a published one, signed by its author or another; its digest."""
    path = _reviews(world, query)[at]
    old = Review.read(content(parse(path.read_bytes(), "r"), "review", "r").predicate, "r")
    told = old.model_copy(update=changes)
    data = sign(statement("review", told.query, told), [keys_of(world, "south", key or old.reviewer)])
    path.unlink()
    path.with_name(f"{digest(data)}.json").write_bytes(data)
    _signed_anew(world, query, reviews=tuple(one.stem for one in _reviews(world, query)))
    return digest(data)


def test_the_control_of_these(released: tuple[World, str]) -> None:
    """As it was released, it is verified and added up; signed anew without a change, too."""
    world, query = released
    _signed_anew(world, query)
    assert combine(world, query).exit == 0
    world.ok("verify", str(world.exchange), home="researcher")


def test_a_review_that_is_gone(released: tuple[World, str]) -> None:
    """A release that names a review is nothing without it."""
    world, query = released
    _reviews(world, query)[0].unlink()
    _refused(world, query, "S-GONE")


def test_a_review_that_was_changed(released: tuple[World, str]) -> None:
    """One byte, and it is not what was named."""
    world, query = released
    path = _reviews(world, query)[0]
    path.write_bytes(flipped(path.read_bytes()))
    ended = combine(world, query)
    assert ended.exit in (3, 6)


def test_one_review_is_not_two(released: tuple[World, str]) -> None:
    """A site alone cannot say that one person was enough, or name one review twice."""
    world, query = released
    first, _ = (one.stem for one in _reviews(world, query))
    for named in ((first,), (first, first)):
        _signed_anew(world, query, reviews=named)
        _refused(world, query, "S-REVIEW")


def test_two_reviews_with_one_key(released: tuple[World, str]) -> None:
    """What one person said twice is signed with one key."""
    world, query = released
    old = _reviews(world, query)
    who = Review.read(content(parse(old[0].read_bytes(), "r"), "review", "r").predicate, "r").reviewer
    _reviewed(world, query, 1, who, reviewer=who, reason="0" * 64)
    _refused(world, query, "S-REVIEW")


@pytest.mark.parametrize(
    "changes",
    [
        {"decision": "reject"},
        {"snapshot": "s-000000000000"},
        {"policy": "0" * 64},
        {"dictionary": "0" * 64},
        {"site": "north"},
        {"round": 1, "rounds": 2},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_review_of_something_else(released: tuple[World, str], changes: dict[str, object]) -> None:
    """A rejection, or a word on other data, under other rules, at another site, in a later round."""
    world, query = released
    _reviewed(world, query, 0, **changes)
    _refused(world, query, "S-REVIEW")


def test_a_review_of_another_query_beside_a_release(released: tuple[World, str]) -> None:
    """Genuine reviews of one query do not let another out."""
    world, query = released
    other = world.submit(query_text(PLAIN, **ALONE), "other.toml")
    run(world, "south", other)
    folder = world.exchange / "south" / "reviews"
    shutil.copytree(folder / query, folder / other)
    _signed_anew(world, other, reviews=tuple(one.stem for one in _reviews(world, other)))
    _refused(world, other, "S-REVIEW")


def test_a_review_by_a_data_owner(released: tuple[World, str]) -> None:
    """Who may grant a query may not for that let out its answer."""
    world, query = released
    _reviewed(world, query, 0, "south-owner", reviewer="south-owner")
    _refused(world, query, "S-SIGNER")


def test_a_review_by_the_author(parking: World) -> None:
    """Whoever let it out, it was not who asked."""
    _checking_author(parking)
    query = parking.submit(query_text(DRAWN, **ALONE))
    run(parking, "south")
    _approve(parking, query)
    assert ran(run(parking, "south")) == [("done", "")]
    for at, path in enumerate(_reviews(parking, query)):
        if b"south-checker" in b"".join(_texts(path.parent)[2 * at : 2 * at + 2]):
            _reviewed(parking, query, at, "ana", reviewer="ana")
            break
    _refused(parking, query, "S-REVIEW")


def test_an_answer_does_not_change_afterwards(parking: World) -> None:
    """What is let out later is added; an answer that was there already cannot be another now."""
    query = parking.submit(query_text(DRAWN, PLAIN, **ALONE))
    run(parking, "south")
    _approve(parking, query)
    run(parking, "south")
    ana = keys_of(parking, "researcher", "ana")
    path = parking.releases("south", query)[1]
    release = Release.read(content(parse(path.read_bytes(), "r"), "release", "r").predicate, "r")
    sealed = path.with_name("000.02.values.sealed")
    text = unseal(sealed.read_bytes(), ana, release_binding(release), "r").rstrip(b"\0")
    for old, new in ((b"", b""), (b',"s":{', b',"t":{')):
        changed = text.replace(old, new) if old else text
        keys = {key_id(ana.signing_key): ana.sealing_key}
        sealed.write_bytes(seal(changed, keys, release_binding(release), 8192))
        about = digest(sealed.read_bytes())
        path.write_bytes(sign(statement("release", about, release), [keys_of(parking, "south", "south")]))
        assert combine(parking, query).exit == (0 if not old else 6)


def test_a_crash_before_it_is_visible(parking: World, query: str) -> None:
    """What was recorded is published by the next run, reviews first."""
    _approve(parking, query)
    (parking.exchange / "south" / "reviews").write_text("in the way")
    assert run(parking, "south").exit not in (0, 8)
    assert len(parking.releases("south", query)) == 1
    (parking.exchange / "south" / "reviews").unlink()
    run(parking, "south")
    assert combine(parking, query).exit == 0
    assert entries(parking, "south", "review") == 2


# Rounds.


@pytest.fixture(scope="module")
def fitting_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three sites, at one of which people look at models."""
    world = fitted_world(tmp_path_factory.mktemp("looked"))
    new_person(world, "south", "south-checker", "checker")
    policy(world, "south", 'models     = "exact"', 'models     = "review"')
    return world


def _round(world: World, query: str, *ends: int) -> tuple[int, str]:
    assert tuple(run(world, site).exit for site in fitting.SITES) == ends
    return fitting.combined(world, query)


@pytest.mark.parametrize("when", ["findings", "first-of-query"])
def test_one_review_covers_the_rounds_of_a_model(fitting_template: World, tmp_path: Path, when: str) -> None:
    """People look at the first round; the later ones tell no more than they let out."""
    world = copied(fitting_template, tmp_path / "world")
    policy(world, "south", 'review    = "findings"', f'review    = "{when}"')
    query = world.submit(fitting.question())
    world.approve(query, *fitting.SITES)
    assert [run(world, site).exit for site in fitting.SITES] == [0, 8, 0]
    assert "score" in _show(world, query).out
    _approve(world, query)
    ended = _round(world, query, 0, 0, 0)
    while ended == (8, "R-ROUND"):
        ended = _round(world, query, 0, 0, 0)
    assert ended == (0, "")
    world.ok("verify", str(world.exchange), home="researcher")
    assert len(_reviews(world, query)) == 2


def test_each_round_has_its_own_review(fitting_template: World, tmp_path: Path) -> None:
    """Where people look at every release, that is every round."""
    world = copied(fitting_template, tmp_path / "world")
    policy(world, "south", 'review    = "findings"', 'review    = "all"')
    query = world.submit(fitting.question())
    world.approve(query, *fitting.SITES)
    run(world, "south")
    _approve(world, query)
    assert _round(world, query, 0, 0, 0) == (8, "R-ROUND")
    assert run(world, "south").exit == 8
    assert "round 1" in _show(world, query).out
    _approve(world, query)
    assert _round(world, query, 0, 0, 0) == (8, "R-ROUND")


def _texts(folder: Path) -> list[bytes]:
    """All files, and the payloads of envelopes in them."""
    found = []
    for data in tree(folder).values():
        found.append(data)
        if data.startswith(b'{"payload"'):
            found.append(base64.b64decode(json.loads(data)["payload"]))
    return found
