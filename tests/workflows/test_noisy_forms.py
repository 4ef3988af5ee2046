"""Every analytic that is answered with noise, told in every form: a new one is told too, or this fails.

Its own example is explained and rehearsed, as text, and as JSON by the schemas that programs rely on.
"""

from __future__ import annotations

import re
from typing import Any, get_args

import pytest
from jsonschema import Draft202012Validator

from fedcli.analytics import named
from fedcli.model.release import Mechanism
from fedcli.report.privacy import ACCURACIES, MECHANISMS
from fedcli.workflows.answers import answer_schema
from fedcli.workflows.questions import analytics
from tests import analytics as manual
from tests.world import Ended, World

SAMPLE = "patients"
PRIVACY = '\n[privacy]\nmode = "differential-privacy"\nrho = "0.5"\n'
NOISY = [one for one in analytics().analytics if "differential-privacy" in named(one.name).modes]
NAMES = [one.name for one in NOISY]


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A folder with the data of three sites, a dictionary, and the examples of all analytics as one query."""
    folder = tmp_path_factory.mktemp("examples")
    manual.furnish(SAMPLE, folder)
    text = manual.query(NOISY, "cohort")
    for name in ("fedavg", "network"):  # which are trained otherwise with noise
        text = text.replace(f'analytic = "{name}"', f'analytic = "{name}"\nclip = 1.0\nepochs = 1')
    text = re.sub(r"^rounds = \d+", "rounds = 2", text, flags=re.MULTILINE)
    (folder / "noisy.toml").write_text(text + PRIVACY)
    return World(folder)


@pytest.fixture(scope="module")
def explained(world: World) -> dict[str, Ended]:
    """What is foreseen, in both forms."""
    line = ["query", "explain", "noisy.toml"]
    return {form: _told(world, form, *line) for form in ("text", "json")}


@pytest.fixture(scope="module")
def rehearsed(world: World) -> dict[str, Ended]:
    """What is answered, in both forms."""
    line = ["rehearse", "noisy.toml", "--data", str(world.folder / "studies")]
    return {form: _told(world, form, *line) for form in ("text", "json")}


def _told(world: World, form: str, *line: str) -> Ended:
    words = [str(world.folder / one) if one == "noisy.toml" else one for one in line]
    dictionary = next((world.folder / SAMPLE).glob("*.toml"))
    return world.ok(*words, "--dictionary", str(dictionary), "--policy", "private", "--format", form)


def _check(command: str, ended: Ended) -> None:
    valid = Draft202012Validator(answer_schema(f"cli-{command}"))
    assert [one.message for one in valid.iter_errors(ended.document)] == []


@pytest.mark.parametrize("name", NAMES)
def test_each_is_answered(rehearsed: dict[str, Ended], name: str) -> None:
    """In the text and in the document, with the noise of each site and what it leaves open."""
    answer = rehearsed["json"].data["results"][name.replace("_", "-")]
    assert answer["code"] is None
    assert set(answer["noise"]["sites"]) == set(answer["sites"])
    assert answer["noise"]["accuracy"] == ACCURACIES[answer["noise"]["mechanism"]]
    assert f"{name.replace('_', '-')}: {name}, 3 sites" in rehearsed["text"].out


@pytest.mark.parametrize("name", NAMES)
def test_each_is_foreseen(explained: dict[str, Ended], rehearsed: dict[str, Ended], name: str) -> None:
    """Its mechanism, its price, what leaves, and an error to expect; and then it is so."""
    own = name.replace("_", "-")
    foreseen: dict[str, Any] = explained["json"].data
    [draws] = [one for one in foreseen["privacy"]["draws"] if one["analysis"] == own]
    noise = rehearsed["json"].data["results"][own]["noise"]
    assert draws["mechanism"] == noise["mechanism"]
    assert {one["rho"] for one in noise["sites"].values()} == {draws["share"]}
    leaves = [one for one in foreseen["leaves"] if one["analysis"] == own]
    assert leaves
    assert {one["chosen"] for one in leaves} == {draws["mechanism"] == "noisy-max"}
    assert any(one["analysis"] == own for one in foreseen["privacy"]["errors"])
    assert MECHANISMS[draws["mechanism"]] in explained["text"].out


def test_the_documents_have_their_schemas(explained: dict[str, Ended], rehearsed: dict[str, Ended]) -> None:
    """What programs rely on."""
    _check("query-explain", explained["json"])
    _check("rehearse", rehearsed["json"])


def test_every_mechanism_has_words() -> None:
    """A new one is told, or this fails."""
    assert set(MECHANISMS) == set(ACCURACIES) == set(get_args(Mechanism))


def test_no_text_has_an_exact_word(rehearsed: dict[str, Ended], explained: dict[str, Ended]) -> None:
    """No standard deviation is told of a choice, and nothing is said of rounded counts."""
    assert "from rounded" not in rehearsed["text"].out
    line = next(one for one in explained["text"].out.splitlines() if one.startswith("site-quantile  chosen"))
    assert line.endswith("a one for the candidate that noise chooses")
