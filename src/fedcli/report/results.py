"""Results: the tables of an answer, who took part, and what is suppressed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Any

from fedcli.model.cells import About, Gap
from fedcli.model.release import Maturity
from fedcli.model.result import AnalysisResult, Answer, Audit, Result, SiteResult, Table
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.results import DemoShown, RehearsalShown, ResultShown
from fedcli.report.forest import forest
from fedcli.report.page import Grid, Near, Page, Pages, Span
from fedcli.report.privacy import ACCURACIES, ACCURACY, UNTOLD, privacy_grid

#: What a line has room for of how far sites differ.
_DIFFERING = ("sites", "q", "p_value", "i2", "tau2", "random", "conf_low", "conf_high")
_NOTES: dict[type, str] = {
    Gap: "[a, b]: suppressed at one site or more; the number lies between a and b (? is open)",
    About: "c [a, b]: from rounded numbers; the number lies between a and b",
}
_NOISY: dict[type, str] = {
    About: f"c ± d: with noise; {ACCURACY} than d",
    type(None): UNTOLD,
}


def result_page(shown: ResultShown) -> Page:
    """A result as text."""
    page = _page(shown.result)
    kept = (f"kept in {shown.path}",) if shown.new and shown.path else ()
    exported = tuple(f"wrote {path}" for path in (shown.exported, shown.parquet, shown.html) if path)
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
    extra |= {"html": shown.html} if shown.html else {}
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
    privacy = privacy_grid(result)
    return Page(
        headline=result.title,
        facts=(
            ("query", f"q-{result.query[:12]}"),
            *((("run", result.occurrence.words),) if result.occurrence else ()),
            ("status", result.status),
            ("dataset", f"{result.dataset}, by {result.unit}s"),
            ("sites", f"{_answering(result)} of {len(result.sites)}"),
        ),
        grids=(*grids, *((privacy,) if privacy else ()), _sites(result)),
        notes=(*_fitness(result.maturity), *_notes(result.analyses), *_audit(result.audit)),
    )


def _fitness(maturity: Maturity) -> tuple[str, ...]:
    if maturity != "preview":
        return ()
    return ("maturity = preview: not for live data (a policy only records its checks; see the README)",)


def _notes(analyses: tuple[AnalysisResult, ...]) -> tuple[str, ...]:
    """What the marks beside the numbers mean, for those that there are."""
    found: dict[str, None] = {}
    for notes, noisy in ((_NOTES, False), (_NOISY, True)):
        answers = [one.answer for one in analyses if one.answer and bool(one.noise) == noisy]
        cells = [cell for answer in answers for cell in _cells(answer)]
        found |= {note: None for kind, note in notes.items() if any(isinstance(one, kind) for one in cells)}
    return tuple(found)


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
    row = partial(_row, noisy=bool(analysis.noise))
    grids = [Grid(title, table.columns, tuple(map(row, table.rows))) for table in tables]
    if scalars:
        grids.append(Grid("" if grids else title, tuple(scalars), (row(scalars.values()),)))
    return [*grids, *_between(analysis), *forest(analysis)]


def _between(analysis: AnalysisResult) -> Iterator[Grid]:
    """How far the sites differ, as far as a line has room; the rest is in the other forms."""
    table = analysis.between.get("heterogeneity")
    if table is not None:
        kept = [at for at, name in enumerate(table.columns) if at < table.keys or name in _DIFFERING]
        rows = tuple(tuple(row[at] for at in kept) for row in table.rows)
        columns = tuple(table.columns[at] for at in kept)
        yield Grid(f"{analysis.id}: between the sites", columns, rows)


def _row(cells: Iterable[object], noisy: bool) -> tuple[object, ...]:
    """A row as a page has it."""
    return tuple(_told(cell, noisy) for cell in cells)


def _told(cell: object, noisy: bool) -> object:
    if isinstance(cell, Gap):
        return Span(cell.low, cell.high)
    if not isinstance(cell, About):
        return cell
    if noisy:
        return Near(cell.value, (cell.high - cell.low) / 2)
    return Span(cell.low, cell.high, cell.value)


def _sites(result: Result) -> Grid:
    """Who took part; what a person there paid, where answers have noise."""
    plain = ("site", "status", "policy", "questions", "scalars", "refusals or reason")
    rows = tuple(
        (
            one.site,
            one.status,
            one.policy_name,
            one.questions,
            one.scalars,
            one.reason or ", ".join(sorted(set(one.refusals.values()))) or _silent(one, result),
        )
        for one in result.sites
    )
    if result.mode == "disclosure-control":
        return Grid("sites", plain, rows)
    paid = tuple((*row[:-1], one.rho, row[-1]) for row, one in zip(rows, result.sites, strict=True))
    return Grid("sites", (*plain[:-1], "rho", plain[-1]), paid)


def _silent(one: SiteResult, result: Result) -> str:
    """What is known of a site that is missing."""
    if one.status != "missing":
        return ""
    over = result.occurrence is not None and result.issued > result.occurrence.closes
    return "no release in time" if over else "no release"


def _cells(answer: Answer) -> list[object]:
    """Every cell of an answer that is no level."""
    return [
        *answer.scalars.values(),
        *(cell for table in answer.tables.values() for row in table.rows for cell in row[table.keys :]),
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
        **({"run": result.occurrence.json_value()} if result.occurrence else {}),
        "sites": [one.json_value() for one in result.sites],
        "privacy": _privacy(result),
        "results": {one.id: _result(one, shown) for one in result.analyses},
        **({"audit": result.audit.json_value()} if result.audit else {}),
    }


def _privacy(result: Result) -> dict[str, Any]:
    """How privacy was kept: the charges, and what noise guarantees."""
    return {
        "mode": result.mode,
        "charges": {one.site: _charge(one) for one in result.sites},
        **({"guarantee": result.privacy.json_value()} if result.privacy else {}),
    }


def _charge(site: SiteResult) -> dict[str, Any]:
    rho = {} if site.rho is None else {"rho": site.rho}
    return {"questions": site.questions, "scalars": site.scalars} | rho


def _result(analysis: AnalysisResult, shown: ResultShown | RehearsalShown) -> dict[str, Any]:
    answer = analysis.answer
    return {
        "analytic": analysis.analytic,
        "version": analysis.version,
        "sites": list(analysis.sites),
        "code": analysis.code,
        "scalars": {name: _plain(cell) for name, cell in answer.scalars.items()} if answer else {},
        "tables": {name: _table(table) for name, table in answer.tables.items()} if answer else {},
        **(
            {"between": {name: _table(one) for name, one in analysis.between.items()}}
            if analysis.between
            else {}
        ),
        **({"information": analysis.information} if analysis.information else {}),
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
        **(_noise(analysis, shown) if analysis.noise else {}),
    }


def _noise(analysis: AnalysisResult, shown: ResultShown | RehearsalShown) -> dict[str, Any]:
    """The noise of an analysis, and the numbers that it moved."""
    draws = {site: one.json_value() for site, one in analysis.noise.items()}
    [mechanism] = {draw.pop("mechanism") for draw in draws.values()}
    return {
        "noise": {"mechanism": mechanism, "sites": draws, "accuracy": ACCURACIES[mechanism]},
        "noisy": [
            {"place": one.place, "interval": [one.interval.low, one.interval.high]}
            for one in shown.noisy
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
