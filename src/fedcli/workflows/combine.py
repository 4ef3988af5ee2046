"""Combining: verify what the sites released, add it up, and sign the result."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.analytics import parse as parse_analysis
from fedcli.analytics._contract import Iterative
from fedcli.combiners.noise import told
from fedcli.combiners.sum import noise_of
from fedcli.errors import fault
from fedcli.files.reader import names, read
from fedcli.language.derived import extended
from fedcli.model.dataset import Dictionary
from fedcli.model.document import instant
from fedcli.model.home import Desk
from fedcli.model.identifiers import ColumnName, Count, Name, duration, resolve
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered, Unanswered, least_mature
from fedcli.model.result import AnalysisResult, Answer, Result, SiteResult, Table
from fedcli.model.shown.results import ResultShown, RoundShown
from fedcli.model.verified import Verified
from fedcli.model.withdrawal import Withdrawal
from fedcli.statistics.shares import over_rounds, shares
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_query
from fedcli.workflows.answering import Summed, guarantee
from fedcli.workflows.answering import answer as answering
from fedcli.workflows.auditing import audit, read_totals
from fedcli.workflows.between import between
from fedcli.workflows.kept import keep
from fedcli.workflows.posting import post_round
from fedcli.workflows.quorum import Contribution, Quorum
from fedcli.workflows.recall import recalls
from fedcli.workflows.recurring import which
from fedcli.workflows.reliability import reliability
from fedcli.workflows.rounds import (
    Asked,
    Course,
    absences,
    built_on,
    closing,
    contribution,
    courses,
    fits,
    history,
    invited,
    iterative,
    rounds_in_all,
    unfinished,
)
from fedcli.workflows.standing import dictionary, exchange, keys, membership, require

#: Who wants to know of each round as it is asked.
Heard = Callable[[RoundShown], None]


def combine(
    desk: Desk,
    given: str,
    min_sites: int | None = None,
    external: Path | None = None,
    run: int | None = None,
    heard: Heard | None = None,
) -> ResultShown:
    """Verify every release of a query, add them up, and keep and post the signed result.

    It waits for all sites until the round's deadline; with `min_sites` it goes ahead as soon as so
    many have answered. The number can only be raised above the query's own. `external` are totals that were
    published elsewhere, for the audit of what the sites hid. Each `run` of a recurring query has a result
    of its own; by default it is the last that has ended, or that all sites have answered. Who has `heard` is
    told of a round that is asked.

    Raises:
        Pending: R-WAIT naming the sites that are missing; R-NOT-DUE.
        UsageFault: R-RUN for a run that the query does not have.
        Untrusted: what does not verify stops everything; nothing is left out silently.
        InvalidFile: R-TOTALS, R-CONTRADICTED for the external totals.
    """
    require(desk, "researcher")
    totals = read_totals(external) if external else None
    members = membership(desk)
    query, asked, quorums, withdrawn, number = gather(desk, members, given, run, min_sites)
    if min_sites is not None and min_sites < query.min_sites:
        raise fault("R-MIN-SITES", asked=min_sites, signed=query.min_sites)
    if asked:
        dropped = _dropped(desk, query, asked, quorums[-1])
        recalled = built_on(query, asked, withdrawn)
        if (dropped and not absences(query)) or recalled:
            again = fits(query) if recalled else asked[-1].states
            post_round(desk, members, query, quorums[-1], dict.fromkeys(again))
            raise fault("R-ANEW", round=len(quorums), sites=len(quorums[-1].contributions))
    else:
        _check_enough(query, quorums[0], None if any(map(iterative, query.analyses)) else min_sites)
    agreed = extended(dictionary(desk.home, members, query.dataset), query.derive)
    found = courses(query, agreed, [quorum.contributions for quorum in quorums], asked)
    if further := unfinished(found):
        post_round(desk, members, query, quorums[-1], further)
        if heard is not None:
            heard(_asked(desk, query, asked, quorums, found, agreed))
        raise fault("R-ROUND", round=len(quorums))
    audited = audit(query, quorums[0], agreed, totals)
    result = _result(desk, query, asked, quorums, found, agreed, withdrawn)
    result = result.model_copy(update={"occurrence": query.occurrence(number)})
    return keep(desk, members, query, result.model_copy(update={"audit": audited}))


class Gathered(NamedTuple):
    """The verified query, the rounds posted, for each round the releases that count, and the recalls.

    `run` is the run of a recurring query, which is all of its rounds; 0 where it is asked once.
    """

    query: Query
    asked: list[Asked]
    quorums: list[Quorum]
    withdrawn: dict[Name, Verified[Withdrawal]]
    run: Count


def gather(
    desk: Desk, members: Membership, given: str, run: int | None = None, min_sites: int | None = None
) -> Gathered:
    """Everything that was said of a query, or of a run of one that recurs, verified.

    A round that was followed by another counts the releases that the next one names, and no others; none
    counts those of a site that recalled them.
    """
    query_digest = resolve(given, names(desk.home.path / "queries"))
    where = f"queries/{query_digest}/query.json"
    query = verify_query(read(desk.home.path / "queries" / query_digest / "query.json"), members, where).value
    office, mine = exchange(desk.home), keys(desk)
    number = which(office, query, run, min_sites, desk.now)
    asked, rounds = ([], []) if query.recurs else history(office, query, members, mine)
    withdrawn = recalls(office, members, query_digest, query.sites)
    quorums = [_counted(query, desk, contributions, withdrawn) for contributions in rounds]
    named = {_place(one) for contributions in rounds for one in contributions}  # they are verified
    last = []
    for site in invited(query, asked):
        for round_, attempt, path in office.releases(site, query_digest):
            if query.recurs and round_ != number:
                continue  # another run has a result of its own
            if (site, round_, attempt) in named:
                continue
            one = contribution(path, site, query, round_, members, mine)
            if one.release.value.attempt != attempt:
                raise fault("R-REPLAY", where=f"{site}/{path.name}")
            last += [one] if round_ == (number or len(asked)) else []
    counted = _counted(query, desk, last, withdrawn, number)
    return Gathered(query, asked, [*quorums, counted], withdrawn, number)


def _place(one: Contribution) -> tuple[Name, Count, Count]:
    told = one.release.value
    return told.site, told.round, told.attempt


def _counted(
    query: Query,
    desk: Desk,
    contributions: Iterable[Contribution],
    withdrawn: Collection[Name],
    run: Count = 0,
) -> Quorum:
    quorum = Quorum(query, desk.now, withdrawn, run)
    for one in contributions:
        quorum.add(one)
    return quorum


def _dropped(desk: Desk, query: Query, asked: list[Asked], quorum: Quorum) -> bool:
    """Whether a site of a round had its time and did not answer.

    Which sites an exact method has is fixed where it starts: without one of them it starts anew. Others go
    on without it. Who recalled a release is not waited for.
    """
    number, those = asked[-1].number, invited(query, asked)
    missing = [site for site in those if site in quorum.missing]
    awaited = [site for site in missing if site in quorum.awaited]
    closes = closing(query, asked, [one.release.value.issued for one in quorum.contributions])
    late = desk.now > closes
    if missing and (late or not awaited) and len(quorum.contributions) < query.min_sites:
        raise fault("R-DROPPED", missing=", ".join(missing), round=number)
    if awaited and not late:
        raise fault(
            "R-WAIT",
            missing=", ".join(awaited),
            deadline=f"{closes:%Y-%m-%d %H:%M}",
            have=f"{len(quorum.contributions)} of {len(those)} sites in round {number}",
        )
    return bool(missing)


def _asked(
    desk: Desk,
    query: Query,
    asked: list[Asked],
    quorums: list[Quorum],
    found: Mapping[Name, Course],
    agreed: Dictionary,
) -> RoundShown:
    """What is told of a round that was just asked."""
    analytics = {one.id: iterative(one) for one in query.analyses}
    known = [(name, analytics[name], course.state) for name, course in found.items()]
    paid = guarantee(query, agreed, [one.release for each in quorums for one in each.contributions])
    most, issued = rounds_in_all(query) - 1, [one.statement.value.issued for one in asked]
    return RoundShown(
        query=query.sha256,
        round=len(quorums),
        most=most,
        answered=len(quorums[-1].contributions),
        sites=len(query.sites),
        loss={name: one.loss(state) for name, one, state in known if one is not None and state is not None},
        rho=paid.rho if paid else None,
        closes=instant(desk.now) + duration(query.round_deadline),
        left=remaining([*issued, instant(desk.now)], most + 1 - len(quorums)),
    )


def remaining(asked: Sequence[datetime], rounds: int) -> Count | None:
    """The seconds that so many rounds take if they go as those between the moments at which some were asked.

    None before a round has ended: the first of all waited for approvals, and tells nothing of the others.
    """
    if len(asked) < 2:
        return None
    return round((asked[-1] - asked[0]).total_seconds() / (len(asked) - 1) * rounds)


def _check_enough(query: Query, quorum: Quorum, min_sites: int | None) -> None:
    """All that may still answer, or the deadline has passed, or the number that was asked for has answered.

    Who recalled a release is missing for the quorum, and is not waited for.
    """
    if not quorum.missing:
        return
    enough = len(quorum.contributions) >= (min_sites or query.min_sites)
    over = quorum.overdue or not quorum.awaited
    if over and len(quorum.contributions) < query.min_sites:
        code = "R-MISSED" if quorum.run else "R-FEW"
        raise fault(code, run=quorum.run, missing=", ".join(quorum.missing), have=_have(query, quorum))
    if not enough or not (over or min_sites is not None):
        raise fault(
            "R-WAIT",
            missing=", ".join(quorum.awaited or quorum.missing),
            deadline=f"{query.closes(quorum.run):%Y-%m-%d %H:%M}",
            have=_have(query, quorum),
        )


def _have(query: Query, quorum: Quorum) -> str:
    return f"{len(quorum.contributions)} of {len(query.sites)} sites; the quorum is {query.min_sites}"


def _result(
    desk: Desk,
    query: Query,
    asked: list[Asked],
    quorums: list[Quorum],
    fitted: Mapping[Name, Course],
    agreed: Dictionary,
    withdrawn: Mapping[Name, Verified[Withdrawal]],
) -> Result:
    quorum = quorums[0]
    analyses = tuple(
        _fitted(one, query, fitted[one.id]) if one.id in fitted else _analysis(one, query, quorum, agreed)
        for one in query.analyses
    )
    answered = [one for one in analyses if one.answer is not None]
    whole = len(answered) == len(analyses) and not quorum.missing
    complete = whole and all(len(one.sites) == len(query.sites) for one in answered)
    found: dict[Name, list[Contribution]] = {}
    for one in (one for each in quorums for one in each.contributions):
        found.setdefault(one.release.value.site, []).append(one)
    seen = [one.release for each in quorums for one in (*each.contributions, *each.recalled)]
    privacy = guarantee(query, agreed, seen)
    paid = privacy.sites if privacy else {}
    kept_up = reliability(query, asked, quorums)
    sites = (_site(site, found.get(site, []), withdrawn.get(site)) for site in query.sites)
    return Result(
        maturity=least_mature(one.release.value.maturity for each in found.values() for one in each),
        federation=query.federation,
        query=query.sha256,
        title=query.title,
        dataset=query.dataset,
        unit=query.unit,
        status="done" if complete else "partial" if answered else "refused",
        rounds=len(quorums),
        sites=tuple(
            one.model_copy(update={"rho": paid.get(one.site), "reliability": kept_up.get(one.site)})
            for one in sites
        ),
        analyses=analyses,
        mode=query.privacy.mode,
        privacy=privacy,
        issued=instant(desk.now),
    )


def _analysis(analysis: Analysis, query: Query, quorum: Quorum, agreed: Dictionary) -> AnalysisResult:
    """The answer from the sites that gave one, where they are enough for the quorum."""
    values = quorum.answered(analysis.id)
    enough = len(values) >= query.min_sites
    analytic = parse_analysis(analysis, "the query")
    found = answering(analysis.id, analytic, values, agreed) if enough else Summed()
    return AnalysisResult(
        id=analysis.id,
        analytic=analysis.analytic,
        version=analysis.version,
        sites=tuple(one.value.site for one in values),
        answer=found.answer,
        code=None if enough else "R-QUORUM",
        noise=noise_of(analysis.id, values),
        between=found.between,
        information=found.information,
    )


def _fitted(analysis: Analysis, query: Query, course: Course) -> AnalysisResult:
    """The answer of an analysis that took rounds, where its sites are enough for the quorum."""
    analytic = iterative(analysis)
    assert analytic is not None
    sites = _trained(course)
    many = len(sites) >= query.min_sites
    enough = course.finished and many
    return AnalysisResult(
        id=analysis.id,
        analytic=analysis.analytic,
        version=analysis.version,
        sites=sites,
        answer=_at_end(analytic, course) if enough else None,
        code=None if enough else "R-DROPPED" if many else "R-QUORUM",
        noise=course.noise,
        between=_between(analytic, course) if enough else {},
        information=(over_rounds(course.shared) or shares(course.parts)) if enough else {},
    )


def _trained(course: Course) -> tuple[Name, ...]:
    """The sites of a fit; where they may miss rounds, those that answered one after the first."""
    those = {site for one in course.shared for site in one}
    return tuple(site for site in course.sites or () if not those or site in those)


def _at_end(analytic: Iterative[Any, Any], course: Course) -> Answer | None:
    """The answer at the end of a course, and what noise leaves open of it."""
    if course.total is None:
        return None
    return told(course.total, lambda shape: analytic.answer_at(course.state, shape))


def _between(analytic: Iterative[Any, Any], course: Course) -> dict[ColumnName, Table]:
    """How far the sites differ at the end of a course."""
    return between(
        analytic.effect_columns, course.parts, lambda shape: analytic.effects_at(course.state, shape)
    )


def _site(site: Name, found: list[Contribution], withdrawal: Verified[Withdrawal] | None) -> SiteResult:
    """What a site contributed over all rounds; the release is its last."""
    if withdrawal is not None:
        return SiteResult(site=site, status="withdrawn", reason=withdrawal.value.reason)
    if not found:
        return SiteResult(site=site, status="missing")
    analyses = {key: one for each in found for key, one in each.values.value.analyses.items()}
    release, charges = found[-1].release.value, [one for each in found for one in each.release.value.charges]
    refusals = {key: one.code for key, one in analyses.items() if isinstance(one, Unanswered)}
    answered = sum(isinstance(one, Answered) for one in analyses.values())
    return SiteResult(
        site=site,
        status="released" if not refusals else "partial" if answered else "refused",
        release=found[-1].release.envelope,
        snapshot=release.snapshot,
        policy=release.policy,
        policy_name=release.policy_name,
        questions=sum(one.charge.questions for one in charges),
        scalars=sum(one.charge.scalars for one in charges),
        refusals=refusals,
    )
