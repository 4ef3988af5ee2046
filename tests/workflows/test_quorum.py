"""Who must have answered before numbers are added up, and what is said of those who have not."""

from __future__ import annotations

import pytest

from tests.workflows.acts import code, combine, own_data, policy, run, statuses
from tests.world import SITES, World, copied, query_text


@pytest.fixture(scope="module")
def two_template(template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A query for three sites with a quorum of two, to which two have answered."""
    world = copied(template, tmp_path_factory.mktemp("quorum") / "two")
    for site in SITES:
        policy(world, site, "min_sites  = 3", "min_sites  = 2")
    query = world.submit(query_text(min_sites="2"))
    world.approve(query)
    assert [ended.exit for ended in world.run("north", "south")] == [0, 0]
    return world, query


@pytest.fixture
def two(two_template: tuple[World, str], tmp_path: object) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = two_template
    return copied(world, tmp_path / "two"), query  # type: ignore[operator]


def test_before_the_deadline(two: tuple[World, str]) -> None:
    """While a site may still answer, it is waited for, by name."""
    world, query = two
    ended = combine(world, query)
    assert (ended.exit, code(ended)) == (8, "R-WAIT")
    assert "east" in ended.document["message"]
    assert "--min-sites" in ended.document["hint"]
    assert not (world.folder / "researcher" / "results" / query).exists()


def test_after_the_deadline(two: tuple[World, str]) -> None:
    """Who has not answered has dropped out; the result says so and ends with 7."""
    world, query = two
    world.later(days=3, seconds=1)
    ended = combine(world, query)
    assert (ended.exit, ended.document["status"]) == (7, "partial")
    assert {one["site"]: one["status"] for one in ended.data["sites"]} == {
        "north": "released",
        "south": "released",
        "east": "missing",
    }
    assert ended.data["results"]["n"]["sites"] == ["north", "south"]
    assert ended.data["results"]["n"]["scalars"]["n"] < 3050


def test_at_the_deadline(two: tuple[World, str]) -> None:
    """The last moment belongs to the sites."""
    world, query = two
    world.later(days=3)
    assert combine(world, query).exit == 8


def test_going_ahead(two: tuple[World, str]) -> None:
    """The researcher may go ahead with the quorum before the deadline."""
    world, query = two
    assert combine(world, query, "--min-sites", "2").exit == 7


def test_raising_the_quorum(two: tuple[World, str]) -> None:
    """The quorum can be raised on the command line; then it is waited for."""
    world, query = two
    world.later(days=9)
    assert combine(world, query, "--min-sites", "3").exit == 8


def test_lowering_the_quorum(two: tuple[World, str]) -> None:
    """The quorum that was approved cannot be lowered."""
    world, query = two
    ended = combine(world, query, "--min-sites", "1")
    assert (ended.exit, code(ended)) == (2, "R-MIN-SITES")


def test_a_late_answer_makes_a_new_result(two: tuple[World, str]) -> None:
    """A site that answers after a partial result is added in a second one, and both are kept."""
    world, query = two
    world.later(days=4)
    first = combine(world, query)
    assert run(world, "east").exit == 0
    second = combine(world, query)
    assert (first.exit, second.exit, second.data["new"]) == (7, 0, True)
    assert second.data["results"]["n"]["scalars"] == {"n": 3050}
    posted = {path.name for path in (world.exchange / "ana" / "queries" / query).iterdir()}
    assert posted >= {"result.json", "result.sealed", "result.002.json", "result.002.sealed"}
    world.ok("verify", str(world.exchange), home="researcher")


def test_too_few_after_the_deadline(world: World) -> None:
    """Below the quorum there is no result, however long it is waited."""
    query = world.submit(query_text())
    world.approve(query)
    world.run("north", "south")
    world.later(days=9)
    ended = combine(world, query)
    assert (ended.exit, code(ended)) == (8, "R-FEW")


def test_too_few_after_the_deadline_is_told_as_such(world: World) -> None:
    """After the deadline, below the quorum, the remedy is not to wait for the deadline."""
    query = world.submit(query_text())
    world.approve(query)
    world.run("north", "south")
    world.later(days=9)
    hint = combine(world, query).document["hint"]
    assert "deadline" not in hint
    assert "--min-sites" not in hint


def test_nobody_has_answered(world: World) -> None:
    """Without any release there is nothing to combine or to report."""
    query = world.submit(query_text())
    assert combine(world, query).exit == 8
    ended = world.cli("report", query, "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (8, "R-NONE")


def test_a_quorum_for_each_analysis(world: World) -> None:
    """An analysis that too few sites answered has no number; the others have theirs."""
    policy(world, "south", '"count", "crosstab", "summary"', '"count"')
    two = ('id = "n"\nanalytic = "count"', 'id = "t"\nanalytic = "crosstab"\nby = ["sex"]')
    query = world.submit(query_text(*two))
    world.approve(query)
    world.run()
    ended = combine(world, query)
    assert ended.exit == 7
    assert statuses(world, query) == {"north": "released", "south": "partial", "east": "released"}
    assert ended.data["results"]["n"]["scalars"] == {"n": 3050}
    assert ended.data["results"]["t"]["code"] == "R-QUORUM"
    assert ended.data["results"]["t"]["tables"] == {}


def test_the_same_releases_give_the_same_result(studied: World) -> None:
    """Combining again says so, posts nothing, and `report` shows the same."""
    [query] = [path.name for path in (studied.exchange / "ana" / "queries").iterdir()]
    before = sorted(path.name for path in (studied.exchange / "ana" / "queries" / query).iterdir())
    again = combine(studied, query)
    shown = studied.ok("report", query, "--format", "json", home="researcher").data
    assert (again.exit, again.data["new"]) == (0, False)
    assert shown["results"] == again.data["results"]
    assert sorted(path.name for path in (studied.exchange / "ana" / "queries" / query).iterdir()) == before


def test_the_order_of_sites_does_not_matter(studied: World) -> None:
    """A query that names the sites in another order has the same number."""
    query = studied.submit(query_text(sites='["south", "east", "north"]'), "b.toml")
    studied.approve(query)
    studied.run()
    assert combine(studied, query).data["results"]["n"]["scalars"] == {"n": 3050}


def test_a_rehearsal_without_a_column_at_one_site(world: World) -> None:
    """A rehearsal names the site whose file lacks a column, ends with 9, and leaves nothing behind."""
    import shutil

    import pyarrow.parquet as pq

    from tests.workflows.acts import SOUTH, south, tree
    from tests.world import SAMPLE

    data = world.folder / "studies"
    data.mkdir()
    for name in ("a", "b", "c"):
        shutil.copy(SOUTH, data / f"{name}.parquet")
    pq.write_table(south().drop_columns(["bmi"]), data / "d.parquet")
    file = world.folder / "query.toml"
    file.write_text(query_text(sites=""))
    before = tree(world.folder)
    words = ("rehearse", str(file), "--data", str(data), "--dictionary", str(SAMPLE / "cohort.toml"))
    ended = world.cli(*words, "--format", "json")
    assert (ended.exit, code(ended)) == (9, "D-COLUMN")
    ends = {one["site"]: (one["status"], one["code"]) for one in ended.data["rehearsed"]}
    assert ends == {
        "a": ("done", ""),
        "b": ("done", ""),
        "c": ("done", ""),
        "d": ("data", "D-COLUMN"),
    }
    assert ended.data["maturity"] == "rehearsal"
    assert ended.data["results"]["n"]["scalars"] == {"n": 3000}
    assert tree(world.folder) == before


def test_a_site_whose_data_are_gone_does_not_hold_up_the_others(world: World) -> None:
    """A refusal is an answer: the quorum is judged at once, and not after the deadline."""
    file = own_data(world)
    query = world.submit(query_text())
    world.approve(query)
    file.unlink()
    assert [ended.exit for ended in world.run()] == [0, 9, 0]
    ended = combine(world, query)
    assert (ended.exit, ended.document["status"]) == (4, "refused")
    assert ended.data["results"]["n"]["code"] == "R-QUORUM"
