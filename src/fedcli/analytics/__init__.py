"""The questions that fedcli can be asked: one file each, named as its analytic, found by looking."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Any

from fedcli.errors import fault, meant

if TYPE_CHECKING:
    from fedcli.analytics._contract import Analytic
    from fedcli.model.query import Analysis


@cache
def names() -> tuple[str, ...]:
    """The name of every analytic, in alphabetical order; none is loaded for it."""
    return tuple(sorted(one.name for one in pkgutil.iter_modules(__path__) if not one.name.startswith("_")))


def catalogue() -> dict[str, type[Analytic[Any]]]:
    """Every analytic by name, in alphabetical order."""
    for name in names():
        _find(name)
    return dict(sorted(_registered().items()))


def named(name: str) -> type[Analytic[Any]]:
    """The analytic of a name, or Q-ANALYTIC with the nearest name."""
    if (found := _find(name)) is None:
        known = catalogue()
        raise fault("Q-ANALYTIC", analytic=name, have=", ".join(known), meant=meant(name, known))
    return found


def typed(name: str) -> type[Analytic[Any]]:
    """The analytic of a name that was typed, or U-ANALYTIC."""
    if (found := _find(name)) is None:
        raise fault("U-ANALYTIC", analytic=name, meant=meant(name, names()))
    return found


def load(wanted: Iterable[str]) -> None:
    """Load some analytics before they are asked for; what is none is left to whoever asks."""
    for name in wanted:
        _find(name)


@lru_cache(maxsize=64)
def parse(analysis: Analysis, where: str) -> Analytic[Any]:
    """The analytic of a signed analysis, with its parameters; every round asks for it several times.

    Raises:
        Refused: Q-VERSION when the analysis wants another version than this one.
        InvalidFile: Q-ANALYTIC or F-SCHEMA.
    """
    kind = named(analysis.analytic)
    if analysis.version != kind.version:
        raise fault("Q-VERSION", analytic=kind.name, wanted=analysis.version, have=kind.version)
    return kind.read(analysis.parameters, f"{where}, analysis {analysis.id}")


def _find(name: str) -> type[Analytic[Any]] | None:
    """The analytic of a name: its file alone is loaded, and nothing that is no file of this folder."""
    if name in names():
        importlib.import_module(f"{__name__}.{name}")
    return _registered().get(name)


def _registered() -> dict[str, type[Analytic[Any]]]:
    from fedcli.analytics._contract import Analytic

    return Analytic.registered
