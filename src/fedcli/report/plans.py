"""What would happen, and how texts differ, as text."""

from __future__ import annotations

from fedcli.model.shown.plans import Leaving, QueryExplained
from fedcli.report.page import Grid, Page, Pages

_OTHERWISE = {
    "suppress": "the cell leaves as an interval",
    "ask": "the site's people look at it first",
    "refuse": "the analysis is refused",
    "record": "it is recorded at the site, and leaves",
}


def explained_page(shown: QueryExplained) -> Page:
    """What a query reads and releases, in the order in which it happens."""
    read = tuple((one.column, one.type, one.sensitivity, one.used_by) for one in shown.reads)
    checks = tuple((one.check, one.wants, one.fields, _OTHERWISE[one.otherwise]) for one in shown.checks)
    refused = tuple((place, one.code, one.message) for place, one in shown.refused.items())
    grids = (
        Grid("what is asked", ("analysis", "question"), tuple(shown.asks.items())),
        Grid("what is read", ("column", "type", "sensitivity", "for"), read),
        Grid(
            "what leaves each site",
            ("analysis", "what", "one for each", "numbers", "precision"),
            tuple(map(_leaving, shown.leaves)),
        ),
        Grid("which checks run", ("check", "wants", "judges", "otherwise"), checks),
        Grid("refused under this policy whatever the data", ("what", "code", "why"), refused),
    )
    return Page(
        headline=shown.title,
        facts=_facts(shown),
        grids=tuple(grid for grid in grids if grid.rows),
        notes=(
            "from the file, the dictionary and the policy alone: no data were opened, nothing was signed",
        ),
    )


def _facts(shown: QueryExplained) -> tuple[tuple[str, object], ...]:
    sites = "every site that holds the dataset" if shown.sites is None else shown.sites
    quorum = "all of them" if shown.min_sites is None else shown.min_sites
    return (
        ("dataset", f"{shown.dataset}, dictionary version {shown.dictionary_version}, by {shown.unit}s"),
        ("cohort", shown.cohort),
        ("sites", sites),
        ("quorum", quorum),
        ("rounds", shown.rounds),
        ("numbers that leave each site", shown.scalars),
        ("recipients", shown.recipients),
        ("policy", shown.policy),
    )


def _leaving(one: Leaving) -> tuple[object, ...]:
    return one.analysis, one.field, " x ".join(one.over) or None, one.numbers, _precision(one)


def _precision(one: Leaving) -> str:
    match one.digits:
        case None:
            return "whole numbers"
        case "full":
            return "full precision"
        case _:
            return f"{one.digits} significant digits"


PAGES: Pages = {QueryExplained: explained_page}
