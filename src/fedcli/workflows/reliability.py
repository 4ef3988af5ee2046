"""How sites kept up with a query: what each was asked and answered, and how long it took, as signed."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from fedcli.model.identifiers import Name
from fedcli.model.query import Query
from fedcli.model.result import Reliability
from fedcli.workflows.quorum import Quorum
from fedcli.workflows.rounds import Asked, invited

_HOUR = 3600.0


def reliability(query: Query, asked: Sequence[Asked], quorums: Sequence[Quorum]) -> dict[Name, Reliability]:
    """Of each site of a query that is asked once; of the runs of one that recurs nothing is told."""
    if query.recurs is not None:
        return {}
    found: dict[Name, list[float | None]] = {site: [] for site in query.sites}
    for number, quorum in enumerate(quorums):
        before = asked[number - 1].statement.value if number else None
        since = before.issued if before else query.issued
        taken = {one.release.value.site: one.release.value.issued - since for one in quorum.contributions}
        for site in invited(query, asked[:number]):
            found[site].append(taken[site].total_seconds() / _HOUR if site in taken else None)
    return {site: _of(hours) for site, hours in found.items()}


def _of(hours: Sequence[float | None]) -> Reliability:
    known = [max(one, 0.0) for one in hours if one is not None]  # clocks differ
    return Reliability(
        asked=len(hours), answered=len(known), hours=round(median(known), 2) if known else None
    )
