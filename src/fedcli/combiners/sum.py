"""The sum: what sites released, added up into the shape that pooled rows would give."""

from __future__ import annotations

from collections.abc import Sequence
from functools import reduce
from operator import add
from typing import TypeVar

from fedcli.errors import fault
from fedcli.model.identifiers import Name
from fedcli.model.release import Answered, Values
from fedcli.model.verified import Verified
from fedcli.statistics.rounding import known
from fedcli.statistics.shape import Shape

S = TypeVar("S", bound=Shape)


def total(outline: S, analysis: Name, values: Sequence[Verified[Values]]) -> S:
    """The shape of all sites that answered an analysis; only verified values can be added.

    Raises:
        Untrusted: R-SHAPE where a site's answer does not have the outline's form.
    """
    return reduce(add, (shape for _, shape in parts(outline, analysis, values)))


def parts(outline: S, analysis: Name, values: Sequence[Verified[Values]]) -> list[tuple[Name, S]]:
    """What each site answered, as a shape; as `total` otherwise."""
    return [
        (one.value.site, _fitted(outline, answer, one.value.site))
        for one in values
        if isinstance(answer := one.value.analyses.get(analysis), Answered)
    ]


def _fitted(outline: S, answer: Answered, site: Name) -> S:
    """An answer as a shape of the planned form, in which rounded numbers say where the true ones lie."""
    shape = outline.having(answer.cells, answer.digits)
    lengths = {field.name: outline.length(field) for field in outline.fields}
    given = {name: len(row) for name, row in answer.cells.items()}
    if answer.kind != outline.kind or answer.axes != outline.axes or given != lengths:
        raise fault("R-SHAPE", site=site)
    return known(shape, answer.rounding)
