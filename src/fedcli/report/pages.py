"""Which page and which JSON belong to what a command tells. A room's pages are loaded when it tells."""

from __future__ import annotations

from typing import Any

from fedcli.model.shown.told import Told
from fedcli.report.page import Page, Pages


def page(shown: Told) -> Page:
    """What a person reads."""
    return _pages(shown)[type(shown)](shown)


def data(shown: Told) -> dict[str, Any]:
    """What a program reads: the document, or a result in the form of the command line's contract."""
    if _room(shown) == "results":
        from fedcli.report.results import DATA

        if type(shown) in DATA:
            return DATA[type(shown)](shown)
    value: dict[str, Any] = shown.json_value()
    return value


def _room(shown: Told) -> str:
    return type(shown).__module__.rpartition(".")[2]


def _pages(shown: Told) -> Pages:
    match _room(shown):
        case "audits":
            from fedcli.report.audits import PAGES
        case "budgets":
            from fedcli.report.budgets import PAGES
        case "carried":
            from fedcli.report.carried import PAGES
        case "places" | "state":
            from fedcli.report.places import PAGES
        case "plans":
            from fedcli.report.plans import PAGES
        case "reviews":
            from fedcli.report.reviews import PAGES
        case "trials":
            from fedcli.report.trials import PAGES
        case "work":
            from fedcli.report.work import PAGES
        case "results":
            from fedcli.report.results import PAGES
        case room:
            return _others(room)
    return PAGES


def _others(room: str) -> Pages:
    if room == "models":
        from fedcli.report.models import PAGES
    else:
        from fedcli.report.reference import PAGES
    return PAGES
