"""What linear models have in common that sites train by themselves: strategies, and what they come to."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated

from pydantic import Field

from fedcli.analytics._training import Averaged, Combiner, Epochs, Faulty, LearningRate, Rounds, about
from fedcli.errors import fault
from fedcli.model.cells import Cell
from fedcli.model.result import Table
from fedcli.model.terms import Design, Training
from fedcli.statistics.averaging import ADAPTIVE, Server, Strategy, Weights
from fedcli.statistics.fitted import back_of
from fedcli.statistics.reach import has_intercept

#: Without a word of the researcher's: how far a step goes, and what the way from the last state costs.
_RATE, _ADAPTIVE_RATE, _PROXIMAL = 1.0, 0.1, 0.1


class Strategic(Averaged):
    """A linear model that sites train by themselves by a strategy, and that is averaged over rounds."""

    strategy: Annotated[Strategy, Field(description="fedavg, fedprox, scaffold, fedadam or fedyogi")] = (
        "fedavg"
    )
    combiner: Combiner = "mean"
    faulty: Faulty = None
    rounds: Rounds = 20
    epochs: Epochs = 5
    learning_rate: LearningRate = 0.5
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
        yield from super()._amiss()
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
            clip=self._clip,
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

    def _model(self, state: Weights) -> dict[str, Table]:
        """The coefficients."""
        columns = ("term", "estimate", "standardised")
        return {"coefficients": Table(columns=columns, keys=1, rows=tuple(self._told(state)))}

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
        back, blur = back_of(self._design) * outcome.scale, state.blur or 0.0
        estimates = back @ scaled
        estimates[0] += outcome.centre
        blurs = np.sqrt((back**2).sum(axis=1)) * blur
        for at, name in enumerate(names):
            own = about(beta[at] * outcome.scale, blur * outcome.scale)
            of_columns = self.standardise and self._design.terms[at].factors
            yield name, about(estimates[at], blurs[at]), own if of_columns else None
