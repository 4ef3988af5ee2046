"""The pages of an evidence pack, in Markdown: no script, and no text of others that could be one."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Mapping, Sequence

from fedcli.model.controls import (
    ARTICLE_30,
    ARTICLE_35,
    FIVE_SAFES,
    GDPR_SOURCE,
    SAFES_SOURCE,
    SATRE,
    SATRE_SOURCE,
    Fact,
    Field,
)

BLANK = "**to be filled in by people**"
_FILES = {
    "audit.json": "what was verified, with which command, and what was found",
    "budget.json": "what differential privacy has cost, added up from the charges",
    "data.json": "the datasets by their dictionaries; no row, and no number of rows",
    "facts.json": "what the pages say, for programs",
    "ledger.json": "the site's log up to its last published checkpoint, each entry with its proof",
    "policies.json": "the policies, the last one in force, and what each changed",
    "releases.json": "every release with its query, approvals, reviews and recall",
    "sbom.cdx.json": "the software, as a CycloneDX bill of materials",
    "signed/": "exact copies of what was signed in clear; sealed halves stay in the exchange",
}


def pages(name: str, when: str, found: int, facts: Mapping[Fact, Sequence[str]]) -> dict[str, str]:
    """Every page by its name."""
    return {
        "README.md": _front(name, when, found),
        "satre.md": satre(),
        "gdpr-article-30.md": _record(
            "Record of processing (GDPR article 30)", GDPR_SOURCE, ARTICLE_30, facts
        ),
        "gdpr-article-35.md": _record(
            "Inputs to an impact assessment (GDPR article 35)", GDPR_SOURCE, ARTICLE_35, facts
        ),
        "five-safes.md": _record("Five Safes", SAFES_SOURCE, FIVE_SAFES, facts),
    }


def satre() -> str:
    """The statements of SATRE that the pack has evidence for, and what stays with people."""
    rows = [(one.id, one.asks, ", ".join(one.evidence), one.duty) for one in SATRE]
    table = _table(("statement", "asks (shortened)", "evidence", "the environment's own duty"), rows)
    return _page("Evidence by statements of SATRE", f"Source: {SATRE_SOURCE}.", table)


def _front(name: str, when: str, found: int) -> str:
    files = _table(("file", "what it is"), list(_FILES.items()))
    first = (
        f"Made {when} UTC by fedcli. It holds no row, no private key and no opened seal. `index.json` has "
        "the SHA-256 of every other file. What is marked as to be filled in is for people: fedcli does not "
        "know it."
    )
    result = f"The audit found {found or 'nothing'}{' things: see audit.json' if found else ''}."
    return _page(f"Evidence pack: {_plain(name)}", first, result, files)


def _record(title: str, source: str, fields: Iterable[Field], facts: Mapping[Fact, Sequence[str]]) -> str:
    parts = []
    for one in fields:
        known = facts.get(one.fact, []) if one.fact is not None else []
        lines = [f"- {_plain(line)}" for line in known] or [f"- {BLANK}"]
        parts.append(
            "\n".join([f"## {one.id}: {one.asks}", "", *lines, "", f"Also for people: {one.duty}. {BLANK}"])
        )
    return _page(title, f"Source: {source}.", *parts)


def _page(title: str, *parts: str) -> str:
    return "\n\n".join([f"# {title}", *parts]) + "\n"


def _table(columns: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [columns, ["---"] * len(columns), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _plain(text: str) -> str:
    """A text of others as Markdown shows it: no markup, no link, no HTML."""
    return re.sub(r"([\\`*_\[\]#!|~])", r"\\\1", html.escape(text, quote=False))
