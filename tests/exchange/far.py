"""A founded federation whose homes share a far exchange instead of a folder."""

from __future__ import annotations

import shutil
from pathlib import Path

from fedcli.files.toml import to_toml
from tests.exchange.services import Service
from tests.world import SITES, World, copied

HOMES = ("federation", *SITES, "researcher")


def moved(template: World, folder: Path, service: Service) -> World:
    """The federation of a template, of which everybody has moved to a far exchange and given what it had."""
    world = copied(template, folder)
    world.environ |= service.environ
    for home in HOMES:
        _settle(world, home, service)
    for home in HOMES:
        world.ok("exchange", "sync", home=home)
    shutil.rmtree(world.exchange)
    return world


def _settle(world: World, home: str, service: Service) -> None:
    """Write the address into the settings of a home, and give it its own folder of the exchange."""
    own = {"researcher": "ana"}.get(home, home)
    settings = world.folder / home / "fedcli.toml"
    text = settings.read_text().replace('exchange = "../exchange"', f'exchange = "{service.url}"')
    assert service.url in text
    settings.write_text(f"{text}\n{to_toml(service.tables)}")
    service.furnish(world.folder / home)
    if (world.exchange / own).is_dir():
        shutil.copytree(world.exchange / own, world.folder / home / "exchange" / own)
