"""The noise that a query would meet, as text: its price, the error to expect, a smaller one's price."""

from __future__ import annotations

from fedcli.model.shown.plans import DrawsTold, ErrorTold, PriceTold, PrivacyForeseen, QueryExplained
from fedcli.report.figures import power, upwards
from fedcli.report.page import Grid
from fedcli.report.privacy import MECHANISMS, UNTOLD

_ERRORS = {2.0: "twice as large", 1.0: "as above", 0.5: "half as large"}
#: Why nothing is said of checks, digits and rounding.
INSTEAD = "no check looks at exact values, and nothing is rounded or suppressed: noise protects instead"


def foreseen_grids(told: PrivacyForeseen) -> tuple[Grid, ...]:
    """What is paid, the error to expect, and other prices."""
    return (
        Grid(
            "what it pays at each site",
            ("analysis", "mechanism", "rho", "draws", "rho of a draw"),
            tuple(map(_draw, told.draws)),
        ),
        Grid(f"expected error, {_where(told)}", ("analysis", "number", "±"), tuple(map(_error, told.errors))),
        Grid("the price of accuracy", _columns(told), tuple(map(_price, told.prices))),
    )


def foreseen_facts(shown: QueryExplained) -> tuple[tuple[str, object], ...]:
    """The mode; under noise also what a person pays who is at all sites."""
    told = shown.privacy
    if told is None or told.sites == 1:
        return (("privacy", shown.asked.words),)
    who = f"a {shown.unit}"
    if told.disjoint:
        words = f"{who} pays at one site only, as the dictionary declares: rho {told.whole}"
    else:
        words = f"{who} at all {told.sites} sites pays rho {told.whole}: they are not declared disjoint"
    return ("privacy", shown.asked.words), ("", words)


def foreseen_notes(told: PrivacyForeseen) -> tuple[str, ...]:
    """How to read the tables."""
    prices = {one.error: one.rho for one in told.prices}
    cost = f"half the error costs four times the rho: {prices[0.5]} instead of {told.rho}"
    hidden = any(one.accuracy is None for one in told.errors)
    return (
        INSTEAD,
        "±: 95 % of the time the noise moves the number by no more; what is spread unevenly, more or less",
        *((UNTOLD,) if hidden else ()),
        cost,
        f"epsilon at delta {power(told.delta)}; what is spent of a budget does not come back",
    )


def _where(told: PrivacyForeseen) -> str:
    each = f"{told.persons} persons" if told.persons != 1 else "1 person"
    return f"with {each} at each of {told.sites} sites" if told.named else f"with {each} at one site"


def _draw(one: DrawsTold) -> tuple[object, ...]:
    mechanism = MECHANISMS[one.mechanism] if one.mechanism else None
    return one.analysis, mechanism, one.rho, one.draws, one.share


def _error(one: ErrorTold) -> tuple[object, ...]:
    of = f" of {one.of}" if one.of else ""
    unit = f" {one.unit}" if one.unit else ""
    width = None if one.accuracy is None else f"{upwards(one.accuracy)}{unit}"
    return one.analysis, f"{one.statistic}{of}", width


def _columns(told: PrivacyForeseen) -> tuple[str, ...]:
    project, population = f"of a project's {told.project_rho}", f"of a population's {told.capacity_rho}"
    return "rho", "error", "epsilon of a person", project, population


def _price(one: PriceTold) -> tuple[object, ...]:
    parts = (_part(one.of_project), _part(one.of_population))
    return one.rho, _ERRORS[one.error], upwards(one.epsilon), *parts


def _part(share: float | None) -> str:
    if share is None or share > 1:
        return "more than there is"
    return f"{upwards(100 * share)} %"
