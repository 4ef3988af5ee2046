"""An audit finds each fault that is planted, names the file, and finds nothing where nothing is wrong."""

from __future__ import annotations

import shutil
import sqlite3
from datetime import timedelta
from pathlib import Path

import pytest

from fedcli.files.canonical import digest
from fedcli.ledger.checkpoint import Checkpoint
from fedcli.model.approval import Approval
from fedcli.model.release import Release
from fedcli.model.result import Combined
from fedcli.model.review import Review
from fedcli.model.rulebook import RULEBOOK
from fedcli.trust.dsse import sign, statement
from tests.workflows.acts import edit, flipped, keys_of, new_person, only_query, policy, publish, run, tree
from tests.workflows.forging import (
    again,
    approvals_of,
    head_file,
    held,
    leaves,
    one_more_word,
    other_approval,
    other_charge,
    other_log,
    other_release,
    release_of,
)
from tests.workflows.private import make_private, private_text
from tests.workflows.test_withdrawals import withdrawn
from tests.world import SITES, Ended, World, copied, query_text


def audit(world: World, *more: object, home: str | None = None) -> Ended:
    """Audit the exchange as somebody who knows the pin, or a home."""
    pin = world.ok("federation", "show", "--format", "json", home="researcher").data["pin"]
    line = [] if home else [world.exchange, "--pin", pin]
    return world.cli("audit", "check", *map(str, [*line, *more]), "--format", "json", home=home)


def rules(ended: Ended) -> dict[str, str]:
    """The rules that found something, each with the last place."""
    return {one["rule"]: one["place"] for one in ended.data["findings"]}


def finds(world: World, rule: str, place: Path, *more: object, home: str | None = None) -> None:
    """An audit finds by a rule, at a place, and ends as the rule says."""
    ended = audit(world, *more, home=home)
    found = {(one["rule"], one["place"]) for one in ended.data["findings"]}
    assert (rule, str(place)) in found, ended.data["findings"]
    integrity = any(RULEBOOK[one].integrity for one, _ in found)
    grave = any(RULEBOOK[one].level == "error" for one, _ in found)
    assert ended.exit == (6 if integrity else 10 if grave else 0)


def clean(world: World, *more: object, home: str | None = None) -> None:
    """An audit finds nothing, not even a note."""
    ended = audit(world, *more, home=home)
    assert (ended.exit, ended.data["findings"]) == (0, []), ended.text


# The control.


def test_nothing_is_found_where_nothing_is_wrong(studied: World) -> None:
    """An answered query: no finding from the exchange, nor from a home; and nothing was written."""
    before = tree(studied.folder)
    clean(studied)
    clean(studied, "--head", f"north={studied.exchange}/north/checkpoints/001")
    for site in SITES:
        clean(studied, home=site)
    assert tree(studied.folder) == before


def test_what_was_reviewed_and_recalled_in_order(studied: World) -> None:
    """What is recalled and never used again is a warning on the result alone, and fails no job."""
    query = only_query(studied)
    withdrawn(studied, query)
    ended = audit(studied)
    assert (ended.exit, set(rules(ended))) == (0, {"recalled"})
    assert audit(studied, "--fail-on", "warning").exit == 10


# What was signed.


def test_a_changed_byte(studied: World) -> None:
    """It is named by the file."""
    path = release_of(studied, only_query(studied))
    path.write_bytes(flipped(path.read_bytes()))
    finds(studied, "signature", path)


def test_a_changed_sealed_file(studied: World) -> None:
    """The half that nobody can read is held against the one that is signed."""
    path = release_of(studied, only_query(studied))
    sealed = path.with_name("000.01.values.sealed")
    sealed.write_bytes(flipped(sealed.read_bytes()))
    finds(studied, "signature", path)


def test_another_pin(studied: World) -> None:
    """Of a federation that is not the pinned one nothing else is told."""
    ended = audit(studied, "--pin", "0" * 64)
    assert (ended.exit, set(rules(ended))) == (6, {"roots"})


