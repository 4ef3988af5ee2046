"""The researcher's side: writing, checking, signing and submitting queries, and seeing how they stand."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import NamedTuple

from fedcli.analytics import parse as parse_analysis
from fedcli.errors import fault
from fedcli.files.reader import names, read
from fedcli.files.writer import write
from fedcli.language.words import words
from fedcli.model.dataset import Dictionary
from fedcli.model.document import end_of, instant
from fedcli.model.federation import Member
from fedcli.model.home import Desk
from fedcli.model.identifiers import Count, Digest, Name, short
from fedcli.model.identifiers import resolve as meant
from fedcli.model.policy import Contribution
from fedcli.model.query import Draft, Query, References
from fedcli.model.recurrence import Recurs
from fedcli.model.shown.work import (
    AnalysisShown,
    QueriesShown,
    QueryChecked,
    QueryShown,
    QueryStatus,
    SiteStatus,
)
from fedcli.model.site import Manifest
from fedcli.trust.dsse import content, parse, sign, statement
from fedcli.trust.keys import key_id
from fedcli.trust.membership import Membership
from fedcli.trust.verified import verify_manifest, verify_query, verify_release
from fedcli.workflows.dictionary import read_dictionary
from fedcli.workflows.pricing import prices
from fedcli.workflows.recall import reasons, recalls
from fedcli.workflows.recurring import signed, trajectory
from fedcli.workflows.resolve import Resolved, read_draft, resolve
from fedcli.workflows.rounds import iterative
from fedcli.workflows.standing import dictionary, exchange, keys, membership, require

VALID_FOR = timedelta(days=90)


class Signed(NamedTuple):
    """A signed query of this home."""

    query: Query
    digest: Digest
    path: Path
    new: bool


def check(desk: Desk | None, path: Path, dictionary_path: Path | None) -> QueryChecked:
    """Check a query file against the dictionary of a file, or all that its signing would meet in a home."""
    found, agreed = resolved(desk, path, dictionary_path)
    if dictionary_path is None and desk is not None and desk.home.file.role == "researcher":
        _query(desk, membership(desk), found, agreed, path.name)
    analyses = _analyses(found)
    return QueryChecked(
        title=found.draft.title,
        dataset=found.draft.dataset,
        cohort=words(found.cohort, found.derive),
        privacy=found.draft.privacy,
        recurs=trajectory(found.draft, sum(one.scalars for one in analyses)),
        analyses=analyses,
    )


def resolved(desk: Desk | None, path: Path, dictionary_path: Path | None) -> tuple[Resolved, Dictionary]:
    """A query file as it would be signed, under the dictionary of a file or the agreed one."""
    draft = read_draft(path)
    if dictionary_path is not None:
        agreed = read_dictionary(dictionary_path)
    elif desk is not None:
        agreed = dictionary(desk.home, membership(desk), draft.dataset)
    else:
        raise fault("C-HOME", cwd=Path.cwd())
    return resolve(draft, agreed, path.name), agreed


def sign_query(desk: Desk, path: Path) -> QueryShown:
    """Sign a query file; one that was signed before, and has not expired, is not signed again."""
    return shown(desk, _sign(desk, path))


def submit(desk: Desk, given: str) -> QueryShown:
    """Put a signed query (by id, or by file, which is then signed first) into the exchange."""
    require(desk, "researcher")
    signed = _sign(desk, Path(given)) if Path(given).suffix == ".toml" else mine(desk, given)
    before = is_submitted(desk, signed.digest)
    put(desk, signed)
    return shown(desk, signed._replace(new=not before))


def put(desk: Desk, signed: Signed) -> None:
    """Put a signed query into the exchange."""
    exchange(desk.home).put_query(desk.home.file.name, signed.digest, read(signed.path))


def listed(desk: Desk) -> QueriesShown:
    """My queries, and whether each is submitted."""
    require(desk, "researcher")
    signed = [signed_here(desk, digest) for digest in names(desk.home.path / "queries")]
    return QueriesShown(queries=tuple(shown(desk, one) for one in signed))


def status(desk: Desk, given: str) -> QueryStatus:
    """What each site has published of a query, or of the last run of one that recurs."""
    signed = mine(desk, given)
    members = membership(desk)
    query = signed.query
    run = query.recurs.by(desk.now) if query.recurs else 0
    run = min(run, query.runs)
    withdrawn = reasons(recalls(exchange(desk.home), members, signed.digest, query.sites))
    told = [_site_status(desk, members, site, query, run) for site in query.sites]
    sites = tuple(one.model_copy(update={"withdrawn": withdrawn.get(one.site)}) for one in told)
    return QueryStatus(
        id=short(signed.digest),
        digest=signed.digest,
        title=query.title,
        privacy=query.privacy,
        recurs=query.recurs,
        occurrence=query.occurrence(run) if run else None,
        waits=not query.recurs or not run or desk.now <= query.closes(run),
        sites=sites,
    )


def _site_status(desk: Desk, members: Membership, site: Name, query: Query, run: Count) -> SiteStatus:
    """The last that a site has published: of a run, where there are runs."""
    all_ = exchange(desk.home).releases(site, query.sha256)
    published = [one for one in all_ if not query.recurs or one[0] == run]
    answered = len({round_ for round_, _, _ in all_}) if query.recurs else None
    if not published:
        return SiteStatus(site=site, attempt=0, runs=answered)
    round_, attempt, path = published[-1]
    release = verify_release(read(path), members, f"{site}/{path.name}").value
    if (release.site, release.query, release.attempt) != (site, query.sha256, attempt):
        raise fault("R-REPLAY", where=f"{site}/{path.name}")
    if query.recurs and (release.round, release.due) != (round_, query.due(run)):
        raise fault("R-REPLAY", where=f"{site}/{path.name}")
    return SiteStatus(site=site, released=release.issued, attempt=attempt, runs=answered)


def is_submitted(desk: Desk, query: Digest) -> bool:
    """Whether a query of mine is in the exchange."""
    return (desk.home.file.name, query) in exchange(desk.home).queries()


def shown(desk: Desk, signed: Signed) -> QueryShown:
    """A signed query, and whether it is in the exchange."""
    return QueryShown(
        id=short(signed.digest),
        digest=signed.digest,
        title=signed.query.title,
        sites=signed.query.sites,
        min_sites=signed.query.min_sites,
        expires=signed.query.expires,
        privacy=signed.query.privacy,
        recurs=signed.query.recurs,
        amends=signed.query.amends,
        path=str(signed.path),
        submitted=is_submitted(desk, signed.digest),
        new=signed.new,
    )


def _analyses(found: Resolved) -> tuple[AnalysisShown, ...]:
    """Every analysis; under noise as many numbers leave, whatever a site's policy lets a person count."""
    prices(found.draft.privacy, found.analyses)  # one that is none is refused here too
    noisy = Contribution() if found.draft.privacy.rho else None
    return tuple(
        AnalysisShown(
            id=one.id,
            analytic=one.analytic,
            parameters=parse_analysis(one, "the query").told(),
            scalars=parse_analysis(one, "the query").outline(found.under, noisy).scalars,
        )
        for one in found.analyses
    )


