"""What would happen, and how texts differ, as text."""

from __future__ import annotations

import textwrap
from collections.abc import Iterable, Iterator, Sequence

from fedcli.model.shown.plans import (
    GuardTold,
    KeyChange,
    Leaving,
    PolicyDiff,
    PolicyExplained,
    PolicyLinted,
    QueryAmended,
    QueryExplained,
)
from fedcli.report.foreseen import foreseen_facts, foreseen_grids, foreseen_notes
from fedcli.report.numbered import folded
from fedcli.report.page import Grid, Page, Pages, told
from fedcli.report.series import trajectory_facts
from fedcli.report.work import amendment_grid, query_page

_OTHERWISE = {
    "suppress": "the cell leaves as an interval",
    "ask": "the site's people look at it first",
    "refuse": "the analysis is refused",
    "record": "it is recorded at the site, and leaves",
}


_WIDTH = 100
_BECOMES = {
    "looser": "becomes looser",
    "mixed": "becomes looser in part, and stricter in part",
    "stricter": "becomes stricter",
    "words": "changes in words only",
}


def explained_page(shown: QueryExplained) -> Page:
    """What a query reads and releases, in the order in which it happens."""
    read = tuple((one.column, one.type, one.sensitivity, one.used_by) for one in shown.reads)
    checks = tuple(
        (one.check, one.wants, tuple(folded(one.fields)), _OTHERWISE[one.otherwise]) for one in shown.checks
    )
    refused = tuple((place, one.code, one.message) for place, one in shown.refused.items())
    grids = (
        Grid("what is asked", ("analysis", "question"), tuple(shown.asks.items())),
        Grid("what is read", ("column", "type", "sensitivity", "for"), read),
        Grid(
            "what leaves each site",
            ("analysis", "what", "one for each", "numbers", "precision"),
            tuple(_leaving(shown.leaves)),
        ),
        *(foreseen_grids(shown.privacy) if shown.privacy else ()),
        Grid("which checks run", ("check", "wants", "judges", "otherwise"), checks),
        Grid("refused under this policy whatever the data", ("what", "code", "why"), refused),
    )
    return Page(
        headline=shown.title,
        facts=_facts(shown),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=(
            *(foreseen_notes(shown.privacy) if shown.privacy else ()),
            "from the file, the dictionary and the policy alone: no data were opened, nothing was signed",
        ),
    )


def _facts(shown: QueryExplained) -> tuple[tuple[str, object], ...]:
    sites = "every site that holds the dataset" if shown.sites is None else shown.sites
    quorum = "all of them" if shown.min_sites is None else shown.min_sites
    return (
        ("dataset", f"{shown.dataset}, dictionary version {shown.dictionary_version}, by {shown.unit}s"),
        ("cohort", shown.cohort),
        *foreseen_facts(shown),
        *trajectory_facts(shown.recurs),
        ("sites", sites),
        ("quorum", quorum),
        ("rounds", shown.rounds),
        ("numbers that leave each site", shown.scalars),
        ("recipients", shown.recipients),
        ("policy", shown.policy),
    )


def _leaving(leaves: Sequence[Leaving]) -> Iterator[tuple[object, ...]]:
    known = {f"{one.analysis}.{one.field}": one for one in leaves}
    for label, fields in folded(known).items():
        one = known[fields[0]]
        field, numbers = label.removeprefix(f"{one.analysis}."), sum(known[name].numbers for name in fields)
        yield one.analysis, field, " x ".join(one.over) or None, numbers, _precision(one)


def _precision(one: Leaving) -> str:
    if one.chosen:
        return "a one for the candidate that noise chooses"
    if one.noise is not None:
        return f"noise of standard deviation {one.noise:.4g}"
    match one.digits:
        case None:
            return "whole numbers" if one.rounding == "none" else f"whole numbers, {one.rounding}"
        case "full":
            return "full precision"
        case _:
            return f"{one.digits} significant digits"


def diff_page(shown: PolicyDiff) -> Page:
    """A difference of policies, what loosens first."""
    grids = [_changes(title, which, shown) for which, title in _BECOMES.items()]
    looser = sum(one.becomes in ("looser", "mixed") for one in shown.changes)
    said = f"{looser} of {len(shown.changes)} changes loosen" if shown.changes else "they mean the same"
    return Page(
        headline=f"from {shown.old} to {shown.new}: {said}",
        grids=tuple(grid for grid in grids if grid.rows),
    )


def _changes(title: str, which: str, shown: PolicyDiff) -> Grid:
    rows = tuple(_change(one) for one in shown.changes if one.becomes == which)
    return Grid(title, ("key", "what it is", "before", "after"), rows)


def _change(one: KeyChange) -> tuple[object, ...]:
    return one.key, one.means, _value(one.before), _value(one.after)


def _value(value: object) -> object:
    match value:
        case dict():
            return ", ".join(f"{key} {inner}" for key, inner in value.items())
        case list() | tuple():
            return tuple(_value(one) for one in value)
        case _:
            return value


def policy_page(shown: PolicyExplained) -> Page:
    """A policy in sentences that can be read aloud, then each number."""
    floor = ["The federation's floor is part of it."] if shown.floor else []
    parts = {
        "What may leave": shown.leaves,
        "Whose questions, and who must say yes": shown.people,
        "What is hidden, and why": map(_guard, shown.guards),
        "What each key means, and where the rule is from": (
            f"{one.key} = {_aloud(one.value)}: {one.means}. Source: {one.source}." for one in shown.keys
        ),
    }
    notes = [*floor, *(line for title, said in parts.items() for line in _said(title, said))]
    about = f": {shown.description}" if shown.description else ""
    return Page(headline=f"policy {shown.policy}{about}", notes=tuple(notes)[:-1])


def _said(title: str, sentences: Iterable[str]) -> list[str]:
    wrapped = [textwrap.wrap(one, _WIDTH, initial_indent="  ", subsequent_indent="    ") for one in sentences]
    return [title, *(line for lines in wrapped for line in lines), ""] if wrapped else []


def _guard(one: GuardTold) -> str:
    judged = ", ".join(one.judges) or "nothing yet"
    otherwise = f"Otherwise {_OTHERWISE[one.otherwise]}, because {one.why}"
    return f"{one.check}, for {judged}: {one.wants}. {otherwise}. Source: {one.source}."


def _aloud(value: object) -> str:
    return told(tuple(map(_value, value)) if isinstance(value, list | tuple) else _value(value))


def lint_page(shown: PolicyLinted) -> Page:
    """What to look at in a policy."""
    rows = tuple((one.key, one.told, one.fix) for one in shown.found)
    floor = ("the federation's floor is part of it",) if shown.floor else ()
    if not rows:
        return Page(headline=f"policy {shown.policy}: nothing to look at", notes=floor)
    grid = Grid("", ("key", "look at", "what to do"), rows)
    return Page(headline=f"policy {shown.policy}: {len(rows)} to look at", grids=(grid,), notes=floor)


def amended_page(shown: QueryAmended) -> Page:
    """An amendment: the difference, and what it means for the approvals."""
    page = query_page(shown.query) if shown.query else Page(headline="dry run: nothing was signed")
    kept = "it only tightens: sites count the approvals that they gave"
    anew = "it asks more, or otherwise: the sites' people decide anew"
    return page._replace(
        grids=(amendment_grid(shown.difference),),
        notes=(kept if shown.difference.keeps_approvals else anew,),
    )


PAGES: Pages = {
    PolicyDiff: diff_page,
    QueryAmended: amended_page,
    PolicyExplained: policy_page,
    PolicyLinted: lint_page,
    QueryExplained: explained_page,
}
