"""Numbers that nearly all persons share: a sum of products with them is one over the few who differ."""

from __future__ import annotations

import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fedcli.engine.blocks import ROWS
from fedcli.engine.memory import MemoryRows
from fedcli.model.dataset import Dictionary
from fedcli.policy.profiles import profile
from fedcli.statistics.seal import Exact
from tests.attacks.test_knots import COLUMNS, asked, decided, failed
from tests.attacks.test_knots import people as plain
from tests.laws.engines import duck_of

_HEAD = {"schema": "fedcli/dictionary/1", "dataset": "d", "unit": "person", "person_id": "person"}
_NUMBERS = {
    "flag": {"type": "integer", "bounds": [0, 9]},
    "mark": {"type": "integer", "bounds": [0, 9]},
    "dose": {"type": "real", "bounds": [0, 100]},
    "years": {"type": "real", "bounds": [0.5, 9]},
}
DICTIONARY = Dictionary.read(_HEAD | {"columns": COLUMNS | _NUMBERS}, "a test")
VISITS = Dictionary.read(
    _HEAD | {"columns": COLUMNS | _NUMBERS | {"visit": COLUMNS["person"]}, "max_rows": 3, "row_key": "visit"},
    "a test",
)


def people(few: int, rest: int = 0, other: int = 1) -> list[dict[str, Any]]:
    """Four hundred persons: a flag is one thing for nearly all, and another for a few."""
    data = plain()
    for at, row in enumerate(data):
        row |= {
            "flag": other if at < few else rest,
            "mark": at % 2,
            "dose": 1.0 + at % 50,
            "years": 1.0 + at % 5,
        }
    return data


def refused(formula: str, data: list[dict[str, Any]], **more: Any) -> bool:
    """Whether the gate says that too few persons are behind a sum."""
    return "model_cells" in failed(decided(formula, data, of=DICTIONARY, **more))


def test_the_attack_works_on_sums() -> None:
    """A control: the products tell how many have the flag, and what they cost in all."""
    data, glm = people(3), asked("cost ~ flag", DICTIONARY)
    found = glm.local_at(MemoryRows(data, DICTIONARY, None, glm.reads()), None)
    assert isinstance(found, Exact)
    score, _ = found.unseal_for_the_gate()
    (one, flag), outcome = glm.design.terms, glm.design.outcome  # type: ignore[union-attr]
    n, scaled, _ = map(float, score.cells["gram"])  # type: ignore[arg-type]
    y, with_flag = map(float, score.cells["score"])  # type: ignore[arg-type]
    assert n * flag.centre + scaled * flag.scale == pytest.approx(3)
    total = n * flag.centre * outcome.centre + (scaled * flag.scale) * outcome.centre
    total += outcome.scale * (with_flag * flag.scale + flag.centre * y)
    assert total == pytest.approx(sum(row["cost"] for row in data[:3]))
    assert one.name == "(Intercept)"


@pytest.mark.parametrize(
    "formula", ["cost ~ flag", "cost ~ 0 + flag", "ill ~ bmi + flag", "cost ~ log1p(flag)"]
)
@pytest.mark.parametrize(("rest", "other"), [(0, 1), (1, 0), (1, 2), (2, 9)])
def test_few_persons_have_another_number(formula: str, rest: int, other: int) -> None:
    """Whatever the two numbers are; ten are not few."""
    assert refused(formula, people(9, rest, other))
    assert not refused(formula.replace("ill", "cost"), people(10, rest, other))


def test_few_persons_among_many_values() -> None:
    """Nearly all cost the same: then it is a flag of those who cost something else."""
    data = people(0)
    for at, row in enumerate(data):
        row["dose"] = 50.0 if at > 5 else 1.0 + at
    assert refused("cost ~ dose", data)
    for at, row in enumerate(data[:20]):
        row["dose"] = 1.0 + at
    assert not refused("cost ~ dose", data)


@pytest.mark.parametrize("what", ["cost ~ bmi + dose", "weights"])
def test_a_number_that_all_share(what: str) -> None:
    """It says that nobody has another one, which a level says too: hidden where zeros are merged."""
    data = [row | {"dose": 2.0, "years": 1.0} for row in people(200)]
    formula, more = (what, {}) if "~" in what else ("cost ~ bmi", {"weights": "years"})
    assert refused(formula, data, **more)
    assert not refused(formula, data, under=profile("evaluation").disclosure, **more)


def test_few_persons_share_two_numbers() -> None:
    """Forty have one, forty the other, five have both."""
    data = people(40)
    for at, row in enumerate(data):
        row["mark"] = int(35 <= at < 75)
    assert not refused("cost ~ flag", data)
    assert not refused("cost ~ mark", data)
    assert refused("cost ~ flag + mark", data)


