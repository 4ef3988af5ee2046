"""The memory of releases: which persons earlier releases of a population told of, and how exactly."""

from __future__ import annotations

import hashlib
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from fractions import Fraction
from typing import Any, NamedTuple, Self

from pyroaring import BitMap

from fedcli.files.canonical import digest_of
from fedcli.model.derived import AND, AS, Derived, needed, remembered, sources
from fedcli.model.identifiers import SHORT, ColumnName
from fedcli.model.predicate import Predicate, columns
from fedcli.statistics.members import ABSENT, PRESENT, Level, Members, Teller, lacking

#: So many groupings are solved together; of others only pairs are compared.
MOST_NEAR = 12


class Spot(NamedTuple):
    """Persons of whom it is known that they are between `low` and `high` (None: no end).

    `tellers` are the numbers of the shape at the gate that tell it; those of earlier releases have none.
    """

    people: BitMap
    at: tuple[Level, ...]
    low: int
    high: int | None
    tellers: tuple[Teller, ...] = ()

    @property
    def told(self) -> bool:
        """Whether their number is known."""
        return self.low == self.high


class Chosen(NamedTuple):
    """How a cohort was chosen: by which columns, and the digest of its predicate (empty: everybody)."""

    columns: frozenset[ColumnName] = frozenset()
    digest: str = ""

    @classmethod
    def of(cls, predicate: Predicate | None, derive: Sequence[Derived] | None = None) -> Self:
        """By a predicate; by nothing where there is none.

        A derived column stands for all that it comes from, and the digest is of what it is, too.
        """
        if predicate is None:
            return cls()
        behind, known = needed(derive, columns(predicate)), sources(derive)
        if not behind:
            return cls(columns(predicate), predicate.sha256)
        decided = frozenset[ColumnName]().union(*(known.get(one, {one}) for one in columns(predicate)))
        told = [predicate.json_value(), [one.json_value() for one in behind]]
        return cls(decided, digest_of(told))

    def otherwise(self, other: Chosen) -> bool:
        """Whether both were chosen, and not in the same words."""
        return bool(self.digest and other.digest) and self.digest != other.digest


class Known(NamedTuple):
    """A grouping of a cohort as an outsider knows it, and what its persons contributed (`Grouping`)."""

    cohort: BitMap
    chosen: Chosen
    columns: tuple[ColumnName, ...]
    spots: tuple[Spot, ...]
    contributions: bytes = b""

    def changed(self, people: BitMap, other: Known) -> int:
        """Of how many of some persons, who are in both cohorts, the contributions differ.

        Nobody where they cannot be compared: other values were asked for, or who is where says it all.
        """
        if not (self.contributions and other.contributions) or not _alike(self._of, other._of):
            return 0
        return int((self._contributed(people) != other._contributed(people)).sum())

    @property
    def _of(self) -> tuple[ColumnName, ...]:
        """The columns of which the contributions are."""
        return (self.counts,) if self.of_values else self.columns

    def _contributed(self, people: BitMap) -> Any:
        """What each of some persons of the cohort contributed, as numbers."""
        import numpy as np  # where the same persons are told of again

        everybody, asked = (np.frombuffer(some.to_array(), dtype=np.uint32) for some in (self.cohort, people))
        values = np.frombuffer(self.contributions, dtype=np.uint16)
        return values[np.searchsorted(everybody, asked)]

    def touches(self, other: Known) -> bool:
        """Whether the two can be compared beyond the size of a cohort: they ask about a column in common."""
        if self.cohort == other.cohort:
            return bool(self.asked & other.asked)
        return bool((self.asked | self.decided_by) & (other.asked | other.decided_by))

    @property
    def asked(self) -> frozenset[str]:
        """What its columns are, or come from."""
        return frozenset[str]().union(*map(origins, self.columns))

    def released(self) -> Known:
        """The same, once it was told: nothing of it can be hidden any more."""
        return self._replace(spots=tuple(spot._replace(tellers=()) for spot in self.spots))

    @property
    def decided_by(self) -> frozenset[ColumnName]:
        """The columns that decide who is in the cohort."""
        return self.chosen.columns

    @property
    def of_values(self) -> bool:
        """Whether it divides by who has a value of a number, and who has none."""
        return any(spot.at and spot.at[0] in (PRESENT, ABSENT) for spot in self.spots)

    @property
    def counts(self) -> ColumnName:
        """The column of which it is told how many have a value; nothing where persons are counted."""
        return self.columns[0] if self.of_values else ""

    @property
    def traits(self) -> dict[ColumnName, int]:
        """The columns of which it tells how they are among the cohort; of a number, in how many groups."""
        if not any(spot.told and not lacking(spot.at) for spot in self.spots):
            return {}
        found = dict.fromkeys(" ".join(self.columns).split(), 1)
        if self.counts in found:
            found[self.counts] = sum(spot.told and not lacking(spot.at) for spot in self.spots)
        return found

    @property
    def whole(self) -> tuple[int, int | None]:
        """Between which numbers the cohort is, as far as the spots tell; where one person is in one spot."""
        if sum(len(spot.people) for spot in self.spots) != len(self.cohort):
            return 0, None
        highs = [spot.high for spot in self.spots]
        ends = [high for high in highs if high is not None]
        return sum(spot.low for spot in self.spots), sum(ends) if len(ends) == len(highs) else None


