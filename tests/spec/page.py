"""The page of disclosure rules: written from the examples, the checks' entries and the shipped profiles."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from fedcli.model.disclosure import Mitigation, Statbarn
from fedcli.policy.ontology import CHECKS, GUARDS, Check, enforced, guards
from fedcli.policy.precision import digits_of
from fedcli.policy.profiles import profile, profiles
from fedcli.statistics.shape import Field, Shape
from tests.spec.checks import CHECKED
from tests.spec.example import Example, Rule
from tests.spec.fitted import Fitted
from tests.spec.rules import INTERVALS, RULES, SILENCE, TOPICS
from tests.spec.tables import Counted, Measured
from tests.spec.topics import GATED, ROUNDED, STOPS, TOTALS
from tests.spec.values import FROM_VALUES, VALUES
from tests.spec.words import before, cell, given, leaving, table, under, value, verdict

PROFILES = sorted(profiles(), key=lambda name: (name != "standard", name))
PAGE = Path(__file__).parents[2] / "docs" / "disclosure-rules.md"
SHAPES: tuple[Shape, ...] = (Counted(persons=(10, 10)).shape(), Measured().shape(), Fitted().shape())
CONSEQUENCES = {
    Mitigation.SUPPRESS: "the cell leaves as an interval, with what would give it away",
    Mitigation.ASK: "nothing leaves until people at the site decide (REVIEW)",
    Mitigation.REFUSE: "nothing leaves (FAIL)",
}
HEAD = """# Disclosure rules

What leaves a site, and what does not, in worked examples. `python -m tests.spec` writes this page from `tests/spec`, where every example runs through the gate itself; change the examples, not the page.

The gate takes a table with its evidence and checks, suppresses and rounds, in this order. Verdicts are PASS < REVIEW < FAIL; the gravest of what is left after suppression decides for the whole table. With REVIEW or FAIL nothing leaves, and the researcher is told `D-REFUSED`, whatever the cause.

