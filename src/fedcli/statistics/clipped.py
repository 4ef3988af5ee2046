"""A step of training in its bounded form: how many persons there are, then the sum of their clipped slopes.

Abadi et al. (2016), "Deep Learning with Differential Privacy", algorithm 1, with whole batches: nobody is
drawn, so that nothing is gained by not being drawn, and rounds compose exactly. Columns are as the bounds of
the dictionary scale them; nothing is asked of the data to standardise them.
"""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import ClassVar, Self

from fedcli.errors import fault
from fedcli.model.cells import Axis, Cell
from fedcli.model.identifiers import Name
from fedcli.model.terms import Design, Training
from fedcli.statistics.forms import STEPS, Form, Noisy, Numbers
from fedcli.statistics.score import Score
from fedcli.statistics.shape import Field


class Descent(Score):
    """A noisy step of training: in the first round `n`, later `score`; each number's noise is `blur` wide.

    A sum has the steps of the sites as `parts`: they are noisy, and may be looked at one by one.
    """

    __slots__ = ("_added", "blur", "site")

    def __init__(
        self,
        axes: tuple[Axis, ...],
        cells: Mapping[str, tuple[Cell, ...]],
        blur: float,
        added: tuple[Descent, ...] = (),
        site: Name | None = None,
    ) -> None:
        super().__init__(axes, cells)
        self.blur = blur
        self.site = site
        self._added = added

    @property
    def parts(self) -> tuple[Descent, ...]:
        """The steps of the sites that were added up; of one site, its own."""
        return self._added or (self,)

    def having(self, cells: Mapping[str, tuple[Cell, ...]], digits: Mapping[str, int] | None = None) -> Self:
        """The same terms and noise with other cells."""
        del digits
        return type(self)(self.axes, cells, self.blur)

    def length(self, field: Field) -> int:
        """As many as were trained."""
        return len(self.cells[field.name])


class Clipped(Form):
    """`n` in the first round; after it `score`, of each coefficient, in units of the longest slope.

    A person has one row. She adds one to n, so that its square is 1. Her slope is her residual times her
    columns, or what a network makes of them; where that is longer than `clip` it is made so long, one unit,
    so that the square of what she adds to the score is 1 as well, however far coefficients, columns or
    outcome go. Each coordinate is then cut towards zero to whole steps, which makes it less.
    """

    kind: ClassVar[str] = "gradients"

    def __init__(self, names: tuple[str, ...], numbers: int, clip: float, first: bool) -> None:
        self.axes = (Axis(name="term", levels=names),)
        self.numbers, self.clip, self.first = numbers, clip, first

    @property
    def lengths(self) -> Mapping[str, int]:
        """One for `n`, or one for each coefficient."""
        return {"n": 1} if self.first else {"score": self.numbers}

    @property
    def unit(self) -> int:
        """A person, or the steps of the longest slope."""
        return 1 if self.first else STEPS

    @property
    def square(self) -> Fraction:
        """See above."""
        return Fraction(1)

    def told(self, whole: Noisy) -> Descent:
        """The step of all sites, which knows those of each."""
        total = self.decode(whole.numbers, whole.deviation)
        steps = [(self.decode(one.numbers, one.deviation), one.site) for one in whole.parts]
        parts = tuple(Descent(one.axes, one.cells, one.blur, site=site) for one, site in steps)
        return Descent(total.axes, total.cells, total.blur, parts)

    def decode(self, numbers: Numbers, deviation: float) -> Descent:
        """The step with slopes in units of the design."""
        if self.first:
            return Descent(self.axes, dict(numbers), deviation)
        score = tuple(one * self.clip for one in numbers["score"])
        return Descent(self.axes, {"score": score}, deviation * self.clip)

    def typical(self, persons: int) -> Numbers:
        """So many persons; nothing goes up or down."""
        return {"n": (persons,)} if self.first else {"score": (0.0,) * self.numbers}


def clipped(design: Design, first: bool) -> Clipped:
    """The bounded form of a round of training.

    Raises:
        InvalidFile: Q-NOISE where one person can move it further than anybody has said.
    """
    names = tuple(term.name for term in design.terms)
    return Clipped(names, design.trained, clip_of(design.training), first)


def clip_of(how: Training | None) -> float:
    """How long a person's slope may be; Q-NOISE where a round of training is more than their sum."""
    if how is None or how.clip is None:
        raise fault("Q-NOISE", what="training without clip")
    if how.epochs != 1:
        raise fault("Q-NOISE", what=f"training of {how.epochs} steps of a site in a round (epochs = 1 is)")
    if how.corrected or how.proximal:
        raise fault(
            "Q-NOISE",
            what="training by the strategy fedprox or scaffold (of one step a round they are fedavg)",
        )
    return how.clip
