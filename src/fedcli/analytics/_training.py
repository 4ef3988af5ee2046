"""What models have in common that sites train by themselves, round after round."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, ClassVar, Literal

from pydantic import Field

from fedcli.analytics._contract import Iterative
from fedcli.analytics._designed import Designed
from fedcli.errors import fault
from fedcli.model.cells import About, Cell
from fedcli.model.document import Document
from fedcli.model.identifiers import Name
from fedcli.model.policy import Mode
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Training
from fedcli.statistics.averaging import Server, Weights
from fedcli.statistics.clipped import Descent, clip_of
from fedcli.statistics.descent import descended
from fedcli.statistics.families import ModelName
from fedcli.statistics.rows import Rows
from fedcli.statistics.score import BySite, Score, Shared
from fedcli.statistics.seal import Sealed
from fedcli.statistics.tails import NORMAL_QUANTILE
from fedcli.statistics.votes import CombinerName, check_enough

EXPECTING = ("trimmed_mean", "krum", "multi_krum")
Combiner = Annotated[
    CombinerName,
    Field(description="mean, or robust: median, trimmed_mean, geometric_median, krum, multi_krum, clipped"),
]
Faulty = Annotated[
    int | None, Field(ge=1, le=100, description="trimmed_mean, krum: how many sites may be wrong (1)")
]
Rounds = Annotated[int, Field(ge=1, le=200, description="how many rounds of training")]
Epochs = Annotated[int, Field(ge=1, le=100, description="steps of a site in each round")]
LearningRate = Annotated[float, Field(gt=0, le=10, description="the length of a site's step")]
Clip = Annotated[
    float | None, Field(ge=1e-6, le=1e6, description="under noise: the longest slope of a person")
]


class Averaged(Designed, Iterative[Score, Weights]):
    """A model of a first round, and then as many rounds of training as are asked for."""

    state: ClassVar[type[Document]] = Weights
    stratified: ClassVar[bool] = True
    most_rounds: ClassVar[int] = 201
    absences: ClassVar[bool] = True

    if TYPE_CHECKING:
        family: Literal["binomial", "gaussian"]
        combiner: CombinerName
        faulty: int | None
        rounds: int
        learning_rate: float

    @property
    def _fits(self) -> ModelName:
        """The model whose slopes are followed: of the family, with its usual link."""
        return self.family

    @property
    def _clip(self) -> float | None:
        """The longest slope of a person, of what can be answered under noise."""
        return getattr(self, "clip", None)

    @property
    @abstractmethod
    def _training(self) -> Training:
        """How a site trains."""

    @property
    @abstractmethod
    def _server(self) -> Server:
        """How the sites' ways are combined."""

    @abstractmethod
    def _model(self, state: Weights) -> dict[str, Table]:
        """What was trained."""

    def _amiss(self) -> Iterator[str]:
        """What does not go together, in words."""
        if self.faulty is not None and self.combiner not in EXPECTING:
            yield f"faulty is for {', '.join(EXPECTING)}"

    @property
    def longest(self) -> int:
        """The first round, and those of training."""
        return self.rounds + 1

    @property
    def draws(self) -> int:
        """The same: n has noise, and each step."""
        return self.longest

    def check_mode(self, mode: Mode) -> None:
        """Raise Q-EXACT, or Q-NOISE, where a parameter is for the other mode alone."""
        super().check_mode(mode)
        if mode == "disclosure-control" and self._clip is not None:
            raise fault("Q-EXACT", what="training with clip")
        if mode == "differential-privacy":
            clip_of(self._training)

    def check_sites(self, sites: int) -> None:
        """Raise R-ROBUST where fewer sites are asked than the combiner needs."""
        check_enough(self.combiner, sites, self.faulty or 1)

    def local_at(self, rows: Rows, state: Weights | None) -> Sealed[Score]:
        """The columns; then some steps from the coefficients of a round."""
        if state is None:
            return rows.score(self._design, self._fits)
        return rows.score(self._design, self._fits, state.beta, Shared(local=state.local))

    def step(self, state: Weights | None, total: Score) -> Weights:
        """The next coefficients."""
        if isinstance(total, Descent):
            return descended(self._server, self.learning_rate, state, total)
        assert isinstance(total, BySite)
        return self._server.step(state, total)

    def loss(self, state: Weights) -> float | None:
        """The mean loss of all rows, where the last round began."""
        return state.losses[-1] if state.losses else None

    def finished(self, state: Weights) -> bool:
        """Whether it stands still, or rounds are used up."""
        return state.words != "running"

    def answer_at(self, state: Weights, total: Score) -> Answer:
        """What was trained, the loss from round to round, and how far sites are apart.

        A site that missed the last round counts in n as it last said, and has no distance; one that missed
        all of them does not count. Under noise loss and sites are not told.
        """
        noisy = state.rows is not None
        losses = (None,) * len(state.ways) if noisy else state.losses
        heard = (None,) * len(state.ways) if noisy else state.heard
        rounds = [(at, *row) for at, row in enumerate(zip(losses, state.ways, heard, strict=True), 1)]
        n = sum(state.sizes[site] for site, rounds in state.answered.items() if rounds)
        scalars: dict[str, Cell] = {
            "n": about(state.rows, state.rows_blur) if noisy else n or total.cells["n"][0],
            "iterations": len(state.ways),
            "converged": int(state.words == "converged"),
            "loss": losses[-1] if losses else None,
        }
        sites = tuple(_sites(state))
        return Answer(
            scalars=scalars,
            tables=self._model(state)
            | {
                "rounds": Table(columns=("round", "loss", "moved", "sites"), keys=1, rows=tuple(rounds)),
                "sites": Table(columns=("site", "n", "rounds", "distance", "far"), keys=1, rows=sites),
            },
        )


def about(value: float | None, blur: float | None) -> Cell:
    """A number; with its 95 % interval where it has noise."""
    if value is None or not blur:
        return None if value is None else float(value)
    half = NORMAL_QUANTILE * blur
    return About(value=float(value), low=float(value - half), high=float(value + half))


def _sites(state: Weights) -> Iterator[tuple[Name, Cell, Cell, Cell, Cell]]:
    """How many rounds each site answered, how far it was in the last, and in how many further than `FAR`."""
    for site in state.names:
        distance = state.distances.get(site)
        yield site, state.sizes[site], state.answered[site], distance, state.flagged[site]
