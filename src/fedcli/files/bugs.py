"""Recording an error of fedcli's own: where it happened, and never what it said."""

from __future__ import annotations

import json
import os
import secrets
import traceback
from datetime import datetime
from pathlib import Path, PurePath

from fedcli.errors import FedcliError, fault, place

LOG = "private.log"
_KEPT, _NO_HOME, _LOST = (
    "it is in the private log of this home",
    "outside of a home no log is written",
    "the private log could not be written",
)


def record(error: BaseException, command: str, home: Path | None, at: datetime) -> FedcliError:
    """B-BUG, after one line with its id was written to the private log of a home, if there is one."""
    number, where = secrets.token_hex(4), place(error)
    kept = _NO_HOME
    if home is not None:
        frames = [
            f"{PurePath(one.filename).name}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)
        ]
        line = {"id": number, "at": at.isoformat(), "command": command, "place": where, "frames": frames}
        kept = _written(home / LOG, json.dumps(line))
    return fault("B-BUG", id=number, place=where, kept=kept)


def _written(log: Path, line: str) -> str:
    """Whether the line is there; a disk that takes no more must not hide the error."""
    try:
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line + "\n")
    except OSError:
        return _LOST
    return _KEPT
