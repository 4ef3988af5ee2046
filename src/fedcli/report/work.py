"""Queries, approvals, runs, releases and verified files as text."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.model.identifiers import short
from fedcli.model.query import Asked
from fedcli.model.release import Unanswered, Values
from fedcli.model.shown.work import (
    AmendmentTold,
    AnalysisShown,
    ApprovalGiven,
    ApprovalShown,
    ApprovalsShown,
    ExternalShown,
    HeadShown,
    LedgerShown,
    ProofShown,
    QueriesShown,
    QueryChecked,
    QueryShown,
    QueryStatus,
    ReleaseExported,
    ReleaseShown,
    ReleasesShown,
    RunShown,
    SiteStatus,
    VerifyShown,
    WithdrawalGiven,
)
from fedcli.report.book import external_page, head_page, ledger_page, proof_page
from fedcli.report.page import Grid, Page, Pages
from fedcli.report.privacy import of_release
from fedcli.report.series import covered, runs, trajectory_facts, which

_PREVIEW = "maturity = preview: not for live data (a policy only records its checks; see the README)"


def checked_page(shown: QueryChecked) -> Page:
    """A query that can be signed."""
    return Page(
        headline=f"{shown.title}: can be signed",
        facts=(
            ("dataset", shown.dataset),
            ("cohort", shown.cohort),
            ("privacy", shown.privacy.words),
            *trajectory_facts(shown.recurs),
        ),
        grids=(_analyses(shown.analyses),),
    )


def query_page(shown: QueryShown) -> Page:
    """A signed query."""
    state = "submitted" if shown.submitted else "signed"
    return Page(
        headline=f"{shown.id} {state}" + ("" if shown.new else " already"),
        facts=(
            ("title", shown.title),
            ("digest", shown.digest),
            ("sites", shown.sites),
            ("quorum", shown.min_sites),
            ("expires", f"{shown.expires:%Y-%m-%d}"),
            ("privacy", shown.privacy.words),
            *((("recurs", shown.recurs.words),) if shown.recurs else ()),
            *((("amends", short(shown.amends)),) if shown.amends else ()),
        ),
        notes=() if shown.submitted else (f"next: fedcli query submit {shown.id}",),
    )


def queries_page(shown: QueriesShown) -> Page:
    """The queries of a researcher; the price of noise, where one asks for it."""
    noisy = any(one.privacy.rho for one in shown.queries)
    rows = tuple(
        (
            one.id,
            "submitted" if one.submitted else "signed",
            f"{one.expires:%Y-%m-%d}",
            *((_price(one.privacy),) if noisy else ()),
            one.title,
        )
        for one in shown.queries
    )
    columns = ("query", "state", "expires", *(("noise",) if noisy else ()), "title")
    return Page(grids=(Grid("", columns, rows),)) if rows else Page("no queries yet")


def status_page(shown: QueryStatus) -> Page:
    """How far a query is at each site; of one that recurs, its last run, and how many each has answered."""
    rows = tuple(
        (one.site, _site_state(one, shown.waits), one.attempt, *((one.runs,) if shown.recurs else ()))
        for one in shown.sites
    )
    due = shown.occurrence.words if shown.occurrence else "none is due yet"
    return Page(
        headline=f"{shown.id} {shown.title}",
        facts=(
            *((("privacy", shown.privacy.words),) if shown.privacy.rho else ()),
            *((("recurs", shown.recurs.words), ("run", due)) if shown.recurs else ()),
        ),
        grids=(Grid("", ("site", "state", "attempt", *(("runs",) if shown.recurs else ())), rows),),
    )


def _price(asked: Asked) -> str | None:
    return f"rho {asked.rho}" if asked.rho else None


def _site_state(one: SiteStatus, waits: bool) -> str:
    if one.withdrawn:
        return f"recalled: {one.withdrawn}"
    nothing = "nothing yet" if waits else "nothing in time"
    return f"released {one.released:%Y-%m-%d %H:%M}" if one.released else nothing


def approvals_page(shown: ApprovalsShown) -> Page:
    """All queries that name this site; the price of noise, where one asks for it."""
    noisy = any(one.query.privacy.rho for one in shown.queries)
    rows = tuple(
        (
            one.id,
            _state(one),
            one.query.researcher,
            one.query.project,
            *((_price(one.query.privacy),) if noisy else ()),
            one.query.title,
        )
        for one in shown.queries
    )
    columns = ("query", "state", "researcher", "project", *(("noise",) if noisy else ()), "title")
    bad = tuple((short(query), trouble.code, trouble.message) for query, trouble in shown.unverified.items())
    grids = [Grid("", columns, rows)] if rows else []
    grids += [Grid("files that do not verify", ("query", "code", "what"), bad)] if bad else []
    return Page(headline="" if grids else "no queries for this site", grids=tuple(grids))


def approval_page(shown: ApprovalShown) -> Page:
    """A query as an approver must see it. The author's own words come last, and apart."""
    query = shown.query
    refused = tuple((key, trouble.code, trouble.message) for key, trouble in shown.refused.items())
    grids = [_analyses(shown.analyses)]
    grids += [amendment_grid(shown.amends)] if shown.amends else []
    grids += [Grid("refused by the policy", ("analysis", "code", "what"), refused)] if refused else []
    trouble = shown.problem or shown.missing
    return Page(
        headline=f"{shown.id}: {_state(shown)}",
        facts=(
            ("digest", query.sha256),
            ("researcher", query.researcher),
            ("project", query.project),
            ("purpose", query.purpose),
            *query.references,
            ("dataset", f"{query.dataset}, dictionary version {query.dictionary_version}, by {query.unit}s"),
            ("cohort", shown.cohort),
            ("privacy", query.privacy.words),
            *trajectory_facts(shown.trajectory),
            ("sites", query.sites),
            ("quorum", query.min_sites),
            ("recipients", shown.recipients),
            ("expires", f"{query.expires:%Y-%m-%d}"),
            ("granted by", shown.granted),
            *((("granted", covered(shown)),) if shown.covered is not None else ()),
        ),
        grids=tuple(grids),
        notes=(
            *((f"[{trouble.code}] {trouble.message}", f"fix: {trouble.fix}") if trouble else ()),
            "in the author's own words, which bind nothing:",
            f"  {query.title}",
            *((f"  {line}" for line in query.description.splitlines()) if query.description else ()),
        ),
    )


