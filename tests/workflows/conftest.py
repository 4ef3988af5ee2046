"""Worlds in which a study was done, and a federation of strangers."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.workflows.acts import policy
from tests.world import SAMPLE, SITES, World, copied, enrolled, query_text


@pytest.fixture(scope="session")
def studied_template(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation that has answered one question, to be copied."""
    world = copied(template, tmp_path_factory.mktemp("world") / "studied")
    world.study(query_text())
    return world


@pytest.fixture
def studied(studied_template: World, tmp_path: Path) -> World:
    """A federation of one's own that has answered one question."""
    return copied(studied_template, tmp_path / "studied")


@pytest.fixture(scope="session")
def alone_template(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """A federation whose sites answer queries for one site alone, without approvals, to be copied."""
    world = copied(template, tmp_path_factory.mktemp("world") / "alone")
    for site in SITES:
        policy(world, site, "min_sites  = 3", "min_sites  = 1")
        policy(
            world,
            site,
            'approvals = { people = 2, roles = ["data-owner", "disclosure-officer"] }',
            "approvals = { people = 0, roles = [] }",
        )
    return world


@pytest.fixture
def alone(alone_template: World, tmp_path: Path) -> World:
    """A federation of one's own in which one site can answer alone and unasked."""
    return copied(alone_template, tmp_path / "alone")


@pytest.fixture(scope="session")
def strangers(tmp_path_factory: pytest.TempPathFactory) -> World:
    """Another federation of the same name, where the hospital north has answered the same question."""
    world = enrolled(tmp_path_factory.mktemp("world") / "strangers", tuple(SITES), SAMPLE / "cohort.toml")
    world.ok("data", "add", "cohort", SITES["north"], home="north")
    query = world.submit(query_text())
    world.approve(query, "north")
    [ended] = world.run("north")
    assert ended.exit == 0, ended.text
    return world


ALONE = {"sites": '["south"]', "min_sites": "1"}
