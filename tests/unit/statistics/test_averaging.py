"""What is known of sites from round to round, where not always the same are there."""

from __future__ import annotations

import pytest

from fedcli.analytics.fedavg import Fedavg
from fedcli.combiners.sum import total
from fedcli.errors import FedcliError
from fedcli.statistics.averaging import Weights
from fedcli.statistics.score import Score, empty
from fedcli.statistics.shares import over_rounds
from tests.oracle.fits import dictionary_of

COLUMNS = {"x": {"type": "real", "bounds": [0, 1]}, "y": {"type": "real", "bounds": [0, 1]}}
ASKED = {"family": "gaussian", "formula": "y ~ x", "rounds": 4, "epochs": 1, "c": 1e9}
ROWS = {"a": 10, "b": 20, "c": 30, "d": 40, "e": 50, "f": 60}


def model(**more: object) -> Fedavg:
    """A line of one column."""
    return Fedavg.read(ASKED | more, "a test").resolved(dictionary_of(COLUMNS), "a test")


def told(asked: Fedavg, state: Weights | None, **ways: float) -> Score:
    """What sites tell: of their columns, or that the slope went so far for each row."""
    parts = []
    for site, way in ways.items():
        n, first = ROWS[site], state is None
        cells = {"n": (n,)} | (
            {"columns": (float(n), n * way, float(n), n * way**2 + n)}
            if first
            else {"update": (0.0, n * way), "deviance": (2.0 * n,)}
        )
        shape = empty(asked._design, "gaussian", first)
        parts.append((site, shape.having(shape.cells | cells)))
    return total(parts)


def test_who_missed_rounds() -> None:
    """The site that is far is told by its name, also where another in front of it is silent.

    In the last round another is; in the answer it has its rows, its rounds, and no distance. Who told of its
    columns alone does not count among the rows.
    """
    asked = model()
    state = asked.step(None, told(asked, None, a=0.1, b=0.2, c=0.3, d=0.4, e=0.5, f=0.6))
    state = asked.step(state, told(asked, state, a=0.1, b=0.11, c=0.12, d=9.0, e=0.1))
    state = asked.step(state, told(asked, state, b=0.11, c=0.12, d=9.0, e=0.1))
    assert state.flagged == {"a": 0, "b": 0, "c": 0, "d": 2, "e": 0, "f": 0}
    last = told(asked, state, a=0.1, b=0.2, c=0.3, d=0.2)
    before, state = state, asked.step(state, last)
    answer = asked.answer_at(state, last)
    assert answer.scalars["n"] == 150
    rows = answer.tables["sites"].rows
    assert [row[1] for row in rows] == list(ROWS.values())
    assert [row[2] for row in rows] == [2, 3, 3, 3, 2, 0]
    assert [row[3] is None for row in rows] == [False] * 4 + [True] * 2
    assert [row[4] for row in rows] == [0, 0, 0, 2, 0, 0]
    assert [row[3] for row in answer.tables["rounds"].rows] == [5, 4, 4]
    moved = (10 * 0.1 + 20 * 0.2 + 30 * 0.3 + 40 * 0.2) / 100
    assert state.beta[1] - before.beta[1] == pytest.approx(moved)


def test_too_few_for_the_combiner() -> None:
    """A round that Krum cannot judge is no round: the sites are waited for."""
    asked = model(combiner="krum")
    state = asked.step(None, told(asked, None, a=0.1, b=0.2, c=0.3, d=0.4, e=0.5))
    with pytest.raises(FedcliError) as caught:
        asked.step(state, told(asked, state, a=0.1, b=0.2, c=0.3, d=0.4))
    assert caught.value.code == "R-ROBUST"


def test_a_round_of_nobody_is_no_end() -> None:
    """Where those that answered have no rows, training does not end as if there were none at all."""
    asked = model()
    state = asked.step(None, told(asked, None, a=0.1, b=0.2))
    nobody = empty(asked._design, "gaussian", first=False)
    with pytest.raises(FedcliError) as caught:
        asked.step(state, total([("c", nobody)]))
    assert caught.value.code == "R-ROBUST"


def test_shares_over_rounds() -> None:
    """A site has no share in a round that it missed; where one is not known, none is."""
    each = [{"a": 0.25, "b": 0.75}, {"a": 1.0}]
    assert over_rounds(each) == {"a": 0.625, "b": 0.375}
    assert over_rounds([*each, {}]) == over_rounds([]) == {}
