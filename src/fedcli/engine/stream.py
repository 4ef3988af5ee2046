"""A model's step over batches of rows: each batch becomes a design matrix, and BLAS sums its products.

DuckDB reads, cleans and filters; what comes over is one double for each number and each level that the
design names. Memory is flat: a batch is gone before the next one comes.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from fedcli.engine.sql import Binder, literal, quoted
from fedcli.model.dataset import Dictionary, Level
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Factor, Term
from fedcli.statistics.evidence import Figures, Kind
from fedcli.statistics.families import FamilyName
from fedcli.statistics.indicators import condition, distinct, fewest
from fedcli.statistics.score import SUMS, pairs

BATCH = 65_536
Vector = NDArray[np.float64]
#: A number of a row, or whether it has a level.
Base = tuple[ColumnName, Level | None]


def bases(design: Design) -> list[Base]:
    """Everything that a design needs of a row, once each."""
    factors = [factor for term in (design.outcome, *design.terms) for factor in term.factors]
    factors += [design.offset] if design.offset else []
    return list(dict.fromkeys((one.column, one.level) for one in factors))


def select(design: Design, dictionary: Dictionary, binder: Binder) -> str:
    """The end of a query over `cohort`: one double for each base, of rows that lack nothing."""
    told = []
    for column, level in bases(design):
        if level is None:
            told.append(f"CAST({quoted(column)} AS DOUBLE)")
        else:
            value = binder.bind(literal(level, dictionary.columns[column].type))
            told.append(f"CAST({quoted(column)} = {value} AS DOUBLE)")
    present = " AND ".join(f"{quoted(column)} IS NOT NULL" for column in sorted(design.columns))
    return f"SELECT {', '.join(told)} FROM cohort WHERE {present}"


class Accumulator:
    """The sums of a step, and the evidence for its checks."""

    def __init__(self, design: Design, family: FamilyName, state: tuple[float, ...] | None) -> None:
        self._design, self._family = design, family
        self._beta = None if state is None else np.array(state)
        self._bases = {base: place for place, base in enumerate(bases(design))}
        p = len(design.terms)
        self._n, self._deviance = 0, 0.0
        self._gram, self._score, self._sums = np.zeros((p, p)), np.zeros(p), np.zeros(SUMS)
        self._conditions = distinct([condition(term) for term in (*design.terms, design.outcome)])
        self._meet = np.zeros((len(self._conditions),) * 2)
        self._numbers = [at for at, term in enumerate(design.terms) if not term.indicator]
        self._tops = np.zeros((len(self._conditions), len(self._numbers) + 1, 3))

    def add(self, columns: list[Vector]) -> None:
        """Take a batch, one array for each base."""
        terms = [self._raw(term, columns) for term in self._design.terms]
        scaled = [
            (raw - term.centre) / term.scale for raw, term in zip(terms, self._design.terms, strict=True)
        ]
        outcome = self._raw(self._design.outcome, columns)
        self._step(np.column_stack(scaled), outcome, self._offset(columns))
        self._gather(columns, terms, outcome)

    def _step(self, x: Vector, outcome: Vector, offset: Vector) -> None:
        told = self._design.outcome
        y = (outcome - told.centre) / told.scale
        weight, residual, deviance = _rows(
            self._family, y, offset, None if self._beta is None else x @ self._beta + offset
        )
        self._n += len(y)
        self._gram += x.T @ (x * weight[:, None])
        self._score += x.T @ residual
        self._deviance += float(deviance.sum())
        self._sums += [y.sum(), _own(self._family, y).sum(), (y * offset).sum(), np.exp(offset).sum()]

    def _gather(self, columns: list[Vector], terms: list[Vector], outcome: Vector) -> None:
        """Who meets which conditions, and the largest parts of each group's totals."""
        meets = np.column_stack([self._meets(one, columns, len(outcome)) for one in self._conditions])
        self._meet += meets.T @ meets
        totals = [np.abs(terms[at]) for at in self._numbers]
        totals.append(np.abs(outcome) if not self._design.outcome.indicator else np.zeros(len(outcome)))
        for at in range(len(self._conditions)):
            inside = meets[:, at] > 0
            for which, total in enumerate(totals):
                self._tops[at, which] = _merged(self._tops[at, which], total[inside])

    def _meets(self, one: frozenset[Any], columns: list[Vector], rows: int) -> Vector:
        found = np.ones(rows)
        for base in one:
            found = found * columns[self._bases[base]]
        return found

    def _raw(self, term: Term, columns: list[Vector]) -> Vector:
        value = np.ones(len(columns[0]))
        for factor in term.factors:
            value = value * self._factor(factor, columns)
        return value

    def _factor(self, factor: Factor, columns: list[Vector]) -> Vector:
        value = columns[self._bases[factor.column, factor.level]]
        if factor.level is not None:
            return value
        grow = {"log": np.log, "log1p": np.log1p, "sqrt": np.sqrt}
        value = grow[factor.function](value) if factor.function else value
        raised: Vector = ((value - factor.centre) / factor.scale) ** factor.power
        return raised

    def _offset(self, columns: list[Vector]) -> Vector:
        if self._design.offset is None:
            return np.zeros(len(columns[0]))
        return self._factor(self._design.offset, columns)

    def cells(self) -> dict[str, tuple[Any, ...]]:
        """The cells of the score."""
        upper = [self._gram[place] for place in pairs(len(self._design.terms))]
        return {
            "n": (self._n,),
            "gram": tuple(map(float, upper)),
            "score": tuple(map(float, self._score)),
            "deviance": (None if self._beta is None else self._deviance,),
            "sums": tuple(map(float, self._sums)),
        }

    def evidence(self) -> dict[Kind, dict[str, Figures]]:
        """What the checks of models need."""
        counts = {
            (one, other): round(float(self._meet[i, j]))
            for i, one in enumerate(self._conditions)
            for j, other in enumerate(self._conditions)
        }
        tops = {
            (one, which): tuple(map(float, self._tops[i, at]))
            for i, one in enumerate(self._conditions)
            for at, which in enumerate([*self._numbers, None])
        }
        return model_evidence(self._design, self._n, counts, tops)


