"""The slot: releases that wait for a time of day, so that when one is seen tells nothing of its computation.

A release says when its run began, which is before data were opened. How long the vault took would show in
the times of the files, and it depends on data.
"""

from __future__ import annotations

from fedcli.errors import Outcome, fault
from fedcli.ledger import accounts, registry
from fedcli.ledger.accounts import Recorded
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest
from fedcli.model.schedule import next_at
from fedcli.workflows.announce import site_policy
from fedcli.workflows.ran import Ran, Site
from fedcli.workflows.reviewed import told_by
from fedcli.workflows.standing import membership, require

AT_ONCE = "immediate"


def due(site: Site) -> list[Recorded]:
    """What may become visible now, in the order of its making."""
    return [one for one in _hidden(site) if not _early(site, one)]


def waiting(site: Site) -> list[Recorded]:
    """What waits for its slot."""
    return [one for one in _hidden(site) if _early(site, one)]


def _hidden(site: Site, query: Digest | None = None) -> list[Recorded]:
    """What is recorded and not visible; what was recalled before it was seen stays at the site."""
    return [
        one
        for one in accounts.releases(site.book, query)
        if not one.visible and registry.withdrawal(site.book, one.query) is None
    ]


def _early(site: Site, recorded: Recorded) -> bool:
    """Whether it was not that time of day since its run began."""
    slot = site.policy.visibility.slot
    return slot != AT_ONCE and site.desk.now < next_at(told_by(recorded).issued, slot)


def as_seen(site: Site, ended: Ran) -> Ran:
    """An end as the researcher will see it: what waits for its slot is not out yet."""
    waits = [one for one in _hidden(site, ended.query) if _early(site, one)]
    if not waits or ended.outcome not in (Outcome.DONE, Outcome.PARTIAL):
        return ended
    told = f"waits for its slot, {site.policy.visibility.slot} UTC"
    return ended._replace(outcome=Outcome.PENDING, message=told)


def check_none(desk: Desk) -> None:
    """Raise P-SLOT where releases wait: rounds that go on by themselves need them at once."""
    require(desk, "site")
    slot = site_policy(desk, membership(desk)).visibility.slot
    if slot != AT_ONCE:
        raise fault("P-SLOT", slot=slot)
