"""One voice: released, refused and parked look alike from outside; people at the site see which it was."""

from __future__ import annotations

from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.trust.dsse import content, parse
from tests.workflows.acts import (
    code,
    combine,
    entries,
    only_query,
    own_data,
    policy,
    ran,
    run,
    south,
    told,
    with_value,
)
from tests.workflows.conftest import ALONE
from tests.world import SITES, World, copied, query_text

CROSSTAB = 'id = "a"\nanalytic = "crosstab"\nby = ["sex"]'
PARK = ('review    = "findings"', 'review    = "all"')
#: Two persons of a thousand are older: a cohort without them would give them away.
ALMOST_ALL = '"age < 92"'
#: What is random, or a digest, or a time.
VARIES = ("salt", "checkpoint", "issued", "approvals", "snapshot", "policy", "rules")


def clear_half(world: World, query: str) -> dict[str, Any]:
    [path] = world.releases("south", query)
    predicate = content(parse(path.read_bytes(), "x"), "release", "x").predicate
    clear = {name: value for name, value in predicate.items() if name not in VARIES}
    for charge in clear["charges"]:
        charge["inclusion"] = len(charge["inclusion"])
        charge["entry"].pop("at")
        charge["entry"]["charge"].pop("snapshot")
    return clear


def sealed_size(world: World, query: str) -> int:
    [path] = world.releases("south", query)
    return path.with_name("000.01.values.sealed").stat().st_size


