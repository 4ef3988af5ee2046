"""Planted attacks on a whole federation, each with a control in which the defence is off and it succeeds."""

from __future__ import annotations

import pyarrow.parquet as pq

from tests.workflows.acts import combine, enrol, new_researcher, policy, ran, run, south
from tests.workflows.conftest import ALONE
from tests.workflows.test_remembering import COUNT, nested
from tests.world import SITES, World, query_text

TWO = {"sites": '["north", "south"]', "min_sites": "2"}


def total(world: World, text: str) -> int:
    """The count of persons over all sites of a query."""
    query = world.submit(text, "total.toml")
    for site in ("north", "south"):
        assert run(world, site, query).exit == 0
    return int(combine(world, query).data["results"]["a"]["scalars"]["n"])


def test_the_other_of_two_sites(alone: World) -> None:
    """Security, part B, 21: who knows one site's share subtracts it from the sum."""
    for site in ("north", "south"):
        policy(alone, site, "min_sites  = 1", "min_sites  = 2")
    both = total(alone, query_text(COUNT, **TWO))
    own = len(set(pq.read_table(SITES["north"])["patient_id"].to_pylist()))
    assert both - own == len(set(south()["patient_id"].to_pylist()))  # the control
    for site in ("north", "south"):
        policy(alone, site, "min_sites  = 2", "min_sites  = 3")
    again = alone.submit(query_text(COUNT, **TWO, title='"Again"'), "again.toml")
    assert ran(run(alone, "south", again)) == [("refused", "A-SITES")]


def submitted(world: World, home: str, cohort: str, name: str) -> str:
    """A query of another researcher for south alone."""
    file = world.folder / home / f"{name}.toml"
    text = query_text(COUNT, **ALONE, cohort=f'"{cohort}"', title=f'"{name}"')
    file.write_text(text.replace('"ana"', f'"{home}"'))
    return str(world.ok("query", "submit", str(file), "--format", "json", home=home).data["digest"])


def colluding(world: World) -> list[tuple[str, str]]:
    """Ana asks for a cohort, and bea for one with a few persons less."""
    new_researcher(world, "bea")
    enrol(world, world.folder / "bea" / "keys" / "bea.card.json")
    world.ok("federation", "verify", home="bea")
    low, high = nested()
    ends = []
    for home, cohort in (("researcher", f"age > {low}"), ("bea", f"age > {high}")):
        ends += ran(run(world, "south", submitted(world, home, cohort, home)))
    return ends


def test_two_researchers(alone: World) -> None:
    """Security, part B, 26: what one was told and what the other is told is known to both."""
    assert colluding(alone) == [("done", ""), ("refused", "D-REFUSED")]


def test_two_researchers_of_a_site_that_forgets(alone: World) -> None:
    """The control."""
    policy(alone, "south", 'memory     = "population"', 'memory     = "none"')
    assert colluding(alone) == [("done", ""), ("done", "")]


def test_another_project_has_no_limit_of_its_own(alone: World) -> None:
    """Security, part B, 27: questions are counted by who asks, and the day by the site's own log."""
    policy(alone, "south", "{ number = 200,", "{ number = 1,")
    policy(alone, "south", 'projects  = ["cardio-2026"]', 'projects  = ["cardio-2026", "other-2026"]')
    alone.submit(query_text(COUNT, **ALONE), "a.toml")
    assert ran(run(alone, "south")) == [("done", "")]
    other = alone.submit(query_text(COUNT, **ALONE, cohort='"age > 50"', project='"other-2026"'), "b.toml")
    assert ran(run(alone, "south", other)) == [("budget", "P-QUESTIONS")]
    policy(alone, "south", "{ number = 1,", "{ number = 2,")
    assert ran(run(alone, "south", other)) == [("done", "")]  # the control
