"""Dictionaries: what people may declare of a dataset, and what contradicts itself."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.errors import InvalidFile
from fedcli.model.dataset import Column, Dictionary, fits

ROWS: dict[str, Any] = {"dataset": "cohort", "columns": {"age": {"type": "integer"}}}
PERSONS: dict[str, Any] = {
    "dataset": "cohort",
    "unit": "person",
    "person_id": "pid",
    "row_key": "visit",
    "columns": {
        "pid": {"type": "text", "sensitivity": "identifier"},
        "visit": {"type": "integer", "sensitivity": "identifier"},
        "age": {"type": "integer"},
    },
}


def column(**told: Any) -> Column:
    """A column, read as from a file."""
    return Column.read(told, "a file")


def dictionary(base: dict[str, Any], **told: Any) -> Dictionary:
    """A dictionary, read as from a file; None leaves a key out."""
    return Dictionary.read({key: one for key, one in (base | told).items() if one is not None}, "a file")


@pytest.mark.parametrize(
    ("kind", "value", "good"),
    [
        ("integer", 1, True),
        ("integer", -5, True),
        ("integer", True, False),
        ("integer", 1.5, False),
        ("integer", "1", False),
        ("real", 1, True),
        ("real", 1.5, True),
        ("real", False, False),
        ("real", "1.5", False),
        ("text", "1", True),
        ("text", "", True),
        ("text", 1, False),
        ("boolean", True, True),
        ("boolean", False, True),
        ("boolean", 1, False),
        ("boolean", "true", False),
        ("date", "2026-11-22", True),
        ("date", "2026-02-30", False),
        ("date", "22.11.2026", False),
        ("date", "", False),
        ("date", 20261122, False),
        ("timestamp", "2026-11-22T09:00:00", True),
        ("timestamp", "2026-11-22T25:00:00", False),
        ("timestamp", "now", False),
    ],
)
def test_a_value_fits_its_type(kind: Any, value: Any, good: bool) -> None:
    """`true` is no integer, 1 is a real, and a date is a day that there is."""
    assert fits(value, kind) is good


@pytest.mark.parametrize(
    "told",
    [
        {"type": "integer", "levels": [1, 2, 3], "missing": [-9]},
        {"type": "real", "levels": [1, 2.5], "missing": [-9.5, 99]},
        {"type": "text", "levels": ["never", "ex"], "missing": ["", "unknown"]},
        {"type": "boolean", "levels": [False, True]},
        {"type": "date", "levels": ["2026-01-01"]},
        {"type": "integer", "bounds": [18, 100], "unit": "years"},
        {"type": "real", "bounds": [-1.5, 2]},
        {"type": "text", "use": []},
    ],
)
def test_what_agrees_with_itself_is_accepted(told: dict[str, Any]) -> None:
    """For every type."""
    assert column(**told).type == told["type"]


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        ({"type": "integer", "levels": [1, "2"]}, "a level or missing code is not of type integer"),
        ({"type": "integer", "levels": [True]}, "a level or missing code is not of type integer"),
        ({"type": "boolean", "levels": [0, 1]}, "a level or missing code is not of type boolean"),
        ({"type": "text", "missing": [9]}, "a level or missing code is not of type text"),
        ({"type": "date", "missing": ["9999-99-99"]}, "a level or missing code is not of type date"),
        ({"type": "integer", "levels": [1, 2, 1]}, "levels are listed twice"),
        ({"type": "real", "levels": [2, 2.0]}, "levels are listed twice"),
        ({"type": "text", "levels": ["a", "b"], "missing": ["b"]}, "a missing code cannot be a level"),
        ({"type": "real", "levels": [1, 2], "missing": [2.0]}, "a missing code cannot be a level"),
        ({"type": "text", "bounds": [0, 1]}, "bounds are for numbers"),
        ({"type": "boolean", "bounds": [0, 1]}, "bounds are for numbers"),
        ({"type": "integer", "bounds": [1, 1]}, "bounds are written [low, high]"),
        ({"type": "integer", "bounds": [2, 1]}, "bounds are written [low, high]"),
    ],
)
def test_what_contradicts_itself_is_refused(told: dict[str, Any], problem: str) -> None:
    """With the rule that it breaks, and without the value."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        column(**told)
    assert caught.value.facts["problems"] == f"the document: {problem}"


@pytest.mark.parametrize(
    "told",
    [
        {"type": "number"},
        {"type": "integer", "bounds": [1]},
        {"type": "integer", "bounds": [1, 2, 3]},
        {"type": "integer", "bounds": [True, 2]},
        {"type": "integer", "levels": []},
        {"type": "text", "levels": [""]},
        {"type": "text", "levels": ["x" * 81]},
        {"type": "text", "levels": ["a\x1b[2J"]},
        {"type": "text", "levels": ["a\u202eb"]},
        {"type": "integer", "levels": list(range(1001))},
        {"type": "integer", "missing": list(range(21))},
        {"type": "text", "sensitivity": "secret"},
        {"type": "text", "use": ["plot"]},
        {"type": "text", "length": 5},
    ],
)
def test_what_has_no_meaning_is_refused(told: dict[str, Any]) -> None:
    """Other types, lengths, characters and keys."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        column(**told)


@pytest.mark.parametrize("again", ["20260101", "2026-W01-4"])
def test_a_day_has_one_form(again: str) -> None:
    """The same day twice under two spellings is one level listed twice."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        column(type="date", levels=["2026-01-01", again])


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"type": "integer"}, None),
        ({"type": "integer", "bounds": [18, 100]}, (18, 100)),
        ({"type": "integer", "levels": [3, 1, 2]}, (1, 3)),
        ({"type": "integer", "levels": [3, 1], "bounds": [0, 9]}, (0, 9)),
        ({"type": "text", "levels": ["a", "b"]}, None),
        ({"type": "boolean"}, None),
    ],
)
def test_the_range_of_a_number_is_public(told: dict[str, Any], wanted: Any) -> None:
    """Its bounds, or the ends of its levels; otherwise nobody has said."""
    assert column(**told).range == wanted


