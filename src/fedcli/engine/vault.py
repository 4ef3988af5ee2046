"""The door of the vault: a child process with no key and no environment, and one message each way."""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time

from fedcli.errors import fault

MAX_REPLY = 64 * 2**20
_CHUNK = 2**16


def ask(module: str, request: bytes, deadline_seconds: float) -> bytes:
    """Start `python -m module` apart from us, give it `request`, and take its answer.

    The child's own messages go nowhere: an engine's text may quote a row. At the deadline its whole
    process group is killed.

    Raises:
        DataFault: D-DEADLINE, D-DIED. Bug: V-REPLY.
    """
    child = subprocess.Popen(  # noqa: S603 - our own interpreter and a module of ours
        [sys.executable, "-I", "-X", "utf8", "-m", module],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        env={},
        cwd="/",
        start_new_session=True,
    )
    try:
        threading.Thread(target=_give, args=(child, request), daemon=True).start()
        reply = _take(child, time.monotonic() + deadline_seconds)
        if child.wait(timeout=_GRACE) != 0 or not reply:
            raise fault("D-DIED", status=child.returncode)
        return reply
    except subprocess.TimeoutExpired:
        raise fault("D-DIED", status="none") from None
    finally:
        _end(child)


_GRACE = 5.0


def _give(child: subprocess.Popen[bytes], request: bytes) -> None:
    assert child.stdin is not None
    try:
        child.stdin.write(request)
        child.stdin.close()
    except OSError:
        pass  # it died; the reader notices


def _take(child: subprocess.Popen[bytes], until: float) -> bytes:
    assert child.stdout is not None
    reply = bytearray()
    with selectors.DefaultSelector() as ready:
        ready.register(child.stdout, selectors.EVENT_READ)
        while True:
            left = until - time.monotonic()
            if left <= 0 or not ready.select(left):
                raise fault("D-DEADLINE")
            chunk = os.read(child.stdout.fileno(), _CHUNK)
            if not chunk:
                return bytes(reply)
            reply += chunk
            if len(reply) > MAX_REPLY:
                raise fault("V-REPLY")


def _end(child: subprocess.Popen[bytes]) -> None:
    if child.poll() is None:
        os.killpg(child.pid, signal.SIGKILL)
        child.wait()
    if child.stdout is not None:
        child.stdout.close()
