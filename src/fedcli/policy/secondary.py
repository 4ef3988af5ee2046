"""Secondary suppression: what else is not told, so that what is told gives no small group away.

The attacker is asked of everything that would be known; as long as it finds something out, the cheapest
cells that stop it are hidden too. Where nothing stops it, nothing is told at all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, NamedTuple

from fedcli.model.disclosure import Statbarn
from fedcli.model.identifiers import fraction
from fedcli.model.policy import Disclosure
from fedcli.policy.history import Chosen, History, Known, Spot, twins
from fedcli.statistics.members import Grouping, Members, Place, Teller, lacking
from fedcli.statistics.shape import Mask, Masks, Shape

if TYPE_CHECKING:
    from fedcli.policy.atoms import Board
    from fedcli.policy.attacker import Target

#: How often what is hidden may grow before the release is given up, and for how many targets at a time.
MOST_TIMES, MOST_TARGETS = 20, 5


class Outlook(NamedTuple):
    """What is to be hidden of a shape besides; None where nothing helps.

    `exposed`: as many traits of its persons would be told that outsiders can be told from them.
    """

    masks: Masks | None
    exposed: bool = False


class Telling(NamedTuple):
    """A shape on its way out, with who is behind it, of how many persons, and which cells failed.

    `asking`: whether people are asked where too many traits would be told, and have not looked yet.
    """

    shape: Shape
    members: Members
    population: int
    chosen: Chosen
    failing: Masks
    rules: Disclosure
    asking: bool

    def after(self, besides: Masks) -> tuple[Known, ...]:
        """What an outsider knows of persons, when these cells are hidden besides those that failed."""
        masks = {name: mask | besides.get(name, Mask()) for name, mask in self.failing.items()}
        return self.known(self.shape.linked(masks))

    def known(self, masks: Masks) -> tuple[Known, ...]:
        """What an outsider knows of persons, when these cells are hidden."""
        return tuple(self._grouping(one, masks) for one in self.members.groupings)

    def _grouping(self, one: Grouping, masks: Masks) -> Known:
        spots = tuple(self._spot(place, masks) for place in one.places)
        return Known(self.members.cohort, self.chosen, one.columns, spots, one.contributions)

    def _spot(self, place: Place, masks: Masks) -> Spot:
        n = len(place.people)
        if lacking(place.at):
            return Spot(place.people, place.at, n, n)  # whether values are missing may be known anyway
        if place.told_by is None:
            return Spot(place.people, place.at, 0, None)
        if not place.told_by or any(at not in masks[field] for field, at in place.told_by):
            return Spot(place.people, place.at, n, n, place.told_by)
        low, high = self._published(place)
        return Spot(place.people, place.at, low, high, place.told_by)

    def _published(self, place: Place) -> tuple[int, int | None]:
        """The interval of persons that a hidden number leaves: of few, where it failed itself."""
        for name, at in place.told_by or ():
            field = next(field for field in self.shape.fields if field.name == name)
            gap = self.shape.gap(field, at, self.rules, at in self.failing[name])
            if field.statbarn is Statbarn.FREQUENCIES and gap.high is not None:
                return min(int(gap.low or 0), 1), self.rules.min_count - 1
        return 0, None


def look_out(telling: Telling, history: History) -> Outlook:
    """What more must be hidden of a shape whose failing cells are, so that nobody is found out."""
    known = telling.known(telling.shape.linked(telling.failing))
    exposed = history.exposed(known) > fraction(telling.rules.traits_per_person)
    if exposed and telling.asking:  # people look first; what is hidden then is found when they have
        return Outlook({name: Mask() for name in telling.failing}, exposed)
    return Outlook(_hiding(telling, history), exposed)


def _hiding(telling: Telling, history: History) -> Masks | None:
    linked = telling.shape.linked
    most = telling.population * fraction(telling.rules.aggregates_per_person)
    first = masks = linked(telling.failing)
    known = telling.known(masks)
    if telling.rules.memory == "population" and history.spent(known, most):
        return None
    for _ in range(MOST_TIMES):
        more = _more(tuple(map(history.sharpened, known)), history, telling.rules)
        if more is not None and not more:
            return {name: mask - first[name] for name, mask in masks.items()}
        masks = linked(_with(masks, more or set()))
        known = telling.known(masks)
        if more is None or not any(_tells(spot) for one in known for spot in one.spots):
            break
    return None


def _tells(spot: Spot) -> bool:
    return spot.told and not lacking(spot.at)


def _with(masks: Masks, more: set[Teller]) -> Masks:
    return {name: mask | Mask(at for field, at in more if field == name) for name, mask in masks.items()}


def _more(known: tuple[Known, ...], history: History, rules: Disclosure) -> set[Teller] | None:
    """The numbers to hide besides; None where that does not help."""
    least = rules.min_count
    nobody = rules.zeros == "merge" and least > 1
    nearly = [spot for one in known for spot in history.nearly(one, least, nobody)]
    nearly += twins(known, least)
    if any(not spot.tellers for spot in nearly):
        return None
    more = {teller for spot in nearly for teller in spot.tellers}
    if more or rules.secondary == "none":
        return more
    return _solved(known, history, least)


def _solved(known: tuple[Known, ...], history: History, least: int) -> set[Teller] | None:
    """The numbers that the attacker needs, to hide them; of the first puzzle in which it finds something."""
    from fedcli.policy.atoms import board  # numpy and scipy, where something is to be solved

    for others, few in puzzles(known, history):
        strict = board(known, others)
        found = strict.found_out(least, few) if strict else None
        if strict and found:
            generous = board(known, others, generous=True)
            among = set(map(strict.who, found))
            strict, found = generous, generous.found_out(least, few, among) if generous else None
        more = _stopping(strict, found, least) if strict and found is not None else None
        if more is None or more:
            return more
    return set()


def _stopping(board: Board, found: Sequence[Target], least: int) -> set[Teller] | None:
    """The cheapest numbers to hide so that some targets of a puzzle are safe; None where nothing helps."""
    tellers = {
        row: spot.tellers
        for (table, at), row in board.rows.items()
        if (spot := board.tables[table].spots[at]).told and spot.tellers
    }
    puzzle, hidden = board.puzzle, set[int]()
    for target in found[:MOST_TARGETS]:
        for upwards in (True, False):
            rows = [row for row in tellers if row not in hidden]
            cheapest = puzzle.cheapest(target, rows, upwards, 4 * least)
            if cheapest is None:
                return None
            hidden |= set(cheapest)
            puzzle = puzzle.opened(cheapest)
    return {teller for row in hidden for teller in tellers[row]}


def puzzles(known: tuple[Known, ...], history: History) -> Iterator[tuple[list[Known], bool]]:
    """What is to be solved together with new groupings, and whether all groups of few are looked at.

    First what asks about the same. Then, where the size of their cohort may be news, what else of it hides
    counts, for the sake of these.
    """
    near = history.near(known)
    everything = [*known, *history]
    sizes = _sizes([*known, *near], everything)
    if len(known) + len(near) + len(sizes) > 1:
        yield [*near, *sizes], True
    left = [one for one in history if one.cohort == known[0].cohort and not _among(one, near)]
    while left:
        part = [left[0], *(one for one in history.near(left[:1]) if one is not left[0])]
        left = [one for one in left if not _among(one, part)]
        if any(not spot.told and spot.high is not None for one in part for spot in one.spots):
            yield [*part, *_sizes([*known, *part], everything)], False


def _among(one: Known, others: Sequence[Known]) -> bool:
    return any(one is other for other in others)


def _sizes(tables: Sequence[Known], everything: Sequence[Known]) -> list[Known]:
    """How large the cohorts of some groupings are, as far as other groupings of theirs tell."""
    cohorts: list[Known] = []
    for one in tables:
        if all(one.cohort != other.cohort for other in cohorts):
            cohorts.append(one)
    return [told for one in cohorts if (told := _size(one, tables, everything)) is not None]


def _size(one: Known, tables: Sequence[Known], everything: Sequence[Known]) -> Known | None:
    others = [other.whole for other in everything if other.cohort == one.cohort and not _among(other, tables)]
    low = max((low for low, _ in others), default=0)
    high = min((high for _, high in others if high is not None), default=None)
    if not low and high is None:
        return None
    return Known(one.cohort, one.chosen, (), (Spot(one.cohort, (), low, high),))
