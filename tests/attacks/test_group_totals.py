"""Working out a hidden count of one column from what other columns tell of the same group."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics.table_one import TableOne
from fedcli.engine.memory import MemoryRows
from fedcli.model.cells import Cell, Gap
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Disclosure
from fedcli.policy.gate import gate
from fedcli.policy.profiles import profile
from fedcli.policy.suppress import suppressed
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Mask
from tests.laws.datasets import cases
from tests.laws.engines import by_memory
from tests.laws.gating import rules

COLUMNS = {
    "person": {"type": "text", "sensitivity": "identifier"},
    "sick": {"type": "boolean"},
    "sex": {"type": "text", "levels": ["f", "m"]},
    "smoking": {"type": "text", "levels": ["never", "ex", "now"]},
    "age": {"type": "integer", "bounds": [0, 120]},
}
DICTIONARY = Dictionary.read(
    {
        "schema": "fedcli/dictionary/1",
        "dataset": "d",
        "unit": "person",
        "person_id": "person",
        "columns": COLUMNS,
    },
    "a test",
)
STANDARD = profile("standard").disclosure


def rows(smokers: int, without_age: int = 0) -> list[dict[str, Any]]:
    """Fifty women and fifty men, of whom some smoke and some others have no age."""
    return [
        {
            "person": f"p{at}",
            "sick": False,
            "sex": "f" if at % 2 else "m",
            "smoking": "now" if at < smokers else "ex" if at < 40 else "never",
            "age": None if at >= 100 - without_age else 40 + at % 17,
        }
        for at in range(100)
    ]


def shape_of(data: list[dict[str, Any]], *columns: str) -> Exact[Bundle]:
    """What the engine hands to the gate."""
    asked = TableOne(columns=columns, by="sick")
    found = asked.local(MemoryRows(data, DICTIONARY, None, asked.reads()))
    assert isinstance(found, Exact)
    return found


def first_group(released: Bundle) -> tuple[Cell, ...]:
    """The counts of smoking among the well."""
    return released.cells["levels.smoking.count"][::2]


def worked_out(counts: tuple[Cell, ...], size: Cell) -> int | None:
    """The attack: a single hidden count is what the others leave of the group."""
    known = [one for one in counts if isinstance(one, int)]
    if len(known) != len(counts) - 1 or not isinstance(size, int):
        return None
    return size - sum(known)


def left(exact: Exact[Bundle], under: Disclosure = STANDARD) -> Bundle:
    """What the gate lets out."""
    released, (shape, _) = gate(exact, under).released, exact.unseal_for_the_gate()
    assert released is not None
    return shape.having(released.answered.cells, released.answered.digits)


def test_the_attack_works_on_tables_by_themselves() -> None:
    """A control: three smokers are hidden in their own table, and sex tells how many the group has."""
    exact = shape_of(rows(3), "sex", "smoking")
    shape, _ = exact.unseal_for_the_gate()
    sex, smoking = shape.parts["levels.sex"], shape.parts["levels.smoking"]
    alone = suppressed(smoking, {"count": Mask({4}), "missing": Mask()}, STANDARD)
    size = sum(cell for cell in sex.cells["count"][::2] if isinstance(cell, int))
    assert worked_out(alone.cells["count"][::2], size) == 3


@pytest.mark.parametrize("columns", [("sex", "smoking"), ("age", "smoking"), ("age", "sex", "smoking")])
def test_not_from_the_size_of_the_group(columns: tuple[str, ...]) -> None:
    """Nothing tells the size, and who knows it all the same has no single count to solve for."""
    released = left(shape_of(rows(3), *columns))
    assert not isinstance(released.sizes()[0], int)
    assert all(isinstance(cell, Gap) for cell in first_group(released))
    assert worked_out(first_group(released), 100) is None


def test_rare_and_common_levels_look_alike() -> None:
    """Ends of its own would tell which level is rare; and two rare ones of 9 in a group of 18 both."""
    assert set(first_group(left(shape_of(rows(3), "sex", "smoking")))) == {Gap(low=0)}
    few = left(shape_of(rows(9)[:18], "sex", "smoking"))
    assert set(first_group(few)) == {Gap(low=0)}


def test_not_how_many_lack_a_value() -> None:
    """Five have no age: then no column tells how many lack it, nor how many there are."""
    released = left(shape_of(rows(20, without_age=5), "age", "smoking"))
    assert released.cells["numbers.n"][0] == 95
    assert released.cells["numbers.missing"][0] == Gap(low=0)
    assert released.cells["levels.smoking.missing"][0] == Gap(low=0)
    assert first_group(released) == (60, 20, 20)


def test_what_nobody_hides_is_told() -> None:
    """A control: where every level has ten, all is released, the size too."""
    released = left(shape_of(rows(10), "age", "sex", "smoking"))
    assert released.sizes()[0] == 100
    assert first_group(released) == (60, 30, 10)


@given(data=st.data())
def test_a_group_hides_whole_columns(data: st.DataObject) -> None:
    """Whatever the data and the rules: hidden levels come in whole columns, and no size beside them."""
    case, under = data.draw(cases(TableOne)), data.draw(rules())
    decision = gate(Exact(*by_memory(case)), under)
    if decision.released is None:
        return
    outline = case.analytic.outline(case.dictionary)
    released = outline.having(decision.released.answered.cells)
    for parcels, size in zip(released.parcels(), released.sizes(), strict=True):
        hidden = [
            [isinstance(released.cells[one.field][at], Gap) for at in sorted(one.cells)] for one in parcels
        ]
        assert all(all(column) or not any(column) for column in hidden)
        assert not any(map(any, hidden)) or isinstance(size, Gap)
