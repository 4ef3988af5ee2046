"""Second queries about the figures of groups: of whom they are, once the first has told what they are."""

from __future__ import annotations

from collections.abc import Sequence

from fedcli.engine import aggregates
from fedcli.engine.figures import Gathered
from fedcli.engine.sql import Binder
from fedcli.model.identifiers import ColumnName


def beside_ends(
    gathered: Gathered, names: Sequence[ColumnName], by: Sequence[ColumnName], binder: Binder
) -> str:
    """The query for rows beside the ends of groups."""
    known = aggregates.known(by, gathered.levels(), gathered.known(("low", "high"), names), binder)
    return aggregates.beside_ends(names, by, known)


def of_persons(
    gathered: Gathered, names: Sequence[ColumnName], by: Sequence[ColumnName], person: str, binder: Binder
) -> str:
    """The query for what persons add to the variables of groups."""
    figures = gathered.known(("mean", "low", "high"), names)
    return aggregates.of_persons(names, by, person, aggregates.known(by, gathered.levels(), figures, binder))