def test_somebody_who_left(studied: World) -> None:
    """Grants of a key that was revoked are pointed out, and what they allowed is not called unallowed."""
    studied.ok("federation", "member", "remove", "north-owner", "--reason", "left", home="federation")
    publish(studied)
    ended = audit(studied)
    assert (ended.exit, set(rules(ended))) == (0, {"revoked-signer"})
    other_release(studied, only_query(studied), approvals=())
    finds(studied, "approvals-too-few", release_of(studied, only_query(studied)))


def test_a_copy_in_another_place(studied: World) -> None:
    """A release that lies where another attempt belongs, and a checkpoint in a folder of somebody else."""
    path = release_of(studied, only_query(studied))
    for name in ("release.json", "values.sealed"):
        shutil.copy(path.with_name(f"000.01.{name}"), path.with_name(f"000.02.{name}"))
    finds(studied, "misplaced", path.with_name("000.02.release.json"))


@pytest.mark.parametrize("row", ["checkpoints/001", "manifest/001.json"])
def test_a_number_that_is_missing(studied: World, row: str) -> None:
    """Somebody who holds a file back leaves a gap."""
    path = studied.exchange / "north" / row
    if not path.with_name(path.name.replace("1", "2")).exists():
        studied.ok("data", "add", "cohort", SITES["south"], home="north")
    path.unlink()
    finds(studied, "gap", path.parent)


def test_a_review_that_is_not_there(studied: World) -> None:
    """A release names whom it was let out by."""
    finds(studied, "review", other_release(studied, only_query(studied), reviews=("0" * 64,)))


# The logs.


def _last(world: World, site: str = "north") -> Path:
    folder = world.exchange / site / "checkpoints"
    return max(path for path in folder.iterdir() if path.suffix == "")


def test_a_log_that_was_edited(studied: World) -> None:
    """A checkpoint of the site's own that does not continue the one before."""
    last = _last(studied)
    size = int(last.read_text().splitlines()[1])
    head_file(studied, "north", Checkpoint(size, "0" * 64), last)
    finds(studied, "checkpoint-chain", last)


def test_a_checkpoint_of_somebody_else(studied: World) -> None:
    """Only the site signs its log."""
    last = _last(studied)
    last.write_text(_last(studied, "south").read_text())
    finds(studied, "checkpoint-chain", last)


def test_checkpoints_that_are_held_back(studied: World) -> None:
    """A release commits to a log that nobody can see."""
    while (last := _last(studied)).name != "001":
        last.unlink()
    finds(studied, "checkpoint-missing", release_of(studied, only_query(studied)))


def test_a_rollback_behind_the_pin(studied: World, tmp_path: Path) -> None:
    """A head that was kept from before is longer than all that is published."""
    kept = shutil.copy(_last(studied), tmp_path / "kept")
    clean(studied, "--head", f"north={kept}")
    _last(studied).unlink()
    finds(studied, "pinned-head", tmp_path / "kept", "--head", f"north={kept}")


def test_another_log_since_the_pin(studied: World, tmp_path: Path) -> None:
    """The first checkpoint that should continue the pinned head is named; and a note that is none."""
    known = leaves(studied, "north")
    kept = head_file(studied, "north", Checkpoint(len(known) - 1, "1" * 64), tmp_path / "kept")
    finds(studied, "pinned-head", _last(studied), "--head", f"north={kept}")
    kept.write_text("no note")
    finds(studied, "pinned-head", kept, "--head", f"north={kept}")


def _attempted_again(world: World, query: str) -> None:
    """North's release, signed once more as the attempt after it."""
    first = release_of(world, query)
    for name in ("release.json", "values.sealed"):
        shutil.copy(first.with_name(f"000.01.{name}"), first.with_name(f"000.02.{name}"))
    again(world, first.with_name("000.02.release.json"), Release, ("north", "north"), attempt=2)
    clean(world)


def test_a_log_for_others(studied: World) -> None:
    """Two heads of one size, with the same charge in both logs: one log is shown to others."""
    query = only_query(studied)
    _attempted_again(studied, query)
    finds(studied, "two-logs", other_log(studied, query))


def test_two_entries_of_one_number(studied: World) -> None:
    """Two releases prove two entries that cannot both be in one log."""
    query = only_query(studied)
    _attempted_again(studied, query)
    finds(studied, "two-logs", other_charge(studied, query, scalars=99))
    told = [one["told"] for one in audit(studied).data["findings"]]
    assert any("is another one" in one for one in told), told


