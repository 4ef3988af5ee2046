"""Cumulative incidence of competing causes, against statsmodels on times on the grid, and one by hand."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from statsmodels.duration.survfunc import CumIncidenceRight, survdiff

from tests.oracle.rehearsals import ONE_ROUND, Interval, Numbers, numbers, rehearsed, write_dictionary
from tests.oracle.test_grids import _all_told

EDGES = [0, 6, 12, 18, 24, 36, 48]
CAUSES = {"relapse": 1, "death": 2}
COLUMNS = {
    "months": 'type = "real"\nbounds = [0, 100]',
    "ended": 'type = "text"\nlevels = ["relapse", "alive", "death"]',
    "arm": 'type = "text"\nlevels = ["a", "b"]',
}
PLAIN = (
    'id = "all"\nanalytic = "cumulative_incidence"\ntime = "months"\nevent = "ended"\ncensored = "alive"\n'
    f"edges = {EDGES}"
)
GROUPS = PLAIN.replace('"all"', '"groups"') + '\nby = ["arm"]'


def drawn(rows: int = 900) -> pa.Table:
    """Relapses and deaths of two arms; some are followed for longer than the last edge, some until it."""
    lots = np.random.default_rng(11)
    arm = lots.choice(["a", "b"], rows)
    relapse = lots.exponential(np.where(arm == "a", 25.0, 45.0))
    death = lots.exponential(60.0, rows)
    lost = lots.uniform(3, 80, rows)
    months = np.minimum(np.minimum(relapse, death), lost)
    ended = np.select([months == relapse, months == death], ["relapse", "death"], "alive")
    months[::50] = np.minimum(months[::50].round(), EDGES[-1])
    return pa.table({"months": months, "ended": ended, "arm": arm})


def _rounded(table: Any) -> tuple[Any, Any]:
    """Times down to the grid, and causes as numbers; those who are followed for longer at its end."""
    months, ended = table["months"].to_numpy(), table["ended"].to_numpy(zero_copy_only=False)
    places = np.searchsorted(EDGES, months, side="right") - 1
    places[months == EDGES[-1]] = len(EDGES) - 2
    cause = np.select([ended == name for name in CAUSES], list(CAUSES.values()), 0)
    return np.array(EDGES, float)[places], np.where(months <= EDGES[-1], cause, 0)


def _asked(folder: Path, policy: str) -> dict[str, Numbers]:
    table = drawn()
    site = np.random.default_rng(4).integers(0, 3, len(table))
    (data := folder / "sites").mkdir()
    for which in range(3):
        pq.write_table(table.filter(pa.array(site == which)), data / f"site-{which}.parquet")
    dictionary = write_dictionary(folder / "trial.toml", "trial", COLUMNS)
    ended = rehearsed(folder, [PLAIN, GROUPS], data, dictionary, policy)
    assert {one["status"] for one in ended.data["rehearsed"]} == {"done"}, ended.text
    return {name: numbers(result) for name, result in ended.data["results"].items()}


def test_every_number_is_that_of_the_pooled_rounded_times(tmp_path: Path) -> None:
    """Of three sites, under `evaluation` with nothing hidden, at 1e-10: incidence, error, and tests."""
    found = _asked(tmp_path, _all_told(tmp_path))
    table = drawn()
    arm = table["arm"].to_numpy(zero_copy_only=False)
    months, cause = _rounded(table)
    for group in ("", "a", "b"):
        rows = arm == group if group else np.ones(len(table), bool)
        _compare(found["groups" if group else "all"], group, months[rows], cause[rows])
    for name, number in CAUSES.items():
        statistic, p = survdiff(months, (cause == number).astype(int), arm)
        assert found["groups"][f"tests[{name}].chi_squared"] == pytest.approx(statistic, rel=1e-9)
        assert found["groups"][f"tests[{name}].p"] == pytest.approx(p, rel=1e-9)


def _compare(found: Numbers, group: str, months: Any, cause: Any) -> None:
    truth = CumIncidenceRight(months, cause)
    at = np.searchsorted(truth.times, EDGES[:-1], side="right") - 1
    for name, number in CAUSES.items():
        for place, (low, high) in zip(at, pairwise(EDGES), strict=True):
            key = ", ".join(filter(None, (group, name, str(low), str(high))))
            incidence, error = truth.cinc[number - 1][place], truth.cinc_se[number - 1][place]
            assert found[f"incidence[{key}].incidence"] == pytest.approx(incidence, rel=ONE_ROUND)
            assert found[f"incidence[{key}].std_error"] == pytest.approx(error, rel=1e-9)
            assert found[f"incidence[{key}].n_risk"] == (months >= low).sum()
            width = 1.959963984540054 * error / (incidence * -np.log(incidence))
            for end, sign in (("conf_low", 1), ("conf_high", -1)):
                told = incidence ** np.exp(sign * width)
                assert found[f"incidence[{key}].{end}"] == pytest.approx(told, rel=1e-9)


def test_small_counts_that_are_hidden_leave_intervals_and_no_test(tmp_path: Path) -> None:
    """Under the rules of `standard`: every number lies where it is told to."""
    (tmp_path / "a").mkdir()
    (tmp_path / "b").mkdir()
    exact = _asked(tmp_path / "a", _all_told(tmp_path))["groups"]
    found = _asked(tmp_path / "b", "standard")["groups"]
    hidden = {place: told for place, told in found.items() if isinstance(told, Interval)}
    assert any(place.endswith(".incidence") for place in hidden)
    for place, told in hidden.items():
        number = exact[place]
        assert isinstance(number, int | float)
        assert told.holds(number), place
    assert {found[f"tests[{name}].{what}"] for name in CAUSES for what in ("chi_squared", "p")} == {None}
