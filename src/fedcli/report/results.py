"""Results: the tables of an answer, who took part, and what is suppressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from fedcli.model.cells import About, Gap
from fedcli.model.result import AnalysisResult, Answer, Audit, Result, SiteResult, Table
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.results import DemoShown, RehearsalShown, ResultShown
from fedcli.report.page import Grid, Page, Pages, Span

_NOTES = {
    Gap: "[a, b]: suppressed at one site or more; the number lies between a and b (? is open)",
    About: "c [a, b]: from rounded numbers; the number lies between a and b",
}


def result_page(shown: ResultShown) -> Page:
    """A result as text."""
    page = _page(shown.result)
    kept = (f"kept in {shown.path}",) if shown.new and shown.path else ()
    exported = tuple(f"wrote {path}" for path in (shown.exported, shown.parquet) if path)
    return page._replace(notes=(*page.notes, *kept, *exported))


def rehearsal_page(shown: RehearsalShown) -> Page:
    """A rehearsal as text: how it went at each site, then the result."""
    page = _page(shown.result) if shown.result else Page()
    sites = Grid(
        "rehearsed at",
        ("site", "status", "code", "what"),
        tuple((one.site, one.status, one.code, one.message) for one in shown.rehearsed),
    )
    found = [(one.site, finding) for one in shown.rehearsed for finding in one.findings]
    findings = Grid(
        "what the checks found",
        ("site", "analysis", "check", "field", "cells", "consequence"),
        tuple(
            (
                site,
                one.analysis,
                one.check,
                one.field,
                one.cells,
                "enforced" if one.enforced else "recorded only",
            )
            for site, one in found
        ),
    )
    return Page(
        headline=f"REHEARSAL under the profile {shown.policy}: not a release",
        grids=(sites, *((findings,) if found else ()), *page.grids),
        notes=(*page.notes, *_problem(shown.problem)),
    )


def _problem(problem: Trouble | None) -> tuple[str, ...]:
    return (f"no result: {problem.message} [{problem.code}]", f"fix: {problem.fix}") if problem else ()


def demo_page(shown: DemoShown) -> Page:
    """How a demonstration went."""
    return Page(
        headline="The demonstration has ended.",
        facts=(
            ("numbers equal to the pooled ones", shown.agreed),
            ("suppressed, interval holds the pooled one", shown.within),
            ("differing", shown.differing),
            ("a changed byte was refused", "yes" if shown.tampering_refused else "NO"),
        ),
        notes=(f"everything is kept in {shown.folder}",) if shown.kept else (),
    )


def result_data(shown: ResultShown) -> dict[str, Any]:
    """A result as programs read it (the contract of the command line)."""
    extra: dict[str, Any] = {"path": shown.path, "new": shown.new} if shown.path else {}
    extra |= {"exported": shown.exported} if shown.exported else {}
    extra |= {"parquet": shown.parquet} if shown.parquet else {}
    extra |= {"withdrawn": shown.withdrawn} if shown.withdrawn else {}
    return _data(shown.result, shown) | extra


def rehearsal_data(shown: RehearsalShown) -> dict[str, Any]:
    """A rehearsal as programs read it: the result's form, marked, with how each site ended."""
    result = _data(shown.result, shown) if shown.result else {"results": {}, "sites": []}
    return {
        **result,
        "maturity": shown.maturity,
        "policy": shown.policy,
        "rehearsed": [one.json_value() for one in shown.rehearsed],
        "problem": shown.problem.json_value() if shown.problem else None,
    }


def _page(result: Result) -> Page:
    grids = [grid for analysis in result.analyses for grid in _analysis(analysis)]
    cells = [cell for one in result.analyses if one.answer for cell in _cells(one.answer)]
    return Page(
        headline=result.title,
        facts=(
            ("query", f"q-{result.query[:12]}"),
            ("status", result.status),
            ("dataset", f"{result.dataset}, by {result.unit}s"),
            ("sites", f"{_answering(result)} of {len(result.sites)}"),
        ),
        grids=(*grids, _sites(result.sites)),
        notes=(
            *(note for kind, note in _NOTES.items() if any(isinstance(cell, kind) for cell in cells)),
            *_audit(result.audit),
        ),
    )


