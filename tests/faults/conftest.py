"""The scenes of faults, each prepared once for all workers, when somebody asks for it."""

from __future__ import annotations

import fcntl
import json
import os
from collections.abc import Iterator, Mapping
from datetime import datetime
from pathlib import Path

import pytest

from tests.faults.scenes import SCENES, Scene, make, template
from tests.faults.trace import unusable
from tests.world import World


class Acts(Mapping[str, Scene]):
    """The scenes by name, in a folder that all workers have in common."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def __getitem__(self, name: str) -> Scene:
        kept = self._folder / f"{name}.json"
        with (self._folder / "lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if not kept.exists():
                made = make(name, self._template(), self._folder)
                kept.write_text(json.dumps([made.world.now.isoformat(), made.home, made.words]))
        now, home, words = json.loads(kept.read_text())
        return Scene(World(self._folder / name, datetime.fromisoformat(now)), home, words)

    def __iter__(self) -> Iterator[str]:
        return iter(SCENES)

    def __len__(self) -> int:
        return len(SCENES)

    def _template(self) -> World:
        kept = self._folder / "template.json"
        if not kept.exists():
            kept.write_text(json.dumps(template(self._folder / "template").now.isoformat()))
        return World(self._folder / "template", datetime.fromisoformat(json.loads(kept.read_text())))


@pytest.fixture(scope="session")
def acts(tmp_path_factory: pytest.TempPathFactory) -> Acts:
    """Every scene by its name; each is copied before something is done in it."""
    if reason := unusable():
        pytest.skip(reason)
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "faults"
    folder.mkdir(exist_ok=True)
    return Acts(folder)
