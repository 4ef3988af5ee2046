"""Fits over rounds: the pooled answer, and sites that recompute every step before they answer."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pyarrow.parquet as pq
import pytest
from sklearn.linear_model import LogisticRegression

from fedcli.files.canonical import digest
from fedcli.files.writer import write_once
from fedcli.model.approval import Approval
from fedcli.model.document import instant
from fedcli.model.round import Posted, States
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.trust.sealing import seal, unseal
from fedcli.trust.verified import round_binding
from fedcli.workflows.standing import membership
from tests.workflows.acts import code, edit, entries, keys_of, run
from tests.workflows.fitting import COUNT, MODEL, SITES, combined, fit, fitted_world, question, table
from tests.world import World, copied


@pytest.fixture(scope="module")
def fitting_template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation whose sites may fit models."""
    return fitted_world(tmp_path_factory.mktemp("fitting"))


@pytest.fixture
def fitting(fitting_template: World, tmp_path: object) -> World:
    """The same, of one's own."""
    return copied(fitting_template, tmp_path / "world")  # type: ignore[operator]


@pytest.fixture(scope="module")
def asked_template(fitting_template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A query of which the second round is asked, and not yet answered."""
    world = copied(fitting_template, tmp_path_factory.mktemp("asked") / "world")
    query = world.submit(question())
    world.approve(query, *SITES)
    world.run(*SITES)
    assert combined(world, query) == (8, "R-ROUND")
    return world, query


@pytest.fixture
def asked(asked_template: tuple[World, str], tmp_path: object) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = asked_template
    return copied(world, tmp_path / "world"), query  # type: ignore[operator]


@pytest.fixture
def asked_late(fitting: World) -> tuple[World, str]:
    """A query whose second round is asked after a site had first refused and then answered."""
    query = fitting.submit(question())
    fitting.approve(query, *SITES)
    file = str(fitting.folder / "east.parquet")
    pq.write_table(table(300, persons=15), file)  # too few persons for a model
    fitting.ok("data", "add", "cohort", file, home="east")
    fitting.run(*SITES)
    pq.write_table(table(300), file)
    fitting.ok("data", "add", "cohort", file, home="east")
    fitting.later(hours=1)
    fitting.run("east")
    assert combined(fitting, query) == (8, "R-ROUND")
    return fitting, query


def test_a_fit_is_the_pooled_one(fitting: World) -> None:
    """Coefficients as scikit-learn fits them on all rows; a count beside it is answered in round 0."""
    for site in SITES:
        edit(fitting.folder / site / "policy.toml", "coefficient = 6", 'coefficient = "full"')
        fitting.cli("data", "check", "cohort", home=site)
    query = fitting.submit(question(MODEL, COUNT))
    fitting.approve(query, *SITES)
    rounds = fit(fitting, query)
    data = fitting.ok("report", query, "--format", "json", home="researcher").data
    risk = data["results"]["risk"]
    ours = {row[0]: row[1] for row in risk["tables"]["coefficients"]["rows"]}
    whole = [table(150 * at).to_pydict() for at in range(3)]
    x = np.array([[a, s == "m"] for one in whole for a, s in zip(one["age"], one["sex"], strict=True)], float)
    y = [ill for one in whole for ill in one["ill"]]
    pooled = LogisticRegression(C=np.inf, solver="newton-cholesky", tol=1e-12).fit(x, y)
    theirs = [*pooled.intercept_, *pooled.coef_[0]]
    assert [ours["(Intercept)"], ours["age"], ours["sexm"]] == pytest.approx(theirs, rel=1e-8)
    assert (data["rounds"], risk["scalars"]["converged"]) == (rounds, 1)
    assert data["results"]["n"]["scalars"] == {"n": 450}
    assert entries(fitting, "north", "charge") == rounds + 1
    fitting.ok("verify", str(fitting.exchange), home="researcher")
    assert [one.exit for one in fitting.run(*SITES)] == [0, 0, 0]
    assert combined(fitting, query) == (0, "")


def _forge(world: World, query: str, **changes: object) -> None:
    """Let the researcher post another second round: other states, or other releases behind them."""
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    ana = keys_of(world, "researcher", "ana")
    data = (folder / "001.json").read_bytes()
    posted = Posted.read(content(parse(data, "x"), "round", "x").predicate, "x")
    text = unseal((folder / "001.sealed").read_bytes(), ana, round_binding(posted), "x")
    states = States.read(json.loads(text.rstrip(b"\0")), "x")
    states = states.model_copy(update=changes.get("states", {}))  # type: ignore[arg-type]
    posted = posted.model_copy(update=changes.get("posted", {}))  # type: ignore[arg-type]
    keys = membership(world.desk("researcher")).sealing_keys(posted.recipients)
    sealed = seal(states.canonical(), keys, round_binding(posted), 8192)
    (folder / "001.sealed").write_bytes(sealed)
    (folder / "001.json").write_bytes(sign(statement("round", digest(sealed), posted), [ana]))


def _state(world: World, query: str) -> dict[str, object]:
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    ana = keys_of(world, "researcher", "ana")
    posted = Posted.read(content(parse((folder / "001.json").read_bytes(), "x"), "round", "x").predicate, "x")
    text = unseal((folder / "001.sealed").read_bytes(), ana, round_binding(posted), "x")
    found: dict[str, object] = json.loads(text.rstrip(b"\0"))["states"]["risk"]
    return found


def _refused(world: World, query: str, wanted: str) -> None:
    for site in SITES:
        before = len(world.releases(site, query)), entries(world, site, "charge")
        ended = run(world, site)
        assert (ended.exit, [one["code"] for one in ended.data["queries"]]) == (6, [wanted])
        assert (len(world.releases(site, query)), entries(world, site, "charge")) == before


def test_an_honest_round_is_answered(asked: tuple[World, str]) -> None:
    """The control: what was posted is what the sites compute."""
    world, query = asked
    assert [one.exit for one in world.run(*SITES)] == [0, 0, 0]
    assert {len(world.releases(site, query)) for site in SITES} == {2}


@pytest.mark.parametrize("by", [1e-6, 1.0])
def test_a_state_that_was_moved(asked: tuple[World, str], by: float) -> None:
    """A researcher cannot choose coefficients."""
    world, query = asked
    state = _state(world, query)
    beta = state["beta"]
    assert isinstance(beta, list)
    _forge(world, query, states={"states": {"risk": state | {"beta": [beta[0] + by, *beta[1:]]}}})
    _refused(world, query, "R-STATE")


def test_a_state_within_rounding(asked: tuple[World, str]) -> None:
    """Another machine's floating point is no attack."""
    world, query = asked
    state = _state(world, query)
    beta = state["beta"]
    assert isinstance(beta, list)
    _forge(world, query, states={"states": {"risk": state | {"beta": [beta[0] + 1e-12, *beta[1:]]}}})
    assert run(world, "north").exit == 0


def test_a_site_that_is_left_out(asked: tuple[World, str]) -> None:
    """Two sums that differ in one site would tell its numbers."""
    world, query = asked
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    posted = Posted.read(content(parse((folder / "001.json").read_bytes(), "x"), "round", "x").predicate, "x")
    some = {site: posted.releases[site] for site in ("north", "south")}
    _forge(world, query, posted={"releases": some})
    _refused(world, query, "R-LEFT-OUT")


def test_a_round_that_is_dated_ahead(fitting: World) -> None:
    """A site that still has time is not left out because the researcher says that it is late."""
    for site in SITES:
        edit(fitting.folder / site / "policy.toml", "min_sites  = 3", "min_sites  = 2")
    query = fitting.submit(question(min_sites="2"))
    fitting.approve(query, *SITES)
    fitting.run("north", "south")
    now = fitting.now
    fitting.later(days=4)
    assert combined(fitting, query) == (8, "R-ROUND")
    fitting.now = now
    for site in ("north", "south"):
        ended = run(fitting, site)
        assert (ended.exit, [one["code"] for one in ended.data["queries"]]) == (6, ["R-LEFT-OUT"])
    fitting.later(days=4)
    assert [one.exit for one in fitting.run("north", "south")] == [0, 0]


def test_a_round_of_another_query(asked: tuple[World, str]) -> None:
    """A round counts for its query only."""
    world, query = asked
    other = world.submit(question(title='"Another"'), "b.toml")
    world.approve(other, *SITES)
    world.run(*SITES)
    source = world.exchange / "ana" / "queries" / query / "rounds"
    place = world.exchange / "ana" / "queries" / other / "rounds"
    place.mkdir()
    for name in ("001.json", "001.sealed"):
        (place / name).write_bytes((source / name).read_bytes())
    ended = world.cli("run", other, "--format", "json", home="north")
    assert (ended.exit, ended.data["queries"][0]["code"]) == (6, "R-REPLAY")


def test_a_round_out_of_its_place(asked: tuple[World, str]) -> None:
    """The first round posted again as the next one is no next one."""
    world, query = asked
    world.run(*SITES)
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    for ending in ("json", "sealed"):
        (folder / f"002.{ending}").write_bytes((folder / f"001.{ending}").read_bytes())
    _refused(world, query, "R-REPLAY")


def test_a_site_that_falls_silent(asked: tuple[World, str]) -> None:
    """A round waits for all its sites; after its deadline it says who dropped out."""
    world, query = asked
    world.run("north", "south")
    assert combined(world, query) == (8, "R-WAIT")
    world.later(days=4)
    assert combined(world, query) == (8, "R-DROPPED")


def test_a_site_that_refuses_a_later_round(asked: tuple[World, str]) -> None:
    """The fit is given up: the sums of fewer sites are not the next step of what all began."""
    world, query = asked
    file = str(world.folder / "east.parquet")
    pq.write_table(table(300, persons=15), file)  # too few persons for a model
    world.ok("data", "add", "cohort", file, home="east")
    world.run(*SITES)
    assert combined(world, query) == (4, "R-DROPPED")
    risk = world.cli("report", query, "--format", "json", home="researcher").data["results"]["risk"]
    assert (risk["code"], risk["tables"]) == ("R-DROPPED", {})


def test_a_fit_starts_anew_without_a_site(fitting: World) -> None:
    """With enough left, the fit is that of the others' rows; who comes late is not in it."""
    for site in SITES:
        edit(fitting.folder / site / "policy.toml", "min_sites  = 3", "min_sites  = 2")
    query = fitting.submit(question(min_sites="2"))
    fitting.approve(query, *SITES)
    fitting.run(*SITES)
    assert combined(fitting, query) == (8, "R-ROUND")
    fitting.run("north", "south")
    assert combined(fitting, query) == (8, "R-WAIT")
    fitting.later(days=4)
    assert combined(fitting, query) == (8, "R-ANEW")
    for _ in range(12):
        assert [one.exit for one in fitting.run("north", "south")] == [0, 0]
        ended = combined(fitting, query)
        if ended[0] != 8:
            break
    assert ended == (0, "") or ended[0] == 7
    data = fitting.cli("report", query, "--format", "json", home="researcher").data
    assert data["results"]["risk"]["scalars"]["n"] == 300
    assert data["results"]["risk"]["sites"] == ["north", "south"]
    assert entries(fitting, "north", "charge") == data["rounds"] - 1  # the first step anew is the first one
    fitting.cli("run", "--pending", home="east")
    assert len(fitting.releases("east", query)) <= 2


def _restart(world: World, query: str, *sites: str) -> None:
    """Let the researcher post a third round in which the fit starts anew with some sites."""
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    first = Posted.read(content(parse((folder / "001.json").read_bytes(), "x"), "round", "x").predicate, "x")
    ana = keys_of(world, "researcher", "ana")
    releases = {site: digest(world.releases(site, query)[-1].read_bytes()) for site in sites}
    told = {"round": 2, "releases": releases, "issued": instant(world.now)}
    posted = first.model_copy(update=told)
    states = States(query=query, round=2, again=("risk",))
    keys = membership(world.desk("researcher")).sealing_keys(posted.recipients)
    sealed = seal(states.canonical(), keys, round_binding(posted), 4096)
    (folder / "002.sealed").write_bytes(sealed)
    (folder / "002.json").write_bytes(sign(statement("round", digest(sealed), posted), [ana]))


def test_a_restart_that_leaves_out_who_answered(fitting: World) -> None:
    """A researcher cannot start anew without a site that did answer, however few the query needs."""
    world = fitting
    for site in SITES:
        edit(world.folder / site / "policy.toml", "min_sites  = 3", "min_sites  = 2")
    query = world.submit(question(min_sites="2"))
    world.approve(query, *SITES)
    world.run(*SITES)
    assert combined(world, query) == (8, "R-ROUND")
    world.run(*SITES)
    world.later(days=4)
    _restart(world, query, "north", "south")
    _refused(world, query, "R-LEFT-OUT")


def test_a_restart_that_nothing_calls_for(asked: tuple[World, str]) -> None:
    """A fit does not start anew while every site answers."""
    world, query = asked
    world.run(*SITES)
    world.later(days=4)
    _restart(world, query, *SITES)
    _refused(world, query, "R-LEFT-OUT")


def test_a_refusal_that_stands_for_an_answer(asked_late: tuple[World, str]) -> None:
    """A site that refused and then answered is in the sum: its older word does not stand for it."""
    world, query = asked_late
    older, newer = world.releases("east", query)
    folder = world.exchange / "ana" / "queries" / query / "rounds"
    posted = Posted.read(content(parse((folder / "001.json").read_bytes(), "x"), "round", "x").predicate, "x")
    assert posted.releases["east"] == digest(newer.read_bytes())
    _forge(world, query, posted={"releases": {**posted.releases, "east": digest(older.read_bytes())}})
    _refused(world, query, "R-LEFT-OUT")


def test_a_site_that_answers_at_last(asked_late: tuple[World, str]) -> None:
    """The control: what the honest round names is its last word."""
    world, _ = asked_late
    assert [one.exit for one in world.run(*SITES)] == [0, 0, 0]


def test_grants_bound_the_rounds(fitting: World) -> None:
    """A grant allows the rounds that its analyses can take, and says so."""
    query = fitting.submit(question())
    fitting.approve(query, "north")
    [envelope, _] = sorted((fitting.exchange / "north" / "approvals").glob("*.json"))
    word = Approval.read(content(parse(envelope.read_bytes(), "x"), "approval", "x").predicate, "x")
    assert word.rounds == 25


def test_rows_that_repeat_persons(alone: World) -> None:
    """A model on visits is refused where it is written."""
    file = alone.folder / "researcher" / "model.toml"
    file.write_text(question('id = "m"\nanalytic = "glm"\nfamily = "binomial"\nformula = "statin ~ age"'))
    ended = alone.cli("query", "check", str(file), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (4, "Q-PERSONS")


def test_a_crash_between_the_halves_of_a_round(
    asked: tuple[World, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was sealed is in the exchange, its statement is not: the round that was begun is posted.

    Its time is that of the first attempt, and what is kept of it is gone.
    """
    world, query = asked
    world.run(*SITES)
    began = instant(world.now)

    def gone(path: Path, data: bytes) -> None:
        write_once(path, data)
        if path.name == "002.sealed":
            raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("fedcli.exchange.folder.write_once", gone)
        assert world.cli("combine", query, home="researcher").exit == 130
    rounds = world.exchange / "ana" / "queries" / query / "rounds"
    assert sorted(one.name for one in rounds.iterdir()) == ["001.json", "001.sealed", "002.sealed"]
    world.later(hours=1)
    assert combined(world, query) == (8, "R-ROUND")
    posted = Posted.read(content(parse((rounds / "002.json").read_bytes(), "x"), "round", "x").predicate, "x")
    assert posted.issued == began
    assert list((world.folder / "researcher" / "state" / "rounds").iterdir()) == []
    assert [one.exit for one in world.run(*SITES)] == [0, 0, 0]


def test_how_sites_kept_up(fitting: World) -> None:
    """Two hours to the first answer, then one to each."""
    query = fitting.submit(question())
    fitting.approve(query, *SITES)
    fitting.later(hours=2)
    fitting.run(*SITES)
    ended = combined(fitting, query)
    rounds = 1
    while ended != (0, ""):
        fitting.later(hours=1)
        fitting.run(*SITES)
        ended, rounds = combined(fitting, query), rounds + 1
    told = fitting.ok("combine", query, "--format", "json", home="researcher").data["sites"]
    assert rounds >= 4
    kept_up = {"asked": rounds, "answered": rounds, "hours": 1.0}
    assert {one["site"]: one["reliability"] for one in told} == dict.fromkeys(SITES, kept_up)


def test_what_no_round_names_is_verified_too(asked: tuple[World, str]) -> None:
    """What is called a release of the first round, came after the second was asked, and is none."""
    world, query = asked
    folder = world.exchange / "north" / "releases" / query
    (folder / "000.02.release.json").write_bytes((folder / "000.01.release.json").read_bytes() + b" ")
    (folder / "000.02.values.sealed").write_bytes((folder / "000.01.values.sealed").read_bytes())
    assert combined(world, query)[0] == 6


@pytest.mark.parametrize(
    ("kept", "told"),
    [(b"{", (3, "F-JSON")), (b'{"statement":"e30=","sealed":"?"}', (3, "F-SCHEMA"))],
)
def test_a_round_that_was_begun_and_damaged(
    asked: tuple[World, str], kept: bytes, told: tuple[int, str]
) -> None:
    """It is told, and nothing is posted of it."""
    world, query = asked
    world.run(*SITES)
    path = world.folder / "researcher" / "state" / "rounds" / f"{query}.002.json"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(kept)
    assert combined(world, query) == told
    rounds = world.exchange / "ana" / "queries" / query / "rounds"
    assert sorted(one.name for one in rounds.iterdir()) == ["001.json", "001.sealed"]
