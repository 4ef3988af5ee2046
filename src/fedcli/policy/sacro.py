"""SACRO's names of what the ontology here has, so that output checkers find what they know.

Names are those of w3id.org/statbarnsdc as ACRO 1.0.2 has them; what is fedcli's own has a name in the
same manner.
"""

from __future__ import annotations

from collections.abc import Iterable

from fedcli.model.disclosure import Finding, Mitigation, Risk, Rule, Statbarn
from fedcli.model.policy import Policy
from fedcli.policy.ontology import CHECKS, GUARDS

#: The release of ACRO whose layout is written.
LAYOUT = "1.0.2"
CONTEXT = "https://w3id.org/statbarnsdc#"

STATBARNS: dict[Statbarn, str] = {
    Statbarn.FREQUENCIES: "Frequencies",
    Statbarn.LINEAR_AGGREGATIONS: "LinearAggregations",
    Statbarn.SHAPE: "Shape",
    Statbarn.ENDPOINTS: "Endpoints",
    Statbarn.LINEAR_MODELS: "CorrelationCoefficients",
    Statbarn.TREES: "LinearAggregations",
    Statbarn.NOISY: "NoisySums",
}
RISKS: dict[Risk, str] = {
    Risk.LOW_COUNT: "LowCount",
    Risk.CLASS_DISCLOSURE: "ClassDisclosure",
    Risk.DIFFERENCING: "Differencing",
    Risk.DOMINANCE: "Dominance",
    Risk.LOW_DOF: "LowDOF",
    Risk.EXTREME_VALUE: "ExtremeValue",
    Risk.SATURATED_MODEL: "SaturatedModel",
    Risk.MEMBERSHIP: "Membership",
}
_THEIRS = {
    "threshold": "MinimumThresholdCheck",
    "degrees_of_freedom": "MinimumDoFCheck",
    "model_dof": "MinimumDoFCheck",
    "dominance": "NKCheck",
    "model_dominance": "NKCheck",
    "p_percent": "PPercentCheck",
    "model_p_percent": "PPercentCheck",
    "all_same": "AllSameValuesCheck",
}
_MITIGATIONS = {Mitigation.SUPPRESS: "Suppression", Mitigation.ASK: "Review", Mitigation.REFUSE: "Refusal"}


def check_name(check: str) -> str:
    """The name of a check: SACRO's where it has that check, else one of fedcli's in its manner."""
    return _THEIRS.get(check) or "".join(part.title() for part in check.split("_")) + "Check"


def statbarns(rules: Iterable[Rule]) -> tuple[Statbarn, ...]:
    """The families of the fields of a release, by the checks that ran on each."""
    ran: dict[str, list[str]] = {}
    for rule in rules:
        ran.setdefault(rule.field, []).append(rule.check)
    known = {names: statbarn for statbarn, names in GUARDS.items()}
    found = [known.get(tuple(names)) for names in ran.values()]
    return tuple(dict.fromkeys(one for one in found if one is not None))


def fair(rules: tuple[Rule, ...], findings: tuple[Finding, ...], noisy: bool = False) -> dict[str, object]:
    """What was looked for, by which checks, and how each ended over all fields; noise stands for checks."""
    families = (Statbarn.NOISY,) if noisy else statbarns(rules)
    checks = [name for name in dict.fromkeys(rule.check for rule in rules) if name in CHECKS]
    return {
        "context": CONTEXT,
        "statbarn": ", ".join(STATBARNS[one] for one in families),
        "risks": _once(RISKS[CHECKS[name].risk] for name in checks),
        "checks_needed": _once(map(check_name, checks)),
        "common_mitigations": ["Noise"]
        if noisy
        else _once(_MITIGATIONS[CHECKS[name].mitigation] for name in checks),
        "check_status": dict(sorted(_statuses(findings).items())),
    }


def _statuses(findings: Iterable[Finding]) -> dict[str, str]:
    """The worst verdict of each check over the fields."""
    worst: dict[str, Finding] = {}
    for finding in findings:
        name = check_name(finding.check)
        worst[name] = max(worst.get(name, finding), finding, key=lambda one: one.verdict)
    return {name: finding.verdict.name.lower() for name, finding in worst.items()}


def summary(findings: Iterable[Finding]) -> dict[str, int]:
    """How many cells each check did not pass, over all fields."""
    found: dict[str, int] = {}
    for finding in findings:
        name = check_name(finding.check)
        found[name] = found.get(name, 0) + finding.cells
    return found


def status(findings: Iterable[Finding]) -> str:
    """`pass` where every check passed, `review` where cells were hidden, `fail` where they were let be."""
    failed = [finding for finding in findings if finding.cells]
    if any(not finding.enforced for finding in failed):
        return "fail"
    return "review" if failed else "pass"


def config(policy: Policy) -> dict[str, object]:
    """A policy under the names of ACRO's configuration; what has no name there is left to the policy."""
    rules = policy.disclosure
    largest = max(rules.shares, default=1)
    return {
        "safe_threshold": rules.min_count,
        "safe_dof_threshold": rules.min_dof,
        "safe_nk_n": largest,
        "safe_nk_k": float(rules.shares.get(largest, 1)),
        "safe_pratio_p": float(rules.p_percent),
        "check_missing_values": False,
        "survival_safe_threshold": rules.min_count,
        "zeros_are_disclosive": rules.zeros == "merge",
        "safe_round_base": 0,
        "federated": False,
        "blocked_extensions": [],
        "fedcli_policy": policy.json_value(),
    }


def _once(names: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(names))
