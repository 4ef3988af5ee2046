"""Every shape carries the evidence of every check that guards it, and the gate can judge it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.model.disclosure import Statbarn, Verdict
from fedcli.model.policy import Disclosure
from fedcli.policy.checks import Subject
from fedcli.policy.gate import gate
from fedcli.policy.ontology import CHECKS, GUARDS, declared
from fedcli.statistics.seal import Exact
from tests.laws.datasets import cases
from tests.laws.engines import by_duck, by_memory
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)
RULES = [Disclosure(), Disclosure(zeros="release"), Disclosure(min_count=1, min_dof=0)]


@every
@given(data=st.data())
def test_every_check_finds_what_it_needs(kind: Kind, data: st.DataObject) -> None:
    """No check meets B-EVIDENCE, and each names cells that exist."""
    case = data.draw(cases(kind))
    for shape, evidence in (by_duck(case), by_memory(case)):
        for field in shape.fields:
            for name in GUARDS[field.statbarn]:
                for rules in RULES:
                    mask = CHECKS[name].judge(Subject(shape, field, evidence, rules))
                    assert mask <= set(range(shape.length(field)))


@every
@given(data=st.data())
def test_evidence_is_as_long_as_the_cells(kind: Kind, data: st.DataObject) -> None:
    """Persons are known of every cell, and are no more than the cohort."""
    shape, evidence = by_duck(data.draw(cases(kind)))
    for field in shape.fields:
        persons = evidence.of("persons", field.name)
        assert len(persons) == shape.length(field)
        assert all(0 <= one <= evidence.cohort for one in persons)


@every
@given(data=st.data())
def test_rules_declared_are_rules_run(kind: Kind, data: st.DataObject) -> None:
    """A release declares, from public facts, exactly the checks that the gate ran."""
    case = data.draw(cases(kind))
    decision = gate(Exact(*by_memory(case)), Disclosure())
    told = [
        (rule.check, rule.field) for rule in declared(case.analytic.outline(case.dictionary), Disclosure())
    ]
    assert told == [(finding.check, finding.field) for finding in decision.findings]
    if decision.released is not None:
        assert decision.released.answered.rules == declared(
            case.analytic.outline(case.dictionary), Disclosure()
        )


@every
@given(data=st.data())
def test_the_answer_of_the_outline_works(kind: Kind, data: st.DataObject) -> None:
    """The form of an answer is known before any data, and is that of the answer with data."""
    case = data.draw(cases(kind))
    empty = case.analytic.answer(case.analytic.outline(case.dictionary))
    full = case.analytic.answer(by_memory(case)[0])
    assert empty.scalars.keys() == full.scalars.keys()
    assert {name: (one.columns, one.keys, len(one.rows)) for name, one in empty.tables.items()} == {
        name: (one.columns, one.keys, len(one.rows)) for name, one in full.tables.items()
    }


@every
@given(data=st.data())
def test_nothing_that_few_have_gets_through(kind: Kind, data: st.DataObject) -> None:
    """Of what the gate releases, no number rests on fewer persons than the threshold."""
    case = data.draw(cases(kind))
    rules = Disclosure(
        min_count=data.draw(st.integers(1, 5)), enforce=data.draw(st.sampled_from(["all", "threshold"]))
    )
    shape, evidence = by_memory(case)
    decision = gate(Exact(shape, evidence), rules)
    if decision.released is None:
        assert decision.verdict > Verdict.PASS
        return
    for field in shape.fields:
        cells = decision.released.answered.cells[field.name]
        for cell, persons in zip(cells, evidence.of("persons", field.name), strict=True):
            told = isinstance(cell, int | float) and not isinstance(cell, bool)
            nobody = persons == 0 and (field.zero_is_safe or rules.zeros == "release")
            assert not told or persons >= rules.min_count or nobody


def test_every_statbarn_is_guarded() -> None:
    """No family of statistics is without checks, and no check is without a family."""
    assert set(GUARDS) == set(Statbarn)
    assert {one for one, names in GUARDS.items() if not names} == {Statbarn.NOISY}  # which has noise instead
    assert {name for names in GUARDS.values() for name in names} == set(CHECKS)
