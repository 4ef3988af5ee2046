"""Combining: verify what the sites released, add it up, and sign the result."""

from __future__ import annotations

from pathlib import Path

from fedcli.analytics import parse as parse_analysis
from fedcli.combiners.sum import total
from fedcli.errors import fault
from fedcli.exchange.folder import read_sealed
from fedcli.files.canonical import digest
from fedcli.files.reader import names, read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, write
from fedcli.model.dataset import Dictionary
from fedcli.model.document import instant
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name, resolve
from fedcli.model.query import Analysis, Query
from fedcli.model.release import Answered, Unanswered
from fedcli.model.result import AnalysisResult, Combined, Result, SiteResult
from fedcli.model.shown.results import ResultShown
from fedcli.trust.dsse import sign, statement
from fedcli.trust.membership import Membership
from fedcli.trust.sealing import seal
from fedcli.trust.verified import open_values, verify_query, verify_release
from fedcli.workflows.quorum import Contribution, Quorum
from fedcli.workflows.standing import dictionary, exchange, keys, membership, require
from fedcli.workflows.tidy import exported, suppressed

_BLOCK = 4096


def combine(desk: Desk, given: str, min_sites: int | None = None) -> ResultShown:
    """Verify every release of a query, add them up, and keep and post the signed result.

    It waits for all sites until the round's deadline; with `min_sites` it goes ahead as soon as so
    many have answered. The number can only be raised above the query's own.

    Raises:
        Pending: R-WAIT naming the sites that are missing.
        Untrusted: what does not verify stops everything; nothing is left out silently.
    """
    require(desk, "researcher")
    members = membership(desk)
    query, quorum = gather(desk, members, given)
    if min_sites is not None and min_sites < query.min_sites:
        raise fault("R-MIN-SITES", asked=min_sites, signed=query.min_sites)
    _check_enough(query, quorum, min_sites)
    result = _result(desk, query, quorum, dictionary(desk.home, members, query.dataset))
    return _keep(desk, members, query, result)


def gather(desk: Desk, members: Membership, given: str) -> tuple[Query, Quorum]:
    """The verified query, and every verified release of it that the exchange holds."""
    query_digest = resolve(given, names(desk.home.path / "queries"))
    where = f"queries/{query_digest}/query.json"
    query = verify_query(read(desk.home.path / "queries" / query_digest / "query.json"), members, where).value
    quorum = Quorum(query, desk.now)
    office, mine = exchange(desk.home), keys(desk)
    for site in query.sites:
        for round_, attempt, path in office.releases(site, query_digest):
            where = f"{site}/releases/{query_digest}/{path.name}"
            release = verify_release(read(path), members, where)
            told = (release.value.site, release.value.query, release.value.round, release.value.attempt)
            if told != (site, query_digest, round_, attempt):
                raise fault("R-REPLAY", where=where)
            quorum.add(Contribution(release, open_values(release, read_sealed(path), mine, where)))
    return query, quorum


def _check_enough(query: Query, quorum: Quorum, min_sites: int | None) -> None:
    """All sites, or the deadline has passed, or the number that was asked for has answered."""
    if not quorum.missing:
        return
    enough = len(quorum.contributions) >= (min_sites or query.min_sites)
    if quorum.overdue and len(quorum.contributions) < query.min_sites:
        raise fault("R-FEW", missing=", ".join(quorum.missing), have=_have(query, quorum))
    if not enough or not (quorum.overdue or min_sites is not None):
        raise fault(
            "R-WAIT",
            missing=", ".join(quorum.missing),
            deadline=query.round_deadline,
            have=_have(query, quorum),
        )


def _have(query: Query, quorum: Quorum) -> str:
    return f"{len(quorum.contributions)} of {len(query.sites)} sites; the quorum is {query.min_sites}"


