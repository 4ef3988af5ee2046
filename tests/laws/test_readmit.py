"""The signer takes back what the gate made, and nothing that was changed on the way."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.analytics.summary import Summary
from fedcli.analytics.table_one import TableOne
from fedcli.errors import Bug
from fedcli.files.strict import parse_json
from fedcli.model.cells import Cell, Gap
from fedcli.model.disclosure import Statbarn
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered, Released, Rounded
from fedcli.policy.gate import gate, readmit
from fedcli.policy.ontology import declared
from fedcli.policy.precision import digits_of
from fedcli.statistics.rounding import told
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Field, Shape
from tests.laws.datasets import Case, cases, dictionary_of
from tests.laws.engines import by_memory
from tests.laws.gating import rules
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)


def _released(case: Case, under: Disclosure) -> Answered | None:
    decision = gate(Exact(*by_memory(case)), under)
    return decision.released.answered if decision.released else None


@every
@given(data=st.data())
def test_what_the_gate_made_is_readmitted(kind: Kind, data: st.DataObject) -> None:
    """Also after its way through the pipe as canonical JSON."""
    case, under = data.draw(cases(kind)), data.draw(rules())
    answered = _released(case, under)
    if answered is None:
        return
    sent = Answered.read(parse_json(answered.canonical(), "a pipe"), "a pipe")
    back = readmit(sent, case.analytic.outline(case.dictionary), under)
    assert isinstance(back, Released)
    assert back.answered.canonical() == answered.canonical()


Tamper = Callable[[Answered, Shape, Disclosure], "Answered | None"]


def _with(answered: Answered, name: str, at: int, cell: object) -> Answered:
    row = list(answered.cells[name])
    row[at] = cell  # type: ignore[call-overload]
    return answered.model_copy(update={"cells": {**answered.cells, name: tuple(row)}})


def _first(
    answered: Answered, shape: Shape, wanted: Callable[[Field, Cell], bool]
) -> tuple[Field, int, Any] | None:
    for field in shape.fields:
        for at, cell in enumerate(answered.cells[field.name]):
            if wanted(field, cell):
                return field, at, cell
    return None


def _is_count(field: Field, cell: Cell) -> bool:
    return field.statbarn is Statbarn.FREQUENCIES and isinstance(cell, int)


def _small(under: Disclosure) -> int:
    """A count under the threshold that no larger one is rounded to."""
    return under.min_count - 1 if under.rounding == "none" else 1


def small_count(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """A count under the threshold in the place of one above it."""
    found = _first(answered, shape, _is_count)
    if found is None or under.min_count == 1:
        return None
    return _with(answered, found[0].name, found[1], _small(under))


def unrounded_count(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """The count itself in the place of the rounded one, or another that no count is rounded to."""
    found = _first(answered, shape, _is_count)
    if found is None or answered.rounding is None:
        return None
    return _with(answered, found[0].name, found[1], told(under.min_count + 20, under.rounding) + 1)


def other_rounding(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """Counts that are said to be rounded otherwise."""
    rule = "nearest-5" if answered.rounding and answered.rounding.rule == "midpoint-6" else "midpoint-6"
    return answered.model_copy(update={"rounding": Rounded(rule=rule, least=1)})


def negative_count(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """A count below zero."""
    found = _first(answered, shape, _is_count)
    return found and _with(answered, found[0].name, found[1], -17)


def fractional_count(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """A count with room for a message behind the point."""
    found = _first(answered, shape, _is_count)
    return found and _with(answered, found[0].name, found[1], under.min_count + 20.25)


def count_of_nothing(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """No number where a count has to be."""
    found = _first(answered, shape, _is_count)
    return found and _with(answered, found[0].name, found[1], None)


def uncovered(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """A small number where a gap was."""
    found = _first(answered, shape, lambda field, cell: isinstance(cell, Gap) and field.precision is None)
    if found is None or under.min_count == 1:
        return None
    return _with(answered, found[0].name, found[1], _small(under))


def narrowed(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """A gap with ends of its own."""
    found = _first(answered, shape, lambda _, cell: isinstance(cell, Gap))
    return found and _with(answered, found[0].name, found[1], Gap(low=0.125, high=0.25))


def widened(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """A gap whose far end carries a message."""
    found = _first(answered, shape, lambda _, cell: isinstance(cell, Gap))
    return found and _with(answered, found[0].name, found[1], Gap(low=0, high=4242424))


def unlinked(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """The mean of a cell whose size is suppressed."""
    if "mean" not in answered.cells:
        return None
    found = _first(answered, shape, lambda field, cell: field.name == "n" and isinstance(cell, Gap))
    return found and _with(answered, "mean", found[1], 1.0)


def reopened(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """One of the levels that a group of a bundle hides together, as a number that could leave."""
    found = _first(
        answered, shape, lambda field, cell: field.name.endswith(".count") and isinstance(cell, Gap)
    )
    return found and _with(answered, found[0].name, found[1], under.min_count + 5)


def more_digits(answered: Answered, shape: Shape, under: Disclosure) -> Answered | None:
    """A number with more digits than the policy lets out."""
    found = _first(
        answered,
        shape,
        lambda field, cell: (
            isinstance(cell, int | float) and digits_of(field, under) is not None and cell != 0
        ),
    )
    return found and _with(answered, found[0].name, found[1], math.nextafter(float(found[2]), math.inf))


def infinite(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """Infinity."""
    found = _first(answered, shape, lambda field, _: field.precision is not None)
    return found and _with(answered, found[0].name, found[1], math.inf)


def not_a_number(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """NaN, which compares false with every limit."""
    found = _first(answered, shape, lambda field, _: field.precision is not None)
    return found and _with(answered, found[0].name, found[1], math.nan)


def text(answered: Answered, shape: Shape, _: Disclosure) -> Answered | None:
    """A text in the place of a number."""
    return _with(answered, shape.fields[0].name, 0, "p17")


def other_axes(answered: Answered, _: Shape, __: Disclosure) -> Answered | None:
    """A level by another name."""
    if not answered.axes:
        return None
    first = answered.axes[0].model_copy(update={"levels": ("p17", *answered.axes[0].levels[1:])})
    return answered.model_copy(update={"axes": (first, *answered.axes[1:])})


def fewer_rules(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """A check that is not declared."""
    return answered.model_copy(update={"rules": answered.rules[1:]})


def other_rules(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """A threshold in other words."""
    first = answered.rules[0].model_copy(update={"threshold": "persons >= 0"})
    return answered.model_copy(update={"rules": (first, *answered.rules[1:])})


def missing_field(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """A field that is not there."""
    _, *others = answered.cells
    return answered.model_copy(update={"cells": {name: answered.cells[name] for name in others}})


def further_field(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """A field that nobody planned."""
    return answered.model_copy(update={"cells": {**answered.cells, "extra": (100,)}})


def shorter(answered: Answered, shape: Shape, _: Disclosure) -> Answered:
    """A cell too few."""
    name = shape.fields[0].name
    return answered.model_copy(update={"cells": {**answered.cells, name: answered.cells[name][1:]}})


def longer(answered: Answered, shape: Shape, _: Disclosure) -> Answered:
    """A cell too many."""
    name = shape.fields[0].name
    return answered.model_copy(update={"cells": {**answered.cells, name: (*answered.cells[name], 1000)}})


def other_digits(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """Digits that the policy does not name."""
    return answered.model_copy(update={"digits": {**answered.digits, "count": 3}})


def other_kind(answered: Answered, _: Shape, __: Disclosure) -> Answered:
    """Another kind of shape."""
    return answered.model_copy(update={"kind": "other"})


TAMPERS: list[Tamper] = [
    small_count,
    unrounded_count,
    other_rounding,
    negative_count,
    fractional_count,
    count_of_nothing,
    uncovered,
    narrowed,
    widened,
    unlinked,
    reopened,
    more_digits,
    infinite,
    not_a_number,
    text,
    other_axes,
    fewer_rules,
    other_rules,
    missing_field,
    further_field,
    shorter,
    longer,
    other_digits,
    other_kind,
]


@every
@given(data=st.data())
def test_what_was_changed_is_refused(kind: Kind, data: st.DataObject) -> None:
    """Every tampering that applies to a release is found, and named V-READMIT."""
    case, under = data.draw(cases(kind)), data.draw(rules())
    answered, outline = _released(case, under), case.analytic.outline(case.dictionary)
    if answered is None:
        return
    for tamper in TAMPERS:
        changed = tamper(answered, outline, under)
        if changed is None:
            continue
        with pytest.raises(Bug) as caught:
            readmit(changed, outline, under)
        assert caught.value.code == "V-READMIT", tamper.__name__


def test_every_tampering_applies_to_something() -> None:
    """A tampering that never applies would test nothing."""
    rows = tuple(
        {"person": f"p{at}", "visit": f"v{at}", "x": float(at), "y": at, "k": 1 + at // 4, "b": at % 2}
        for at in range(9)
    )
    dictionary = dictionary_of("row", True, None)
    case = Case(dictionary, rows, frozenset(), Summary(columns=("x", "y"), by=("k",)), None)
    under = Disclosure(min_count=3, min_dof=0, dominance=(), rounding="nearest-5")
    first = replace(case, analytic=TableOne(columns=("b",), by="k"))
    idle = [
        {one.__name__ for one in TAMPERS if one(answered, asked.analytic.outline(dictionary), under) is None}
        for asked in (case, first)
        if (answered := _released(asked, under)) is not None
    ]
    assert len(idle) == 2
    assert set.intersection(*idle) == set()


@every
@given(data=st.data())
def test_a_release_of_looser_rules_is_refused(kind: Kind, data: st.DataObject) -> None:
    """Numbers that loose rules let out do not come in under the declaration of strict ones."""
    case, strict = data.draw(cases(kind)), Disclosure(min_count=4)
    loose = strict.model_copy(update={"min_count": 1, "zeros": "release", "enforce": "threshold"})
    answered, outline = _released(case, loose), case.analytic.outline(case.dictionary)
    if answered is None and outline.weights:
        return  # how many persons a network needs is no policy's to say
    assert answered is not None
    forged = answered.model_copy(update={"rules": declared(outline, strict)})
    small = _first(
        forged,
        outline,
        lambda field, cell: _is_count(field, cell) and 0 < cell < 4,  # type: ignore[operator]
    )
    if small is not None:
        with pytest.raises(Bug):
            readmit(forged, outline, strict)
