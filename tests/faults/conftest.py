"""The scenes of faults, prepared once for all workers."""

from __future__ import annotations

import fcntl
import json
import os
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.scenes import Scene, scenes
from tests.faults.trace import unusable
from tests.world import World


@pytest.fixture(scope="session")
def acts(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Scene]:
    """Every scene by its name; each is copied before something is done in it."""
    if reason := unusable():
        pytest.skip(reason)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "faults"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        kept = folder / "scenes.json"
        if not kept.exists():
            made = scenes(folder)
            kept.write_text(json.dumps({name: _told(scene) for name, scene in made.items()}))
        told = json.loads(kept.read_text())
    return {name: _scene(*one) for name, one in told.items()}


def _told(scene: Scene) -> list[object]:
    return [str(scene.world.folder), scene.world.now.isoformat(), scene.home, scene.words]


def _scene(folder: str, now: str, home: str, words: list[str]) -> Scene:
    return Scene(World(Path(folder), datetime.fromisoformat(now)), home, words)
