"""Sending one task to the vault, and reading its one message."""

from __future__ import annotations

import shutil
import tempfile
from contextlib import suppress
from pathlib import Path

from fedcli.engine.vault import MAX_REPLY, ask
from fedcli.errors import CATALOGUE, Busy, fault
from fedcli.files.lock import lock
from fedcli.files.reader import names
from fedcli.files.strict import parse_json
from fedcli.files.writer import make_folder
from fedcli.model.identifiers import duration, megabytes
from fedcli.model.policy import Limits
from fedcli.model.vault import Reply, Request, Task

VAULT = "fedcli.workflows.vault"
_SCRATCH = "scratch-"
_LOCK = "lock"


def errand(task: Task, limits: Limits, scratch_in: Path) -> Reply:
    """Ask the vault, within the limits of a policy.

    Raises:
        FedcliError: the fault that the vault names, by code.
    """
    make_folder(scratch_in, 0o700)
    _clear(scratch_in)
    scratch = Path(tempfile.mkdtemp(prefix=_SCRATCH, dir=scratch_in))
    request = Request(task=task, memory_mb=megabytes(limits.memory), scratch=str(scratch))
    try:
        with lock(scratch / _LOCK):
            message = ask(VAULT, request.canonical(), duration(limits.deadline).total_seconds())
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    reply = Reply.read(parse_json(message, "the vault's message", MAX_REPLY), "the vault's message")
    if reply.fault is not None:
        raise fault(
            reply.fault if reply.fault in CATALOGUE else "V-BUG", **{"place": "unknown", **reply.facts}
        )
    return reply


def _clear(folder: Path) -> None:
    """Remove what killed runs have left; what a living one uses is locked."""
    for name in names(folder):
        if name.startswith(_SCRATCH):
            with suppress(Busy), lock(folder / name / _LOCK):
                shutil.rmtree(folder / name, ignore_errors=True)
