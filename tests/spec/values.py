"""Worked examples from persons' values: what the engine makes of them, and what the gate lets out."""

from __future__ import annotations

from typing import NamedTuple

from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.statistics.moments import Moments
from fedcli.statistics.seal import Exact
from tests.spec.checks import HIDDEN
from tests.spec.example import Leaving, Rule, between

VALUES = Rule(
    "From values to what leaves",
    "One value for each person, one question for the mean, under `standard`. The figures that the rules look "
    "at are computed from the values.",
)


class Valued(NamedTuple):
    """Persons' values as (how many persons, value), and the moments that leave."""

    why: str
    values: tuple[tuple[int, float], ...]
    high: int
    leaves: Leaving

    def exact(self) -> Exact[Moments]:
        """What the plain engine computes, with one row for each person."""
        each = [value for times, value in self.values for _ in range(times)]
        rows = [{"person": f"p{at}", "x": value} for at, value in enumerate(each)]
        return MemoryRows(rows, self.dictionary(), None, frozenset({"x"})).moments(("x",))

    def dictionary(self) -> Dictionary:
        """Bounds from zero to `high`, and one row for each person."""
        columns = {
            "person": {"type": "text", "sensitivity": "identifier"},
            "x": {"type": "real", "bounds": [0, self.high]},
        }
        head = {"schema": "fedcli/dictionary/1", "dataset": "made-up", "unit": "person", "row_key": "person"}
        return Dictionary.read({**head, "person_id": "person", "max_rows": 1, "columns": columns}, "spec")


def _left(n: int, mean: float, m2: float) -> Leaving:
    return {"n": (n,), "missing": (0,), "mean": (mean,), "m2": (m2,)}


def _hidden(n: int, high: int) -> Leaving:
    """Without mean and m2: n x high^2 / 4 is the most that m2 can be."""
    ends = {"mean": (between(0, high),), "m2": (between(0, n * high**2 / 4),)}
    return {"n": (n,), "missing": (0,)} | ends


FROM_VALUES: list[Valued] = [
    Valued(
        "9 persons: too few for anything",
        tuple((1, 42.0 + 2 * at) for at in range(9)),
        100,
        {
            "n": (HIDDEN,),
            "missing": (between(0),),
            "mean": (between(0, 100),),
            "m2": (between(0, 22_500),),
        },
    ),
    Valued(
        "10 persons are enough for a mean, not for a spread",
        tuple((1, 41.0 + 2 * at) for at in range(10)),
        100,
        {"n": (10,), "missing": (0,), "mean": (50.0,), "m2": (between(0, 25_000),)},
    ),
    Valued(
        "11 persons: m2 is 2 x (2^2 + 4^2 + 6^2 + 8^2 + 10^2)",
        tuple((1, 40.0 + 2 * at) for at in range(11)),
        100,
        _left(11, 50.0, 440.0),
    ),
    Valued("9 of 200 have it: the mean would be 9/200", ((9, 1.0), (191, 0.0)), 1, _hidden(200, 1)),
    Valued("10 of 200 have it", ((10, 1.0), (190, 0.0)), 1, _left(200, 0.05, 9.5)),
    Valued("9 of 200 do not have it", ((191, 1.0), (9, 0.0)), 1, _hidden(200, 1)),
    Valued("all but 9 of 200 have the full score", ((191, 5.0), (9, 4.0)), 5, _hidden(200, 5)),
    Valued("all but 10 have it", ((190, 5.0), (10, 4.0)), 5, _left(200, 4.95, 9.5)),
    Valued("20 persons with the same value", ((20, 50.0),), 100, _hidden(20, 100)),
    Valued("one of 20 differs", ((19, 10.0), (1, 90.0)), 100, _hidden(20, 100)),
]
