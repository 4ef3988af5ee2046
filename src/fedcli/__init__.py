"""Federated analytics for trusted research environments: only signed aggregates leave a site."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from os import PathLike

    from fedcli.workflows.predicting import Predictor

__version__ = "0.1.0"
__all__ = ["__version__", "predictor", "read"]


def read(path: str | PathLike[str]) -> dict[str, Any]:
    """The tables of a result as pandas data frames, by `ANALYSIS.TABLE`; read-only, for notebooks.

    `path` is a `result.json` that `combine` kept, or what `report` wrote with `--format json` or `csv`,
    `--csv` or `--parquet`. Numbers that are suppressed are missing in their tables, and listed with
    their intervals under `suppressed`.
    """
    from pathlib import Path

    from fedcli.workflows.frames import frames

    return frames(Path(path))


def predictor(path: str | PathLike[str]) -> Predictor:
    """A model of trees that `fedcli model export` wrote.

    It has `predict_proba`, `decision_function` and `predict`, which take a data frame, or a mapping of the
    model's columns to sequences of values.
    """
    from pathlib import Path

    from fedcli.workflows.predicting import predictor

    return predictor(Path(path))