@pytest.mark.parametrize("few", ["f", "m"])
def test_few_persons_of_a_level(few: str) -> None:
    """Five women have it, and forty men; or all women but five; or the other way round."""
    data = people(0)
    these, those = ([row for row in data if (row["sex"] == few) is same] for same in (True, False))
    for row in [*these[:5], *those[:40]]:
        row["flag"] = 1
    assert not refused("cost ~ flag", data)
    assert refused("cost ~ flag + sex", data)
    assert refused("cost ~ flag:sex", data)
    for row in data:
        row["flag"] = 1 - row["flag"]
    assert refused("cost ~ flag + sex", data)


@pytest.mark.parametrize("few", ["f", "m"])
def test_both_of_two_numbers_count(few: str) -> None:
    """More than half have the second number; of one sex five only."""
    data = people(0)
    for at, row in enumerate(data):
        row |= {"sex": few if at < 150 else "fm".replace(few, ""), "flag": 1 if at < 190 else 2}
    for row in data[:5]:
        row["flag"] = 2
    assert 2 * sum(row["flag"] == 2 for row in data) > len(data)
    assert refused("cost ~ flag + sex", data)
    for row in data[:20]:
        row["flag"] = 2
    assert not refused("cost ~ flag + sex", data)


def test_few_persons_have_the_outcome() -> None:
    """Five cost anything; five of those with the flag do."""
    data = people(200)
    for at, row in enumerate(data):
        row["cost"] = 100.0 + at if at < 5 else 0.0
    assert refused("cost ~ bmi", data)
    for at, row in enumerate(data):
        row["cost"] = 100.0 + at % 7 if at < 5 or at > 300 else 0.0
    assert not refused("cost ~ bmi", data)
    assert refused("cost ~ flag", data)


def test_few_persons_with_the_flag_are_ill() -> None:
    """As in a table of the two."""
    data = people(40)
    for at, row in enumerate(data):
        row["ill"] = at < 5 or at > 200
    assert not refused("cost ~ flag", data)
    assert refused("ill ~ flag", data)


@pytest.mark.parametrize("what", ["weights", "offset"])
def test_few_persons_have_another_weight(what: str) -> None:
    """Or were followed for another time."""
    data = people(0)
    for at, row in enumerate(data):
        row["years"] = 2.0 if at < 6 else 1.0
    formula = "mark ~ bmi" if what == "offset" else "cost ~ bmi"
    assert refused(formula, data, **{what: "years"})
    for at, row in enumerate(data):
        row["years"] = 2.0 if at < 60 else 1.0
    assert not refused(formula, data, **{what: "years"})


def test_a_flag_in_a_band() -> None:
    """Forty have it, five of them are old."""
    data = people(0)
    young, old = [row for row in data if row["age"] < 70], [row for row in data if row["age"] >= 70]
    for row in [*young[:35], *old[:5]]:
        row["flag"] = 1
    assert not refused("cost ~ flag + age", data)
    assert refused("cost ~ flag + ns(age, 70)", data)
    for row in old[5:12]:
        row["flag"] = 1
    assert not refused("cost ~ flag + ns(age, 70)", data)


@pytest.mark.parametrize(
    "formula",
    [
        "cost ~ flag*sex + mark",
        "cost ~ flag:mark + flag + mark",
        "cost ~ flag + pow(flag, 2) + log1p(flag) + bmi:flag",
        "ill ~ dose*sex + ns(age, 55)",
        "cost ~ poly(dose, 2) + sex*mark",
        "cost ~ bs(age, 45, 65)*sex + flag",
    ],
)
def test_numbers_that_differ_pass(formula: str) -> None:
    """A control: where many have each value, nothing is refused; one column rules out nothing of itself."""
    data = people(0)
    for at, row in enumerate(data):
        row["flag"] = at // 3 % 2
    assert not refused(formula, data)


SHOWN = profile("standard").disclosure.model_copy(update={"zeros": "release"})


def apart(neither: int, both: int = 0) -> list[dict[str, Any]]:
    """Four hundred persons, half of them men; the ill are women, but for some of each who are not."""
    data = plain()
    for at, row in enumerate(data):
        row |= {"sex": "m" if at < 200 else "f", "ill": at >= 200 + neither or at < both}
    return data


@pytest.mark.parametrize("formula", ["cost ~ sex + ill", "ill ~ sex", "cost ~ sex*ill"])
def test_a_cell_of_nobody_hides_no_small_one(formula: str) -> None:
    """Where zeros are shown: no man is ill, which passes, and three women are not, which does not.

    The sums tell how many there are of each, and with the persons how many are neither.
    """
    assert "model_cells" in failed(decided(formula, apart(3), SHOWN))
    assert "model_cells" not in failed(decided(formula, apart(30), SHOWN))
    assert "model_cells" in failed(decided(formula, apart(30)))
    assert "model_cells" not in failed(decided(formula, apart(30, both=30)))


