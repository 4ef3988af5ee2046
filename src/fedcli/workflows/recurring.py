"""Recurring queries: what may recur, how often a grant lets it, and which run is combined."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime

from fedcli.analytics import parse
from fedcli.analytics._contract import Iterative
from fedcli.errors import FedcliError, fault
from fedcli.exchange.folder import FolderExchange
from fedcli.model.approval import Approval
from fedcli.model.identifiers import Count, Name, amount, duration, short, units
from fedcli.model.query import Analysis, Draft, Query
from fedcli.model.recurrence import Recurring, Recurs
from fedcli.model.shown.work import Trajectory


def check_recurs(recurs: Recurring | Recurs | None, analyses: Iterable[Analysis], where: str) -> None:
    """Raise Q-RECURS where an analysis of a recurring query takes rounds, which somebody has to post."""
    for one in analyses if recurs else ():
        if isinstance(parse(one, where), Iterative):
            raise fault("Q-RECURS", analysis=one.id, analytic=one.analytic, where=where)


def signed(recurs: Recurring | None, now: datetime, where: str) -> Recurs | None:
    """What recurs, with its start: the signature, where a query does not say it."""
    if recurs is None:
        return None
    return Recurs.made(where, every=recurs.every, times=recurs.times, starts=recurs.starts or now)


def trajectory(query: Query | Draft, numbers: Count) -> Trajectory | None:
    """All that a recurring query can come to at a site that answers every run; None where it is asked once.

    `numbers` leave in one run. Under differential privacy a run costs anew where the data have changed.
    """
    if query.recurs is None:
        return None
    runs = query.runs if isinstance(query, Query) else query.recurs.times
    rho = query.privacy.rho
    return Trajectory(
        every=query.recurs.every,
        runs=runs,
        starts=query.recurs.starts,
        last=query.recurs.due(runs) if isinstance(query.recurs, Recurs) else None,
        deadline=query.deadline,
        numbers=numbers * runs,
        rho=amount(units(rho) * runs) if rho else None,
    )


def exceeded(recurs: Recurs, word: Approval, opened: Mapping[Count, int], run: Count) -> FedcliError | None:
    """Why a grant does not let data be opened for a run; `opened` says how often they were, for each run."""
    others = [one for one in opened if one != run]
    if len(others) >= word.runs or opened.get(run, 0) >= word.openings:
        return fault("A-RUNS", runs=word.runs)
    if word.period and any(abs(run - one) * duration(recurs.every) < duration(word.period) for one in others):
        return fault("A-PERIOD", period=word.period)
    return None


def to_answer(query: Query, answered: Collection[Count], now: datetime) -> Count:
    """The run that a site may answer now; `answered` are those of which it has said something.

    A clock that was set back opens no run again: what was not answered before a later one was is missed.

    Raises:
        Pending: A-NOT-DUE saying when the next is due.
    """
    assert query.recurs is not None  # another query has no runs
    run = query.open_run(now)
    if run is not None and run >= max(answered, default=0):
        return run
    coming = query.recurs.by(now) + 1
    due = f"the next is due {query.recurs.due(coming):%Y-%m-%d %H:%M} UTC"
    raise fault(
        "A-NOT-DUE", query=short(query.sha256), next=due if coming <= query.runs else "there is no other"
    )


def which(
    office: FolderExchange, query: Query, asked: int | None, min_sites: int | None, now: datetime
) -> Count:
    """The run that is combined: the one asked, or the last that has ended or was answered; 0 without runs.

    With `min_sites` so many answers are enough. Where no run has ended, it is the first, which is open.

    Raises:
        UsageFault: R-RUN for a run that the query does not have.
        Pending: R-NOT-DUE.
    """
    if query.recurs is None:
        if asked:
            raise fault("R-RUN", run=asked, runs="it is asked once")
        return 0
    if asked is not None and not 1 <= asked <= query.runs:
        raise fault("R-RUN", run=asked, runs=f"runs 1 to {query.runs}")
    due = min(query.recurs.by(now), query.runs)
    wanted = asked or max(due, 1)
    if wanted > due:
        raise fault("R-NOT-DUE", run=wanted, due=f"{query.recurs.due(wanted):%Y-%m-%d %H:%M}")
    still = asked is None and wanted > 1 and now <= query.closes(wanted)
    if still and len(_answered(office, query, wanted)) < (min_sites or len(query.sites)):
        return wanted - 1
    return wanted


def _answered(office: FolderExchange, query: Query, run: Count) -> set[Name]:
    """The sites that have published something of a run."""
    return {
        site
        for site in query.sites
        if any(round_ == run for round_, _, _ in office.releases(site, query.sha256))
    }
