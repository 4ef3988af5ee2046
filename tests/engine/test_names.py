"""Columns that are called as our queries call things: every answer is that of any other name."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import fedcli.engine
from fedcli.analytics import named
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.duckdb import DuckRows
from fedcli.model.dataset import Dictionary
from fedcli.model.policy import Contribution
from tests.laws.engines import close, opened, table

ENGINE = Path(fedcli.engine.__file__).parent
ROLES = ("who", "visit", "number", "group", "event")
#: What our queries call something: after AS, with a place behind it or none, and the tables that they make.
WORDS = sorted(
    {
        name.replace("{at}", "0")
        for path in ENGINE.glob("*.py")
        for name in re.findall(r"(?:AS|FROM|JOIN) \(?([a-z][a-z_]*(?:\{at\})?)", path.read_text())
    }
    | {"mean0", "low0", "high0", "KEY", "Place", "t0", "s0", "b0", "n0", "m0"}
)
QUESTIONS: tuple[dict[str, Any], ...] = (
    {"analytic": "crosstab", "by": ["group", "event"]},
    {"analytic": "summary", "columns": ["number"], "by": ["group"]},
    {"analytic": "total", "columns": ["number"], "by": ["group"]},
    {"analytic": "glm", "family": "gaussian", "formula": "number ~ group + event", "unit": "row"},
    {"analytic": "cox", "time": "number", "event": "event", "formula": "group", "unit": "person"},
)
NOISY = QUESTIONS[:4]


def _called(names: dict[str, str], repeats: bool) -> Dictionary:
    columns = {
        names["who"]: {"type": "text", "sensitivity": "identifier"},
        names["visit"]: {"type": "text", "sensitivity": "identifier"},
        names["number"]: {"type": "integer", "bounds": [0, 9]},
        names["group"]: {"type": "text", "levels": ["f", "m"]},
        names["event"]: {"type": "integer", "levels": [0, 1]},
    }
    head: dict[str, Any] = {"schema": "fedcli/dictionary/1", "dataset": "d", "person_id": names["who"]}
    head |= {"unit": "person", **({"row_key": names["visit"]} if repeats else {})}
    return Dictionary.read({**head, "columns": columns}, "a test")


def _rows(names: dict[str, str], repeats: bool) -> list[dict[str, Any]]:
    lots = random.Random(11)
    return [
        {
            names["who"]: f"p{at // 2 if repeats else at}",
            names["visit"]: f"v{at}",
            names["number"]: lots.choice((1, 2, 2, 5, 9, None)),
            names["group"]: lots.choice("fm"),
            names["event"]: lots.choice((0, 1)),
        }
        for at in range(40)
    ]


def _asked(question: dict[str, Any], names: dict[str, str]) -> dict[str, Any]:
    """The same question in other words."""

    def told(value: Any) -> Any:
        if isinstance(value, list):
            return [told(one) for one in value]
        return " ".join(names.get(word, word) for word in value.split())

    kept = ("analytic", "family", "unit")
    return {key: value if key in kept else told(value) for key, value in question.items()}


def _answers(names: dict[str, str], repeats: bool) -> Iterator[Any]:
    """What both kinds of rows say to every question that fits."""
    dictionary = _called(names, repeats)
    with opened(table(dictionary, _rows(names, repeats))) as source:
        for question in QUESTIONS:
            if question.get("unit", "any") not in ("any", "row" if repeats else "person"):
                continue
            asked = _asked(question, names)
            if asked.get("unit") == "person":
                del asked["unit"]  # where nobody has a second row there is nothing to say
            analytic = named(asked.pop("analytic")).read(asked, "a test").resolved(dictionary, "a test")
            of = (source, dictionary, None, analytic.reads())
            yield analytic.local(DuckRows(*of)).unseal_for_the_gate()[0].cells
            if question in NOISY:
                counted = Contribution(rows=2, cells=2)
                yield analytic.local(BoundedRows(*of, counted, "0" * 64)).unseal_for_noise()[1]


PLAIN = {role: role for role in ROLES}
FOUND = {repeats: [*_answers(PLAIN, repeats)] for repeats in (True, False)}


def _same(one: Any, other: Any) -> bool:
    """Equal but for the last digits: the rows of a person are ordered by the names of columns."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(_same(one[name], other[name]) for name in one)
    return all(close(mine, theirs, 1e-12) for mine, theirs in zip(one, other, strict=True))


def test_words_are_found() -> None:
    """The list is that of the queries as they are."""
    assert {"key", "place", "one", "cohort", "known", "clean", "v", "z0"} <= set(WORDS)


@pytest.mark.parametrize("at", range(len(WORDS)), ids=WORDS)
def test_a_column_is_called_as_it_likes(at: int) -> None:
    """Nothing of ours is taken for it, and it for nothing of ours; each word is in every role once."""
    names = {role: WORDS[(at + 7 * place) % len(WORDS)] for place, role in enumerate(ROLES)}
    for repeats in (True, False):
        found = _answers(names, repeats)
        assert all(_same(one, other) for one, other in zip(found, FOUND[repeats], strict=True))