def _fewest(rows: list[dict[str, Any]]) -> float:
    """Who is behind a sum, of more rows than a block has; by the engine of sites."""
    glm = asked("cost ~ flag + bmi", DICTIONARY)
    with duck_of(rows, DICTIONARY, None, glm.reads()) as engine:
        found = glm.local_at(engine, None)
    assert isinstance(found, Exact)
    _, evidence = found.unseal_for_the_gate()
    return min(evidence.of("cells", "gram"))


@pytest.mark.parametrize("at", [0, ROWS - 1, ROWS, 2 * ROWS + 5])
def test_few_persons_in_any_block(at: int) -> None:
    """The first, a later one, or the last; also where the first block knows of one value only."""
    drawn = random.Random(3)
    one = people(0)[0]
    rows = [one | {"person": f"p{k}", "flag": int(at <= k < at + 4)} for k in range(2 * ROWS + 100)]
    for row in rows:
        row |= {"cost": drawn.uniform(1, 9), "bmi": drawn.uniform(20, 30)}
    assert _fewest(rows) == 4
    for row in rows[::3]:
        row["flag"] = 1 - row["flag"]
    assert _fewest(rows) > ROWS // 2


@pytest.mark.parametrize("more", [{}, {"unit": "row"}], ids=["persons", "visits"])
def test_few_complete_rows_come_first(more: dict[str, str]) -> None:
    """All who differ are among the first, where nearly nobody else is complete."""
    drawn = random.Random(4)
    one = people(0)[0] | {"dose": 50.0}
    rows = [one | {"person": f"p{k}", "visit": f"v{k}"} for k in range(2 * ROWS)]
    for at, row in enumerate(rows):
        row |= {"cost": drawn.uniform(1, 9), "bmi": drawn.uniform(20, 30) if at < 5 or at >= ROWS else None}
    for at, row in enumerate(rows[:4]):
        row["dose"] = 20.0 + at
    of = VISITS if more else DICTIONARY
    glm = asked("cost ~ dose + bmi", of, **more)
    with duck_of(rows, of, None, glm.reads()) as engine:
        found = glm.local_at(engine, None)
    assert isinstance(found, Exact)
    assert min(found.unseal_for_the_gate()[1].of("cells", "gram")) == 4


_VALUES = st.sampled_from([0, 0, 0, 1, 2])
_ROWS = st.lists(
    st.fixed_dictionaries(
        {
            "person": st.sampled_from([f"p{at}" for at in range(12)]),
            "sex": st.sampled_from("fm"),
            "ill": st.booleans(),
            "flag": _VALUES,
            "mark": _VALUES,
            "dose": st.sampled_from([0.0, 0.0, 2.5]),
            "years": st.sampled_from([1.0, 1.0, 3.0]),
            "cost": st.sampled_from([0.0, 5.0, 5.0, 7.0]),
            "age": st.sampled_from([30.0, 50.0, 70.0]),
        }
    ),
    min_size=1,
    max_size=25,
)


_ASKED = [
    ("cost ~ flag*sex + mark",),
    ("ill ~ dose + flag:mark", ("weights", "years")),
    ("cost ~ 0 + flag:sex + ns(age, 40)", ("weights", "dose")),
    ("mark ~ sex + flag", ("offset", "log(years)")),
    ("ill ~ sex",),
]


@settings(deadline=None, max_examples=60)
@given(rows=_ROWS, data=st.data())
def test_both_engines_count_the_same_persons(rows: list[dict[str, Any]], data: st.DataObject) -> None:
    """Of any rows, where persons have one or several."""
    formula, *rest = data.draw(st.sampled_from(_ASKED))
    several = data.draw(st.booleans())
    more = dict(rest) | ({"unit": "row"} if several else {})
    rows = [row | {"bmi": 20.0, "visit": f"v{at}"} for at, row in enumerate(rows)]
    rows = rows if several else [row | {"person": f"p{at}"} for at, row in enumerate(rows)]
    of = VISITS if several else DICTIONARY
    glm = asked(formula, of, **more)
    told = []
    with duck_of(rows, of, None, glm.reads()) as duck:
        for engine in (duck, MemoryRows(rows, of, None, glm.reads())):
            found = glm.local_at(engine, None)
            assert isinstance(found, Exact)
            told.append(
                [found.unseal_for_the_gate()[1].of("cells", name) for name in ("gram", "score", "sums")]
            )
    assert told[0] == told[1]
