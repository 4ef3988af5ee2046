"""Who is counted where: the persons behind each count of a shape, as sets of ordinals.

The ordinals are a site's own (`engine.register`); they stay in the vault, and what the site keeps of them
is encrypted. A person with several rows may be in several places of one grouping.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from pyroaring import BitMap

from fedcli.model.identifiers import ColumnName

#: A level of a column, or what stands for it: a bin, a value or none. None: not known.
Level = str | int | float | bool | None
#: The number of a shape that tells how many there are: its field and the index of its cell.
Teller = tuple[str, int]
#: Bytes of a person's contribution: of 65,536 changed ones, one looks as if it had not.
WIDTH = 2
PRESENT, ABSENT, WITHOUT_LEVEL = "has a value", "has none", "has no level"


def lacking(at: tuple[Level, ...]) -> bool:
    """Whether somebody is there because something is missing: a group that shares nothing that is known."""
    return ABSENT in at or WITHOUT_LEVEL in at or None in at


@dataclass(frozen=True, slots=True, repr=False)
class Place:
    """Some persons of a grouping: the level of each column, and by which numbers they are told.

    Where nothing is in `told_by`, they are told whenever the shape is; where it is None, by nothing.
    """

    people: BitMap
    at: tuple[Level, ...]
    told_by: tuple[Teller, ...] | None = ()


@dataclass(frozen=True, slots=True, repr=False)
class Grouping:
    """The places into which some columns divide a cohort; who is in none of them is not told of.

    `contributions`: a keyed digest of what each person of the cohort has there, `WIDTH` bytes for each in the
    order of the ordinals. Nothing where the places say it all, or where nobody has an ordinal for long.
    """

    columns: tuple[ColumnName, ...]
    places: tuple[Place, ...]
    contributions: bytes = b""

    def among(self, values: str, contributions: bytes) -> Grouping:
        """The same, of those alone who have some values, and of what they have."""
        places = tuple(replace(place, at=(PRESENT, *place.at)) for place in self.places)
        return Grouping((values, *self.columns), places, contributions)

    def untold(self) -> Grouping:
        """The same, when of how many there are nothing is told."""
        return replace(self, places=tuple(replace(place, told_by=None) for place in self.places))

    def under(self, part: str) -> Grouping:
        """The same, told by the fields of a part of a bundle."""
        named = (
            place
            if place.told_by is None
            else replace(place, told_by=tuple((f"{part}.{field}", at) for field, at in place.told_by))
            for place in self.places
        )
        return replace(self, places=tuple(named))


@dataclass(frozen=True, slots=True, repr=False)
class Members:
    """The persons of a cohort, and how a shape groups them."""

    cohort: BitMap
    groupings: tuple[Grouping, ...]

    @staticmethod
    def together(parts: Mapping[str, Members]) -> Members:
        """Those of several parts of one cohort, each told by the fields of its part."""
        found = [one.under(name) for name, part in parts.items() for one in part.groupings]
        return Members(next(iter(parts.values())).cohort, tuple(found))
