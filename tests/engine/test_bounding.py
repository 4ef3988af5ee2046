"""The SQL that bounds what a person adds, on a handful of rows."""

from __future__ import annotations

import duckdb
import pytest

from fedcli.engine.bounding import Bounding

ROWS = "VALUES ('a', 1, 10), ('a', 2, 20), ('b', 3, 30), (NULL, 4, 40), (NULL, 5, 50)"
BY_PERSON = Bounding("person", "visit", "0" * 64)
TEXTS = {
    "rows": lambda one: one.rows(['"visit."'], ["visit", "x"], 1),
    "cells": lambda one: one.cells('"x." // 10', 1),
    "persons": lambda one: one.persons('"x." // 10', ["count(*)"], 1),
}


def asked(text: str) -> list[tuple[object, ...]]:
    """What a text finds in the cohort."""
    return duckdb.sql(f'WITH cohort("person.", "visit.", "x.") AS ({ROWS}) {text}').fetchall()


@pytest.mark.parametrize("kind", TEXTS)
def test_rows_of_nobody(kind: str) -> None:
    """A row without a person is of no one: it is not counted, not even as the row of one nobody."""
    assert len(asked(TEXTS[kind](BY_PERSON))) == 2


@pytest.mark.parametrize("kind", TEXTS)
def test_rows_that_are_the_unit(kind: str) -> None:
    """Where no person is protected every row counts."""
    assert len(asked(TEXTS[kind](Bounding(None, "visit", "0" * 64)))) == 5
