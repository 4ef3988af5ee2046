"""A query explained before it is signed: what it says is what then happens, and it opens nothing."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.lines import document, told
from tests.workflows.acts import tree, written
from tests.world import SAMPLE, World, query_text

COHORT = str(SAMPLE / "cohort.toml")
CROSSTAB = 'id = "x"\nanalytic = "crosstab"\nby = ["diabetes", "smoking"]'
SUMMARY = 'id = "s"\nanalytic = "summary"\ncolumns = ["age", "bmi"]\nby = ["sex"]'


def _explain(folder: Path, text: str, *more: str) -> dict[str, Any]:
    (folder / "q.toml").write_text(text)
    line = ["query", "explain", str(folder / "q.toml"), "--dictionary", COHORT, "--format", "json"]
    found = document(told(folder, *line, *more))
    assert found["exit"] == 0
    return dict(found["data"])


def test_what_is_read(here: Path) -> None:
    """Every column of cohort and analyses, each with its uses, and the one that tells persons apart."""
    data = _explain(here, query_text(CROSSTAB, SUMMARY, cohort='"age > 40 and prior_mi = false"'))
    assert {one["column"]: one["used_by"] for one in data["reads"]} == {
        "age": ["cohort", "s"],
        "bmi": ["s"],
        "diabetes": ["x"],
        "patient_id": ["telling persons apart"],
        "prior_mi": ["cohort"],
        "sex": ["s"],
        "smoking": ["x"],
    }
    assert data["cohort"] == "(age > 40) and (prior_mi = false)"


@pytest.mark.parametrize(("profile", "digits"), [("standard", 6), ("evaluation", "full")])
def test_the_precision(here: Path, profile: str, digits: object) -> None:
    """Means leave at the digits of the policy, counts as whole numbers."""
    data = _explain(here, query_text(SUMMARY), "--policy", profile)
    assert {one["field"]: one.get("digits") for one in data["leaves"]} == {
        "n": None,
        "missing": None,
        "mean": digits,
        "m2": digits,
    }
    assert data["policy"] == profile


def test_an_answer_of_several_parts(here: Path) -> None:
    """Every part of a first table is told with its own axes, and a group's missing values by group."""
    table = 'id = "t"\nanalytic = "table_one"\ncolumns = ["age", "bmi", "smoking"]\nby = "sex"'
    data = _explain(here, query_text(table))
    assert {one["field"]: (one["over"], one["numbers"]) for one in data["leaves"]} == {
        "numbers.n": (["variable", "sex"], 4),
        "numbers.missing": (["variable", "sex"], 4),
        "numbers.mean": (["variable", "sex"], 4),
        "numbers.m2": (["variable", "sex"], 4),
        "levels.smoking.count": (["smoking", "sex"], 6),
        "levels.smoking.missing": (["sex"], 2),
    }


def test_it_says_what_then_happens(here: Path) -> None:
    """As many numbers are charged in a rehearsal, and the same checks are declared by the releases."""
    data = _explain(here, query_text(CROSSTAB, SUMMARY))
    line = ["rehearse", str(here / "q.toml"), "--data", str(SAMPLE), "--dictionary", COHORT]
    done = document(told(here, *line, "--format", "json"))["data"]
    charged = {one["scalars"] for one in done["privacy"]["charges"].values()}
    assert charged == {data["scalars"]} == {sum(one["numbers"] for one in data["leaves"])}
    assert data["rounds"] == done["rounds"]


def test_what_the_policy_refuses(here: Path) -> None:
    """What is refused whatever the data is told with its code, and its numbers do not count as leaving."""
    (here / "p.toml").write_text(
        'schema = "fedcli/policy/1"\nname = "narrow"\n[disclosure]\nmax_levels = 2\nmin_sites = 4\n'
        '[admission]\nanalytics = ["crosstab"]\n'
    )
    more = ("--policy", str(here / "p.toml"))
    data = _explain(here, query_text(CROSSTAB, SUMMARY, purpose='"DUO:0000011"'), *more)
    assert {place: one["code"] for place, one in data["refused"].items()} == {
        "x": "P-LEVELS",
        "s": "A-ANALYTIC",
        "the query": "A-SITES",
        "the purpose": "A-PURPOSE",
    }
    assert (data["leaves"], data["scalars"], data["policy"]) == ([], 0, "narrow")


def test_the_words(here: Path) -> None:
    """The page has every part; a check that only records says so."""
    (here / "q.toml").write_text(query_text(CROSSTAB, SUMMARY, sites="", min_sites=""))
    line = ["query", "explain", str(here / "q.toml"), "--dictionary", COHORT, "--policy", "evaluation"]
    text = told(here, *line).out
    for words in (
        "every site that holds the dataset",
        "diabetes x smoking",
        "whole numbers",
        "full precision",
        "it is recorded at the site, and leaves",
        "no data were opened",
    ):
        assert words in text


def test_the_agreed_dictionary(world: World) -> None:
    """In a home the federation's dictionary counts, and the researcher is named; nothing is written."""
    (world.folder / "q.toml").write_text(query_text(CROSSTAB))
    before = tree(world.folder / "researcher"), written(world, "north")
    line = ("query", "explain", str(world.folder / "q.toml"), "--format", "json")
    data = world.ok(*line, home="researcher").data
    assert data["recipients"][0].startswith("ana of ")
    assert (tree(world.folder / "researcher"), written(world, "north")) == before


def test_without_a_dictionary(here: Path) -> None:
    """Outside of a home a dictionary must be given."""
    (here / "q.toml").write_text(query_text())
    found = document(told(here, "query", "explain", str(here / "q.toml"), "--format", "json"))
    assert (found["exit"], found["code"]) == (2, "C-HOME")


@pytest.fixture
def here(tmp_path: Path) -> Path:
    return tmp_path
