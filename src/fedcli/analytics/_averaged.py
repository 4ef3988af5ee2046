"""What models that sites train by themselves share: strategies, combiners, and how the rounds are told."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.document import Document
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Training
from fedcli.statistics.averaging import ADAPTIVE, Part, Server, Strategy, Weights
from fedcli.statistics.families import ModelName
from fedcli.statistics.fitted import back_of
from fedcli.statistics.reach import has_intercept
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import BySite, Score, Shared
from fedcli.statistics.seal import Sealed
from fedcli.statistics.votes import CombinerName, check_enough

#: Without a word of the researcher's: how far a step goes, and what the way from the last state costs.
_RATE, _ADAPTIVE_RATE, _PROXIMAL = 1.0, 0.1, 0.1
_EXPECTING = ("trimmed_mean", "krum", "multi_krum")


class Averaged(Designed, Iterative[BySite, Weights]):
    """A linear model that sites train by themselves, and that is averaged over rounds."""

    modes: ClassVar[tuple[Mode, ...]] = ("disclosure-control",)
    state: ClassVar[type[Document]] = Weights
    stratified: ClassVar[bool] = True
    most_rounds: ClassVar[int] = 201

    strategy: Annotated[Strategy, Field(description="fedavg, fedprox, scaffold, fedadam or fedyogi")] = (
        "fedavg"
    )
    combiner: Annotated[
        CombinerName,
        Field(
            description="mean, or robust: median, trimmed_mean, geometric_median, krum, multi_krum, clipped"
        ),
    ] = "mean"
    faulty: Annotated[
        int | None, Field(ge=1, le=100, description="trimmed_mean, krum: how many sites may be wrong (1)")
    ] = None
    rounds: Annotated[int, Field(ge=1, le=200, description="how many rounds of training")] = 20
    epochs: Annotated[int, Field(ge=1, le=100, description="steps of a site in each round")] = 5
    learning_rate: Annotated[float, Field(gt=0, le=10, description="the length of a site's step")] = 0.5
    server_rate: Annotated[
        float | None,
        Field(gt=0, le=10, description="the length of the common step: 1, of fedadam and fedyogi 0.1"),
    ] = None
    proximal: Annotated[
        float | None, Field(gt=0, le=1e3, description="fedprox: how sites are held back (0.1)")
    ] = None
    c: Annotated[float, Field(ge=1e-9, le=1e9, description="how little is penalised: scikit-learn's C")] = 1.0
    standardise: Annotated[
        bool, Field(description="train, and penalise, in units of standard deviations")
    ] = True

    @property
    def _model(self) -> ModelName:
        """Which model it is."""
        raise NotImplementedError

    def _trained(self, found: Design, where: str) -> Design:
        """A design of which a site trains the model.

        Raises:
            InvalidFile: Q-MODEL where parameters do not go together.
        """
        for reason in self._amiss():
            raise fault("Q-MODEL", reason=reason, where=where)
        return found.model_copy(update={"training": self._training})

    def _amiss(self) -> Iterator[str]:
        """What does not go together, in words."""
        if self.faulty is not None and self.combiner not in _EXPECTING:
            yield f"faulty is for {', '.join(_EXPECTING)}"
        if self.proximal is not None and self.strategy != "fedprox":
            yield "proximal is for fedprox"

    @property
    def _training(self) -> Training:
        """How a site trains."""
        proximal = (self.proximal or _PROXIMAL) if self.strategy == "fedprox" else 0.0
        return Training(
            epochs=self.epochs,
            rate=self.learning_rate,
            proximal=proximal,
            corrected=self.strategy == "scaffold",
        )

    @property
    def _server(self) -> Server:
        """How the sites' ways are combined."""
        rate = self.server_rate or (_ADAPTIVE_RATE if self.strategy in ADAPTIVE else _RATE)
        return Server(
            self._design,
            self.strategy,
            self.combiner,
            self.faulty or 1,
            rate,
            self.rounds,
            self.c,
            self.standardise,
        )

    @property
    def longest(self) -> int:
        """The first round, and those of training."""
        return self.rounds + 1

    def check_sites(self, sites: int) -> None:
        """Raise R-ROBUST where fewer sites are asked than the combiner needs."""
        check_enough(self.combiner, sites, self.faulty or 1)

    def local_at(self, rows: Rows, state: Weights | None) -> Sealed[Score]:  # type: ignore[override]
        """The columns; then some steps from the coefficients of a round."""
        if state is None:
            return rows.score(self._design, self._model)
        return rows.score(self._design, self._model, state.beta, Shared(local=state.local))

    def step(self, state: Weights | None, total: BySite) -> Weights:
        """The next coefficients."""
        return self._server.step(state, total)

    def loss(self, state: Weights) -> float | None:
        """The mean loss of all rows, where the last round began."""
        return state.losses[-1] if state.losses else None

    def finished(self, state: Weights) -> bool:
        """Whether it stands still, or rounds are used up."""
        return state.words != "running"

    def answer_at(self, state: Weights, total: BySite) -> Answer:
        """The coefficients, the loss from round to round, and how far sites are apart."""
        scalars: dict[str, Cell] = {
            "n": total.cells["n"][0],
            "iterations": len(state.ways),
            "converged": int(state.words == "converged"),
            "loss": state.losses[-1] if state.losses else None,
        }
        told = [(at, *row) for at, row in enumerate(zip(state.losses, state.ways, strict=True), 1)]
        return Answer(
            scalars=scalars,
            tables={
                "coefficients": Table(
                    columns=("term", "estimate", "standardised"), keys=1, rows=tuple(self._told(state))
                ),
                "rounds": Table(columns=("round", "loss", "moved"), keys=1, rows=tuple(told)),
                "sites": Table(
                    columns=("site", "n", "distance", "far"), keys=1, rows=tuple(_sites(state, total))
                ),
            },
        )

    def _told(self, state: Weights) -> Iterator[tuple[str, Cell, Cell]]:
        """The coefficients in the units of their columns, and of standardised ones."""
        import numpy as np

        names = [term.name for term in self._design.terms]
        if not state.spreads or state.words == "no rows":
            yield from ((name, None, None) for name in names)
            return
        beta, outcome = np.array(state.beta), self._design.outcome
        scaled = beta / np.array(state.spreads)
        if has_intercept(self._design):
            scaled[0] -= scaled[1:] @ np.array(state.means[1:])
        estimates = back_of(self._design) @ scaled * outcome.scale
        estimates[0] += outcome.centre
        for at, name in enumerate(names):
            own = self.standardise and self._design.terms[at].factors
            standardised = float(beta[at] * outcome.scale) if own else None
            yield name, float(estimates[at]), standardised


def _sites(state: Weights, total: BySite) -> Iterator[tuple[str, Cell, Cell, Cell]]:
    """How far each site was in the last round, and in how many rounds it was further than `FAR`."""
    for at, part in enumerate(map(Part.of, total.parts)):
        distance = state.distances[at] if state.distances else None
        if total.parts[at].site is not None:
            yield part.site, part.n, distance, state.flagged[at] if state.flagged else 0
