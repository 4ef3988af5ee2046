"""What a release tells of persons, as a record that the site keeps, and back."""

from __future__ import annotations

import base64
from collections.abc import Sequence

from pyroaring import BitMap

from fedcli.model.dataset import Unit
from fedcli.model.identifiers import Digest
from fedcli.model.remembered import PersonSet, ReleaseKept, SpotKept, TableKept
from fedcli.policy.history import Chosen, Known, Spot


def record(told: Sequence[Known], snapshot: Digest, unit: Unit) -> ReleaseKept:
    """One release: all groupings of one cohort."""
    return ReleaseKept(
        unit=unit,
        snapshot=snapshot,
        cohort=_written(told[0].cohort),
        decided_by=tuple(sorted(told[0].decided_by)),
        predicate=told[0].chosen.digest,
        tables=tuple(map(_table, told)),
    )


def recalled(kept: ReleaseKept) -> list[Known]:
    """What an outsider knows since a release."""
    cohort, chosen = _read(kept.cohort), Chosen(frozenset(kept.decided_by), kept.predicate)
    return [
        Known(
            cohort,
            chosen,
            table.columns,
            tuple(map(_recalled, table.spots)),
            base64.b64decode(table.contributions),
        )
        for table in kept.tables
    ]


def _table(one: Known) -> TableKept:
    contributions = base64.b64encode(one.contributions).decode()
    return TableKept(columns=one.columns, spots=tuple(map(_spot, one.spots)), contributions=contributions)


def _spot(spot: Spot) -> SpotKept:
    return SpotKept(people=_written(spot.people), at=spot.at, low=spot.low, high=spot.high)


def _recalled(kept: SpotKept) -> Spot:
    return Spot(_read(kept.people), kept.at, kept.low, kept.high)


def _written(people: BitMap) -> PersonSet:
    people.run_optimize()
    return base64.b64encode(people.serialize()).decode()


def _read(text: PersonSet) -> BitMap:
    return BitMap.deserialize(base64.b64decode(text))
