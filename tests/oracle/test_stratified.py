"""The log-rank test within strata over sites, against statsmodels on the pooled times."""

from __future__ import annotations

from functools import reduce
from operator import add
from typing import Any

import numpy as np
import pytest
from pydantic import ValidationError
from statsmodels.duration.survfunc import survdiff

from fedcli.analytics.kaplan_meier import KaplanMeier
from fedcli.engine.memory import MemoryRows
from fedcli.model.cells import Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.result import Answer
from fedcli.statistics.counts import Counts

EDGES = (0, 1, 2, 3, 4, 5, 6, 8)
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "columns": {
            "years": {"type": "real", "bounds": [0, 100]},
            "died": {"type": "boolean"},
            "arm": {"type": "text", "levels": ["a", "b", "c"]},
            "ward": {"type": "integer", "levels": [1, 2, 3, 4]},
        },
    },
    "a test",
)
WHOLE = KaplanMeier(time="years", event="died", edges=EDGES, by=("arm",))
WITHIN = KaplanMeier(time="years", event="died", edges=EDGES, by=("arm",), strata=("ward",))


def drawn() -> dict[str, Any]:
    """Arm c is in wards where death comes late; nobody is in the fourth ward, nor of c in the first."""
    lots = np.random.default_rng(5)
    ward = lots.integers(1, 4, 600)
    arm = np.where(lots.random(600) < ward / 4 - 0.25, "c", lots.choice(["a", "b"], 600))
    death = lots.exponential(1.5 * ward * np.where(arm == "b", 1.3, 1.0))
    lost = lots.uniform(0.5, 9, 600)
    years = np.floor(np.minimum(death, lost))
    return {"years": years, "died": (death < lost) & (years <= EDGES[-1]), "arm": arm, "ward": ward}


def counted(asked: KaplanMeier) -> Counts:
    """The counts of three sites together."""
    data = drawn()
    rows = [
        dict(zip(data, (one.item() for one in row), strict=True)) for row in zip(*data.values(), strict=True)
    ]
    sites = [MemoryRows(rows[at::3], DICTIONARY, None, asked.reads()) for at in range(3)]
    return reduce(add, (asked.local(one).unseal_for_the_gate()[0] for one in sites))  # type: ignore[attr-defined]


def told(answer: Answer) -> tuple[Any, ...]:
    """The statistic, its degrees of freedom, and the p-value."""
    return tuple(answer.scalars[name] for name in ("chi_squared", "df", "p"))


def _grid() -> tuple[Any, Any]:
    """Times down to the grid; who is followed for longer has had no event."""
    data = drawn()
    places = np.searchsorted(EDGES, data["years"], side="right") - 1
    places[data["years"] == EDGES[-1]] = len(EDGES) - 2
    return np.array(EDGES, float)[places], data["died"].astype(int)


def test_within_strata() -> None:
    """To ten digits; without strata it is another test, and wards make a difference."""
    (years, died), data = _grid(), drawn()
    statistic, p = survdiff(years, died, data["arm"], strata=data["ward"])
    assert told(WITHIN.answer(counted(WITHIN))) == pytest.approx((statistic, 2, p), rel=1e-10)
    other, p = survdiff(years, died, data["arm"])
    assert told(WHOLE.answer(counted(WHOLE))) == pytest.approx((other, 2, p), rel=1e-10)
    assert abs(statistic - other) > 1


def test_survival_is_that_of_all_strata_together() -> None:
    """The tables are those of the question without strata."""
    assert WITHIN.answer(counted(WITHIN)).tables == WHOLE.answer(counted(WHOLE)).tables


def test_a_hidden_count_of_a_stratum() -> None:
    """There is no test, and survival is an interval."""
    total = counted(WITHIN)
    cells = list(total.cells["count"])
    cells[0] = Gap(low=0, high=9)
    answer = WITHIN.answer(total.having(total.cells | {"count": tuple(cells)}))
    assert told(answer) == (None, None, None)


@pytest.mark.parametrize("given", [{"strata": ("ward",)}, {"by": ("arm",), "strata": ("arm",)}])
def test_strata_are_of_groups(given: dict[str, Any]) -> None:
    """Of none, or of the groups themselves, there are none."""
    with pytest.raises(ValidationError):
        KaplanMeier(time="years", event="died", edges=EDGES, **given)
