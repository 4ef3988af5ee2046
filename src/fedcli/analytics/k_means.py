"""Groups of rows that are near to each other: centres that move to the means of who is nearest."""

from __future__ import annotations

import hashlib
import math
from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field, model_validator

from fedcli.analytics._contract import Iterative, Numerics
from fedcli.errors import fault
from fedcli.model.cells import Cell, size
from fedcli.model.dataset import Dictionary
from fedcli.model.document import Document
from fedcli.model.result import Answer, Table
from fedcli.statistics.centres import Blurred
from fedcli.statistics.interval import add, mapped, quotient, value_of
from fedcli.statistics.moments import Moments, variance
from fedcli.statistics.nearest import Centre, Nearest
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Sealed

#: Centres that moved less, in lengths, stand still.
STILL = 1e-9
Centres = Annotated[tuple[Centre, ...], Field(min_length=2, max_length=20)]


class Placed(Document):
    """Where centres begin, and the lengths that count as one in each column."""

    centres: Centres
    lengths: tuple[float, ...]


class Standing(Document):
    """Where the centres are after some rounds.

    They `moved` so far, the largest way in any column, in lengths; None where one of them is hidden.
    """

    centres: Centres
    rounds: Annotated[int, Field(ge=1)]
    moved: float | None
    words: Literal["moving", "still", "hidden", "given up"]