def test_a_charge_that_is_in_no_log(studied: World) -> None:
    """The path does not lead from the charge to the head."""
    path = release_of(studied, only_query(studied))
    [first] = held(path, Release).charges
    other_release(studied, only_query(studied), charges=(first.model_copy(update={"inclusion": ()}),))
    finds(studied, "charge-proof", path)


# Who allowed it.


def test_the_control_of_the_forgeries(studied: World) -> None:
    """Signed again with nothing changed, approvals, releases and charges are as good as before."""
    query = only_query(studied)
    other_approval(studied, query)
    clean(studied)
    other_charge(studied, query)
    clean(studied)


def test_an_approval_that_is_not_there(studied: World) -> None:
    """A release names its approvals by their digests."""
    query = only_query(studied)
    approvals_of(studied, query)[-1].unlink()
    ended = audit(studied)
    assert (ended.exit, set(rules(ended))) == (10, {"approval-missing", "approvals-too-few"})


@pytest.mark.parametrize(
    "changes",
    [{"policy": "0" * 64}, {"dictionary": "0" * 64}, {"decision": "deny"}, {"key": "south-owner"}],
    ids=lambda changes: next(iter(changes)),
)
def test_an_approval_of_something_else(studied: World, changes: dict[str, str]) -> None:
    """Of another policy or dictionary, no grant at all, or of another organisation's person."""
    query = only_query(studied)
    if "key" in changes:
        changes = {**changes, "approver": changes["key"]}
    other_approval(studied, query, **changes)  # type: ignore[arg-type]
    finds(studied, "approval-unfit", release_of(studied, query))
    assert "approvals-too-few" in rules(audit(studied))


def test_an_approval_of_another_query(studied: World) -> None:
    """A grant opens data for one query, and not for another of the same researcher."""
    first = only_query(studied)
    query = studied.submit(query_text('id = "m"\nanalytic = "count"'), "other.toml")
    studied.approve(query)
    studied.run()
    clean(studied)
    named = held(release_of(studied, first), Release).approvals
    path = other_release(studied, query, approvals=named)
    finds(studied, "approval-unfit", path)
    assert "approval-reused" in rules(audit(studied))


@pytest.mark.parametrize("hours", [{"issued": 1}, {"issued": -48, "expires": -1}], ids=["after", "ended"])
def test_an_approval_at_another_time(studied: World, hours: dict[str, int]) -> None:
    """Given after the release, or ended before."""
    query = only_query(studied)
    other_approval(
        studied, query, **{name: studied.now + timedelta(hours=far) for name, far in hours.items()}
    )
    finds(studied, "approval-late", release_of(studied, query))


def test_an_approval_that_was_taken_back(studied: World) -> None:
    """Before the release; afterwards a person may say what they like."""
    query = only_query(studied)
    earlier, between = studied.now - timedelta(hours=2), studied.now - timedelta(hours=1)
    other_approval(studied, query, issued=earlier)
    word = one_more_word(studied, query, "north-owner", decision="revoke", issued=between)
    finds(studied, "approval-revoked", release_of(studied, query))
    again(studied, word, Approval, ("north", "north-owner"), issued=studied.now + timedelta(hours=1))
    clean(studied)


def test_a_denial_that_stood(studied: World) -> None:
    """Whoever else granted; until the person grants."""
    new_person(studied, "north", "north-second", "data-owner")
    query = only_query(studied)
    before = studied.now - timedelta(hours=2)
    one_more_word(studied, query, "north-second", decision="deny", issued=before)
    finds(studied, "denied", release_of(studied, query))
    one_more_word(studied, query, "north-second", issued=before + timedelta(hours=1))
    clean(studied)


def test_more_answers_than_were_granted(studied: World) -> None:
    """A grant for one opening, of two: the second release is named, the first is not."""
    query = only_query(studied)
    other_approval(studied, query, max_runs=1)
    clean(studied)
    first = release_of(studied, query)
    for name in ("release.json", "values.sealed"):
        shutil.copy(first.with_name(f"000.01.{name}"), first.with_name(f"000.02.{name}"))
    again(studied, first.with_name("000.02.release.json"), Release, ("north", "north"), attempt=2)
    finds(studied, "approval-exceeded", release_of(studied, query))


