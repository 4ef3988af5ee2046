"""What a release tells of persons, as a record that the site keeps, and back."""

from __future__ import annotations

import base64
import zlib
from array import array
from collections.abc import Iterator, Sequence
from itertools import pairwise

from pyroaring import BitMap

from fedcli.model.dataset import Unit
from fedcli.model.identifiers import Digest
from fedcli.model.remembered import PersonSet, ReleaseKept, SpotKept, TableKept
from fedcli.policy.history import Chosen, Known, Spot

#: So many numbers a byte has.
_BYTE = 256


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
            tuple(_spots(table, cohort)),
            base64.b64decode(table.contributions),
        )
        for table in kept.tables
    ]


def _table(one: Known) -> TableKept:
    places = _places(one)
    spots = [SpotKept(at=spot.at, low=spot.low, high=spot.high) for spot in one.spots]
    if not places:
        people = map(_written, (spot.people for spot in one.spots))
        spots = [kept.model_copy(update={"people": text}) for kept, text in zip(spots, people, strict=True)]
    contributions = base64.b64encode(one.contributions).decode()
    return TableKept(columns=one.columns, spots=tuple(spots), places=places, contributions=contributions)


def _places(one: Known) -> str:
    """The spot of each person, a third of what the sets take; nothing where somebody is in several."""
    import numpy as np  # as the solver, where there is something to remember

    everybody = np.asarray(one.cohort.to_array())
    places = np.zeros(len(everybody), np.uint8 if len(one.spots) < _BYTE else np.uint16)
    for at, spot in enumerate(one.spots, start=1):
        mine = np.searchsorted(everybody, np.asarray(spot.people.to_array()))
        if at >= _BYTE**2 or places[mine].any():
            return ""
        places[mine] = at
    return base64.b64encode(zlib.compress(places.tobytes(), 1)).decode()


def _spots(table: TableKept, cohort: BitMap) -> Iterator[Spot]:
    people = _placed(table, cohort) if table.places else (_read(kept.people) for kept in table.spots)
    for kept, some in zip(table.spots, people, strict=True):
        yield Spot(some, kept.at, kept.low, kept.high)


def _placed(table: TableKept, cohort: BitMap) -> Iterator[BitMap]:
    """The persons of each spot, by their places."""
    import numpy as np

    everybody = np.asarray(cohort.to_array())
    packed = zlib.decompress(base64.b64decode(table.places))
    places = np.frombuffer(packed, np.uint8 if len(table.spots) < _BYTE else np.uint16)
    order = everybody[np.argsort(places, kind="stable")]
    ends = np.cumsum(np.bincount(places, minlength=len(table.spots) + 1))
    for first, last in pairwise(ends.tolist()):
        yield BitMap(array("I", order[first:last].tobytes()))


def _written(people: BitMap) -> PersonSet:
    people.run_optimize()
    return base64.b64encode(people.serialize()).decode()


def _read(text: PersonSet) -> BitMap:
    return BitMap.deserialize(base64.b64decode(text))
