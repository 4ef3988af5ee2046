"""The table that a design's matrix contains: which combinations of its indicators can occur.

The product of two columns of zeros and ones is a count; with the intercept and the diagonal it gives
all four cells of a table. A column of numbers within a level is a sum over the persons who have it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeAlias

from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Term

#: The levels that a term asks for: it is zero for everybody else.
Condition: TypeAlias = frozenset[tuple[ColumnName, object]]
#: The persons who meet both of two conditions, the first alone, the second alone, neither.
Four: TypeAlias = tuple[int, int, int, int]


def condition(term: Term) -> Condition:
    """The levels in a term; none where it is a number for everybody."""
    return frozenset((one.column, one.level) for one in term.factors if one.level is not None)


def fewest(left: Condition, right: Condition, four: Four, n: int) -> int:
    """The smallest of the cells that two conditions make and that can be other than zero; of n persons."""
    both, one, other, neither = four
    cells = [
        both if _together(left, right) else None,
        one if not right <= left else None,
        other if not left <= right else None,
        neither if left and right else None,
    ]
    return min([cell for cell in cells if cell is not None], default=n)


def _together(left: Condition, right: Condition) -> bool:
    """Whether somebody can meet both: no column is asked for two levels."""
    columns = [column for column, _ in left | right]
    return len(set(columns)) == len(columns)


def distinct(conditions: Sequence[Condition]) -> list[Condition]:
    """Every condition once, in order."""
    return list(dict.fromkeys(conditions))
