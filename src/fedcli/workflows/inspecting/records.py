"""What an exchange holds, as far as it verified: the files of each kind, and which one another names."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, Generic, NamedTuple, TypeVar

from fedcli.errors.tree import printable
from fedcli.exchange.folder import FolderExchange
from fedcli.ledger.checkpoint import Checkpoint
from fedcli.model.approval import Approval
from fedcli.model.document import Document
from fedcli.model.identifiers import Code, Digest, Name
from fedcli.model.policy import Policy
from fedcli.model.query import Query
from fedcli.model.release import Release
from fedcli.model.result import Combined
from fedcli.model.review import Review
from fedcli.model.round import Posted
from fedcli.model.rulebook import RULEBOOK
from fedcli.model.shown.audits import AuditFound
from fedcli.model.site import Manifest
from fedcli.model.verified import Verified
from fedcli.model.withdrawal import Withdrawal
from fedcli.trust.membership import Membership
from fedcli.workflows.verify import Found

D = TypeVar("D", bound=Document)


class Filed(NamedTuple, Generic[D]):
    """One verified file: where it lies, and what it holds."""

    path: Path
    verified: Verified[D]

    @property
    def value(self) -> D:
        """What it holds."""
        return self.verified.value


class Head(NamedTuple):
    """A head of a site's log that the site has signed, and where it is written."""

    path: Path
    checkpoint: Checkpoint


class Records:
    """What an exchange holds, by kind; `unsure` are files whose signers' keys were revoked since."""

    def __init__(
        self,
        office: FolderExchange,
        members: Membership,
        now: datetime,
        found: Iterable[Found],
        unsure: frozenset[Digest] = frozenset(),
    ) -> None:
        self.office = office
        self.members = members
        self.now = now
        self.found = [one for one in found if one.error is None]
        self.unsure = unsure

    @cached_property
    def queries(self) -> dict[Digest, Filed[Query]]:
        """The queries by their digests."""
        filed: list[Filed[Query]] = list(self._of("query"))
        return {one.value.sha256: one for one in filed}

    @cached_property
    def approvals(self) -> dict[Digest, Filed[Approval]]:
        """The approvals by the digests of their envelopes, in the order of their names."""
        filed: list[Filed[Approval]] = list(self._of("approval"))
        return {one.verified.envelope: one for one in filed}

    @cached_property
    def reviews(self) -> dict[Digest, Filed[Review]]:
        """The reviews by the digests of their envelopes."""
        filed: list[Filed[Review]] = list(self._of("review"))
        return {one.verified.envelope: one for one in filed}

    @cached_property
    def releases(self) -> list[Filed[Release]]:
        """The releases."""
        return list(self._of("release"))

    @cached_property
    def opened(self) -> list[Filed[Release]]:
        """The releases for which data were opened: what was refused before that has no charge."""
        return [one for one in self.releases if one.value.charges]

    @cached_property
    def made_of(self) -> list[Filed[Combined] | Filed[Posted]]:
        """What was made of releases: results and rounds."""
        return [*self._of("result"), *self._of("round")]

    @cached_property
    def withdrawals(self) -> dict[tuple[Name, Digest], Filed[Withdrawal]]:
        """The withdrawals by site and query."""
        filed: list[Filed[Withdrawal]] = list(self._of("withdrawal"))
        return {(one.value.site, one.value.query): one for one in filed}

    @cached_property
    def manifests(self) -> list[Filed[Manifest]]:
        """The manifests."""
        return list(self._of("manifest"))

    @cached_property
    def policies(self) -> dict[Name, list[Filed[Policy]]]:
        """The policies of each site, in the order in which they were published."""
        filed: list[Filed[Policy]] = list(self._of("policy"))
        sites = sorted({one.verified.signers[0] for one in filed})
        return {
            site: sorted(
                (one for one in filed if one.verified.signers[0] == site), key=lambda one: _number(one.path)
            )
            for site in sites
        }

    def policy(self, site: Name, wanted: Digest) -> Policy | None:
        """A policy that a site has published, by its digest."""
        known = (one.value for one in self.policies.get(site, []))
        return next((one for one in known if one.sha256 == wanted), None)

    @cached_property
    def heads(self) -> dict[Name, list[Head]]:
        """The checkpoints of each site, in the order of their numbers."""
        told: dict[Name, list[Head]] = {}
        for one in self.found:
            if one.kind == "checkpoint" and one.head is not None:
                told.setdefault(one.signers[0], []).append(Head(one.path, one.head[1]))
        return {site: sorted(heads, key=lambda head: _number(head.path)) for site, heads in told.items()}

    @cached_property
    def committed(self) -> dict[Name, list[Head]]:
        """The heads that the releases of each site carry."""
        told: dict[Name, list[Head]] = {}
        for one in self.found:
            if one.kind == "release" and one.head is not None:
                told.setdefault(one.sites[0], []).append(Head(one.path, one.head[1]))
        return told

    def _of(self, kind: str) -> Iterator[Filed[Any]]:
        for one in self.found:
            if one.kind == kind and one.verified is not None:
                yield Filed(one.path, one.verified)


def finding(rule: Name, place: Path | str, told: str, code: Code | None = None) -> AuditFound:
    """A finding of a rule; names that others chose become one line without control characters."""
    said = RULEBOOK[rule]
    return AuditFound(
        rule=rule, level=said.level, place=printable(place), told=printable(told), fix=said.fix, code=code
    )


def _number(path: Path) -> int:
    """The number in a name; a file that verifies may have any name."""
    number = path.name.partition(".")[0]
    return int(number) if number.isascii() and number.isdigit() else 0
