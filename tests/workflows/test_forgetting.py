"""A site forgets what it told of a population: what is gone, what stays, and that it answers no more."""

from __future__ import annotations

import fcntl
import sqlite3
from pathlib import Path

import pytest

from fedcli.workflows import announce
from tests.faults.scenes import SCENES
from tests.workflows.acts import (
    code,
    combine,
    entries,
    forgetful,
    grant,
    only_query,
    policy,
    ran,
    run,
    told,
    written,
)
from tests.world import Ended, World, copied, query_text

WHY = "the study has ended"
POPULATION = "hospital-patients"
OTHER = 'id = "m"\nanalytic = "summary"\ncolumns = ["age"]'


def purge(world: World, *populations: str, site: str = "north", reason: str = WHY) -> Ended:
    """Let a site forget."""
    wanted = populations or (POPULATION,)
    return world.cli("state", "purge", *wanted, "--reason", reason, "--format", "json", home=site)


def boxes(world: World, site: str = "north") -> list[bytes]:
    """What a site remembers, as it lies in its database."""
    with sqlite3.connect(world.folder / site / "state" / "site.db") as connection:
        return [box for (box,) in connection.execute("SELECT box FROM memory ORDER BY number")]


def state(world: World, site: str = "north") -> dict[str, object]:
    """The one population of a site, as `state show` tells it."""
    [found] = world.ok("state", "show", "--format", "json", home=site).data["populations"]
    assert isinstance(found, dict)
    return found


def test_what_is_remembered_is_told(studied: World) -> None:
    """Records, their bytes, when the last question was, and that they are kept for good."""
    shown, known = state(studied), boxes(studied)
    assert (shown["population"], shown["datasets"]) == (POPULATION, ["cohort"])
    assert (shown["records"], shown["size"]) == (len(known), sum(map(len, known)))
    assert shown["records"]
    assert not shown["due"]
    assert not {"until", "purged"} & shown.keys()
    text = studied.ok("state", "show", home="north").out
    assert "for good" in text
    assert "nothing more is remembered" not in text
    forgetful(studied, "north")
    assert "nothing more is remembered" in studied.ok("state", "show", home="north").out


def test_a_purge_is_ledgered_and_published(studied: World) -> None:
    """One entry that names the population, the reason and who did it; the published log has it."""
    ended = purge(studied)
    assert (ended.exit, ended.data["purged"], ended.data["before"]) == (0, [POPULATION], [])
    assert entries(studied, "north", "purge") == 1
    last = studied.ok("ledger", "show", "--format", "json", home="north").data["entries"][-1]
    assert (last["kind"], last["population"], last["reason"], last["actor"]) == (
        "purge",
        POPULATION,
        WHY,
        "north",
    )
    ledger = studied.ok("ledger", "verify", "--format", "json", home="north").data
    assert ledger["published"] == ledger["size"]
    for words in (("state", "show"), ("ledger", "show")):
        assert WHY in studied.ok(*words, home="north").out
    assert studied.cli("audit", "check", home="north").exit == 0


def test_nothing_of_the_records_stays(studied: World) -> None:
    """Neither in the table nor among the bytes of the file."""
    known = boxes(studied)
    assert known
    file = studied.folder / "north" / "state" / "site.db"
    assert all(box[:64] in file.read_bytes() for box in known)
    assert purge(studied).data["records"] == len(known)
    assert not boxes(studied)
    assert not any(box[:64] in file.read_bytes() for box in known)


def test_what_waits_for_people_goes_too(template: World, tmp_path: Path) -> None:
    """The findings of a parked release say something of the data as well."""
    scene = SCENES["review approve"](copied(template, tmp_path / "parked"))
    assert scene.world.ok("review", "list", "--format", "json", home="south").data["reviews"]
    assert purge(scene.world, site="south").exit == 0
    assert not scene.world.ok("review", "list", "--format", "json", home="south").data["reviews"]


def test_nothing_is_answered_any_more(studied: World) -> None:
    """A query that was granted before is refused for good, costs nothing, and the researcher reads why."""
    query = studied.submit(query_text(OTHER), "other.toml")
    studied.approve(query)
    purge(studied)
    charged = entries(studied, "north", "charge")
    assert ran(run(studied, "north", query)) == [("refused", "A-PURGED")]
    assert ran(run(studied, "north", query)) == [("refused", "A-PURGED")]
    assert entries(studied, "north", "charge") == charged
    assert len(studied.releases("north", query)) == 1
    assert not boxes(studied)
    assert told(studied, query)["north"] == {"m": "A-PURGED"}


