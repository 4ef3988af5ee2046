"""Training that sites may miss a round of: who was silent, or refused, may answer the next one."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow.parquet as pq
import pytest

from fedcli.model.query import Analysis
from fedcli.model.round import Posted
from fedcli.statistics.averaging import Weights
from fedcli.trust.dsse import content, parse
from fedcli.workflows import combine as combining
from fedcli.workflows import led, rounds
from fedcli.workflows.rounds import absences
from fedcli.workflows.standing import membership
from tests.workflows.acts import edit, entries, run
from tests.workflows.fitting import DICTIONARY, combined, question, table
from tests.world import EPOCH, World, copied, found

SITES = ("north", "south", "east", "west", "centre")
HOLDERS = '["north", "south", "east", "west", "centre"]'
PERSONS = dict(zip(SITES, (150, 180, 120, 210, 150), strict=True))
FIRST = dict(zip(SITES, (0, 150, 330, 450, 660), strict=True))
STEPS, RATE, ROUNDS = 3, 0.8, 4
TRAINED = (
    f'analytic = "fedavg"\nfamily = "binomial"\nformula = "ill ~ age + sex"\nrounds = {ROUNDS}\n'
    f"epochs = {STEPS}\nlearning_rate = {RATE}"
)
KINDS = {
    "plain": "",
    "corrected": '\nstrategy = "scaffold"',
    "voted": '\ncombiner = "median"',
}
PLAIN = f'id = "plain"\n{TRAINED}'.replace(f"rounds = {ROUNDS}", "rounds = 9")


@pytest.fixture(scope="module")
def founded(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation of five sites that round no coefficient."""
    folder = tmp_path_factory.mktemp("absent")
    (folder / "persons.toml").write_text(DICTIONARY)
    sources = {site: folder / f"{site}.parquet" for site in SITES}
    for site, source in sources.items():
        pq.write_table(table(FIRST[site], PERSONS[site]), source)
    world = found(folder / "world", sources, folder / "persons.toml")
    for site in SITES:
        edit(world.folder / site / "policy.toml", "coefficient = 6", 'coefficient = "full"')
        world.cli("data", "check", "cohort", home=site)
    return world


def asked(world: World, *analyses: str, **keys: str) -> str:
    """A query that every site has granted."""
    query = world.submit(question(*analyses, sites=HOLDERS, **keys))
    world.approve(query, *SITES)
    return query


