"""Trials of a policy as text: cases, and attacks."""

from __future__ import annotations

from fedcli.model.shown.trials import AttackTold, CaseTold, PolicyAttacked, PolicyTested, Price
from fedcli.report.page import Grid, Page, Pages

_NOTES = (
    "worst decile: the share of successes among the tenth of whom the attacker is surest",
    "the site's people are taken to grant every query; each attack is one researcher with the whole limits",
)


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


def attacked_page(shown: PolicyAttacked) -> Page:
    """Every attack with its rates, then what ordinary analyses give."""
    succeeded = sum(one.succeeded for one in shown.attacks)
    rates = ("success", "TPR at 0.1 % FPR", "TPR at 1 % FPR", "AUC", "worst decile")
    counts = ("questions", "refusals", "until success", "ended by")
    sizes = tuple(dict.fromkeys(one.persons for one in shown.prices))
    names = dict.fromkeys(one.analysis for one in shown.prices)
    priced = {(one.analysis, one.persons): _price(one) for one in shown.prices}
    return Page(
        headline=f"policy {shown.policy}: {succeeded} of {len(shown.attacks)} attacks succeed",
        facts=(("persons", f"{shown.persons}, made up from the seed {shown.seed}"),),
        grids=(
            Grid("attacks", ("attack", "succeeds", *rates, *counts), tuple(map(_attack, shown.attacks))),
            Grid(
                "what they do",
                ("attack", "what it asks", "it succeeds where"),
                tuple(map(_does, shown.attacks)),
            ),
            Grid(
                "the price: what leaves of ordinary analyses, by number of persons",
                ("analysis", *map(str, sizes)),
                tuple((name, *(priced.get((name, size)) for size in sizes)) for name in names),
            ),
        ),
        notes=_NOTES,
    )


def _attack(one: AttackTold) -> tuple[object, ...]:
    rates = (one.success, one.tpr_at_0_1, one.tpr_at_1, one.auc, one.worst_decile)
    told = tuple(None if rate is None else f"{rate:.3f}" for rate in rates)
    return one.attack, one.succeeded, *told, one.questions, one.refusals, one.until, one.ended


def _does(one: AttackTold) -> tuple[object, ...]:
    return one.attack, one.does, one.succeeds


def _price(one: Price) -> str:
    why = f" ({', '.join(one.because)})" if one.because else ""
    match one.outcome:
        case "released":
            return "all"
        case "suppressed":
            return f"{one.numbers - one.hidden} of {one.numbers}"
        case _:
            return f"{one.outcome}{why}"


PAGES: Pages = {PolicyAttacked: attacked_page, PolicyTested: tested_page}