def _result(desk: Desk, query: Query, quorum: Quorum, agreed: Dictionary) -> Result:
    analyses = tuple(_analysis(one, query, quorum, agreed) for one in query.analyses)
    answered = [one for one in analyses if one.answer is not None]
    whole = len(answered) == len(analyses) and not quorum.missing
    complete = whole and all(len(one.sites) == len(query.sites) for one in answered)
    found = {one.release.value.site: one for one in quorum.contributions}
    return Result(
        maturity=next(iter(found.values())).release.value.maturity if found else "preview",
        federation=query.federation,
        query=query.sha256,
        title=query.title,
        dataset=query.dataset,
        unit=query.unit,
        status="done" if complete else "partial" if answered else "refused",
        rounds=1,
        sites=tuple(_site(site, found.get(site)) for site in query.sites),
        analyses=analyses,
        issued=instant(desk.now),
    )


def _analysis(analysis: Analysis, query: Query, quorum: Quorum, agreed: Dictionary) -> AnalysisResult:
    """The answer from the sites that gave one, where they are enough for the quorum."""
    values = quorum.answered(analysis.id)
    enough = len(values) >= query.min_sites
    analytic = parse_analysis(analysis, "the query")
    return AnalysisResult(
        id=analysis.id,
        analytic=analysis.analytic,
        version=analysis.version,
        sites=tuple(one.value.site for one in values),
        answer=analytic.answer(total(analytic.outline(agreed), analysis.id, values)) if enough else None,
        code=None if enough else "R-QUORUM",
    )


def _site(site: Name, found: Contribution | None) -> SiteResult:
    if found is None:
        return SiteResult(site=site, status="missing")
    release, analyses = found.release.value, found.values.value.analyses
    refusals = {key: one.code for key, one in analyses.items() if isinstance(one, Unanswered)}
    answered = sum(isinstance(one, Answered) for one in analyses.values())
    return SiteResult(
        site=site,
        status="released" if not refusals else "partial" if answered else "refused",
        release=found.release.envelope,
        snapshot=release.snapshot,
        policy=release.policy,
        policy_name=release.policy_name,
        questions=sum(one.charge.questions for one in release.charges),
        scalars=sum(one.charge.scalars for one in release.charges),
        refusals=refusals,
    )


def _keep(desk: Desk, members: Membership, query: Query, result: Result) -> ResultShown:
    """Keep the result, and post it sealed; the same releases give the same result, once."""
    path = desk.home.path / "results" / query.sha256 / "result.json"
    before = read_result(path) if path.exists() else None
    if before is not None and before.model_copy(update={"issued": result.issued}) == result:
        return _shown(before, path, new=False)
    _post(desk, members, query, result)
    write(path, result.canonical(), PRIVATE)
    return _shown(result, path, new=True)


def _post(desk: Desk, members: Membership, query: Query, result: Result) -> None:
    combined = Combined(
        maturity=result.maturity,
        federation=result.federation,
        root_version=members.root.version,
        query=query.sha256,
        researcher=query.researcher,
        releases={one.site: one.release for one in result.sites if one.release is not None},
        recipients=query.recipients,
        issued=result.issued,
    )
    text = result.canonical()
    length = -(-len(text) // _BLOCK) * _BLOCK
    sealed = seal(text, members.sealing_keys(query.recipients), {"result": query.sha256}, length)
    signed = sign(statement("result", digest(sealed), combined), [keys(desk)])
    exchange(desk.home).put_result(query.researcher, query.sha256, signed, sealed)


def read_result(path: Path) -> Result:
    """A result that was kept here."""
    return Result.read(parse_json(read(path), str(path)), path.name)


def kept(desk: Desk, given: str, csv: Path | None = None) -> ResultShown:
    """The result of a query that was combined before, or R-NONE; also as a CSV file where one is named."""
    require(desk, "researcher")
    query = resolve(given, names(desk.home.path / "queries"))
    path = desk.home.path / "results" / query / "result.json"
    if not path.exists():
        raise fault("R-NONE", query=given)
    shown = _shown(read_result(path), path, new=False)
    return exported(shown, csv) if csv else shown


def _shown(result: Result, path: Path, new: bool) -> ResultShown:
    return ResultShown(result=result, path=str(path), new=new, suppressed=suppressed(result))
