"""How far values lie from the centre of their group, from how far they lie below and above it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from fedcli.model.cells import size
from fedcli.statistics.figures import POSITIVE, figure
from fedcli.statistics.interval import add
from fedcli.statistics.moments import Moments, Part
from fedcli.statistics.shape import Mask, Masks

#: How far a value lies below its centre, and how far above.
SIDES = ("below", "above")


class Deviations(Moments):
    """The moments of both sides of a centre, which stand and fall together.

    Above less below is the mean less the centre, and the squares of both sides add up to those of the
    values: who knows the moments of the values works out one side of the other.
    """

    __slots__ = ()
    kind: ClassVar[str] = "deviations"

    def linked(self, masks: Masks) -> Masks:
        """What is hidden of a side is hidden of both; the rest as of moments."""
        number = size(self.groups)
        both = {
            name: Mask(at for one in mask for at in (one % number, one % number + number))
            for name, mask in masks.items()
        }
        return super().linked(both)


def deviations(total: Moments) -> list[Part]:
    """The n, mean and m2 of absolute deviations in each group; intervals beside hidden cells.

    A value is on one side, so that the product of its two sides is zero: with b and a the means of both, the
    sum of squared deviations from b + a is that of both sides less 2 n b a.
    """
    groups = size(total.groups)
    return [_both(total.part(at), total.part(groups + at)) for at in range(groups)]


def _both(below: Part, above: Part) -> Part:
    if below.n == 0:
        return Part(0, None, None)
    cells = [below.n, below.mean, above.mean, below.m2, above.m2]
    return Part(below.n, add(below.mean, above.mean), figure(_spread, cells, POSITIVE))


def _spread(numbers: Sequence[float]) -> float:
    n, below, above, one, other = numbers
    return max(0.0, one + other - 2 * n * below * above)
