"""Between the sites: told where every number is known, and nothing under noise or of hidden ones."""

from __future__ import annotations

from pathlib import Path

import pytest

from fedcli.analytics.summary import Summary
from fedcli.model.cells import Axis, Gap
from fedcli.statistics.forms import Noisy
from fedcli.statistics.moments import Moments
from fedcli.statistics.rows import VARIABLE
from fedcli.statistics.shape import Shape
from fedcli.workflows.between import between
from tests.workflows.acts import combine, forgetful
from tests.workflows.private import MEAN, make_private, private_text
from tests.world import SITES, World, copied, query_text

AGES = 'id = "ages"\nanalytic = "summary"\ncolumns = ["age"]\nby = ["sex"]'
TABLE = 'id = "sexes"\nanalytic = "crosstab"\nby = ["sex"]'
ASKED = Summary(columns=("age",))


def part(n: object, mean: object, m2: object) -> Moments:
    """A site's moments of one column."""
    axes = (Axis(name=VARIABLE, levels=("age",)),)
    cells = {"n": (n,), "missing": (0,), "mean": (mean,), "m2": (m2,)}
    return Moments(axes, cells, per_person=1, bounds=((0, 100),), whole=(True,))  # type: ignore[arg-type]


def told(**parts: Moments) -> dict[str, object]:
    """What is told between some sites."""
    return dict(between(ASKED.effect_columns, list(parts.items()), ASKED.effects))


def test_in_a_result(template: World, tmp_path: Path) -> None:
    """As JSON three tables, as text the one that has room, and the same when the result is shown again."""
    world = copied(template, tmp_path / "world")
    for site in SITES:
        forgetful(world, site)
    query = world.submit(query_text(AGES, TABLE))
    world.approve(query)
    world.run()
    results = combine(world, query).data["results"]
    for name in ("ages", "sexes"):
        shares = results[name]["information"]
        assert set(shares) == set(SITES)
        assert sum(shares.values()) == pytest.approx(1)
    told = results["ages"]
    found = told["between"]
    assert list(found) == ["by_site", "heterogeneity", "leave_one_out"]
    assert all(table["columns"][:2] == ["variable", "sex"] for table in found.values())
    assert {row[2] for row in found["by_site"]["rows"]} == {"north", "south", "east"}
    again = world.ok("report", query, "--format", "json", home="researcher").data
    assert again["results"]["ages"]["between"] == found
    text = world.ok("report", query, home="researcher").out
    assert "ages: between the sites" in text
    assert "tau2_dl" not in text


def test_nothing_under_noise(template: World, tmp_path: Path) -> None:
    """What noise moves is not how sites differ."""
    world = copied(template, tmp_path / "world")
    for site in SITES:
        make_private(world, site)
    query = world.submit(private_text(MEAN, sites='["north", "south", "east"]', min_sites="3"))
    world.approve(query)
    world.run()
    [result] = combine(world, query).data["results"].values()
    assert result["code"] is None
    assert "between" not in result


def test_hidden_numbers_estimate_nothing() -> None:
    """A site of which a number is hidden is left out; what is left of one site has nothing beside it."""
    one, other = part(50, 60.0, 900.0), part(40, 58.0, 800.0)
    hidden = part(Gap(low=0, high=9), Gap(low=0, high=100), None)
    assert told(north=one, south=hidden) == {}
    assert told(north=one, south=other, east=hidden) == told(north=one, south=other)
    assert told(north=one, south=part(40, Gap(low=50, high=60), 800.0)) == {}
    assert told(north=one, south=part(0, None, None)) == {}
    assert told(north=one, south=part(20, 50.0, 0.0)) == {}


def test_parts_with_noise() -> None:
    """Whoever asks: a shape with noise has no estimates."""
    noisy: Shape = object.__new__(Noisy)
    assert between((), [("north", noisy), ("south", part(50, 60.0, 900.0))], ASKED.effects) == {}
