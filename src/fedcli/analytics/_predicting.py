"""What an answer of coefficients says as a model that predicts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, Protocol

from fedcli.model.cells import Cell
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.result import Answer, Table
from fedcli.model.terms import Design, Layers, Term
from fedcli.model.trained import Column, Family, Layer, Linear, LinkName, Network, Penalty
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


class AskedOfLayers(Asked, Protocol):
    """The same of a network."""

    family: Literal["binomial", "gaussian"]
    c: float


def network(
    asked: AskedOfLayers, dictionary: Dictionary, layers: Layers, answer: Answer
) -> Iterator[Network]:
    """A network, in the units of its columns; nothing where a weight is not known."""
    design = asked.design
    weights = [value_of(_number(row[-1])) for row in answer.tables["weights"].rows]
    units = [tuple(map(value_of, map(_number, row[1:]))) for row in answer.tables["inputs"].rows]
    if design is None or None in weights or any(None in row for row in units):
        return
    centres, scales = zip(*units, strict=True)
    yield Network(
        family=asked.family,
        outcome=_column(design.outcome),
        classes=_classes(design, dictionary) if asked.family == "binomial" else None,
        formula=asked.formula,
        inputs=tuple(map(_column, design.terms[1:])),
        centres=tuple(map(float, centres)),
        scales=tuple(map(float, scales)),
        activation=layers.activation,
        layers=tuple(
            _layers(layers.sizes(len(design.terms) - 1), [float(one) for one in weights if one is not None])
        ),
        centre=design.outcome.centre if asked.family == "gaussian" else 0.0,
        scale=design.outcome.scale if asked.family == "gaussian" else 1.0,
        c=asked.c,
    )


def _layers(sizes: Sequence[tuple[int, int]], weights: Sequence[float]) -> Iterator[Layer]:
    """The weights as they are told: layer by layer, unit by unit, the bias last."""
    start = 0
    for into, out in sizes:
        units = [weights[start + at * (into + 1) : start + (at + 1) * (into + 1)] for at in range(out)]
        yield Layer(
            weights=tuple(tuple(unit[:-1]) for unit in units), biases=tuple(unit[-1] for unit in units)
        )
        start += (into + 1) * out


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
