"""Rows whose missing values are filled in, as rows again: a part of the oracle.

The draws are those of the engine of sites, since others would be others; that they are good ones is for tests
of their distribution to say.
"""

from __future__ import annotations

import numpy as np

from fedcli.engine.blocks import bases
from fedcli.engine.imputing import Imputing, imputed_of
from fedcli.engine.people import Row, number
from fedcli.engine.sql import literal
from fedcli.model.dataset import Dictionary
from fedcli.model.identifiers import ColumnName
from fedcli.model.terms import Design, Factor


def filled(design: Design, rows: list[Row], dictionary: Dictionary, key: str = "") -> tuple[list[Row], int]:
    """The columns of a design in each row, those first that lacked nothing; and how many these are."""
    told = [
        [_number(Factor(column=column, level=level), row) for row in rows] for column, level in bases(design)
    ]
    imputing = Imputing(design, dictionary, key)
    imputing.take([np.array(told, dtype=np.float64).reshape(len(told), len(rows))])
    blocks = [*imputing.blocks(imputed_of(design).which)]
    lines = np.concatenate(blocks, axis=1) if blocks else np.empty((len(told), 0))
    return [_row(design, values, dictionary) for values in lines.T.tolist()], imputing.whole


def _number(factor: Factor, row: Row) -> float:
    return float("nan") if row[factor.column] is None else number(factor, row)


def _row(design: Design, values: list[float], dictionary: Dictionary) -> Row:
    """A row from its numbers: a level is the one whose number is 1, else the first that has none."""
    found: dict[tuple[ColumnName, object], float] = {**dict(zip(bases(design), values, strict=True))}
    return {name: _value(name, found, dictionary) for name in sorted(design.columns)}


def _value(name: ColumnName, found: dict[tuple[ColumnName, object], float], dictionary: Dictionary) -> object:
    if (name, None) in found:
        return found[name, None]
    levels = dictionary.columns[name].categories
    has = [level for level in levels if found.get((name, level)) == 1.0]
    rest = [level for level in levels if (name, level) not in found]
    return literal([*has, *rest][0], dictionary.columns[name].type)
