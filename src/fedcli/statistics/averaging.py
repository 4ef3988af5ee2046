"""From what sites say of a model that they train to the next coefficients of all.

McMahan et al. (2017); for adaptive steps Reddi et al. (2021), algorithm 2, with their constants; for robust
combiners `statistics.robust`. Everything is a pure function of the sites' releases, whoever computes it.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal, NamedTuple

from fedcli.errors import fault
from fedcli.model.document import Document
from fedcli.model.identifiers import Name
from fedcli.model.terms import Design, Term
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.score import BySite, Local
from fedcli.statistics.votes import CombinerName, check_enough

Strategy = Literal["fedavg", "fedprox", "scaffold", "fedadam", "fedyogi"]
ADAPTIVE: frozenset[Strategy] = frozenset(("fedadam", "fedyogi"))
#: How much of the mean and of the squares of changes is kept, and the least that is divided by.
FIRST, SECOND, LEAST = 0.9, 0.99, 1e-3
#: A number that is larger is no coefficient, and would leave nothing of the others.
LARGEST = 1e100
#: In units of the sites' median distance from the coordinates' medians: who is further is told to people.
FAR = 3.0
#: What the coefficients still move where no more rounds are needed.
_STILL = 1e-9


class Weights(Document):
    """Where training stands: coefficients of the standardised columns, and what went before.

    `means`, `spreads` and `costs` are those of `score.Local`; `first` and `second` are the means of changes
    and of their squares. `losses`, `ways` and `heard`, how many sites answered, have an entry for each round.

    `names` are the sites that answered the first round. Of each it has what it last said of its rows
    (`sizes`), how many rounds of training it answered, and in how many it was far (`flagged`); `distances`
    are of those that answered the last round. Under noise `rows` is how many there are, `rows_blur` the
    standard deviation of their noise, and `blur` that of the coefficients when all is over, where it is
    known; where sites vote then, `voting` has their rows, and zero for one without a vote.
    """

    beta: tuple[float, ...]
    means: tuple[float, ...] = ()
    spreads: tuple[float, ...] = ()
    costs: tuple[float, ...] = ()
    anchor: tuple[float, ...] = ()
    control: tuple[float, ...] = ()
    first: tuple[float, ...] = ()
    second: tuple[float, ...] = ()
    losses: tuple[float, ...] = ()
    ways: tuple[float, ...] = ()
    heard: tuple[int, ...] = ()
    names: tuple[Name, ...] = ()
    sizes: dict[Name, int] = {}
    answered: dict[Name, int] = {}
    flagged: dict[Name, int] = {}
    distances: dict[Name, float] = {}
    rows: float | None = None
    rows_blur: float | None = None
    blur: float | None = None
    voting: tuple[float, ...] = ()
    words: Literal["running", "ended", "converged", "no rows"] = "running"

    @property
    def local(self) -> Local:
        """How sites train from here."""
        return Local(self.means, self.spreads, self.costs, self.anchor, self.control)


class Server(NamedTuple):
    """What is done with the sites' answers: how many sites may be wrong, and how far a step goes.

    `c` is how little squares of coefficients cost; `rounds` how many rounds of training there are.
    """

    design: Design
    strategy: Strategy
    combiner: CombinerName
    faulty: int
    rate: float
    rounds: int
    c: float
    standardise: bool

    def step(self, state: Weights | None, total: BySite) -> Weights:
        """The next coefficients; at first zeros, of columns whose means and spreads all sites tell.

        Raises:
            Refused: R-ROBUST where there are fewer sites than the combiner needs.
            Untrusted: R-UPDATE naming a site whose update cannot be combined.
        """
        parts = [Part.of(one) for one in total.parts]
        if state is not None:
            return self._moved(state, parts)
        if not any(part.n for part in parts):
            return Weights(beta=(0.0,) * total.terms, words="no rows")
        return self._begun(parts)

    def _begun(self, parts: list[Part]) -> Weights:
        """Zeros, and how columns are standardised: where sites have one vote, by medians of theirs."""
        import numpy as np

        told = [part for part in parts if part.n]
        sums = np.array([part.mean("columns") for part in told])
        p = sums.shape[1] // 2
        n = [part.n for part in told]
        if self.combiner == "mean":
            whole, rows = self.combined(sums, n), float(sum(n))
            means, squares = whole[:p], whole[p:] - whole[:p] ** 2
        else:
            means, rows = np.median(sums[:, :p], axis=0), len(n) * float(np.median(n))
            squares = np.median(sums[:, p:] - 2 * means * sums[:, :p] + means**2, axis=0)
        spreads, one = np.sqrt(np.maximum(squares, 0.0)), np.arange(p) < has_intercept(self.design)
        alike = ~(spreads > _STILL) | one  # of a column that is the same for all, as it is
        if not self.standardise:
            means, spreads, alike = np.zeros(p), np.ones(p), one
        return Weights(
            beta=(0.0,) * self.design.trained,
            means=tuple(map(float, np.where(one, 0.0, means))),
            spreads=tuple(map(float, np.where(alike, 1.0, spreads))),
            costs=self.costs(rows),
            **_of_sites(parts),
        )

    def costs(self, rows: float) -> tuple[float, ...]:
        """What the square of each coefficient, or weight, costs, twice; of an intercept or bias nothing."""
        layers, terms = self.design.layers, self.design.terms
        units = [self._unit(term) if term.factors else 0.0 for term in terms]
        if layers is not None:
            sizes = layers.sizes(len(terms) - 1)
            units = [unit for into, out in sizes for unit in (*[1.0] * (into * out), *[0.0] * out)]
        return tuple(unit / (self.c * rows) for unit in units)

    def _unit(self, term: Term) -> float:
        """What the square of a coefficient costs, by the column that is penalised."""
        return 1.0 if self.standardise else term.scale**-2

    def _moved(self, at: Weights, parts: list[Part]) -> Weights:
        """A round: what the sites' ways come to, and what the strategy makes of it."""
        import numpy as np

        from fedcli.statistics.robust import apart

        told = [part for part in parts if part.n]
        check_enough(self.combiner, len(told), self.faulty)
        ways, n = np.array([part.mean("update") for part in told]), [part.n for part in told]
        moved = self.strategic(at, self.combined(ways, n))
        beta = moved.pop("beta")
        if self.strategy == "scaffold":
            slopes = np.array([part.mean("score") for part in told])
            moved |= {"anchor": at.beta, "control": tuple(map(float, -self.combined(slopes, n)))}
        far = dict(zip([part.site for part in told], apart(ways), strict=True))
        way = float(np.sqrt(((beta - np.array(at.beta)) ** 2).sum()))
        return self._ended(
            at.model_copy(
                update={
                    **moved,
                    "beta": tuple(map(float, beta)),
                    "losses": (*at.losses, self._loss(parts)),
                    "ways": (*at.ways, way),
                    **_met(at, parts, far),
                }
            )
        )

    def _ended(self, told: Weights) -> Weights:
        """With words where no more rounds follow."""
        if told.ways[-1] <= _STILL * (1 + max(map(abs, told.beta))):
            return told.model_copy(update={"words": "converged"})
        return told.model_copy(update={"words": "ended"}) if len(told.ways) >= self.rounds else told

    def strategic(self, at: Weights, change: Any) -> dict[str, Any]:
        """The next coefficients, and what adaptive steps remember of the changes."""
        import numpy as np

        beta = np.array(at.beta)
        if self.strategy not in ADAPTIVE:
            return {"beta": beta + self.rate * change}
        first = FIRST * np.array(at.first or np.zeros(len(beta))) + (1 - FIRST) * change
        second, square = np.array(at.second or np.full(len(beta), LEAST**2)), change**2
        if self.strategy == "fedadam":
            second = SECOND * second + (1 - SECOND) * square
        else:
            second = second - (1 - SECOND) * square * np.sign(second - square)
        return {
            "beta": beta + self.rate * first / (np.sqrt(second) + LEAST),
            "first": tuple(map(float, first)),
            "second": tuple(map(float, second)),
        }

    def combined(self, vectors: Any, n: Sequence[float]) -> Any:
        """One way from those of the sites, a line for each; R-ROBUST where there are too few."""
        from fedcli.statistics.robust import combined

        return combined(self.combiner, vectors, [float(one) for one in n], self.faulty)

    def _loss(self, parts: list[Part]) -> float:
        """The mean loss of all rows before the round, as sites tell it, in units of the outcome."""
        deviance = math.fsum(float(part.cells["deviance"][0]) for part in parts)
        return deviance / 2 / sum(part.n for part in parts) * self.design.outcome.scale**2


