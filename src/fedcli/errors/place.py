"""Where an exception came from, without anything that it says."""

from __future__ import annotations

import traceback
from pathlib import PurePath


def place(error: BaseException) -> str:
    """Where an exception came from: file, line and class. Its text and its locals may hold a row."""
    frames = traceback.extract_tb(error.__traceback__)
    last = next((frame for frame in reversed(frames) if "fedcli" in PurePath(frame.filename).parts), None)
    where = f"{PurePath(last.filename).name}:{last.lineno}" if last else "outside fedcli"
    return f"{where} {type(error).__name__}"
