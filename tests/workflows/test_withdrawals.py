"""A site recalls what it released: who leaves it out, who flags it, and whose word counts."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from fedcli.files.canonical import digest
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.workflows.acts import (
    book,
    code,
    combine,
    entries,
    flipped,
    keys_of,
    only_query,
    ran,
    run,
    tree,
    written,
)
from tests.workflows.fitting import COUNT, MODEL, SITES, combined, fit, fitted_world, question
from tests.world import Ended, World, copied, query_text

SOONER = 'id = "line"\nanalytic = "glm"\nfamily = "gaussian"\nformula = "age ~ sex"'
WHY = "rows of 2024 were counted twice"


def withdraw(world: World, query: str, site: str = "north", reason: str = WHY) -> Ended:
    """Let a site recall its releases of a query."""
    return world.cli("release", "withdraw", query, "--reason", reason, "--format", "json", home=site)


def withdrawn(world: World, query: str, site: str = "north") -> Path:
    """A withdrawal that was made; where it lies."""
    ended = withdraw(world, query, site)
    assert ended.exit == 0, ended.text
    return world.exchange / site / "withdrawals" / f"{query}.json"


def verified(world: World, *files: object) -> Ended:
    """Verify as the researcher."""
    return world.cli("verify", *map(str, files), "--format", "json", home="researcher")


@pytest.fixture
def few(template: World, tmp_path: Path) -> tuple[World, str]:
    """A query that two sites suffice for, answered by all three."""
    world = copied(template, tmp_path / "few")
    for site in ("north", "south", "east"):
        path = world.folder / site / "policy.toml"
        path.write_text(path.read_text().replace("min_sites  = 3", "min_sites  = 2"))
    query = world.submit(query_text(min_sites="2"))
    world.approve(query)
    assert [one.exit for one in world.run()] == [0, 0, 0]
    return world, query


# At the site.


def test_a_recall_is_ledgered_and_published(studied: World) -> None:
    """One entry with the reason, one file, and a log that has it in the published checkpoint."""
    query = only_query(studied)
    path = withdrawn(studied, query)
    told = Withdrawal.read(content(parse(path.read_bytes(), "x"), "withdrawal", "x").predicate, "x")
    released = tuple(digest(one.read_bytes()) for one in studied.releases("north", query))
    assert (told.site, told.query, told.releases, told.reason) == ("north", query, released, WHY)
    assert entries(studied, "north", "withdrawal") == 1
    ledger = studied.ok("ledger", "verify", "--format", "json", home="north").data
    assert ledger["published"] == ledger["size"]
    studied.ok("verify", str(path), home="researcher")


def test_saying_it_again_changes_nothing(studied: World) -> None:
    """Exit 0, told as old, whatever the reason; the first one stands."""
    query = only_query(studied)
    withdrawn(studied, query)
    before = written(studied, "north")
    again = withdraw(studied, query, reason="another")
    assert (again.exit, again.data["new"], again.data["reason"]) == (0, False, WHY)
    assert written(studied, "north") == before


@pytest.mark.parametrize("how", ["withdraw", "run"])
def test_what_was_interrupted_is_finished(studied: World, how: str) -> None:
    """A recall that is recorded and not in the exchange is put there by the next word or the next run."""
    query = only_query(studied)
    path = withdrawn(studied, query)
    data = path.read_bytes()
    path.unlink()
    assert (withdraw(studied, query) if how == "withdraw" else run(studied, "north")).exit == 0
    assert path.read_bytes() == data
    assert entries(studied, "north", "withdrawal") == 1


def test_only_what_left_can_be_recalled(studied: World) -> None:
    """A query that a site has not answered with values has nothing to recall, nor one that is not there."""
    query = studied.submit(query_text('id = "m"\nanalytic = "count"'), "other.toml")
    for given in (query, "q-ffffff"):
        ended = withdraw(studied, given)
        assert (ended.exit, code(ended)) == (2, "Q-UNKNOWN")
    assert entries(studied, "north", "withdrawal") == 0


def test_a_reason_is_needed(studied: World) -> None:
    """One line of it."""
    query = only_query(studied)
    assert studied.cli("release", "withdraw", query, home="north").exit == 2
    assert code(withdraw(studied, query, reason="two\nlines")) == "U-LINE"
    assert studied.cli("release", "withdraw", query, "--reason", WHY, home="researcher").exit == 2


def test_a_site_answers_no_more(studied: World) -> None:
    """A run of the query at the site ends as refused, charges nothing and tells nobody."""
    query = only_query(studied)
    withdrawn(studied, query)
    before = written(studied, "north")
    assert ran(run(studied, "north", query)) == [("refused", "A-WITHDRAWN")]
    assert ran(run(studied, "north")) == []
    assert written(studied, "north") == before


def test_the_list_tells_it(studied: World) -> None:
    """`release list` has every release, and why it was recalled."""
    query = only_query(studied)
    before = studied.ok("release", "list", "--format", "json", home="north").data["releases"]
    withdrawn(studied, query)
    [after] = studied.ok("release", "list", "--format", "json", home="north").data["releases"]
    assert before == [{name: value for name, value in after.items() if name != "withdrawn"}]
    assert (after["query"], after["outcome"], after["withdrawn"]) == (query, "released", WHY)
    assert WHY in studied.ok("release", "list", home="north").out


# At the researcher.


def test_combining_leaves_it_out(few: tuple[World, str]) -> None:
    """The sum is that of the others, the site is told as one that recalled, with its reason."""
    world, query = few
    whole = combine(world, query).data
    withdrawn(world, query)
    ended = combine(world, query)
    assert (ended.exit, ended.document["status"]) == (7, "partial")
    sites = {one["site"]: one for one in ended.data["sites"]}
    assert (sites["north"]["status"], sites["north"]["reason"]) == ("withdrawn", WHY)
    assert "release" not in sites["north"]
    assert ended.data["results"]["n"]["sites"] == ["south", "east"]
    alone = {one: world.ok("data", "list", "--format", "json", home=one).data for one in ("south", "east")}
    rows = sum(one["datasets"][0]["persons"] for one in alone.values())
    assert ended.data["results"]["n"]["scalars"]["n"] == rows < whole["results"]["n"]["scalars"]["n"]


def test_it_is_not_waited_for(few: tuple[World, str]) -> None:
    """Who recalled makes no other release: before the deadline the others are combined."""
    world, query = few
    withdrawn(world, query)
    assert combine(world, query).exit == 7


def test_it_counts_as_missing_for_the_quorum(studied: World) -> None:
    """Where all sites are needed there is no result without one; the result from before stays as it was."""
    query = only_query(studied)
    kept = tree(studied.folder / "researcher" / "results")
    withdrawn(studied, query)
    ended = combine(studied, query)
    assert (ended.exit, code(ended)) == (8, "R-FEW")
    assert tree(studied.folder / "researcher" / "results") == kept


def test_a_release_does_not_verify_any_more(studied: World) -> None:
    """Exit 6 with a code and the reason; the others' hold; its numbers are not shown to a recipient."""
    query = only_query(studied)
    [release] = studied.releases("north", query)
    assert verified(studied, release).exit == 0
    withdrawn(studied, query)
    ended = verified(studied, release)
    [told] = ended.data["files"]
    assert (ended.exit, code(ended), WHY in told["problem"]["message"]) == (6, "R-RECALLED", True)
    assert verified(studied, *studied.releases("south", query)).exit == 0
    shown = studied.ok("release", "show", str(release), "--format", "json", home="researcher").data
    assert ("values" in shown, shown["withdrawn"]) == (False, WHY)


