"""Cohorts that an attacker asks for: halves by chance, bands, all but one, and the same in other words."""

from __future__ import annotations

from typing import Literal

import numpy as np

from fedcli.language.normal import normal
from fedcli.model.predicate import (
    Arithmetic,
    Column,
    Comparison,
    Constant,
    Function,
    Junction,
    Predicate,
    Value,
)
from fedcli.workflows.attacking.population import Vector

_INCOME = Column(name="income")
Compared = Literal["lt", "ge", "ne", "gt"]


def half(factor: float, share: float = 0.5) -> Predicate:
    """About a share of all persons, as if by lot: those whose multiple has a small fractional part."""
    product = Arithmetic(op="multiply", left=_INCOME, right=_real(factor))
    part = Arithmetic(op="subtract", left=product, right=Function(op="floor", of=product))
    return normal(Comparison(op="lt", left=part, right=_real(share)))


def in_half(income: Vector, factor: float, share: float = 0.5) -> Vector:
    """Who is in it; the same arithmetic on the same doubles."""
    product = income * factor
    return product - np.floor(product) < share


def compared(op: Compared, income: float) -> Predicate:
    """Persons by an income that the attacker knows."""
    return normal(Comparison(op=op, left=_INCOME, right=_real(income)))


def both(*predicates: Predicate) -> Predicate:
    """All of these."""
    return normal(Junction(op="and", of=predicates))


def reworded(predicate: Predicate, number: int) -> Predicate:
    """The same persons in other words: nobody's income is below zero."""
    return both(predicate, compared("gt", -1.0 - number))


def _real(value: float) -> Value:
    return Constant(type="real", value=float(value))
