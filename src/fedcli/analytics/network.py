"""A network of one or two hidden layers, by federated averaging."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, ClassVar, Literal, Self

from pydantic import Field

from fedcli.analytics._designed import OneRow, check_unit
from fedcli.analytics._outcomes import suited
from fedcli.analytics._training import Averaged, Clip, Combiner, Epochs, Faulty, LearningRate, Rounds
from fedcli.errors import fault
from fedcli.language.design import design
from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Layers, Training
from fedcli.model.trained import Network as Trained
from fedcli.statistics.averaging import Server, Weights
from fedcli.statistics.lots import begun
from fedcli.statistics.reach import has_intercept

#: More are never enough persons for, and their slopes of some thousand rows fill the memory.
_MOST_WEIGHTS = 2000
_BIAS = "(bias)"


class Network(Averaged, name="network", version=1):
    """A network of one or two hidden layers that sites train by themselves, and that is averaged.

    A prediction model of an outcome with two levels (`binomial`) or of a number (`gaussian`), by federated
    averaging as in `fedavg`, whose first round and judgements it shares. Its inputs are the columns of the
    formula, in units of standard deviations; `hidden` says how many units each layer has, `activation` what
    they are a function of. Weights are penalised as scikit-learn's alpha = 1 / C has it, biases are not.

    Weights begin by lot, from a digest of the query and of what all sites signed in the first round. Nobody
    chooses them, and a site that is asked to go on from others refuses (R-STATE).

    A network can keep rows, and no rule of sums bounds how many. A policy therefore refuses it where answers
    are exact (P-NETWORK), unless it says `networks = "allowed"`; and no site answers with more than one
    weight for ten persons, whatever its policy records only. Take `fedavg` or `boosted_trees` there, or ask
    for noise: under differential privacy, with `epochs = 1` and any combiner, each person's slope is made
    no longer than `clip`, and columns are in units of half their declared bounds. How far noise moved
    the weights is not told: their loss has no single end.
    """

    example: ClassVar[str] = (
        'family = "binomial"\nformula = "diabetes ~ age + sex + bmi"\nhidden = [4]\nrounds = 10'
    )

    family: Annotated[Literal["binomial", "gaussian"], Field(description="binomial or gaussian")]
    formula: Annotated[
        str, Field(min_length=3, max_length=2000, description='such as "diabetes ~ age + sex + bmi"')
    ]
    hidden: Annotated[
        tuple[Annotated[int, Field(ge=1, le=64)], ...],
        Field(min_length=1, max_length=2, description="the units of one or two hidden layers"),
    ]
    activation: Annotated[Literal["relu", "tanh"], Field(description="relu or tanh")] = "tanh"
    combiner: Combiner = "mean"
    faulty: Faulty = None
    rounds: Rounds = 50
    epochs: Epochs = 5
    learning_rate: LearningRate = 0.5
    clip: Clip = None
    c: Annotated[float, Field(ge=1e-9, le=1e9, description="how little weights are penalised: 1 / alpha")] = (
        1.0
    )
    unit: OneRow = None
    design: Annotated[Design | None, Field(description="the columns that the formula means; filled in")] = (
        None
    )

    def resolved(self, dictionary: Dictionary, where: str) -> Self:
        """With the design that the formula means under a dictionary."""
        check_unit(self.unit, dictionary)
        for reason in self._amiss():
            raise fault("Q-MODEL", reason=reason, where=where)
        found = suited(self.family, design(self.formula, dictionary, where), dictionary, where)
        if not has_intercept(found) or len(found.terms) < 2:
            raise fault("Q-FORMULA", reason="it has an intercept, and a column", where=where)
        more = {"persons": "once" if self.unit else None, "training": self._training}
        whole = found.model_copy(update=more)
        if whole.trained > _MOST_WEIGHTS:
            reason = f"it has {whole.trained} weights, and {_MOST_WEIGHTS} are the most"
            raise fault("Q-MODEL", reason=reason, where=where)
        return self.model_copy(update={"design": whole})

    @property
    def _layers(self) -> Layers:
        return Layers(hidden=self.hidden, activation=self.activation)

    @property
    def _training(self) -> Training:
        """How a site trains."""
        return Training(epochs=self.epochs, rate=self.learning_rate, clip=self.clip, layers=self._layers)

    @property
    def _server(self) -> Server:
        """How the sites' ways are combined."""
        return Server(self._design, "fedavg", self.combiner, self.faulty or 1, 1.0, self.rounds, self.c, True)

    def seeded(self, state: Weights, seed: str) -> Weights:
        """Weights by lot, where there is anybody to train on."""
        if state.words != "running":
            return state
        return state.model_copy(update={"beta": begun(self._layers, len(self._design.terms) - 1, seed)})

    def _model(self, state: Weights) -> dict[str, Table]:
        """The weights, and how inputs are brought into their units."""
        told = tuple(self._told(state))
        inputs = tuple(self._inputs(state))
        return {
            "weights": Table(columns=("layer", "unit", "input", "weight"), keys=3, rows=told),
            "inputs": Table(columns=("term", "centre", "scale"), keys=1, rows=inputs),
        }

    def _told(self, state: Weights) -> Iterator[tuple[int, int, str, Cell]]:
        """Layer by layer, unit by unit, each input and then the bias."""
        names, start = [term.name for term in self._design.terms[1:]], 0
        known = state.words != "no rows"
        for layer, (into, out) in enumerate(self._layers.sizes(len(names)), 1):
            for unit in range(out):
                for at in range(into + 1):
                    weight = state.beta[start + at * out + unit] if known else None
                    yield layer, unit + 1, names[at] if at < into else _BIAS, weight
            start += (into + 1) * out
            names = [str(unit + 1) for unit in range(out)]

    def _inputs(self, state: Weights) -> Iterator[tuple[str, Cell, Cell]]:
        """What is taken away from each column, and what is then divided by."""
        for at, term in enumerate(self._design.terms[1:], 1):
            mean, spread = (state.means[at], state.spreads[at]) if state.spreads else (None, None)
            yield (
                term.name,
                None if mean is None else term.centre + term.scale * mean,
                None if spread is None else term.scale * spread,
            )

    def predictors(self, answer: Answer, dictionary: Dictionary) -> Iterator[Trained]:
        """The network as training left it; nothing where it has no weights."""
        from fedcli.analytics._predicting import network

        yield from network(self, dictionary, self._layers, answer)
