"""Tightening is monotone: what is suppressed under a policy stays so under a stricter one."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from fedcli.analytics._contract import Analytic
from fedcli.errors import FedcliError
from fedcli.model.cells import Gap
from fedcli.model.disclosure import Verdict
from fedcli.model.policy import Disclosure, Policy
from fedcli.policy.gate import Decision, gate
from fedcli.policy.layers import tightened
from fedcli.statistics.seal import Exact
from tests.laws.datasets import Case, cases
from tests.laws.engines import by_memory
from tests.laws.gating import layers, rules
from tests.laws.own import ANALYTICS

Kind = type[Analytic[Any]]
every = pytest.mark.parametrize("kind", ANALYTICS, ids=lambda kind: kind.name)


def _judged(case: Case, under: Disclosure) -> Decision:
    return gate(Exact(*by_memory(case)), under)


def _stricter(loose: Disclosure, layer: dict[str, Any]) -> Disclosure:
    """The rules with a layer over them; two ways of rounding cannot be compared."""
    try:
        return tightened(Policy(name="loose", disclosure=loose), layer, "a layer").disclosure
    except FedcliError as error:
        assert error.code == "P-ORDER"
        assume(False)
        raise


def _hides_zeros(rules: Disclosure) -> bool:
    return rules.zeros == "merge" and rules.min_count > 1


def _gaps(decision: Decision) -> set[tuple[str, int]]:
    assert decision.released is not None
    return {
        (name, at)
        for name, row in decision.released.answered.cells.items()
        for at, cell in enumerate(row)
        if isinstance(cell, Gap)
    }


@every
@given(data=st.data())
def test_suppressed_stays_suppressed(kind: Kind, data: st.DataObject) -> None:
    """Every cell that the looser rules hide, the stricter ones hide too."""
    case, loose = data.draw(cases(kind)), data.draw(rules())
    strict = _stricter(loose, {"disclosure": data.draw(layers())})
    before, after = _judged(case, loose), _judged(case, strict)
    if before.released and after.released:
        assert _gaps(before) <= _gaps(after)


@every
@given(data=st.data())
def test_refused_stays_refused(kind: Kind, data: st.DataObject) -> None:
    """And what the looser rules refuse, the stricter ones refuse.

    Review is another matter: merging zeros hides the line that people would have been asked about.
    """
    case, loose = data.draw(cases(kind)), data.draw(rules())
    strict = _stricter(loose, {"disclosure": data.draw(layers())})
    before, after = _judged(case, loose), _judged(case, strict)
    if before.verdict is Verdict.FAIL:
        assert after.verdict is Verdict.FAIL
    if before.verdict is Verdict.REVIEW and _hides_zeros(loose) == _hides_zeros(strict):
        assert after.verdict >= Verdict.REVIEW


@every
@given(data=st.data())
def test_reviewing_all_releases_nothing(kind: Kind, data: st.DataObject) -> None:
    """Where people look at every release, the gate alone lets nothing out."""
    case, under = data.draw(cases(kind)), data.draw(rules())
    decision = gate(Exact(*by_memory(case)), under, review_all=True)
    assert decision.released is None
    assert decision.verdict >= Verdict.REVIEW


@every
@given(data=st.data())
def test_a_decision_without_a_pass_has_no_release(kind: Kind, data: st.DataObject) -> None:
    """A release exists exactly when the verdict is PASS."""
    decision = _judged(data.draw(cases(kind)), data.draw(rules()))
    assert (decision.released is not None) == (decision.verdict is Verdict.PASS)