How to read the examples: a verdict is followed by every rule that does not pass, with the fields in which it does not, after what it does: `hidden`, `asked`, `refused`, or only `recorded`. All other rules pass. `[0 to 9]` is a hidden cell that lies between these ends; a dash is a figure that nobody has. `missing` counts persons or rows without a value or level; m2 is the sum of squared deviations from the mean. An example of means is about 20 persons whose values add up to 1000 (largest 120, second 100, m2 20000, of which one person makes 0.245), unless it says otherwise."""  # noqa: E501


def page() -> str:
    """The whole page."""
    parts = [
        HEAD,
        *_overview(),
        *_checks(),
        *_topics(),
        *_from_values(),
        *_intervals(),
        *_silence(),
        *_values(),
    ]
    return "\n\n".join(parts) + "\n"


def _overview() -> Iterator[str]:
    yield "## The rules at a glance"
    rows = [
        [f"[{name}](#{name})", RULES[name].title, check.risk.value, _judges(name), *_duties(check)]
        for name, check in CHECKS.items()
    ]
    yield table(["rule", "what it is about", "risk", "judges", *PROFILES], rows)


def _duties(check: Check) -> list[str]:
    found = [(check, profile(name).disclosure) for name in PROFILES]
    return [one.mitigation.value if enforced(one, rules) else "record" for one, rules in found]


def _judges(name: str) -> str:
    found = [f"{shape.kind}.{one.name}" for shape in SHAPES for one in shape.fields if name in guards(one)]
    return ", ".join(found) or "nothing that fedcli computes yet"


def _checks() -> Iterator[str]:
    for name, check in CHECKS.items():
        rule = RULES[name]
        yield f"## {name}"
        yield f"**{rule.title}.** {rule.wording}"
        yield table(["", ""], _facts(name, check))
        yield _examples(CHECKED[name], rule)


def _facts(name: str, check: Check) -> list[list[str]]:
    families = [barn.value for barn, names in GUARDS.items() if name in names]
    return [
        ["what fails", " ".join((check.judge.__doc__ or "").split())],
        ["guards against", check.risk.value],
        ["judges", f"{', '.join(families)}: {_judges(name)}"],
        *([f"passes in `{one}`", check.threshold(profile(one).disclosure)] for one in PROFILES),
        ["where it fails", CONSEQUENCES[check.mitigation]],
        [
            "under `enforce = threshold`",
            "the same" if check.binds else "recorded at the site, no consequence",
        ],
        ["source", check.source],
    ]


def _examples(examples: list[Example], rule: Rule) -> str:
    head = ["example", "what the site has", "under", "verdict", "what leaves"]
    return table(head, [_example(one, rule.figures) for one in examples])


def _example(one: Example, figures: tuple[str, ...]) -> list[str]:
    left = leaving(one.leaves, one.given)
    has = "<br>".join([given(one.given, figures), *before(one)])
    return [one.why, has, under(one.under), verdict(one), left]


def _topics() -> Iterator[str]:
    for name, rule in TOPICS.items():
        yield f"## {rule.title}"
        yield rule.wording
        yield from _precision() if name == "precision" else ()
        yield _examples(GATED[name], rule)


def _precision() -> Iterator[str]:
    rows = [
        [shape.kind, field.name, field.statbarn.value, *(_digits(field, name) for name in PROFILES)]
        for shape in SHAPES
        for field in shape.fields
    ]
    yield table(["shape", "field", "family", *PROFILES], rows)
    head = ["example", "number", "digits", "leaves"]
    yield table(head, [[one.why, cell(one.number), str(one.digits), cell(one.leaves)] for one in ROUNDED])


def _digits(field: Field, name: str) -> str:
    if field.precision is None:
        rounding = profile(name).disclosure.rounding
        counts = field.statbarn is Statbarn.FREQUENCIES and rounding != "none"
        return f"whole numbers, {rounding}" if counts else "whole numbers"
    digits = digits_of(field, profile(name).disclosure)
    return "full precision" if digits is None else f"{digits} significant digits"


def _from_values() -> Iterator[str]:
    yield f"## {VALUES.title}"
    yield VALUES.wording
    rows = [
        [
            one.why,
            ", ".join(f"{times} x {cell(told)}" if times > 1 else cell(told) for times, told in one.values),
            f"0 to {one.high}",
            leaving(one.leaves),
        ]
        for one in FROM_VALUES
    ]
    yield table(["example", "values", "bounds", "what leaves"], rows)


def _intervals() -> Iterator[str]:
    yield f"## {INTERVALS.title}"
    yield INTERVALS.wording
    rows = [
        [
            one.why,
            "<br>".join(given(site, ("mean", "m2")) for site in one.sites),
            under(one.under),
            leaving(one.total, one.sites[0]),
            "; ".join(f"{name} {cell(told)}" for name, told in one.answer.items()),
        ]
        for one in TOTALS
    ]
    yield table(["example", "what each site has", "under", "the sum", "in the answer"], rows)


def _silence() -> Iterator[str]:
    yield f"## {SILENCE.title}"
    yield SILENCE.wording
    rows = [[one.lacking, given(one.given, ()), "`B-EVIDENCE`; nothing leaves"] for one in STOPS]
    rows += [["anything to judge", "a table without a field", "`B-SILENCE`; nothing leaves"]]
    yield table(["what is lacking", "what the site has otherwise", "what happens"], rows)


def _values() -> Iterator[str]:
    yield "## The profiles side by side"
    yield "Every value of the files in `configs/policies`. A layer over a policy can only tighten."
    found = [dict(_flat(profile(name).json_value())) for name in PROFILES]
    keys = list(dict.fromkeys(key for one in found for key in one if key not in ("schema", "name")))
    rows = [[f"`{key}`", *(one.get(key, "") for one in found)] for key in keys]
    yield table(["key", *PROFILES], rows)


def _flat(document: dict[str, Any], above: str = "") -> Iterator[tuple[str, str]]:
    for name, told in document.items():
        if isinstance(told, dict):
            yield from _flat(told, f"{above}{name}.")
        else:
            yield f"{above}{name}", value(told)