def _sign(desk: Desk, path: Path) -> Signed:
    require(desk, "researcher")
    members = membership(desk)
    members.check_current(desk.now)
    query = asked(desk, members, read_draft(path), path.name)
    return _same_as(desk, query) or keep(desk, members, query, path.name)


def asked(desk: Desk, members: Membership, draft: Draft, where: str) -> Query:
    """A draft as it would be signed now."""
    agreed = dictionary(desk.home, members, draft.dataset)
    return _query(desk, members, resolve(draft, agreed, where), agreed, where)


def keep(desk: Desk, members: Membership, query: Query, where: str) -> Signed:
    """Sign a query, and keep it in this home."""
    data = sign(statement("query", query.sha256, query), [keys(desk)])
    verify_query(data, members, where)
    kept = desk.home.path / "queries" / query.sha256 / "query.json"
    write(kept, data)
    return Signed(query, query.sha256, kept, True)


def _query(desk: Desk, members: Membership, found: Resolved, agreed: Dictionary, where: str) -> Query:
    """What would be signed: every default filled in, for sites and a time that there are."""
    draft = found.draft
    sites = draft.sites or _holders(desk, members, agreed)
    known = {member.name for member in members.root.having("site")}
    for site in sites:
        if site not in known:
            raise fault("Q-SITE", site=site, known=", ".join(sorted(known)) or "none")
    for analysis in found.analyses:
        parse_analysis(analysis, where).check_sites(len(sites))
    now = instant(desk.now)
    recurs = signed(draft.recurs, now, where)
    expires = end_of(draft.expires) if draft.expires else _ends(recurs, now)
    if expires <= now:
        raise fault("Q-EXPIRED", expires=expires.date(), where=where)
    draft.check_running(now)
    me = members.root.member(desk.home.file.name)
    if me is None:
        raise fault("T-NOT-MEMBER", name=desk.home.file.name)
    return Query.made(
        where,
        federation=members.root.federation,
        root_version=members.root.version,
        researcher=me.name,
        title=draft.title,
        description=draft.description,
        project=draft.project,
        purpose=draft.purpose,
        **{name: getattr(draft, name) for name in References.model_fields},
        dataset=draft.dataset,
        dictionary=agreed.sha256,
        dictionary_version=agreed.version,
        unit=agreed.unit,
        sites=sites,
        min_sites=draft.min_sites or len(sites),
        round_deadline=draft.deadline,
        recurs=recurs,
        recipients=_recipients(members, me, sites, found),
        derive=found.derive,
        cohort=found.cohort,
        analyses=found.analyses,
        privacy=draft.privacy,
        issued=now,
        expires=expires,
    )


