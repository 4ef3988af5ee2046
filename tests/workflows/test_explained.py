"""A query explained before it is signed: what it says is what then happens, and it opens nothing."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from fedcli.policy.zcdp import epsilon
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


PRIVATE = '\n[privacy]\nmode = "differential-privacy"\nrho = "0.2"\n'


def _private(folder: Path, *more: str, **keys: str) -> dict[str, Any]:
    return _explain(folder, query_text(CROSSTAB, SUMMARY, **keys) + PRIVATE, "--policy", "private", *more)


def test_under_noise_it_says_what_then_happens(here: Path) -> None:
    """The price, the numbers that leave, and the accuracy of a count are those of a rehearsal."""
    data = _private(here)
    line = ["rehearse", str(here / "q.toml"), "--data", str(SAMPLE), "--dictionary", COHORT]
    done = document(told(here, *line, "--policy", "private", "--format", "json"))["data"]
    assert {one["scalars"] for one in done["privacy"]["charges"].values()} == {data["scalars"]}
    assert {one["rho"] for one in done["privacy"]["charges"].values()} == {data["privacy"]["rho"]}
    assert [one["rho"] for one in data["privacy"]["draws"]] == ["0.1", "0.1"]
    scales = {one["analysis"]: one["noise"] for one in data["leaves"]}
    for name, found in done["results"].items():
        for noise in found["noise"]["sites"].values():
            assert noise["scale"] == pytest.approx(scales[name], rel=1e-3)
    [count] = [one for one in data["privacy"]["errors"] if one["statistic"] == "count"]
    widths = {
        one["interval"][1] - one["interval"][0]
        for one in done["results"]["x"]["noisy"]
        if "[" in one["place"]
    }
    assert 2 * count["accuracy"] == pytest.approx(max(widths), rel=1e-3)


def test_noise_stands_instead_of_checks(here: Path) -> None:
    """Nothing is said of checks, digits or rounding, which do not apply."""
    data = _private(here)
    assert data["checks"] == []
    assert all("digits" not in one and one["rounding"] == "none" for one in data["leaves"])
    assert {one["field"] for one in data["leaves"]} == {"count", "missing", "n", "sum", "squares"}
    text = told(
        here, "query", "explain", str(here / "q.toml"), "--dictionary", COHORT, "--policy", "private"
    ).out
    assert "noise of standard deviation" in text
    assert "no check looks at exact values" in text
    assert "which checks run" not in text
    assert "whole numbers" not in text
    assert "half the error costs four times the rho: 0.8 instead of 0.2" in text


def _accuracy(data: dict[str, Any], statistic: str, of: str) -> Any:
    [one] = [one for one in data["privacy"]["errors"] if (one["statistic"], one.get("of")) == (statistic, of)]
    return one.get("accuracy")


def test_the_error_to_expect(here: Path) -> None:
    """In the column's unit; of a mean a tenth with ten times as many persons, and unknown with few."""
    few, some, many = (_private(here, "--persons", number) for number in ("5", "2000", "20000"))
    assert _accuracy(few, "mean", "age") is None
    assert _accuracy(some, "mean", "age") / _accuracy(many, "mean", "age") == pytest.approx(10, rel=0.05)
    units = {(one["statistic"], one.get("of")): one.get("unit") for one in some["privacy"]["errors"]}
    assert (units["mean", "age"], units["variance", "age"]) == ("years", "years²")
    assert (units["sd", "bmi"], units["variance", "bmi"]) == ("kg/m2", "(kg/m2)²")
    assert units["count", None] is units["n", "age"] is None


def test_the_price_of_accuracy(here: Path) -> None:
    """Half the error for four times the rho, and which part of each budget that takes."""
    [less, as_is, more] = _private(here)["privacy"]["prices"]
    assert [(one["rho"], one["error"]) for one in (less, as_is, more)] == [
        ("0.05", 2),
        ("0.2", 1),
        ("0.8", 0.5),
    ]
    assert (as_is["of_project"], as_is["of_population"]) == (0.4, 0.2)
    assert more["epsilon"] == epsilon(Fraction("0.8"), Fraction("0.000001"))


def test_the_price_of_who_may_be_at_several_sites(here: Path) -> None:
    """The prices of the sites that the query names are added up where nobody has said otherwise."""
    text = (SAMPLE / "cohort.toml").read_text()
    lines = [line for line in text.splitlines() if not line.startswith(("overlap", "evidence"))]
    (here / "cohort.toml").write_text("\n".join(lines))
    named = _private(here, "--dictionary", str(here / "cohort.toml"))["privacy"]
    assert (named["whole"], named["disjoint"], named["sites"]) == ("0.6", False, 3)
    assert named["prices"][1]["epsilon"] == epsilon(Fraction("0.6"), Fraction("0.000001"))
    unnamed = _private(here, "--dictionary", str(here / "cohort.toml"), sites="", min_sites="")["privacy"]
    assert (unnamed["whole"], unnamed["named"], unnamed["sites"]) == ("0.2", False, 1)


def test_another_mode_than_the_policy(here: Path) -> None:
    """It is refused whatever the data, and each side is told."""
    noisy = _explain(here, query_text(CROSSTAB) + PRIVATE)
    exact = _explain(here, query_text(CROSSTAB), "--policy", "private")
    assert noisy["refused"]["the mode"]["code"] == exact["refused"]["the mode"]["code"] == "A-MODE"
    assert "privacy" not in exact


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
