"""The tables of an audit's rules and of what an evidence pack answers, as the pages have them."""

from __future__ import annotations

from collections.abc import Iterable

from fedcli.model.controls import ARTICLE_30, ARTICLE_35, FIVE_SAFES, SATRE, Field
from fedcli.model.rulebook import RULEBOOK


def table() -> str:
    """Every rule with its level, what it finds and what to do."""
    rows = [
        f"| `{name}` | {rule.level}{', exit 6' if rule.integrity else ''} | {rule.finds} | {rule.fix} |"
        for name, rule in RULEBOOK.items()
    ]
    return "\n".join(["| rule | level | finds | do |", "|---|---|---|---|", *rows])


def satre() -> str:
    """The statements of SATRE with their evidence, and what stays with people."""
    rows = [f"| {one.id} | {one.asks} | {', '.join(one.evidence)} | {one.duty} |" for one in SATRE]
    head = ["| statement | asks (shortened) | evidence | the environment's own duty |", "|---|---|---|---|"]
    return "\n".join([*head, *rows])


def fields() -> str:
    """The fields of the law and of the Five Safes: what fedcli fills in, and what is left blank."""
    parts = ("GDPR article 30", ARTICLE_30), ("GDPR article 35", ARTICLE_35), ("Five Safes", FIVE_SAFES)
    rows = [line for name, known in parts for line in _rows(name, known)]
    return "\n".join(["| of | field | asks | fedcli fills in | for people |", "|---|---|---|---|---|", *rows])


def _rows(name: str, known: Iterable[Field]) -> list[str]:
    return [f"| {name} | {one.id} | {one.asks} | {one.fact or '-'} | {one.duty} |" for one in known]
