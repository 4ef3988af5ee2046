"""What an answer of coefficients says as a model that predicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Protocol

from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Term
from fedcli.model.trained import Column, Family, Linear, LinkName, Penalty
from fedcli.statistics.interval import value_of
from fedcli.statistics.reach import has_intercept


class Asked(Protocol):
    """An analytic of a formula, and the design that it means."""

    formula: str
    design: Design | None


def linear(
    asked: Asked,
    dictionary: Dictionary,
    kind: tuple[Family, LinkName],
    told: Mapping[str, Cell],
    penalty: Penalty | None = None,
) -> Iterator[Linear]:
    """A linear predictor, in the units of its columns; nothing where a coefficient is not known."""
    design = asked.design
    if design is None or design.intercepts:
        return
    known = [value_of(told.get(term.name)) for term in design.terms]
    numbers = [float(one) for one in known if one is not None]
    if len(numbers) < len(known):
        return
    first = int(has_intercept(design))
    family, link = kind
    yield Linear(
        family=family,
        link=link,
        outcome=_column(design.outcome),
        classes=_classes(design, dictionary) if family == "binomial" else None,
        formula=asked.formula,
        intercept=numbers[0] if first else 0.0,
        terms=tuple(map(_column, design.terms[first:])),
        coefficients=tuple(numbers[first:]),
        offset=design.offset,
        penalty=penalty,
    )


def coefficients(table: Table, among: Iterable[Cell | Level] = ()) -> dict[str, Cell]:
    """The estimate of each term; of a table with more keys, those of the rows that begin so."""
    before, term, at = tuple(among), table.columns.index("term"), table.columns.index("estimate")
    rows = (row for row in table.rows if row[: len(before)] == before)
    return {str(row[term]): _number(row[at]) for row in rows}


def converged(answer: Answer) -> bool:
    """Whether a fit of rounds came to its end."""
    return value_of(answer.scalars["converged"]) == 1


def _column(term: Term) -> Column:
    return Column(name=term.name, factors=term.factors)


def _classes(design: Design, dictionary: Dictionary) -> tuple[Level, Level]:
    """The level that the outcome is compared with, and the one whose probability is predicted."""
    [factor] = design.outcome.factors
    levels = dictionary.columns[factor.column].categories or (0, 1)
    assert factor.level is not None
    [other] = [one for one in levels if one != factor.level]
    return other, factor.level


def _number(cell: Cell | Level) -> Cell:
    return None if isinstance(cell, str | bool) else cell
