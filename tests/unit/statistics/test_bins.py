"""Bins: their labels and ends, and in which of them a value is."""

from __future__ import annotations

import pytest

from fedcli.analytics.histogram import Histogram
from fedcli.engine.memory import MemoryRows
from fedcli.errors import InvalidFile
from fedcli.model.dataset import Dictionary
from fedcli.statistics.bins import Bins
from tests.laws.engines import duck_of, unsealed

DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {"x": {"type": "real", "missing": [-9]}, "f": {"type": "boolean"}},
    },
    "a test",
)


def test_labels_and_ends() -> None:
    """Half-open but for the last; open ends below and above."""
    bins = Bins("x", (0, 2.5, 10))
    assert bins.labels == ("below", "[0, 2.5)", "[2.5, 10]", "above")
    assert bins.ends == ((None, 0), (0, 2.5), (2.5, 10), (10, None))


VALUES = [
    (-0.1, 0),
    (0.0, 1),
    (2.4999999999999996, 1),
    (2.5, 2),
    (9.9, 2),
    (10.0, 2),
    (10.000000000000002, 3),
    (1e300, 3),
    (-1e300, 0),
    (None, None),
    (float("nan"), None),
    (float("inf"), None),
    (-9.0, None),
]


@pytest.mark.parametrize("engine", ["memory", "duckdb"])
@pytest.mark.parametrize(("value", "place"), VALUES)
def test_where_a_value_is(value: float | None, place: int | None, engine: str) -> None:
    """On an edge, just beside it, far out, and nowhere."""
    asked, rows, seen = Histogram(column="x", edges=(0, 2.5, 10)), [{"x": value, "f": None}], frozenset({"x"})
    if engine == "memory":
        shape = unsealed(asked.local(MemoryRows(rows, DICTIONARY, None, seen)))[0]
    else:
        with duck_of(rows, DICTIONARY, None, seen) as found:
            shape = unsealed(asked.local(found))[0]
    assert shape.cells["count"] == tuple(int(at == place) for at in range(4))
    assert shape.cells["missing"] == (int(place is None),)


@pytest.mark.parametrize("number", [2, 3, 57, 200])
def test_every_bin_is_found(number: int) -> None:
    """One value in each of many bins, and one on each side."""
    rows = [{"x": at - 0.5, "f": None} for at in range(number + 1)]
    asked = Histogram(column="x", edges=tuple(range(number)))
    with duck_of(rows, DICTIONARY, None, frozenset({"x"})) as found:
        shape = unsealed(asked.local(found))[0]
    assert shape.cells["count"] == (1,) * (number + 1)


@pytest.mark.parametrize(
    "edges",
    [[], [1], [1, 1], [2, 1], [1, 1.0], [True, 2], ["1", "2"], [1, None], [0, 2**53], list(range(201))],
)
def test_edges_that_are_none(edges: list[object]) -> None:
    """Two to two hundred numbers, each larger than the one before."""
    with pytest.raises(InvalidFile) as caught:
        Histogram.read({"column": "x", "edges": edges}, "a test")
    assert caught.value.code == "F-SCHEMA"


def test_whole_edges_are_one_question() -> None:
    """40 and 40.0 give the same digest, and the same label."""
    asked = [Histogram.read({"column": "x", "edges": [low, 50]}, "a test") for low in (40, 40.0)]
    assert asked[0].sha256 == asked[1].sha256
    assert asked[1].edges == (40, 50)
    assert isinstance(asked[1].edges[0], int)


def test_the_column_is_not_grouped_by() -> None:
    """It has bins or levels, not both."""
    with pytest.raises(InvalidFile, match="both"):
        Histogram.read({"column": "x", "edges": [1, 2], "by": ["x"]}, "a test")
