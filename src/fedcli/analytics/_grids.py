"""Parameters that several analytics share: the edges of a grid, and the shares that quantiles are at."""

from __future__ import annotations

from itertools import pairwise
from typing import Annotated

from pydantic import AfterValidator, Field

from fedcli.model.cells import Number

_EXACT = 2**53 - 1  # a larger whole number is not the same in every JSON reader
_DECIMALS = 4


def _increasing(edges: tuple[Number, ...]) -> tuple[Number, ...]:
    """The edges, whole ones as whole numbers: 40 and 40.0 are one question."""
    if any(low >= high for low, high in pairwise(edges)):
        raise ValueError("edges are written in increasing order")
    return tuple(map(_whole, edges))


def _whole(edge: Number) -> Number:
    return int(edge) if float(edge).is_integer() else edge


def _shares(at: tuple[float, ...]) -> tuple[float, ...]:
    if any(low >= high for low, high in pairwise(at)):
        raise ValueError("the shares are written in increasing order")
    if any(round(share, _DECIMALS) != share for share in at):
        raise ValueError(f"a share has at most {_DECIMALS} decimals")
    return at


#: The edges of bins, declared by the question and never read off the data.
Edges = Annotated[
    tuple[Annotated[Number, Field(ge=-_EXACT, le=_EXACT)], ...],
    AfterValidator(_increasing),
    Field(min_length=2, max_length=200, description="edges of the bins, increasing"),
]
#: Where a column is divided, declared by the question too: one is enough.
Cuts = Annotated[
    tuple[Annotated[Number, Field(ge=-_EXACT, le=_EXACT)], ...],
    AfterValidator(_increasing),
    Field(min_length=1, max_length=100),
]
#: A time after the first, which is zero.
Time = Annotated[Number, Field(gt=0, le=_EXACT), AfterValidator(_whole)]
#: Which quantiles: 0.5 is the median.
Shares = Annotated[
    tuple[Annotated[float, Field(gt=0, lt=1)], ...],
    AfterValidator(_shares),
    Field(
        min_length=1, max_length=20, description="which quantiles, each between 0 and 1: 0.5 is the median"
    ),
]
