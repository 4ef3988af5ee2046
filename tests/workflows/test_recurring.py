"""A query that recurs: each run answered while it is open, once, of the data of its time; added up apart."""

from __future__ import annotations

import shutil
from datetime import timedelta
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from fedcli.model.recurrence import Recurs
from fedcli.model.release import Release
from fedcli.trust.dsse import content, parse, sign, statement
from tests.workflows.acts import (
    code,
    combine,
    entries,
    grant,
    keys_of,
    own_data,
    policy,
    post_query,
    query_in,
    ran,
    run,
    south,
    told,
)
from tests.workflows.conftest import ALONE
from tests.workflows.private import COUNT, make_private, private_text
from tests.world import EPOCH, SAMPLE, SITES, World, copied, query_text

RECURS = {"round_deadline": '"6 hours"', "recurs": '{ every = "1 day", times = 3 }'}
ASKED = query_text(**ALONE, **RECURS)


@pytest.fixture(scope="module")
def nightly_template(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A query to south alone that recurs three times, of which the first run is answered."""
    world = copied(alone_template, tmp_path_factory.mktemp("nightly") / "world")
    query = world.submit(ASKED)
    assert ran(run(world, "south")) == [("done", "")]
    return world, query


@pytest.fixture
def nightly(nightly_template: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = nightly_template
    return copied(world, tmp_path / "nightly"), query


def names(world: World, query: str) -> list[str]:
    """The releases of south, by run and attempt."""
    return [path.name.removesuffix(".release.json") for path in world.releases("south", query)]


def grown(persons: int) -> pa.Table:
    """The data of south with more persons, who are like the first ones."""
    rows = south()
    new = rows.slice(0, persons)
    for name in ("patient_id", "visit_id"):
        fresh = pa.array([f"S-N{at:04}" for at in range(persons)], rows.schema.field(name).type)
        new = new.set_column(rows.schema.get_field_index(name), name, fresh)
    return pa.concat_tables([rows, new])


def test_each_run_once(nightly: tuple[World, str]) -> None:
    """A run is answered once; the next, of the same data, at no new charge; a missed one stays missed."""
    world, query = nightly
    assert run(world, "south").data["queries"] == []
    assert [one["message"] for one in run(world, "south", query).data["queries"]] == ["already released"]
    world.later(hours=7)
    assert run(world, "south").data["queries"] == []
    late = run(world, "south", query)
    assert (late.exit, ran(late)) == (8, [("pending", "A-NOT-DUE")])
    world.later(days=2)
    assert (
        run(world, "south").data["queries"] == []
    )  # too late for the last too: the second was not caught up
    world.now = EPOCH
    world.later(days=2)
    assert [(one["run"], one["status"]) for one in run(world, "south").data["queries"]] == [(3, "done")]
    assert (names(world, query), entries(world, "south", "charge")) == (["001.01", "003.01"], 1)
    world.later(days=1)
    ended = run(world, "south", query)
    assert "no other" in ended.data["queries"][0]["message"]


def test_a_result_for_each(nightly: tuple[World, str]) -> None:
    """By default the last run that all have answered or that is over; kept, posted and shown apart."""
    world, query = nightly
    first = combine(world, query)
    assert (first.exit, first.data["run"]["run"], first.data["new"]) == (0, 1, True)
    world.later(days=1)
    assert combine(world, query).data["new"] is False  # the second is open, and nobody has answered it
    assert code(combine(world, query, "--run", "2")) == "R-WAIT"
    world.later(hours=7)
    missed = combine(world, query)
    assert (missed.exit, code(missed)) == (8, "R-MISSED")
    assert "run 2" in missed.document["message"] and "south" in missed.document["message"]
    world.later(hours=17)
    run(world, "south")
    third = combine(world, query)
    assert (third.exit, third.data["run"]["run"], third.data["new"]) == (0, 3, True)
    report = ("report", query, "--format", "json")
    assert world.ok(*report, home="researcher").data["run"]["run"] == 3
    assert world.ok(*report, "--run", "1", home="researcher").data["run"]["run"] == 1
    assert code(world.cli(*report, "--run", "2", home="researcher")) == "R-NONE"
    posted = {path.name for path in (world.exchange / "ana" / "queries" / query).iterdir()}
    assert posted == {"query.json", *(f"00{at}.result.{end}" for at in (1, 3) for end in ("json", "sealed"))}
    world.ok("verify", str(world.exchange), home="researcher")


def test_yesterday_does_not_count_for_today(nightly: tuple[World, str]) -> None:
    """Whoever has the exchange can give a release another name, and not another day."""
    world, query = nightly
    world.later(days=1)
    for path in sorted((world.exchange / "south" / "releases" / query).iterdir()):
        shutil.copy(path, path.with_name(path.name.replace("001.", "002.", 1)))
    assert code(combine(world, query, "--run", "2")) == "R-REPLAY"
    assert world.cli("query", "status", query, home="researcher").exit == 6


@pytest.mark.parametrize(("hours", "codes"), [(-1, ["R-TIME", "R-TIME"]), (7, ["R-TIME", ""])])
def test_made_at_another_time(nightly: tuple[World, str], hours: int, codes: list[str]) -> None:
    """A site's own word is of no use where it was given before its run was due, or after it was over.

    Without the query one cannot tell how long a run was open.
    """
    world, query = nightly
    [path] = world.releases("south", query)
    made = content(parse(path.read_bytes(), "r"), "release", "r")
    told = Release.read(made.predicate, "r").model_copy(update={"issued": EPOCH + timedelta(hours=hours)})
    key = keys_of(world, "south", "south")
    path.write_bytes(sign(statement("release", made.subject[0].digest["sha256"], told), [key]))
    world.later(days=1)
    verified = world.cli("verify", str(path), "--format", "json", home="researcher")
    assert [code(combine(world, query, "--run", "1")), code(verified)] == codes


def test_how_it_stands(nightly: tuple[World, str]) -> None:
    """The last run that is due: pending while it is open, and then no more."""
    world, query = nightly
    status = ("query", "status", query)
    assert world.ok(*status, "--format", "json", home="researcher").data["sites"][0]["runs"] == 1
    world.later(days=1)
    waits = world.cli(*status, home="researcher")
    assert waits.exit == 8 and "2 of 3" in waits.out and "nothing yet" in waits.out
    world.later(hours=7)
    over = world.ok(*status, home="researcher")
    assert "nothing in time" in over.out


def test_a_cut_that_changes(alone: World) -> None:
    """Many more persons are a new charge and a new number; a few more are a refusal, by one voice."""
    file = own_data(alone)
    query = alone.submit(ASKED)
    ends = []
    for persons in (0, 40, 43):
        pq.write_table(grown(persons), file)
        ends += ran(run(alone, "south"))
        alone.later(days=1)
    assert ends == [("done", ""), ("done", ""), ("refused", "D-REFUSED")]
    assert entries(alone, "south", "charge") == 3
    one, two = (combine(alone, query, "--run", str(at)).data["results"]["n"]["scalars"]["n"] for at in (1, 2))
    assert two - one == 40
    ended = combine(alone, query)
    assert (ended.exit, ended.data["sites"][0]["refusals"]) == (4, {"n": "D-REFUSED"})


def granted(world: World, query: str, *more: str) -> None:
    """Let both people of south grant it."""
    for person in ("owner", "officer"):
        assert grant(world, "south", query, person, *more).exit == 0


@pytest.fixture
def asked(world: World) -> tuple[World, str]:
    """A query to south alone that recurs, and waits for two people."""
    policy(world, "south", "min_sites  = 3", "min_sites  = 1")
    return world, world.submit(ASKED)


def each_day(world: World) -> list[tuple[str, str]]:
    """How the three runs end."""
    ends = []
    for _ in range(3):
        ends += ran(run(world, "south"))
        world.later(days=1)
    return ends


def test_a_grant_is_for_one_run(asked: tuple[World, str]) -> None:
    """Unless it has a period; the researcher is not told why nothing comes."""
    world, query = asked
    granted(world, query)
    assert each_day(world) == [("done", ""), ("refused", "A-RUNS"), ("refused", "A-RUNS")]
    assert names(world, query) == ["001.01"]


def test_a_grant_of_some_runs(asked: tuple[World, str]) -> None:
    """As many as the least of two people says."""
    world, query = asked
    grant(world, "south", query, "owner", "--max-runs", "9", "--period", "1 day")
    grant(world, "south", query, "officer", "--max-runs", "2", "--period", "1 day")
    shown = world.ok("approval", "show", query, "--format", "json", home="south").data
    assert (shown["covered"], shown["period"], shown["trajectory"]["runs"]) == (2, "1 day", 3)
    assert each_day(world) == [("done", ""), ("done", ""), ("refused", "A-RUNS")]


def test_a_grant_for_every_other_day(asked: tuple[World, str]) -> None:
    """The run between is not answered; that is no failure, and waits for nobody."""
    world, query = asked
    granted(world, query, "--max-runs", "9", "--period", "2 days")
    assert each_day(world) == [("done", ""), ("pending", "A-PERIOD"), ("done", "")]
    assert names(world, query) == ["001.01", "003.01"]


def test_a_period_of_what(asked: tuple[World, str]) -> None:
    """A length of time, of a query that recurs."""
    world, query = asked
    assert code(grant(world, "south", query, "owner", "--period", "nightly")) == "U-DURATION"
    once = world.submit(query_text(**ALONE), "once.toml")
    assert code(grant(world, "south", once, "owner", "--period", "1 day")) == "A-ONCE"


MODEL = 'id = "fit"\nanalytic = "glm"\nfamily = "gaussian"\nformula = "bmi ~ age"\nunit = "row"'


def test_a_model_does_not_recur(alone: World) -> None:
    """The file is refused, and so is a query that somebody signed without looking at it."""
    file = alone.folder / "researcher" / "q.toml"
    file.write_text(query_text(MODEL, **ALONE, **RECURS))
    ended = alone.cli("query", "check", str(file), "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (3, "Q-RECURS")
    honest = query_in(alone, alone.submit(query_text(MODEL, **ALONE)))
    forged = honest.model_copy(
        update={"recurs": Recurs(every="14 days", times=2, starts=honest.issued), "title": "again"}
    )
    query = post_query(alone, forged, keys_of(alone, "researcher", "ana"))
    assert ran(run(alone, "south", query)) == [("invalid", "Q-RECURS")]


def test_a_budget_ends_it(alone: World) -> None:
    """Each state of the data is a draw and a price; the same state is none; then nothing is left."""
    make_private(alone, "south", capacity_rho='"0.25"')
    file = own_data(alone)
    keys: dict[str, Any] = RECURS | {"recurs": '{ every = "1 day", times = 4 }'}
    query = alone.submit(private_text(COUNT, rho="0.1", **keys))
    shown = alone.ok("approval", "show", query, "--format", "json", home="south").data
    assert shown["trajectory"]["rho"] == "0.4"
    ends = []
    for persons in (0, 0, 1, 2):
        pq.write_table(grown(persons), file)
        ends += ran(run(alone, "south"))
        alone.later(days=1)
    assert ends == [("done", ""), ("done", ""), ("done", ""), ("budget", "P-BUDGET")]
    assert entries(alone, "south", "charge") == 2
    assert told(alone, query) == {"south": {"n": "P-BUDGET"}}
    first, second, third = (combine(alone, query, "--run", str(at)).data for at in (1, 2, 3))
    assert first["results"] == second["results"]
    snapshots = [one["sites"][0]["snapshot"] for one in (first, second, third)]
    assert snapshots[0] == snapshots[1] != snapshots[2]


def test_signed_twice_and_amended(nightly: tuple[World, str]) -> None:
    """Signed later it is the same query; what amends it keeps its start, so that no run is asked again."""
    world, query = nightly
    world.later(hours=2)
    assert world.submit(ASKED) == query
    file = world.folder / "researcher" / "more.toml"
    file.write_text(ASKED.replace("times = 3", "times = 4"))
    amended = world.ok("query", "amend", query, str(file), "--format", "json", home="researcher").data
    assert query_in(world, amended["query"]["digest"]).recurs == Recurs(every="1 day", times=4, starts=EPOCH)
    assert any("3 runs, one every 1 day" in one for one in amended["difference"]["more"])
    assert not amended["difference"]["keeps_approvals"]


def test_a_rehearsal_is_of_the_first_run(alone: World) -> None:
    """Whenever that is due."""
    (alone.folder / "data").mkdir()
    shutil.copy(SITES["south"], alone.folder / "data")
    file = alone.folder / "researcher" / "q.toml"
    recurs = '{ every = "1 day", times = 3, starts = 2030-01-01T22:00:00Z }'
    file.write_text(query_text(**ALONE, round_deadline='"6 hours"', recurs=recurs))
    words = (
        "--data",
        str(alone.folder / "data"),
        "--dictionary",
        str(SAMPLE / "cohort.toml"),
        "--format",
        "json",
    )
    told = alone.ok("rehearse", str(file), *words, "--policy", "evaluation", "--format", "json").data
    assert (told["run"]["run"], told["results"]["n"]["scalars"]) == (1, {"n": 1000})
