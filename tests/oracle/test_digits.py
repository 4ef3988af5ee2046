"""How many digits of NIST's certified linear models are left over sites, in exact sums of products.

NIST, Statistical Reference Datasets, linear regression. Certified values have 15 digits.
"""

from __future__ import annotations

import json
import math
from fractions import Fraction
from functools import reduce
from itertools import pairwise
from operator import add
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from numpy.polynomial import legendre

from fedcli.analytics.summary import Summary
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.opening import open_source
from fedcli.model.result import Answer
from fedcli.model.vault import Source
from tests.oracle.fits import Model, dictionary_of, fitted

#: Up to which power of the one column that there is.
POWERS = {"Pontius": 2, "Filip": 10} | dict.fromkeys(
    ("Wampler1", "Wampler2", "Wampler3", "Wampler4", "Wampler5"), 5
)
#: Those whose line goes through zero.
THROUGH_ZERO = ("NoInt1", "NoInt2")
PARAMETERS = {f"B{at}" for at in range(11)}


def rows(shared: Path, name: str) -> Any:
    """The outcome and the columns; of a polynomial, its powers."""
    lines = (shared / "nist_strd" / f"{name}.dat").read_text().splitlines()
    start = max(at for at, line in enumerate(lines) if line.startswith("Data:")) + 1
    told = np.array([list(map(float, line.split())) for line in lines[start:] if line.strip()])
    powers = range(1, POWERS.get(name, 1) + 1)
    x = told[:, 1:] if name not in POWERS else told[:, 1:2] ** np.array(powers)
    return told[:, 0], x


def certified(shared: Path, name: str) -> tuple[list[float], list[float]]:
    """The parameters B0 and on, and their standard deviations."""
    lines = (shared / "nist_strd" / f"{name}.dat").read_text().splitlines()
    told = [line.split() for line in lines if line.split()[:1] and line.split()[0] in PARAMETERS]
    return [float(one[1]) for one in told], [float(one[2]) for one in told]