class History:
    """What was told before, and what is told now."""

    def __init__(self, earlier: Iterable[Known] = ()) -> None:
        self._known: list[Known] = []
        self._sizes: list[tuple[ColumnName, int, int, int]] = []
        self._groups: dict[ColumnName, set[bytes]] = {}
        self._traits: list[tuple[BitMap, dict[ColumnName, int]]] = []
        for one in earlier:
            self.adopt((one,))

    def __iter__(self) -> Iterator[Known]:
        return iter(self._known)

    def adopt(self, told: Sequence[Known]) -> None:
        """Remember what a release tells."""
        for one in told:
            number = len(self._known)
            found = [
                (origin, len(spot.people), number, at)
                for origin in origins(one.counts)
                for at, spot in enumerate(one.spots)
                if spot.told and not lacking(spot.at)
            ]
            self._known.append(one.released())
            _describe(self._traits, one)
            _count(self._groups, one)
            self._sizes = sorted([*self._sizes, *found])

    def sharpened(self, one: Known) -> Known:
        """The same, with what earlier releases told of the very persons of a hidden spot."""
        return one._replace(spots=tuple(map(self._sharpened, one.spots)))

    def _sharpened(self, spot: Spot) -> Spot:
        if spot.told or spot.high is None:
            return spot
        spots = (other for one in self._known for other in one.spots if not lacking(other.at))
        same = [other for other in spots if other.people and other.people == spot.people]
        highs = [spot.high, *(other.high for other in same if other.high is not None)]
        return spot._replace(low=max([spot.low, *(other.low for other in same)]), high=min(highs))

    def nearly(self, one: Known, least: int, nobody: bool) -> list[Spot]:
        """The spots of which more is told than of others who are the same but for a few.

        Both numbers together, or two means, would tell of the few; so would they of few whose values changed
        since then, where the persons are the same. Where `nobody` is as telling as few,
        others who are the same and were chosen in other words are near too: nobody is in one cohort alone.
        """
        return [spot for spot in one.spots if spot.told and self._close(one, spot, least, nobody)]

    def _close(self, one: Known, spot: Spot, least: int, nobody: bool) -> bool:
        if lacking(spot.at) or not spot.people:
            return False
        for known, at in self._near(one.counts, len(spot.people), least):
            other = self._known[known]
            apart = spot.people.symmetric_difference_cardinality(other.spots[at].people)
            fewest = 0 if nobody and one.chosen.otherwise(other.chosen) else 1
            apart = apart or one.changed(spot.people, other)
            if fewest <= apart < least:
                return True
        return False

    def _near(self, of: ColumnName, persons: int, least: int) -> Iterator[tuple[int, int]]:
        """The spots of nearly so many persons that are told by a number of the same kind."""
        for origin in origins(of):
            first = bisect_left(self._sizes, (origin, persons - least + 1, 0, 0))
            last = bisect_right(self._sizes, (origin, persons + least, 0, 0))
            yield from ((known, at) for _, _, known, at in self._sizes[first:last])

    def spent(self, told: Sequence[Known], most: Fraction) -> bool:
        """Whether of some column more numbers would be told than `most`.

        A column of n persons follows from n sums over known groups of them, whatever the groups are.
        """
        fresh: dict[ColumnName, set[bytes]] = {}
        for one in told:
            _count(fresh, one)
        return any(len(groups | self._groups.get(column, set())) > most for column, groups in fresh.items())

    def exposed(self, told: Sequence[Known]) -> Fraction:
        """How many traits of a cohort are told, each by a person of it, with those of cohorts it overlaps.

        Somebody whose traits are known is told from an outsider by their means among n persons the better,
        the more of them there are: by m independent ones as two normal distributions whose means are
        sqrt(m / n) standard deviations apart (Sankararaman et al. 2009, section 2).
        """
        cohorts = [(people, dict(traits)) for people, traits in self._traits]
        for one in told:
            _describe(cohorts, one)
        of = told[0].cohort
        return sum(
            (Fraction(sum(traits.values()), len(people)) for people, traits in cohorts if people & of),
            Fraction(),
        )

    def near(self, told: Sequence[Known]) -> list[Known]:
        """What asks about a column of some groupings, or of others that do; the nearest and newest first."""
        found, left = list(told), list(self._known)
        for one in found:
            linked = [other for other in left if one.touches(other)]
            left = [other for other in left if not one.touches(other)]
            found += reversed(linked)
        return found[len(told) : len(told) + MOST_NEAR]


