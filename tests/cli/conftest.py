"""A federation in which queries wait, shared by tests that change nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.world import World, copied, query_text


@pytest.fixture(scope="session")
def asked(template: World, tmp_path_factory: pytest.TempPathFactory) -> World:
    """Queries were submitted until two of them begin with the same digit; nobody has approved any."""
    world = copied(template, tmp_path_factory.mktemp("cli") / "asked")
    digests: list[str] = []
    while len({digest[0] for digest in digests}) == len(digests):
        digests.append(world.submit(query_text(title=f'"Query {len(digests)}"'), f"{len(digests)}.toml"))
    return world


@pytest.fixture(scope="session")
def queries(asked: World) -> list[str]:
    """The digests of the queries that wait."""
    listed = asked.ok("query", "list", "--format", "json", home="researcher").data["queries"]
    return sorted(one["digest"] for one in listed)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """An empty folder that is nobody's home."""
    folder = tmp_path / "here"
    folder.mkdir()
    return folder
