"""A release in the layout of ACRO 1.0.2: what its loader reads, and no number that did not leave."""

from __future__ import annotations

import csv
import json
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest

from fedcli.model.cells import Gap
from fedcli.model.release import Answered
from fedcli.policy import sacro
from fedcli.policy.ontology import CHECKS, GUARDS
from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.workflows.acts import code, edit, grant, policy, run, tree, written
from tests.world import Ended, World, copied, query_text

COUNT = 'id = "n"\nanalytic = "count"'
TABLE = 'id = "groups"\nanalytic = "crosstab"\nby = ["smoking", "diabetes"]'
MEANS = 'id = "means"\nanalytic = "summary"\ncolumns = ["age", "bmi"]\nby = ["smoking"]'
#: The keys of a record in ACRO 1.0.2's results.json (acro/record.py, finalise_json).
RECORD = {
    *("uid", "status", "type", "properties", "files", "outcome", "command", "summary"),
    *("timestamp", "comments", "exception", "fair"),
}
#: The keys of its default.yaml, which config.json repeats.
CONFIG = {
    *("safe_threshold", "safe_dof_threshold", "safe_nk_n", "safe_nk_k", "safe_pratio_p"),
    *("check_missing_values", "survival_safe_threshold", "zeros_are_disclosive", "safe_round_base"),
    *("federated", "blocked_extensions"),
}


@pytest.fixture(scope="module")
def released_template(template: World, tmp_path_factory: pytest.TempPathFactory) -> tuple[World, str]:
    """A query of old people who smoke, answered at north with some cells hidden; its digest."""
    world = copied(template, tmp_path_factory.mktemp("released") / "world")
    policy(world, "north", 'traits_per_person = "0.025"', 'traits_per_person = "1"')
    query = world.submit(query_text(COUNT, TABLE, MEANS, cohort='"age > 80"'))
    world.approve(query, "north")
    assert run(world, "north").exit == 0
    return world, query


@pytest.fixture
def released(released_template: tuple[World, str], tmp_path: Path) -> tuple[World, str]:
    """The same, of one's own."""
    world, query = released_template
    return copied(world, tmp_path / "world"), query


def export(world: World, query: str, folder: str = "checkers", home: str = "north") -> Ended:
    """Let a site export its release."""
    words = ("release", "export", query, "-o", str(world.folder / folder), "--format", "json")
    return world.cli(*words, home=home)


def results(world: World, folder: str = "checkers") -> dict[str, Any]:
    """What is in results.json."""
    found: dict[str, Any] = json.loads((world.folder / folder / "results.json").read_text())
    return found


def rows(world: World, uid: str) -> list[dict[str, str]]:
    """The table of an output."""
    with (world.folder / "checkers" / f"{uid}_0.csv").open(newline="") as file:
        return list(csv.DictReader(file))


def left(world: World, query: str) -> dict[str, Answered]:
    """What the researcher opens of north's release."""
    desk = world.desk("researcher")
    [north] = gather(desk, membership(desk), query).quorums[-1].contributions
    analyses = north.values.value.analyses
    return {name: one for name, one in analyses.items() if isinstance(one, Answered)}


def test_the_layout(released: tuple[World, str]) -> None:
    """The files, the keys and the types that ACRO's own loader and SACRO's viewer look for."""
    world, query = released
    assert export(world, query).exit == 0
    found = results(world)
    assert found.keys() == {"version", "tool", "results"}
    assert (found["version"], found["tool"]["name"]) == ("1.0.2", "fedcli")
    assert found["results"].keys() == {"n", "groups", "means"}
    for uid, record in found["results"].items():
        assert record.keys() == RECORD
        assert (record["uid"], record["type"]) == (uid, "table")
        assert record["status"] in ("pass", "review", "fail")
        [file] = record["files"]
        assert file["sdc"].keys() == {"summary", "cells"}
        table = rows(world, uid)
        assert file["name"] == f"{uid}_0.csv"
        assert record["outcome"]["value"].keys() == {str(place) for place in range(len(table))}
        assert all(len(place) == 2 for places in file["sdc"]["cells"].values() for place in places)
        assert isinstance(record["comments"], list)
        assert {"statbarn", "risks", "checks_needed", "common_mitigations", "check_status"} <= record[
            "fair"
        ].keys()
    config = json.loads((world.folder / "checkers" / "config.json").read_text())
    assert config.keys() == {*CONFIG, "fedcli_policy"}
    assert (config["safe_threshold"], config["safe_nk_n"], config["safe_nk_k"]) == (10, 2, 0.85)


def test_checksums_are_of_the_files(released: tuple[World, str]) -> None:
    """One for each file, and none for itself."""
    world, query = released
    export(world, query)
    files = {name: data for name, data in tree(world.folder / "checkers").items() if "/" not in name}
    sums = {
        name.removeprefix("checksums/").removesuffix(".txt"): data.decode()
        for name, data in tree(world.folder / "checkers").items()
        if "/" in name
    }
    assert sums == {name: sha256(data).hexdigest() for name, data in files.items()}