def twins(known: Sequence[Known], least: int) -> list[Spot]:
    """The spots of which another derived column of the same shape tells but for few persons' values.

    Other columns are what a site holds; these are what somebody who asks has made up.
    """
    derived = [one for one in known if AS in one.counts and " " not in one.counts]
    found = list[Spot]()
    for at, one in enumerate(derived):
        others = History(other for other in derived[:at] if other.counts != one.counts)
        found += others.nearly(one, least, False)
    return found


def named(members: Members, derive: Sequence[Derived] | None) -> Members:
    """The same, with the names that derived columns have in memory, whatever who asks has called them."""
    known = remembered(derive)
    if not known:
        return members

    def of(columns: str) -> str:
        return " ".join(sorted(known.get(one) or _scored(one, known) for one in columns.split(" ")))

    groupings = (replace(one, columns=tuple(map(of, one.columns))) for one in members.groupings)
    return replace(members, groupings=tuple(groupings))


def _scored(name: str, known: Mapping[ColumnName, str]) -> str:
    """A score by what its derived columns come from, and what these are; another column as it is."""
    behind, scored, definition = name.partition(AS)
    derived = [known[one] for one in behind.split(AND) if scored and one in known]
    if not derived:
        return name
    plain = {one for one in behind.split(AND) if one not in known}
    come = frozenset(plain).union(*map(origins, derived))
    return AND.join(sorted(come)) + AS + digest_of([definition, sorted(derived)])[:SHORT]


def origins(name: str) -> frozenset[str]:
    """Where a name in memory comes from: itself, or the tables and columns behind what was derived.

    The columns of a model, which are one name, stay together.
    """
    if " " in name:
        return frozenset({" ".join(sorted(one.partition(AS)[0] for one in name.split(" ")))})
    return frozenset(name.partition(AS)[0].split(AND))


def _alike(some: Sequence[str], others: Sequence[str]) -> bool:
    """Whether columns are the same, or each comes from what another comes from."""
    if len(some) != len(others):
        return False
    return all(origins(one) & origins(other) for one, other in zip(some, others, strict=True))


def _describe(cohorts: list[tuple[BitMap, dict[ColumnName, int]]], one: Known) -> None:
    """Add what a grouping tells of its cohort to what is told of cohorts; the same column counts once."""
    known = next((traits for people, traits in cohorts if people == one.cohort), None)
    if known is None:
        known = {}
        cohorts.append((one.cohort, known))
    for name, groups in one.traits.items():
        known[name] = max(groups, known.get(name, 0))


def _count(groups: dict[ColumnName, set[bytes]], one: Known) -> None:
    """Add the groups of persons whose number a grouping tells to those of each column with a part in it."""
    told = {
        hashlib.sha256(spot.people.serialize()).digest()
        for spot in one.spots
        if spot.told and spot.people and not lacking(spot.at)
    }
    for column in one.asked | one.decided_by:
        groups.setdefault(column, set()).update(told)
