"""Watching: answering rounds, or asking for them, as they come, until a query has its result.

Every pass is the walk of `run` or of `combine` with a time of its own; between passes only the names
in the exchange are looked at. From a far exchange, each pass and each look fetch what is new, and what a
pass has made is given at its end.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from fedcli.errors import Busy, Outcome, Pending
from fedcli.files.reader import names
from fedcli.model.home import Desk
from fedcli.model.identifiers import Digest, duration, resolve
from fedcli.model.query import Query
from fedcli.model.shown.results import ResultShown
from fedcli.model.shown.work import RunShown
from fedcli.workflows import combine as walk
from fedcli.workflows import execute, inbox
from fedcli.workflows.carry import give
from fedcli.workflows.errand import Vaults
from fedcli.workflows.journal import Manner
from fedcli.workflows.ran import AGAIN, Ran
from fedcli.workflows.rounds import iterative
from fedcli.workflows.slots import check_none
from fedcli.workflows.spare import Spares
from fedcli.workflows.standing import exchange, membership

#: A new desk, at the time of the call.
Desks = Callable[[], Desk]
Pause = Callable[[float], None]

_FIRST, _MOST, _SLOWER = 0.02, 2.0, 1.3
#: The same for an exchange at the other end of a network, whose server others use, too.
_FIRST_FAR, _MOST_FAR = 2.0, 30.0
#: Ends of `combine` after which others may still act.
_GOES_ON = ("R-WAIT", "R-ROUND", "R-ANEW")
#: How long to wait before looking whether a deadline has passed.
_LOOK = timedelta(minutes=1)


def run(
    desks: Desks,
    given: tuple[str, ...],
    pause: Pause,
    spares: Spares | None = None,
    manner: Manner | None = None,
) -> RunShown:
    """Run queries, and go on with those that take rounds, until each has its result.

    A query for which nobody posts anything during the time that it gives a round is left to a later run.
    """
    check_none(desks())
    ended: dict[Digest, Ran] = {}
    queries: dict[Digest, Query] = {}
    with Vaults(spares=spares) as vaults:
        while True:
            desk = desks()
            ended |= {
                one.query: one
                for one in execute.run_all(desk, given, vaults=vaults, manner=manner)
                if one.query not in ended or one.message != AGAIN
            }
            queries |= {query: _query(desk, query) for query in ended if query and query not in queries}
            give(desk.home)
            going = [queries[query] for query, one in ended.items() if _goes_on(desk, queries[query], one)]
            for query in ended.keys() - {one.sha256 for one in going}:
                vaults.end(query)
            longest = max((duration(query.round_deadline) for query in going), default=timedelta())
            if not _changed(desks, going, pause, longest + 2 * _LOOK):  # who combines looks after a deadline
                break
    shown = tuple(one.shown for one in ended.values())
    return RunShown(maturity=execute.maturity(desks()), dry_run=False, queries=shown)


def combine(
    desks: Desks,
    given: str,
    min_sites: int | None,
    pause: Pause,
    external: Path | None = None,
    run: int | None = None,
    heard: walk.Heard | None = None,
) -> ResultShown:
    """Combine a query, and go on with its rounds, until there is a result or somebody's time is up."""
    while True:
        desk = desks()
        try:
            return walk.combine(desk, given, min_sites, external, run, heard)
        except Pending as waiting:
            if waiting.code not in _GOES_ON:
                raise
        give(desk.home)
        query = _query(desk, resolve(given, names(desk.home.path / "queries")))
        _changed(desks, [query], pause, _LOOK)


def _query(desk: Desk, query: Digest) -> Query:
    return inbox.find(desk, membership(desk), query).value


def _goes_on(desk: Desk, query: Query, ended: Ran) -> bool:
    """Whether another round of a query may come: it was answered here, and has no result yet."""
    takes_rounds = any(map(iterative, query.analyses))
    answered = ended.outcome in (Outcome.DONE, Outcome.PARTIAL)
    return takes_rounds and answered and not exchange(desk.home).results(query.researcher, query.sha256)


def _changed(desks: Desks, queries: list[Query], pause: Pause, most: timedelta) -> bool:
    """Wait until somebody posts something about a query; not, where nobody does in time."""
    desk = desks()
    first, slowest = (_FIRST_FAR, _MOST_FAR) if desk.home.is_far else (_FIRST, _MOST)
    before, until, wait = _posted(desk, queries), desk.now + most, first
    while queries and (desk := desks()).now < until:
        pause(wait)
        if _posted(desk, queries) not in (before, None):
            return True
        wait = min(wait * _SLOWER, slowest)
    return False


def _posted(desk: Desk, queries: list[Query]) -> list[tuple[int, ...]] | None:
    """How much each participant has posted about each query; None where the exchange does not answer now."""
    try:
        office = exchange(desk.home)
    except Busy:
        return None
    return [
        (
            len(office.rounds(query.researcher, query.sha256)),
            len(office.results(query.researcher, query.sha256)),
            *(len(office.releases(site, query.sha256)) for site in query.sites),
        )
        for query in queries
    ]