class KMeans(Iterative[Moments, Standing], name="k_means", version=1):
    """Groups of rows that are near to each other, around centres that are the means of their groups.

    It is Lloyd's algorithm over rounds. In each a row belongs to the centre that is nearest, and n, mean and
    spread of each column leave a site for each group, as for `summary`; then the centres move to the means of
    all sites. It ends when they stand still, or after `rounds`. Distances are Euclid's: of columns that are
    `scaled`, in widths of their declared bounds.

    The first centres are `starts`, or drawn from the digest of the question within the declared bounds, and
    never rows. So a group that nobody is near to stays where it began. A group with few persons at a site is
    hidden there, as a cell of a table is; nobody knows then where its centre would go, and training ends.

    Rows that lack a column are in no group, and a person with several rows counts with each. Under
    differential privacy noisy sizes and sums within the declared bounds leave in each of the `rounds`, which
    are all taken and paid for with the first. A group whose size could be noise stays where it was; spreads
    and inertia are not told.
    """

    example: ClassVar[str] = 'columns = ["age", "bmi"]\nstarts = [[40, 24], [60, 28], [75, 34]]\nrounds = 3'
    state: ClassVar[type[Document]] = Standing

    columns: Numerics
    clusters: Annotated[int, Field(ge=2, le=20, description="how many, where no starts are given")] = 3
    starts: Annotated[
        Centres | None, Field(description="the first centres, within the bounds; by default they are drawn")
    ] = None
    scaled: Annotated[bool, Field(description="whether distances are in widths of the bounds")] = True
    rounds: Annotated[int, Field(ge=1, le=50, description="how many rounds, at most")] = 20
    placed: Annotated[Placed | None, Field(description="the first centres, and lengths; filled in")] = None

    @model_validator(mode="after")
    def _consistent(self) -> Self:
        if any(len(one) != len(self.columns) for one in self.starts or ()):
            raise ValueError("a centre has a number for each column")
        return self

    @property
    def most_rounds(self) -> int:  # type: ignore[override]
        """As many as are asked for."""
        return self.rounds

    @property
    def draws(self) -> int:
        """All rounds: when centres stand still is not read off noisy numbers."""
        return self.rounds

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the first centres, and the lengths of columns.

        Raises:
            InvalidFile: Q-BOUNDS where a column has none, Q-CENTRE where a centre lies outside.
        """
        bounds = [_bounds(name, dictionary) for name in self.columns]
        for at, (name, (low, high)) in enumerate(zip(self.columns, bounds, strict=True)):
            if not all(low <= centre[at] <= high for centre in self.starts or ()):
                raise fault("Q-CENTRE", where=where, column=name)
        lengths = tuple(high - low if self.scaled else 1.0 for low, high in bounds)
        centres = self.starts or tuple(zip(*map(self._spread, enumerate(bounds)), strict=True))
        return self.model_copy(update={"placed": Placed(centres=centres, lengths=lengths)})

    def check(self, dictionary: Dictionary) -> None:
        """Raise unless its columns may be used so, and the first centres follow from its parameters."""
        super().check(dictionary)
        if self.placed is None or self.resolved(dictionary, "the query") != self:
            raise fault("Q-DESIGN")

    def local_at(self, rows: Rows, state: Standing | None) -> Sealed[Moments]:
        """The moments of each column in each group."""
        return rows.clusters(self._nearest(state))

    def step(self, state: Standing | None, total: Moments) -> Standing:
        """The centres at the means of their groups; where nobody is near, where they were."""
        before, count = self._nearest(state).centres, 1 if state is None else state.rounds + 1
        means = [self._mean(total, at, before) for at in range(len(before))]
        centres = tuple(tuple(one) for one in means if None not in one)
        if len(centres) < len(before):
            return Standing(centres=before, rounds=count, moved=None, words="hidden")
        moved = self._moved(before, centres)  # type: ignore[arg-type]
        stands = moved <= STILL and not isinstance(total, Blurred)
        words = "still" if stands else "given up" if count == self.rounds else "moving"
        return Standing(centres=centres, rounds=count, moved=moved, words=words)  # type: ignore[arg-type]

    def finished(self, state: Standing) -> bool:
        """Whether nothing is to be asked any more."""
        return state.words != "moving"

    def answer_at(self, state: Standing, total: Moments) -> Answer:
        """The `clusters` and their `centres`; `inertia` is the sum of squared distances to the means."""
        many = len(state.centres)
        n: Cell = 0
        for one in total.cells["n"][:many]:
            n = add(n, one)
        words = {"rounds": state.rounds, "still": int(state.words == "still"), "moved": state.moved}
        return Answer(
            scalars={"n": n, "inertia": self._inertia(total, many), **words},
            tables={
                "clusters": Table(
                    columns=("cluster", "n"),
                    keys=1,
                    rows=tuple(enumerate(total.cells["n"][:many], start=1)),
                ),
                "centres": Table(
                    columns=("cluster", "column", "centre", "mean", "sd"),
                    keys=2,
                    rows=tuple(self._centres(state, total)),
                ),
            },
        )

    def _inertia(self, total: Moments, many: int) -> Cell:
        """The squares about the means in lengths; not told under noise."""
        squares: Cell = None if isinstance(total, Blurred) else 0
        for at in range(0 if squares is None else size(total.axes)):
            m2, length = total.cells["m2"][at], self._placed.lengths[at // many]
            squares = add(squares, 0 if m2 is None else quotient(m2, length**2))
        return squares

    def _centres(self, state: Standing, total: Moments) -> Iterator[tuple[Cell | str, ...]]:
        many = len(state.centres)
        for cluster in range(many):
            for at, name in enumerate(self.columns):
                part = total.part(at * many + cluster)
                spread = mapped(math.sqrt, variance(part.n, part.m2)) if part.m2 is not None else None
                yield cluster + 1, name, state.centres[cluster][at], part.mean, spread

    def _mean(self, total: Moments, centre: int, before: tuple[Centre, ...]) -> list[float | None]:
        """The mean of a group in each column; None where it is hidden."""
        many = len(before)
        found: list[float | None] = []
        for at in range(len(self.columns)):
            part = total.part(at * many + centre)
            mean = value_of(part.mean)
            empty = part.n == 0 or (part.mean is None and isinstance(total, Blurred))
            found.append(before[centre][at] if empty else None if mean is None else float(mean))
        return found

    def _moved(self, before: tuple[Centre, ...], after: tuple[Centre, ...]) -> float:
        return max(
            abs(new - old) / length
            for one, other in zip(before, after, strict=True)
            for old, new, length in zip(one, other, self._placed.lengths, strict=True)
        )

    def _nearest(self, state: Standing | None) -> Nearest:
        centres = self._placed.centres if state is None else state.centres
        return Nearest(self.columns, centres, self._placed.lengths)

    def _spread(self, column: tuple[int, tuple[float, float]]) -> list[float]:
        """As many places as centres, one in each equal part of the bounds, in an order that is drawn."""
        at, (low, high) = column
        question = self.model_copy(update={"placed": None}).sha256

        def lot(part: int) -> bytes:
            return hashlib.shake_256(f"{question} {at} {part}".encode()).digest(32)

        order = sorted(range(self.clusters), key=lot)
        return [low + (high - low) * (part + 0.5) / self.clusters for part in order]

    @property
    def _placed(self) -> Placed:
        if self.placed is None:
            raise fault("Q-DESIGN")
        return self.placed


def _bounds(name: str, dictionary: Dictionary) -> tuple[float, float]:
    found = dictionary.column(name).range
    if found is None or found[0] == found[1]:
        raise fault("Q-BOUNDS", column=name)
    return float(found[0]), float(found[1])