def test_a_result_that_was_made_of_it_is_flagged(studied: World) -> None:
    """`report` and `verify` show it as it is, with a warning that has the reason."""
    query = only_query(studied)
    before = studied.ok("report", query, "--format", "json", home="researcher").document
    assert before["warnings"] == []
    withdrawn(studied, query)
    after = studied.ok("report", query, "--format", "json", home="researcher").document
    [warning] = after["warnings"]
    assert "north" in warning and WHY in warning
    assert after["data"] == before["data"] | {"withdrawn": {"north": WHY}}
    text = studied.ok("report", query, home="researcher")
    assert (WHY in text.err, WHY in text.out) == (True, False)
    assert WHY in studied.ok("report", query, "--format", "csv", home="researcher").err
    ended = verified(studied, studied.exchange / "ana" / "queries" / query / "result.json")
    assert (ended.exit, WHY in ended.document["warnings"][0]) == (0, True)


def test_a_report_without_the_exchange(studied: World) -> None:
    """A result that is kept can be read, with a warning that nobody could look for recalls."""
    query = only_query(studied)
    studied.exchange.rename(studied.folder / "gone")
    ended = studied.ok("report", query, "--format", "json", home="researcher")
    assert "not known" in ended.document["warnings"][0]


def test_a_status_tells_it(studied: World) -> None:
    """`query status` says who recalled, and why."""
    query = only_query(studied)
    withdrawn(studied, query)
    assert WHY in studied.cli("query", "status", query, home="researcher").out


# Forged.


