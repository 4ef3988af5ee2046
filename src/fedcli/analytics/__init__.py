"""The questions that fedcli can be asked: one file each, found by looking."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Any

from fedcli.analytics._contract import Analytic
from fedcli.errors import fault, meant
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
        raise fault("Q-ANALYTIC", analytic=name, have=", ".join(known), meant=meant(name, known))
    return known[name]


def typed(name: str) -> type[Analytic[Any]]:
    """The analytic of a name that was typed, or U-ANALYTIC."""
    known = catalogue()
    if name not in known:
        raise fault("U-ANALYTIC", analytic=name, meant=meant(name, known))
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
