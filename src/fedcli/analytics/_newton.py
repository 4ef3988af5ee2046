"""Newton's steps of a model, from round to round, and how they end.

Between two rounds all sums are of the same coefficients, those of the state.
"""

from __future__ import annotations

import math
from typing import Any, Literal, NamedTuple

from fedcli.model.document import Document
from fedcli.model.terms import Design
from fedcli.statistics.families import ModelName
from fedcli.statistics.fitted import at_theta, known, matrix, named, number, penalty, spread, tolerance
from fedcli.statistics.score import Score

_LARGEST_CONDITION = 1e12
_MOVED = 1e-9
_MOVED_FIRTH = 1e-6  # its steps become shorter from one to the next, and not shorter and shorter
_SLACK = 0.1  # of minus twice a likelihood: far less than what tells one estimate from another
_LONGEST = 2.0  # times a step of Fisher's
_SEPARATED = 30.0  # on the scale of the bounds: nobody's odds are e^30

#: The information is the slope of the score: each step squares what is left to go.
_QUICK = ("gaussian", "binomial", "poisson", "multinomial", "hazards")

Words = Literal["running", "converged", "collinear", "separated", "not converged", "no rows", "no events"]


class Fit(Document):
    """Where a fit stands: coefficients of the scaled columns, the deviance there, and how it goes.

    What converges is the deviance; of a negative binomial, or by Firth, minus twice the likelihood that is as
    large as it can be. `theta` and `spread` are what all know besides, where it is asked for; `delta` is the
    last step as the information has it, before it was made longer. `null` is the deviance at zero, where
    sites have intercepts, or hazards, of their own; or of intercepts alone, where an outcome has several
    levels, or of a baseline alone. Of hazards `score_statistic` is that of the test that all coefficients are
    zero.
    """

    beta: tuple[float, ...]
    before: tuple[float, ...] = ()
    deviance: float | None = None
    theta: float | None = None
    spread: tuple[float, ...] | None = None
    delta: tuple[float, ...] | None = None
    null: float | None = None
    score_statistic: float | None = None
    iterations: int = 0
    words: Words = "running"


