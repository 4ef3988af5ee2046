"""Models that sites train: steps that few persons, or one, have most of; and sites that lie."""

from __future__ import annotations

import math
import random
from typing import Any

import pytest

from fedcli.analytics.fedavg import Fedavg
from fedcli.combiners.sum import total
from fedcli.engine.memory import MemoryRows
from fedcli.errors import FedcliError
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure
from fedcli.policy.profiles import profile
from fedcli.statistics.averaging import Weights
from fedcli.statistics.score import BySite, empty
from tests.campaign.site import numbered, of_persons, site

STANDARD = profile("standard").disclosure
FORGETFUL = STANDARD.model_copy(update={"secondary": "none", "memory": "none"})
DICTIONARY = of_persons(
    {
        "ill": {"type": "integer", "levels": [0, 1]},
        "ward": {"type": "text", "levels": ["a", "b", "c"]},
        "dose": {"type": "real", "bounds": [0, 100]},
        "age": {"type": "real", "bounds": [0, 100]},
    }
)
BEGUN = Weights(beta=(0.0, 0.0), means=(0.0, 0.0), spreads=(1.0, 0.5), costs=(0.0, 0.0))


def people(odd: int) -> list[dict[str, Any]]:
    """Persons whose illness the dose tells, but for an odd few."""
    lots = random.Random(4)
    rows = [
        {
            "ill": int(at % 2),
            "ward": "a",
            "dose": lots.uniform(60, 90) if at % 2 else lots.uniform(10, 40),
            "age": lots.uniform(20, 90),
        }
        for at in range(400)
    ]
    for row in rows[:odd]:
        row["ill"] = 1 - row["ill"]
    return numbered(rows)


def failed(
    rows: list[dict[str, Any]], state: Weights | None, rules: Disclosure = FORGETFUL, **asked: Any
) -> set[str]:
    """Which checks it fails, by default under the rules of standard."""
    with site(rows, DICTIONARY, rules) as place:
        told = {"family": "binomial", "formula": "ill ~ dose"} | asked
        decision = place.decided("fedavg", None, state=state, **told)
    return {one.check for one in decision.findings if one.verdict is Verdict.FAIL}


def far(beta: float) -> Weights:
    """After rounds of long steps: a model that is sure of everybody."""
    return BEGUN.model_copy(update={"beta": (0.0, beta)})


def test_what_a_model_that_is_sure_leaves_is_few() -> None:
    """Long steps make every residual zero but those of the odd few: the update is the sum of these alone.

    The same rows, and a step from where nobody is sure, pass; so do as many odd ones as the policy wants.
    """
    assert not failed(people(3), BEGUN, epochs=1)
    assert not failed(people(40), far(20.0), epochs=1)
    assert "model_cells" in failed(people(3), far(20.0), epochs=1)
    rows = people(3)
    model = server(epochs=1)
    at_site = MemoryRows(rows, DICTIONARY, None, model.reads())
    left = model.local_at(at_site, far(20.0)).unseal_for_the_gate()[0].cells["update"][1]  # type: ignore[attr-defined]
    three = math.fsum((row["dose"] - 50) / 50 / 0.5 * (1 if row["ill"] else -1) for row in rows[:3])
    assert left / 0.5 == pytest.approx(three, rel=0.05)  # the doses of three, added up


def test_a_later_step_is_looked_at_too() -> None:
    """The first step is of all; in the second hardly anybody but the odd few is left."""
    at = BEGUN.model_copy(update={"spreads": (1.0, 0.05)})
    assert not failed(people(3), at, epochs=1, learning_rate=10.0)
    assert "model_cells" in failed(people(3), at, epochs=2, learning_rate=10.0)


def test_one_has_most_of_a_step() -> None:
    """One odd person among hundreds: no sum of a step is hers, but what a sure model leaves is."""
    assert not failed(people(1), BEGUN, epochs=1)
    assert {"model_dominance", "model_cells"} <= failed(people(1), far(20.0), epochs=1)


def test_it_is_refused_where_a_model_is() -> None:
    """What the sums of a step would betray is not trained on either: few have the outcome."""
    rows = people(0)
    for row in rows[:-20]:
        row["ill"] = 0
    assert not failed(rows, BEGUN, epochs=1) & {"model_cells"}
    for row in rows[:-8]:
        row["ill"] = 0
    for state in (None, BEGUN):
        assert {"model_cells", "parameters"} <= failed(rows, state, epochs=1)


