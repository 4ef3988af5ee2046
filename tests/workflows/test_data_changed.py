"""Data that change after they were added: what `run` says at the site, and what the researcher hears."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest

from tests.workflows.acts import (
    CANARY,
    code,
    entries,
    own_data,
    policy,
    ran,
    recorded,
    run,
    south,
    told,
    tree,
    with_value,
)
from tests.workflows.conftest import ALONE
from tests.world import World, query_text

Change = Callable[[Path], object]

CHANGES: dict[str, tuple[Change, str, str]] = {
    "undeclared level": (lambda file: _put(file, with_value("smoking", CANARY)), "D-LEVEL", "D-REFUSED"),
    "out of bounds": (lambda file: _put(file, with_value("age", 777)), "D-BOUNDS", "D-REFUSED"),
    "no person": (lambda file: _put(file, with_value("patient_id", None)), "D-KEY", "D-REFUSED"),
    "repeated key": (lambda file: _put(file, with_value("visit_id", "S-0001-1")), "D-REPEATS", "D-REFUSED"),
    "no rows": (lambda file: _put(file, south().slice(0, 0)), "D-EMPTY", "D-REFUSED"),
    "column gone": (lambda file: _put(file, south().drop_columns(["sex"])), "D-COLUMN", "D-COLUMN"),
    "truncated": (lambda file: file.write_bytes(file.read_bytes()[:9000]), "D-FILE", "D-FILE"),
    "gone": (lambda file: file.unlink(), "D-MISSING", "D-MISSING"),
}


def _put(file: Path, table: pa.Table) -> None:
    pq.write_table(table, file)


@pytest.mark.parametrize("name", CHANGES)
def test_run_meets_faulty_data(alone: World, name: str) -> None:
    """The site ends with 9 and the code; the researcher hears the form by name and content never."""
    change, at_site, at_researcher = CHANGES[name]
    file = own_data(alone)
    query = alone.submit(query_text('id = "a"\nanalytic = "crosstab"\nby = ["sex"]', **ALONE))
    change(file)
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (9, [("data", at_site)])
    assert told(alone, query) == {"south": {"a": at_researcher}}
    assert CANARY not in ended.text
    assert CANARY.encode() not in b"".join(tree(alone.exchange).values())


def test_the_refusal_is_told_once(alone: World) -> None:
    """Runs that meet the same fault again repeat the exit code and post nothing new."""
    file = own_data(alone)
    query = alone.submit(query_text(**ALONE))
    _put(file, with_value("age", 777))
    ends = [run(alone, "south").exit for _ in range(3)]
    assert ends == [9, 9, 9]
    assert len(alone.releases("south", query)) == 1


def test_repaired_data_are_answered(alone: World) -> None:
    """After the data are right again, the next attempt answers."""
    file = own_data(alone)
    query = alone.submit(query_text(**ALONE))
    whole = file.read_bytes()
    _put(file, with_value("age", 777))
    run(alone, "south")
    file.write_bytes(whole)
    assert ran(run(alone, "south")) == [("done", "")]
    assert told(alone, query) == {"south": {"n": ""}}
    assert [path.name[:6] for path in alone.releases("south", query)] == ["000.01", "000.02"]


def test_a_fault_does_not_stop_other_queries(alone: World) -> None:
    """Each query of a run comes to its own end; the gravest decides the exit code."""
    own_data(alone).unlink()
    alone.submit(query_text(**ALONE))
    alone.submit(query_text(**ALONE, dataset='"cohort"', project='"other"'), "b.toml")
    ended = run(alone, "south")
    assert ended.exit == 9
    assert sorted(ran(ended)) == [("data", "D-MISSING"), ("refused", "A-PROJECT")]


def _snapshot(world: World) -> str:
    return str(world.ok("data", "list", "--format", "json", home="south").data["datasets"][0]["snapshot"])


def test_a_snapshot_is_named_for_its_content(alone: World) -> None:
    """Another time of the file alone keeps the snapshot's name; another byte gives a new one."""
    file = own_data(alone)
    first = _snapshot(alone)
    os.utime(file, ns=(1, 1))
    alone.ok("data", "check", "cohort", home="south")
    assert _snapshot(alone) == first
    _put(file, with_value("age", 44))
    alone.ok("data", "check", "cohort", home="south")
    assert _snapshot(alone) != first


def test_run_takes_a_snapshot_of_changed_data(alone: World) -> None:
    """A run notices by itself that data changed, ledgers the new snapshot and charges anew."""
    file = own_data(alone)
    alone.submit(query_text(**ALONE))
    assert run(alone, "south").exit == 0
    first = _snapshot(alone)
    _put(file, with_value("age", 44))
    alone.submit(query_text(**ALONE, title='"Again"'), "b.toml")
    assert run(alone, "south").exit == 0
    assert _snapshot(alone) != first
    assert (entries(alone, "south", "charge"), entries(alone, "south", "snapshot")) == (2, 1)


def test_adding_the_same_data_again_changes_nothing(alone: World) -> None:
    """Repeating `data add` keeps the snapshot: otherwise the same question would be charged again."""
    file = own_data(alone)
    first, before = _snapshot(alone), entries(alone, "south", "snapshot")
    alone.ok("data", "add", "cohort", str(file), home="south")
    assert (_snapshot(alone), entries(alone, "south", "snapshot")) == (first, before)


