"""What was made of releases: whether they are there, and whether their sites still stand by them."""

from __future__ import annotations

from collections.abc import Iterator

from fedcli.model.identifiers import Digest, short
from fedcli.model.shown.audits import AuditFound
from fedcli.workflows.inspecting.records import Records, finding


def look(records: Records) -> Iterator[AuditFound]:
    """The releases that results and rounds name, and the recalls of their sites."""
    there: set[Digest] = {one.verified.envelope for one in records.releases}
    for one in records.made_of:
        for site, envelope in sorted(one.value.releases.items()):
            if envelope not in there and envelope not in records.unsure:
                yield finding("release-missing", one.path, f"{site}'s release {envelope[:12]}")
            recall = records.withdrawals.get((site, one.value.query))
            if recall is not None:
                after = one.value.issued > recall.value.issued
                told = f"{site} recalled {short(one.value.query)} on {recall.value.issued:%Y-%m-%d}"
                rule = "recalled-used" if after else "recalled"
                yield finding(rule, one.path, f"{told}: {recall.value.reason}")
