"""One step of a model of proportional hazards over blocks of rows; those followed longest come first.

Cox (1972), Regression models and life-tables, with the approximations of Breslow (1974) and Efron (1977) for
events at the same time; a site is a stratum. The same figures event by event are in `engine.risk_sets`.

With w the hazard of a row beside the baseline's and S the sum of w over who is still followed, the
information is the sum over events of the spread of x under w / S. Its first part is added up by rows: a row
has w times the sum of 1 / S over the events until its own time, which is that over all events less those
that come after, and these are known when it is its turn.

Of m events at the same time the k-th leaves (k - 1) / m of these out (Efron): S is then that of the rest, who
go on, and a part of theirs. So the means of all of them follow from two sums of x times w for each time, and
nothing that is added up has the other sign: where all who are followed have the event, nothing is lost.

Where columns are there once more, times g, a number of the time of an event, everything about an event also
counts with g, and the information with g^2: all who are followed then have the same.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from fedcli.engine.blocks import Block, Vector
from fedcli.engine.entering import Entered, Passed, side_by_side
from fedcli.engine.passing import lateness
from fedcli.engine.step import sums_of
from fedcli.model.terms import Design
from fedcli.statistics.evidence import Top
from fedcli.statistics.score import SUMS, pairs
from fedcli.statistics.trained import Trained


class Hazards:
    """The sums of a step at some coefficients, zeros before there are any."""

    #: Nobody has several rows.
    meat: tuple[Top, ...] = ()
    within: tuple[Top, ...] = ()
    trained: Trained | None = None

    def __init__(self, design: Design, state: tuple[float, ...] | None) -> None:
        assert design.times is not None
        p = len(design.terms)
        self._times, self._efron = design.times, design.times.ties == "efron"
        self._beta, self._upper = np.array(state or (0.0,) * p), pairs(len(design.told))
        #: The powers of g that events count with in the score, and in the information.
        self._once, self._squared = (2, 3) if design.trending else (1, 1)
        self._n, self._likelihood, self._sums = 0, 0.0, np.zeros(len(SUMS))
        self._score = np.zeros((self._once, p))
        #: Of who is followed at the time that the stream has come to: w and w x; 1 / S of the events there.
        self._risk, self._moments, self._passed = 0.0, np.zeros(p), np.zeros(self._squared)
        #: Products of x times w; for each power the same times what is taken off again, and those of means.
        self._all, self._less, self._means = np.zeros((p, p)), *np.zeros((2, self._squared, p, p))
        self._fewest: int | None = None
        self._entered = Entered(p, self._squared) if design.times.entry else None

    def over(self, blocks: Iterable[Block], entries: Iterable[Block] = ()) -> dict[str, tuple[Any, ...]]:
        """The cells of the score of some blocks, each of which has all rows of its times.

        `entries` are the same rows by when follow-up began, the latest first, where it begins late.
        """
        for block, new in side_by_side(blocks, entries):
            with np.errstate(over="ignore", invalid="ignore"):  # what is not finite is told as D-OVERFLOW
                self._add(block, new)
        whole = self._passed[:, None, None] * self._all if not self._entered else self._entered.products
        found = whole - self._less - self._means
        gram = np.block([[found[i + j] for j in range(self._once)] for i in range(self._once)])
        return {
            "n": (self._n,),
            "gram": tuple(float(gram[place]) for place in self._upper),
            "score": tuple(map(float, self._score.ravel())),
            "deviance": (-2 * self._likelihood,),
            "sums": tuple(map(float, self._sums)),
        }

    @property
    def at_risk(self) -> int | None:
        """The fewest rows that were followed when an event came; None without any."""
        return self._fewest

    @property
    def entered(self) -> tuple[int, Top] | None:
        """Of late entry how many rows missed an event, and how many they missed."""
        return self._entered.late if self._entered else None

    def _add(self, block: Block | None, new: Block | None) -> None:
        passed, here = self._passed.copy(), _nothing(self._squared)
        if block is not None:
            here = self._ended(block, new)
        if new is not None and self._entered is not None:
            self._entered.take(new, np.exp(self._beta @ new.x), here, passed)
        if self._entered is not None:
            self._entered.go_on(here)

    def _ended(self, block: Block, new: Block | None) -> Passed:
        assert block.times is not None
        eta = self._beta @ block.x
        groups = _Groups(block, np.exp(eta), np.flatnonzero(np.diff(block.times, prepend=np.inf)))
        when = block.times[groups.starts]
        n = self._n + np.append(groups.starts[1:], len(groups.of))
        risk = self._risk + np.cumsum(groups.sum(groups.w))
        moments = self._moments[:, None] + np.cumsum(groups.sum(groups.weighted), axis=1)
        many, w, sums = self._began(new, when)
        events = groups.events(self._efron)
        late = self._powers(when)
        once = self._events(events, groups, risk - w, moments - sums, late)
        each = self._rows(block, once, groups, late)
        self._score += (block.y * late[: self._once, groups.of]) @ block.x.T
        self._likelihood += float(eta @ block.y)
        self._watch(events, n - many)
        self._risk, self._moments = float(risk[-1]), moments[:, -1]
        self._n += len(block.y)
        self._sums += sums_of("binomial", block)
        return Passed(when, np.bincount(events.at, minlength=len(when)), each)

    def _began(self, new: Block | None, when: Vector) -> tuple[Any, Vector, Vector]:
        """Of who began at some times or after them, how many they are, w and w x."""
        if self._entered is None:
            return 0, np.zeros(1), np.zeros((1, 1))
        if new is None:
            return self._entered.n, np.full(1, self._entered.risk), self._entered.moments[:, None]
        return self._entered.before(new, np.exp(self._beta @ new.x), when)

    def _powers(self, when: Vector) -> Vector:
        """1, g and g^2 of some times, as many as are wanted."""
        if self._squared == 1:
            return np.ones((1, len(when)))
        return lateness(self._times, when) ** np.arange(self._squared)[:, None]

    def _events(
        self, events: _Events, groups: _Groups, risk: Vector, moments: Vector, late: Vector
    ) -> Vector:
        """What events take off: the logarithm of S, and the mean of x under w / S.

        For each time it tells the sum of 1 / S over its events, and the same by the part of them that S has.
        """
        at, left, own = events.at, events.left, groups.sum(groups.w * groups.block.y)
        divided = risk[at] - (1 - left) * own[at]
        self._likelihood -= float(np.log(divided).sum())
        once = groups.powers(at, left, 1 / divided, 2)
        here = np.flatnonzero(once[0])
        theirs = groups.sum(groups.weighted * groups.block.y)[:, here]
        rest = moments[:, here] - theirs
        late = late[:, here]
        self._score -= late[: self._once] @ (rest * once[0, here] + theirs * once[1, here]).T
        none, one, both = groups.powers(at, left, 1 / divided**2, 3)[:, here]
        for power, by in enumerate(late):
            self._means[power] += ((rest * none + theirs * one) * by) @ rest.T
            self._means[power] += ((rest * one + theirs * both) * by) @ theirs.T
        return once

    def _rows(self, block: Block, once: Vector, groups: _Groups, late: Vector) -> Vector:
        """The products of x: by w, and by what came later, or is an event's own share; 1 / S of each time."""
        each: Vector = late * once[0]
        own = each - late * once[1]
        later = self._passed[:, None] + np.cumsum(each, axis=1) - each
        self._all += groups.weighted @ block.x.T
        for power, taken in enumerate(later[:, groups.of] + block.y * own[:, groups.of]):
            self._less[power] += (groups.weighted * taken) @ block.x.T
        self._passed += each.sum(axis=1)
        return each

    def _watch(self, events: _Events, followed: Any) -> None:
        """How many rows were followed at the times of events."""
        if len(events.at):
            here = int(followed[events.at].min())
            self._fewest = here if self._fewest is None else min(here, self._fewest)