@pytest.mark.parametrize(
    ("max_runs", "period", "fits"),
    [(3, "1 day", True), (2, "1 day", False), (3, "2 days", False), (3, None, False)],
)
def test_more_runs_than_were_granted(
    template: World, tmp_path: Path, max_runs: int, period: str | None, fits: bool
) -> None:
    """Three nights that a grant let, signed anew with narrower bounds: the last night is named."""
    world = copied(template, tmp_path / "nightly")
    recurs = {"round_deadline": '"6 hours"', "recurs": '{ every = "1 day", times = 3 }'}
    query = world.submit(query_text(**recurs))
    for person in ("owner", "officer"):
        bounds = ["--max-runs", "3", "--period", "1 day"]
        world.ok(
            "approval", "grant", query, "--key", f"north-{person}", "--reason", "ok", *bounds, home="north"
        )
    for _ in range(3):
        assert run(world, "north").exit == 0
        world.later(days=1)
    clean(world)
    other_approval(world, query, max_runs=max_runs, period=period)
    _named_anew(world, query)
    if fits:
        clean(world)
    else:
        finds(world, "approval-exceeded", world.releases("north", query)[-1])


def _named_anew(world: World, query: str) -> None:
    """Let every release of north name the approvals as they are now."""
    named = tuple(sorted(digest(path.read_bytes()) for path in approvals_of(world, query)))
    for path in world.releases("north", query):
        again(world, path, Release, ("north", "north"), approvals=named)


@pytest.mark.parametrize("place", [0, 1], ids=["officer", "owner"])
def test_one_approval_of_two(studied: World, place: int) -> None:
    """Two people, of the two roles: one of them is not enough."""
    query = only_query(studied)
    named = held(release_of(studied, query), Release).approvals
    finds(studied, "approvals-too-few", other_release(studied, query, approvals=named[place : place + 1]))


def test_two_approvals_of_one_role(studied: World) -> None:
    """As many people as the policy wants, and a role that nobody fills."""
    new_person(studied, "north", "north-second", "data-owner")
    query = only_query(studied)
    word = one_more_word(studied, query, "north-second")
    owner = approvals_of(studied, query)[0]
    named = tuple(digest(path.read_bytes()) for path in (owner, word))
    finds(studied, "approvals-too-few", other_release(studied, query, approvals=named))


def _reviewed(world: World, query: str, root: int, *people: str) -> Path:
    """A release under a root that some people let out, by their own signatures."""
    path = release_of(world, query)
    told, named = held(path, Release), []
    for person in people:
        word = Review(
            federation=told.federation,
            root_version=root,
            site="north",
            reviewer=person,
            decision="approve",
            query=query,
            round=0,
            rounds=1,
            dictionary=told.dictionary,
            policy=told.policy,
            snapshot=told.snapshot or "",
            findings="0" * 64,
            reason="0" * 64,
            issued=world.now,
        )
        data = sign(statement("review", query, word), [keys_of(world, "north", person)])
        target = world.exchange / "north" / "reviews" / query / f"{digest(data)}.json"
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(data)
        named.append(digest(data))
    return other_release(world, query, reviews=tuple(named), root_version=root)


def test_reviewers_of_one_role(studied: World) -> None:
    """Two keys are enough for `verify`; the policy wanted a checker, too."""
    query = only_query(studied)
    new_person(studied, "north", "north-second", "disclosure-officer", "checker")
    _reviewed(studied, query, 2, "north-officer", "north-second")
    clean(studied)
    new_person(studied, "north", "north-third", "disclosure-officer")
    shutil.rmtree(studied.exchange / "north" / "reviews")
    finds(studied, "reviews-too-few", _reviewed(studied, query, 3, "north-officer", "north-third"))


# Under which rules.


def test_a_policy_that_nobody_published(studied: World) -> None:
    """Whoever reads a release must be able to read its rules."""
    query = only_query(studied)
    finds(studied, "policy-unpublished", other_release(studied, query, policy="0" * 64))


