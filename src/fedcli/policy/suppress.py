"""Suppression: failing cells become gaps, with all that would give them away."""

from __future__ import annotations

from typing import TypeVar

from fedcli.model.cells import Cell
from fedcli.model.policy import Disclosure
from fedcli.statistics.shape import Field, Mask, Masks, Shape

S = TypeVar("S", bound=Shape)


def suppressed(shape: S, failing: Masks, rules: Disclosure, besides: Masks | None = None) -> S:
    """The shape with the failing cells, some `besides`, and the cells linked to either, as gaps.

    Field after field: the interval of a later one may use what the earlier ones now show, and must
    not use what they no longer do.
    """
    masks = shape.linked({name: mask | (besides or {}).get(name, Mask()) for name, mask in failing.items()})
    for field in shape.fields:
        hidden = _hidden(shape, field, masks[field.name], failing[field.name], rules)
        shape = shape.having({**shape.cells, field.name: hidden})
    return shape


def _hidden(shape: Shape, field: Field, mask: Mask, primary: Mask, rules: Disclosure) -> tuple[Cell, ...]:
    return tuple(
        shape.gap(field, index, rules, index in primary) if index in mask else cell
        for index, cell in enumerate(shape.cells[field.name])
    )
