"""A sample of the campaign of faults: the installed command, killed or refused at one of its file calls.

All scenes are prepared once, and copied for each fault. `python -m tests.campaign faults` tries more of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NamedTuple

import pytest

from tests.faults.points import Measure, Point, measured, points, spread, tried
from tests.faults.scenes import Scene

SAMPLED = 22


class Sample(NamedTuple):
    """How each scene ends without a fault, and the sampled points."""

    measures: dict[str, Measure]
    points: list[Point]


@pytest.fixture(scope="session")
def sample(acts: Mapping[str, Scene], tmp_path_factory: pytest.TempPathFactory) -> Sample:
    """Once for all faults."""
    folder = tmp_path_factory.mktemp("measured") / "world"
    measures = {name: measured(scene, folder) for name, scene in acts.items()}
    found = [one for name, measure in measures.items() for one in points(name, measure.calls)]
    return Sample(measures, spread(found, SAMPLED))


def test_faults(acts: Mapping[str, Scene], sample: Sample, tmp_path: Path) -> None:
    """No double spend, no release without its charge, nothing lost that was told, no half file to be seen.

    A fault that is no kill ends with a code of files and 75, or does not matter.
    """
    for point in sample.points:
        found = tried(acts[point.scene], point, sample.measures[point.scene], tmp_path / "world")
        assert found.met, f"{point} was not met"
        assert found.wrong == [], str(point)


def test_the_sample_is_spread(acts: Mapping[str, Scene], sample: Sample) -> None:
    """All commands and most calls are in it, killed and refused."""
    assert {one.scene for one in sample.points} == set(acts)
    assert {one.how for one in sample.points} == {"SIGKILL", "EIO", "EINTR", "ENOSPC", "EDQUOT"}
    assert len({one.call for one in sample.points}) >= 18
    assert len(set(sample.points)) == SAMPLED
