"""Worlds whose sites answer under differential privacy, and what their releases say."""

from __future__ import annotations

from typing import Any

from fedcli.model.release import Answered, Release, Values
from fedcli.workflows.combine import gather
from fedcli.workflows.standing import membership
from tests.workflows.acts import policy
from tests.workflows.conftest import ALONE
from tests.world import SITES, World, query_text

NOISY = 'mode = "differential-privacy"'
COUNT = 'id = "n"\nanalytic = "count"'
TABLE = 'id = "t"\nanalytic = "crosstab"\nby = ["sex"]'
MEAN = 'id = "m"\nanalytic = "summary"\ncolumns = ["age"]\nby = ["sex"]'


def make_private(world: World, *sites: str, **keys: str) -> World:
    """Let sites answer with noise alone; `keys` are more keys of `[privacy]`, in TOML."""
    more = "".join(f"\n{key} = {value}" for key, value in keys.items())
    for site in sites or SITES:
        policy(world, site, 'mode = "disclosure-control"', NOISY + more)
    return world


def private_text(*analyses: str, rho: str = "0.1", **keys: str) -> str:
    """A query file that asks south alone for an answer with noise."""
    asked = f'{{ mode = "differential-privacy", rho = "{rho}" }}'
    return query_text(*(analyses or (COUNT,)), **{**ALONE, **keys, "privacy": asked})


def contribution(world: World, query: str, site: str = "south") -> tuple[Release, Values]:
    """The last release of a site with its values, opened by the researcher."""
    desk = world.desk("researcher")
    quorum = gather(desk, membership(desk), query).quorums[-1]
    [found] = [one for one in quorum.contributions if one.release.value.site == site]
    return found.release.value, found.values.value


def answered(world: World, query: str, name: str = "n") -> Answered:
    """What a site released of an analysis."""
    found: Any = contribution(world, query)[1].analyses[name]
    assert isinstance(found, Answered), found
    return found
