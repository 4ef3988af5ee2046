"""Recording an error of fedcli's own: where it happened, and never what it said."""

from __future__ import annotations

import json
import os
import secrets
import traceback
from datetime import datetime
from pathlib import Path, PurePath

from fedcli.errors import place


def record(error: BaseException, command: str, log: Path | None, at: datetime) -> tuple[str, str]:
    """Write one line to the private log of a home, if there is one; the id of the line, and the place."""
    number, where = secrets.token_hex(4), place(error)
    if log is not None:
        frames = [
            f"{PurePath(one.filename).name}:{one.lineno}" for one in traceback.extract_tb(error.__traceback__)
        ]
        line = json.dumps(
            {"id": number, "at": at.isoformat(), "command": command, "place": where, "frames": frames}
        )
        descriptor = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as file:
            file.write(line + "\n")
    return number, where
