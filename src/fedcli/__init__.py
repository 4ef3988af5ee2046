"""Federated analytics for trusted research environments: only signed aggregates leave a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

__version__ = "0.1.0"
__all__ = ["__version__", "read"]


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """The tables of a result as pandas data frames, by `ANALYSIS.TABLE`; read-only, for notebooks.

    `path` is a `result.json` that `combine` kept, or what `report` wrote with `--format json` or `csv`,
    `--csv` or `--parquet`. Numbers that are suppressed are missing in their tables, and listed with
    their intervals under `suppressed`.
    """
    from pathlib import Path

    from fedcli.workflows.frames import frames

    return frames(Path(path))