def test_the_same_question_costs_once(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """A second query with the same question on the same snapshot: same values, no charge, no vault."""
    queries = [alone.submit(query_text(**ALONE))]
    assert run(alone, "south").exit == 0
    queries.append(
        alone.submit(query_text('id = "other"\nanalytic = "count"', **ALONE, title='"B"'), "b.toml")
    )

    def shut(*_: object) -> object:
        raise AssertionError("the vault was asked")

    monkeypatch.setattr("fedcli.workflows.walk.errand", shut)
    assert run(alone, "south").exit == 0
    assert entries(alone, "south", "charge") == 1
    answers = [alone.cli("combine", one, "--format", "json", home="researcher").data for one in queries]
    assert answers[0]["results"]["n"]["scalars"] == answers[1]["results"]["other"]["scalars"]
    assert answers[0]["privacy"] == answers[1]["privacy"]


def test_values_are_judged_by_the_policy_of_the_day(alone: World) -> None:
    """The same question under a stricter policy is computed and judged again, at no new charge."""
    text = 'id = "a"\nanalytic = "crosstab"\nby = ["rare_lung", "sex"]'
    first = alone.submit(query_text(text, **ALONE))
    run(alone, "south")
    policy(alone, "south", "min_count  = 10", "min_count  = 100")
    second = alone.submit(query_text(text, **ALONE, title='"B"'), "b.toml")
    run(alone, "south")
    assert entries(alone, "south", "charge") == 1
    gaps = [
        len(
            alone.cli("combine", one, "--format", "json", home="researcher").data["results"]["a"][
                "suppressed"
            ]
        )
        for one in (first, second)
    ]
    assert gaps[0] < gaps[1]


def test_data_that_change_while_they_are_read(alone: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was computed from a moving source is not released; the next run is."""
    file = own_data(alone)
    query = alone.submit(query_text(**ALONE))
    from fedcli.workflows import walk

    honest = walk.errand

    def moving(*args: object) -> object:
        reply = honest(*args)  # type: ignore[arg-type]
        os.utime(file, ns=(1, 1))
        return reply

    monkeypatch.setattr(walk, "errand", moving)
    assert ran(run(alone, "south")) == [("data", "D-CHANGED")]
    monkeypatch.undo()
    assert ran(run(alone, "south")) == [("done", "")]
    assert told(alone, query) == {"south": {"n": ""}}


def test_a_refusal_is_recorded_with_its_code(alone: World) -> None:
    """The book keeps the code that the researcher was told, not the detail."""
    file = own_data(alone)
    query = alone.submit(query_text(**ALONE))
    _put(file, with_value("age", 777))
    run(alone, "south")
    assert [(one.outcome, one.codes) for one in recorded(alone, "south", query)] == [("refused", "D-REFUSED")]


def test_check_tells_what_run_would(alone: World) -> None:
    """`data check` names the fault of changed data, and keeps it for the list."""
    file = own_data(alone)
    _put(file, with_value("age", 777))
    ended = alone.cli("data", "check", "cohort", "--format", "json", home="south")
    assert (ended.exit, code(ended)) == (9, "D-BOUNDS")
    listed = alone.cli("data", "list", "--format", "json", home="south").data
    assert [one["code"] for one in listed["datasets"][0]["problems"]] == ["D-BOUNDS"]


def test_a_site_answers_from_folders(alone: World) -> None:
    """A column in the names of folders is a column; a file that moves to another folder is other data."""
    folder, table = alone.folder / "parts", south()
    for sex in ("female", "male"):
        some = table.filter(pc.equal(table["sex"], sex)).drop_columns(["sex"])
        (folder / f"sex={sex}").mkdir(parents=True)
        pq.write_table(some, folder / f"sex={sex}" / "part.parquet")
    taken = alone.ok("data", "add", "cohort", str(folder), "--format", "json", home="south").data
    query = alone.submit(query_text('id = "a"\nanalytic = "crosstab"\nby = ["sex"]', **ALONE))
    assert run(alone, "south").exit == 0
    assert told(alone, query) == {"south": {"a": ""}}
    (folder / "sex=male" / "part.parquet").rename(folder / "sex=female" / "more.parquet")
    moved = alone.ok("data", "check", "cohort", "--format", "json", home="south").data
    assert moved["snapshot"] != taken["snapshot"]


def test_a_change_that_hides_its_time(alone: World) -> None:
    """Who writes a file can set its time of writing back; that something changed is noticed all the same."""
    file = own_data(alone)
    plain: dict[str, Any] = {"compression": "none", "use_dictionary": False, "write_statistics": False}
    pq.write_table(south(), file, **plain)
    alone.ok("data", "add", "cohort", str(file), home="south")
    before = file.stat()
    pq.write_table(with_value("age", 777), file, **plain)
    os.utime(file, ns=(before.st_atime_ns, before.st_mtime_ns))
    now = file.stat()
    assert (now.st_size, now.st_mtime_ns, now.st_ino) == (before.st_size, before.st_mtime_ns, before.st_ino)
    alone.submit(query_text(**ALONE))
    ended = run(alone, "south")
    assert (ended.exit, ran(ended)) == (9, [("data", "D-BOUNDS")])
