"""What is possible of hidden counts: worlds that agree with all that was told, each seen as far as it goes.

A world is a joint table for each site, of numbers that are not negative. That they are whole is not
used: what is possible of whole numbers is possible here too, so nothing is said to be known that is not.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate
from typing import NamedTuple

import numpy as np

from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import Name
from fedcli.model.result import Narrowed
from fedcli.model.totals import Total
from fedcli.policy.attacker import Puzzle, Target
from fedcli.policy.joint import Joint, Places
from fedcli.policy.persons import relations
from fedcli.policy.solver import Sums, Vector
from fedcli.policy.told import Cells, Told
from fedcli.statistics.interval import Span, span

#: Cells times worlds that are solved for one count alone: some twenty seconds. Nothing depends on how fast
#: the machine is.
MOST_ALONE = 1_000_000
#: Ends are whole numbers; a solver is as good as this.
_NEAR = 1e-4
Signed = tuple[int, Places]


class Asked(NamedTuple):
    """A hidden count and the interval that was published of it, which may be open above."""

    known_as: Narrowed
    places: tuple[int, ...]
    published: Span


@dataclass(slots=True)
class Sheet:
    """Equations over cells of joint tables: between which ends a sum of some lies."""

    rows: list[Sequence[Signed]] = field(default_factory=list)
    ends: list[Span] = field(default_factory=list)

    def add(self, row: Sequence[Signed], ends: Span) -> None:
        """One more."""
        self.rows.append(row)
        self.ends.append(ends)

    def puzzle(self, cells: int) -> Puzzle:
        """All of them over so many cells, whose numbers nobody knows."""
        facts = Sums.signed(self.rows)
        return Puzzle(np.zeros(cells), facts, *(np.array(ends) for ends in zip(*self.ends, strict=True)))


class Tables:
    """The joint tables of some sites side by side, with what they told."""

    def __init__(self, sites: Mapping[Name, Cells], dictionary: Dictionary) -> None:
        self._sites = sites
        self._joints = {site: Joint(_all(cells, persons=False), dictionary) for site, cells in sites.items()}
        self._persons = {site: _numbered(_all(cells, persons=True)) for site, cells in sites.items()}
        sizes = [self._joints[site].size + len(self._persons[site]) for site in sites]
        *firsts, self.size = accumulate(sizes, initial=0)
        self._firsts = dict(zip(sites, firsts, strict=True))

    def puzzle(self, totals: Iterable[Total] = ()) -> Puzzle:
        """All that is known: what each site told, that its pieces are of one table, and the totals."""
        sheet = Sheet()
        for site, cells in self._sites.items():
            self._write(site, cells, sheet)
        for total in totals:
            sheet.add(*self._total(total))
        return sheet.puzzle(self.size)

    def _write(self, site: Name, cells: Cells, sheet: Sheet) -> None:
        """What a site told, and what ties it together."""
        for one in (one for row in cells.values() for one in row):
            sheet.add(self._sum(site, one), span(one.cell))
        first = self._firsts[site]
        for mine, other in self._joints[site].ties():
            sheet.add([(1, mine + first), (-1, other + first)], Span(0, 0))
        for cell, than in relations([row for row in cells.values() if row[0].persons]):
            more = [(-sign, places) for one in than for sign, places in self._sum(site, one)]
            sheet.add([*self._sum(site, cell), *more], Span(-math.inf, 0))

    def hidden(self) -> list[Asked]:
        """Every count that a site hid."""
        return [
            self._asked(Narrowed(analysis=name, site=site, cell=one.name), [(site, one)])
            for site, cells in self._sites.items()
            for name, row in cells.items()
            for one in row
            if one.hidden
        ]

    def pooled(self) -> list[Asked]:
        """Every count of all sites that one of them hid."""
        names = dict.fromkeys(name for cells in self._sites.values() for name in cells)
        found = []
        for name in names:
            answered = [site for site, cells in self._sites.items() if name in cells]
            for same in zip(*(self._sites[site][name] for site in answered), strict=True):
                if any(one.hidden for one in same):
                    told = list(zip(answered, same, strict=True))
                    found.append(self._asked(Narrowed(analysis=name, cell=same[0].name), told))
        return found

    def _asked(self, known_as: Narrowed, told: Sequence[tuple[Name, Told]]) -> Asked:
        places = np.concatenate([places for site, one in told for _, places in self._sum(site, one)])
        low, high = (sum(ends) for ends in zip(*(span(one.cell) for _, one in told), strict=True))
        return Asked(known_as, tuple(places.tolist()), Span(max(low, 0), high))

    def _total(self, total: Total) -> tuple[list[Signed], Span]:
        """A total as an equation; where a site that it covers has told nothing, that has the rest."""
        covered = total.sites or tuple(self._sites)
        answered = [site for site in covered if total.analysis in self._sites.get(site, {})]
        row = [
            signed
            for site in answered
            for one in self._sites[site][total.analysis]
            if one.within(total.levels)
            for signed in self._sum(site, one)
        ]
        return row, Span(total.count if len(answered) == len(covered) else -math.inf, total.count)

    def _sum(self, site: Name, one: Told) -> list[Signed]:
        """A cell as a sum over the site's joint table; persons have a number of their own, after it."""
        first = self._firsts[site]
        if one.persons:
            return [(1, np.array([first + self._joints[site].size + self._persons[site][one.sums]]))]
        return [(sign, self._joints[site].cells(where) + first) for sign, where in one.sums]


