"""What was carried between a home and its exchange, as text."""

from __future__ import annotations

from fedcli.model.shown.base import Trouble
from fedcli.model.shown.carried import CarriedShown, NameShown, NamesShown
from fedcli.report.page import Grid, Page, Pages

_FOLDER = ("all that is written there is there for everybody at once: nothing has to be carried",)


def carried_page(shown: CarriedShown) -> Page:
    """What was taken and given."""
    if not shown.far:
        return Page(headline=f"{shown.exchange} is a folder that all share", notes=_FOLDER)
    rows = tuple(
        (verb, name)
        for verb, some in (("taken", shown.taken), ("given", shown.given), ("not whole yet", shown.left))
        for name in some
    )
    headline = f"{shown.exchange}: {len(shown.taken)} taken, {len(shown.given)} given"
    grids = (Grid("", ("", "name"), rows),) if rows else ()
    return Page(headline=headline, grids=(*grids, *_problems(shown.problems)))


def names_page(shown: NamesShown) -> Page:
    """All names, and where each of them is."""
    rows = tuple((one.name, _where(shown.far, one)) for one in shown.names)
    due = sum(not one.there for one in shown.names)
    headline = f"{shown.exchange}: {len(shown.names)} names" + (f", {due} only in this home" if due else "")
    grids = (Grid("", ("name", "where"), rows),) if rows else ()
    return Page(headline=headline, grids=(*grids, *_problems(shown.problems)))


def _where(far: bool, one: NameShown) -> str:
    if not far or one.here == one.there:
        return "there" if not far else "here and there"
    return "only here" if one.here else "only there"


def _problems(problems: tuple[Trouble, ...]) -> tuple[Grid, ...]:
    rows = tuple((one.code, one.message, one.fix) for one in problems)
    return (Grid("what is wrong there", ("code", "what", "fix"), rows),) if rows else ()


PAGES: Pages = {CarriedShown: carried_page, NamesShown: names_page}
