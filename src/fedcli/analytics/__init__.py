"""The questions that fedcli can be asked: one file each, found by looking."""

from __future__ import annotations

import importlib
import pkgutil
from difflib import get_close_matches
from typing import Any

from fedcli.analytics._contract import Analytic
from fedcli.errors import fault
from fedcli.model.query import Analysis


def catalogue() -> dict[str, type[Analytic[Any]]]:
    """Every analytic by name, in alphabetical order."""
    for module in pkgutil.iter_modules(__path__):
        if not module.name.startswith("_"):
            importlib.import_module(f"{__name__}.{module.name}")
    return dict(sorted(Analytic.registered.items()))


def named(name: str) -> type[Analytic[Any]]:
    """The analytic of a name, or Q-ANALYTIC with the nearest name."""
    known = catalogue()
    if name not in known:
        close = get_close_matches(name, known, n=1)
        raise fault(
            "Q-ANALYTIC",
            analytic=name,
            have=", ".join(known),
            meant=f"did you mean {close[0]}?" if close else "take one of these",
        )
    return known[name]


def parse(analysis: Analysis, where: str) -> Analytic[Any]:
    """The analytic of a signed analysis, with its parameters.

    Raises:
        Refused: Q-VERSION when the analysis wants another version than this one.
        InvalidFile: Q-ANALYTIC or F-SCHEMA.
    """
    kind = named(analysis.analytic)
    if analysis.version != kind.version:
        raise fault("Q-VERSION", analytic=kind.name, wanted=analysis.version, have=kind.version)
    return kind.read(analysis.parameters, f"{where}, analysis {analysis.id}")