def amendment_grid(told: AmendmentTold) -> Grid:
    """How a query differs from the one that it amends."""
    sides = (("asks less", told.less), ("asks more, or otherwise", told.more), ("stays", told.same))
    rows = tuple((side, text) for side, texts in sides for text in texts)
    counted = "only tightens it" if told.keeps_approvals else "its approvals do not count"
    return Grid(f"amends {told.id}: {counted}", ("difference", "what"), rows)


def given_page(shown: ApprovalGiven) -> Page:
    """A decision as it was signed."""
    said = {"grant": "granted", "deny": "denied", "revoke": "revoked"}[shown.decision]
    already = "" if shown.new else " already"
    facts = (("reason", shown.reason), ("until", f"{shown.expires:%Y-%m-%d}"), ("runs", runs(shown)))
    return Page(headline=f"{shown.id} {said} by {shown.approver}{already}", facts=facts)


def run_page(shown: RunShown) -> Page:
    """How each query ended here."""
    noisy, recur = any(one.rho for one in shown.queries), any(one.run for one in shown.queries)
    rows = tuple(
        (
            one.id,
            *((one.run,) if recur else ()),
            one.status,
            one.code,
            one.message,
            f"{one.released} of {one.asked}" if one.asked else None,
            *((one.rho,) if noisy else ()),
        )
        for one in shown.queries
    )
    columns = (
        "query",
        *(("run",) if recur else ()),
        "status",
        "code",
        "what",
        "released",
        *(("rho",) if noisy else ()),
    )
    found = tuple(
        (one.id, finding.analysis, finding.check, finding.field, finding.cells)
        for one in shown.queries
        for finding in one.findings
        if finding.enforced
    )
    grids = [Grid("", columns, rows)] if rows else []
    grids += (
        [Grid("what the checks found", ("query", "analysis", "check", "field", "cells"), found)]
        if found
        else []
    )
    dry = ("dry run: nothing was charged, opened or written",) if shown.dry_run else ()
    preview = (_PREVIEW,) if shown.maturity == "preview" else ()
    return Page(headline="" if rows else "nothing to do", grids=tuple(grids), notes=(*dry, *preview))


def verify_page(shown: VerifyShown) -> Page:
    """What was verified, and by whose signatures."""
    good = tuple((one.file, one.kind, one.signers, one.about) for one in shown.files if one.problem is None)
    bad = tuple((one.file, one.problem.code, one.problem.message) for one in shown.files if one.problem)
    grids = [Grid("verified", ("file", "kind", "signed by", "says"), good)] if good else []
    grids += [Grid("REFUSED", ("file", "code", "what"), bad)] if bad else []
    headline = f"{len(good)} verified, {len(bad)} refused" if grids else "no files to verify"
    return Page(headline=headline, grids=tuple(grids))