def _all(cells: Cells, persons: bool) -> list[Told]:
    return [one for row in cells.values() for one in row if one.persons == persons]


def _numbered(cells: Iterable[Told]) -> dict[object, int]:
    """A number for each cell; the same one for what two analyses ask alike."""
    return {sums: at for at, sums in enumerate(dict.fromkeys(one.sums for one in cells))}


class Found(NamedTuple):
    """The counts that cannot be all that was published of them.

    `possible`: whether there is any world. `left`: of how many counts it is not known.
    """

    narrowed: tuple[Narrowed, ...] = ()
    possible: bool = True
    left: int = 0


def found(tables: Tables, totals: Sequence[Total] = ()) -> Found:
    """What can be worked out of the hidden counts of some sites; with totals, of all of them together too."""
    puzzle = tables.puzzle(totals)
    asked = [*tables.hidden(), *(tables.pooled() if totals else ())]
    world = puzzle.world([Target((0,), 0, 0)], True)
    if world is None:
        return Found(possible=False, left=len(asked))
    return Search(puzzle, asked, world).found() if asked else Found()


class Search:
    """How small and how large each hidden count was in any world that was seen."""

    def __init__(self, puzzle: Puzzle, asked: Sequence[Asked], world: Vector) -> None:
        self._puzzle, self._asked = puzzle, asked
        self._ends = np.array([one.published for one in asked])
        self._sums = Sums.of([one.places for one in asked])
        self._least = self._most = self._sums.at(world)
        self._left: set[int] = set()

    def found(self) -> Found:
        """What is left when all worlds were seen that could show that a count is safe."""
        for upwards in (True, False):
            self._look(upwards)
        short = sorted({*self._short(True), *self._short(False)} - self._left)
        return Found(tuple(self._asked[at].known_as for at in short), left=len(self._left))

    def _look(self, upwards: bool) -> None:
        """Worlds in which many are as far as they go, as long as that helps; then each alone."""
        left = self._short(upwards)
        while left:
            self._see(left, upwards)
            rest = self._short(upwards)
            if len(rest) == len(left):
                break
            left = rest
        worlds = max(1, MOST_ALONE // len(self._puzzle.counts))
        for at in left:
            if at in self._short(upwards):
                done = worlds > 0 and self._see([at], upwards)
                self._left |= set() if done else {at}
                worlds -= 1

    def _short(self, upwards: bool) -> list[int]:
        """The counts that were in no world at their upper, or lower, end; or in each the same, where open."""
        low, high = self._ends.T
        there = self._most >= high - _NEAR if upwards else self._least <= low + _NEAR
        moved = np.isinf(high) & (self._most > self._least + _NEAR)
        return np.flatnonzero(~(there | moved)).tolist()

    def _see(self, some: Sequence[int], upwards: bool) -> bool:
        """Look at a world in which some counts are as far as they go together; whether there was one."""
        world = self._puzzle.world([self._target(at) for at in some], upwards)
        if world is not None:
            sums = self._sums.at(world)
            self._least, self._most = np.minimum(self._least, sums), np.maximum(self._most, sums)
        return world is not None

    def _target(self, at: int) -> Target:
        """As far as it should go; where that is open, one further than it was seen."""
        low, high = self._ends[at]
        if math.isinf(high):
            return Target(
                self._asked[at].places, math.floor(self._least[at]) - 1, math.ceil(self._most[at]) + 1
            )
        return Target(self._asked[at].places, int(low), int(high))
