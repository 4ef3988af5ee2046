"""Under differential privacy no stored type makes a query fail on what one row holds.

There are values and constants that no type holds both of, where a comparison fails on the first row that is
asked: an answer that is refused because somebody is in the cohort would tell that they are.
"""

from __future__ import annotations

from functools import cache
from itertools import combinations
from typing import Any

import duckdb
import pytest

from fedcli.analytics._contract import Analytic
from fedcli.analytics.count import Count
from fedcli.analytics.crosstab import Crosstab
from fedcli.analytics.summary import Summary
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.opening import TABLE, Opened
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from fedcli.model.predicate import Choice, Column, Comparison, Constant, Predicate
from fedcli.statistics.seal import Bounded

_BIG, _HUGE = "170141183460469231731687303715884105727", "340282366920938463463374607431768211455"
#: For each column how it is stored, its type, and its value in an ordinary row and in two others.
STORED: dict[str, tuple[str, str, tuple[str, str, str]]] = {
    "ns": ("TIMESTAMP_NS", "timestamp", ("2020-01-01", "2262-04-11", "1700-01-01")),
    "s": ("TIMESTAMP_S", "timestamp", ("2020-01-01", "290000-01-01", "infinity")),
    "ms": ("TIMESTAMP_MS", "timestamp", ("2020-01-01", "290000-01-01", "-infinity")),
    "tz": ("TIMESTAMP WITH TIME ZONE", "timestamp", ("2020-01-01", "290000-01-01", "infinity")),
    "day": ("DATE", "date", ("2020-01-01", "5881580-07-10", "infinity")),
    "tiny": ("UTINYINT", "integer", ("1", "255", "0")),
    "huge": ("HUGEINT", "integer", ("1", _BIG, f"-{_BIG}")),
    "uhuge": ("UHUGEINT", "integer", ("1", _HUGE, "0")),
    "fine": ("DECIMAL(38,30)", "real", ("1.5", "99999999.5", "-99999999.5")),
    "wide": ("DECIMAL(38,0)", "real", ("1", "9" * 38, "-" + "9" * 38)),
    "money": ("DECIMAL(10,2)", "real", ("1.25", "99999999.99", "-99999999.99")),
    "single": ("FLOAT", "real", ("1.5", "3.4e38", "nan")),
    "double": ("DOUBLE", "real", ("1.5", "1.7e308", "-inf")),
    "text": ("VARCHAR", "text", ("a", "it''s", "")),
    "chosen": ("ENUM('a', 'b', 'it''s')", "text", ("a", "it''s", "b")),
}
_OF: dict[str, dict[str, Any]] = {
    "timestamp": {"levels": ["2020-01-01T00:00:00", "9999-12-31T00:00:00"], "missing": ["0001-01-01"]},
    "date": {"levels": ["2020-01-01", "9999-12-31"], "missing": ["0001-01-01"]},
    "integer": {"levels": [1, 9007199254740991], "missing": [-9]},
    "real": {"levels": [1.5, 1e300], "missing": [-9, -1e300, 9007199254740991]},
    "text": {"levels": ["a", "nobody"], "missing": ["it's"]},
}
_KEY = {"type": "text", "sensitivity": "identifier"}
PERSONS = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "odd",
        "unit": "person",
        "person_id": "person",
        "columns": {"person": _KEY} | {name: {"type": one[1]} | _OF[one[1]] for name, one in STORED.items()},
    },
    "odd",
)


@cache
def opened(rows: tuple[int, ...]) -> Opened:
    """A table with some of the three rows; row 0 is ordinary."""
    connection = duckdb.connect(":memory:")
    columns = ", ".join(f'"{name}" {one[0]}' for name, one in STORED.items())
    connection.execute(f"CREATE TABLE {TABLE} (person VARCHAR, {columns})")
    for row in rows:
        values = ", ".join(f"'{one[2][row]}'" for one in STORED.values())
        connection.execute(f"INSERT INTO {TABLE} VALUES ('p{row}', {values})")
    return Opened(connection, connection.cursor())


def told(analytic: Analytic[Any], cohort: Predicate | None, rows: tuple[int, ...]) -> tuple[int, ...]:
    """The vector of an analytic."""
    counted = Contribution(rows=1, cells=1)
    asked = BoundedRows(opened(rows), PERSONS, cohort, analytic.reads(), counted, "0" * 64)
    bounded = analytic.local(asked)
    assert isinstance(bounded, Bounded)
    return bounded.unseal_for_noise()[1]


def constants(name: str) -> list[Constant]:
    """Everything that a cohort may compare a column with: its levels and codes, and a far one."""
    kind: Any = STORED[name][1]
    return [Constant(type=kind, value=one) for one in (*_OF[kind]["levels"], *_OF[kind]["missing"])]


@pytest.mark.parametrize("name", STORED)
@pytest.mark.parametrize("op", ["eq", "lt"])
def test_no_constant_fails(name: str, op: Any) -> None:
    """Whoever is in the data, and with rows or without."""
    for one in constants(name):
        cohort = Comparison(op=op, left=Column(name=name), right=one)
        assert told(Count(), cohort, ()) == (0,)
        assert sum(told(Count(), cohort, (0, 1, 2))) <= 3


@pytest.mark.parametrize("name", STORED)
def test_no_list_fails(name: str) -> None:
    """The ordinary row has the first level, or is between it and nothing."""
    cohort = Choice(of=Column(name=name), choices=tuple(constants(name)))
    assert sum(told(Count(), cohort, (0, 1, 2))) <= 3


@pytest.mark.parametrize("pair", list(combinations(STORED, 2)), ids="-".join)
def test_no_pair_of_columns_fails(pair: tuple[str, str]) -> None:
    """Of columns that a cohort may compare."""
    left, right = pair
    kinds = {STORED[left][1], STORED[right][1]}
    if len(kinds) == 1 or kinds == {"integer", "real"}:
        for ends in (pair, pair[::-1]):
            cohort = Comparison(op="lt", left=Column(name=ends[0]), right=Column(name=ends[1]))
            assert sum(told(Count(), cohort, (0, 1, 2))) <= 3


@pytest.mark.parametrize("name", STORED)
def test_no_level_fails(name: str) -> None:
    """The ordinary row has the first level, and no other row one of the levels."""
    ordinary = float(STORED[name][2][0]) if STORED[name][1] == "real" else 1.5
    first = int(ordinary == 1.5)  # 1.25 is no level
    assert told(Crosstab(by=(name,)), None, (0,)) == (first, 0, 1 - first)
    assert told(Crosstab(by=(name,)), None, (0, 1, 2))[:2] == (first, 0)


@pytest.mark.parametrize("name", [name for name, one in STORED.items() if one[1] in ("integer", "real")])
def test_no_number_fails(name: str) -> None:
    """Far beyond the bounds it is at their end."""
    vector = told(Summary(columns=(name,)), None, (0, 1, 2))
    assert len(vector) == 4
