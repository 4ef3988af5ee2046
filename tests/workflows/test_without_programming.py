"""A person who does not program trains a model: three lines of a file, to charts and a model card."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from tests.workflows.fitting import SITES, fitted_world
from tests.world import World

#: The three lines that are edited, and what becomes of them.
EDITED = {
    'title     = "What this asks, for the people who approve it"': 'title     = "Who falls ill"',
    'formula = "diabetes ~ age + sex + bmi"': 'formula = "ill ~ age + sex"',
    "rounds = 10": "rounds = 3",
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Three sites, and nothing asked yet."""
    return fitted_world(tmp_path_factory.mktemp("unprogrammed"), persons=1500)


def test_from_a_template_to_charts_and_a_card(world: World) -> None:
    """Every command as the manual has it; every approval at its site; what people look at is in the page."""
    ok, file = world.ok, world.folder / "risk.toml"
    ok("query", "new", "--analytic", "fedavg", "-o", file, home="researcher")
    _edit(file, EDITED)
    assert "ill ~ age + sex" in ok("query", "check", file, home="researcher").out
    query = _asked(world, file)
    for at in range(1, 4):
        ended = world.cli("combine", query, home="researcher")
        assert (ended.exit, f"round {at}" in ended.text) == (8, True)
        world.run(*SITES)
    assert "loss" in ok("combine", query, home="researcher").out
    page = _page(world, query)
    assert {"Learning curve", "coefficients", "which part of the information each site gave"} <= _titles(page)
    [model] = re.findall(r"\bm-[0-9a-f]{12}\b", ok("model", "list", home="researcher").out)
    card = world.folder / "card.md"
    ok("model", "export", model, "--card", "-o", card, home="researcher")
    assert "Who falls ill" in card.read_text()
    _evaluated(world, model)


def _evaluated(world: World, model: str) -> None:
    """The draft that the model gives, asked as any other query."""
    file = world.folder / "evaluation.toml"
    line = ["model", "evaluate", model, "--dataset", "cohort", "--by", "sex", "--bins", "4", "-o", file]
    world.ok(*line, home="researcher")
    _edit(file, {'"project" ': '"cardio-2026" ', "DUO:0000042": "DUO:0000006"})
    query = _asked(world, file)
    world.ok("combine", query, home="researcher")
    assert {"Calibration", "By group"} <= _titles(_page(world, query))


def _edit(file: Path, changes: dict[str, str]) -> None:
    text = file.read_text()
    for old, new in changes.items():
        assert text.count(old) == 1, old
        text = text.replace(old, new)
    file.write_text(text)


def _asked(world: World, file: Path) -> str:
    """Submitted, read and granted by two people at each site, and answered."""
    submitted = world.ok("query", "submit", file, "--format", "json", home="researcher")
    query: str = submitted.data["digest"]
    for site in SITES:
        assert query[:12] in world.ok("approval", "show", query, home=site).out
    world.approve(query, *SITES)
    world.run(*SITES)
    return query


def _page(world: World, query: str) -> str:
    path = world.folder / f"{query}.html"
    world.ok("report", query, "--html", path, home="researcher")
    return path.read_text()


def _titles(page: str) -> set[str]:
    """What pictures and tables of a page are called."""
    return {
        re.sub("<[^>]*>", "", one).strip()
        for one in re.findall(r"<(?:title|h\d|caption)[^>]*>(.*?)</", page, re.S)
    }
