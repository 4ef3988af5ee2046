"""`budget show` and `budget history`: what was spent, by whom, what is left, and for how long."""

from __future__ import annotations

import shutil
import sqlite3
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import pytest

from fedcli.ledger import accounts
from fedcli.ledger.budget import Spending
from fedcli.ledger.store import Store
from fedcli.model.charge import Charge
from fedcli.model.entry import Entry
from fedcli.model.identifiers import units
from fedcli.model.policy import Limits, Privacy
from fedcli.report.budgets import bar
from fedcli.workflows.announce import publish_checkpoint
from fedcli.workflows.budgeting import forecast
from fedcli.workflows.standing import membership
from tests.unit.ledger.conftest import NOW, noisy
from tests.workflows.acts import code, policy, run
from tests.workflows.conftest import ALONE
from tests.world import Ended, World, query_text

PEOPLE = "hospital-patients"
QUERY = "ab" * 32


def spend(world: World, number: int, share: str = "0.1", **more: Any) -> None:
    """One charge under differential privacy at north, with its checkpoint."""
    told = {"population": PEOPLE, "question": f"{number:064x}", "share": share}
    wanted = noisy(**(told | more))
    with_book(world, wanted)


def with_book(world: World, wanted: Charge) -> None:
    """Charge at north, and publish the checkpoint as a run does."""
    desk, store = world.desk("north"), Store(world.folder / "north" / "state" / "site.db")
    entry = Entry(kind="charge", at=world.now, site="north", query=QUERY, analysis="n", charge=wanted)
    with store.writing():
        accounts.charge(store, wanted, entry, Limits(), Privacy())
    publish_checkpoint(desk, store, membership(desk))
    store.close()


def budget(world: World, *words: str) -> Ended:
    """The answer as JSON."""
    return world.cli("budget", *words, "--format", "json", home="north")


@pytest.fixture
def noised(world: World) -> World:
    """A federation whose hospital north answers under differential privacy."""
    policy(world, "north", 'mode = "disclosure-control"', 'mode = "differential-privacy"')
    return world


def test_a_population_without_a_budget(world: World) -> None:
    """Under disclosure control there is none, and that is said."""
    [one] = budget(world, "show").data["budgets"]
    assert one == {
        "population": PEOPLE,
        "datasets": ["cohort"],
        "mode": "disclosure-control",
        "projects": [],
        "claim": "none",
        "because": [],
    }
    text = world.ok("budget", "show", home="north").out
    assert text == f"{PEOPLE} has no budget: its mode is disclosure-control, and nothing was spent\n"
    assert "nothing was spent" in world.ok("budget", "history", "cohort", home="north").out


def test_a_budget_of_which_nothing_is_spent(noised: World) -> None:
    """All is left, and lasts; the epsilon of nothing is nothing."""
    [one] = budget(noised, "show", "cohort").data["budgets"]
    assert one["whole"] == {"capacity": "1", "spent": "0", "left": "1", "per_day": "0"}
    assert (one["claim"], one["epsilon_spent"], one["projects"]) == ("differential-privacy", 0, [])
    text = noised.ok("budget", "show", home="north").out
    assert "[--------------] 0 %" in text
    assert "not spent at this pace" in text
    assert noised.ok("budget", "history", home="north").out == f"nothing was spent of {PEOPLE}\n"


def test_what_is_spent_and_left(noised: World) -> None:
    """Of the population, and of each project that ever spent."""
    spend(noised, 1, "0.3")
    spend(noised, 2, "0.18", project="lungs")
    [one] = budget(noised, "show").data["budgets"]
    accounts_of = [one["whole"], *one["projects"]]
    assert [(of.get("project"), of["capacity"], of["spent"], of["left"]) for of in accounts_of] == [
        (None, "1", "0.48", "0.52"),
        ("cardio", "0.5", "0.3", "0.2"),
        ("lungs", "0.5", "0.18", "0.32"),
    ]
    assert (one["claim"], one["delta"]) == ("differential-privacy", "0.000001")
    assert 0 < one["epsilon_spent"] < one["epsilon_capacity"] <= 8.44
    assert "[#######-------] 48 %" in noised.ok("budget", "show", home="north").out


def test_a_larger_delta_is_a_smaller_epsilon(noised: World) -> None:
    """Epsilon is told at the policy's delta."""
    spend(noised, 1)
    [small] = budget(noised, "show").data["budgets"]
    policy(noised, "north", "[privacy]", '[privacy]\ndelta = "0.01"')
    [large] = budget(noised, "show").data["budgets"]
    assert large["delta"] == "0.01"
    assert 0 < large["epsilon_spent"] < small["epsilon_spent"]


