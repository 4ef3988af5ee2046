"""Whether what a site publishes is of one log, which only grows: from the head that somebody pinned."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path

from fedcli.errors import FedcliError
from fedcli.files.reader import read
from fedcli.ledger import merkle
from fedcli.ledger.checkpoint import Checkpoint, opened, origin
from fedcli.model.identifiers import Digest, Name
from fedcli.model.shown.audits import AuditFound, HeadSeen
from fedcli.workflows.inspecting.records import Head, Records, finding


def look(records: Records, pinned: Mapping[Name, Path]) -> Iterator[AuditFound]:
    """The logs of all sites; verification has held each checkpoint against the one before it."""
    for site in sorted({*records.heads, *records.committed}):
        published, committed = records.heads.get(site, []), records.committed.get(site, [])
        yield from _doubled(site, [*published, *committed])
        yield from _unpublished(published, committed)
    yield from _entries(records)
    for site, path in pinned.items():
        yield from _pinned(records, site, path)


def seen(records: Records) -> tuple[HeadSeen, ...]:
    """The last checkpoint of each site."""
    last = {site: heads[-1] for site, heads in records.heads.items()}
    return tuple(
        HeadSeen(site=site, size=one.checkpoint.size, root=one.checkpoint.root, file=str(one.path))
        for site, one in sorted(last.items())
    )


def _doubled(site: Name, heads: Iterable[Head]) -> Iterator[AuditFound]:
    """Two heads of one size with different roots are of two logs."""
    known: dict[int, Head] = {}
    for one in heads:
        before = known.setdefault(one.checkpoint.size, one)
        if before.checkpoint.root != one.checkpoint.root:
            told = f"{site} has signed another log of {one.checkpoint.size} entries in {before.path.name}"
            yield finding("two-logs", one.path, told)


def _unpublished(published: list[Head], committed: list[Head]) -> Iterator[AuditFound]:
    """A checkpoint is published before the release whose log it covers."""
    last = max((one.checkpoint.size for one in published), default=0)
    for one in committed:
        if one.checkpoint.size > last:
            told = f"it commits to {one.checkpoint.size} entries, and {last} are published"
            yield finding("checkpoint-missing", one.path, told)


def _entries(records: Records) -> Iterator[AuditFound]:
    """Two entries that are proven to have one number in a site's log are of two logs."""
    known: dict[tuple[Name, int], tuple[Digest, Path]] = {}
    for one in records.releases:
        for charged in one.value.charges:
            leaf = merkle.leaf_hash(charged.entry.canonical())
            before, path = known.setdefault((one.value.site, charged.number), (leaf, one.path))
            if before != leaf:
                told = f"entry {charged.number} of {one.value.site} is another one in {path.name}"
                yield finding("two-logs", one.path, told)


def _pinned(records: Records, site: Name, path: Path) -> Iterator[AuditFound]:
    """The pinned head must be among the published ones; from there the proofs lead on."""
    try:
        head = _opened(records, site, path)
    except FedcliError as error:
        yield finding("pinned-head", path, error.what, error.code)
        return
    published = records.heads.get(site, [])
    if head in [one.checkpoint for one in published]:
        return
    after = next((one for one in published if one.checkpoint.size >= head.size), None)
    there = f"{site} publishes nothing that long any more"
    told = f"the first that should continue it is {after.path.name}" if after else there
    yield finding("pinned-head", after.path if after else path, f"the head of {head.size} entries: {told}")


def _opened(records: Records, site: Name, path: Path) -> Checkpoint:
    known = records.members.signing_keys(site)
    name = origin(records.members.root.federation, site)
    return opened(read(path).decode("utf-8", "replace"), name, known, path.name)
