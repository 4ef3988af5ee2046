"""The audit: everything that can be checked afterwards of exchanges, homes and repositories, at once.

It reads and changes nothing. Signatures are verified once, by the walk of `verify`; what follows are
questions about what verified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

from fedcli import __version__
from fedcli.errors import Untrusted, fault
from fedcli.exchange.folder import FEDERATION, FolderExchange
from fedcli.files.reader import names
from fedcli.ledger.store import Store
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, Name
from fedcli.model.rulebook import LEVELS, Level
from fedcli.model.shown.audits import AuditChecked, AuditFound, BudgetSummed, HeadSeen
from fedcli.trust.membership import Membership, Seen, follow
from fedcli.workflows.inspecting import book, consent, logs, signatures, spending, stray, terms, uses
from fedcli.workflows.inspecting.records import Records, finding
from fedcli.workflows.inspecting.spending import Account
from fedcli.workflows.standing import remembered

#: Finds the desk of a home in a folder, where there is one.
Desks = Callable[[Path], Desk | None]


class Asked(NamedTuple):
    """What an audit is told: whom to trust, from which heads, at which time, and what to leave out."""

    now: datetime
    pin: Digest | None = None
    heads: Mapping[Name, Path] = {}
    ignore: Sequence[str] = ()
    fail_on: Level = "error"


class _Part(NamedTuple):
    """What looking at one place gave."""

    files: int = 0
    releases: int = 0
    ignored: int = 0
    heads: tuple[HeadSeen, ...] = ()
    budgets: tuple[BudgetSummed, ...] = ()
    findings: tuple[AuditFound, ...] = ()


def check(paths: Sequence[Path], desk: Desk | None, desks: Desks, asked: Asked) -> AuditChecked:
    """Audit exchanges, homes (with their exchanges) and other folders; without paths, the home that counts.

    Raises:
        UsageFault: C-HOME where there is nothing to look at, U-PIN for an exchange that nobody vouches for,
            F-MISSING for a path that is not there.
    """
    parts = [_at(path, desk, desks, asked) for path in paths]
    if not paths:
        if desk is None:
            raise fault("C-HOME", cwd=Path.cwd())
        parts = [_home(desk, asked)]
    findings = sorted(
        (found for part in parts for found in part.findings),
        key=lambda one: (not one.integrity, LEVELS.index(one.level)),
    )
    return AuditChecked(
        version=__version__,
        looked=tuple(map(str, paths or [desk.home.path] if desk else paths)),
        files=sum(part.files for part in parts),
        releases=sum(part.releases for part in parts),
        ignored=sum(part.ignored for part in parts),
        heads=tuple(head for part in parts for head in part.heads),
        budgets=tuple(one for part in parts for one in part.budgets),
        fail_on=asked.fail_on,
        findings=tuple(findings),
    )


def _at(path: Path, desk: Desk | None, desks: Desks, asked: Asked) -> _Part:
    """One path: a home, an exchange, or a folder that is only searched for what must not be there."""
    if not path.is_dir():
        raise fault("F-MISSING", path=path)
    if (found := desks(path)) is not None:
        return _home(found, asked)
    if names(path / FEDERATION, ".root.json"):
        return _exchange(path, desk, None, asked)
    return _repository(path, asked)


def _pinned(desk: Desk | None, asked: Asked) -> Seen | Digest:
    """Whom to trust: the pin that was given, else what the home that counts remembers."""
    seen = remembered(desk.home) if desk is not None else None
    if asked.pin is None and seen is None:
        raise fault("U-PIN")
    return asked.pin or seen or ""


def _home(desk: Desk, asked: Asked) -> _Part:
    """A home: its exchange from the federation that it trusts; at a site, its own book beside it."""
    return _exchange(desk.home.exchange, desk, desk, asked)


def opened(folder: Path, desk: Desk | None, asked: Asked) -> tuple[signatures.Looked, Records]:
    """What an exchange holds, as far as it verifies from the pin, or from what a home has seen."""
    office = FolderExchange(folder)
    members = _followed(office, _pinned(desk, asked))
    looked = signatures.look(office, members)
    return looked, Records(office, members, asked.now, looked.found, looked.unsure)


def _exchange(folder: Path, trusting: Desk | None, desk: Desk | None, asked: Asked) -> _Part:
    """An exchange as a home that counts trusts it; `desk` is that of a home that is looked at beside it."""
    try:
        looked, records = opened(folder, trusting, asked)
    except Untrusted as error:
        place = folder / FEDERATION
        return _Part(findings=(finding("roots", place, error.what, error.code),))
    strays = stray.look(folder, asked.ignore)
    published = spending.accounts(records)
    findings = [*looked.findings, *strays.findings, *logs.look(records, asked.heads)]
    for look in (consent.look, terms.look, spending.look, uses.look):
        findings += look(records)
    if desk is not None and desk.home.file.role == "site":
        told, own = _book(desk, records)
        findings += told
        published = [(own if one.site == own.site else one) for one in published] if own else published
    findings += [found for account in published for found in spending.weigh(account)]
    return _Part(
        files=len(looked.found),
        releases=len(records.releases),
        ignored=strays.ignored,
        heads=logs.seen(records),
        budgets=tuple(one for account in published for one in spending.sums(account)),
        findings=tuple(findings),
    )


def _book(desk: Desk, records: Records) -> tuple[list[AuditFound], Account | None]:
    """What a site's own book tells; its charges count only where it is whole."""
    own = Store(desk.home.database)
    try:
        findings = list(book.look(desk, own, records))
        whole = not any(one.rule == "book" for one in findings)
        return findings, book.account(desk, own, records.members) if whole else None
    finally:
        own.close()


def _followed(office: FolderExchange, pin: Seen | Digest) -> Membership:
    """The chain of roots; what a home has seen of it must still be there. Nothing is remembered."""
    if isinstance(pin, Seen):
        return follow(office.roots(), pin.pin, pin)
    return follow(office.roots(), pin, None)


def _repository(folder: Path, asked: Asked) -> _Part:
    found = stray.look(folder, asked.ignore)
    return _Part(files=found.files, ignored=found.ignored, findings=tuple(found.findings))