def test_what_was_spent_before_the_mode_changed(world: World) -> None:
    """It stays spent, and is shown, whatever the policy says now."""
    spend(world, 1)
    [one] = budget(world, "show").data["budgets"]
    assert (one["mode"], one["whole"]["spent"]) == ("disclosure-control", "0.1")


def test_exact_releases_make_it_conditional(noised: World, tmp_path: Any) -> None:
    """No epsilon bounds what left without noise: by an answer, or by another door."""
    spend(noised, 1)
    report = tmp_path / "report.toml"
    report.write_text(
        'schema = "fedcli/external/1"\ntitle = "T"\ndate = 2026-02-11\nwho = "w"\ndataset = "cohort"\n'
    )
    noised.ok("ledger", "record-external", report, home="north")
    [one] = budget(noised, "show").data["budgets"]
    assert one["claim"] == "conditional"
    assert [word for word in one if word.startswith("epsilon")] == []
    assert one["because"] == ["outputs about the same persons left by another door"]
    text = noised.ok("budget", "show", home="north").out
    assert f"{PEOPLE} is conditional: outputs" in text
    assert "conditional  0.000001  -              -" in text


def test_an_exact_answer_makes_it_conditional(studied: World) -> None:
    """Also one that was charged before the first under differential privacy."""
    spend(studied, 1)
    [one] = budget(studied, "show").data["budgets"]
    assert (one["claim"], one.get("epsilon_spent")) == ("conditional", None)
    assert one["because"] == ["exact answers of the same persons left"]


def test_the_history(noised: World) -> None:
    """Every charge in order, with who asked, what it cost, and what was left after it."""
    spend(noised, 1, draws=2)
    noised.later(hours=1)
    spend(noised, 1, draws=2, state="f" * 64)
    spend(noised, 2, "0.000000000001", project=None, researcher="bob")
    [one] = budget(noised, "history").data["histories"]
    first, second, third = one["charges"]
    assert first == {
        "entry": first["entry"],
        "at": "2026-11-22T09:00:00Z",
        "project": "cardio",
        "researcher": "ana",
        "query": QUERY,
        "analysis": "n",
        "rho": "0.2",
        "share": "0.1",
        "draws": 2,
        "left": "0.8",
    }
    assert (second["rho"], second["plan"], second["left"]) == ("0", first["entry"], "0.8")
    assert (third["researcher"], third["rho"], third["left"]) == ("bob", "0.000000000001", "0.799999999999")
    assert one["spent"] == "0.200000000001"
    text = noised.ok("budget", "history", home="north").out
    assert f"population {PEOPLE}: rho 0.200000000001 spent" in text
    assert "q-abababababab" in text
    assert f"entry {first['entry']}" in text


def test_a_lowered_capacity(noised: World) -> None:
    """More is spent than there is now: nothing is left, and the bar is full."""
    spend(noised, 1, "0.3")
    policy(noised, "north", "[privacy]", '[privacy]\ncapacity_rho = "0.2"')
    [one] = budget(noised, "show").data["budgets"]
    assert (one["whole"]["spent"], one["whole"]["left"]) == ("0.3", "0")
    text = noised.ok("budget", "show", home="north").out
    assert "[##############] 100 %" in text
    assert "nothing is left" in text


def test_a_population_that_no_dataset_has_any_more(noised: World) -> None:
    """What was spent of it is still told, but not under the name of a dataset."""
    spend(noised, 1, population="former-patients")
    told = budget(noised, "show").data["budgets"]
    assert [(one["population"], one["datasets"]) for one in told] == [
        ("former-patients", []),
        (PEOPLE, ["cohort"]),
    ]
    assert len(budget(noised, "show", "cohort").data["budgets"]) == 1


def test_an_unknown_dataset(world: World) -> None:
    """It is C-DATASET, with the name that was meant."""
    for words in ("show", "history"):
        ended = budget(world, words, "cohrt")
        assert (ended.exit, code(ended)) == (4, "C-DATASET")
        assert "did you mean cohort?" in ended.document["hint"]


def test_only_a_site_has_budgets(world: World) -> None:
    """A researcher's home has none."""
    ended = world.cli("budget", "show", "--format", "json", home="researcher")
    assert (ended.exit, code(ended)) == (2, "C-ROLE")


