"""Trials of a policy as text: cases, and attacks."""

from __future__ import annotations

from fedcli.model.shown.trials import CaseTold, PolicyTested
from fedcli.report.page import Grid, Page, Pages


def tested_page(shown: PolicyTested) -> Page:
    """The cases that do not hold first, then the others."""
    wrong = [one for one in shown.cases if not one.holds]
    right = [one for one in shown.cases if one.holds]
    grids = (
        Grid(
            "these do not hold",
            ("case", "analysis", "what differs", "what it is about"),
            tuple(map(_wrong, wrong)),
        ),
        Grid(
            "these hold",
            ("case", "analysis", "ends", "because", "what it is about"),
            tuple(map(_right, right)),
        ),
    )
    return Page(
        headline=f"policy {shown.policy}: {len(right)} of {len(shown.cases)} hold",
        grids=tuple(grid for grid in grids if grid.rows),
    )


def _wrong(one: CaseTold) -> tuple[object, ...]:
    return one.case, one.analysis, "; ".join(one.differs), one.about


def _right(one: CaseTold) -> tuple[object, ...]:
    return one.case, one.analysis, one.found.outcome, one.found.because or None, one.about


PAGES: Pages = {PolicyTested: tested_page}
