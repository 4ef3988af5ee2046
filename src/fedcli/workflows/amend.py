"""Amending: a changed query in the place of a submitted one, which it names by its digest.

Whether approvals still mean it is decided by each site, from the two signed queries alone.
"""

from __future__ import annotations

from pathlib import Path

from fedcli.errors import fault
from fedcli.files.reader import names
from fedcli.model.home import Desk
from fedcli.model.identifiers import short
from fedcli.model.query import Draft, Query
from fedcli.model.shown.plans import QueryAmended
from fedcli.workflows.difference import told
from fedcli.workflows.resolve import read_draft
from fedcli.workflows.standing import membership, require
from fedcli.workflows.submit import Signed, asked, is_submitted, keep, mine, put, shown, signed_here


def amend(desk: Desk, given: str, path: Path, dry: bool = False) -> QueryAmended:
    """Sign a changed query and submit it in the place of one; a dry run only tells the difference.

    Raises:
        UsageFault: Q-UNSUBMITTED, Q-AMENDED, Q-SAME. Refused: Q-EXPIRED.
    """
    require(desk, "researcher")
    old = mine(desk, given)
    _check_open(desk, old)
    new = _asked(desk, old.query, path)
    before = _amendment(desk, old)
    if before is not None and not before.query.same_as(new):
        raise fault("Q-AMENDED", query=short(old.digest), by=short(before.digest))
    difference = told(old.query, new)
    if not difference.less and not difference.more:
        raise fault("Q-SAME", query=short(old.digest), where=path.name)
    if dry:
        return QueryAmended(difference=difference, dry_run=True)
    signed = before or keep(desk, membership(desk), new, path.name)
    put(desk, signed)
    return QueryAmended(difference=difference, query=shown(desk, signed))


def _check_open(desk: Desk, old: Signed) -> None:
    if not is_submitted(desk, old.digest):
        raise fault("Q-UNSUBMITTED", query=short(old.digest))
    if old.query.expires <= desk.now:
        raise fault("Q-EXPIRED", expires=old.query.expires.date(), where=short(old.digest))


def _asked(desk: Desk, old: Query, path: Path) -> Query:
    """What the file asks; sites, quorum and expiry that it leaves out stay as they were."""
    members = membership(desk)
    members.check_current(desk.now)
    draft = read_draft(path)
    query = asked(desk, members, _filled(draft, old), path.name)
    kept = {} if draft.expires else {"expires": old.expires}
    return query.model_copy(update={"amends": old.sha256, **kept})


def _filled(draft: Draft, old: Query) -> Draft:
    if draft.recurs and old.recurs and draft.recurs.starts is None:
        since = draft.recurs.model_copy(update={"starts": old.recurs.starts})
        draft = draft.model_copy(update={"recurs": since})
    if draft.sites is not None:
        return draft
    return draft.model_copy(update={"sites": old.sites, "min_sites": draft.min_sites or old.min_sites})


def _amendment(desk: Desk, old: Signed) -> Signed | None:
    """The query that was submitted in the place of one before."""
    mine_ = (signed_here(desk, digest) for digest in names(desk.home.path / "queries"))
    return next(
        (one for one in mine_ if one.query.amends == old.digest and is_submitted(desk, one.digest)), None
    )
