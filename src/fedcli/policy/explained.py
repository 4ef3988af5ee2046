"""A policy in words: what may leave, who must say yes, what is hidden and why. All of it from data.

The sentences are put together from the checks of `ontology`, the keys of `compare` and the values of a
policy, so that a new check or key is told without a word here.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any, NamedTuple

from fedcli.model.disclosure import Risk, Statbarn
from fedcli.model.document import Document
from fedcli.model.policy import Disclosure, Policy
from fedcli.policy.compare import MEANS
from fedcli.policy.layers import ORDER, value_of
from fedcli.policy.ontology import CHECKS, GUARDS, enforced
from fedcli.policy.promises import noisy, promised

#: The families of numbers, for people.
FAMILIES: dict[Statbarn, str] = {
    Statbarn.FREQUENCIES: "counts of persons or rows",
    Statbarn.LINEAR_AGGREGATIONS: "means",
    Statbarn.SHAPE: "spreads",
    Statbarn.ENDPOINTS: "minima and maxima",
    Statbarn.LINEAR_MODELS: "sums of models",
    Statbarn.TREES: "means in the bins of trees",
    Statbarn.NOISY: "numbers with noise",
}
#: What each risk is, for people.
RISKS: dict[Risk, str] = {
    Risk.LOW_COUNT: "a few persons can be recognised behind a small number",
    Risk.CLASS_DISCLOSURE: "what is true of all in a group is known of each who is known to be in it",
    Risk.DIFFERENCING: "two answers about nearly the same persons tell those between them",
    Risk.DOMINANCE: "a total that one person makes up tells that person's value",
    Risk.LOW_DOF: "a number from few observations gives them back",
    Risk.EXTREME_VALUE: "an end of a range is one person's value",
    Risk.SATURATED_MODEL: "a model with nearly as many parameters as persons gives its data back",
    Risk.MEMBERSHIP: "many means of few persons tell who is among them",
}
#: Which checks a key of the disclosure rules sets; the sources of these checks are those of the number.
SETS: dict[str, tuple[str, ...]] = {
    "disclosure.min_count": ("threshold", "complement", "contributors", "model_cells"),
    "disclosure.min_dof": ("degrees_of_freedom", "model_dof"),
    "disclosure.dominance": ("dominance", "spread", "model_dominance"),
    "disclosure.p_percent": ("p_percent", "model_p_percent"),
    "disclosure.zeros": ("threshold", "class_disclosure", "model_cells"),
    "disclosure.rounding": ("model_counts",),
    "disclosure.parameters_per_person": ("parameters",),
    "disclosure.models": ("model_by_people",),
}
#: Where the rules are from that no check has.
SOURCES: dict[str, str] = {
    "disclosure.digits.mean": "fedcli: with more digits a mean of whole numbers tells how many they are",
    "disclosure.digits.sd": "fedcli: as for means",
    "disclosure.digits.coefficient": "fedcli: as for means",
    "disclosure.max_levels": "DataSHIELD nfilter.levels.max: many levels make many small cells",
    "disclosure.networks": "Carlini et al. (2019): a network keeps rows that it has seen, and tells them",
    "disclosure.min_sites": "of a sum of two sites, each can tell the other's share",
    "admission.approvals.people": "SDC Handbook (Griffiths et al. 2019): two people look at an output",
    "privacy.capacity_rho": "Whitehouse et al. (2023): a filter holds however the prices are chosen",
    "privacy.delta": "Bun and Steinke (2016), proposition 1.3",
    "privacy.period": "one exact answer takes the promise back",
    "limits.questions_per_researcher": "Dinur and Nissim (2003): enough exact answers reconstruct any table",
    "limits.questions_per_project": "researchers of a project share what they are told",
    "limits.questions_per_population": "so may all who are told of the same persons",
    "limits.data_refusals_per_researcher": "each refusal says a little about the data",
}
_REVIEWS: dict[str, str] = {
    "all": "People look at every release before it leaves",
    "findings": "People look at what a rule asks them to; the rest leaves without them",
}
_NO_REVIEW = "Nobody looks at a release: what they said would tell of exact values"
_NEVER = "never released"
_DECISION = "the site's decision"
_ALOUD = (
    (r">=", "at least"),
    (r"<=", "at most"),
    (r"<", "less than"),
    (r" x ", " times "),
    (r" - ", " less "),
)


class Guard(NamedTuple):
    """One check as it works under a policy: what it wants of which numbers, what else follows, and why."""

    check: str
    judges: tuple[str, ...]
    wants: str
    otherwise: str
    why: str
    source: str


class Told(NamedTuple):
    """One key of a policy: what it is about, its value, and where the rule is from."""

    key: str
    means: str
    value: Any
    source: str


def guards(rules: Disclosure) -> list[Guard]:
    """Every check that some family of numbers must pass, in the order of the ontology."""
    return [
        Guard(
            name,
            tuple(_family(statbarn) for statbarn, names in GUARDS.items() if name in names),
            aloud(check.threshold(rules)),
            check.mitigation.value if enforced(check, rules) else "record",
            RISKS.get(check.risk, check.risk.value),
            check.source,
        )
        for name, check in CHECKS.items()
    ]


def keys(policy: Policy) -> list[Told]:
    """Every key with its value, in the order of a policy file."""
    return [Told(key, MEANS.get(key, key), value_of(policy, key), source(key)) for key in ORDER]


def source(key: str) -> str:
    """Where the rule of a key is from: the sources of the checks that it sets, or a site's decision."""
    found = dict.fromkeys(CHECKS[name].source for name in SETS.get(key, ()) if name in CHECKS)
    return "; ".join(found) or SOURCES.get(key, _DECISION)


