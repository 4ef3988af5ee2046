"""Which columns can be the outcome of a family, and how they enter."""

from __future__ import annotations

from fedcli.errors import fault
from fedcli.model.dataset import Column, Dictionary
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.families import FamilyName


def suited(family: FamilyName, found: Design, dictionary: Dictionary, where: str) -> Design:
    """A design with its outcome as the family has it; it is scaled for a gaussian one alone.

    Raises:
        InvalidFile: Q-OUTCOME for a column that cannot be the outcome of the family.
    """
    _check(family, found, dictionary, where)
    if family == "gaussian":
        return found
    return found.model_copy(update={"outcome": _as_it_is(family, found.outcome)})


def _as_it_is(family: FamilyName, outcome: Term) -> Term:
    """An outcome that is not scaled; of 0 and 1 as the level 1, so that the gate counts who has it."""
    [factor] = outcome.factors
    if family == "binomial" and factor.level is None:
        factor = Factor(column=factor.column, level=1)
    return Term(name=outcome.name, factors=(factor,))


def _check(family: FamilyName, found: Design, dictionary: Dictionary, where: str) -> None:
    [factor] = found.outcome.factors
    column = dictionary.columns[factor.column]
    plain = factor.function is None and factor.power == 1 and (factor.centre, factor.scale) == (0.0, 1.0)
    good = {
        "gaussian": factor.level is None,
        "binomial": factor.level is not None or (plain and column.range == (0, 1)),
        "poisson": factor.level is None and plain and _counts(column),
        "negative-binomial": factor.level is None and plain and _counts(column),
        "gamma": factor.level is None and plain and column.range is not None and column.range[0] > 0,
    }
    if not good[family]:
        raise fault("Q-OUTCOME", column=factor.column, where=where)


def _counts(column: Column) -> bool:
    """Whether a column holds whole numbers from zero on."""
    return column.type == "integer" and column.range is not None and column.range[0] >= 0