@pytest.mark.parametrize(
    ("told", "wanted"),
    [
        ({"type": "boolean"}, (False, True)),
        ({"type": "boolean", "levels": [True, False]}, (True, False)),
        ({"type": "text"}, ()),
        ({"type": "text", "levels": ["b", "a"]}, ("b", "a")),
    ],
)
def test_categories_are_in_the_declared_order(told: dict[str, Any], wanted: Any) -> None:
    """A boolean has two without saying so."""
    assert column(**told).categories == wanted


def test_defaults_are_those_of_a_rehearsal() -> None:
    """The first version, one population, rows."""
    made = dictionary(ROWS)
    assert (made.version, made.population, made.unit, made.overlap) == (1, "population", "row", "assume")


@pytest.mark.parametrize(
    ("base", "told", "problem"),
    [
        (PERSONS, {"person_id": None}, 'unit = "person" needs person_id'),
        (PERSONS, {"person_id": "other"}, "other is not among the columns"),
        (PERSONS, {"row_key": "other"}, "other is not among the columns"),
        (PERSONS, {"person_id": "age"}, 'age must have sensitivity = "identifier"'),
        (PERSONS, {"row_key": "age"}, 'age must have sensitivity = "identifier"'),
        (ROWS, {"person_id": "age"}, 'age must have sensitivity = "identifier"'),
        (
            PERSONS,
            {"row_key": None, "max_rows": 3},
            "max_rows is for persons with several rows, told apart by row_key",
        ),
        (ROWS, {"overlap": "declared-disjoint"}, 'overlap = "declared-disjoint" needs evidence'),
    ],
)
def test_a_dictionary_that_contradicts_itself_is_refused(
    base: dict[str, Any], told: dict[str, Any], problem: str
) -> None:
    """Persons need an identifier, identifiers are marked, and claims need evidence."""
    with pytest.raises(InvalidFile, match="F-SCHEMA") as caught:
        dictionary(base, **told)
    assert caught.value.facts["problems"] == f"the document: {problem}"


@pytest.mark.parametrize(
    "told",
    [
        {"columns": {}},
        {"columns": {"a b": {"type": "text"}}},
        {"columns": {"1": {"type": "text"}}},
        {"dataset": "Cohort"},
        {"version": 0},
        {"unit": "household"},
        {"data_use": ["research"]},
        {"max_rows": 0},
    ],
)
def test_a_dictionary_of_another_form_is_refused(told: dict[str, Any]) -> None:
    """Names of columns and datasets have their grammars."""
    with pytest.raises(InvalidFile, match="F-SCHEMA"):
        dictionary(PERSONS, **told)


@pytest.mark.parametrize(
    ("base", "told", "repeats", "rows"),
    [
        (ROWS, {}, False, 1),
        (PERSONS, {"row_key": None}, False, 1),
        (PERSONS, {}, True, None),
        (PERSONS, {"max_rows": 5}, True, 5),
        (PERSONS, {"unit": "row"}, False, 1),
    ],
)
def test_how_many_rows_a_person_has(
    base: dict[str, Any], told: dict[str, Any], repeats: bool, rows: int | None
) -> None:
    """Several where rows have a key of their own, and then as many as was said."""
    made = dictionary(base, **told)
    assert (made.repeats, made.rows_per_person) == (repeats, rows)


def test_a_column_is_found_by_its_name() -> None:
    """Spelled exactly; a slip is told with the nearest."""
    made = dictionary(PERSONS)
    assert made.column("age").type == "integer"
    with pytest.raises(InvalidFile, match="Q-COLUMN") as caught:
        made.column("aeg")
    assert caught.value.facts["meant"] == "did you mean age?"
    assert caught.value.facts["have"] == "age, pid, visit"
    for name in ("AGE ", "zzz"):
        with pytest.raises(InvalidFile, match="Q-COLUMN") as caught:
            made.column(name)
        assert caught.value.facts["meant"] == "take one of these"


def test_a_long_list_of_columns_is_cut() -> None:
    """Twelve of them, and that there are more."""
    names = [f"c{number:02}" for number in range(20)]
    made = dictionary(ROWS, columns={name: {"type": "text"} for name in names})
    with pytest.raises(InvalidFile, match="Q-COLUMN") as caught:
        made.column("zzz")
    assert caught.value.facts["have"] == ", ".join([*names[:12], "…"])
