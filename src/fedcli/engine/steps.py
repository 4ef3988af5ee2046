"""Which step a design takes over the blocks of its rows."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from fedcli.engine.blocks import Block
from fedcli.engine.choices import Choices
from fedcli.engine.clusters import Clusters
from fedcli.engine.exposures import Exposures
from fedcli.engine.following import Following
from fedcli.engine.hazards import Hazards
from fedcli.engine.step import Step
from fedcli.engine.training import Training
from fedcli.model.terms import Design
from fedcli.statistics.families import ModelName
from fedcli.statistics.score import Shared


def step_of(
    design: Design,
    family: ModelName,
    state: tuple[float, ...] | None,
    shared: Shared,
    again: Callable[[], Iterable[Block]],
) -> Step | Hazards | Choices | Exposures | Training:
    """Of levels, of rows that go together, of hazards in intervals or by time, or of row after row.

    A site that trains goes through the rows several times: `again` gives them once more.
    """
    if design.training is not None:
        kind = Following if design.times else Training
        return kind(design, family, state, shared.local, again)
    if design.choices:
        return Choices(design, state)
    if design.correlation:
        return Clusters(design, family, state, shared)
    if design.intervals:
        return Exposures(design, state)
    return Hazards(design, state) if design.times else Step(design, family, state, shared)
