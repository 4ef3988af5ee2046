"""What a site remembers, as text."""

from __future__ import annotations

from fedcli.model.identifiers import Moment
from fedcli.model.shown.state import PopulationKept, StatePurged, StateShown
from fedcli.report.page import Grid, Page, Pages

_NOTHING = 'nothing more is remembered: the policy says memory = "none"'


def state_page(shown: StateShown) -> Page:
    """Every population, and what follows."""
    columns = ("population", "datasets", "records", "bytes", "last asked", "kept until", "state")
    due = any(one.due for one in shown.populations)
    kept = "for good" if shown.retention == "unlimited" else f"for {shown.retention} after the last question"
    return Page(
        headline="" if shown.populations else "no datasets yet",
        facts=(("kept", kept),) if shown.populations else (),
        grids=(Grid("", columns, tuple(map(_row, shown.populations))),) if shown.populations else (),
        notes=(
            *((_NOTHING,) if shown.memory == "none" else ()),
            *(('"fedcli state purge --due" ends what is due',) if due else ()),
        ),
    )


def purged_page(shown: StatePurged) -> Page:
    """What was forgotten, and what that means."""
    notes = tuple(f"{one} was purged before" for one in shown.before)
    if not shown.purged:
        return Page(headline="nothing was purged", notes=notes)
    names = ", ".join(shown.purged)
    return Page(
        headline=f"purged {shown.records} records of {names}",
        facts=(("reason", shown.reason),),
        notes=(*notes, f"this site answers nothing more about {names}; delete old backups of its home too"),
    )


def _row(one: PopulationKept) -> tuple[object, ...]:
    state = "remembered" if one.records else "nothing yet"
    if one.due:
        state = "due"
    if one.purged is not None:
        state = f"purged {_day(one.purged)}: {one.reason}"
    return (
        one.population,
        ", ".join(one.datasets) or None,
        one.records,
        one.size,
        _day(one.last_asked),
        _day(one.until),
        state,
    )


def _day(at: Moment | None) -> str | None:
    return f"{at:%Y-%m-%d}" if at else None


PAGES: Pages = {StatePurged: purged_page, StateShown: state_page}
