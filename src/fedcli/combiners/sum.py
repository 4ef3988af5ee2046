"""The sum: what sites released, added up into the shape that pooled rows would give."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import TypeVar

from fedcli.errors import fault
from fedcli.model.identifiers import Name
from fedcli.model.policy import Contribution
from fedcli.model.release import Answered, Noise, Values
from fedcli.model.verified import Verified
from fedcli.statistics.forms import Noisy
from fedcli.statistics.rounding import known
from fedcli.statistics.shape import Shape

S = TypeVar("S", bound=Shape)


def total(parts: Sequence[tuple[Name, S]]) -> S:
    """The shape of all sites that answered an analysis."""
    return reduce(add, (shape.by(site) for site, shape in parts))


def parts(outline: S, analysis: Name, values: Sequence[Verified[Values]]) -> list[tuple[Name, S]]:
    """What each site that answered an analysis told, as a shape; only verified values can be added.

    Raises:
        Untrusted: R-SHAPE where a site's answer does not have the outline's form.
    """
    return [
        (one.value.site, _fitted(outline, answer, one.value.site))
        for one in values
        if isinstance(answer := one.value.analyses.get(analysis), Answered)
    ]


def counted(analysis: Name, values: Sequence[Verified[Values]]) -> Contribution | None:
    """How much a person counts at most in any site's answer to an analysis; None where all are exact.

    What errors are made of is then the site where a person counts most, so that they are cautious.
    """
    found = [noise.contribution for noise in noise_of(analysis, values).values()]
    if not found:
        return None
    return Contribution(rows=max(one.rows for one in found), cells=max(one.cells for one in found))


def noise_of(analysis: Name, values: Sequence[Verified[Values]]) -> dict[Name, Noise]:
    """The noise in each site's answer to an analysis; none where it is exact."""
    answers = ((one.value.site, one.value.analyses.get(analysis)) for one in values)
    return {site: one.noise for site, one in answers if isinstance(one, Answered) and one.noise is not None}


def _fitted(outline: S, answer: Answered, site: Name) -> S:
    """An answer as a shape of the planned form, in which rounded numbers say where the true ones lie."""
    shape = outline.having(answer.cells, answer.digits)
    lengths = {field.name: outline.length(field) for field in outline.fields}
    given = {name: len(row) for name, row in answer.cells.items()}
    noisy = isinstance(shape, Noisy)
    same = answer.kind == outline.kind and answer.axes == outline.axes and given == lengths
    if not same or noisy != (answer.noise is not None):
        raise fault("R-SHAPE", site=site)
    if isinstance(shape, Noisy) and answer.noise is not None:
        return Noisy(shape.form, shape.cells, shape.form.variance(answer.noise.scale))  # type: ignore[return-value]
    return known(shape, answer.rounding)