def _of_sites(parts: list[Part]) -> dict[str, Any]:
    """The sites that take part, as they begin."""
    names = tuple(part.site for part in parts if part.site is not None)
    sizes = {part.site: part.n for part in parts if part.site is not None}
    return {
        "names": names,
        "sizes": sizes,
        "answered": dict.fromkeys(names, 0),
        "flagged": dict.fromkeys(names, 0),
    }


def _met(at: Weights, parts: list[Part], far: Mapping[Name | None, float]) -> dict[str, Any]:
    """What is known of the sites after a round, by their names: those that answered it may be others."""
    there = {part.site: part.n for part in parts if part.site is not None}
    distances = {site: far.get(site, 0.0) for site in there}
    return {
        "heard": (*at.heard, len(parts)),
        "sizes": at.sizes | there,
        "answered": {site: count + (site in there) for site, count in at.answered.items()},
        "flagged": {site: count + (distances.get(site, 0.0) > FAR) for site, count in at.flagged.items()},
        "distances": distances,
    }


class Part(NamedTuple):
    """What one site said, once it is known that it can be combined; it may have been added up unnamed."""

    site: Name | None
    n: int
    cells: dict[str, tuple[float, ...]]

    @classmethod
    def of(cls, told: BySite) -> Part:
        """Of a site's answer; what it has no number for in a round is left out."""
        site = told.site or "a site"
        [n] = told.cells["n"]
        if not isinstance(n, int) or n < 0:
            raise fault("R-UPDATE", site=site, reason="its number of rows is none")
        rows = {name: row for name, row in told.cells.items() if name != "n" and set(row) != {None}}
        for name, row in rows.items():
            if not all(isinstance(cell, int | float) and math.isfinite(cell) for cell in row):
                raise fault("R-UPDATE", site=site, reason=f"{name} has what is no finite number")
            if any(abs(cell) > LARGEST for cell in row):  # type: ignore[arg-type]
                raise fault("R-UPDATE", site=site, reason=f"{name} has a number that overflows")
        return cls(told.site, n, rows)  # type: ignore[arg-type]

    def mean(self, name: str) -> list[float]:
        """A sum over rows by their number."""
        return [one / self.n for one in self.cells[name]]
