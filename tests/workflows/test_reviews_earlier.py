"""What reviewers see of what left before, beside what is parked: how it differs, and if of few."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from fedcli.model.identifiers import short
from tests.workflows.acts import forgetful, new_person, own_data, policy, ran, review, run, south, tree
from tests.workflows.conftest import ALONE
from tests.world import World, copied, query_text

SEX = 'id = "s"\nanalytic = "crosstab"\nby = ["sex"]'
MARK = "; fewer than 10: tells of them"


@pytest.fixture(scope="module")
def looked_at_template(alone_template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A site that has answered one query, and where people look at every release from then on."""
    world = copied(alone_template, tmp_path_factory.mktemp("earlier") / "world")
    new_person(world, "south", "south-checker", "checker")
    forgetful(world, "south")
    own_data(world)
    first = world.submit(query_text(SEX, **ALONE, cohort='"age <= 78"'))
    assert ran(run(world, "south")) == [("done", "")]
    policy(world, "south", 'review    = "findings"', 'review    = "all"')
    return world, first


@pytest.fixture
def looked_at(looked_at_template: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own; its data are in its own folder."""
    world = copied(looked_at_template[0], tmp_path / "world")
    world.ok("data", "add", "cohort", str(world.folder / "south/data/south.parquet"), home="south")
    return world, looked_at_template[1]


def _park(world: World, cohort: str = "age <= 77", analysis: str = SEX, **keys: str) -> str:
    """Ask a minute later, and let the gate park it."""
    world.later(minutes=1)
    title = f'"{cohort} {len(world.written)}"'
    text = query_text(analysis, **ALONE, cohort=f'"{cohort}"', title=title, **keys)
    query = world.submit(text, "next.toml")
    assert ran(run(world, "south", query)) == [("pending", "D-REFUSED")]
    return query


def _text(world: World, query: str) -> str:
    return world.ok("review", "show", query, "--key", "south-checker", home="south").out


def _beside(world: World, query: str, analysis: str = "s") -> list[dict[str, Any]]:
    ended = world.ok("review", "show", query, "--key", "south-checker", "--format", "json", home="south")
    assert " then: " not in ended.out
    outputs: list[dict[str, Any]] = ended.data["earlier"][analysis]["outputs"]
    return outputs


def test_a_cohort_without_a_few(looked_at: tuple[World, str]) -> None:
    """Each cell that tells of fewer persons than the threshold is marked; no file has any of it."""
    world, first = looked_at
    query = _park(world)
    before = tree(world.folder)
    shown = _text(world, query)
    assert f"since {short(first)} s of 2026-11-22, field count:" in shown
    assert f"sex = male: 444 now, 448 then: 4 fewer{MARK}" in shown
    after = tree(world.folder)
    assert {name for name in after if before.get(name) != after[name]} <= {"south/state/publish.lock"}
    [earlier] = _beside(world, query)
    assert earlier == {
        "at": "2026-11-22",
        "id": short(first),
        "title": "A test",
        "who": "ana",
        "project": "cardio-2026",
        "cohort": "age <= 78",
        "analysis": "crosstab; by = ['sex']",
        "differs": ["another cohort"],
        "recalled": False,
    }


def test_a_cohort_without_many(looked_at: tuple[World, str]) -> None:
    """A difference of as many as the threshold is told, and not marked."""
    world, _ = looked_at
    shown = _text(world, _park(world, "age <= 76"))
    assert "12 fewer" in shown
    assert MARK not in shown


def test_another_state_of_the_data(looked_at: tuple[World, str]) -> None:
    """The same question after three men were taken out of the data."""
    world, _ = looked_at
    table = south()
    men = table.filter(pc.equal(table.column("sex"), "male")).column("patient_id").unique()[:3]
    kept = table.filter(pc.invert(pc.is_in(table.column("patient_id"), value_set=men)))
    pq.write_table(kept, world.folder / "south/data/south.parquet")
    query = _park(world, "age <= 78")
    assert f"3 fewer{MARK}" in _text(world, query)
    assert [one["differs"] for one in _beside(world, query)] == [["another snapshot"]]


def test_the_same_question_of_another_project(looked_at: tuple[World, str]) -> None:
    """It is told whose it was, and that nothing new is told."""
    world, first = looked_at
    policy(world, "south", 'projects  = ["cardio-2026"]', 'projects  = ["*"]')
    query = _park(world, "age <= 78", project='"other-2026"')
    assert "the same question" in _text(world, query)
    assert " then: " not in _text(world, query)
    [earlier] = _beside(world, query)
    assert (earlier["id"], earlier["project"]) == (short(first), "cardio-2026")


def test_what_was_recalled(looked_at: tuple[World, str]) -> None:
    """It left all the same."""
    world, first = looked_at
    words = ("release", "withdraw", first, "--reason", "a wrong level")
    world.ok(*words, home="south")
    query = _park(world)
    assert [one["recalled"] for one in _beside(world, query)] == [True]
    assert MARK in _text(world, query)


def test_another_door(looked_at: tuple[World, str]) -> None:
    """What was written down as having left otherwise is listed with what is known of it."""
    world, _ = looked_at
    head = 'schema = "fedcli/external/1"\ntitle = "Annual report"\ndate = 2026-02-11\nwho = "the registry"\n'
    table = '[[tables]]\nby = ["sex"]\ncells = [{ levels = ["male"], count = 512 }]\n'
    for name, about in (
        ("table", f'dataset = "cohort"\n{table}'),
        ("other", 'population = "hospital-patients"'),
    ):
        (world.folder / f"{name}.toml").write_text(head + about)
        world.ok("ledger", "record-external", str(world.folder / f"{name}.toml"), home="south")
    outside = [one for one in _beside(world, _park(world)) if "id" not in one]
    assert [(one["who"], one.get("cohort"), one["analysis"]) for one in outside] == [
        ("the registry", "everyone", "table by sex"),
        ("the registry", None, ""),
    ]
    assert [one["differs"] for one in outside] == [["another cohort"], ["not known"]]
    assert all(b"the registry" not in data for data in tree(world.exchange).values())


def test_nothing_left_before(looked_at: tuple[World, str]) -> None:
    """Where no column is shared, it is said."""
    world, _ = looked_at
    table = SEX.replace('"sex"', '"smoking"')
    query = _park(world, "sex = 'male'", table)
    assert len(_beside(world, query)) == 1
    query = world.submit(query_text(table, **ALONE), "whole.toml")
    assert ran(run(world, "south", query)) == [("pending", "D-REFUSED")]
    assert _beside(world, query) == []
    assert "s: nothing left before of the same persons and columns" in _text(world, query)


def test_what_people_let_out(looked_at: tuple[World, str]) -> None:
    """It left as well: its numbers are those that people saw."""
    world, first = looked_at
    second = _park(world)
    for person in ("officer", "checker"):
        assert review(world, "south", "approve", second, person).exit == 0
    assert ran(run(world, "south", second)) == [("done", "")]
    assert [one["id"] for one in _beside(world, second)] == [short(first)]
    third = _park(world, "age <= 76")
    assert [one["id"] for one in _beside(world, third)] == [short(second), short(first)]
    assert f"sex = male: 436 now, 444 then: 8 fewer{MARK}" in _text(world, third)
    assert all(b" now, " not in data and b"tells of them" not in data for data in tree(world.folder).values())


def test_a_query_that_is_gone(looked_at: tuple[World, str]) -> None:
    """Where the exchange was cleared, it is listed that something left."""
    world, first = looked_at
    query = _park(world)
    shutil.rmtree(world.exchange / "ana" / "queries" / first)
    [earlier] = _beside(world, query)
    assert (earlier["id"], earlier["differs"], "cohort" in earlier) == (short(first), ["not known"], False)
