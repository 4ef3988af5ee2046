"""Where the files that ship with fedcli lie: policy profiles and sample data."""

from __future__ import annotations

from pathlib import Path

_PACKAGE = Path(__file__).resolve().parent.parent


def asset(name: str) -> Path:
    """The path of a shipped folder (`configs` or `sample_data`), installed or in a checkout."""
    installed = _PACKAGE / "assets" / name
    return installed if installed.is_dir() else _PACKAGE.parent.parent / name
