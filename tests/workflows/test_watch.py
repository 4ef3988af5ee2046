"""Watching: rounds go on by themselves, in one vault, until there is a result or nobody comes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from fedcli.analytics.glm import Glm
from fedcli.engine.vault import Alone, Child
from fedcli.errors import Outcome, Pending
from fedcli.model.policy import Limits
from fedcli.model.query import Analysis
from fedcli.model.result import AnalysisResult
from fedcli.model.shown.results import RoundShown
from fedcli.model.vault import Answering
from fedcli.policy.profiles import profile
from fedcli.workflows import errand, spare, watch
from fedcli.workflows.combine import remaining
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.sources import source
from tests.workflows.fitting import (
    COUNT,
    DICTIONARY,
    MODEL,
    SITES,
    combined,
    fit,
    fitted_world,
    question,
    table,
)
from tests.world import World, copied


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation whose sites may fit models."""
    return fitted_world(tmp_path_factory.mktemp("watching"))


@pytest.fixture
def fitting(template: World, tmp_path: Path) -> World:
    """The same, of one's own."""
    return copied(template, tmp_path / "world")


@pytest.fixture
def begun(monkeypatch: pytest.MonkeyPatch) -> list[Child]:
    """The vaults that a test starts and keeps."""
    found: list[Child] = []
    start = errand.Kept.start

    def starting(kept: errand.Kept) -> None:
        start(kept)
        assert kept._child is not None
        found.append(kept._child)

    monkeypatch.setattr(errand.Kept, "start", starting)
    return found


def _approved(world: World, *analyses: str) -> str:
    query = world.submit(question(*analyses))
    world.approve(query, *SITES)
    return query


def test_a_researcher_watches(fitting: World) -> None:
    """One `combine --watch` asks every round that the sites answer, and ends with the result."""
    query, looks = _approved(fitting), []

    def pause(seconds: float) -> None:
        looks.append(seconds)
        fitting.now += timedelta(seconds=20)
        assert [one.exit for one in fitting.run(*SITES)] == [0, 0, 0]

    heard: list[RoundShown] = []
    shown = watch.combine(lambda: fitting.desk("researcher"), query, None, pause, heard=heard.append)
    [analysis] = shown.result.analyses
    assert analysis.answer is not None
    assert analysis.answer.scalars["converged"] == 1
    assert 3 <= shown.result.rounds == len(looks)
    _check_heard(heard, shown.result.rounds, analysis)
    assert heard[0].left is None  # the first round waited for people
    assert [one.left for one in heard[1:]] == [20 * (one.most + 1 - one.round) for one in heard[1:]]


def test_the_time_that_is_left() -> None:
    """As long as the rounds that were asked took on average, times those that there may still be."""
    moments = [datetime(2026, 1, 1, 9, minute, tzinfo=UTC) for minute in (0, 1, 5)]
    assert remaining(moments, 10) == 1500
    assert remaining(moments[:2], 24) == 1440
    assert remaining(moments[:1], 25) is None
    assert remaining([moments[0]] * 2, 25) == 0


def test_two_queries_go_their_own_ways(fitting: World) -> None:
    """What the rounds of one led to is not taken for what those of another do, in the same process."""
    told = []
    for name in ("risk", "again"):
        query = _approved(fitting, MODEL.replace('"risk"', f'"{name}"'))
        assert fit(fitting, query) >= 3
        shown = fitting.ok("report", query, "--format", "json", home="researcher").data["results"]
        told.append(shown[name]["tables"]["coefficients"]["rows"])
    assert told[0] == told[1]


def _check_heard(heard: list[RoundShown], rounds: int, analysis: AnalysisResult) -> None:
    """Each round but the first was asked aloud, and the deviance falls to what the answer has."""
    assert [one.round for one in heard] == list(range(1, rounds))
    assert {(one.answered, one.sites, one.rho) for one in heard} == {(3, 3, None)}
    losses = [one.loss[analysis.id] for one in heard]
    assert losses[0] is None  # a start has no deviance
    known = [loss for loss in losses if loss is not None]
    assert known == sorted(known, reverse=True)
    assert analysis.answer is not None
    assert known[-1] == pytest.approx(analysis.answer.scalars["deviance"], rel=1e-4)


