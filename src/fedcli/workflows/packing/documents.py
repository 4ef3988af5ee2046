"""The documents of an evidence pack: what was released, under which rules, of which data, for how much.

Nothing here is a value of data: statements, not their sealed halves; dictionaries, not rows or their number;
and of reviews who decided, not why, which may tell of what was found.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from fedcli.errors import fault
from fedcli.exchange.folder import FEDERATION
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.ledger import log, merkle, registry
from fedcli.ledger.checkpoint import origin
from fedcli.ledger.store import Store
from fedcli.model.identifiers import Name, short
from fedcli.model.release import Release
from fedcli.model.shown.audits import AuditChecked
from fedcli.policy.compare import changes
from fedcli.workflows.inspecting.records import Filed, Records
from fedcli.workflows.inspecting.signatures import Looked
from fedcli.workflows.inspecting.spending import Account, sums
from fedcli.workflows.places import files_in

#: What a site writes beside its releases, and everything that is signed and no sealed half.
_SITE = ("policy", "manifest", "approvals", "reviews", "releases", "withdrawals", "checkpoints")


def releases(records: Records, sites: Iterable[Name]) -> list[dict[str, Any]]:
    """Every release with its query, its approvals and reviews, and whether it was recalled."""
    wanted = set(sites)
    return [_release(records, one) for one in records.releases if one.value.site in wanted]


def _release(records: Records, filed: Filed[Release]) -> dict[str, Any]:
    told, query = filed.value, records.queries.get(filed.value.query)
    recall = records.withdrawals.get((told.site, told.query))
    names = ("title", "project", "purpose", "researcher", "dataset", "ethics", "data_protection")
    asked = query.value.json_value() if query is not None else {}
    return {
        "id": short(told.query),
        **{name: asked[name] for name in names if name in asked},
        **{
            name: getattr(told, name)
            for name in ("site", "query", "round", "attempt", "policy", "policy_name")
        },
        "issued": told.issued.isoformat(),
        "analyses": [one.analytic for one in query.value.analyses] if query is not None else [],
        "opened_data": bool(told.charges),
        "rho": told.rho,
        "statement": filed.verified.envelope,
        "approvals": [_approval(records, envelope) for envelope in told.approvals],
        "reviews": [
            {"reviewer": one.value.reviewer, "decision": one.value.decision, "envelope": envelope}
            for envelope in told.reviews
            if (one := records.reviews.get(envelope)) is not None
        ],
        "recalled": recall.value.reason if recall is not None else None,
    }


def _approval(records: Records, envelope: str) -> dict[str, Any]:
    one = records.approvals.get(envelope)
    if one is None:
        return {"envelope": envelope}
    word = one.value
    told = {"approver": word.approver, "decision": word.decision, "reason": word.reason, "envelope": envelope}
    return {**told, "issued": word.issued.isoformat(), "expires": word.expires.isoformat()}


def policies(records: Records, sites: Iterable[Name]) -> dict[str, Any]:
    """The policies of each site in order, the last one in force, and what each changed."""
    return {site: _history(records, site) for site in sites}


def _history(records: Records, site: Name) -> list[dict[str, Any]]:
    known = records.policies.get(site, [])
    before = [None, *known[:-1]] if known else []
    return [
        {
            "number": place,
            "digest": one.value.sha256,
            "policy": one.value.json_value(),
            "changes": [
                {"key": change.key, "becomes": change.direction}
                for change in (changes(old.value, one.value) if old is not None else [])
            ],
        }
        for place, (old, one) in enumerate(zip(before, known, strict=True), start=1)
    ]


def offered(records: Records, sites: Iterable[Name]) -> dict[str, Any]:
    """What each site offers by its last manifest, and the dictionaries that the federation agreed on."""
    last = {one.value.site: one.value for one in sorted(records.manifests, key=lambda one: one.value.number)}
    agreed = records.members.root.dictionaries
    return {
        "offers": {site: [one.json_value() for one in last[site].offers] for site in sites if site in last},
        "dictionaries": {name: one.json_value() for name, one in agreed.items()},
    }


def held(book: Store) -> list[dict[str, Any]]:
    """The datasets of a site by their dictionaries: no row, no number of rows, no place on a disk."""
    told = []
    for one in registry.datasets(book):
        taken, said = registry.snapshot(book, one.name), registry.opt_outs(book, one.name)
        told.append(
            {
                "dataset": one.name,
                "dictionary": one.dictionary.json_value(),
                "digest": one.dictionary.sha256,
                "snapshot": taken.name if taken is not None else None,
                "opt_outs": said.json_value() if said is not None else None,
            }
        )
    return told


def ledger(book: Store, records: Records, site: Name) -> dict[str, Any]:
    """Every entry up to the last published checkpoint, with its proof (RFC 6962, section 2.1.1)."""
    published = records.heads.get(site)
    if not published:
        raise fault("L-UNPUBLISHED", site=site)
    head = published[-1]
    known = log.hashes(book)[: head.checkpoint.size]
    entries = log.entries(book)[: head.checkpoint.size]
    return {
        "origin": origin(records.members.root.federation, site),
        "size": head.checkpoint.size,
        "root": head.checkpoint.root,
        "checkpoint": read(head.path).decode("utf-8", "replace"),
        "entries": [
            {
                "number": number,
                "leaf": known[number],
                "inclusion": list(merkle.inclusion(known, number)),
                "entry": _told(one.json_value()),
            }
            for number, one in enumerate(entries)
        ],
    }


def _told(entry: dict[str, Any]) -> dict[str, Any]:
    """An entry; the reason of a review stays at the site, and its leaf proves it there."""
    return {name: value for name, value in entry.items() if name != "reason" or entry["kind"] != "review"}


def budget(accounts: Iterable[Account]) -> list[dict[str, Any]]:
    """The sums of all charges, and each charge under differential privacy."""
    return [
        {
            "site": one.site,
            "whole_ledger": one.whole,
            "sums": [summed.json_value() for summed in sums(one)],
            "charges": [
                {"entry": number, **charge.json_value()}
                for number, charge in sorted(one.charges.items())
                if charge.share is not None
            ],
        }
        for one in accounts
    ]


def verified(looked: Looked, folder: Path, shown: AuditChecked) -> dict[str, Any]:
    """What was verified with which command: each file with its signers, and the findings of the audit."""
    return {
        "commands": ["fedcli verify EXCHANGE --exchange EXCHANGE --pin DIGEST", "fedcli audit check"],
        "version": shown.version,
        "files": [
            {
                "file": one.path.relative_to(folder).as_posix(),
                "kind": one.kind,
                "signers": list(one.signers),
                "about": one.about,
                "holds": one.error is None,
            }
            for one in looked.found
        ],
        "findings": [
            {**one.json_value(), "place": one.place.removeprefix(f"{folder}/")} for one in shown.findings
        ],
        "exit": shown.outcome.exit_code,
    }


def signed(records: Records, sites: Iterable[Name]) -> dict[str, bytes]:
    """Exact copies of what was signed in clear, at the same places: whoever doubts verifies them anew."""
    folder = records.office.folder
    places = [folder / FEDERATION, *(folder / site / kind for site in sites for kind in _SITE)]
    asked = {one.value.query for one in records.releases}
    paths = [path for place in places if place.is_dir() for path in files_in(place)]
    paths += [one.path for digest_, one in records.queries.items() if digest_ in asked]
    paths += [
        path.with_name(f"{path.name}.proof.json") for path in paths if path.parent.name == "checkpoints"
    ]
    there = sorted({path for path in paths if path.is_file() and not path.is_symlink()})
    return {f"signed/{path.relative_to(folder).as_posix()}": read(path) for path in there}


def index(files: Mapping[str, bytes]) -> dict[str, str]:
    """The SHA-256 of every file."""
    return {name: digest(data) for name, data in sorted(files.items())}


def sites_of(records: Records) -> Iterator[Name]:
    """The sites that are members now, in order of enrolment."""
    yield from (member.name for member in records.members.root.having("site"))
