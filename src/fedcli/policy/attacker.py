"""The attacker: what somebody who knows all that was told can work out of what was not.

Counts of persons are equations over atoms: the persons who are in the same spot of every grouping. The
attacker knows which atoms there can be, that each is a whole number and not negative, what was told
exactly, and the interval of what was not. A small atom is safe where some world that agrees with all of
this has it as large as a number that may be told; a hidden count is safe where its whole published
interval is possible (Hundepool et al. 2012, Statistical Disclosure Control, section 4.4).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from fedcli.policy.solver import Program, Sums, Vector

#: Targets that are looked at one by one, and branches that are tried for what to hide; what is left counts
#: as found out. Nothing depends on how fast the machine is.
MOST_ALONE, BRANCHES = 10, 100
_NEAR = 1e-6


class Target(NamedTuple):
    """A sum of atoms that must be able to be as small as `low`, and as large as `high`."""

    atoms: tuple[int, ...]
    low: int
    high: int


@dataclass(frozen=True, slots=True)
class Puzzle:
    """Whole numbers `counts` of atoms, and what is known of them: each row of `facts` sums some of them."""

    counts: Vector
    facts: Sums
    low: Vector
    high: Vector

    def found_out(self, targets: Sequence[Target]) -> list[Target]:
        """Those of some targets that cannot be as large, or as small, as they must be able to."""
        above = [target for target in targets if self.sum(target, self.counts) > target.low]
        below = [target for target in targets if self.sum(target, self.counts) < target.high]
        stuck = {*self._stuck(below, True), *self._stuck(above, False)}
        return [target for target in targets if target in stuck]

    @staticmethod
    def sum(target: Target, world: Vector) -> float:
        """How many the atoms of a target are in a world."""
        return float(world[list(target.atoms)].sum())

    def _stuck(self, targets: Sequence[Target], upwards: bool) -> list[Target]:
        """The targets that no world has at their end: many at once as long as that helps, then each alone."""
        left = list(targets)
        while left:
            rest = self._beyond(left, upwards)
            if len(rest) == len(left):
                break
            left = rest
        alone = left[:MOST_ALONE]
        return [one for one in alone if self._beyond([one], upwards)] + left[MOST_ALONE:]

    def _beyond(self, targets: Sequence[Target], upwards: bool) -> list[Target]:
        """The targets that a world with as many of them as possible at their end does not have there."""
        world = self.world(targets, upwards)
        if world is None:
            return list(targets)
        return [one for one in targets if not _reached(one, self.sum(one, world), upwards)]

    def world(self, targets: Sequence[Target], upwards: bool) -> Vector | None:
        """A world in which the targets are near their ends: each has a number that counts up to its end."""
        atoms, number = len(self.counts), len(targets)
        counted = np.array([target.high if upwards else target.low for target in targets], dtype=float)
        none, whole = np.zeros(number), np.full(number, np.inf)
        program = Program(
            np.concatenate([np.zeros(atoms), np.full(number, -1.0 if upwards else 1.0)]),
            np.concatenate([np.zeros(atoms), none if upwards else counted]),
            np.concatenate([np.full(atoms, np.inf), counted if upwards else whole]),
        )
        program.hold(self.facts, self.low, self.high)
        sums = Sums.of([target.atoms for target in targets]).beside(atoms, -1)
        program.hold(sums, 0 if upwards else -np.inf, np.inf if upwards else 0)
        found = program.solved()
        return None if found is None else found[:atoms]

    def opened(self, rows: Sequence[int]) -> Puzzle:
        """The puzzle when nothing is told of some rows."""
        low, high = self.low.copy(), self.high.copy()
        low[list(rows)], high[list(rows)] = 0, np.inf
        return Puzzle(self.counts, self.facts, low, high)

    def cheapest(self, target: Target, rows: Sequence[int], upwards: bool, move: int) -> list[int] | None:
        """The fewest and smallest of some rows to say nothing of, so that a target can be at its end.

        None where nothing helps. No sum moves by more than `move`, so that a row that is said to be told is.
        """
        atoms, number = len(self.counts), len(rows)
        known = self.facts.some(rows)
        told, open_ = known.at(self.counts), self.opened(rows)
        program = Program(
            np.concatenate([np.zeros(atoms), 1 + told / (1 + told.sum())]),
            np.zeros(atoms + number),
            np.concatenate([np.full(atoms, np.inf), np.ones(number)]),
            whole=number,
        )
        program.hold(open_.facts, open_.low, open_.high)
        program.hold(known.beside(atoms, -move), -np.inf, told)
        program.hold(known.beside(atoms, move), told, np.inf)
        goal = Sums.of([target.atoms])
        program.hold(goal, target.high if upwards else -np.inf, np.inf if upwards else target.low)
        found = program.solved(BRANCHES)
        if found is None:
            return None
        return [row for row, hide in zip(rows, found[atoms:], strict=True) if hide > 0.5]


def _reached(target: Target, found: float, upwards: bool) -> bool:
    return found >= target.high - _NEAR if upwards else found <= target.low + _NEAR
