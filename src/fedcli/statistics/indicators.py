"""The table that a design's matrix contains: which combinations of its indicators can occur.

The product of two columns of zeros and ones is a count; with the intercept and the diagonal it gives
all four cells of a table. A column of numbers within a level is a sum over the persons who have it.
The bands between the knots of a spline count as levels (`statistics.bands`), and so does another number
than the one that nearly all share (`statistics.beside`).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import NamedTuple, Protocol, TypeAlias, TypeVar

from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Factor, Term

N = TypeVar("N", int, float)


class Band(NamedTuple):
    """The numbers from `low` on and below `high`."""

    low: float
    high: float


#: The levels, or bands, that a term asks for: it is zero for everybody else.
Condition: TypeAlias = frozenset[tuple[ColumnName, object]]
#: The persons who meet both of two conditions, the first alone, the second alone, neither.
Four: TypeAlias = tuple[int, int, int, int]


def condition(term: Term) -> Condition:
    """The levels in a term; none where it is a number for everybody."""
    return levels(term.factors)


def levels(factors: Sequence[Factor]) -> Condition:
    """The levels that some factors ask for."""
    return frozenset((one.column, one.level) for one in factors if one.level is not None)


class Least(Protocol):
    """The least of some numbers of persons."""

    def __call__(self, numbers: Iterable[N], otherwise: N) -> N:
        """Of no numbers, what it is otherwise."""


def of_all(numbers: Iterable[N], otherwise: N) -> N:
    """The least, of which nobody may be."""
    return min(numbers, default=otherwise)


def of_some(numbers: Iterable[N], otherwise: N) -> N:
    """The least that somebody is of: where a cell of nobody passes, it must not stand for the others."""
    return min((one for one in numbers if one > 0), default=otherwise)


def fewest(left: Condition, right: Condition, four: Four, n: int, least: Least) -> int:
    """The least of the cells that two conditions make and that can be other than zero; of n persons."""
    both, one, other, neither = four
    cells = [
        both if together(left, right) else None,
        one if not right <= left else None,
        other if not left <= right else None,
        neither if left and right and not _neighbours(left, right) else None,
    ]
    return least((cell for cell in cells if cell is not None), n)


def together(left: Condition, right: Condition) -> bool:
    """Whether somebody can meet both: no column is asked for two levels, or for two bands."""
    asked = [(column, isinstance(level, Band)) for column, level in left | right]
    return len(set(asked)) == len(asked)


def _neighbours(left: Condition, right: Condition) -> bool:
    """Whether they are two bands of a column, which has at least these; each is counted alone."""
    both = left | right
    alone = len(left) == len(right) == 1 and len(both) == 2
    return (
        alone and len({column for column, _ in both}) == 1 and all(isinstance(one, Band) for _, one in both)
    )


def distinct(conditions: Sequence[Condition]) -> list[Condition]:
    """Every condition once, in order."""
    return list(dict.fromkeys(conditions))