def test_a_restored_backup_shows_no_budget(noised: World) -> None:
    """It has forgotten what was spent, so neither a command nor a run goes on with it."""
    spend(noised, 1)
    state = noised.folder / "north" / "state"
    shutil.copy(state / "site.db", noised.folder / "backup.db")
    spend(noised, 2)
    shutil.copy(state / "site.db", noised.folder / "latest.db")
    shutil.copy(noised.folder / "backup.db", state / "site.db")
    for words in (("show",), ("history",), ("show", "cohort")):
        ended = budget(noised, *words)
        assert (ended.exit, code(ended), ended.data) == (6, "L-ROLLBACK", {})
    query = noised.submit(query_text(**(ALONE | {"sites": '["north"]'})))
    ended = run(noised, "north", query)
    assert (ended.exit, code(ended)) == (6, "L-ROLLBACK")
    shutil.copy(noised.folder / "latest.db", state / "site.db")
    assert budget(noised, "show").data["budgets"][0]["whole"]["spent"] == "0.2"


FORGED = {
    "forgotten": "DELETE FROM charge",
    "cheaper": "UPDATE charge SET charge = CAST(replace(charge, '0.1', '0.0') AS BLOB)",
    "of other persons": f"UPDATE charge SET charge = CAST(replace(charge, '{PEOPLE}', 'others') AS BLOB)",
    "of long ago": "UPDATE charge SET at = '2020-01-01T00:00:00Z'",
    "of another entry": "UPDATE charge SET entry = 0",
    "of no entry": "UPDATE charge SET entry = 99",
    "made up": "INSERT INTO charge SELECT 'x', 0, researcher, at, charge FROM charge",
}


@pytest.mark.parametrize("name", FORGED)
def test_a_forged_account(noised: World, name: str) -> None:
    """What is spent is counted from the charges, so these must be those of the log, to the letter."""
    spend(noised, 1)
    with sqlite3.connect(noised.folder / "north" / "state" / "site.db") as connection:
        connection.execute(FORGED[name])
    connection.close()
    query = noised.submit(query_text(**(ALONE | {"sites": '["north"]'})))
    for ended in (budget(noised, "show"), run(noised, "north", query)):
        assert (ended.exit, code(ended)) == (6, "L-CHANGED")


# Forecasts.

DAY = timedelta(days=1)
RHO = units("1")


def _account(*charges: tuple[timedelta, str]) -> list[Spending]:
    """Charges so long ago, with their rho."""
    return [Spending(at, NOW - ago, noisy(rho=rho)) for at, (ago, rho) in enumerate(charges)]


@pytest.mark.parametrize(
    ("account", "pace", "lasts"),
    [
        ([], "0", None),
        ([(10 * DAY, "0.5")], "0.05", 20 * DAY),
        ([(timedelta(0), "0.5")], "0.5", 2 * DAY),
        ([(60 * DAY, "0.5"), (10 * DAY, "0.3")], "0.01", 100 * DAY),
        ([(31 * DAY, "0.5")], "0", None),
        ([(10 * DAY, "0.000000000001")], "0", None),
        ([(10 * DAY, "0")], "0", None),
    ],
    ids=["nothing", "ten days", "just now", "older than a month", "quiet", "next to nothing", "covered"],
)
def test_a_forecast(account: Sequence[tuple[timedelta, str]], pace: str, lasts: timedelta | None) -> None:
    """The pace is that of the last 30 days, or since the first charge, and never of less than a day."""
    assert forecast(_account(*account), RHO, NOW) == (units(pace), lasts)


def test_a_forecast_of_nothing_left() -> None:
    """It is over now."""
    assert forecast(_account((DAY, "1")), 0, NOW) == (RHO, timedelta(0))


@pytest.mark.parametrize(
    ("spent", "capacity", "told"),
    [
        (0, 1000, "[--------------] 0 %"),
        (1, 1000, "[#-------------] <1 %"),
        (480, 1000, "[#######-------] 48 %"),
        (999, 1000, "[#############-] 99 %"),
        (1000, 1000, "[##############] 100 %"),
        (2000, 1000, "[##############] 100 %"),
        (0, 0, "[##############] 100 %"),
    ],
)
def test_a_bar(spent: int, capacity: int, told: str) -> None:
    """It is empty where nothing is spent, and full where nothing is left, and nowhere else."""
    assert bar(spent, capacity) == told
