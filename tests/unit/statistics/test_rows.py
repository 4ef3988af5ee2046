"""What is public of an answer: its outline follows from the dictionary alone."""

from __future__ import annotations

import pytest

from fedcli.errors import InvalidFile
from fedcli.model.dataset import Dictionary
from fedcli.statistics.rows import OutlineRows, counted, empty_counts, empty_moments


def dictionary(**head: object) -> Dictionary:
    """Persons with visits, or rows."""
    keys = {name: {"type": "text", "sensitivity": "identifier"} for name in ("pid", "rid")}
    columns = {
        "x": {"type": "real", "bounds": [0, 5]},
        "k": {"type": "integer", "levels": [3, 1, 2]},
        "f": {"type": "boolean"},
    }
    return Dictionary.read(
        {"schema": "fedcli/dictionary/1", "dataset": "d", **head, "columns": keys | columns}, "a test"
    )


PERSONS = {"unit": "person", "person_id": "pid"}
VISITS = {**PERSONS, "row_key": "rid"}


@pytest.mark.parametrize(
    ("head", "of", "expected"),
    [
        ({}, None, 1),
        ({}, "row", 1),
        (PERSONS, None, 1),
        (PERSONS, "row", 1),
        (VISITS, "person", 1),
        (VISITS, "row", None),
        ({**VISITS, "max_rows": 6}, "row", 6),
        ({**VISITS, "max_rows": 6}, None, 1),
    ],
)
def test_the_most_that_one_person_adds(head: dict[str, object], of: str | None, expected: int | None) -> None:
    """One where persons are counted or have one row; else what the dictionary says, or nothing."""
    assert empty_counts(dictionary(**head), (), of).per_person == expected  # type: ignore[arg-type]


def test_persons_of_rows_cannot_be_counted() -> None:
    """Where the unit is the row, nobody can be told from another."""
    with pytest.raises(InvalidFile, match="Q-UNIT"):
        counted(dictionary(), "person")
    assert counted(dictionary(), None) == "row"
    assert counted(dictionary(**VISITS), None) == "person"


def test_levels_keep_the_order_of_the_dictionary() -> None:
    """The first level is the reference; booleans have two without saying so."""
    table = empty_counts(dictionary(), ("k", "f"), None)
    assert [(axis.name, axis.levels) for axis in table.axes] == [("k", (3, 1, 2)), ("f", (False, True))]
    assert table.cells == {"count": (0,) * 6, "missing": (0,)}


def test_variables_stand_side_by_side() -> None:
    """With the bounds of each, or of its levels."""
    shape = empty_moments(dictionary(), ("k", "x"), ("f",))
    assert [(axis.name, axis.levels) for axis in shape.axes] == [
        ("variable", ("k", "x")),
        ("f", (False, True)),
    ]
    assert shape.bounds == ((1, 3), (0, 5))
    assert shape.cells["mean"] == (None,) * 4


def test_outlines_are_sealed_and_public() -> None:
    """They do not print either, so that one habit serves all."""
    outline = OutlineRows(dictionary()).counts(("k",))
    assert str(outline) == "<Outline sealed>"
    assert outline.shape.cells["count"] == (0, 0, 0)