def _forged(world: World, query: str, keys: str = "north", **changes: object) -> Path:
    """A withdrawal in north's folder, signed by whoever."""
    path = world.exchange / "north" / "withdrawals" / f"{query}.json"
    root = world.ok("federation", "show", "--format", "json", home="researcher").data["root"]
    word = Withdrawal(
        federation=root["federation"],
        root_version=root["version"],
        site="north",
        query=query,
        releases=tuple(digest(one.read_bytes()) for one in world.releases("north", query)),
        reason=WHY,
        issued=world.now,
    ).model_copy(update=changes)
    path.parent.mkdir(exist_ok=True)
    path.write_bytes(sign(statement("withdrawal", word.query, word), [keys_of(world, keys, keys)]))
    return path


def _refused(world: World, query: str, wanted: str) -> None:
    """Nobody combines, reports or verifies around a withdrawal that does not hold."""
    before = tree(world.folder / "researcher" / "results")
    assert (combine(world, query).exit, code(combine(world, query))) == (6, wanted)
    assert tree(world.folder / "researcher" / "results") == before
    assert code(world.cli("report", query, "--format", "json", home="researcher")) == wanted
    assert code(verified(world, *world.releases("north", query))) == wanted


def test_the_control_of_the_forgeries(studied: World) -> None:
    """Made by north's own key, the same file counts."""
    query = only_query(studied)
    path = _forged(studied, query)
    assert code(combine(studied, query)) == "R-FEW"
    assert verified(studied, path).exit == 0


def test_by_another_site(studied: World) -> None:
    """No site can recall what another one released, whatever name it writes."""
    query = only_query(studied)
    path = _forged(studied, query, keys="south")
    _refused(studied, query, "S-WHO")
    assert code(verified(studied, path)) == "S-WHO"
    _forged(studied, query, keys="south", site="south")
    _refused(studied, query, "R-REPLAY")


def test_by_somebody_who_is_no_site(studied: World) -> None:
    """The researcher who would like another sum cannot take a release back."""
    query = only_query(studied)
    path = _forged(studied, query)
    ana = keys_of(studied, "researcher", "ana")
    body = parse(path.read_bytes(), "x").body
    path.write_bytes(sign(body, [ana]))
    _refused(studied, query, "S-SIGNER")


