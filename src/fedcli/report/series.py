"""Recurring queries as text: how often they run, until when, what that comes to, and what was granted."""

from __future__ import annotations

from fedcli.model.release import Release
from fedcli.model.shown.work import ApprovalGiven, ApprovalShown, Trajectory


def trajectory_facts(told: Trajectory | None) -> tuple[tuple[str, object], ...]:
    """How often a recurring query is answered, until when, and what it comes to; nothing of another."""
    if told is None:
        return ()
    since = f"from {told.starts:%Y-%m-%d %H:%M} UTC" if told.starts else "from its signing"
    until = f" to {told.last:%Y-%m-%d %H:%M} UTC" if told.last else ""
    paid = f", for rho {told.rho} where the data change before each" if told.rho else ""
    return (
        ("recurs", f"{told.runs} runs, one every {told.every}, {since}{until}"),
        ("", f"each run is open for {told.deadline}, and none is caught up with"),
        ("in all", f"{told.numbers} numbers from each site{paid}"),
    )


def covered(shown: ApprovalShown) -> str:
    """How much of a recurring query was granted."""
    one_run = 'one run; "approval grant --max-runs N --period DURATION" grants more'
    if shown.period is None:
        return one_run if shown.covered else f"nothing yet; a grant is for {one_run}"
    return f"{shown.covered} runs, at most one in {shown.period}"


def runs(shown: ApprovalGiven) -> object:
    """For how many runs a grant is; of a query that is asked once, how often data may be opened."""
    if shown.period:
        return f"{shown.max_runs}, at most one in {shown.period}"
    return "one; --max-runs and --period grant more" if shown.recurs else shown.max_runs


def which(told: Release) -> str:
    """The round of a release, or the run, and when that was due."""
    return f"run {told.round} due {told.due:%Y-%m-%d %H:%M}" if told.due else f"round {told.round}"
