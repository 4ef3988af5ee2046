"""Policies told apart and looked through: in words, with the exit code of a finding."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.lines import document, told
from tests.workflows.acts import policy
from tests.world import SAMPLE, World

HEAD = 'schema = "fedcli/policy/1"\nname = "p"\n'
COHORT = str(SAMPLE / "cohort.toml")


def _file(folder: Path, name: str, text: str) -> str:
    (folder / f"{name}.toml").write_text(HEAD + text)
    return str(folder / f"{name}.toml")


@pytest.mark.parametrize(
    ("old", "new", "becomes", "wanted"),
    [
        ("", "", [], 0),
        ("", "[disclosure]\nmin_count = 20\n", ["stricter"], 0),
        ("", "[disclosure]\nmin_count = 9\n", ["looser"], 10),
        (
            '[admission]\nprojects = ["a", "b"]\n',
            '[admission]\nprojects = ["b", "c"]\n',
            ["mixed"],
            10,
        ),
        ("", 'description = "other"\n', ["words"], 0),
        ("", "[disclosure]\nmin_count = 9\nmin_sites = 5\n", ["looser", "stricter"], 10),
    ],
    ids=["same", "stricter", "looser", "mixed", "words", "both"],
)
def test_a_difference(tmp_path: Path, old: str, new: str, becomes: list[str], wanted: int) -> None:
    """Each change has its direction; what loosens, wholly or in part, ends with 10."""
    line = ["policy", "diff", _file(tmp_path, "old", old), _file(tmp_path, "new", new)]
    found = document(told(tmp_path, *line, "--format", "json"))
    assert found["exit"] == wanted
    assert sorted(one["becomes"] for one in found["data"]["changes"]) == sorted(becomes)


def test_profiles_in_words(tmp_path: Path) -> None:
    """Profiles can be compared by name; the page says what each key is, before and after."""
    ended = told(tmp_path, "policy", "diff", "standard", "evaluation")
    assert (ended.exit, "22 of 24 changes loosen" in ended.out) == (10, True)
    assert "the fewest persons behind a number that leaves" in ended.out
    assert told(tmp_path, "policy", "diff", "evaluation", "standard").exit == 0
    assert "they mean the same" in told(tmp_path, "policy", "diff", "standard", "standard").out


def test_lint_of_a_file(tmp_path: Path) -> None:
    """A file with a dictionary beside it."""
    file = _file(tmp_path, "p", '[disclosure]\nmax_levels = 2\n[admission]\nprojects = ["x"]\n')
    line = ["policy", "lint", file, "--dictionary", COHORT, "--format", "json"]
    found = document(told(tmp_path, *line))
    assert found["exit"] == 10
    assert [one["key"] for one in found["data"]["found"]] == ["disclosure.max_levels", "admission.purposes"]
    text = told(tmp_path, *line[:-2]).out
    assert "the 3 levels of" in text


def test_lint_of_a_profile(tmp_path: Path) -> None:
    """`standard` has nothing to look at."""
    ended = told(tmp_path, "policy", "lint", "standard", "--dictionary", COHORT)
    assert (ended.exit, ended.out) == (0, "policy standard: nothing to look at\n")


def test_lint_at_a_site(world: World) -> None:
    """At a site its own policy is meant, under the floor, beside its datasets; `check` says the same."""
    world.ok("policy", "lint", home="south")
    policy(world, "south", "min_dof    = 10", "min_dof    = 1000")
    linted = world.cli("policy", "lint", "--format", "json", home="south")
    checked = world.cli("policy", "check", "--format", "json", home="south")
    assert linted.exit == checked.exit == 10
    assert [one["key"] for one in linted.data["found"]] == ["disclosure.min_dof"]
    assert checked.data["warnings"] == [linted.data["found"][0]["told"]]


def test_lint_sees_the_floor(world: World) -> None:
    """What the federation's floor makes of a policy is what is looked through."""
    floor = world.folder / "federation" / "policies" / "floor.toml"
    floor.write_text("[disclosure]\nmax_levels = 2\n")
    for words in (("sign", "--key", "ada"), ("sign", "--key", "ben"), ("publish",)):
        world.ok("federation", *words, home="federation")
    linted = world.cli("policy", "lint", "--format", "json", home="north")
    assert linted.data["floor"] is True
    assert [one["key"] for one in linted.data["found"]] == ["disclosure.max_levels"]
