"""A query in words before it is signed: what it reads, and what would leave. No data are opened."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Literal

from fedcli.analytics import parse
from fedcli.errors import FedcliError, fault
from fedcli.language.words import words
from fedcli.model.cells import size
from fedcli.model.dataset import Dictionary, Events
from fedcli.model.derived import Aggregate, Derived, needed
from fedcli.model.disclosure import Statbarn
from fedcli.model.home import Desk
from fedcli.model.identifiers import ColumnName, Name
from fedcli.model.policy import Policy
from fedcli.model.predicate import columns
from fedcli.model.query import Draft
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.plans import CheckTold, ColumnRead, Leaving, QueryExplained
from fedcli.policy.ontology import declared
from fedcli.policy.precision import digits_of
from fedcli.policy.profiles import profile_or_file
from fedcli.statistics.bundle import Bundle
from fedcli.statistics.forms import Noisy, Together, noiseless
from fedcli.statistics.shape import Field, Shape
from fedcli.workflows.admit import Admitted, admit_analysis
from fedcli.workflows.foreseeing import Foreseen, foresee, scale
from fedcli.workflows.pricing import Price, contribution, prices
from fedcli.workflows.recurring import trajectory
from fedcli.workflows.resolve import Resolved
from fedcli.workflows.rounds import iterative, rounds_of
from fedcli.workflows.submit import resolved

_COHORT = "cohort"
_PERSONS = "telling persons apart"


def explain(
    desk: Desk | None, path: Path, dictionary_path: Path | None, rules: str, persons: int = 1000
) -> QueryExplained:
    """What a query file would read and release under a profile, or a policy file.

    Under differential privacy also what it costs, and the error to expect with so many persons at each site.
    """
    policy = profile_or_file(rules)
    found, agreed = resolved(desk, path, dictionary_path)
    costs = prices(found.draft.privacy, found.analyses)
    admitted, refused = _admitted(found, agreed, policy)
    return QueryExplained(
        title=found.draft.title,
        dataset=agreed.dataset,
        dictionary_version=agreed.version,
        unit=agreed.unit,
        cohort=words(found.cohort, found.derive),
        reads=tuple(_reads(found, agreed)),
        asks={one.id: _about(one.analytic, parse(one, "the query").told()) for one in found.analyses},
        leaves=tuple(leaving for one in admitted for leaving in _leaving(one, policy, costs)),
        scalars=sum(one.outline.scalars for one in admitted),
        checks=_checks(admitted, policy),
        refused=refused,
        rounds=max(rounds_of(one, found.draft.privacy) for one in found.analyses),
        sites=found.draft.sites,
        min_sites=_quorum(found.draft),
        recipients=_recipients(desk, found),
        policy=policy.name,
        asked=found.draft.privacy,
        recurs=trajectory(found.draft, sum(one.outline.scalars for one in admitted)),
        privacy=foresee(Foreseen(found.draft, found.under, policy.privacy, costs), admitted, persons),
    )


def _admitted(
    found: Resolved, agreed: Dictionary, policy: Policy
) -> tuple[list[Admitted], dict[str, Trouble]]:
    """The analyses that the policy lets be asked, and what it refuses whatever the data."""
    admitted, refused = [], {}
    noisy = contribution(policy, found.draft.privacy)
    for analysis in found.analyses:
        try:
            admitted.append(admit_analysis(analysis, found.under, policy, noisy=noisy))
        except FedcliError as error:
            refused[analysis.id] = Trouble.of(error)
    quorum, wanted = _quorum(found.draft), policy.disclosure.min_sites
    if quorum is not None and quorum < wanted:
        refused["the query"] = Trouble.of(fault("A-SITES", min_sites=quorum, wanted=wanted))
    if found.draft.privacy.mode != policy.privacy.mode:
        refused["the mode"] = Trouble.of(fault("A-MODE", mode=found.draft.privacy.mode))
    if agreed.data_use and found.draft.purpose not in agreed.data_use:
        refused["the purpose"] = Trouble.of(fault("A-PURPOSE", purpose=found.draft.purpose))
    return admitted, refused


def _quorum(draft: Draft) -> int | None:
    """How many sites must answer; None where the query leaves it to signing."""
    return draft.min_sites or (len(draft.sites) if draft.sites else None)


def _reads(found: Resolved, agreed: Dictionary) -> Iterator[ColumnRead]:
    """Every column that is read, in the order of the dictionary: then what is derived, and from what."""
    uses = {_COHORT: columns(found.cohort)} | {
        one.id: parse(one, "the query").reads() for one in found.analyses
    }
    behind = {use: needed(found.derive, read) for use, read in uses.items()}
    for name, column in found.under.columns.items():
        used = [
            use
            for use, read in uses.items()
            if name in read.union(*(one.reads for one in behind[use]), (one.name for one in behind[use]))
        ]
        if agreed.unit == "person" and name == agreed.person_id:
            used.append(_PERSONS)
        if used:
            yield ColumnRead(
                column=name, type=column.type, sensitivity=column.sensitivity, used_by=tuple(used)
            )
    for table, events in (agreed.tables or {}).items():
        for name, column in events.columns.items():
            for_ = [one.name for one in found.derive or () if _of_table(one, table, name, events)]
            if for_:
                yield ColumnRead(
                    column=f"{table}.{name}",
                    type=column.type,
                    sensitivity=column.sensitivity,
                    used_by=tuple(for_),
                )


def _of_table(one: Derived, table: ColumnName, name: ColumnName, events: Events) -> bool:
    """Whether a derived column reads a column of a table; whose a row is, and its date, it always reads."""
    if not isinstance(one.of, Aggregate) or one.of.table != table:
        return False
    return name in columns(one.of.rows) | {events.person_id, events.date, one.of.column}


def _about(name: str, parameters: dict[str, object]) -> str:
    told = [
        f"{key}: {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for key, value in parameters.items()
        if value not in ([], None)
    ]
    return "; ".join([name, *told])


def _leaving(one: Admitted, policy: Policy, costs: Mapping[Name, Price]) -> Iterator[Leaving]:
    form = one.outline.form if isinstance(one.outline, Noisy) else None
    chosen = form is not None and form.mechanism == "noisy-max"
    noise = scale(form, costs[one.analysis.id].share) if form and not chosen else None
    for field in one.outline.fields:
        numbers = one.outline.length(field)
        yield Leaving(
            analysis=one.analysis.id,
            field=field.name,
            over=_over(one.outline, field.name, numbers),
            numbers=numbers,
            digits=_precision(field, policy),
            rounding=policy.disclosure.rounding if field.statbarn is Statbarn.FREQUENCIES else "none",
            noise=noise,
            chosen=chosen,
        )


def part_of(shape: Shape, field: str) -> Shape:
    """The part of a bundle that a field is in; any other shape itself."""
    for name, part in _parts(shape).items():
        if field.startswith(f"{name}."):
            return part_of(part, field.removeprefix(f"{name}."))
    return shape


def _parts(shape: Shape) -> Mapping[str, Shape]:
    """The parts of a bundle, also of a noisy one."""
    if isinstance(shape, Noisy) and isinstance(shape.form, Together):
        return {name: noiseless(form) for name, form in shape.form.parts.items()}
    return shape.parts if isinstance(shape, Bundle) else {}


def _over(shape: Shape, field: str, numbers: int) -> tuple[ColumnName, ...]:
    """The axes along which a field has its numbers: those of its own part, or that part's groups."""
    part = part_of(shape, field)
    fitting = (axes for axes in ((), part.groups, part.axes) if size(axes) == numbers)
    return tuple(axis.name for axis in next(fitting, part.axes))


