"""Opt-outs: a site's word that objections were taken out of its data, and a policy that asks for it."""

from __future__ import annotations

import pyarrow.parquet as pq
import pytest

from tests.workflows.acts import code, entries, own_data, policy, ran, run, south, with_value, written
from tests.world import SAMPLE, World, query_text

SAID = ("--opt-outs", "2026-10-01", "--opt-outs-by", "national opt-out")


def add(world: World, *more: str, file: str = str(SAMPLE / "south.parquet")) -> dict[str, object]:
    """Let south take its data in."""
    shown: dict[str, object] = world.ok(
        "data", "add", "cohort", file, *more, "--format", "json", home="south"
    ).data
    return shown


def attesting(world: World) -> str:
    """A query that is granted at a south whose policy asks for a word; its digest."""
    policy(world, "south", 'opt_outs  = "optional"', 'opt_outs  = "attested"')
    query = world.submit(query_text())
    world.approve(query, "south")
    return query


def test_it_is_ledgered_and_shown(world: World) -> None:
    """One entry with day and source; `data list` and `data describe` tell it, in text and JSON."""
    shown = add(world, *SAID)
    said = {"date": "2026-10-01", "source": "national opt-out", "snapshot": shown["snapshot"]}
    assert (shown["opt_outs"], shown["new"]) == (said, True)
    [entry] = [
        one
        for one in world.ok("ledger", "show", "--format", "json", home="south").data["entries"]
        if one["kind"] == "opt-outs"
    ]
    assert (entry["dataset"], entry["opt_outs"]) == ("cohort", said)
    listed = world.ok("data", "list", "--format", "json", home="south").data["datasets"]
    described = world.ok("data", "describe", "cohort", "--format", "json", home="south").data
    assert listed[0]["opt_outs"] == described["opt_outs"] == said
    for command in (("list",), ("describe", "cohort")):
        assert "2026-10-01" in world.ok("data", *command, home="south").out


def test_saying_it_again_changes_nothing(world: World) -> None:
    """The same word on the same data is one entry; another day is another."""
    add(world, *SAID)
    before = written(world, "south")
    assert add(world, *SAID)["new"] is False
    assert add(world)["opt_outs"] is not None
    assert written(world, "south") == before
    add(world, "--opt-outs", "2026-11-01", "--opt-outs-by", "national opt-out")
    assert entries(world, "south", "opt-outs") == 2


@pytest.mark.parametrize(
    ("words", "wanted"),
    [
        (("--opt-outs", "2026-12-01", "--opt-outs-by", "x"), "U-OPT-OUTS"),
        (("--opt-outs", "2026-10-01", "--opt-outs-by", "a\nb"), "U-LINE"),
        (("--opt-outs", "2026-10-01", "--opt-outs-by", ""), "U-LINE"),
        (("--opt-outs", "2026-10-01"), "U-USAGE"),
        (("--opt-outs-by", "x"), "U-USAGE"),
    ],
)
def test_what_is_no_word(world: World, words: tuple[str, ...], wanted: str) -> None:
    """A usage error, and nothing is written."""
    before = written(world, "south")
    file = str(SAMPLE / "south.parquet")
    ended = world.cli("data", "add", "cohort", file, *words, "--format", "json", home="south")
    assert (ended.exit, code(ended)) == (2, wanted)
    assert written(world, "south") == before


def test_no_word_no_answer(world: World) -> None:
    """Where the policy asks for it, nothing is charged or told; once it is said, the query is answered."""
    query = attesting(world)
    assert ran(run(world, "south", query)) == [("refused", "A-OPT-OUTS")]
    assert (entries(world, "south", "charge"), world.releases("south", query)) == (0, [])
    assert ran(world.cli("run", query, "--dry-run", "--format", "json", home="south")) == [
        ("refused", "A-OPT-OUTS")
    ]
    add(world, *SAID)
    assert ran(run(world, "south", query)) == [("done", "")]


def test_the_control(world: World) -> None:
    """Without the rule the same query is answered without a word."""
    query = world.submit(query_text())
    world.approve(query, "south")
    assert ran(run(world, "south", query)) == [("done", "")]


def test_data_that_changed_need_a_new_word(world: World) -> None:
    """A word is about one state of the data."""
    file = own_data(world)
    add(world, *SAID, file=str(file))
    query = attesting(world)
    pq.write_table(south().slice(0, 900), file)
    world.cli("data", "check", "cohort", home="south")
    assert ran(run(world, "south", query)) == [("refused", "A-OPT-OUTS")]
    add(world, *SAID, file=str(file))
    assert ran(run(world, "south", query)) == [("done", "")]


def test_data_that_change_unseen(world: World) -> None:
    """Nobody has looked since: the run itself notices, before it charges."""
    file = own_data(world)
    add(world, *SAID, file=str(file))
    query = attesting(world)
    pq.write_table(with_value("age", 55), file)
    assert ran(run(world, "south", query)) == [("refused", "A-OPT-OUTS")]
    assert entries(world, "south", "charge") == 0
