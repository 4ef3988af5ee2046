"""What is told of what a site remembers."""

from __future__ import annotations

from typing import Literal

from fedcli.model.document import Document
from fedcli.model.identifiers import Count, Line, Moment, Name
from fedcli.model.policy import Retention
from fedcli.model.shown.base import Shown


class PopulationKept(Document):
    """What is remembered of a population: encrypted records for the vault, and their bytes.

    `until` is when they are due to be purged; `purged` when that was done, and why.
    """

    population: Name
    datasets: tuple[Name, ...]
    records: Count
    size: Count
    last_asked: Moment | None = None
    until: Moment | None = None
    due: bool = False
    purged: Moment | None = None
    reason: Line | None = None


class StateShown(Shown):
    """What a site remembers of all its populations, and for how long its policy keeps it.

    `memory` is `none` where the policy lets nothing more be remembered.
    """

    memory: Literal["none", "population"]
    retention: Retention
    populations: tuple[PopulationKept, ...]


class StatePurged(Shown):
    """The populations that were purged now, those that had been before, and how many records that was."""

    purged: tuple[Name, ...]
    before: tuple[Name, ...] = ()
    records: Count
    reason: Line
