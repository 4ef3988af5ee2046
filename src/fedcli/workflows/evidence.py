"""An evidence pack: a folder from which an auditor sees what left, who allowed it, and by what rules.

The same state at the same time gives the same bytes. Whoever makes a pack needs no key.
"""

from __future__ import annotations

from contextlib import ExitStack, closing
from pathlib import Path
from typing import Any

from fedcli.errors import fault
from fedcli.files.canonical import canonical
from fedcli.files.strict import parse_json
from fedcli.files.writer import write_folder
from fedcli.ledger.store import Store
from fedcli.model.dataset import Dictionary
from fedcli.model.document import instant
from fedcli.model.home import Desk
from fedcli.model.identifiers import Name
from fedcli.model.shown.audits import AuditChecked, EvidenceMade
from fedcli.workflows import audit
from fedcli.workflows.audit import Asked
from fedcli.workflows.inspecting import book as own_book
from fedcli.workflows.inspecting import spending
from fedcli.workflows.inspecting.records import Records
from fedcli.workflows.packing import documents
from fedcli.workflows.packing.facts import Known, facts
from fedcli.workflows.packing.pages import pages
from fedcli.workflows.sbom import sbom


def export(path: Path | None, desk: Desk | None, asked: Asked, folder: Path) -> EvidenceMade:
    """Write the pack of a site (its home), or of a whole exchange.

    Raises:
        UsageFault: F-EXISTS where a file of another pack is in the way; then none is written.
        Untrusted: where the roots do not hold, or the ledger of the site is not whole.
    """
    if path is None and desk is None:
        raise fault("C-HOME", cwd=Path.cwd())
    home = desk if path is None else None
    exchange = path if path is not None else home.home.exchange if home else Path()
    shown = audit.check([path] if path is not None else [], desk, lambda _: None, asked)
    looked, records = audit.opened(exchange, desk, asked)
    site = home.home.file.name if home is not None and home.home.file.role == "site" else None
    sites = (site,) if site is not None else tuple(documents.sites_of(records))
    files = _documents(records, sites, home if site is not None else None)
    files["audit.json"] = canonical(documents.verified(looked, exchange, shown))
    files |= _read(records, sites, site or records.members.root.federation, asked, shown)
    files |= {"sbom.cdx.json": sbom(), **documents.signed(records, sites)}
    files["index.json"] = canonical({"schema": "fedcli/evidence/1", "files": documents.index(files)})
    new = write_folder(folder, files)
    return EvidenceMade(
        folder=str(folder),
        of=site or records.members.root.federation,
        files=tuple(sorted(files)),
        releases=len(documents.releases(records, sites)),
        findings=len(shown.findings),
        new=new,
    )


def _documents(records: Records, sites: tuple[Name, ...], home: Desk | None) -> dict[str, bytes]:
    """The documents for programs; with a site's home those that only its book has."""
    accounts = [one for one in spending.accounts(records) if one.site in sites]
    told: dict[str, Any] = {
        "releases.json": documents.releases(records, sites),
        "policies.json": documents.policies(records, sites),
        "data.json": documents.offered(records, sites),
    }
    with ExitStack() as stack:
        if home is not None:
            own = stack.enter_context(closing(Store(home.home.database)))
            own_book.check(home, own, records.members)
            accounts = [own_book.account(home, own, records.members)]
            told["data.json"]["held"] = documents.held(own)
            told["ledger.json"] = documents.ledger(own, records, sites[0])
    told["budget.json"] = documents.budget(accounts)
    return {name: canonical(value) for name, value in told.items()}


def _read(
    records: Records, sites: tuple[Name, ...], name: str, asked: Asked, shown: AuditChecked
) -> dict[str, bytes]:
    """The pages for people, and their facts for programs."""
    told = documents.releases(records, sites)
    named = {one["query"] for one in told}
    known = Known(
        records=records,
        sites=sites,
        queries=tuple(one.value for key, one in records.queries.items() if key in named),
        policies={site: found[-1].value for site in sites if (found := records.policies.get(site))},
        dictionaries=tuple(_dictionaries(records)),
        releases=told,
    )
    lines = facts(known)
    when = f"{instant(asked.now):%Y-%m-%d %H:%M:%S}"
    made = pages(name, when, len(shown.findings), lines)
    return {"facts.json": canonical(lines), **{file: text.encode() for file, text in made.items()}}


def _dictionaries(records: Records) -> list[Dictionary]:
    """The dictionaries that the last root names; verification has looked at their digests."""
    agreed = records.members.root.dictionaries.values()
    return [
        Dictionary.read(parse_json(records.office.dictionary(one.digest), "a dictionary"), "a dictionary")
        for one in agreed
    ]