@pytest.mark.parametrize("place", range(0, 100, 9))
def test_a_changed_byte(studied: World, place: int) -> None:
    """One byte anywhere."""
    query = only_query(studied)
    path = withdrawn(studied, query)
    data = path.read_bytes()
    path.write_bytes(flipped(data, len(data) * place // 100))
    assert combine(studied, query).exit == 6
    assert verified(studied, path).exit == 6


def test_a_replay_for_another_query(few: tuple[World, str]) -> None:
    """The word on one query says nothing of another, under whatever name it lies."""
    world, query = few
    other = world.submit(query_text('id = "m"\nanalytic = "count"', min_sites="2"), "other.toml")
    world.approve(other)
    world.run()
    assert combine(world, query).exit == 0
    path = withdrawn(world, other)
    assert combine(world, query).exit == 0
    path.with_name(f"{query}.json").write_bytes(path.read_bytes())
    _refused(world, query, "R-REPLAY")


def test_a_subject_of_another_query(studied: World) -> None:
    """The statement is about the query that the withdrawal names."""
    query = only_query(studied)
    path = _forged(studied, query)
    found = content(parse(path.read_bytes(), "x"), "withdrawal", "x")
    word = Withdrawal.read(found.predicate, "x")
    path.write_bytes(sign(statement("withdrawal", "0" * 64, word), [keys_of(studied, "north", "north")]))
    _refused(studied, query, "S-SUBJECT")


def test_of_another_federation(studied: World) -> None:
    """A word of the same key in another federation does not count."""
    query = only_query(studied)
    _forged(studied, query, federation="elsewhere")
    _refused(studied, query, "S-FEDERATION")


def test_the_database_is_not_taken_at_its_word(studied: World) -> None:
    """A site checks its own withdrawal as anyone does."""
    query = only_query(studied)
    withdrawn(studied, query)
    with sqlite3.connect(studied.folder / "north" / "state" / "site.db") as connection:
        [(data,)] = connection.execute("SELECT envelope FROM withdrawal").fetchall()
        connection.execute("UPDATE withdrawal SET envelope = ?", (flipped(data, len(data) // 3),))
    assert withdraw(studied, query).exit == 6
    assert book(studied, "north")["withdrawal"]


# Rounds.


@pytest.fixture(scope="module")
def fitting_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation whose sites may fit models, with two sites if need be."""
    world = fitted_world(tmp_path_factory.mktemp("recalled"))
    for site in SITES:
        path = world.folder / site / "policy.toml"
        path.write_text(path.read_text().replace("min_sites  = 3", "min_sites  = 2"))
    return world


@pytest.fixture
def fitting(fitting_template: World, tmp_path: Path) -> World:
    """The same, of one's own."""
    return copied(fitting_template, tmp_path / "world")


def _fitted_without(world: World, query: str, *sites: str) -> dict[str, float]:
    """The coefficients once the others have gone on without the site that recalled."""
    for _ in range(12):
        assert {one.exit for one in world.run(*sites)} == {0}
        ended = combine(world, query)
        if ended.exit == 7:
            assert ended.data["results"]["risk"]["sites"] == [*sites]
            return _coefficients(ended, "risk")
        assert code(ended) == "R-ROUND"
    raise AssertionError("no result")


def _coefficients(ended: Ended, name: str) -> dict[str, float]:
    rows = ended.data["results"][name]["tables"]["coefficients"]["rows"]
    return {row[0]: row[1] for row in rows}


def _alone(world: World, model: str, *sites: str) -> dict[str, float]:
    """The coefficients of a query that never named the other site."""
    named = "[" + ", ".join(f'"{site}"' for site in sites) + "]"
    query = world.submit(question(model, sites=named, min_sites="2"), f"{len(model)}.toml")
    world.approve(query, *sites)
    for _ in range(12):
        world.run(*sites)
        ended = combine(world, query)
        if ended.exit == 0:
            return _coefficients(ended, model.split('"')[1])
    raise AssertionError("no result")


@pytest.mark.parametrize("answered", [1, 2])
def test_a_fit_starts_anew_without_it(fitting: World, answered: int) -> None:
    """As for a silent site, and without waiting for a deadline; the numbers are those of the others."""
    query = fitting.submit(question(MODEL, COUNT, min_sites="2"))
    fitting.approve(query, *SITES)
    for _ in range(answered):
        fitting.run(*SITES)
        assert combined(fitting, query) == (8, "R-ROUND")
    withdrawn(fitting, query)
    fitting.run("south", "east")
    assert combined(fitting, query) == (8, "R-ANEW")
    found = _fitted_without(fitting, query, "south", "east")
    assert found == pytest.approx(_alone(fitting, MODEL, "south", "east"), rel=1e-9)
    [count] = (
        [fitting.ok("report", query, "--format", "json", home="researcher")]
        if False
        else [combine(fitting, query)]
    )
    assert count.data["results"]["n"]["scalars"] == {"n": 300}


def test_a_recall_before_the_first_step(fitting: World) -> None:
    """The first round goes on with those who stand by what they said, and they answer the next."""
    query = fitting.submit(question(MODEL, min_sites="2"))
    fitting.approve(query, *SITES)
    fitting.run(*SITES)
    withdrawn(fitting, query)
    assert combined(fitting, query) == (8, "R-ROUND")
    _fitted_without(fitting, query, "south", "east")


def test_a_recall_after_the_result(fitting: World) -> None:
    """What was finished is fitted anew, also what was finished in an earlier round than the last."""
    query = fitting.submit(question(MODEL, SOONER, min_sites="2"))
    fitting.approve(query, *SITES)
    fit(fitting, query)
    withdrawn(fitting, query)
    assert combined(fitting, query) == (8, "R-ANEW")
    desk = fitting.desk("researcher")
    asked = gather(desk, membership(desk), query).asked
    assert "line" not in asked[-2].states, "the control: one was finished before the other"
    assert asked[-1].states == {"risk": None, "line": None}
    risk = _fitted_without(fitting, query, "south", "east")
    line = _coefficients(combine(fitting, query), "line")
    assert risk == pytest.approx(_alone(fitting, MODEL, "south", "east"), rel=1e-9)
    assert line == pytest.approx(_alone(fitting, SOONER, "south", "east"), rel=1e-9)


def test_a_restart_needs_a_recall(fitting: World) -> None:
    """The control: where the withdrawal is taken away again, the sites refuse what rests on it."""
    query = fitting.submit(question(MODEL, min_sites="2"))
    fitting.approve(query, *SITES)
    fitting.run(*SITES)
    assert combined(fitting, query) == (8, "R-ROUND")
    path = withdrawn(fitting, query)
    fitting.run("south", "east")
    assert combined(fitting, query) == (8, "R-ANEW")
    path.unlink()
    ended = run(fitting, "south")
    assert (ended.exit, ran(ended)) == (6, [("integrity", "R-LEFT-OUT")])
