"""Fixtures: the shared data where they are, a simulated federation, and hypothesis' profiles."""

from __future__ import annotations

import contextlib
import fcntl
import os
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.internal.conjecture import providers

from fedcli.workflows import spare
from tests import sweeping
from tests.examples import examples
from tests.nursery import Nursery
from tests.world import World, copied, found

PLAYED = "fedcli demo demo --keep"

settings.register_profile(
    "default",
    deadline=None,
    derandomize=True,
    max_examples=examples(3, 20),
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
settings.load_profile("default")
# Hypothesis draws constants of the modules that are loaded, which are others in each worker: the same
# commit would meet other examples in each run. With more of them (a campaign) it may.
if "FEDCLI_LAW_EXAMPLES" not in os.environ:
    providers._get_local_constants = lambda: providers._local_constants


@pytest.fixture(scope="session", autouse=True)
def swept() -> Iterator[None]:
    """At the end of the run, or of a worker's part of it, no person is in anything that was written."""
    yield
    assert sweeping.everything() == []


@pytest.fixture(scope="session", autouse=True)
def _vaults() -> Iterator[None]:
    """Vaults of commands in this process are copies of one that has loaded."""
    nursery, alone, parent = Nursery(), spare.Alone, spare.Parent
    spare.Alone, spare.Parent = nursery.child, nursery.lent  # type: ignore[assignment,misc]
    yield
    spare.Alone, spare.Parent = alone, parent  # type: ignore[misc]
    nursery.end()


@pytest.fixture(scope="session")
def shared() -> Path:
    """Public data, oracles and vectors, which are not part of the project."""
    default = Path(__file__).resolve().parent.parent.parent / "shared" / "data"
    folder = Path(os.environ.get("FEDCLI_SHARED_DATA", default))
    if not (folder / "MANIFEST.md").is_file():
        pytest.skip("the shared data are not here (set FEDCLI_SHARED_DATA)")
    return folder


@pytest.fixture(scope="session")
def template(tmp_path_factory: pytest.TempPathFactory) -> World:
    """A founded federation, to be copied."""
    return found(tmp_path_factory.mktemp("world") / "template")


@pytest.fixture(scope="session")
def played(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder in which the first example of `demo` was typed; one play for all workers."""
    base = tmp_path_factory.getbasetemp()
    folder = (base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "played"
    folder.mkdir(exist_ok=True)
    with (folder / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "told.json").exists():
            with contextlib.chdir(folder):
                ended = World(folder).ok(*shlex.split(PLAYED)[1:], "--format", "json")
            (folder / "told.json").write_text(ended.out)
    return folder


@pytest.fixture
def world(template: World, tmp_path: Path) -> World:
    """A federation of one's own."""
    return copied(template, tmp_path / "world")
