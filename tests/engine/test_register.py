"""Ordinals: the same for a person in every snapshot, and no one is left out where they are many."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.engine import duckdb, register
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.register import Register
from fedcli.model.remembered import RegisterKept
from fedcli.statistics.members import Members
from tests.attacks.test_remembered import DICTIONARY, people
from tests.laws.engines import opened, table, unsealed

KEY = "ab" * 32


def cohort(rows: list[dict[str, Any]], snapshot: str, *known: RegisterKept) -> tuple[Members, Register]:
    """Who is counted, by ordinals; and the register that gave them."""
    with opened(table(DICTIONARY, rows)) as source:
        source.connection.execute("DROP TABLE IF EXISTS fedcli_persons")
        source.connection.execute("DROP TABLE IF EXISTS fedcli_looked_up")
        found = Register(source, DICTIONARY, snapshot * 64, KEY, known)
        rows_of = DuckRows(source, DICTIONARY, None, frozenset({"sex"}), register=found)
        _, evidence = unsealed(rows_of.counts(by=("sex",)))
        return evidence.members(), found


def test_persons_are_found_again() -> None:
    """In another order, without some and with others: who stays has the ordinal that they had."""
    rows = people(60)
    first, made = cohort(rows, "a")
    assert made.added is not None
    later = [*reversed(rows[10:]), {**rows[0], "person": "new"}]
    second, again = cohort(later, "b", made.added)
    assert again.added is not None and again.added.first == 60
    assert set(first.cohort) == set(range(60))
    assert set(second.cohort) == set(range(10, 61))
    females = {at for at, row in enumerate(rows) if row["sex"] == "f"}
    assert set(first.groupings[0].places[0].people) == females
    assert set(second.groupings[0].places[0].people) - {60} == {at for at in females if at >= 10}


def test_many_persons_come_in_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also where ordinals are larger than there are rows, since others were known before."""
    rows = people(60)
    _, made = cohort(rows, "a")
    assert made.added is not None
    for module in (duckdb, register):
        monkeypatch.setattr(module, "TOGETHER", 16)
    first, _ = cohort(rows, "a", made.added)
    assert set(first.cohort) == set(range(60))
    others = [{**row, "person": f"q{at}"} for at, row in enumerate(rows)]
    second, _ = cohort(others, "b", made.added)
    assert set(second.cohort) == set(range(60, 120))
