"""The shortest study: one question, three hospitals, one number."""

from __future__ import annotations

from tests.world import World, query_text


def test_the_walk(world: World) -> None:
    """A count of all persons is the count of the pooled sample data."""
    _, data = world.study(query_text())
    assert data["results"]["n"]["scalars"] == {"n": 3050}
