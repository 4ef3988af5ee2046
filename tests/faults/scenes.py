"""The commands that are interrupted, each in a federation that is ready for it."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple
from unittest.mock import patch

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq

from tests.workflows.acts import new_person, own_data, policy, south
from tests.workflows.private import COUNT, MEAN, make_private, private_text
from tests.world import World, copied, found, query_text

TABLE = 'id = "t"\nanalytic = "crosstab"\nby = ["sex"]'
DRAWN = 'id = "a"\nanalytic = "crosstab"\nby = ["sex", "diabetes"]'
ALONE = {"sites": '["south"]', "min_sites": "1"}
RUN = ["run", "--pending"]


class Scene(NamedTuple):
    """A world in which a participant types a command."""

    world: World
    home: str
    words: list[str]

    def line(self, world: World) -> list[str]:
        """The whole command line, in the world or a copy of it."""
        return ["--home", str(world.folder / self.home), *self.words, "--format", "json"]


class _GoneError(BaseException):
    """The process is gone, as far as the walk can tell."""


def _gone(*_: object, **__: object) -> None:
    raise _GoneError


def _stopped(world: World, place: str) -> None:
    """A run of south that ended just before a step."""
    with patch(place, _gone), suppress(_GoneError):
        world.cli(*RUN, home="south")


def alone(world: World) -> World:
    """South answers queries of one site, unasked."""
    policy(world, "south", "min_sites  = 3", "min_sites  = 1")
    asked = 'approvals = { people = 2, roles = ["data-owner", "disclosure-officer"] }'
    policy(world, "south", asked, "approvals = { people = 0, roles = [] }")
    return world


def _run(world: World) -> Scene:
    alone(world).submit(query_text(COUNT, TABLE, **ALONE))
    return Scene(world, "south", RUN)


def _run_noise(world: World) -> Scene:
    make_private(alone(world), "south", capacity_rho='"0.2"', project_rho='"0.2"')
    world.submit(private_text(COUNT, MEAN, rho="0.2"))
    return Scene(world, "south", RUN)


def _recover_charged(world: World) -> Scene:
    """Charged, and not yet answered."""
    scene = _run(world)
    _stopped(world, "fedcli.workflows.walk.errand")
    return scene


def _recover_noise(world: World) -> Scene:
    """Noise is drawn, and not yet released."""
    scene = _run_noise(world)
    _stopped(world, "fedcli.workflows.walk.make")
    return scene


def _recover_recorded(world: World) -> Scene:
    """Released, and not yet visible."""
    scene = _run(world)
    _stopped(world, "fedcli.workflows.walk.publish_checkpoint")
    return scene


def _approval(world: World) -> Scene:
    query = world.submit(query_text())
    said = ["--key", "north-owner", "--reason", "agreed"]
    return Scene(world, "north", ["approval", "grant", query, *said])


def _combine(world: World) -> Scene:
    query = world.submit(query_text())
    world.approve(query)
    world.run()
    return Scene(world, "researcher", ["combine", query])


def _review(world: World) -> Scene:
    """A table that tells something of every man waits for a second person."""
    alone(world)
    new_person(world, "south", "south-checker", "checker")
    policy(world, "south", 'zeros      = "merge"', 'zeros      = "release"')
    file = own_data(world)
    pq.write_table(_drawn(), file)
    world.ok("data", "add", "cohort", str(file), home="south")
    query = world.submit(query_text(DRAWN, **ALONE))
    world.cli(*RUN, home="south")
    world.ok("review", "approve", query, "--key", "south-officer", "--reason", "seen", home="south")
    said = ["--key", "south-checker", "--reason", "seen"]
    return Scene(world, "south", ["review", "approve", query, *said])


def _drawn() -> pa.Table:
    table = south()
    drawn = pc.if_else(pc.equal(table.column("sex"), "male"), False, table.column("diabetes"))
    return table.set_column(table.schema.get_field_index("diabetes"), "diabetes", drawn)


def _purge(world: World) -> Scene:
    """South has answered a question, and is told to forget it."""
    alone(world).submit(query_text(COUNT, TABLE, **ALONE))
    world.ok(*RUN, home="south")
    return Scene(world, "south", ["state", "purge", "hospital-patients", "--reason", "the study has ended"])


SCENES: dict[str, Callable[[World], Scene]] = {
    "run": _run,
    "run with noise": _run_noise,
    "approval grant": _approval,
    "combine": _combine,
    "review approve": _review,
    "state purge": _purge,
    "recovery of a charge": _recover_charged,
    "recovery of a draw": _recover_noise,
    "recovery of a record": _recover_recorded,
}


def template(folder: Path) -> World:
    """A federation at the time of the machine, which the installed command has."""
    world = found(folder)
    world.now = datetime.now(UTC)
    return world


def make(name: str, world: World, folder: Path) -> Scene:
    """A scene in a copy of a template."""
    return SCENES[name](copied(world, folder / name))


def scenes(folder: Path) -> dict[str, Scene]:
    """Every scene, each in a folder of its own."""
    world = template(folder / "template")
    return {name: make(name, world, folder) for name in SCENES}


def again(scene: Scene, folder: Path) -> World:
    """A copy of a scene's world."""
    shutil.rmtree(folder, ignore_errors=True)
    return copied(scene.world, folder)