def test_no_number_but_those_that_left(released: tuple[World, str]) -> None:
    """Every value is the release's own, cell by cell; what was hidden is empty, with its interval."""
    world, query = released
    export(world, query)
    hidden = 0
    for uid, answered in left(world, query).items():
        told = [(row["field"], row["value"], row["low"], row["high"]) for row in rows(world, uid)]
        wanted = [(field, *_text(cell)) for field, cells in answered.cells.items() for cell in cells]
        assert told == wanted
        hidden += sum(row["suppressed"] == "1" for row in rows(world, uid))
        record = results(world)["results"][uid]
        assert record["files"][0]["sdc"]["summary"]["suppressed"] == len(
            [cell for cells in answered.cells.values() for cell in cells if isinstance(cell, Gap)]
        )
    assert hidden, "the control: some cells did not leave"


def _text(cell: object) -> tuple[str, str, str]:
    def plain(value: object) -> str:
        return "" if value is None else str(value)

    if isinstance(cell, Gap):
        return "", plain(cell.low), plain(cell.high)
    return plain(cell), "", ""


def test_suppression_is_told(released: tuple[World, str]) -> None:
    """Hidden cells are marked where they are, by the mitigation, and by the status of the check."""
    world, query = released
    export(world, query)
    record = results(world)["results"]["groups"]
    sdc = record["files"][0]["sdc"]
    table = rows(world, "groups")
    assert sdc["cells"]["suppressed"] == [[n, 3] for n, row in enumerate(table) if row["suppressed"] == "1"]
    assert record["properties"]["mitigation"] == "suppress"
    assert record["status"] == "review"
    assert record["fair"]["check_status"]["MinimumThresholdCheck"] == "fail"
    assert record["fair"]["statbarn"] == "Frequencies"
    assert record["fair"]["risks"] == ["LowCount", "Differencing", "ClassDisclosure", "Membership"]
    assert results(world)["results"]["n"]["properties"]["mitigation"] == "none"


def test_twice_and_into_a_folder_that_is_there(released: tuple[World, str]) -> None:
    """The same bytes, whatever else is in the folder; nothing of it is touched."""
    world, query = released
    (world.folder / "checkers").mkdir()
    (world.folder / "checkers" / "notes.txt").write_text("mine")
    first = export(world, query)
    assert (first.exit, first.data["new"]) == (0, True)
    before = tree(world.folder / "checkers")
    world.later(days=3)
    again = export(world, query)
    assert (again.exit, again.data["new"]) == (0, False)
    assert tree(world.folder / "checkers") == before
    assert before["notes.txt"] == b"mine"


@pytest.mark.parametrize("name", ["results.json", "config.json", "n_0.csv", "checksums/n_0.csv.txt"])
def test_a_file_that_differs_is_not_replaced(released: tuple[World, str], name: str) -> None:
    """Then nothing is written at all."""
    world, query = released
    path = world.folder / "checkers" / name
    path.parent.mkdir(parents=True)
    path.write_text("another")
    before = tree(world.folder / "checkers")
    ended = export(world, query)
    assert (ended.exit, code(ended)) == (2, "F-EXISTS")
    assert tree(world.folder / "checkers") == before


def test_a_link_is_not_followed(released: tuple[World, str]) -> None:
    """Nothing is written through one."""
    world, query = released
    (world.folder / "checkers").mkdir()
    (world.folder / "checkers" / "results.json").symlink_to(world.folder / "elsewhere")
    assert code(export(world, query)) == "F-EXISTS"
    assert not (world.folder / "elsewhere").exists()


def test_a_folder_that_cannot_be_made(released: tuple[World, str]) -> None:
    """A file in its place is told as such."""
    world, query = released
    (world.folder / "checkers").write_text("a file")
    assert export(world, query).exit in (2, 75)
    assert (world.folder / "checkers").read_text() == "a file"


def test_nothing_in_the_site_changes(released: tuple[World, str]) -> None:
    """An export reads."""
    world, query = released
    before = written(world, "north")
    export(world, query)
    assert written(world, "north") == before


def test_the_files_are_private(released: tuple[World, str]) -> None:
    """What the checks found is for this site's people."""
    world, query = released
    export(world, query)
    for path in (world.folder / "checkers").rglob("*"):
        assert path.stat().st_mode & 0o077 == 0 or path.name == "checksums", path


def test_the_policy_is_that_of_the_release(released: tuple[World, str]) -> None:
    """A policy that was changed since says nothing of it."""
    world, query = released
    edit(world.folder / "north" / "policy.toml", "min_count  = 10", "min_count  = 20")
    run(world, "north")
    assert export(world, query).exit == 0
    config = json.loads((world.folder / "checkers" / "config.json").read_text())
    assert config["safe_threshold"] == 10


def test_a_recalled_release_is_marked(released: tuple[World, str]) -> None:
    """Status and comment of every output."""
    world, query = released
    world.ok("release", "withdraw", query, "--reason", "counted twice", home="north")
    assert export(world, query).data["recalled"] == "counted twice"
    for record in results(world)["results"].values():
        assert record["status"] == "fail"
        assert "recalled by the site: counted twice" in record["comments"]


def test_only_what_left_here(released: tuple[World, str]) -> None:
    """A site that has not answered, and who is no site, have nothing to export."""
    world, query = released
    assert code(export(world, query, home="south")) == "Q-UNKNOWN"
    assert code(export(world, query, home="researcher")) == "C-ROLE"
    assert not (world.folder / "checkers").exists()
    assert grant(world, "south", query).exit == 0


def test_every_family_and_risk_has_a_name() -> None:
    """What the ontology gains must be told to checkers too."""
    assert sacro.STATBARNS.keys() == GUARDS.keys()
    assert sacro.RISKS.keys() >= {check.risk for check in CHECKS.values()}
