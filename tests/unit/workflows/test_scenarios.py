"""The files of every scenario fit together: cast, data, dictionary, policy, queries and help."""

from __future__ import annotations

import tomllib
from typing import Any

import pytest

from fedcli.files.strict import parse_toml
from fedcli.model.scenario import Scenario
from fedcli.policy.profiles import load, profile
from fedcli.workflows.demo import scenarios
from fedcli.workflows.dictionary import read_dictionary
from tests.pages import walk
from tests.world import SAMPLES

STANDARD = profile("standard")


def _cast(scenario: str) -> Scenario:
    file = SAMPLES / scenario / "scenario.toml"
    return Scenario.read(parse_toml(file.read_bytes(), file.name), file.name)


def _queries(scenario: str) -> list[dict[str, Any]]:
    return [tomllib.loads(path.read_text()) for path in (SAMPLES / scenario / "queries").glob("*.toml")]


def test_the_help_names_them() -> None:
    """All three, and no other."""
    [demo] = [command for path, command in walk() if path == ["fedcli", "demo"]]
    [option] = [one for one in demo.params if one.name == "scenario"]
    assert option.default in scenarios()
    assert sorted(option.help.replace(" or ", ", ").split(", ")) == scenarios() == sorted(scenarios())


@pytest.mark.parametrize("scenario", scenarios())
def test_everybody_has_an_organisation(scenario: str) -> None:
    """The sites that the queries name are those that have data, and with the researcher all are cast."""
    cast = _cast(scenario)
    data = {path.stem for path in (SAMPLES / scenario).glob("*") if path.suffix in (".parquet", ".duckdb")}
    folders = {path.parent.name for path in (SAMPLES / scenario).glob("*/*.parquet")}
    for query in _queries(scenario):
        assert set(query["sites"]) == data | folders == set(cast.organisations) - {cast.researcher}
    assert set(STANDARD.admission.approvals.roles) == set(cast.people.values())


@pytest.mark.parametrize("scenario", scenarios())
def test_the_policy_is_the_standard_one(scenario: str) -> None:
    """It admits another project and purpose; what may leave, and on whose word, is as in `standard`.

    But for memory, and it says that this is weak: four queries over few are to be shown side by side.
    """
    own = SAMPLES / scenario / "policy.toml"
    policy = load(own) if own.exists() else STANDARD
    alike = {"name": STANDARD.name, "description": STANDARD.description}
    admission = policy.admission.model_copy(
        update={"projects": STANDARD.admission.projects, "purposes": STANDARD.admission.purposes}
    )
    alone = STANDARD.disclosure.model_copy(update={"secondary": "none", "memory": "none"})
    expected = STANDARD.model_copy(update={"disclosure": alone})
    assert policy.model_copy(update={**alike, "admission": admission}) == expected
    assert "WEAK" in own.read_text()
    agreed = read_dictionary(SAMPLES / scenario / f"{_cast(scenario).dataset}.toml")
    for query in _queries(scenario):
        assert query["project"] in policy.admission.projects
        assert query["purpose"] in policy.admission.purposes
        assert query["purpose"] in agreed.data_use
