"""Derived columns: what is written, what is signed, what is refused, and what a dataset is with them."""

from __future__ import annotations

from typing import Any

import pytest

from fedcli.errors import FedcliError
from fedcli.language.derived import extended, parse
from fedcli.language.words import words
from fedcli.model.dataset import Dictionary
from fedcli.model.derived import Aggregate, Derived, Window, behind, defined, needed, remembered, sources
from fedcli.model.predicate import Column, Comparison, Constant, Not
from fedcli.model.query import Written

_ID = {"type": "integer", "sensitivity": "identifier"}
TABLES: dict[str, Any] = {
    "visits": {
        "person_id": "who",
        "date": "day",
        "columns": {
            "who": _ID,
            "day": {"type": "date"},
            "code": {"type": "integer", "use": ["group"]},
            "cost": {"type": "real", "bounds": [0, 100], "unit": "EUR"},
            "ward": {"type": "text", "levels": ["a", "b"], "sensitivity": "quasi"},
            "note": {"type": "text"},
        },
    }
}
HEAD: dict[str, Any] = {
    "schema": "fedcli/dictionary/1",
    "dataset": "people",
    "unit": "person",
    "person_id": "person",
    "columns": {
        "person": _ID,
        "born": {"type": "date"},
        "weight": {"type": "real"},
        "secret": {"type": "real", "use": ["group"]},
    },
}
DICTIONARY = Dictionary.read({**HEAD, "tables": TABLES}, "a test")


def written(*texts: str, **more: Any) -> tuple[Derived, ...]:
    """Derived columns a, b and so on; what else is given is of the last."""
    told = [{"name": "abcdefg"[at], "as": text} for at, text in enumerate(texts)]
    told[-1] |= more
    return parse([Written.read(one, "a test") for one in told], DICTIONARY, "a test") or ()


def code(*texts: str, **more: Any) -> str:
    """With what it is refused."""
    with pytest.raises(FedcliError) as refused:
        written(*texts, **more)
    return refused.value.code


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("within 30 days before born", -30, -1),
        ("before born", None, -1),
        ("within 30 days up to born", -30, 0),
        ("UP  TO born", None, 0),
        ("within 1 day after born", 1, 1),
        ("from born", 0, None),
        ("within 0 days from born", 0, 0),
    ],
)
def test_windows(text: str, first: int | None, last: int | None) -> None:
    """Days after a date; `before` and `after` leave the day itself out."""
    [one] = written(f"count(visits {text})")
    assert one.of == Aggregate(op="count", table="visits", window=Window(of="born", first=first, last=last))


def test_a_window_is_no_part_of_a_text() -> None:
    """Words in quotation marks are a level."""
    [one] = written("exists(visits where ward = 'a' and code = 3 before born)")
    assert isinstance(one.of, Aggregate)
    assert one.of.window is not None
    assert code("exists(visits where ward = 'within 3 days before born')") == "Q-LEVEL"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("count(nothing)", "Q-TABLE"),
        ("count(visits.code)", "F-SCHEMA"),
        ("count()", "Q-DERIVE"),
        ("count(visits code = 3)", "Q-DERIVE"),
        ("count(visits) + count(visits)", "Q-EXPRESSION"),
        ("sum(visits.note)", "Q-DERIVE"),
        ("sum(visits)", "Q-DERIVE"),
        ("mean(visits.ward)", "Q-DERIVE"),
        ("median(visits.code)", "Q-EXPRESSION"),
        ("count(visits before weight)", "Q-DERIVE"),
        ("count(visits before b)", "Q-COLUMN"),
        ("count(visits within 99999 days before born)", "F-SCHEMA"),
        ("count(visits within 0 days before born)", "F-SCHEMA"),
        ("first(visits.who)", "Q-USE"),
        ("count(visits where who = 3)", "Q-USE"),
        ("count(visits where weight = 3)", "Q-COLUMN"),
        ("exists(visits where note = 'x')", "Q-FREETEXT"),
        ("exists(visits where (select 1) = 1)", "Q-EXPRESSION"),
        ("min(visits.ward)", "Q-DERIVE"),
        ("days_between(born, weight)", "Q-COMPARE"),
        ("days_between(born)", "Q-EXPRESSION"),
        ("years_between(born, born)", "Q-EXPRESSION"),
        ("person + 1", "Q-USE"),
        ("a + 1", "Q-DERIVE"),
        ("born", "Q-COMPARE"),
    ],
)
def test_what_is_refused(text: str, told: str) -> None:
    """Each with a code that says why."""
    assert code(text) == told


@pytest.mark.parametrize(
    "written",
    [
        {"a": "b + 1", "b": "count(visits)"},
        {"a": "count(visits before b)", "b": "first(visits)"},
        {"a": "count(visits) ", "b": "b * 2"},
        {"a": "b * 2", "b": "a / 2"},
    ],
)
def test_what_comes_from_what_stands_below(written: dict[str, str]) -> None:
    """Order is the author's, so that nothing can come from itself in a circle: that is said."""
    columns = [Written.read({"name": name, "as": text}, "a") for name, text in written.items()]
    with pytest.raises(FedcliError, match="it would come from") as caught:
        parse(columns, DICTIONARY, "a test")
    assert caught.value.code == "Q-DERIVE"


