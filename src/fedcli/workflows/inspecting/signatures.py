"""Whether every file of an exchange verifies, lies where it belongs, and none is missing between others."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from fedcli.errors import FedcliError
from fedcli.exchange.folder import FEDERATION, FolderExchange
from fedcli.files.canonical import digest
from fedcli.files.reader import names, read
from fedcli.model.identifiers import Digest, Name
from fedcli.model.shown.audits import AuditFound
from fedcli.trust.dsse import parse
from fedcli.trust.keys import key_id
from fedcli.trust.membership import Membership
from fedcli.workflows.inspecting.records import finding
from fedcli.workflows.places import files_in
from fedcli.workflows.verify import Found, looked_at

#: Which rule tells of a code, where it is not that of signatures.
_RULES: dict[str, Name] = {
    "L-CHARGE": "charge-proof",
    "L-FORK": "checkpoint-chain",
    "S-PLACE": "misplaced",
    "S-REVIEW": "review",
}
_NUMBER = re.compile(r"0*([1-9][0-9]*)")


class Looked(NamedTuple):
    """All files of an exchange, what is wrong with them, and those of which nobody can say."""

    found: list[Found]
    findings: list[AuditFound]
    unsure: frozenset[Digest]


def look(office: FolderExchange, members: Membership) -> Looked:
    """Verify every file of an exchange against a federation; keys count if they were ever enrolled."""
    everybody = members.of_all_times()
    found = [looked_at(office, everybody, path) for path in files_in(office.folder)]
    findings, unsure = [], set()
    for one in found:
        if one.error is not None:
            revoked = _revoked(members, one.path, one.error)
            unsure |= {revoked} if revoked else set()
            findings.append(_problem(one.path, one.error, revoked is not None))
    findings += _gaps(office.folder)
    return Looked(found, findings, frozenset(unsure))


def _problem(path: Path, error: FedcliError, revoked: bool) -> AuditFound:
    if revoked:
        return finding("revoked-signer", path, error.what, error.code)
    return finding(_rule(path, error), path, error.what, error.code)


def _rule(path: Path, error: FedcliError) -> Name:
    if path.parent.name == "checkpoints":
        return "checkpoint-chain"
    lost = error.facts.get("where", "")
    if error.code == "S-GONE" and re.fullmatch(r"[0-9a-f]{64}\.json", lost):
        return "review"  # of what a release names, only reviews have such names
    return _RULES.get(error.code, "signature")


def _revoked(members: Membership, path: Path, error: FedcliError) -> Digest | None:
    """The digest of a file that nobody who counts has signed, but whose signer once did."""
    if error.code != "S-SIGNER" or path.suffix != ".json":
        return None
    data = read(path)
    gone = {key_id(one.signing_key) for one in members.root.revoked}
    return digest(data) if any(one.keyid in gone for one in parse(data, path.name).signatures) else None


def _gaps(folder: Path) -> Iterator[AuditFound]:
    """The first missing one of each row of numbered names."""
    for row, numbers in sorted(_rows(folder).items()):
        lost = next((number for number in range(1, max(numbers)) if number not in numbers), None)
        if lost is not None:
            yield finding("gap", folder / row, f"number {lost} is missing, and {max(numbers)} is there")


def _rows(folder: Path) -> dict[str, set[int]]:
    """The numbers in use, by what they count: a folder, or a query's approvals, or a round's attempts."""
    rows: dict[str, set[int]] = {}
    for place in sorted(_numbered(folder)):
        for name in names(place):
            *before, number = _counted(name)
            found = _NUMBER.fullmatch(number)
            if found:
                row = (place.relative_to(folder) / "/".join(before)).as_posix()
                rows.setdefault(row, set()).add(int(found[1]))
    return rows


def _numbered(folder: Path) -> Iterator[Path]:
    yield folder / FEDERATION
    for kind in ("checkpoints", "manifest", "policy", "approvals", "releases/*", "queries/*/rounds"):
        yield from folder.glob(f"*/{kind}")


def _counted(name: str) -> list[str]:
    """The parts of a name that say of what, and at the end its number; halves and proofs do not count."""
    return re.sub(r"\.(json|root\.json|release\.json)$", "", name).split(".")