def test_a_site_watches_in_one_vault(fitting: World, begun: list[Child]) -> None:
    """One `run --watch` answers every round from one process, which ends with the result."""
    query = _approved(fitting)

    def pause(_: float) -> None:
        fitting.run("south", "east")
        combined(fitting, query)

    shown = watch.run(lambda: fitting.desk("north"), (query,), pause)
    assert [one.status for one in shown.queries] == [Outcome.DONE.word]
    assert combined(fitting, query)[0] == 0
    assert len(fitting.releases("north", query)) >= 3
    assert len(begun) == 1
    assert begun[0].ended() is not None


def test_a_watch_ends_where_nobody_comes(fitting: World) -> None:
    """After the time that the query gives a round, the site leaves it to a later run."""
    query = _approved(fitting)
    shown = watch.run(lambda: fitting.desk("north"), (query,), lambda _: fitting.later(days=1))
    assert [one.status for one in shown.queries] == [Outcome.DONE.word]
    assert len(fitting.releases("north", query)) == 1


def test_a_watch_of_a_query_without_rounds(fitting: World) -> None:
    """Nothing can follow, so nothing is waited for."""
    query = _approved(fitting, COUNT)
    assert watch.run(lambda: fitting.desk("north"), (query,), _never).queries[0].released == 1


def test_what_nobody_can_mend_is_told_at_once(fitting: World) -> None:
    """Too few sites in time is an end, also of a watch."""
    query = _approved(fitting)
    with pytest.raises(Pending) as caught:
        watch.combine(lambda: fitting.desk("researcher"), query, None, lambda _: fitting.later(days=1))
    assert caught.value.code == "R-FEW"


def test_the_options(fitting: World) -> None:
    """`run --watch` is also a command; with --dry-run it has no sense."""
    query = _approved(fitting, COUNT)
    assert fitting.cli("run", query, "--watch", home="north").exit == 0
    assert fitting.cli("run", query, "--watch", "--dry-run", home="north").exit == 2


def _never(_: float) -> None:
    raise AssertionError("it waits")


def test_a_kept_vault_notices_new_data(tmp_path: Path) -> None:
    """A vault remembers rows only as long as the files are what they were."""
    file = tmp_path / "data.parquet"
    pq.write_table(table(0, 150), file)
    kept = errand.Kept()
    try:
        before = _counted(kept, file, tmp_path)
        pq.write_table(table(0, 60), file)
        assert (before, _counted(kept, file, tmp_path)) == (150, 60)
    finally:
        kept.end()


def _counted(kept: errand.Kept, file: Path, folder: Path) -> int:
    (folder / "persons.toml").write_text(DICTIONARY)
    agreed = read_dictionary(folder / "persons.toml")
    model = Glm(family="gaussian", formula="age ~ sex").resolved(agreed, "a test")
    task = Answering(
        source=source((str(file),), None),
        dictionary=agreed,
        unit=agreed.unit,
        analyses=(Analysis(id="m", analytic="glm", version=1, parameters=model.json_value()),),
        disclosure=profile("evaluation").disclosure,
        review="findings",
        draws=agreed.sha256,
    )
    judged = errand.errand(task, Limits(), kept).judged["m"]
    assert judged.answered is not None
    [n] = judged.answered.cells["n"]
    return int(n)  # type: ignore[arg-type]


def test_a_spare_is_taken_first_and_the_rest_is_ended(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was begun before there was a task is used, and nobody is left behind."""
    begun: list[Child] = []

    def child(module: str) -> Child:
        begun.append(Alone(module))
        return begun[-1]

    monkeypatch.setattr(spare, "Alone", child)
    with spare.Spares(2) as spares:
        first = spares.take()
        assert first in begun
        first.end()
    assert len(begun) == 2
    assert all(child.ended() is not None for child in begun)
    with spare.Spares(0) as none:
        none.take().end()
    assert len(begun) == 3