def test_nothing_is_granted_any_more(studied: World) -> None:
    """People need not decide on what will not be computed, and are told so."""
    query = studied.submit(query_text(OTHER), "other.toml")
    purge(studied)
    assert (grant(studied, "north", query).exit, code(grant(studied, "north", query))) == (4, "A-PURGED")
    shown = studied.ok("approval", "show", query, "--format", "json", home="north").data
    assert shown["problem"]["code"] == "A-PURGED"


def test_what_was_released_stays(studied: World) -> None:
    """It is listed, verified and combined as before."""
    query = only_query(studied)
    before = combine(studied, query).data["results"]
    purge(studied)
    assert combine(studied, query).data["results"] == before
    assert ran(run(studied, "north", query))[0][0] != "refused"
    assert studied.ok("release", "list", "--format", "json", home="north").data["releases"]
    assert studied.cli("audit", "check", home="north").exit == 0


def test_another_time_changes_nothing(studied: World) -> None:
    """The first reason stands."""
    purge(studied)
    before = written(studied, "north")
    again = purge(studied, reason="another")
    assert (again.exit, again.data["purged"], again.data["before"]) == (0, [], [POPULATION])
    assert written(studied, "north") == before


@pytest.mark.parametrize(
    "words",
    [[], ["--due", POPULATION], [POPULATION], ["--due", "--reason", WHY], [POPULATION, "--reason", "a\nb"]],
)
def test_a_population_or_what_is_due(studied: World, words: list[str]) -> None:
    """A purge says of what and why; that of what is due has the policy's reason."""
    assert studied.cli("state", "purge", *words, home="north").exit == 2
    assert boxes(studied)


def test_what_is_not_known(studied: World) -> None:
    """Nothing is purged where one of the names is wrong; the nearest one is told."""
    ended = purge(studied, POPULATION, "hospital-patient")
    assert (ended.exit, code(ended)) == (4, "C-POPULATION")
    assert POPULATION in ended.document["hint"]
    assert boxes(studied)
    assert entries(studied, "north", "purge") == 0
    assert studied.cli("state", "show", home="researcher").exit == 2


def test_not_while_a_run_is_under_way(studied: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """It could remember something when the entry is written already."""
    monkeypatch.setattr(announce, "_WAIT_SECONDS", 0)
    with (studied.folder / "north" / "state" / "run.lock").open("a") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        assert code(purge(studied)) == "F-BUSY"
    assert boxes(studied)


def test_what_is_due(studied: World) -> None:
    """Kept for 30 days after the last question: then doctor and audit say so, and `--due` ends it."""
    policy(studied, "north", 'retention = "unlimited"', 'retention = "30 days"')
    studied.ok("run", "--pending", home="north")
    assert studied.ok("state", "purge", "--due", "--format", "json", home="north").data["purged"] == []
    studied.later(days=29)
    assert not state(studied)["due"]
    assert "kept-too-long" not in studied.cli("audit", "check", home="north").out
    studied.later(days=1)
    assert state(studied)["due"]
    assert "state purge --due" in studied.ok("state", "show", home="north").out
    [look] = [one for one in doctor(studied) if one["what"] == "memory"]
    assert (look["state"], "state purge --due" in look["fix"]) == ("warn", True)
    assert "kept-too-long" in studied.cli("audit", "check", home="north").out
    gone = studied.ok("state", "purge", "--due", "--format", "json", home="north").data
    assert (gone["purged"], gone["reason"]) == ([POPULATION], "it was kept for 30 days")
    assert not boxes(studied)
    assert {one["what"]: one["state"] for one in doctor(studied)}["memory"] == "ok"
    [look] = [one for one in doctor(studied) if one["what"] == "dataset cohort"]
    assert "purged" in look["told"]


def doctor(world: World) -> list[dict[str, str]]:
    """What the doctor looks at."""
    looked = world.cli("doctor", "--format", "json", home="north").data["looked"]
    assert isinstance(looked, list)
    return looked