def leaving(policy: Policy) -> Iterator[str]:
    """What may leave at all, a sentence each."""
    yield from promised(policy.privacy) if noisy(policy) else _exact(policy.disclosure)
    yield f"Only answers to {_names(policy.admission.analytics, 'analytic', 'analytics')}."
    yield f"Only in sums of at least {_count(policy.disclosure.min_sites, 'site')}."


def _exact(rules: Disclosure) -> Iterator[str]:
    for statbarn, names in GUARDS.items():
        if not names:
            continue  # numbers with noise, which are no part of exact answers
        family = _upper(_family(statbarn))
        if any(CHECKS[name].threshold(rules) == _NEVER for name in names):
            yield f"{family}: never."
        else:
            yield f"{family}{_precision(statbarn, rules)}, where {_count(len(names), 'rule')} let them."


def asking(policy: Policy) -> Iterator[str]:
    """Whose questions are answered, and who must say yes, a sentence each."""
    admission, limits = policy.admission, policy.limits
    yield f"Questions are answered for {_names(admission.projects, 'project', 'projects')}."
    yield f"Questions are answered for {_names(admission.purposes, 'purpose', 'purposes')}."
    people, roles = admission.approvals.people, admission.approvals.roles
    among = f", among them {_and(f'a {role}' for role in roles)}" if roles else ""
    yield f"{_upper(_count(people, 'person', 'persons'))} must grant each query{among}."
    review = _REVIEWS.get(admission.review, f"People look at releases: {admission.review}")
    yield f"{_NO_REVIEW if noisy(policy) else review}."
    yield f"A researcher may ask {_limit(limits.questions_per_researcher, 'new question')}."
    yield f"A project may ask {_limit(limits.questions_per_project, 'new question')}."
    together = _limit(limits.questions_per_population, "new question")
    yield f"All together may ask {together} about the same population."
    yield f"After {_limit(limits.data_refusals_per_researcher, 'refusal')} that depend on data, people talk."


def aloud(words: str) -> str:
    """The words of a rule without signs, as one would read them to somebody."""
    for sign, word in _ALOUD:
        words = re.sub(sign, word, words)
    return words


def plain(value: Any) -> Any:
    """A policy's value as JSON has it."""
    if isinstance(value, Document):
        return value.json_value()
    return [plain(one) for one in value] if isinstance(value, tuple) else value


def _precision(statbarn: Statbarn, rules: Disclosure) -> str:
    digits = {
        Statbarn.LINEAR_AGGREGATIONS: rules.digits.mean,
        Statbarn.TREES: rules.digits.mean,
        Statbarn.SHAPE: rules.digits.sd,
        Statbarn.LINEAR_MODELS: rules.digits.coefficient,
    }.get(statbarn)
    match digits:
        case None:
            return ""
        case "full":
            return " at full precision"
        case _:
            return f" at {digits} significant digits"


def _limit(limit: Any, what: str) -> str:
    return f"{_count(limit.number, what)} in {limit.period}"


def _names(names: tuple[str, ...], one: str, many: str) -> str:
    if "*" in names:
        return f"any {one}"
    return f"the {one if len(names) == 1 else many} {_and(names)}" if names else f"no {one}"


def _and(names: Any) -> str:
    *first, last = names
    return f"{', '.join(first)} and {last}" if first else str(last)


def _count(number: int, one: str, many: str = "") -> str:
    named = one if number == 1 else many or f"{one}s"
    return f"{number or 'no'} {named}"


def _family(statbarn: Statbarn) -> str:
    return FAMILIES.get(statbarn, statbarn.value.replace("-", " "))


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
