"""The ledger of a site as text: its entries, its head, a proof, and what left by another door."""

from __future__ import annotations

from fedcli.model.entry import Entry
from fedcli.model.identifiers import short
from fedcli.model.shown.work import ExternalShown, HeadShown, LedgerShown, ProofShown
from fedcli.report.page import Grid, Page


def ledger_page(shown: LedgerShown) -> Page:
    """The entries of a site's log."""
    rows = tuple(
        (
            number,
            f"{entry.at:%Y-%m-%d %H:%M}",
            entry.kind,
            entry.actor,
            short(entry.query) if entry.query else None,
            _told(entry),
        )
        for number, entry in enumerate(shown.entries)
    )
    return Page(grids=(Grid("", ("entry", "at", "kind", "actor", "query", "what"), rows),))


def external_page(shown: ExternalShown) -> Page:
    """An output that left by another door, and where it is written down."""
    facts = (
        ("title", shown.title),
        ("date", f"{shown.date:%Y-%m-%d}"),
        ("who", shown.who),
        ("population", shown.population),
        ("dataset", shown.dataset),
        ("cohort", shown.cohort),
        ("counts", shown.cells),
        ("digest", shown.document),
    )
    return Page(headline=f"entry {shown.entry} of the ledger{'' if shown.new else ' already'}", facts=facts)


def head_page(shown: HeadShown) -> Page:
    """The head of a log, and the checkpoint that it continues."""
    facts = (("entries", shown.size), ("root", shown.root), ("published", shown.published))
    return Page(headline="the ledger is whole", facts=facts, notes=tuple((shown.note or "").splitlines()))


def proof_page(shown: ProofShown) -> Page:
    """An entry with its proof."""
    facts = (("entry", shown.number), ("kind", shown.entry.kind), ("path", shown.inclusion))
    return Page(headline="the entry is in the log", facts=facts, notes=tuple(shown.checkpoint.splitlines()))


def _told(entry: Entry) -> str:
    """What an entry says beyond its kind."""
    parts = [
        entry.decision,
        entry.analysis,
        f"{entry.charge.questions} question, {entry.charge.scalars} scalars" if entry.charge else None,
        f"rho {entry.charge.rho}" if entry.charge and entry.charge.rho else None,
        entry.dataset,
        entry.population,
        entry.snapshot,
        entry.document[:12] if entry.document else None,
        f"attempt {entry.attempt}" if entry.attempt else None,
        ", ".join(sorted(set(entry.codes.values()))) if entry.codes else None,
        f'"{entry.reason}"' if entry.reason else None,
    ]
    return " ".join(part for part in parts if part)
