"""Disclosure knowledge as data: statbarn → risk → check → mitigation, each with its source.

The families and risks are those of SACRO's ontology (w3id.org/statbarnsdc); which check guards which
family is fedcli's own map, because the published one has gaps (a maximum passes it, and so does a
mean of values that are all the same).
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Literal, NamedTuple

from fedcli.files.canonical import digest_of
from fedcli.model.disclosure import Mitigation, Risk, Rule, Statbarn
from fedcli.model.identifiers import Digest
from fedcli.model.policy import Disclosure
from fedcli.policy import checks
from fedcli.statistics.shape import Field, Shape


class Check(NamedTuple):
    """One check: what it guards against, what is done where it fails, and where the rule is from.

    `binds` marks the checks that are enforced even where a policy only records the others, `last` those
    that ask what can be worked out once the others have had their say.
    """

    risk: Risk
    mitigation: Mitigation
    judge: checks.Judge
    threshold: Callable[[Disclosure], str]
    source: str
    binds: bool = False
    last: bool = False


def _shares(rules: Disclosure) -> str:
    told = [f"the {n} largest hold < {float(share):g}" for n, share in sorted(rules.shares.items())]
    return "; ".join(told) or "no rule"


def _worked_out(rules: Disclosure) -> str:
    """What must not be worked out, and from what."""
    told = [
        "the other numbers of a query" if rules.secondary == "optimised" else "",
        "earlier releases" if rules.memory == "population" else "",
    ]
    known = " and ".join(one for one in told if one)
    return f"no group of < {rules.min_count} can be worked out with {known}" if known else ""


CHECKS: dict[str, Check] = {
    "threshold": Check(
        Risk.LOW_COUNT,
        Mitigation.SUPPRESS,
        checks.threshold,
        lambda rules: (
            f"persons >= {rules.min_count}"
            + (", zeros hidden among the small" if rules.zeros == "merge" else ", or 0")
        ),
        "SDC Handbook (Griffiths et al. 2019), frequency tables: rule of 10; SACRO safe_threshold 10",
        binds=True,
    ),
    "complement": Check(
        Risk.DIFFERENCING,
        Mitigation.REFUSE,
        checks.complement,
        lambda rules: f"persons wholly or partly outside the cohort are none, or >= {rules.min_count}",
        "SDC Handbook, differencing: all but a few is a few",
    ),
    "class_disclosure": Check(
        Risk.CLASS_DISCLOSURE,
        Mitigation.ASK,
        checks.class_disclosure,
        lambda rules: (
            "no row or column holds all its persons in one cell"
            + (" (hidden where zeros are)" if rules.zeros == "merge" else "")
        ),
        "SDC Handbook, class disclosure: 0 % and 100 %",
    ),
    "contributors": Check(
        Risk.LOW_COUNT,
        Mitigation.SUPPRESS,
        checks.contributors,
        lambda rules: (
            "persons with another value than zero, or than an end that half share, "
            f"are none, or >= {rules.min_count}"
        ),
        "DataSHIELD issue dsBase #250: a threshold on rows alone lets an indicator with one 1 through",
    ),
    "dominance": Check(
        Risk.DOMINANCE,
        Mitigation.SUPPRESS,
        checks.dominance,
        _shares,
        "Hundepool et al. (2012), Statistical Disclosure Control, section 4.2: (n, k) rule; "
        "ABS DataLab (1, 50)",
    ),
    "p_percent": Check(
        Risk.DOMINANCE,
        Mitigation.SUPPRESS,
        checks.p_percent,
        lambda rules: f"(total - two largest) >= {rules.p_percent} x largest",
        "Hundepool et al. (2012), section 4.2: p% rule; SACRO safe_pratio_p 0.10",
    ),
    "all_same": Check(
        Risk.CLASS_DISCLOSURE,
        Mitigation.SUPPRESS,
        checks.all_same,
        lambda _: "not all values are the same",
        "SDC Handbook, class disclosure",
    ),
    "degrees_of_freedom": Check(
        Risk.LOW_DOF,
        Mitigation.SUPPRESS,
        checks.degrees_of_freedom,
        lambda rules: f"persons - 1 >= {rules.min_dof}",
        "SDC Handbook, residual degrees of freedom: 10; SACRO safe_dof_threshold 10",
    ),
    "spread": Check(
        Risk.DOMINANCE,
        Mitigation.SUPPRESS,
        checks.spread,
        lambda rules: f"no person makes up {float(rules.shares.get(1, 1)):g} of the squared deviations",
        "by analogy with the (1, k) rule: an outlier can be read off a variance",
    ),
    "model_cells": Check(
        Risk.LOW_COUNT,
        Mitigation.REFUSE,
        checks.model_cells,
        lambda rules: (
            "the cells of the tables in a model's sums, with numbers that most share as levels, "
            f"have >= {rules.min_count} persons" + ("" if rules.zeros == "merge" else ", or 0")
        ),
        "a product of two indicator columns is a count: the Gram matrix of a design holds its tables "
        "(DataSHIELD dsBase nfilter.tab for glmDS)",
        binds=True,
    ),
    "model_dominance": Check(
        Risk.DOMINANCE,
        Mitigation.REFUSE,
        checks.dominance,
        _shares,
        "an indicator, or the outcome, times a number is a group's total; "
        "Hundepool et al. (2012), section 4.2",
    ),
    "model_p_percent": Check(
        Risk.DOMINANCE,
        Mitigation.REFUSE,
        checks.p_percent,
        lambda rules: f"(total - two largest) >= {rules.p_percent} x largest",
        "an indicator, or the outcome, times a number is a group's total; "
        "Hundepool et al. (2012), section 4.2",
    ),
    "parameters": Check(
        Risk.SATURATED_MODEL,
        Mitigation.REFUSE,
        checks.parameters,
        lambda rules: f"parameters <= {rules.parameters_per_person} x persons of the smaller outcome group",
        "DataSHIELD nfilter.glm: an oversaturated model gives its data back; of trees, leaves are parameters",
    ),
    "network": Check(
        Risk.SATURATED_MODEL,
        Mitigation.REFUSE,
        checks.network,
        lambda _: "of a network: 10 x weights <= persons",
        "fedcli's own: Song et al. (2017), section 4: weights that nothing else needs keep rows",
        binds=True,
    ),
    "model_dof": Check(
        Risk.LOW_DOF,
        Mitigation.REFUSE,
        checks.model_dof,
        lambda rules: f"persons - parameters >= {rules.min_dof}",
        "SDC Handbook, residual degrees of freedom: 10; SACRO safe_dof_threshold 10",
    ),
    "model_by_people": Check(
        Risk.SATURATED_MODEL,
        Mitigation.ASK,
        checks.model_by_people,
        lambda rules: "people look at it" if rules.models == "review" else "exact sums may leave",
        "a site's decision: disclosure.models",
    ),
    "secondary": Check(
        Risk.DIFFERENCING,
        Mitigation.SUPPRESS,
        checks.secondary,
        lambda rules: _worked_out(rules) or "no rule",
        "Hundepool et al. (2012), section 4.4: secondary suppression and the attacker's problem",
        last=True,
    ),
    "memory": Check(
        Risk.DIFFERENCING,
        Mitigation.REFUSE,
        checks.memory,
        lambda rules: f"{_worked_out(rules)}, whatever is hidden" if _worked_out(rules) else "no rule",
        "SDC Handbook, differencing: linked tables and earlier outputs",
        last=True,
    ),
    "membership": Check(
        Risk.MEMBERSHIP,
        Mitigation.ASK,
        checks.membership,
        lambda rules: (
            f"for each person of a cohort no more than {rules.traits_per_person} traits are told of it"
            if _worked_out(rules)
            else "no rule"
        ),
        "Sankararaman et al. (2009), section 2: m means of n persons tell a member as sqrt(m / n) does",
        last=True,
    ),
    "model_counts": Check(
        Risk.DIFFERENCING,
        Mitigation.ASK,
        checks.model_counts,
        lambda rules: (
            "counts are not rounded"
            if rules.rounding == "none"
            else f"people look at it: it tells its counts, which are rounded elsewhere ({rules.rounding})"
        ),
        "OpenSAFELY, disclosure control: a regression's n is checked by people; the Gram matrix of a design "
        "with an intercept holds n and its table, a null deviance gives n and the events",
        binds=True,
    ),
    "banned": Check(
        Risk.EXTREME_VALUE,
        Mitigation.REFUSE,
        checks.banned,
        lambda _: "never released",
        "SDC Handbook, end points: a minimum or maximum is one person's value",
        binds=True,
    ),
}

GUARDS: dict[Statbarn, tuple[str, ...]] = {
    Statbarn.FREQUENCIES: (
        "threshold",
        "complement",
        "class_disclosure",
        "secondary",
        "memory",
        "membership",
    ),
    Statbarn.LINEAR_AGGREGATIONS: (
        "threshold",
        "complement",
        "contributors",
        "dominance",
        "p_percent",
        "all_same",
        "secondary",
    ),
    Statbarn.SHAPE: ("threshold", "complement", "degrees_of_freedom", "all_same", "spread", "secondary"),
    Statbarn.ENDPOINTS: ("banned",),
    Statbarn.LINEAR_MODELS: (
        "complement",
        "model_cells",
        "model_dominance",
        "model_p_percent",
        "parameters",
        "network",
        "model_dof",
        "model_by_people",
        "memory",
        "membership",
        "model_counts",
    ),
    Statbarn.TREES: (
        "threshold",
        "complement",
        "contributors",
        "dominance",
        "p_percent",
        "all_same",
        "parameters",
        "secondary",
    ),
    Statbarn.NOISY: (),  # no check may look at exact values, because its word would tell of them
}

#: Where counts are rounded, the most significant digits of numbers beside them: with more, a mean is a
#: fraction that has one n. For whole numbers three are not enough either (`Moments.step`).
#: Source: the egress rules of output checking for means and spreads, three significant digits.
MOST_DIGITS: dict[str, int] = {"mean": 3, "sd": 3}


def enforced(check: Check, rules: Disclosure) -> bool:
    """Whether a failing check has consequences under a policy, or is only recorded."""
    return check.binds or rules.enforce == "all"


def declared(shape: Shape, rules: Disclosure) -> tuple[Rule, ...]:
    """The rules that run on a shape: public, and the same whatever the data."""
    return tuple(
        _rule(name, field.name, CHECKS[name].threshold(rules), _consequence(CHECKS[name], rules))
        for field in shape.fields
        for name in guards(field)
    )


@lru_cache(maxsize=4096)
def _rule(
    check: str, field: str, threshold: str, mitigation: Literal["suppress", "ask", "refuse", "record"]
) -> Rule:
    """The same in every round, and asked for several times in each."""
    return Rule(check=check, field=field, threshold=threshold, mitigation=mitigation)


@lru_cache(maxsize=16)
def rules_digest(rules: Disclosure, review: str) -> Digest:
    """What identifies the rules in force: the thresholds, every check's words, and who reviews."""
    checks = {
        name: [check.risk.value, check.mitigation.value, check.threshold(rules)]
        for name, check in CHECKS.items()
    }
    guarded = {statbarn.value: list(names) for statbarn, names in GUARDS.items()}
    return digest_of({"rules": rules.json_value(), "checks": checks, "guards": guarded, "review": review})


def guards(field: Field) -> tuple[str, ...]:
    """The names of the checks that a field must pass."""
    return GUARDS[field.statbarn]


def _consequence(check: Check, rules: Disclosure) -> Literal["suppress", "ask", "refuse", "record"]:
    return check.mitigation.value if enforced(check, rules) else "record"
