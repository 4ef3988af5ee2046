"""Mock data: from a dictionary to a rehearsal, without anybody's data."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.cli.lines import document, told
from tests.world import SAMPLE, World, query_text

COHORT = str(SAMPLE / "cohort.toml")
CROSSTAB = 'id = "x"\nanalytic = "crosstab"\nby = ["diabetes", "smoking"]'
SUMMARY = 'id = "s"\nanalytic = "summary"\ncolumns = ["age", "bmi"]'


def test_a_rehearsal_on_mock_data(tmp_path: Path) -> None:
    """A query can be rehearsed on mock data under the standard policy, and its cells are numbers."""
    made = document(told(tmp_path, "data", "mock", COHORT, "-n", "800", "-o", "mock", "--format", "json"))
    assert [(one["site"], one["rows"]) for one in made["data"]["sites"]] == [
        (f"site-{number}", 800) for number in (1, 2, 3)
    ]
    (tmp_path / "q.toml").write_text(query_text(CROSSTAB, SUMMARY, sites="", min_sites=""))
    line = ["rehearse", str(tmp_path / "q.toml"), "--data", "mock", "--dictionary", COHORT]
    data = document(told(tmp_path, *_here(tmp_path, line), "--format", "json"))["data"]
    assert data["status"] == "done"
    rows = data["results"]["x"]["tables"]["counts"]["rows"]
    assert all(row[-1] > 100 for row in rows)


def _here(folder: Path, line: list[str]) -> list[str]:
    return [str(folder / word) if word == "mock" else word for word in line]


@pytest.fixture(autouse=True)
def _in_the_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def test_a_site_takes_them_in(world: World, tmp_path: Path) -> None:
    """They meet the dictionary when a site adds them."""
    told(tmp_path, "data", "mock", COHORT, "-n", "60", "-o", "mock", "--sites", "1")
    world.ok("data", "add", "cohort", str(tmp_path / "mock"), home="south")
    world.ok("data", "check", "cohort", home="south")


def test_again(tmp_path: Path) -> None:
    """The same again says so; another number of rows does not replace what is there."""
    line = ["data", "mock", COHORT, "-o", "mock", "--sites", "1", "--format", "json"]
    first, second = (document(told(tmp_path, *line, "-n", "30"))["data"] for _ in range(2))
    assert (first["new"], second["new"]) == (True, False)
    before = (tmp_path / "mock" / "site-1.parquet").read_bytes()
    other = document(told(tmp_path, *line, "-n", "31"))
    assert (other["exit"], other["code"]) == (2, "F-EXISTS")
    assert (tmp_path / "mock" / "site-1.parquet").read_bytes() == before


def test_more_rows_than_the_dictionary_has_values_for(tmp_path: Path) -> None:
    """It is told which column cannot be filled, and no file is written."""
    (tmp_path / "d.toml").write_text(
        'schema = "fedcli/dictionary/1"\ndataset = "d"\nunit = "person"\nperson_id = "p"\n'
        '[columns.p]\ntype = "text"\nlevels = ["a", "b"]\nsensitivity = "identifier"\n'
    )
    ended = document(told(tmp_path, "data", "mock", "d.toml", "-n", "3", "-o", "mock", "--format", "json"))
    assert (ended["exit"], ended["code"]) == (3, "D-MOCK")
    assert "column p" in ended["message"]
    assert not (tmp_path / "mock").exists()