def test_a_policy_below_the_floor(studied: World) -> None:
    """The floor of the root that the release binds; an older root had none."""
    floor = studied.folder / "federation" / "policies" / "floor.toml"
    floor.write_text("[disclosure]\nmin_count = 20\n")
    studied.ok("federation", "member", "remove", "east-owner", "--reason", "left", home="federation")
    publish(studied)
    assert "policy-below-floor" not in rules(audit(studied))
    path = other_release(studied, only_query(studied), root_version=2)
    finds(studied, "policy-below-floor", path)


@pytest.mark.parametrize(("least", "found"), [("9", {"policy-looser"}), ("11", set())])
def test_a_policy_that_became_looser(studied: World, least: str, found: set[str]) -> None:
    """It is a note: a site may decide so, and an auditor wants to know when."""
    policy(studied, "north", "min_count  = 10", f"min_count  = {least}")
    run(studied, "north")
    ended = audit(studied)
    assert (ended.exit, set(rules(ended))) == (0, found)
    assert audit(studied, "--fail-on", "note").exit == (10 if found else 0)


@pytest.mark.parametrize(
    "changes",
    [
        {"question": "0" * 64},
        {"researcher": "bea"},
        {"project": "another"},
        {"mode": "differential-privacy", "share": "0.1", "rho": "0.1", "draws": 1},
    ],
    ids=lambda changes: next(iter(changes)),
)
def test_a_charge_for_something_else(studied: World, changes: dict[str, object]) -> None:
    """Charged is what the researcher signed, to whom asked it."""
    query = only_query(studied)
    finds(studied, "charge-unlike-query", other_charge(studied, query, **changes))


def test_a_charge_after_the_release(studied: World) -> None:
    """It must be on disk before data are opened."""
    query = only_query(studied)
    late = {"at": studied.now + timedelta(minutes=1)}
    finds(studied, "charge-unlike-query", other_charge(studied, query, entry=late))


