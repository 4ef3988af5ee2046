"""A site's own cases: what holds, what does not and why, and what is no case at all."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.cli.lines import document, told
from tests.world import SAMPLE, SAMPLES

SHIPPED = SAMPLES.parent / "configs" / "cases" / "standard.toml"
TABLE = 'cells = { by = { ward = ["a", "b"] }, persons = [40, 9] }\n'
EXPECT = 'expect = [{ outcome = "suppressed" }]\n'
ROWS = "rows = { columns = { x = [1, 2, 3] } }\n"
MEAN = 'analysis = [{ id = "m", analytic = "summary", columns = ["x"] }]\n'


def _tell(folder: Path, text: str, policy: str = "standard", *more: str) -> dict[str, Any]:
    file = folder / "cases.toml"
    file.write_text(f'schema = "fedcli/cases/1"\n[[case]]\nname = "one"\n{text}')
    return document(told(folder, "policy", "test", str(file), "--policy", policy, *more, "--format", "json"))


def _ends(folder: Path, text: str, policy: str = "standard") -> list[tuple[str, tuple[str, ...]]]:
    cases = _tell(folder, text, policy)["data"]["cases"]
    return [(one["found"]["outcome"], tuple(one["found"]["because"])) for one in cases]


def test_the_shipped_cases(tmp_path: Path) -> None:
    """They hold on `standard`; on `evaluation` those do not that its rules would have to hold."""
    ended = document(
        told(tmp_path, "policy", "test", str(SHIPPED), "--policy", "standard", "--format", "json")
    )
    assert (ended["exit"], [one["case"] for one in ended["data"]["cases"] if not one["holds"]]) == (0, [])
    line = ["policy", "test", str(SHIPPED.parent), "--policy", "evaluation"]
    weak = document(told(tmp_path, *line, "--format", "json"))
    wrong = {one["case"] for one in weak["data"]["cases"] if not one["holds"]}
    assert (weak["exit"], wrong) == (10, {"a-small-cell", "nobody", "all-but-a-few", "one-has-most"})
    assert (
        "released instead of refused; because of nothing instead of complement" in told(tmp_path, *line).out
    )


@pytest.mark.parametrize(
    ("expect", "differs"),
    [
        ('[{ outcome = "suppressed", because = ["threshold"], hidden = { count = [["b"]] } }]', []),
        ('[{ outcome = "released" }]', ["suppressed instead of released"]),
        ('[{ outcome = "suppressed", because = [] }]', ["because of threshold instead of nothing"]),
        (
            '[{ outcome = "suppressed", hidden = { count = [["a"]] } }]',
            ["in count hidden are b instead of a"],
        ),
    ],
)
def test_what_differs(tmp_path: Path, expect: str, differs: list[str]) -> None:
    """Outcome, reasons and hidden cells are each held against what was expected."""
    answer = _tell(tmp_path, f"{TABLE}expect = {expect}\n")
    [case] = answer["data"]["cases"]
    assert (case["differs"], case["holds"], answer["exit"]) == (differs, not differs, 10 if differs else 0)


def test_review_and_refusal_by_policy(tmp_path: Path) -> None:
    """A check that asks people is a review; what a policy does not admit is a refusal with its code."""
    rules = 'schema = "fedcli/policy/1"\nname = "p"\n[disclosure]\nzeros = "release"\n'
    policy = tmp_path / "p.toml"
    policy.write_text(rules + '[admission]\nanalytics = ["crosstab"]\n')
    lines = 'cells = { by = { ward = ["a", "b"], sex = ["f", "m"] }, persons = [40, 0, 20, 30] }\n'
    assert _ends(tmp_path, lines + EXPECT, str(policy)) == [("review", ("class_disclosure",))]
    assert _ends(tmp_path, ROWS + MEAN + EXPECT, str(policy)) == [("refused", ("A-ANALYTIC",))]


def test_persons_and_cohorts(tmp_path: Path) -> None:
    """Rows of persons are judged by persons, and a cohort is one."""
    people = ", ".join(f'"p{number // 3}"' for number in range(30))
    values = ", ".join(str(number) for number in range(30))
    rows = f'rows = {{ columns = {{ who = [{people}], x = [{values}] }}, person = "who" }}\n'
    counts = 'analysis = [{ analytic = "count" }]\n'
    assert _ends(tmp_path, rows + counts + EXPECT) == [("released", ())]
    assert _ends(tmp_path, rows + 'cohort = "x < 29"\n' + counts + EXPECT) == [("refused", ("complement",))]


def test_a_query_on_sample_data(tmp_path: Path) -> None:
    """A query file with its dictionary, on a site's sample data."""
    data = f'data = {{ dictionary = "{SAMPLE}/cohort.toml", path = "{SAMPLE}/south.parquet" }}\n'
    query = f'query = "{SAMPLE}/queries/2-rare.toml"\n'
    assert {outcome for outcome, _ in _ends(tmp_path, data + query + EXPECT)} >= {"suppressed"}


