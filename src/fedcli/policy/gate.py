"""The gate: the only way from an exact shape to one that may leave.

The order is fixed here and nowhere else: check, ask the attacker, suppress, round. `readmit` re-makes on
the signer's side what the gate made in the vault, from public facts alone.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from fractions import Fraction
from typing import Any, NamedTuple, TypeVar

from fedcli.errors import fault
from fedcli.model.cells import Cell, Gap
from fedcli.model.derived import Derived
from fedcli.model.disclosure import Finding, Mitigation, Statbarn, Verdict
from fedcli.model.identifiers import Amount, fraction
from fedcli.model.policy import Contribution, Disclosure
from fedcli.model.predicate import Predicate
from fedcli.model.release import Answered, Left, Noise, Released, Rounded
from fedcli.policy.checks import Subject
from fedcli.policy.context import context
from fedcli.policy.earlier import since
from fedcli.policy.history import Chosen, History, Known, named
from fedcli.policy.noise import gaussian, loudest
from fedcli.policy.ontology import CHECKS, declared, enforced, guards
from fedcli.policy.precision import digits_of, leaving, rounded, rounding_of
from fedcli.policy.secondary import Outlook, Telling, look_out
from fedcli.policy.suppress import suppressed
from fedcli.policy.zcdp import calibrated, lowest_scale
from fedcli.statistics.evidence import Evidence
from fedcli.statistics.forms import Form, Noisy, noiseless
from fedcli.statistics.ranks import Ranks
from fedcli.statistics.rounding import told_as
from fedcli.statistics.seal import Bounded, Exact
from fedcli.statistics.shape import Field, Mask, Masks, Shape

S = TypeVar("S", bound=Shape)
Judgement = tuple[str, Field, Mask]
#: No noisy number has more steps: what leaves a 64-bit mechanism has not.
_MOST = 2.0**63


class Decision(NamedTuple):
    """How the gate ended: PASS with a release and what it tells of persons, or REVIEW or FAIL without."""

    verdict: Verdict
    findings: tuple[Finding, ...]
    released: Released | None
    told: tuple[Known, ...] = ()


def gate(
    exact: Exact[S],
    rules: Disclosure,
    review_all: bool = False,
    looked: Collection[str] = (),
    history: History | None = None,
    cohort: Predicate | None = None,
    derive: Sequence[Derived] | None = None,
) -> Decision:
    """Judge an exact shape under the rules of a policy, and mitigate what can be mitigated.

    `looked` are the checks that asked people, who let it out: what another check refuses or hides is not
    theirs to lift. `history` is what was told before of the population, of which `cohort` was asked about;
    None where the policy remembers nothing. `derive` says what its columns are that a query derived. A
    statistic that no check judges is a bug, not a pass.
    """
    shape, evidence = exact.unseal_for_the_gate()
    judged = _judged(shape, evidence, rules)
    failing, telling, outlook = _failing(shape, judged, rules), None, None
    if history is not None and all(_outcome(one, looked) < Verdict.FAIL for one in _findings(judged, rules)):
        asking = _asks("membership", rules) and not _let_out("membership", looked)
        chosen, members = Chosen.of(cohort, derive), named(evidence.members(), derive)
        telling = Telling(shape, members, evidence.population, chosen, failing, rules, asking)
        outlook = look_out(telling, history)
    asked = _judged(shape, evidence, rules, outlook, last=True)
    findings = _findings(_in_order(shape, judged + asked), rules)
    if not findings:
        raise fault("B-SILENCE", kind=shape.kind)
    verdict = max(_outcome(finding, looked) for finding in findings)
    verdict = max(verdict, Verdict.REVIEW if review_all else Verdict.PASS)
    if verdict is not Verdict.PASS:
        return Decision(verdict, findings, None)
    besides = _failing(shape, asked, rules)
    left = rounded(suppressed(shape, failing, rules, besides), rules)
    told = telling.after(besides) if telling else ()
    return Decision(verdict, findings, Released.mint(_answered(left, rules)), told)


def noised(bounded: Bounded[Any], share: Amount, contribution: Contribution) -> Decision:
    """Draw the noise of one bounded answer, at the price `share`; nothing looks at what it hides.

    A check of exact values would tell of them by its word, so none runs, and every answer passes.
    """
    form, vector = bounded.unseal_for_noise()
    numbers, scale = _drawn(form, vector, fraction(share) / form.draws)
    how: dict[str, Any] = {"mechanism": form.mechanism, "steps": form.unit, "contribution": contribution}
    noise = Noise(rho=share, scale=scale, **how)
    told = noiseless(form).having(form.split(numbers))
    return Decision(Verdict.PASS, (), Released.mint(_noisy(told, noise)))


def _drawn(form: Form, vector: tuple[int, ...], price: Fraction) -> tuple[tuple[float, ...], float]:
    """The numbers that leave, in natural units, and the scale of their noise; each draw costs `price`."""
    if isinstance(form, Ranks):
        draws = zip(form.blocks(vector), form.reach, strict=True)
        chosen = [loudest(scores, reach, price) for scores, reach in draws]
        return form.chosen(chosen), lowest_scale(form.steps, price)
    drawn = gaussian(vector, form.steps, price)
    return tuple(one if form.unit == 1 else one / form.unit for one in drawn.vector), drawn.scale / form.unit


def readmit_noisy(answered: Answered, outline: Shape, share: Amount, contribution: Contribution) -> Released:
    """Re-make a noisy release that arrived from the vault: its form, its noise, and its numbers.

    Raises:
        Bug: V-READMIT naming what does not fit; B-NOISE for a price that is none.
    """
    if not isinstance(outline, Noisy):
        raise fault("V-READMIT", field="its form")
    noise, form = answered.noise, outline.form
    if noise is None or noise.mechanism != form.mechanism:
        raise fault("V-READMIT", field="its noise")
    if (noise.rho, noise.steps, noise.contribution) != (share, form.unit, contribution):
        raise fault("V-READMIT", field="its noise")
    if not calibrated(noise.scale * form.unit, form.steps, fraction(share) / form.draws):
        raise fault("V-READMIT", field="the scale of its noise")
    if answered.cells.keys() != outline.cells.keys():
        raise fault("V-READMIT", field="its fields")
    for field in outline.fields:
        row = answered.cells[field.name]
        if len(row) != outline.length(field) or not all(_is_step(cell, form.unit) for cell in row):
            raise fault("V-READMIT", field=field.name)
    told = outline.having(answered.cells)
    if answered != _noisy(told, noise):
        raise fault("V-READMIT", field="its form")
    if not form.possible(told.numbers):
        raise fault("V-READMIT", field="its choice")
    return Released.mint(answered)


def shown(exact: Exact[S], rules: Disclosure, earlier: Sequence[Left] = ()) -> tuple[str, ...]:
    """What people who review see of an exact shape, unrounded, as lines for their terminal alone.

    `earlier` are answers that left before, from which its counts may differ.
    """
    shape, evidence = exact.unseal_for_the_gate()
    asking = [one for one in _judged(shape, evidence, rules) if _asks(one[0], rules) and one[2]]
    differing = (line for left in earlier for line in since(shape, left, rules))
    return (*context(shape, evidence, asking), *differing)


def readmit(answered: Answered, outline: Shape, rules: Disclosure) -> Released:
    """Re-make a release that arrived from the vault.

    It must have the outline's form, every number must be one that these rules let out, and every
    gap the one that public facts give.

    Raises:
        Bug: V-READMIT naming the field; the message is then no release, and nothing leaves.
    """
    same = answered.kind == outline.kind and answered.axes == outline.axes and answered.noise is None
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


def _judged(
    shape: Shape, evidence: Evidence, rules: Disclosure, outlook: Outlook | None = None, last: bool = False
) -> list[Judgement]:
    """What the checks of every field say: those that ask what can be worked out, or the others."""
    return [
        (name, field, CHECKS[name].judge(Subject(shape, field, evidence, rules, outlook)))
        for field in shape.fields
        for name in guards(field)
        if CHECKS[name].last == last
    ]


def _in_order(shape: Shape, judged: list[Judgement]) -> list[Judgement]:
    """As a release declares them: field by field, check by check."""
    places = {(name, field.name): 0 for field in shape.fields for name in guards(field)}
    order = {key: place for place, key in enumerate(places)}
    return sorted(judged, key=lambda one: order[one[0], one[1].name])


def _findings(judged: list[Judgement], rules: Disclosure) -> tuple[Finding, ...]:
    return tuple(_finding(name, field, mask, rules) for name, field, mask in judged)


def _asks(name: str, rules: Disclosure) -> bool:
    return CHECKS[name].mitigation is Mitigation.ASK and enforced(CHECKS[name], rules)


def _let_out(name: str, looked: Collection[str]) -> bool:
    """Whether people have let out what a check found; only one that asks them can be."""
    return name in looked and CHECKS[name].mitigation is Mitigation.ASK


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


def _outcome(finding: Finding, looked: Collection[str]) -> Verdict:
    """What is left of a finding after mitigation, and after people have looked."""
    mitigated = finding.mitigation is Mitigation.SUPPRESS or _let_out(finding.check, looked)
    return Verdict.PASS if mitigated or not finding.enforced else finding.verdict


def _failing(shape: Shape, judged: list[Judgement], rules: Disclosure) -> Masks:
    failing = {field.name: Mask() for field in shape.fields}
    for name, field, mask in judged:
        if enforced(CHECKS[name], rules) and CHECKS[name].mitigation is Mitigation.SUPPRESS:
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


def _noisy(told: Noisy, noise: Noise) -> Answered:
    return Answered(kind=told.kind, axes=told.axes, cells=told.cells, noise=noise, rules=())


def _is_step(cell: Cell, unit: int) -> bool:
    """Whether a number is a whole number of steps, and of a size that noise can be drawn on."""
    known = isinstance(cell, int | float) and math.isfinite(cell)
    return known and float(cell * unit).is_integer() and abs(cell * unit) <= _MOST  # type: ignore[operator]


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