def _nothing(powers: int) -> Passed:
    """No times."""
    return Passed(np.zeros(0), np.zeros(0, np.intp), np.zeros((powers, 0)))


class _Events(NamedTuple):
    """The events of a block: the group of rows that one is in, and which part of the events there S has."""

    at: Any
    left: Vector


class _Groups:
    """The rows of a block by time: where each begins, and which one a row is in."""

    def __init__(self, block: Block, w: Vector, starts: Any) -> None:
        self.block, self.w, self.starts = block, w, starts
        self.weighted = block.x * w
        self.of = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(w)))

    def sum(self, lines: Vector) -> Vector:
        """The sums of each group."""
        told: Vector = np.add.reduceat(lines, self.starts, axis=-1)
        return told

    def powers(self, at: Any, left: Vector, by: Vector, many: int) -> Vector:
        """The sums over each group's events of a number, times the first powers of what is left."""
        return np.array([np.bincount(at, left**power * by, len(self.starts)) for power in range(many)])

    def events(self, efron: bool) -> _Events:
        """One for each event; the k-th of m at the same time leaves (k - 1) / m of these out (Efron 1977)."""
        many = self.sum(self.block.y).astype(np.intp)
        at = np.repeat(np.arange(len(many)), many)
        before = np.arange(len(at)) - np.repeat(np.cumsum(many) - many, many)
        share = before / many[at] if efron else np.zeros(len(at))
        return _Events(at, 1 - share)
