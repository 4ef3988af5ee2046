"""Budgets as text."""

from __future__ import annotations

import math

from fedcli.model.identifiers import short, units
from fedcli.model.shown.budgets import (
    AccountShown,
    BudgetShown,
    BudgetsShown,
    HistoriesShown,
    HistoryShown,
    SpendingShown,
)
from fedcli.report.page import Grid, Page, Pages

_WIDTH = 14
_DECIMALS = 1000


def bar(spent: int, capacity: int) -> str:
    """How much of a capacity is spent: `[#######-------] 48 %`; never full, or empty, before it is."""
    if spent >= capacity:
        return f"[{'#' * _WIDTH}] 100 %"
    marks = min(-(-_WIDTH * spent // capacity), _WIDTH - 1)
    percent = 100 * spent // capacity
    told = "<1" if spent and not percent else str(percent)
    return f"[{'#' * marks}{'-' * (_WIDTH - marks)}] {told} %"


def budgets_page(shown: BudgetsShown) -> Page:
    """Every population: its accounts, and what is spent means."""
    kept = [one for one in shown.budgets if one.whole is not None]
    accounts = tuple(row for one in kept for row in _accounts(one))
    meant = tuple(map(_meaning, kept))
    columns = ("population", "project", "capacity", "spent", "left", "used", "at this pace")
    means = ("population", "datasets", "mode", "claim", "delta", "epsilon spent", "epsilon in all")
    grids = (Grid("rho of each account", columns, accounts), Grid("what it means", means, meant))
    return Page(
        headline="" if shown.budgets else "no datasets yet",
        grids=tuple(grid for grid in grids if grid.rows),
        notes=(*map(_none, (one for one in shown.budgets if one.whole is None)), *_because(kept)),
    )


def histories_page(shown: HistoriesShown) -> Page:
    """Every charge of each population, and their sum."""
    columns = (
        *("entry", "at", "project", "researcher", "query", "analysis"),
        *("rho", "draws", "paid with", "left"),
    )
    grids = tuple(
        Grid(f"population {one.population}: rho {one.spent} spent", columns, tuple(map(_row, one.charges)))
        for one in shown.histories
        if one.charges
    )
    quiet = [one for one in shown.histories if not one.charges]
    return Page(
        headline="" if shown.histories else "no datasets yet",
        grids=grids,
        notes=tuple(map(_quiet, quiet)),
    )


def _accounts(one: BudgetShown) -> list[tuple[object, ...]]:
    assert one.whole is not None
    return [_account(one.population, account) for account in (one.whole, *one.projects)]


def _account(population: str, one: AccountShown) -> tuple[object, ...]:
    used = bar(units(one.spent), units(one.capacity))
    return (population, one.project or "all", one.capacity, one.spent, one.left, used, _pace(one))


def _pace(one: AccountShown) -> str:
    if units(one.left) == 0:
        return "nothing is left"
    return f"spent on {one.until:%Y-%m-%d}" if one.until else "not spent at this pace"


def _meaning(one: BudgetShown) -> tuple[object, ...]:
    epsilons = (_rounded_up(one.epsilon_spent), _rounded_up(one.epsilon_capacity))
    return (one.population, one.datasets, one.mode, one.claim, one.delta, *epsilons)


def _rounded_up(epsilon: float | None) -> float | None:
    return None if epsilon is None else math.ceil(epsilon * _DECIMALS) / _DECIMALS


def _because(kept: list[BudgetShown]) -> list[str]:
    return [
        f"{one.population} is conditional: {' and '.join(one.because)}, which no epsilon bounds"
        for one in kept
        if one.because
    ]


def _none(one: BudgetShown) -> str:
    return f"{one.population} has no budget: its mode is {one.mode}, and nothing was spent"


def _quiet(one: HistoryShown) -> str:
    no_budget = f" (mode {one.mode}: no budget)" if one.mode == "disclosure-control" else ""
    return f"nothing was spent of {one.population}{no_budget}"


def _row(one: SpendingShown) -> tuple[object, ...]:
    return (
        one.entry,
        f"{one.at:%Y-%m-%d %H:%M}",
        one.project,
        one.researcher,
        short(one.query) if one.query else None,
        one.analysis,
        one.rho,
        one.draws,
        None if one.plan is None else f"entry {one.plan}",
        one.left,
    )


PAGES: Pages = {BudgetsShown: budgets_page, HistoriesShown: histories_page}
