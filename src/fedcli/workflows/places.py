"""Where a signed file belongs in an exchange, and whether what it builds on is there too.

A genuine file in another's place says something of the wrong query, site, round or time; one that was
withheld leaves a gap in a row of numbers, or a name that leads nowhere.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from fedcli.errors import fault
from fedcli.exchange.folder import FolderExchange, result_name
from fedcli.files.canonical import digest
from fedcli.files.reader import below, names, read
from fedcli.ledger.checkpoint import opened, origin
from fedcli.model.approval import Approval
from fedcli.model.federation import Root
from fedcli.model.identifiers import Digest
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.result import Combined
from fedcli.model.review import Review
from fedcli.model.round import Posted
from fedcli.model.site import Manifest
from fedcli.model.verified import Verified
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.dsse import content, parse
from fedcli.trust.membership import Membership

#: Rows of numbers that are written one after the other, from 1: the place of the number in the name.
_ROWS = re.compile(
    r"[^/]+/(?:manifest|policy|checkpoints)/(\d{3,9})(?:\.json)?"
    r"|[^/]+/approvals/[0-9a-f]{64}\.(\d{3,9})\.json"
    r"|[^/]+/releases/[0-9a-f]{64}/\d{3}\.(\d{2,4})\.release\.json"
    r"|[^/]+/queries/[0-9a-f]{64}/rounds/(\d{3,9})\.json"
)


def _result(one: Combined) -> str:
    """How the names of the results of a query, or of a run of it, begin."""
    return result_name(one.occurrence.run if one.occurrence else 0).removesuffix(".json")


_PLACES: dict[type, Callable[[Any, str], str]] = {
    Query: lambda one, _: f"{one.researcher}/queries/{one.sha256}/query.json",
    Posted: lambda one, _: f"{one.researcher}/queries/{one.query}/rounds/{one.round:03}.json",
    Combined: lambda one, _: f"{one.researcher}/queries/{one.query}/{_result(one)}*.json",
    Manifest: lambda one, _: f"{one.site}/manifest/{one.number:03}.json",
    Approval: lambda one, _: f"{one.site}/approvals/{one.query}.*.json",
    Review: lambda one, envelope: f"{one.site}/reviews/{one.query}/{envelope}.json",
    Release: lambda one, _: f"{one.site}/releases/{one.query}/{one.round:03}.{one.attempt:02}.release.json",
    Withdrawal: lambda one, _: f"{one.site}/withdrawals/{one.query}.json",
}


def files_in(path: Path) -> list[Path]:
    """A file, or those of a folder that stand for themselves: a sealed half is seen with its statement.

    Raises:
        InvalidFile: F-OPEN for a folder that cannot be listed.
    """
    if not path.is_dir():
        return [path]
    files = sorted(file for file in below(path) if not file.name.startswith(".") and _is_file(file))
    return [file for file in files if not file.name.endswith((".sealed", ".proof.json"))]


def _is_file(path: Path) -> bool:
    """Whether there is a file; of what cannot even be looked at, the reader says what is wrong."""
    try:
        return path.is_file()
    except OSError:
        return True


def place_of(found: Verified[Any]) -> str:
    """The pattern of the only names in an exchange that a document may have; a policy names no site."""
    place = _PLACES.get(type(found.value))
    return place(found.value, found.envelope) if place else f"{found.signers[0]}/policy/*.json"


def inside(office: FolderExchange, path: Path) -> str | None:
    """The name of a file in an exchange; None where it lies elsewhere, such as a copy for an auditor."""
    folder, file = office.folder.resolve(), path.parent.resolve() / path.name  # a link is not followed
    return file.relative_to(folder).as_posix() if file.is_relative_to(folder) else None


def check_place(office: FolderExchange, path: Path, wanted: str) -> None:
    """Raise S-PLACE where a file of an exchange has another name than its content says."""
    name = inside(office, path)
    if name is not None and not fnmatchcase(name, wanted):
        raise fault("S-PLACE", place=wanted, where=path.name)


def check_row(office: FolderExchange, path: Path) -> None:
    """Raise S-GONE where the file of the number before is not there: these are written one by one."""
    found = _ROWS.fullmatch(inside(office, path) or "")
    if found is None or found.lastindex is None:
        return
    number = found[found.lastindex]
    before, digits = int(number) - 1, 2 if path.name.endswith(".release.json") else 3
    start = path.name.rfind(number)
    name = f"{path.name[:start]}{before:0{digits}}{path.name[start + len(number) :]}"
    if before > 0 and name not in names(path.parent):
        raise fault("S-GONE", where=path.name)


def check_built_on(office: FolderExchange, members: Membership, path: Path, document: object) -> None:
    """Raise S-GONE where a file of an exchange names others that are not there.

    A root names dictionaries, a release its approvals, a round and a result their query and the releases
    that they were made from. A release names its policy, too, and is only there after a checkpoint of a
    longer log than the one that it commits to.
    """
    if inside(office, path) is None:
        return
    if isinstance(document, Root):
        for agreed in document.dictionaries.values():
            office.dictionary(agreed.digest)
    if isinstance(document, Release):
        folder = office.folder / document.site / "approvals"
        _check_there(set(document.approvals), (folder / name for name in names(folder, ".json")), path)
        if document.policy not in map(_about, office.policies(document.site)):
            raise fault("S-GONE", where=path.name)
        _check_logged(office, members, document, path)
    if isinstance(document, Posted | Combined):
        office.query(document.researcher, document.query)
        for site, release in document.releases.items():
            statements = (statement for _, _, statement in office.releases(site, document.query))
            _check_there({release}, statements, path)


def _check_logged(office: FolderExchange, members: Membership, release: Release, path: Path) -> None:
    log, known = origin(release.federation, release.site), members.signing_keys(release.site)
    committed = opened(release.checkpoint, log, known, path.name)
    number, note = office.latest_checkpoint(release.site) or (0, b"")
    if not number or opened(note.decode(), log, known, f"{number:03}").size <= committed.size:
        raise fault("S-GONE", where=path.name)


def _about(path: Path) -> Digest:
    """What a signed file says that it is about; it was verified before."""
    return content(parse(read(path), path.name), "policy", path.name).subject[0].digest["sha256"]


def _check_there(wanted: set[Digest], paths: Iterable[Path], path: Path) -> None:
    if wanted and not wanted <= {digest(read(one)) for one in paths}:
        raise fault("S-GONE", where=path.name)
