"""How cells, tables and rules are written for a reader."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from fedcli.model.cells import About, Axis, Cell, Gap, size
from fedcli.model.disclosure import Mitigation
from fedcli.model.policy import Disclosure
from fedcli.policy.ontology import CHECKS, Check, enforced
from tests.spec.example import Example, Under
from tests.spec.fitted import Fitted
from tests.spec.tables import Counted, Described, Extremes, Given, Measured, axes_of, places

FIGURES = {
    "fewest": "smallest cell inside",
    "outside": "persons wholly outside",
    "partly": "persons partly outside",
    "total": "total (absolute)",
    "constant": "all the same",
    "spread": "one person's part of m2",
}
_CONSEQUENCES = {Mitigation.SUPPRESS: "hidden", Mitigation.ASK: "asked", Mitigation.REFUSE: "refused"}


def number(value: Any) -> str:
    """A number at up to ten digits."""
    return f"{value:.10g}" if isinstance(value, float) else str(value)


def cell(one: Cell) -> str:
    """A number, an interval, or a dash where nothing is defined."""
    if isinstance(one, About):
        return f"{number(one.value)} [{number(one.low)} to {number(one.high)}]"
    if not isinstance(one, Gap):
        return "-" if one is None else number(one)
    if one.low is None or one.high is None:
        return "any number" if one.low is None else f"[>= {number(one.low)}]"
    return f"[{number(one.low)} to {number(one.high)}]"


def row(name: str, cells: Sequence[Cell], axes: tuple[Axis, ...]) -> str:
    """One field: its only number, or its cells with their names; the last axes name what is of groups."""
    if len(cells) == 1:
        return f"{name} {cell(cells[0])}"
    while axes and size(axes) != len(cells):
        axes = axes[1:]
    if not axes:  # a triangle of products, or sums over all terms
        return f"{name} {', '.join(map(cell, cells))}"
    told = ", ".join(f"{place}: {cell(one)}" for place, one in zip(places(axes), cells, strict=True))
    return f"{name} {told}"


def leaving(cells: Mapping[str, tuple[Cell, ...]] | None, of: Given | None = None) -> str:
    """All fields of what leaves."""
    if cells is None:
        return "nothing"
    return "; ".join(row(name, one, axes_of(of, name)) for name, one in cells.items())


def given(one: Given, figures: tuple[str, ...]) -> str:
    """What a site has: persons, and the figures that an example is about."""
    if isinstance(one, Described):
        return "<br>".join(f"{name}: {given(part, figures)}" for name, part in one.parts.items())
    told: dict[str, tuple[Any, ...]] = {"persons": one.persons}
    told |= {"rows": one.rows} if isinstance(one, Counted | Measured) and one.rows else {}
    if isinstance(one, Measured):
        told |= one.told(figures)
    elif isinstance(one, Fitted):
        told |= one.told()
    else:
        told |= {"missing": one.lacking} if isinstance(one, Counted) else {"maximum": one.maximum}
    for name in ("outside", "partly"):
        told |= {name: (getattr(one, name),)} if getattr(one, name) or name in figures else {}
    parts = [row(FIGURES.get(name, name), cells, one.axes) for name, cells in told.items()]
    return "; ".join(parts + _bounds(one))


def _bounds(one: Given) -> list[str]:
    if isinstance(one, Extremes | Fitted):
        return []
    each = [] if one.per_person == 1 else [f"rows for each person <= {one.per_person or 'unknown'}"]
    if isinstance(one, Counted):
        return each
    low, high = one.bounds or (None, None)
    each += ["whole numbers"] if one.whole else []
    return [*each, "no bounds" if one.bounds is None else f"bounds {number(low)} to {number(high)}"]


def before(one: Example) -> list[str]:
    """What earlier releases told of the persons of a table."""
    return [
        f"told before: persons {' + '.join(str(one.given.persons[at]) for at in told.cells)}"
        + (f" - {told.less}" if told.less else "")
        for told in one.before or ()
    ]


def under(one: Under) -> str:
    """The profile, and what is set otherwise."""
    return ", ".join([one.name, *(f"{name} = {value(told)}" for name, told in one.but.items())])


def value(told: Any) -> str:
    """A policy's value on one line."""
    if isinstance(told, list) and all(isinstance(one, dict) for one in told):
        return "; ".join(f"({one['n']}, {one['share']})" for one in told) or "none"
    if isinstance(told, dict):
        return " ".join(f"{name} {value(one)}" for name, one in told.items())
    return ", ".join(map(value, told)) or "none" if isinstance(told, list) else number(told)


def verdict(one: Example) -> str:
    """The verdict, and by consequence the rules that did not pass, with the fields in which they did not."""
    by: dict[str, list[str]] = {}
    for name, fields in one.fails.items():
        by.setdefault(consequence(CHECKS[name], one.under.rules()), []).append(
            f"{name} ({', '.join(fields)})"
        )
    told = [one.verdict.name, *(f"{did}: {', '.join(names)}" for did, names in by.items())]
    told += ["people look at all"] if one.review_all else []
    return "; ".join(told)


def consequence(check: Check, rules: Disclosure) -> str:
    """What a failing check does under a policy, as the gate carries it out."""
    return _CONSEQUENCES[check.mitigation] if enforced(check, rules) else "recorded"


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table in Markdown."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join(f"| {' | '.join(one.replace('|', '/') for one in line)} |" for line in lines)