@pytest.fixture(scope="module")
def private_template(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A federation in which south has answered once under differential privacy."""
    world = make_private(copied(alone_template, tmp_path_factory.mktemp("private") / "world"), "south")
    query = world.submit(private_text(rho="0.3"))
    assert run(world, "south").exit == 0
    return world, query


@pytest.fixture
def private(private_template: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = private_template
    return copied(world, tmp_path / "private"), query


def test_budgets_are_added_up(private: tuple[World, str]) -> None:
    """The population's and the project's, from the exchange as from the whole ledger."""
    world, _ = private
    for ended in (audit(world), audit(world, home="south")):
        told = [(one.get("project"), one["spent"], one["capacity"]) for one in ended.data["budgets"]]
        assert told == [("cardio-2026", "0.3", "0.5"), (None, "0.3", "1")]
        assert set(rules(ended)) == {"policy-looser"}  # for this federation answers alone and unasked


@pytest.mark.parametrize(
    ("changes", "found"),
    [
        ({"rho": "0.2"}, {"charge-price"}),
        ({"rho": "0", "plan": 0}, set()),  # what paid for it may not be published
        ({"rho": "0.6", "share": "0.6"}, {"budget"}),
        ({"rho": "1.2", "share": "0.6", "draws": 2}, {"budget"}),
        ({"rho": "0.5", "share": "0.5"}, set()),
    ],
    ids=["half price", "elsewhere", "project", "population", "all of it"],
)
def test_what_was_paid(private: tuple[World, str], changes: dict[str, object], found: set[str]) -> None:
    """A price is that of all draws, and the sums stay within the capacities, to the last unit."""
    world, query = private
    path = other_charge(world, query, "south", **changes)
    ended = audit(world)
    told = {rule: place for rule, place in rules(ended).items() if rule != "policy-looser"}
    assert told == dict.fromkeys(found, str(path))


def test_a_draw_that_another_draw_pays_for(private: tuple[World, str]) -> None:
    """The entry that it names must be one that paid."""
    world, query = private
    number = held(release_of(world, query, "south"), Release).charges[0].number
    path = other_charge(world, query, "south", rho="0", draws=2, plan=number)
    finds(world, "charge-price", path)


def test_more_than_the_policy_has_now(private: tuple[World, str]) -> None:
    """In its home the whole ledger is held against the policy in force."""
    world, _ = private
    edit(world.folder / "south" / "policy.toml", "[privacy]\n", '[privacy]\ncapacity_rho = "0.2"\n')
    ended = audit(world, home="south")
    assert set(rules(ended)) == {"budget", "policy-drift", "policy-looser"}


# For how long.


def test_an_answer_after_the_end(studied: World) -> None:
    """Nothing is answered after a query has expired."""
    query = only_query(studied)
    path = other_release(studied, query, issued=studied.now + timedelta(days=800))
    finds(studied, "after-the-end", path)


def test_an_answer_to_somebody_without_accreditation(studied: World) -> None:
    """As the root had it that the release binds."""
    card = studied.folder / "researcher" / "keys" / "ana.card.json"
    until = (studied.now - timedelta(days=1)).strftime("%Y-%m-%d")
    line = ("federation", "member", "add", str(card), "--accreditation", "course 7", "--until", until)
    studied.ok(*line, home="federation")
    publish(studied)
    query = only_query(studied)
    assert "after-the-end" not in rules(audit(studied))
    finds(studied, "after-the-end", other_release(studied, query, root_version=2))


def test_what_ends_soon(studied: World) -> None:
    """A root 30 days before its end; and what has ended."""
    root = studied.exchange / "federation" / "0001.root.json"
    studied.later(days=334)
    clean(studied)
    studied.later(days=2)
    finds(studied, "expiring", root)
    studied.later(days=30)
    finds(studied, "root-expired", root)


def test_a_grant_that_ends_soon(studied: World) -> None:
    """Only where the query waits, and goes on for longer."""
    query = studied.submit(query_text('id = "m"\nanalytic = "count"', expires="2027-11-01"), "other.toml")
    studied.approve(query, "north")
    clean(studied)
    studied.later(days=61)
    finds(studied, "expiring", approvals_of(studied, query)[0])


# What was made of it.


def _result(world: World) -> Path:
    [path] = (world.exchange / "ana" / "queries").glob("*/result.json")
    return path


def test_a_result_of_what_was_recalled(studied: World) -> None:
    """Made before the recall it is a warning, made after it an error."""
    query, path = only_query(studied), _result(studied)
    withdrawn(studied, query)
    finds(studied, "recalled", path)
    later = studied.now + timedelta(hours=1)
    again(studied, path, Combined, ("researcher", "ana"), issued=later)
    finds(studied, "recalled-used", path)


def test_a_result_of_what_is_not_there(studied: World) -> None:
    """Whoever adds up must show what."""
    shutil.rmtree(studied.exchange / "south" / "releases")
    finds(studied, "release-missing", _result(studied))


# At the site itself.


def _written(world: World, text: str, *values: object) -> None:
    with sqlite3.connect(world.folder / "north" / "state" / "site.db") as connection:
        connection.execute(text, values)


def test_an_edited_book(studied: World) -> None:
    """It is told as one finding; its charges count no more."""
    _written(studied, "UPDATE entry SET leaf = CAST(replace(CAST(leaf AS TEXT), '2026', '2025') AS BLOB)")
    finds(studied, "book", studied.folder / "north" / "state" / "site.db", home="north")


def test_a_release_of_another_log_than_the_book(studied: World) -> None:
    """The head that a release carries must be a beginning of the site's own log."""
    query = only_query(studied)
    finds(studied, "book", other_charge(studied, query, scalars=99), home="north")


def test_what_is_not_published_any_more(studied: World) -> None:
    """The book knows the bytes of all that the site has said."""
    query = only_query(studied)
    for path in (approvals_of(studied, query)[-1], release_of(studied, query)):
        data = path.read_bytes()
        path.unlink()
        finds(studied, "withheld", path, home="north")
        path.write_bytes(data)
    clean(studied, home="north")


def test_a_release_that_the_book_had_otherwise(studied: World) -> None:
    """A release that its ledger does not know came into the database by another way."""
    path = other_release(studied, only_query(studied), expires=studied.now)
    _written(studied, "UPDATE release SET statement = ?", path.read_bytes())
    finds(studied, "order", studied.folder / "north" / "state" / "site.db", home="north")


def test_a_policy_that_is_not_published_yet(studied: World) -> None:
    """People approve what is published, and the next run decides by the file."""
    policy(studied, "north", "min_count  = 10", "min_count  = 11")
    finds(studied, "policy-drift", studied.folder / "north" / "policy.toml", home="north")