def test_a_cell_of_nobody_hides_no_small_one() -> None:
    """Where zeros are shown nobody ill of a ward is told; of another ward few are, and that is refused."""
    shown = FORGETFUL.model_copy(update={"zeros": "release"})
    rows = people(0)
    for at, row in enumerate(rows):
        row["ward"] = "abc"[at % 3]
        if row["ward"] == "b":
            row["ill"] = 0
    asked = {"formula": "ill ~ ward", "epochs": 1}
    assert not failed(rows, None, shown, **asked)
    for row in [one for one in rows if one["ward"] == "c" and one["ill"]][4:]:
        row["ill"] = 0
    assert "model_cells" in failed(rows, None, shown, **asked)


def server(**more: Any) -> Fedavg:
    told = {"family": "binomial", "formula": "ill ~ dose", "rounds": 3} | more
    return Fedavg.read(told, "a test").resolved(DICTIONARY, "a test")


def whole(model: Fedavg, *updates: tuple[Any, Any], n: Any = 50) -> BySite:
    """What sites told in a round, the last of whom lies."""
    outline = empty(model._design, "binomial", first=False)
    parts = [
        outline.having({**outline.cells, "n": (50,), "update": one, "deviance": (60.0,)}) for one in updates
    ]
    parts[-1] = parts[-1].having(parts[-1].cells | {"n": (n,)})
    return total([(f"site{at}", one) for at, one in enumerate(parts)])  # type: ignore[return-value]


RIGHT = [(1.0, 2.0), (1.1, 2.1), (0.9, 1.9), (1.0, 2.1)]


@pytest.mark.parametrize("combiner", ["mean", "median"])
@pytest.mark.parametrize("wrong", [(math.nan, 0.0), (math.inf, 0.0), (1e300, 0.0), (None, 0.0)])
def test_updates_that_are_no_numbers_are_refused_by_name(combiner: str, wrong: Any) -> None:
    """The site is named; a number as large as others combine does not stop anything."""
    model = server(combiner=combiner)
    model.step(BEGUN, whole(model, *RIGHT, (3.0, 4.0)))
    with pytest.raises(FedcliError) as caught:
        model.step(BEGUN, whole(model, *RIGHT, wrong))
    assert caught.value.code == "R-UPDATE"
    assert "site4" in str(caught.value)


def test_rows_that_are_none() -> None:
    """A number of rows below zero turns a mean around."""
    model = server()
    with pytest.raises(FedcliError) as caught:
        model.step(BEGUN, whole(model, *RIGHT, (1.0, 2.0), n=-100))
    assert caught.value.code == "R-UPDATE"


def test_rows_are_a_sites_own_word() -> None:
    """A site that says it had a million rows has one vote; with the mean it has nearly all."""
    lie = whole(server(), *RIGHT, (-5e6, -5e6), n=1_000_000)
    robust, mean = (server(combiner=name).step(BEGUN, lie).beta for name in ("median", "mean"))
    assert min(robust) > 0
    assert max(mean) < 0


def test_columns_are_not_one_sites_word() -> None:
    """Means and spreads that columns are standardised by are medians of the sites', where one may lie."""
    outline = empty(server()._design, "binomial", first=True)
    right = outline.having(outline.cells | {"n": (50,), "columns": (50.0, 10.0, 50.0, 14.5)})
    wrong = outline.having(outline.cells | {"n": (50,), "columns": (50.0, 1e9, 50.0, 1e30)})
    lie = total([(f"site{at}", one) for at, one in enumerate([right] * 4 + [wrong])])
    begun = server(combiner="median").step(None, lie)  # type: ignore[arg-type]
    assert begun.means[1] == pytest.approx(0.2)
    assert begun.spreads[1] == pytest.approx(0.5)
    assert server().step(None, lie).spreads[1] > 1e6  # type: ignore[arg-type]


@pytest.mark.parametrize(("combiner", "fewest"), [("median", 3), ("trimmed_mean", 5), ("krum", 7)])
def test_too_few_sites_for_a_combiner(combiner: str, fewest: int) -> None:
    """Before anything is signed, and where fewer have answered."""
    model = server(combiner=combiner, **({} if combiner == "median" else {"faulty": 2}))
    model.check_sites(fewest)
    for ask in (lambda: model.check_sites(fewest - 1), lambda: model.step(BEGUN, whole(model, *RIGHT[:2]))):
        with pytest.raises(FedcliError) as caught:
            ask()
        assert caught.value.code == "R-ROBUST"