class Newton(NamedTuple):
    """The steps of one model, of which there are so many at most."""

    design: Design
    model: ModelName
    most_rounds: int

    def step(self, state: Fit | None, total: Score) -> Fit:
        """The next state, from one and all sites' sums at it."""
        at = state or Fit(beta=(0.0,) * len(self.design.terms) * max(1, len(self.design.choices or ())))
        told = at.model_copy(update={"iterations": at.iterations + 1})
        if nothing := self._nothing(total):
            return told.model_copy(update={"words": nothing})
        if self.design.bias and at.spread:
            return self._moved(at, told, total, at.deviance)
        deviance = self._deviance(total) if state is not None or self._from_zero else None
        if deviance is not None and at.deviance is not None:
            if self._is_settled(at, total, deviance):
                return self._settled(told, total, deviance)
            if deviance > at.deviance + self._slack and at.before and (at.iterations > 1 or self._from_zero):
                half = tuple((b + a) / 2 for a, b in zip(at.before, at.beta, strict=True))
                return told.model_copy(update={"beta": half})
        if self.design.bias and state is not None:
            return told.model_copy(update={"deviance": deviance, "spread": spread(total)})
        return self._moved(at, told, total, deviance)

    def _nothing(self, total: Score) -> Words | None:
        """What is missing to take a step at all."""
        if not known(total) or total.cells["n"][0] == 0:
            return "no rows"
        return "no events" if self.model == "hazards" and events_of(total) == 0 else None

    @property
    def _from_zero(self) -> bool:
        """Whether the first sums are of coefficients too: of zeros."""
        return self.design.intercepts is not None or self.model == "hazards"

    def _deviance(self, total: Score) -> float:
        """What converges."""
        if self.model == "negative-binomial":
            return at_theta(total)
        deviance = number(total.cells["deviance"][0])
        return deviance - penalty(total) if self.design.bias else deviance

    @property
    def _slack(self) -> float:
        """By how much that may grow from a step to the next: not at all, unless something else moves too."""
        return _SLACK if self.model == "negative-binomial" or self.design.bias else 0.0

    def _is_settled(self, at: Fit, total: Score, deviance: float) -> bool:
        assert at.deviance is not None
        if abs(deviance - at.deviance) > tolerance(total) * (abs(deviance) + 0.1):
            return False
        quick = self.model in _QUICK and not self.design.bias
        within = _MOVED_FIRTH if self.design.bias else _MOVED
        return quick or bool(total.digits) or _still(at, total, within)

    def _settled(self, told: Fit, total: Score, deviance: float) -> Fit:
        """At the end; or before one more round at the same coefficients, which errors by leverage take."""
        ended = told.model_copy(update={"deviance": deviance, "words": "converged"})
        if self.design.bias or not self.design.leveraged or told.spread:
            return ended
        return ended.model_copy(update={"spread": spread(total), "words": "running"})

    def _moved(self, at: Fit, told: Fit, total: Score, deviance: float | None) -> Fit:
        import numpy as np

        p = len(at.beta)
        gram, score = matrix(total, "gram")[:p, :p], np.array(total.cells["score"][:p], float)
        if not np.linalg.cond(gram) <= _LARGEST_CONDITION:
            return told.model_copy(update={"words": "collinear"})
        delta = np.linalg.solve(gram, score)
        length = _length(at, gram, delta) if self.design.bias else 1.0
        beta = self._first(total) if at.iterations == 0 else None
        beta = beta or tuple(float(b) for b in np.array(at.beta) + length * delta)
        null = deviance if self._at_null(at) else at.null
        if at.deviance is None and self.model == "gaussian":
            # A sum of squares: below zero only by rounding, where the fit is perfect.
            before = number(total.cells["sums"][1]) if deviance is None else deviance
            deviance = max(0.0, before - float(score @ delta))
        moved = told.model_copy(
            update={
                "beta": beta,
                "before": at.beta,
                "deviance": deviance,
                "null": null,
                "spread": None,
                **self._besides(at, total, score, delta),
            }
        )
        if self.model != "gaussian" and max(map(abs, beta)) > _SEPARATED:
            return moved.model_copy(update={"words": "separated"})
        ended = moved.iterations >= self.most_rounds
        return moved.model_copy(update={"words": "not converged"}) if ended else moved

    def _at_null(self, at: Fit) -> bool:
        """Whether all but a baseline is still zero; where that is shared, it is found first."""
        return at.null is None if self.model == "hazards" else at.iterations == 0

    def _first(self, total: Score) -> tuple[float, ...] | None:
        """Where a model whose link is the inverse starts: at the mean of all, which every predictor has."""
        if self.model != "inverse":
            return None
        sums = named(total)
        return (sums["weights"] / sums["y"], *(0.0,) * (total.terms - 1))

    def _besides(self, at: Fit, total: Score, score: Any, delta: Any) -> dict[str, Any]:
        """The next theta of a negative binomial; the test of hazards at zero; the step of Firth's."""
        if self.model == "hazards" and self._at_null(at):
            return {"score_statistic": float(score @ delta)}
        if self.model == "negative-binomial":
            return {"theta": _theta(at, total)}
        return {"delta": tuple(map(float, delta))} if self.design.bias and at.iterations else {}


def events_of(total: Score) -> int:
    """How many events the sums of hazards are of."""
    return int(named(total)["y"])


def _length(at: Fit, gram: Any, delta: Any) -> float:
    """By how much to lengthen a step whose information is not the slope of the score.

    From how the last step changed it (Barzilai and Borwein 1988, equation 5), in the metric of the
    information: what Fisher's steps reach in dozens of rounds where a column tells the outcome takes a few.
    """
    if at.delta is None:
        return 1.0
    import numpy as np

    moved = np.array(at.beta) - np.array(at.before)
    changed = float(moved @ gram @ (np.array(at.delta) - delta))
    return min(_LONGEST, max(1.0, float(moved @ gram @ moved) / changed)) if changed > 0 else 1.0


def _theta(at: Fit, total: Score) -> float:
    """A step of Newton's method on the logarithm of theta, by at most a factor of e."""
    theta = at.theta or 1.0
    if total.cells["theta"][0] is None:  # before there are coefficients
        return theta
    told = named(total)
    slope = theta * told["slope"]
    loses = theta**2 * told["information"] - slope
    moved = slope / loses if loses > 0 else math.copysign(1.0, slope)
    return theta * math.exp(max(-1.0, min(1.0, moved)))


def _still(at: Fit, total: Score, within: float) -> bool:
    """Whether the coefficients hardly moved: beside other links the deviance is settled long before."""
    moves = [abs(b - a) for a, b in zip(at.before, at.beta, strict=True)]
    if at.theta is not None:
        moves.append(abs(math.log(_theta(at, total) / at.theta)))
    return max(moves) <= within * (1 + max(map(abs, at.beta)))
