"""Verifying files offline: what each one is, who vouches for it, and whether it holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple

from fedcli.errors import FedcliError, InvalidFile, fault
from fedcli.exchange.folder import FolderExchange, read_sealed
from fedcli.files.canonical import digest
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import Checkpoint, opened, origin
from fedcli.model.dataset import Dictionary
from fedcli.model.entry import Charged
from fedcli.model.home import Desk
from fedcli.model.identifiers import Count, Digest, Name, short
from fedcli.model.release import Release
from fedcli.model.shown.base import Trouble
from fedcli.model.shown.results import recalled
from fedcli.model.shown.work import FileShown, ProofShown, VerifyShown
from fedcli.model.verified import Verified
from fedcli.trust.dsse import kind_of
from fedcli.trust.membership import Membership, follow, open_card
from fedcli.trust.verified import (
    check_sealed,
    verify_approval,
    verify_manifest,
    verify_policy,
    verify_query,
    verify_release,
    verify_result,
    verify_review,
    verify_round,
    verify_withdrawal,
)
from fedcli.workflows.heads import Head, checked_head, forks
from fedcli.workflows.places import check_built_on, check_place, check_row, files_in, place_of
from fedcli.workflows.recall import reasons, recalls
from fedcli.workflows.reviewed import check_reviews
from fedcli.workflows.standing import membership

_CHECKPOINT = re.compile(r"[0-9]{3,9}")
_ANSWER = b'{"schema": "fedcli/cli/1"'


class Found(NamedTuple):
    """One file: what it is, who signed it, what it says of itself, or why it does not hold.

    A release and what was made of releases name their query, and the sites whose releases they are; what
    commits to a site's log has its head. `verified` is what was signed, `document` what it says.
    """

    path: Path
    kind: str
    signers: tuple[Name, ...]
    about: str
    error: FedcliError | None = None
    query: Digest | None = None
    sites: tuple[Name, ...] = ()
    warning: str | None = None
    verified: Verified[Any] | None = None
    head: Head | None = None
    document: object = None


def verify(desk: Desk | None, paths: list[Path], exchange: Path | None, pin: Digest | None) -> VerifyShown:
    """Verify files, and all files in folders, against the federation that is trusted.

    That is the one of the home, or of an exchange's roots from a pinned first one. Nothing is fetched for
    it: of a far exchange the home's mirror counts. In the exchange a file must also lie in its place, with
    what it builds on.
    """
    if desk is not None:
        desk.home.post.stays = True
    members = _trusted(desk, exchange, pin).of_all_times()
    office = FolderExchange(exchange or _exchange(desk))
    files = [file for path in paths for file in files_in(path)]
    found = _with_forks([_one(office, members, file) for file in files])
    whole = not any(one.error for one in found)  # what was changed is not there either: it is named alone
    return VerifyShown(
        files=tuple(_shown(_complete(office, members, one) if whole else one) for one in found)
    )


def _complete(office: FolderExchange, members: Membership, found: Found) -> Found:
    """A file that holds, or S-GONE where others that it names were withheld."""
    try:
        check_built_on(office, members, found.path, found.document)
    except FedcliError as error:
        return Found(found.path, "", (), "", error)
    return found


def _exchange(desk: Desk | None) -> Path:
    """The exchange of the home; without one there is no federation to trust either."""
    assert desk is not None
    return desk.home.exchange


def _shown(found: Found) -> FileShown:
    return FileShown(
        file=str(found.path),
        kind=found.kind,
        signers=found.signers,
        about=found.about,
        warning=found.warning,
        problem=Trouble.of(found.error) if found.error else None,
    )


def _trusted(desk: Desk | None, exchange: Path | None, pin: Digest | None) -> Membership:
    if exchange is not None and pin is not None:
        return follow(FolderExchange(exchange).roots(), pin, None)
    if desk is None:
        raise fault("C-HOME", cwd=Path.cwd())
    return membership(desk)


def looked_at(office: FolderExchange, members: Membership, path: Path) -> Found:
    """What a file is, or why it does not hold; whether its site still stands by it is not asked."""
    try:
        return _held(office, members, path, read(path))
    except FedcliError as error:
        return Found(path, "", (), "", error)


def _one(office: FolderExchange, members: Membership, path: Path) -> Found:
    try:
        check_row(office, path)
        return _standing(office, members, _held(office, members, path, read(path)))
    except FedcliError as error:
        return Found(path, "", (), "", error)


def _standing(office: FolderExchange, members: Membership, found: Found) -> Found:
    """A file whose site stands by it: a release that was recalled is refused, what it is part of flagged."""
    if found.query is None:
        return found
    withdrawn = reasons(recalls(office, members, found.query, found.sites))
    for site, reason in withdrawn.items() if found.kind == "release" else ():
        raise fault("R-RECALLED", site=site, reason=reason, where=found.path.name)
    warnings = [recalled(site, reason) for site, reason in withdrawn.items()]
    return found._replace(warning="; ".join(warnings) or None)


def _with_forks(found: list[Found]) -> list[Found]:
    """All of them, where two show that there were two logs the later with L-FORK."""
    return [
        Found(one.path, "", (), "", fault("L-FORK", where=one.path.name)) if forked else one
        for one, forked in zip(found, forks([one.head for one in found]), strict=True)
    ]


def _held(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    """What a file holds; one that lost its form was changed after it was signed."""
    try:
        if _CHECKPOINT.fullmatch(path.name):
            return _checkpoint(members, path, data)
        if data.startswith(_ANSWER):
            return _proof(members, path, data)
        return _VERIFY[_kind(path, data)](office, members, path, data)
    except InvalidFile:
        raise fault("S-FORM", where=path.name) from None


def _kind(path: Path, data: bytes) -> str:
    """What a file claims to be."""
    if path.parent.name == "dictionaries":
        return "dictionary"
    kind = kind_of(data, path.name)
    if kind not in _VERIFY:
        raise fault("S-KIND", wanted=", ".join(_VERIFY), where=path.name)
    return kind


def _root(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    """A root that is part of the chain that was verified."""
    for version in range(1, members.root.version + 1):
        root = members.at(version, path.name)
        if members.envelope(version) == digest(data):
            about = (
                f"version {version} of {root.federation}, {len(root.members)} members, "
                f"expires {root.expires:%Y-%m-%d}"
            )
            check_place(office, path, f"federation/{version:04}.root.json")
            return Found(path, "root", members.signed_by(version), about, document=root)
    raise fault("T-CHAIN", where=path.name)


def _dictionary(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    """A dictionary whose digest one of the roots names."""
    dictionary = Dictionary.read(parse_json(data, path.name), path.name)
    for version in range(members.root.version, 0, -1):
        agreed = members.at(version, path.name).dictionaries.get(dictionary.dataset)
        if agreed is not None and agreed.digest == digest(data):
            about = f"{dictionary.dataset} version {dictionary.version}, agreed in root {version}"
            check_place(office, path, f"federation/dictionaries/{digest(data)}.json")
            return Found(path, "dictionary", members.signed_by(version), about)
    raise fault("S-SUBJECT", where=path.name)


def _card(_: FolderExchange, __: Membership, path: Path, data: bytes) -> Found:
    found = open_card(data, path.name)
    member = found.value.member
    return Found(
        path, "card", found.signers, f"{member.name} ({', '.join(member.roles)}), {member.organisation}"
    )


def _policy(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_policy(data, members, path.name)
    check_place(office, path, place_of(found))
    about = f"{found.value.name}, digest {found.value.sha256[:12]}"
    return Found(path, "policy", found.signers, about, verified=found)


def _manifest(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_manifest(data, members, path.name)
    check_place(office, path, place_of(found))
    offers = ", ".join(offer.dataset for offer in found.value.offers) or "nothing"
    return Found(path, "manifest", found.signers, f"{found.value.site} offers {offers}", verified=found)


def _query(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_query(data, members, path.name)
    check_place(office, path, place_of(found))
    about = f"{short(found.value.sha256)} {found.value.title}"
    return Found(path, "query", found.signers, about, verified=found)


def _approval(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_approval(data, members, path.name)
    check_place(office, path, place_of(found))
    word = found.value
    about = f"{word.decision} of {short(word.query)} at {word.site}, until {word.expires:%Y-%m-%d}"
    return Found(path, "approval", found.signers, about, verified=found)


def _review(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_review(data, members, path.name)
    check_place(office, path, place_of(found))
    word = found.value
    about = f"{word.decision} of {short(word.query)}, round {word.round}, at {word.site}"
    return Found(path, "review", found.signers, about, verified=found)


def _release(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    """A release, and what it says of itself."""
    found = held_release(members, path, data)
    release = found.value
    check_place(office, path, place_of(found))
    head = _head(members, release, path.name)
    about = (
        f"{short(release.query)} from {release.site}{_run(release.round, release.due)}, "
        f"attempt {release.attempt}, "
        f"policy {release.policy_name}, {len(release.charges)} charges in a log of {head.size}, "
        f"{release.maturity}{_noisy(release)}"
    )
    log = (release.site, head)
    return Found(
        path,
        "release",
        found.signers,
        about,
        query=release.query,
        sites=(release.site,),
        verified=found,
        head=log,
        document=release,
    )


def _run(run: Count, due: datetime | None) -> str:
    """Which run of a recurring query it is for."""
    return f", run {run} due {due:%Y-%m-%d %H:%M}" if due else ""


def _noisy(release: Release) -> str:
    """What a release says of differential privacy, where it has it."""
    if release.privacy is None:
        return ""
    condition = ", conditional on exact answers of this site" if release.privacy.conditional else ""
    return f", differential privacy with rho {release.rho}{condition}"


def held_release(members: Membership, path: Path, data: bytes) -> Verified[Release]:
    """A release: its signature, its sealed half, its charges in the log, and that it is a real one."""
    found = verify_release(data, members, path.name)
    release = found.value
    if release.maturity == "rehearsal":
        raise fault("S-REHEARSAL", where=path.name)
    if release.due is not None and release.issued < release.due:
        raise fault("R-TIME", site=release.site, run=release.round)
    check_sealed(found, read_sealed(path), path.name)
    authors = {charged.charge.researcher for charged in release.charges}
    check_reviews(release, path, members, authors, path.name)
    head = _head(members, release, path.name)
    for charged in release.charges:
        _check_charged(charged, head, release, path.name)
    return found


def _round(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    """A round: its signature and its sealed half. Who runs recomputes its states."""
    found = verify_round(data, members, path.name)
    check_sealed(found, read_sealed(path), path.name)
    check_place(office, path, place_of(found))
    about = f"{short(found.value.query)}, round {found.value.round} from {', '.join(found.value.releases)}"
    return Found(path, "round", found.signers, about, verified=found, document=found.value)


def _result(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_result(data, members, path.name)
    check_sealed(found, read_sealed(path), path.name)
    check_place(office, path, place_of(found))
    told = found.value
    run = _run(told.occurrence.run, told.occurrence.due) if told.occurrence else ""
    about = f"{short(told.query)} from {', '.join(told.releases) or 'no site'}{run}"
    return Found(
        path,
        "result",
        found.signers,
        about,
        query=told.query,
        sites=tuple(told.releases),
        verified=found,
        document=told,
    )


def _withdrawal(office: FolderExchange, members: Membership, path: Path, data: bytes) -> Found:
    found = verify_withdrawal(data, members, path.name)
    check_place(office, path, place_of(found))
    told = found.value
    about = f"{told.site} recalls its releases of {short(told.query)}: {told.reason}"
    return Found(path, "withdrawal", found.signers, about, verified=found)


def _head(members: Membership, release: Release, where: str) -> Checkpoint:
    """The checkpoint that a release carries, signed by its site."""
    site = members.at(release.root_version, where).member(release.site)
    if site is None:
        raise fault("S-SIGNER", where=where)
    return opened(release.checkpoint, origin(release.federation, release.site), [site.signing_key], where)


def _check_charged(charged: Charged, head: Checkpoint, release: Release, where: str) -> None:
    """A charge must be an entry of the log that the checkpoint commits to."""
    told = (charged.entry.site, charged.charge.snapshot)
    leaf = merkle.leaf_hash(charged.entry.canonical())
    proven = merkle.included(leaf, charged.number, head.size, charged.inclusion, head.root)
    if not proven or told != (release.site, release.snapshot):
        raise fault("L-CHARGE", entry=charged.number, where=where)


def _proof(members: Membership, path: Path, data: bytes) -> Found:
    """What `ledger prove` printed as JSON: an entry, in the log of the checkpoint that its site signed."""
    value = parse_json(data, path.name)
    if not isinstance(value, dict) or value.get("command") != "ledger prove":
        raise fault("S-KIND", wanted=", ".join((*_VERIFY, "proof")), where=path.name)
    proof = ProofShown.read(value.get("data"), path.name)
    if proof.json_value() != value["data"]:  # the same in other letters is not what was printed
        raise fault("S-FORM", where=path.name)
    entry, site = proof.entry, proof.entry.site
    known = [key.signing_key for key in members.keys("site").values() if key.name == site]
    head = opened(proof.checkpoint, origin(members.root.federation, site), known, path.name)
    leaf = merkle.leaf_hash(entry.canonical())
    if not merkle.included(leaf, proof.number, head.size, proof.inclusion, head.root):
        raise fault("L-PROOF", entry=proof.number, where=path.name)
    about = f"entry {proof.number} ({entry.kind}, {entry.at:%Y-%m-%d}) in a log of {head.size}"
    return Found(path, "proof", (site,), about, head=(site, head))


def _checkpoint(members: Membership, path: Path, data: bytes) -> Found:
    """A checkpoint, and that it continues the one before it in its folder."""
    site, head = checked_head(members, path, data)
    about = f"{head.size} entries, root {head.root[:12]}"
    return Found(path, "checkpoint", (site,), about, head=(site, head))


_VERIFY: dict[str, Callable[[FolderExchange, Membership, Path, bytes], Found]] = {
    "root": _root,
    "dictionary": _dictionary,
    "card": _card,
    "policy": _policy,
    "manifest": _manifest,
    "query": _query,
    "approval": _approval,
    "review": _review,
    "release": _release,
    "round": _round,
    "result": _result,
    "withdrawal": _withdrawal,
}