def _ends(recurs: Recurs | None, now: datetime) -> datetime:
    """When a query expires that does not say it; one that recurs, not before its last run is over."""
    usual = now + VALID_FOR
    return max(usual, recurs.due(recurs.times + 1)) if recurs else usual


def _recipients(
    members: Membership, me: Member, sites: tuple[Name, ...], found: Resolved
) -> tuple[Digest, ...]:
    """The researcher; where rounds follow, also the sites, which recompute every step."""
    also = [members.root.member(site) for site in sites if any(map(iterative, found.analyses))]
    return tuple(key_id(one.signing_key) for one in (me, *also) if one is not None)


def _holders(desk: Desk, members: Membership, agreed: Dictionary) -> tuple[Name, ...]:
    """The sites whose last manifest offers the dataset under this dictionary."""
    office = exchange(desk.home)
    found = []
    for member in members.root.having("site"):
        latest = office.latest(member.name, "manifest")
        if latest is None:
            continue
        where = f"{member.name}/manifest"
        manifest: Manifest = verify_manifest(latest[1], members.of_all_times(), where).value
        if any(offer.dictionary == agreed.sha256 for offer in manifest.offers):
            found.append(member.name)
    if not found:
        raise fault("Q-HOLDERS", dataset=agreed.dataset)
    return tuple(found)


def _same_as(desk: Desk, query: Query) -> Signed | None:
    """A query signed before that asks the same, up to the default of its expiry."""
    for digest in names(desk.home.path / "queries"):
        signed = signed_here(desk, digest)
        update = {"expires": query.expires} if _defaulted(signed.query) and _defaulted(query) else {}
        same = signed.query.model_copy(update=update).same_as(query)
        if same and signed.query.expires > desk.now:
            return signed
    return None


def _defaulted(query: Query) -> bool:
    return query.expires == _ends(query.recurs, query.issued)


def mine(desk: Desk, given: str) -> Signed:
    """The signed query of this home that a person means."""
    require(desk, "researcher")
    return signed_here(desk, meant(given, names(desk.home.path / "queries")))


def signed_here(desk: Desk, digest: Digest) -> Signed:
    """A signed query of this home."""
    path = desk.home.path / "queries" / digest / "query.json"
    found = content(parse(read(path), str(path)), "query", str(path))
    return Signed(Query.read(found.predicate, str(path)), digest, path, False)