def model_evidence(
    design: Design,
    n: int,
    counts: dict[tuple[Any, Any], int],
    tops: dict[tuple[Any, int | None], tuple[float, ...]],
) -> dict[Kind, dict[str, Figures]]:
    """The evidence of a score from its tables and totals.

    `counts` are the persons who meet two conditions; `tops` the total, largest and second largest part
    of the numbers of a term (None: of the outcome) among those who meet a condition.
    """
    conditions = [condition(term) for term in design.terms]
    told = condition(design.outcome)
    p, upper = len(conditions), pairs(len(conditions))

    def cell(one: Any, other: Any) -> int:
        return fewest(one, other, counts[one, other], counts[one, one], counts[other, other], n)

    def total(i: int, j: int) -> tuple[float, ...]:
        first, second = design.terms[i].indicator, design.terms[j].indicator
        if first == second:
            return (0.0, 0.0, 0.0)
        return tops[conditions[i if first else j], j if first else i]

    smaller = cell(told, told) if told else n
    everywhere = {"n": 1, "gram": len(upper), "score": p, "deviance": 1, "sums": SUMS}
    cells: dict[str, Figures] = {
        "n": (n,),
        "gram": tuple(cell(conditions[i], conditions[j]) for i, j in upper),
        "score": tuple(cell(one, told) for one in conditions),
        "deviance": (n,),
        "sums": (smaller,) * SUMS,
    }
    nothing = (0.0, 0.0, 0.0)
    of_outcome = [
        tops[one, None] if term.indicator else nothing
        for one, term in zip(conditions, design.terms, strict=True)
    ]
    sums = {"gram": [total(i, j) for i, j in upper], "score": of_outcome}
    figures: dict[Kind, dict[str, Figures]] = {
        "persons": {name: (n,) * length for name, length in everywhere.items()},
        "cells": cells,
        "residual": {name: (n - p,) * length for name, length in everywhere.items()},
        "stratum": {name: (smaller / p,) * length for name, length in everywhere.items()},
    }
    for at, kind in enumerate(("magnitude", "largest", "second")):
        figures[kind] = {  # type: ignore[index]
            name: tuple(part[at] for part in sums.get(name, [nothing] * length))
            for name, length in everywhere.items()
        }
    return figures


def _merged(known: Vector, part: Vector) -> list[float]:
    """A total with its two largest parts, and those of a batch, together."""
    top = np.partition(part, -2)[-2:] if len(part) > 2 else part
    first, second, *_ = sorted([*map(float, known[1:]), *map(float, top)], reverse=True)
    return [float(known[0]) + float(part.sum()), first, second]


def _rows(family: FamilyName, y: Vector, offset: Vector, eta: Vector | None) -> tuple[Vector, Vector, Vector]:
    """Weight, weighted working residual and deviance of each row, as in `statistics.families`."""
    if family == "gaussian":
        left = y - (offset if eta is None else eta)
        return np.ones(len(y)), left, np.zeros(len(y)) if eta is None else left**2
    if eta is None:
        mu = (y + 0.5) / 2 if family == "binomial" else y + 0.1
        weight = mu * (1 - mu) if family == "binomial" else mu
        start = np.log(mu / (1 - mu)) if family == "binomial" else np.log(mu)
        return weight, weight * (start - offset) + y - mu, np.zeros(len(y))
    if family == "binomial":
        mu = 1 / (1 + np.exp(-np.abs(eta)))
        mu = np.where(eta >= 0, mu, 1 - mu)
        return mu * (1 - mu), y - mu, 2 * (np.log1p(np.exp(-np.abs(eta))) + np.maximum(eta, 0) - y * eta)
    mu = np.exp(eta)
    return mu, y - mu, 2 * (_own(family, y) - y * eta - (y - mu))


def _own(family: FamilyName, y: Vector) -> Vector:
    if family == "gaussian":
        return y * y
    return y * np.log(np.where(y > 0, y, 1.0)) if family == "poisson" else np.zeros(len(y))


def batches(reader: Iterable[Any]) -> Iterator[list[Vector]]:
    """The columns of each Arrow batch as arrays; empty ones are left out."""
    for batch in reader:
        if batch.num_rows:
            yield [column.to_numpy(zero_copy_only=False) for column in batch.columns]