@pytest.fixture(scope="module")
def endings(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> dict[str, World]:
    """One query in four copies of a federation: answered, refused, parked, and met by faulty data."""
    folder = tmp_path_factory.mktemp("endings")
    first = copied(alone_template, folder / "first")
    pq.write_table(south(), own_data(first))
    first.submit(query_text(CROSSTAB, **ALONE, cohort=ALMOST_ALL))
    worlds = {name: copied(first, folder / name) for name in ("answered", "refused", "parked", "faulty")}
    policy(worlds["parked"], "south", *PARK)
    young = south().filter(pc.less(south().column("age"), 90))
    tables = {
        "answered": young,
        "parked": young,
        "refused": with_value("age", 44),
        "faulty": with_value("age", 777),
    }
    for name, world in worlds.items():
        file = world.folder / "south" / "data" / "south.parquet"
        world.ok("data", "add", "cohort", str(file), home="south")
        pq.write_table(tables[name], file)
        run(world, "south")
    return worlds


def test_what_the_researcher_is_told(endings: dict[str, World]) -> None:
    """An answer, or one code for all that depends on data."""
    heard = {name: told(world, only_query(world))["south"]["a"] for name, world in endings.items()}
    assert heard == {"answered": "", "refused": "D-REFUSED", "parked": "D-REFUSED", "faulty": "D-REFUSED"}


def test_the_sealed_files_are_alike(endings: dict[str, World]) -> None:
    """The size of what is sealed follows from the query."""
    assert len({sealed_size(world, only_query(world)) for world in endings.values()}) == 1


def test_the_statements_are_alike(endings: dict[str, World]) -> None:
    """Without what is random, the clear half is the same to the letter."""
    statements = [clear_half(world, only_query(world)) for world in endings.values()]
    assert statements[0]["charges"]
    for one in statements:
        assert one == statements[0]


def test_the_number_of_files_is_alike(endings: dict[str, World]) -> None:
    """The same files appear in the site's folder of the exchange, checkpoints included."""
    seen = [
        sorted(
            str(path.relative_to(world.exchange / "south")) for path in (world.exchange / "south").rglob("*")
        )
        for world in endings.values()
        if world is not endings["parked"]  # its policy was edited, and is published for that
    ]
    assert seen[0] == seen[1] == seen[2]


def test_the_site_sees_which_it_was(endings: dict[str, World]) -> None:
    """At the site the run says what happened, by exit code and code."""
    found = {name: run(world, "south") for name, world in endings.items()}
    assert {name: ended.exit for name, ended in found.items()} == {
        "answered": 0,
        "refused": 4,
        "parked": 8,
        "faulty": 9,
    }
    [shown] = found["refused"].data["queries"]
    assert {finding["check"] for finding in shown["findings"] if finding["enforced"]} >= {"complement"}


def test_repeated_runs_tell_nothing_more(endings: dict[str, World]) -> None:
    """Whatever stands in the way, running again posts nothing."""
    for world in endings.values():
        run(world, "south")
        assert len(world.releases("south", only_query(world))) == 1
        assert entries(world, "south", "charge") == 1


def test_the_researcher_sees_the_refusal_in_the_result(world: World) -> None:
    """In a combined result the site is refused, with the one code, and the analysis lacks its quorum."""
    policy(world, "south", *PARK)
    query = world.submit(query_text())
    world.approve(query)
    ends = {site: run(world, site).exit for site in SITES}
    assert ends == {"north": 0, "south": 8, "east": 0}
    ended = combine(world, query)
    assert (ended.exit, ended.document["status"]) == (4, "refused")
    sites = {one["site"]: (one["status"], one.get("refusals", {})) for one in ended.data["sites"]}
    assert sites["south"] == ("refused", {"n": "D-REFUSED"})
    assert ended.data["results"]["n"]["code"] == "R-QUORUM"
    assert ended.data["results"]["n"]["scalars"] == {}


def test_a_refused_result_has_a_code(world: World) -> None:
    """A command that ends with 4 says which code made it so."""
    policy(world, "south", *PARK)
    query = world.submit(query_text())
    world.approve(query)
    world.run()
    assert code(combine(world, query)) == "R-QUORUM"


def test_class_disclosure_is_parked(alone: World) -> None:
    """Where zeros are shown, a group that is all of one level waits for people."""
    policy(alone, "south", 'zeros      = "merge"', 'zeros      = "release"')
    table = south()
    drawn = pc.if_else(pc.equal(table.column("sex"), "male"), False, table.column("diabetes"))
    place = table.schema.get_field_index("diabetes")
    pq.write_table(table.set_column(place, "diabetes", drawn), own_data(alone))
    query = alone.submit(query_text('id = "a"\nanalytic = "crosstab"\nby = ["sex", "diabetes"]', **ALONE))
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (8, [("pending", "D-REFUSED")])
    assert told(alone, query) == {"south": {"a": "D-REFUSED"}}


def test_one_analysis_is_refused_and_another_answered(alone: World) -> None:
    """A refusal is of one analysis: the others of the query are released."""
    policy(alone, "south", '"count", "crosstab", "summary"', '"count"')
    query = alone.submit(query_text('id = "n"\nanalytic = "count"', CROSSTAB, **ALONE))
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (7, [("partial", "A-ANALYTIC")])
    assert told(alone, query) == {"south": {"n": "", "a": "A-ANALYTIC"}}
    assert (combine(alone, query).exit, run(alone, "south", query).exit) == (7, 7)


def test_the_limit_of_questions(alone: World) -> None:
    """A researcher who has asked as much as the policy allows meets 5, and nothing is charged for it."""
    policy(alone, "south", "{ number = 200,", "{ number = 1,")
    both = alone.submit(query_text(CROSSTAB, 'id = "n"\nanalytic = "count"', **ALONE))
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (5, [("budget", "P-QUESTIONS")])
    assert entries(alone, "south", "charge") == 0
    assert told(alone, both) == {"south": {"a": "P-QUESTIONS", "n": "P-QUESTIONS"}}
    alone.submit(query_text(**ALONE), "b.toml")
    assert sorted(ran(run(alone, "south"))) == [("budget", "P-QUESTIONS"), ("done", "")]


def test_a_question_that_was_charged_costs_nothing(alone: World) -> None:
    """At the limit, what was asked before is still answered; after the period there is room again."""
    policy(alone, "south", "{ number = 200,", "{ number = 1,")
    alone.submit(query_text(**ALONE))
    assert run(alone, "south").exit == 0
    again = alone.submit(query_text(**ALONE, title='"Again"'), "b.toml")
    assert run(alone, "south", again).exit == 0
    other = alone.submit(query_text(CROSSTAB, **ALONE), "c.toml")
    assert run(alone, "south", other).exit == 5
    alone.later(days=31)
    assert run(alone, "south", other).exit == 0


def test_the_limit_of_refusals(alone: World) -> None:
    """After so many refusals that depend on data, further questions are refused before data are opened."""
    policy(
        alone,
        "south",
        "data_refusals_per_researcher = { number = 10",
        "data_refusals_per_researcher = { number = 1",
    )
    alone.submit(query_text(CROSSTAB, **ALONE, cohort='"age < 91"'))
    assert run(alone, "south").exit == 4
    query = alone.submit(query_text(**ALONE), "b.toml")
    ended = run(alone, "south", query)
    assert (ended.exit, ran(ended)) == (4, [("refused", "P-REFUSALS")])
    assert entries(alone, "south", "charge") == 1
    assert told(alone, query) == {"south": {"n": "P-REFUSALS"}}
    alone.later(days=31)
    assert run(alone, "south", query).exit == 0
