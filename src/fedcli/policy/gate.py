"""The gate: the only way from an exact shape to one that may leave.

The order is fixed here and nowhere else: check, suppress, round. `readmit` re-makes on the signer's
side what the gate made in the vault, from public facts alone.
"""

from __future__ import annotations

import math
from typing import NamedTuple, TypeVar

from fedcli.errors import fault
from fedcli.model.cells import Cell, Gap
from fedcli.model.disclosure import Finding, Mitigation, Statbarn, Verdict
from fedcli.model.policy import Disclosure
from fedcli.model.release import Answered, Released, Rounded
from fedcli.policy.checks import Subject
from fedcli.policy.ontology import CHECKS, declared, enforced, guards
from fedcli.policy.precision import digits_of, leaving, rounded, rounding_of
from fedcli.policy.suppress import suppressed
from fedcli.statistics.rounding import told_as
from fedcli.statistics.seal import Exact
from fedcli.statistics.shape import Field, Mask, Masks, Shape

S = TypeVar("S", bound=Shape)


class Decision(NamedTuple):
    """How the gate ended: PASS with a release, or REVIEW or FAIL without one."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    released: Released | None


def gate(exact: Exact[S], rules: Disclosure, review_all: bool = False) -> Decision:
    """Judge an exact shape under the rules of a policy, and mitigate what can be mitigated.

    A statistic that no check judges is a bug, not a pass.
    """
    shape, evidence = exact.unseal_for_the_gate()
    judged = [
        (name, field, CHECKS[name].judge(Subject(shape, field, evidence, rules)))
        for field in shape.fields
        for name in guards(field)
    ]
    findings = tuple(_finding(name, field, mask, rules) for name, field, mask in judged)
    if not findings:
        raise fault("B-SILENCE", kind=shape.kind)
    verdict = max(_outcome(finding) for finding in findings)
    verdict = max(verdict, Verdict.REVIEW if review_all else Verdict.PASS)
    if verdict is not Verdict.PASS:
        return Decision(verdict, findings, None)
    leaving = rounded(suppressed(shape, _failing(shape, judged, rules), rules), rules)
    return Decision(verdict, findings, Released.mint(_answered(leaving, rules)))


def readmit(answered: Answered, outline: Shape, rules: Disclosure) -> Released:
    """Re-make a release that arrived from the vault.

    It must have the outline's form, every number must be one that these rules let out, and every
    gap the one that public facts give.

    Raises:
        Bug: V-READMIT naming the field; the message is then no release, and nothing leaves.
    """
    same = answered.kind == outline.kind and answered.axes == outline.axes
    coarse = (answered.digits, answered.rounding)
    if not same or answered.rules != declared(outline, rules) or coarse != _coarse(outline, rules):
        raise fault("V-READMIT", field="its form")
    if answered.cells.keys() != outline.cells.keys():
        raise fault("V-READMIT", field="its fields")
    shape = outline.having(answered.cells, answered.digits)
    gaps = {name: _gaps(row) for name, row in answered.cells.items()}
    if shape.linked(gaps) != gaps:
        raise fault("V-READMIT", field="what its gaps are linked to")
    for field in shape.fields:
        if not _may_leave(shape, field, rules):
            raise fault("V-READMIT", field=field.name)
    return Released.mint(answered)


def _finding(name: str, field: Field, mask: Mask, rules: Disclosure) -> Finding:
    check = CHECKS[name]
    worst = Verdict.REVIEW if check.mitigation is Mitigation.ASK else Verdict.FAIL
    return Finding(
        check=name,
        field=field.name,
        risk=check.risk,
        verdict=worst if mask else Verdict.PASS,
        cells=len(mask),
        mitigation=check.mitigation,
        enforced=enforced(check, rules),
    )


def _outcome(finding: Finding) -> Verdict:
    """What is left of a finding after mitigation."""
    mitigated = finding.mitigation is Mitigation.SUPPRESS
    return Verdict.PASS if mitigated or not finding.enforced else finding.verdict


def _failing(shape: Shape, judged: list[tuple[str, Field, Mask]], rules: Disclosure) -> Masks:
    failing = {field.name: Mask() for field in shape.fields}
    for name, field, mask in judged:
        if enforced(CHECKS[name], rules):
            failing[field.name] |= mask
    return failing


def _answered(shape: Shape, rules: Disclosure) -> Answered:
    return Answered(
        kind=shape.kind,
        axes=shape.axes,
        cells=shape.cells,
        digits=shape.digits,
        rounding=rounding_of(shape, rules),
        rules=declared(shape, rules),
    )


def _coarse(outline: Shape, rules: Disclosure) -> tuple[dict[str, int], Rounded | None]:
    """What a release says of its digits, and of how counts are rounded."""
    found = {field.name: digits_of(field, rules) for field in outline.fields}
    digits = {name: number for name, number in found.items() if number is not None}
    return digits, rounding_of(outline, rules)


def _gaps(row: tuple[Cell, ...]) -> Mask:
    return Mask(index for index, cell in enumerate(row) if isinstance(cell, Gap))


def _may_leave(shape: Shape, field: Field, rules: Disclosure) -> bool:
    row = shape.cells[field.name]
    return len(row) == shape.length(field) and all(
        cell in (shape.gap(field, index, rules, True), shape.gap(field, index, rules, False))
        if isinstance(cell, Gap)
        else _number_may_leave(shape, field, index, cell, rules)
        for index, cell in enumerate(row)
    )


def _number_may_leave(shape: Shape, field: Field, index: int, cell: Cell, rules: Disclosure) -> bool:
    if field.statbarn is Statbarn.FREQUENCIES:
        zero = field.zero_is_safe or rules.zeros == "release"
        return isinstance(cell, int) and told_as(cell, rules.rounding, rules.min_count, zero)
    if cell is None:
        return True
    return (
        isinstance(cell, int | float)
        and math.isfinite(cell)
        and leaving(shape, field, index, cell, rules) == cell
    )