@pytest.mark.parametrize(
    ("text", "code", "told_of"),
    [
        (f"{TABLE}{EXPECT}more = 1\n", "F-SCHEMA", "more"),
        (f"{TABLE}{ROWS}{EXPECT}", "F-SCHEMA", "one of cells, rows and data"),
        (f"{ROWS}{EXPECT}", "F-SCHEMA", "it asks nothing"),
        (f'{TABLE}expect = [{{ outcome = "perhaps" }}]\n', "F-SCHEMA", "outcome"),
        (f'{TABLE}expect = [{{ outcome = "refused", because = ["treshold"] }}]\n', "P-CASE", "treshold"),
        (f'{TABLE}expect = [{{ outcome = "released", analysis = "x" }}]\n', "P-CASE", "x"),
        (f'{ROWS}{MEAN}expect = [{{ outcome = "released", analysis = "m" }}, {{ outcome = "released", '
         'analysis = "m" }]\n', "P-CASE", "twice"),
        (f'{ROWS}analysis = [{{ id = "m", analytic = "count" }}, {{ id = "k", analytic = "count" }}]\n'
         'expect = [{ outcome = "released", analysis = "m" }]\n', "P-CASE", "nothing is expected of k"),
        (f"{ROWS}analysis = [{{ analytic = \"summary\", columns = [\"y\"] }}]\n{EXPECT}", "Q-COLUMN", "y"),
        ('cells = { by = { ward = ["a", "b"] }, persons = [40] }\n' + EXPECT, "F-SCHEMA", "2 cells"),
    ],
)  # fmt: skip
def test_what_is_no_case(tmp_path: Path, text: str, code: str, told_of: str) -> None:
    """A case that is not understood to the last word is refused, and nothing is asked."""
    answer = _tell(tmp_path, text)
    assert answer["code"] == code, answer["message"]
    assert told_of in answer["message"]
    assert (answer["data"], answer["exit"] in (2, 3)) == ({}, True)


def test_no_cases(tmp_path: Path) -> None:
    """A folder without cases is a mistake: a test of nothing would always hold."""
    answer = document(told(tmp_path, "policy", "test", str(tmp_path), "--format", "json"))
    assert (answer["code"], answer["exit"]) == ("P-CASES", 2)


def test_at_a_site(tmp_path: Path) -> None:
    """The schema of a case can be read offline."""
    assert '"hidden"' in told(tmp_path, "schema", "cases").out


@pytest.mark.parametrize("line", ["test {cases} --policy private", "attack private"])
def test_no_trial_of_noise(tmp_path: Path, line: str) -> None:
    """Where answers have noise no check runs: a word about checks would be about another policy."""
    (tmp_path / "cases.toml").write_text(f"{TABLE}{EXPECT}")
    words = line.format(cases=tmp_path / "cases.toml").split()
    answer = document(told(tmp_path, "policy", *words, "--format", "json"))
    assert (answer["code"], answer["exit"]) == ("P-NOISE", 2)
    assert "private" in answer["message"]
