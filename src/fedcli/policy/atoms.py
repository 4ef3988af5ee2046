"""From what is known of persons to a puzzle: its atoms, those that there are and those that there could be.

A person could as well have another's value of a column, where both agree in all that is asked together
with it. Such atoms are possible though nobody is in them; of other empty ones the attacker is taken to
know that they are, which makes a puzzle harder to be safe in, never easier.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Sequence
from itertools import combinations, islice, product
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray
from pyroaring import BitMap

from fedcli.model.identifiers import ColumnName
from fedcli.policy.attacker import Puzzle, Target
from fedcli.policy.history import Known, origins
from fedcli.policy.solver import Sums
from fedcli.statistics.members import Level, lacking

#: Atoms that a puzzle has at the most; and those that could be there besides.
MOST_ATOMS, MOST_POSSIBLE = 2_000, 1_000
#: So many descriptions of groups of few are looked at, the shortest first.
MOST_GROUPS = 300
#: The spots of each grouping that somebody is in, a bit for each: several, where persons have several rows.
Atom = tuple[int, ...]
Bits = NDArray[np.int64]
#: So many atoms are put together with each other.
_PAIRED = 500
#: A grouping has at most so many spots, or none of its columns is ever exchanged.
_WIDTH = 62


class Board(NamedTuple):
    """A puzzle with its atoms and the rows of its spots, by grouping.

    The first `new` groupings are news, and the first `inhabited` atoms have somebody in them.
    """

    puzzle: Puzzle
    tables: tuple[Known, ...]
    rows: dict[tuple[int, int], int]
    atoms: list[Atom]
    new: int
    inhabited: int

    def found_out(self, least: int, few: bool, among: Collection[Atom] | None = None) -> list[Target]:
        """The targets that are not safe, and were before the news; new hidden counts must be all the same.

        Of groups of few, all of them or those who are `among` some, by the atoms that they are in.
        """
        new, old = self.hidden(least, True), self.hidden(least, False)
        groups = self.few(least) if few else []
        asked = groups if among is None else [one for one in groups if self.who(one) in among]
        found = self.puzzle.found_out([*new, *old, *asked])
        before = self.puzzle.opened([row for (table, _), row in self.rows.items() if table < self.new])
        known = before.found_out([one for one in found if one not in new])
        return [one for one in found if one not in known]

    def who(self, target: Target) -> Atom:
        """The atoms of a target that somebody is in: the same in every puzzle of the same groupings."""
        return tuple(at for at in target.atoms if at < self.inhabited)

    def hidden(self, least: int, new: bool) -> list[Target]:
        """The new, or the old, counts whose interval was published, each over the whole of it."""
        return [
            Target(tuple(self.puzzle.facts.row(row).tolist()), spot.low, min(spot.high, least))
            for (table, at), row in self.rows.items()
            if (table < self.new) == new
            and not (spot := self.tables[table].spots[at]).told
            and spot.high is not None
            and not lacking(spot.at)
        ]

    def few(self, least: int) -> list[Target]:
        """Groups of fewer than `least`, each must seem as large as what is known of its spots admits.

        A group is who is in the same spots of a new grouping and of up to two others. Who has a value of a
        number, and who has not, are one group; who lacks a level is in none.
        """
        lines = self._lines()
        telling = [at for at in range(lines.shape[1]) if len(np.unique(lines[:, at])) > 1]
        found: dict[tuple[int, ...], Target] = {}
        for tables in islice(_described(range(self.new), telling), MOST_GROUPS):
            for atoms in self._alike(lines[:, tables], least):
                found.setdefault(atoms, self._target(atoms, least))
        return list(found.values())

    def _lines(self) -> Bits:
        """The spots of each atom by grouping; -1 in all for who lacks a level."""
        lines = np.array(self.atoms, dtype=np.int64).reshape(len(self.atoms), len(self.tables))
        for at, table in enumerate(self.tables):
            if table.of_values:
                lines[:, at] = 0
            for number, spot in enumerate(table.spots):
                if not table.of_values and lacking(spot.at):
                    lines[lines[:, at] >> number & 1 == 1] = -1
        return lines

    def _alike(self, lines: Bits, least: int) -> Iterator[tuple[int, ...]]:
        """The atoms of each group of few."""
        keys, of = np.unique(lines, axis=0, return_inverse=True)
        sums = np.bincount(of.ravel(), self.puzzle.counts, len(keys))
        for key in np.flatnonzero((sums > 0) & (sums < least) & (keys >= 0).all(axis=1)).tolist():
            yield tuple(np.flatnonzero(of.ravel() == key).tolist())

    def _target(self, atoms: tuple[int, ...], least: int) -> Target:
        """A group of few, which must be able to be as large as any spot that all of it is in may be."""
        common = np.bitwise_and.reduce([self.atoms[at] for at in atoms]).tolist()
        spots = [
            table.spots[at] for table, bits in zip(self.tables, common, strict=True) for at in _spots(bits)
        ]
        highs = [spot.high for spot in spots if spot.high is not None]
        return Target(atoms, int(self.puzzle.counts[list(atoms)].sum()), min([least, *highs]))


def board(news: Sequence[Known], others: Sequence[Known], generous: bool = False) -> Board | None:
    """The puzzle of new groupings and others, the nearest that fit; None where the new ones are too large.

    A `generous` one has all atoms too that persons with several rows could make up, of which there are many.
    """
    new = [one for table in news for one in _narrow(table)]
    apart = new + [one for table in others for one in _narrow(table)]
    there = _atoms(apart)
    if there is None:
        return board(news, others[: len(others) // 2], generous) if others else None
    possible = dict.fromkeys(_possible(list(there), apart))
    if generous and there:
        possible |= dict.fromkeys(_together(list(there)))
    atoms = list(there) + [one for one in possible if one not in there]
    rows = [(table, at) for table, known in enumerate(apart) for at in range(len(known.spots))]
    bits = np.array(atoms, dtype=np.int64).reshape(len(atoms), len(apart))
    inside = [np.flatnonzero(bits[:, table] >> at & 1).tolist() for table, at in rows]
    spots = [apart[table].spots[at] for table, at in rows]
    counts = np.array([there.get(atom, 0) for atom in atoms], dtype=float)
    low = np.array([spot.low for spot in spots], dtype=float)
    high = np.array([np.inf if spot.high is None else spot.high for spot in spots], dtype=float)
    puzzle = Puzzle(counts, Sums.of(inside), low, high)
    return Board(
        puzzle, tuple(apart), {key: row for row, key in enumerate(rows)}, atoms, len(new), len(there)
    )


def _described(new: Sequence[int], telling: Sequence[int]) -> Iterator[tuple[int, ...]]:
    """Each new grouping, with one other that tells atoms apart, then with two."""
    for others in range(3):
        for one, some in product(new, combinations(telling, others)):
            if one not in some:
                yield (one, *some)


def _spots(bits: int) -> list[int]:
    return [at for at in range(bits.bit_length()) if bits >> at & 1]


def _narrow(table: Known) -> Iterator[Known]:
    """A grouping in pieces of so many spots as a number has bits."""
    for first in range(0, max(len(table.spots), 1), _WIDTH):
        yield table._replace(spots=table.spots[first : first + _WIDTH])


def _atoms(tables: Sequence[Known]) -> dict[Atom, int] | None:
    """How many persons each atom has; None where there are too many."""
    people = np.asarray(BitMap.union(*(table.cohort for table in tables)).to_array())
    size = int(people[-1]) + 1 if len(people) else 0
    lines = np.array([_bits(table, size)[people] for table in tables])
    code, first = np.zeros(len(people), dtype=np.int64), np.zeros(0, dtype=np.int64)
    for line in lines:
        _, own = np.unique(line, return_inverse=True)
        _, first, code = np.unique(
            code * (own.max(initial=0) + 1) + own, return_index=True, return_inverse=True
        )
        if len(first) > MOST_ATOMS:
            return None
    counts = np.bincount(code, minlength=len(first))
    return {tuple(lines[:, at].tolist()): int(n) for at, n in zip(first, counts, strict=True)}


def _bits(table: Known, size: int) -> Bits:
    """The spots of each ordinal."""
    found = np.zeros(size, dtype=np.int64)
    for at, spot in enumerate(table.spots):
        found[np.asarray(spot.people.to_array())] |= 1 << at
    return found


def _possible(atoms: Sequence[Atom], tables: Sequence[Known]) -> Iterator[Atom]:
    """Atoms that somebody could be in, who has another value of one column."""
    found = (one for column in _exchangeable(tables) for one in _exchanged(column, atoms, tables))
    yield from islice(found, MOST_POSSIBLE)


def _together(atoms: Sequence[Atom]) -> Iterator[Atom]:
    """Atoms that somebody could be in who has the rows of two, where persons have several."""
    lines = np.array(atoms[:_PAIRED])
    several = np.array([bool((line & line - 1).any()) for line in lines.T])
    found = (
        tuple(both)
        for at, line in enumerate(lines)
        for others in (lines[at + 1 :],)
        for fits in (((others == line) | (others == 0) | (line == 0) | several).all(axis=1),)
        for both in np.unique(others[fits] | line, axis=0).tolist()
    )
    yield from islice(found, MOST_POSSIBLE if several.any() else 0)


def _exchangeable(tables: Sequence[Known]) -> list[ColumnName]:
    """Columns that decide in none of several cohorts who is in it."""
    several = any(table.cohort != tables[0].cohort for table in tables)
    deciding = frozenset[str]().union(*(table.decided_by for table in tables)) if several else frozenset()
    return [
        name for name in dict.fromkeys(n for t in tables for n in t.columns) if not origins(name) & deciding
    ]


def _exchanged(column: ColumnName, atoms: Sequence[Atom], tables: Sequence[Known]) -> Iterator[Atom]:
    """Of two who agree in all that is asked together with a column: its values of one, the other's rest."""
    asked = [at for at, table in enumerate(tables) if column in table.columns]
    values: dict[Any, set[Atom]] = defaultdict(set)
    rests: dict[Any, set[Atom]] = defaultdict(set)
    for atom in atoms:
        context = tuple(_others(column, tables[at], atom[at]) for at in asked)
        if None not in context:
            values[context].add(tuple(atom[at] for at in asked))
            rests[context].add(atom)
    for context, rest in rests.items():
        wanted = values[context] | set(_declared(column, context, [tables[at] for at in asked]))
        for value, atom in product(sorted(wanted), sorted(rest)):
            found = list(atom)
            for at, bits in zip(asked, value, strict=True):
                found[at] = bits
            yield tuple(found)


def _others(column: ColumnName, table: Known, bits: int) -> tuple[Level, ...] | None:
    """The levels of the other columns; None where they are not known, or not the same in all rows."""
    place = table.columns.index(column)
    found = {_at(table.spots[at].at, place) for at in _spots(bits)}
    return found.pop() if len(found) == 1 else None


def _declared(
    column: ColumnName, context: Iterable[tuple[Level, ...]], tables: Sequence[Known]
) -> Iterator[Atom]:
    """The levels of a column that all tables that ask for it have in some context: each is possible."""
    told = [
        {spot.at[place]: 1 << at for at, spot in enumerate(table.spots) if _at(spot.at, place) == others}
        for table, others in zip(tables, context, strict=True)
        for place in (table.columns.index(column),)
    ]
    yield from (tuple(one[level] for one in told) for level in told[0] if all(level in one for one in told))


def _at(levels: tuple[Level, ...], place: int) -> tuple[Level, ...] | None:
    """The levels of the other columns; None where one is not known."""
    return None if None in levels else levels[:place] + levels[place + 1 :]
