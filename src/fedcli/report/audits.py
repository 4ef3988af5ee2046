"""Audits as text."""

from __future__ import annotations

from fedcli.model.shown.audits import AuditChecked, EvidenceMade
from fedcli.report.page import Grid, Page, Pages


def checked_page(shown: AuditChecked) -> Page:
    """The findings with their remedies, the gravest first; then what was added up, and what to pin."""
    found = tuple((one.level, one.rule, one.place, one.told) for one in shown.findings)
    fixes = tuple(dict.fromkeys((one.rule, one.fix) for one in shown.findings))
    budgets = tuple((one.site, one.population, one.project, one.spent, one.capacity) for one in shown.budgets)
    heads = tuple((one.site, one.size, one.root[:12], one.file) for one in shown.heads)
    grids = (
        Grid("findings", ("level", "rule", "where", "what"), found),
        Grid("what to do", ("rule", "remedy"), fixes),
        Grid("budgets, added up anew", ("site", "population", "project", "spent", "capacity"), budgets),
        Grid("last checkpoints: keep a copy to pin", ("site", "entries", "root", "file"), heads),
    )
    return Page(
        headline=_headline(shown),
        facts=(
            ("looked at", shown.looked),
            ("files", shown.files),
            ("releases", shown.releases),
            *((("ignored files", shown.ignored),) if shown.ignored else ()),
        ),
        grids=tuple(grid for grid in grids if grid.rows),
    )


def _headline(shown: AuditChecked) -> str:
    if not shown.findings:
        return "nothing was found"
    levels = [one.level for one in shown.findings]
    told = [f"{levels.count(level)} {level}s" for level in dict.fromkeys(levels)]
    return f"found: {', '.join(told)}".replace("1 errors", "1 error")


def evidence_page(shown: EvidenceMade) -> Page:
    """A pack, and where to begin reading."""
    state = "made" if shown.new else "there already, unchanged:"
    facts = (("releases", shown.releases), ("findings", shown.findings), ("files", len(shown.files)))
    return Page(
        headline=f"{state} evidence pack of {shown.of}: {shown.folder}",
        facts=facts,
        notes=(f"begin with {shown.folder}/README.md; index.json has the digest of every file",),
    )


PAGES: Pages = {AuditChecked: checked_page, EvidenceMade: evidence_page}