@pytest.fixture(scope="module")
def begun(founded: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A training whose second round of steps is asked, and not yet answered."""
    world = copied(founded, tmp_path_factory.mktemp("begun") / "world")
    query = asked(world, PLAIN)
    for _ in range(2):
        world.run(*SITES)
        assert combined(world, query) == (8, "R-ROUND")
    return world, query


@pytest.fixture
def training(begun: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = begun
    return copied(world, tmp_path / "world"), query


@pytest.fixture(scope="module")
def answers(founded: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """Four rounds: south is silent in the second, west has too few persons in the third, both come back."""
    world = copied(founded, tmp_path_factory.mktemp("answers") / "world")
    query = asked(world, *(f'id = "{name}"\n{TRAINED}{more}' for name, more in KINDS.items()))
    for at in range(ROUNDS + 1):
        _west(world, few=at == 3)
        there = [site for site in SITES if (at, site) != (2, "south")]
        ended = [one.exit for one in world.run(*there)]
        assert ended == [4 if (at, site) == (3, "west") else 0 for site in there]
        if at == 2:
            assert combined(world, query) == (8, "R-WAIT")
            world.later(days=4)
        assert combined(world, query) == ((8, "R-ROUND") if at < ROUNDS else (0, ""))
    data: dict[str, Any] = world.ok("combine", query, "--format", "json", home="researcher").data
    assert [entries(world, site, "charge") for site in SITES] == [15, 12, 15, 15, 15]
    world.ok("verify", str(world.exchange), home="researcher")
    return data


def _west(world: World, few: bool) -> None:
    """West's data, or too few persons of it for any model."""
    file = str(world.folder / "west.parquet")
    if few or Path(file).exists():
        pq.write_table(table(FIRST["west"], 8 if few else PERSONS["west"]), file)
        world.ok("data", "add", "cohort", file, home="west")


def _there(at: int) -> list[str]:
    """Who answers a round of steps, counted from one."""
    return [site for site in SITES if (at, site) not in ((2, "south"), (3, "west"))]


Data = dict[str, tuple[np.ndarray, np.ndarray]]


def _columns(kind: str) -> tuple[Data, float]:
    """Of each site the standardised columns, and who is ill; how many rows the penalty is of.

    Columns are standardised by the rows of all, or with one vote a site by medians of the sites' figures.
    """
    whole = {site: table(FIRST[site], PERSONS[site]).to_pydict() for site in SITES}
    raw = {
        site: np.column_stack([np.array(one["age"], float), np.array(one["sex"]) == "m"])
        for site, one in whole.items()
    }
    pooled, rows = np.vstack(list(raw.values())), float(sum(PERSONS.values()))
    mean, spread = pooled.mean(axis=0), pooled.std(axis=0)
    if kind == "voted":
        mean = np.median([x.mean(axis=0) for x in raw.values()], axis=0)
        spread = np.sqrt(np.median([((x - mean) ** 2).mean(axis=0) for x in raw.values()], axis=0))
        rows = len(SITES) * float(np.median(list(PERSONS.values())))
    data = {
        site: (np.column_stack([np.ones(len(x)), (x - mean) / spread]), np.array(whole[site]["ill"], float))
        for site, x in raw.items()
    }
    return data, rows


def _slope(x: np.ndarray, y: np.ndarray, beta: np.ndarray) -> np.ndarray:
    told: np.ndarray = x.T @ (y - 1 / (1 + np.exp(-x @ beta))) / len(y)
    return told


def _went(x: np.ndarray, y: np.ndarray, rows: float, beta: np.ndarray, lead: np.ndarray) -> np.ndarray:
    """How far a site comes in its steps of a round; `lead` is how its slope is corrected."""
    cost, at = np.array([0.0, 1.0, 1.0]) / rows, beta
    for _ in range(STEPS):
        at = at + RATE * (_slope(x, y, at) - cost * at + lead)
    told: np.ndarray = at - beta
    return told


def _trained(kind: str) -> tuple[np.ndarray, list[float]]:
    """Federated averaging written out, in which who is not there has no weight; the losses of each round."""
    (data, rows), beta, losses = _columns(kind), np.zeros(3), []
    lead = dict.fromkeys(SITES, np.zeros(3))
    for at in range(1, ROUNDS + 1):
        there = _there(at)
        weights = np.array([PERSONS[site] for site in there], float)
        ways = np.array([_went(*data[site], rows, beta, lead[site]) for site in there])
        etas = {site: data[site][0] @ beta for site in there}
        told = [(np.logaddexp(0, etas[site]) - data[site][1] * etas[site]).sum() for site in there]
        losses.append(float(sum(told) / weights.sum()))
        slopes = {site: _slope(*data[site], beta) for site in SITES}
        if kind == "corrected":  # by the slope of those that answered, less the site's own at the same place
            mean = np.average([slopes[site] for site in there], axis=0, weights=weights)
            lead = {site: mean - slopes[site] for site in SITES}
        beta = beta + (
            np.median(ways, axis=0) if kind == "voted" else np.average(ways, axis=0, weights=weights)
        )
    return beta, losses


@pytest.mark.parametrize("kind", KINDS)
def test_who_is_not_there_has_no_weight(answers: dict[str, Any], kind: str) -> None:
    """Coefficients and losses are those of averaging in plain numpy over who answered each round."""
    tables = answers["results"][kind]["tables"]
    beta, losses = _trained(kind)
    assert [row[2] for row in tables["coefficients"]["rows"]][1:] == pytest.approx(beta[1:], rel=1e-10)
    assert [row[1] for row in tables["rounds"]["rows"]] == pytest.approx(losses, rel=1e-10)
    assert [row[3] for row in tables["rounds"]["rows"]] == [5, 4, 4, 5]


def test_the_answer_says_who_missed_rounds(answers: dict[str, Any]) -> None:
    """By site: rows, rounds, how far; its share of each step, and what it was asked and answered."""
    plain = answers["results"]["plain"]
    assert plain["scalars"]["n"] == sum(PERSONS.values())
    assert plain["sites"] == list(SITES)
    columns, rows = plain["tables"]["sites"]["columns"], plain["tables"]["sites"]["rows"]
    assert columns == ["site", "n", "rounds", "distance", "far"]
    assert [row[:3] for row in rows] == [
        [site, PERSONS[site], ROUNDS - (site in ("south", "west"))] for site in SITES
    ]
    shares = dict.fromkeys(SITES, 0.0)
    for at in range(1, ROUNDS + 1):
        whole = sum(PERSONS[site] for site in _there(at))
        for site in _there(at):
            shares[site] += PERSONS[site] / whole / ROUNDS
    assert plain["information"] == pytest.approx(shares)
    kept_up = {one["site"]: one["reliability"] for one in answers["sites"]}
    told = {site: (one["asked"], one["answered"]) for site, one in kept_up.items()}
    assert told == dict.fromkeys(SITES, (5, 5)) | {"south": (5, 4)}


def _lies(world: World, query: str, now: datetime | None = None, **changed: Any) -> None:
    """Let a researcher whose own `combine` counts otherwise post the next round, by another clock too."""
    true = world.now
    with pytest.MonkeyPatch.context() as patched:
        for name, value in changed.items():
            patched.setattr(rounds if name == "_goes_on" else combining, name, value)
        patched.setattr(led, "to", lambda _: None)  # what it computes is not kept for the honest one
        patched.setattr(led, "keep", lambda _, found: found)
        world.now = now or true
        assert combined(world, query) == (8, "R-ROUND")
    world.now = true


def _among(*sites: str) -> Callable[..., tuple[str, ...]]:
    return lambda *_: sites


def _ended(world: World, *sites: str) -> list[tuple[int, str]]:
    ended = [run(world, site) for site in sites]
    return [(one.exit, one.data["queries"][0]["code"] if one.exit else "") for one in ended]


LEFT_OUT = (6, "R-LEFT-OUT")
MOST = ("north", "east", "west", "centre")


def test_nobody_is_left_out_before_the_deadline(training: tuple[World, str]) -> None:
    """Who has not answered has until the deadline, whoever posts the next round; then it goes on."""
    world, query = training
    world.run(*MOST)
    _lies(world, query, closing=lambda *_: EPOCH - timedelta(days=1))
    assert _ended(world, *MOST) == [LEFT_OUT] * 4
    world.later(days=4)
    assert _ended(world, "north") == [LEFT_OUT]  # the round says when it was posted


def test_who_answered_is_not_left_out(training: tuple[World, str]) -> None:
    """Nor after the deadline: what it said in time is in the sum."""
    world, query = training
    world.run(*SITES)
    world.later(days=4)
    _lies(world, query, invited=_among(*MOST))
    assert _ended(world, "north", "south") == [LEFT_OUT] * 2


def test_fewer_than_the_query_promised(training: tuple[World, str]) -> None:
    """An honest researcher is told who is missing; another's round is refused."""
    world, query = training
    world.run("north", "south")
    world.later(days=4)
    assert combined(world, query) == (8, "R-DROPPED")
    _lies(world, query, _dropped=lambda *_: True, _goes_on=lambda *_: True)
    assert _ended(world, "north") == [LEFT_OUT]


def test_fewer_that_answer_the_analysis(training: tuple[World, str]) -> None:
    """Sites that refuse do not count: the fit is given up where too few others answered."""
    world, query = training
    for site in ("east", "west", "centre"):
        file = str(world.folder / f"{site}.parquet")
        pq.write_table(table(FIRST[site], 8), file)
        world.ok("data", "add", "cohort", file, home=site)
    world.run(*SITES)
    honest = copied(world, world.folder.parent / "honest")
    _lies(world, query, _goes_on=lambda *_: True)
    assert _ended(world, "north") == [(6, "R-STATE")]
    assert combined(honest, query) == (4, "R-DROPPED")


def test_a_round_that_is_dated_back(training: tuple[World, str]) -> None:
    """Its time begins when the first site answered it, not when the researcher says that it was asked."""
    world, query = training
    world.run(*SITES)
    _lies(world, query, now=world.now - timedelta(days=4))
    world.run(*MOST)
    _lies(world, query, closing=lambda *_: EPOCH - timedelta(days=1))
    assert _ended(world, "north") == [LEFT_OUT]


def test_one_of_those_who_are_late(training: tuple[World, str]) -> None:
    """Who names a late answer names all that came before it, whenever the round says that it was posted."""
    world, query = training
    world.run("north")
    world.later(days=3, minutes=1)
    posted = world.now
    for site in ("south", "east", "west"):
        world.later(minutes=10)
        world.run(site)
    honest = copied(world, world.folder.parent / "honest")
    _lies(world, query, now=posted, invited=_among("north", "east", "west"))
    assert _ended(world, "north") == [LEFT_OUT]
    assert combined(honest, query) == (8, "R-ROUND")
    assert _ended(honest, *SITES) == [(0, "")] * 5


def test_who_was_not_there_at_first(founded: World, tmp_path: Path) -> None:
    """A site that missed the first round is not asked, and a researcher cannot let it in."""
    world = copied(founded, tmp_path / "world")
    query = asked(world, PLAIN)
    _west(world, few=True)  # it refuses, and is therefore asked further
    world.run(*MOST)
    world.later(days=4)
    assert combined(world, query) == (8, "R-ROUND")
    _west(world, few=False)
    world.run(*SITES)
    honest = copied(world, tmp_path / "honest")
    _lies(world, query, invited=_among(*SITES))
    assert _ended(world, "north") == [(6, "R-SITE")]
    assert combined(honest, query) == (8, "R-ROUND")
    assert _ended(honest, "north") == [(0, "")]
    desk = honest.desk("researcher")
    state = combining.gather(desk, membership(desk), query).asked[-1].states["plain"]
    assert isinstance(state, Weights)
    assert state.answered == {"north": 1, "east": 1, "centre": 1}
    assert state.heard == (3,)


def test_nothing_starts_anew_without_a_recall(training: tuple[World, str]) -> None:
    """A researcher may not have the first round again, at which other sites would be fixed."""
    world, query = training
    world.run(*MOST)
    world.later(days=4)
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(combining, "absences", lambda _: False)
        assert combined(world, query) == (8, "R-ANEW")
    assert _ended(world, "north") == [LEFT_OUT]


def test_a_recall_starts_everything_anew(training: tuple[World, str]) -> None:
    """Without that site; who was silent in the round before is asked again, and is in it."""
    world, query = training
    world.run("north", "south", "east", "west")
    world.ok("release", "withdraw", query, "--reason", "a wrong file", "--key", "south-owner", home="south")
    world.later(days=4)
    assert combined(world, query) == (8, "R-ANEW")
    left = ("north", "east", "west", "centre")
    for number in (4, 5):
        assert _ended(world, *left) == [(0, "")] * 4
        assert combined(world, query) == (8, "R-ROUND")
        data = (world.exchange / "ana" / "queries" / query / "rounds" / f"00{number}.json").read_bytes()
        posted = Posted.read(content(parse(data, "x"), "round", "x").predicate, "x")
        assert posted.releases.keys() == set(left)


def test_which_queries(begun: tuple[World, str]) -> None:
    """All that take rounds must be able to, and none has noise; what takes one round does not matter."""
    world, query = begun
    plain = combining.gather(world.desk("researcher"), membership(world.desk("researcher")), query).query
    count, exact = (
        Analysis(id="n", analytic="count", version=1),
        Analysis(id="exact", analytic="logistic", version=1, parameters={"formula": "ill ~ age"}),
    )
    assert absences(plain)
    assert absences(plain.model_copy(update={"analyses": (*plain.analyses, count)}))
    assert not absences(plain.model_copy(update={"analyses": (*plain.analyses, exact)}))
    assert not absences(plain.model_copy(update={"analyses": (count,)}))
    noisy = plain.privacy.model_copy(update={"mode": "differential-privacy", "rho": "1"})
    assert not absences(plain.model_copy(update={"privacy": noisy}))