def _precision(field: Field, policy: Policy) -> int | Literal["full"] | None:
    return None if field.precision is None else digits_of(field, policy.disclosure) or "full"


def _checks(admitted: list[Admitted], policy: Policy) -> tuple[CheckTold, ...]:
    """Every check once, with the fields that it judges."""
    rules = {
        (rule.check, rule.threshold, rule.mitigation): dict[str, None]()
        for one in admitted
        for rule in declared(one.outline, policy.disclosure)
    }
    for one in admitted:
        for rule in declared(one.outline, policy.disclosure):
            rules[rule.check, rule.threshold, rule.mitigation][f"{one.analysis.id}.{rule.field}"] = None
    return tuple(
        CheckTold(check=check, wants=wants, fields=tuple(fields), otherwise=otherwise)
        for (check, wants, otherwise), fields in rules.items()
    )


def _recipients(desk: Desk | None, found: Resolved) -> tuple[str, ...]:
    """The researcher; where rounds follow, also the sites, which recompute every step."""
    sites = ("every site of the query",) if any(map(iterative, found.analyses)) else ()
    return (_recipient(desk), *sites)


def _recipient(desk: Desk | None) -> str:
    if desk is not None and desk.home.file.role == "researcher":
        return f"{desk.home.file.name} of {desk.home.file.organisation}"
    return "the researcher who signs"