def test_bounds_of_sums_and_means() -> None:
    """A mean lies where the numbers do; a sum has the bounds that are asked for, or none."""
    told = extended(DICTIONARY, written("mean(visits.cost)", "sum(visits.cost)", "sum(visits.code)")).columns
    assert (told["a"].type, told["a"].bounds, told["a"].unit) == ("real", (0, 100), "EUR")
    assert (told["b"].type, told["b"].bounds, told["b"].unit) == ("real", None, "EUR")
    assert (told["c"].type, told["c"].use) == ("integer", ("group",))
    bounded = extended(DICTIONARY, written("sum(visits.cost)", bounds=[0, 900]))
    assert bounded.columns["a"].bounds == (0, 900)


def test_names() -> None:
    """A derived column has a name of its own, in small letters or large."""
    for name in ("Born", "visits", "VISITS"):
        with pytest.raises(FedcliError, match="Q-DERIVE"):
            parse([Written.read({"name": name, "as": "count(visits)"}, "a")], DICTIONARY, "a test")
    twice = [Written.read({"name": "n", "as": "count(visits)"}, "a")] * 2
    with pytest.raises(FedcliError, match="Q-DERIVE"):
        parse(twice, DICTIONARY, "a test")


def test_a_dataset_without_tables() -> None:
    """Has nothing to derive from."""
    with pytest.raises(FedcliError, match="Q-DERIVE"):
        parse([Written.read({"name": "n", "as": "weight * 2"}, "a")], Dictionary.read(HEAD, "a"), "a test")


def test_what_a_dataset_is_with_them() -> None:
    """Types, bounds, levels and uses follow from the definition, or are given."""
    found = written(
        "first(visits.cost)",
        "last(visits.ward)",
        "count(visits)",
        "secret * 2 + weight",
        "c > 1",
        bounds=None,
    )
    under = extended(DICTIONARY, found).columns
    assert (under["a"].type, under["a"].bounds, under["a"].unit) == ("real", (0, 100), "EUR")
    assert (under["b"].levels, under["b"].sensitivity) == (("a", "b"), "quasi")
    assert (under["c"].type, under["c"].bounds) == ("integer", None)
    assert (under["d"].type, under["d"].use) == ("real", ("group",))
    assert under["e"].categories == (False, True)
    [few] = written("count(visits)", levels=[0, 1, 2])
    assert extended(DICTIONARY, [few]).columns["a"].categories == (0, 1, 2)
    [date] = written("first(visits)")
    assert extended(DICTIONARY, [date]).columns["a"].type == "date"
    assert code("first(visits.note)", levels=["x"]) == "Q-FREETEXT"
    assert code("exists(visits)", bounds=[0, 1]) == "F-SCHEMA"


def test_a_site_reads_the_tree_and_not_the_text() -> None:
    """What is signed is checked again: types, names, and that there is one form of it."""
    wrong = Not(of=Comparison(op="eq", left=Column(name="code"), right=Constant(type="integer", value=3)))
    one = Derived(name="n", of=Aggregate(op="count", table="visits", rows=wrong))
    with pytest.raises(FedcliError, match="Q-NORMAL"):
        extended(DICTIONARY, [one])
    one = Derived(name="n", of=Aggregate(op="first", table="visits", column="who"))
    with pytest.raises(FedcliError, match="Q-USE"):
        extended(DICTIONARY, [one])


def test_nothing_derived_is_the_same_dictionary() -> None:
    """To the byte."""
    assert extended(DICTIONARY, None) is DICTIONARY


def test_words() -> None:
    """A cohort is told with what its columns are."""
    found = written(
        "first(visits where code in (2, 1))", "count(visits within 3 days up to a)", bounds=[0, 9]
    )
    assert words(None, found) == (
        "everyone; a is first(visits where code in (1, 2)); b is count(visits within 3 days up to a) [0, 9]"
    )


def test_where_they_come_from() -> None:
    """A window counts, and so does every column on the way; unneeded ones do not."""
    found = written("first(visits)", "days_between(born, a)", "count(visits from a)", "weight > 2", "2 * c")
    assert sources(found)["b"] == {"visits", "born"}
    assert sources(found)["d"] == {"weight"}
    assert [one.name for one in needed(found, {"e"})] == ["a", "c", "e"]
    assert behind(found)["b"] == {"a", "born"}
    assert behind(found)["e"] == {"c"}


def test_what_memory_calls_them() -> None:
    """By what they are: other names change nothing, another day does."""
    one = remembered(written("first(visits)", "count(visits within 9 days before a)"))
    other = parse(
        [
            Written.read({"name": "start", "as": "first(visits)"}, "a"),
            Written.read({"name": "often", "as": "count(visits within 9 days before start)"}, "a"),
        ],
        DICTIONARY,
        "a test",
    )
    assert one["b"] == remembered(other)["often"]
    assert one["b"] != remembered(written("first(visits)", "count(visits within 10 days before a)"))["b"]
    assert defined(other, {"often"}) != defined(other, {"start"})
