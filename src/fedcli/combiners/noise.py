"""How far noise moves an answer: the accuracy of every number, from the strength of the noise alone.

The noise of each released number is known, and independent. An answer is a function of the numbers; to first
order its variance is the sum of its squared changes as each number moves by one standard deviation (the delta
method). All numbers are moved at once, each up or down by the rows of a Hadamard matrix: the products of
different columns cancel over its rows, so that the mean of the squares is that sum, and exactly so where the
answer is linear (Plackett and Burman 1946). It needs no random numbers, and gives everybody the same.
"""

from __future__ import annotations

import hashlib
import math
from collections.abc import Callable, Iterator
from statistics import NormalDist

from fedcli.model.cells import About, Cell, Number
from fedcli.model.dataset import Level
from fedcli.model.result import Answer, Table
from fedcli.statistics.forms import Noisy, known
from fedcli.statistics.shape import Shape

#: More numbers than this are moved by patterns that only nearly cancel: an error of a tenth at the most.
_MOST, _PATTERNS = 1024, 256
#: What tells of an estimate's error: it holds the noise, or the analytic makes it (`Analytic.within_noise`).
INFERENCE = frozenset({"std_error", "statistic", "p_value", "conf_low", "conf_high"})
HALF = NormalDist().inv_cdf(0.975)


def told(total: Shape, answer: Callable[[Shape], Answer]) -> Answer:
    """The answer of a shape; of a noisy one, with the 95 % interval that the noise leaves each number."""
    if not isinstance(total, Noisy) or not total.variance:  # a choice has no noise that numbers move by
        return answer(known(total))
    middle = answer(total.decode())
    squares = _Squares(_numbers(middle))
    for pattern in _patterns(total.form.size):
        up, down = (answer(_moved(total, pattern, sign).decode()) for sign in (1, -1))
        squares.add(_numbers(up), _numbers(down))
    return _within(middle, squares.widths())


class _Squares:
    """The squared half differences of each number of an answer.

    A number that is just known may be unknown when it is moved one way; then the other way says how far.
    """

    def __init__(self, middle: list[Number | None]) -> None:
        self._middle = middle
        self._sums, self._seen = [0.0] * len(middle), [0] * len(middle)

    def add(self, up: list[Number | None], down: list[Number | None]) -> None:
        """One pair of answers; a number that is unknown in both says nothing."""
        for at, (high, low, middle) in enumerate(zip(up, down, self._middle, strict=True)):
            ends = [one for one in (high, low) if one is not None]
            if middle is not None and ends:
                self._sums[at] += ((ends[0] - (ends[1] if len(ends) > 1 else middle)) / len(ends)) ** 2
                self._seen[at] += 1

    def widths(self) -> list[float]:
        """Half of a 95 % interval for each number; zero for what does not move."""
        pairs = zip(self._sums, self._seen, strict=True)
        return [HALF * math.sqrt(total / seen) if seen else 0.0 for total, seen in pairs]


def _patterns(size: int) -> Iterator[list[int]]:
    """Rows of signs, one for each number of a vector."""
    if size <= _MOST:
        rows = 1 << (size - 1).bit_length() if size > 1 else 1
        for row in range(rows):
            yield [-1 if (row & column).bit_count() % 2 else 1 for column in range(size)]
        return
    for row in range(_PATTERNS):
        bits = hashlib.shake_256(str(row).encode()).digest(size // 8 + 1)
        yield [1 if bits[at // 8] >> at % 8 & 1 else -1 for at in range(size)]


def _moved(total: Noisy, pattern: list[int], sign: int) -> Noisy:
    """The noisy numbers, each a standard deviation further up or down."""
    numbers = [number for row in total.numbers.values() for number in row]
    step = sign * total.deviation
    return total.having(
        total.form.split(tuple(one + step * way for one, way in zip(numbers, pattern, strict=True)))
    )


def _numbers(answer: Answer) -> list[Number | None]:
    """Every cell of an answer that is no level, in order."""
    return [_plain(cell) for cell in _cells(answer)]


def _cells(answer: Answer) -> Iterator[Cell | Level]:
    yield from answer.scalars.values()
    for table in answer.tables.values():
        for row in table.rows:
            yield from row[table.keys :]


def _plain(cell: object) -> Number | None:
    known = isinstance(cell, int | float) and not isinstance(cell, bool) and math.isfinite(cell)
    return cell if known else None  # type: ignore[return-value]


def _within(answer: Answer, widths: list[float]) -> Answer:
    """The answer with an interval around every number that the noise moves."""
    width = iter(widths)
    scalars = {name: _about(cell, next(width)) for name, cell in answer.scalars.items()}
    tables = {
        name: Table(
            columns=table.columns,
            keys=table.keys,
            rows=tuple((*row[: table.keys], *_row(table, row, width)) for row in table.rows),
        )
        for name, table in answer.tables.items()
    }
    return Answer(scalars=scalars, tables=tables)  # type: ignore[arg-type]


def _row(table: Table, row: tuple[Cell | Level, ...], width: Iterator[float]) -> Iterator[Cell | Level]:
    """The cells of a row; those that tell how far another one may be off are left as they are."""
    for name, cell in zip(table.columns[table.keys :], row[table.keys :], strict=True):
        around = next(width)
        yield cell if name in INFERENCE else _about(cell, around)


def _about(cell: Cell | Level, width: float) -> Cell | Level:
    number = _plain(cell)
    if number is None or not width:
        return cell
    return About(value=number, low=number - width, high=number + width)