def release_page(shown: ReleaseShown) -> Page:
    """A release: what it binds, and its numbers where they were sealed to who looks."""
    told = shown.statement
    facts = (
        ("query", f"{short(told.query)}, {which(told)}, attempt {told.attempt}"),
        ("signed by", shown.signers),
        ("analytics", tuple(f"{name} {version}" for name, version in told.analytics.items())),
        ("policy", f"{told.policy_name}, digest {told.policy[:12]}"),
        ("snapshot", told.snapshot),
        *((("privacy", noisy),) if (noisy := of_release(told)) else ()),
        ("charges", len(told.charges)),
        ("approvals", len(told.approvals)),
        ("reviews", len(told.reviews) or None),
        ("recipients", len(told.recipients)),
        ("issued", f"{told.issued:%Y-%m-%d %H:%M}"),
    )
    closed = (
        f"recalled by its site: {shown.withdrawn}" if shown.withdrawn else "sealed, not to this home's key"
    )
    sealed = (f"the numbers are {closed}",) if shown.values is None else ()
    return Page(
        headline=f"release of {told.site}, {told.maturity}",
        facts=facts,
        grids=tuple(_opened(shown.values)),
        notes=(*sealed, "--format json tells everything"),
    )


def _opened(values: Values | None) -> Iterator[Grid]:
    for name, answer in values.analyses.items() if values else ():
        if isinstance(answer, Unanswered):
            yield Grid(name, ("outcome", "code"), ((answer.outcome, answer.code),))
        else:
            axes = " x ".join(axis.name for axis in answer.axes)
            rows = tuple((field, cells) for field, cells in answer.cells.items())
            title = f"{name}: {answer.kind}" + (f" over {axes}" if axes else "")
            noise = f", {answer.noise.words}" if answer.noise else ""
            yield Grid(title + noise, ("what", "cells"), rows)


def releases_page(shown: ReleasesShown) -> Page:
    """All releases of a site."""
    rows = tuple(
        (
            one.id,
            one.round,
            one.attempt,
            f"{one.issued:%Y-%m-%d %H:%M}",
            "recalled" if one.withdrawn else one.outcome if one.visible else f"{one.outcome}, to be seen",
            one.withdrawn or ", ".join(one.codes) or None,
            one.release[:12],
        )
        for one in shown.releases
    )
    columns = ("query", "round", "attempt", "issued", "state", "why", "digest")
    return Page(grids=(Grid("", columns, rows),)) if rows else Page("nothing was released yet")


def exported_page(shown: ReleaseExported) -> Page:
    """The files of a release for output checkers."""
    verb = "wrote" if shown.new else "there already, unchanged:"
    recalled = (f"recalled: {shown.recalled}",) if shown.recalled else ()
    return Page(
        headline=f"{verb} {len(shown.files)} files of {shown.id} in {shown.folder}",
        facts=(("outputs", shown.outputs),),
        notes=(*recalled, "they tell what the checks found, and are for this site's own checkers"),
    )


def withdrawal_page(shown: WithdrawalGiven) -> Page:
    """A recall as it was signed."""
    facts = (
        ("reason", shown.reason),
        ("since", f"{shown.issued:%Y-%m-%d %H:%M}"),
        ("releases", shown.releases),
    )
    return Page(
        headline=f"the releases of {shown.id} are recalled{'' if shown.new else ' already'}",
        facts=facts,
        notes=("what somebody has read cannot be taken back: tell the researcher too",),
    )


def _analyses(analyses: tuple[AnalysisShown, ...]) -> Grid:
    rows = tuple(
        (one.id, one.analytic, _parameters(one.parameters), one.scalars, one.checks or None)
        for one in analyses
    )
    return Grid("analyses", ("id", "analytic", "parameters", "numbers that leave each site", "checks"), rows)


def _parameters(parameters: dict[str, object]) -> str:
    told = (
        f"{name} = {', '.join(map(str, value)) if isinstance(value, list) else value}"
        for name, value in parameters.items()
        if value not in ([], None)
    )
    return "; ".join(told) or "-"


def _state(shown: ApprovalShown) -> str:
    if shown.problem is not None:
        return f"cannot run ({shown.problem.code})"
    return f"waits ({shown.missing.code})" if shown.missing else "approved"


PAGES: Pages = {
    ApprovalGiven: given_page,
    ApprovalShown: approval_page,
    ApprovalsShown: approvals_page,
    ExternalShown: external_page,
    HeadShown: head_page,
    LedgerShown: ledger_page,
    ProofShown: proof_page,
    QueriesShown: queries_page,
    QueryChecked: checked_page,
    QueryShown: query_page,
    QueryStatus: status_page,
    ReleaseExported: exported_page,
    ReleaseShown: release_page,
    ReleasesShown: releases_page,
    RunShown: run_page,
    VerifyShown: verify_page,
    WithdrawalGiven: withdrawal_page,
}