def _audit(audit: Audit | None) -> tuple[str, ...]:
    """What an audit says where it has nothing to warn of."""
    if audit is None or not (audit.hidden or audit.left):
        return ()
    if audit.left or not audit.audited:
        return (f"hidden counts: {audit.hidden}; not all are audited ({audit.left} are not): see ADR 23",)
    if audit.narrowed:
        return ()
    return (f"hidden counts: {audit.hidden}, none can be worked out with the other tables of this query",)


def _answering(result: Result) -> int:
    return sum(one.status in ("released", "partial") for one in result.sites)


def _analysis(analysis: AnalysisResult) -> list[Grid]:
    title = f"{analysis.id}: {analysis.analytic}, {len(analysis.sites)} sites"
    if analysis.answer is None:
        return [Grid(title, ("answer", "code"), ((None, analysis.code),))]
    tables, scalars = analysis.answer.tables.values(), analysis.answer.scalars
    grids = [Grid(title, table.columns, tuple(map(_row, table.rows))) for table in tables]
    if scalars:
        grids.append(Grid("" if grids else title, tuple(scalars), (_row(scalars.values()),)))
    return grids


def _row(cells: Iterable[object]) -> tuple[object, ...]:
    """A row as a page has it."""
    return tuple(map(_told, cells))


def _told(cell: object) -> object:
    if isinstance(cell, Gap):
        return Span(cell.low, cell.high)
    return Span(cell.low, cell.high, cell.value) if isinstance(cell, About) else cell


def _sites(sites: tuple[SiteResult, ...]) -> Grid:
    rows = tuple(
        (
            one.site,
            one.status,
            one.policy_name,
            one.questions,
            one.scalars,
            one.reason or ", ".join(sorted(set(one.refusals.values()))),
        )
        for one in sites
    )
    return Grid("sites", ("site", "status", "policy", "questions", "scalars", "refusals or reason"), rows)


def _cells(answer: Answer) -> list[object]:
    return [
        *answer.scalars.values(),
        *(cell for table in answer.tables.values() for row in table.rows for cell in row),
    ]


def _data(result: Result, shown: ResultShown | RehearsalShown) -> dict[str, Any]:
    return {
        "query": result.query,
        "title": result.title,
        "dataset": result.dataset,
        "unit": result.unit,
        "status": result.status,
        "maturity": result.maturity,
        "rounds": result.rounds,
        "sites": [one.json_value() for one in result.sites],
        "privacy": {
            "mode": "disclosure-control",
            "charges": {
                one.site: {"questions": one.questions, "scalars": one.scalars} for one in result.sites
            },
        },
        "results": {one.id: _result(one, shown) for one in result.analyses},
        **({"audit": result.audit.json_value()} if result.audit else {}),
    }


def _result(analysis: AnalysisResult, shown: ResultShown | RehearsalShown) -> dict[str, Any]:
    answer = analysis.answer
    return {
        "analytic": analysis.analytic,
        "version": analysis.version,
        "sites": list(analysis.sites),
        "code": analysis.code,
        "scalars": {name: _plain(cell) for name, cell in answer.scalars.items()} if answer else {},
        "tables": {name: _table(table) for name, table in answer.tables.items()} if answer else {},
        "suppressed": [
            {"place": one.place, "reason": one.reason, "interval": [one.interval.low, one.interval.high]}
            for one in shown.suppressed
            if one.analysis == analysis.id
        ],
        "rounded": [
            {"place": one.place, "interval": [one.interval.low, one.interval.high]}
            for one in shown.rounded
            if one.analysis == analysis.id
        ],
    }


def _table(table: Table) -> dict[str, Any]:
    return {"columns": list(table.columns), "rows": [[_plain(cell) for cell in row] for row in table.rows]}


def _plain(cell: object) -> object:
    if isinstance(cell, About):
        return cell.value
    return None if isinstance(cell, Gap) else cell


PAGES: Pages = {DemoShown: demo_page, RehearsalShown: rehearsal_page, ResultShown: result_page}
DATA: dict[type[Any], Callable[[Any], dict[str, Any]]] = {
    RehearsalShown: rehearsal_data,
    ResultShown: result_data,
}
