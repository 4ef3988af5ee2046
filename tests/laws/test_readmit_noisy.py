"""The signer takes back what noise was drawn for, and nothing else: another form, price, scale or number."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.errors import FedcliError
from fedcli.files.strict import parse_json
from fedcli.model.policy import Contribution, Disclosure
from fedcli.model.release import Answered, Released
from fedcli.policy.gate import noised, readmit, readmit_noisy
from fedcli.statistics.forms import Noisy
from fedcli.statistics.seal import Bounded
from tests.laws.bounded import few, vector, wild
from tests.laws.datasets import Case
from tests.laws.own import BOTH, NOISY

SHARE = "0.25"
every = pytest.mark.parametrize("kind", NOISY, ids=lambda kind: kind.name)


def released(case: Case, counted: Contribution) -> tuple[Answered, Noisy]:
    """What the gate makes of a case, and the plan of it."""
    made = noised(Bounded(*vector(case, counted)), SHARE, counted).released
    assert made is not None
    outline = case.analytic.outline(case.dictionary, counted)
    assert isinstance(outline, Noisy)
    return made.answered, outline


@every
@few
@given(data=st.data())
def test_what_the_gate_made_is_readmitted(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """Also after its way through the pipe; and what it says of its noise is what was paid for."""
    case, counted = data.draw(wild(kind, most=4))
    answered, outline = released(case, counted)
    sent = Answered.read(parse_json(answered.canonical(), "a pipe"), "a pipe")
    back = readmit_noisy(sent, outline, SHARE, counted)
    assert isinstance(back, Released)
    assert back.answered == answered
    assert answered.rules == () and answered.noise is not None and answered.noise.rho == SHARE


def _noise(**keys: object) -> Callable[[Answered], Answered]:
    def changed(answered: Answered) -> Answered:
        assert answered.noise is not None
        return answered.model_copy(update={"noise": answered.noise.model_copy(update=keys)})

    return changed


def _scaled(times: float) -> Callable[[Answered], Answered]:
    def changed(answered: Answered) -> Answered:
        assert answered.noise is not None
        return _noise(scale=answered.noise.scale * times)(answered)

    return changed


def _cell(cell: object) -> Callable[[Answered], Answered]:
    def changed(answered: Answered) -> Answered:
        name, row = next(iter(answered.cells.items()))
        return answered.model_copy(update={"cells": {**answered.cells, name: (cell, *row[1:])}})

    return changed


def _fields(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Answered], Answered]:
    return lambda answered: answered.model_copy(update={"cells": change(dict(answered.cells))})


TAMPERED: dict[str, Callable[[Answered], Answered]] = {
    "half the noise": _scaled(0.5),
    "a little less noise": _scaled(1 - 1e-9),
    "twice the noise": _scaled(2),
    "another price": _noise(rho="0.24"),
    "another contribution": _noise(contribution=Contribution(rows=99)),
    "other steps": _noise(steps=2**40),
    "no word of noise": lambda answered: answered.model_copy(update={"noise": None}),
    "a number between two steps": _cell(0.1),
    "no number": _cell(None),
    "a number too large": _cell(1e300),
    "infinity": _cell(float("inf")),
    "an interval": _cell({"low": 0, "high": 9}),
    "one number more": _fields(lambda cells: {name: (*row, 0) for name, row in cells.items()}),
    "one field more": _fields(lambda cells: {**cells, "note": (1,)}),
    "no field": _fields(lambda _: {}),
    "digits": lambda answered: answered.model_copy(update={"digits": {"n": 3}}),
    "another kind": lambda answered: answered.model_copy(update={"kind": "counts"}),
    "other axes": lambda answered: answered.model_copy(update={"axes": (*answered.axes, *answered.axes[:1])}),
}


@every
@few
@given(data=st.data())
def test_what_was_changed_is_not(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """The message is then no release, and nothing leaves."""
    case, counted = data.draw(wild(kind, most=2))
    answered, outline = released(case, counted)
    for name, change in TAMPERED.items():
        changed = change(answered)
        if changed == answered:
            continue
        with pytest.raises(FedcliError) as refused:
            readmit_noisy(changed, outline, SHARE, counted)
        assert refused.value.code in ("V-READMIT", "B-NOISE"), name


@pytest.mark.parametrize("kind", BOTH, ids=lambda kind: kind.name)
@few
@given(data=st.data())
def test_neither_mode_takes_the_others(kind: type[Analytic[Any]], data: st.DataObject) -> None:
    """An exact plan takes no noisy answer, nor a noisy plan an exact one."""
    case, counted = data.draw(wild(kind, most=2))
    answered, outline = released(case, counted)
    exact = case.analytic.outline(case.dictionary)
    with pytest.raises(FedcliError):
        readmit(answered, exact, Disclosure())
    plain = answered.model_copy(update={"kind": exact.kind, "cells": exact.cells, "noise": None})
    for plan in (outline, exact):
        with pytest.raises(FedcliError):
            readmit_noisy(plain, plan, SHARE, counted)