def over_sites(shared: Path, folder: Path, name: str) -> Answer:
    """The fit of three sites with a third of the rows each, within bounds that people would declare."""
    y, x = rows(shared, name)
    columns = {"y": y} | {f"x{at}": one for at, one in enumerate(x.T, 1)}
    bounds = {
        column: {"type": "real", "bounds": [_down(values.min()), _up(values.max())]}
        for column, values in columns.items()
    }
    table = pa.table({column: pa.array(values) for column, values in columns.items()})
    edges = [len(y) * at // 3 for at in range(4)]
    sites = [table.slice(low, high - low) for low, high in pairwise(edges)]
    formula = f"y ~ {'0 + ' * (name in THROUGH_ZERO)}{' + '.join(list(columns)[1:])}"
    return fitted(Model("", "", "gaussian", formula), dictionary_of(bounds), sites, folder)


def _down(value: float) -> float:
    unit = 10.0 ** (math.floor(math.log10(abs(value) or 1.0)) - 1)
    return math.floor(value / unit) * unit


def _up(value: float) -> float:
    return -_down(-value)


def digits(found: list[float], expected: list[float]) -> float:
    """Of the worst: the logarithm of the relative error."""
    off = [abs(one - other) / abs(other) for one, other in zip(found, expected, strict=True)]
    return min(15.0, *(-math.log10(one) if one else 15.0 for one in off))


@pytest.mark.parametrize(
    ("name", "coefficients", "errors"),
    [
        *(("Longley", 10.0, 10.0), ("Norris", 12.0, 12.0), ("Pontius", 10.0, 10.0)),
        *(("NoInt1", 13.0, 12.0), ("NoInt2", 13.0, 12.0)),
        *(("Wampler1", 7.0, 0.0), ("Wampler2", 9.0, 0.0)),
        *(("Wampler3", 6.0, 9.0), ("Wampler4", 6.0, 9.0), ("Wampler5", 5.0, 9.0)),
    ],
)
def test_certified(name: str, coefficients: float, errors: float, shared: Path, tmp_path: Path) -> None:
    """At least so many digits of the worst coefficient, and of the worst error where there is one."""
    answer = over_sites(shared, tmp_path, name)
    betas, deviations = certified(shared, name)
    told = list(zip(*(row[1:3] for row in answer.tables["coefficients"].rows), strict=True))
    assert digits([float(str(one)) for one in told[0]], betas) >= coefficients
    if errors:
        assert digits([float(str(one)) for one in told[1]], deviations) >= errors


#: Digits of the standard deviation: what merging means and squares comes to (Chan, Golub and LeVeque 1983).
SPREADS = {
    "Lew": 14,
    "Lottery": 14,
    "Mavro": 12,
    "Michelso": 12,
    "NumAcc1": 14,
    "NumAcc2": 13,
    "NumAcc3": 9,
    "NumAcc4": 8,
}


@pytest.mark.parametrize("name", SPREADS)
def test_a_mean_and_a_spread(name: str, shared: Path, tmp_path: Path) -> None:
    """Of one column over three sites: the certified mean and standard deviation."""
    told = json.loads((shared / "oracles" / "nist_strd.json").read_text())["univariate"][name]
    lines = (shared / "nist_strd" / f"{name}.dat").read_text().splitlines()
    values = [float(line) for line in lines[-told["n"] :]]
    dictionary = dictionary_of({"value": {"type": "real", "bounds": [-1e3, 1e8]}})
    asked, shapes = Summary(columns=("value",)), []
    for at, (low, high) in enumerate(pairwise(len(values) * at // 3 for at in range(4))):
        pq.write_table(pa.table({"value": values[low:high]}), path := tmp_path / f"{at}.parquet")
        source = open_source(Source(kind="parquet", paths=(str(path),)), 500)
        rows_ = DuckRows(source, dictionary, None, asked.reads())
        shapes.append(asked.local(rows_).unseal_for_the_gate()[0])  # type: ignore[attr-defined]
    [(_, n, _, mean, _, sd)] = asked.answer(reduce(add, shapes)).tables["summary"].rows
    assert n == told["n"]
    assert digits([float(str(mean))], [told["mean"]]) >= 14
    assert digits([float(str(sd))], [told["sd"]]) >= SPREADS[name]


def test_what_is_beyond_sums_of_products(shared: Path, tmp_path: Path) -> None:
    """Ten powers of one column say the same to the digits of a double: that is told, and no number."""
    answer = over_sites(shared, tmp_path, "Filip")
    assert (answer.scalars["converged"], answer.scalars["collinear"]) == (0, 1)
    assert {row[1] for row in answer.tables["coefficients"].rows} == {None}


def test_the_same_polynomial_in_other_columns(shared: Path, tmp_path: Path) -> None:
    """As Legendre polynomials over the bounds of x, as `poly` has them, ten powers are told apart.

    Turned back into powers, without an error of its own, the coefficients have more digits than from a
    decomposition of rows.
    """
    y, x = rows(shared, "Filip")
    low, high = Fraction(-9), Fraction(-3)
    shifted = (x[:, 0] - float(low + high) / 2) / (float(high - low) / 2)
    basis = legendre.legvander(shifted, 10)[:, 1:]
    columns = {f"p{at}": line for at, line in enumerate(basis.T, 1)}
    kinds = {name: {"type": "real", "bounds": [-1, 1]} for name in columns}
    table = pa.table({"y": pa.array(y)} | {name: pa.array(line) for name, line in columns.items()})
    sites = [table.slice(at, 28) for at in (0, 28, 56)]
    dictionary = dictionary_of({"y": {"type": "real", "bounds": [0.7, 1]}} | kinds)
    answer = fitted(Model("", "", "gaussian", f"y ~ {' + '.join(columns)}"), dictionary, sites, tmp_path)
    told = [Fraction(float(str(row[1]))) for row in answer.tables["coefficients"].rows]
    betas, _ = certified(shared, "Filip")
    assert digits(_powers(told, low, high), betas) >= 12
    assert 6 < digits(_decomposed(y, x), betas) < 8
    assert digits([float(str(answer.scalars["sigma"]))], [0.334801051324544e-02]) >= 12
    assert digits([float(str(answer.scalars["r_squared"]))], [0.996727416185620]) >= 12


def _decomposed(y: Any, x: Any) -> list[float]:
    """What is left where each of three sites tells the triangular factor of its rows, of scaled columns."""
    low, high = x.min(axis=0), x.max(axis=0)
    scaled = np.column_stack([np.ones(len(y)), (x - (low + high) / 2) / ((high - low) / 2), y])
    factors = [np.linalg.qr(scaled[at : at + 28], mode="r") for at in (0, 28, 56)]
    whole = np.linalg.qr(np.vstack(factors), mode="r")
    beta = np.linalg.solve(whole[:-1, :-1], whole[:-1, -1])
    slopes = beta[1:] / ((high - low) / 2)
    return [float(beta[0] - slopes @ (low + high) / 2), *map(float, slopes)]


def _powers(told: list[Fraction], low: Fraction, high: Fraction) -> list[float]:
    """The coefficients of powers of x that those of Legendre polynomials over its bounds are."""
    known = [[Fraction(1)], [Fraction(0), Fraction(1)]]
    for k in range(1, len(told) - 1):
        longer = [Fraction(0), *(Fraction(2 * k + 1, k + 1) * one for one in known[k])]
        for at, one in enumerate(known[k - 1]):
            longer[at] -= Fraction(k, k + 1) * one
        known.append(longer)
    whole = [
        sum((beta * one[at] for beta, one in zip(told, known, strict=True) if at < len(one)), Fraction(0))
        for at in range(len(told))
    ]
    centre, half = (low + high) / 2, (high - low) / 2
    return [
        float(
            sum(whole[k] * math.comb(k, at) * (-centre) ** (k - at) / half**k for k in range(at, len(whole)))
        )
        for at in range(len(whole))
    ]
