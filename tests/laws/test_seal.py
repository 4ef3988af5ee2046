"""Exact values are sealed: no common way of showing or copying an object gets at them."""

from __future__ import annotations

import copy
import dataclasses
import json
import pickle
import pprint
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.errors import Bug
from fedcli.model.policy import Contribution
from fedcli.statistics.counts import Counts
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.seal import Bounded, Exact
from fedcli.statistics.tallies import tallies
from tests.laws.datasets import cases, dictionary_of
from tests.laws.engines import memory
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)

SHOWN: list[Callable[[Any], str]] = [
    repr,
    str,
    ascii,
    format,
    lambda one: f"{one!s:>40}",
    lambda one: f"{one!r:.200}",
    lambda one: "%s %r" % (one, one),  # noqa: UP031
    pprint.pformat,
    lambda one: json.dumps({"one": one}, default=str),
    lambda one: str([one, {"one": one}]),
]
REFUSED: list[Callable[[Any], Any]] = [
    vars,
    iter,
    list,
    len,
    dict,
    json.dumps,
    copy.copy,
    copy.deepcopy,
    dataclasses.asdict,
    lambda one: one.__dict__,
    lambda one: one.__getstate__() and pickle.dumps(one),
    *(lambda one, protocol=protocol: pickle.dumps(one, protocol) for protocol in range(6)),
    lambda one: one.__reduce__ and one.__reduce_ex__(4),
]


@every
@given(data=st.data())
def test_an_exact_value_shows_nothing(kind: Kind, data: st.DataObject) -> None:
    """Whatever prints it prints the same few words, whatever the data."""
    case = data.draw(cases(kind))
    exact = case.analytic.local(memory(case))
    evidence = exact.unseal_for_the_gate()[1]  # type: ignore[attr-defined]
    for show in SHOWN:
        assert not any(sign.isdigit() for sign in show(exact)), show(exact)
        assert not any(sign.isdigit() for sign in show(evidence).replace(hex(id(evidence)), ""))


@every
@given(data=st.data())
def test_an_exact_value_cannot_be_copied(kind: Kind, data: st.DataObject) -> None:
    """Pickle, copy, JSON, iteration and attribute dictionaries refuse."""
    case = data.draw(cases(kind))
    exact = case.analytic.local(memory(case))
    for refuse in REFUSED:
        with pytest.raises((TypeError, AttributeError)):
            refuse(exact)


@pytest.mark.parametrize("protocol", range(6))
def test_evidence_cannot_be_pickled(protocol: int) -> None:
    """Evidence holds single persons' values, so it stays where it is."""
    evidence = Evidence({"largest": {"mean": (181.25,)}}, cohort=1, population=1)
    with pytest.raises(TypeError):
        pickle.dumps(evidence, protocol)


@pytest.mark.parametrize("copied", [copy.copy, copy.deepcopy, vars, json.dumps])
def test_evidence_cannot_be_copied(copied: Callable[[Any], Any]) -> None:
    """Nor copied, listed or written as JSON."""
    with pytest.raises(TypeError):
        copied(Evidence({"largest": {"mean": (181.25,)}}, cohort=1, population=1))


def test_a_bounded_vector_shows_nothing() -> None:
    """The other sealed form shows its public side only when asked for it."""
    agreed = dictionary_of("person", True, None)
    form = tallies(agreed, Contribution(), ("f",), None, None, ())
    bounded: Bounded[Counts] = Bounded(form, (181, 25, 0))
    assert not any(sign.isdigit() for show in SHOWN for sign in show(bounded))
    for refuse in (vars, iter, copy.copy, copy.deepcopy, json.dumps, pickle.dumps):
        with pytest.raises(TypeError):
            refuse(bounded)  # type: ignore[operator]


@pytest.mark.parametrize("vector", [(181, 25), (181, 25, 0.0), (181, 25, True), (1, 2, 3, 4)])
def test_a_bounded_vector_is_whole_numbers(vector: tuple[Any, ...]) -> None:
    """A float depends on the order of the rows, and another length is another question."""
    agreed = dictionary_of("person", True, None)
    with pytest.raises(Bug):
        Bounded(tallies(agreed, Contribution(), ("f",), None, None, ()), vector)


def test_a_sealed_value_has_no_room_for_more() -> None:
    """Slots: nothing can be hung on it, where a careless printer would find it."""
    exact = Exact.__new__(Exact)
    with pytest.raises(AttributeError):
        exact.note = "181"  # type: ignore[attr-defined]
