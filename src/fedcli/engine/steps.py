"""Which step a design takes over the blocks of its rows."""

from __future__ import annotations

from fedcli.engine.choices import Choices
from fedcli.engine.clusters import Clusters
from fedcli.engine.exposures import Exposures
from fedcli.engine.hazards import Hazards
from fedcli.engine.step import Step
from fedcli.model.terms import Design
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Shared


def step_of(
    design: Design, family: ModelName, state: tuple[float, ...] | None, shared: Shared
) -> Step | Hazards | Choices | Exposures:
    """Of levels, of rows that go together, of hazards in intervals or by time, or of row after row."""
    if design.choices:
        return Choices(design, state)
    if design.correlation:
        return Clusters(design, family, state, shared)
    if design.intervals:
        return Exposures(design, state)
    return Hazards(design, state) if design.times else Step(design, family, state, shared)
