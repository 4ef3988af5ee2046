"""Values that are filled in stand for nobody: few lack nothing, or have a level; one holds a total."""

from __future__ import annotations

import random
from typing import Any

from fedcli.analytics.imputed import ImputedModel
from fedcli.engine.duckdb import DuckRows
from fedcli.model.disclosure import Verdict
from fedcli.policy.gate import gate
from fedcli.policy.profiles import profile
from tests.campaign.site import of_persons, site
from tests.laws.engines import duck_of, opened, table

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
DICTIONARY = of_persons(
    {
        "cost": {"type": "real", "bounds": [0, 1000]},
        "dose": {"type": "real", "bounds": [0, 10]},
        "ward": {"type": "text", "levels": ["a", "b"]},
    }
)


def people(number: int) -> list[dict[str, Any]]:
    """Persons who lack nothing."""
    lots = random.Random(3)
    return [
        {
            "person": f"p{at:04}",
            "cost": lots.uniform(20, 80),
            "dose": lots.uniform(0, 10),
            "ward": "ab"[at % 2],
        }
        for at in range(number)
    ]


def model(**asked: Any) -> ImputedModel:
    told = {"family": "gaussian", "formula": "cost ~ dose + ward", "impute": ("dose", "ward")}
    told |= {"imputations": 2, "cycles": 2}
    return ImputedModel.read(told | asked, "a test").resolved(DICTIONARY, "a test")


def failed(rows: list[dict[str, Any]], **asked: Any) -> set[str]:
    """Which checks of standard it fails."""
    question = model(**asked)
    with duck_of(rows, DICTIONARY, None, question.reads()) as fast:
        decision = gate(question.local(fast), FORGETFUL)  # type: ignore[arg-type]
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def test_a_hundred_of_whom_some_lack_something() -> None:
    """Nothing is in the way where enough lack nothing."""
    rows = people(120)
    for row in rows[:30]:
        row["dose"] = None
    assert failed(rows) == set()


def test_few_lack_nothing() -> None:
    """Of 120 persons 8 have a dose: the sums are of these 8, and of draws that these 8 tell."""
    rows = people(120)
    for row in rows[8:]:
        row["dose"] = None
    assert {"threshold", "model_cells"} & failed(rows)


def test_nobody_lacks_nothing() -> None:
    """Where one half lacks a dose and the other a ward, sums are of draws and of nobody."""
    rows = people(120)
    for at, row in enumerate(rows):
        row["ward" if at % 4 < 2 else "dose"] = None
    assert "model_dof" in failed(rows)


def test_a_level_that_few_have() -> None:
    """Of 5 persons of a ward 40 are made: they stand for no one."""
    rows = people(120)
    for at, row in enumerate(rows):
        row["ward"] = "b" if at < 5 else "a" if at < 60 else None
    assert "model_cells" in failed(rows)


def test_one_who_lacks_something_holds_nearly_all() -> None:
    """A number of somebody who lacks another is in the sums, though no one who lacks nothing has such."""
    rows = people(120)
    for row in rows:
        row["cost"] = 1.0
    for row in rows[:30]:
        row["dose"] = None
    rows[0] |= {"cost": 1000.0, "ward": "b"}
    for row in rows[1:40]:
        row["ward"] = "a"
    assert failed(rows) & {"model_dominance", "dominance", "p_percent", "model_p_percent"}
    assert not failed(rows[1:]) & {"model_dominance", "dominance", "p_percent", "model_p_percent"}


def test_the_same_question_has_the_same_draws() -> None:
    """Asked again, in another order of the rows or another round, it tells the same: no mean of many askings
    comes nearer to what is not known. Another site's key draws others.
    """
    rows = people(120)
    for row in rows[:30]:
        row["dose"] = None
    question = model()

    def told(those: list[dict[str, Any]], key: str) -> Any:
        with opened(table(DICTIONARY, those)) as source:
            fast = DuckRows(source, DICTIONARY, None, question.reads(), draws=key)
            return [question.local(fast).unseal_for_the_gate()[0].cells for _ in range(2)]  # type: ignore[attr-defined]

    first, second = told(rows, "key")
    [again, _], [other, _] = told(rows[::-1], "key"), told(rows, "other")
    assert first == second == again
    assert first != other
    assert {name for name in first if first[name] == other[name]} >= {"set_01.n", "set_01.sums"}


FILLED: dict[str, Any] = {
    "family": "gaussian",
    "formula": "cost ~ dose + ward",
    "imputations": 2,
    "cycles": 2,
}


def test_memory_knows_who_is_in_it() -> None:
    """A cohort, and all but three of it: those who lack something count as the others do."""
    rows = people(120)
    for at, row in enumerate(rows[:30]):
        row["dose"], row["cost"] = None, 90.0 if at < 3 else row["cost"]
    asked = FILLED | {"impute": ["dose", "ward"]}
    rules = STANDARD.model_copy(update={"traits_per_person": "1"})
    for told, then in ((rules, False), (FORGETFUL, True)):
        with site(rows, DICTIONARY, told) as place:
            assert place.asked("imputed", "cost > 30", **asked)
            assert (place.asked("imputed", "cost > 30 and cost < 85", **asked) is not None) is then
