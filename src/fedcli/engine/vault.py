"""The door of the vault: a child process with no key and no settings of ours, and a line each way.

A request and a reply are each one line of canonical JSON, in which no other line can begin.
"""

from __future__ import annotations

import os
import selectors
import signal
import subprocess
import sys
import threading
import time
from contextlib import suppress

from fedcli.errors import fault

MAX_REPLY = 64 * 2**20
_CHUNK = 2**16
_GRACE = 5.0
#: All that a vault is told from outside: a product runs on one thread, since rows are read on the others;
#: and what is installed beside fedcli does not get into the way of its documents.
ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
    "PYDANTIC_DISABLE_PLUGINS": "1",
}


def ask(child: Child, request: bytes, deadline_seconds: float) -> bytes:
    """Give a child its one request, take its one answer, and end it.

    Raises:
        DataFault: D-DEADLINE, D-DIED. Bug: V-REPLY.
    """
    try:
        reply = child.ask(request, deadline_seconds, last=True)
        if child.ended() != 0 or not reply:
            raise fault("D-DIED", status=child.ended())
        return reply
    finally:
        child.end()


class Child:
    """`python -m module`, apart from us.

    Its own messages go nowhere: an engine's text may quote a row. At a deadline its whole process group
    is killed.
    """

    def __init__(self, module: str) -> None:
        self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and a module of ours
            [sys.executable, "-I", "-X", "utf8", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=ENVIRONMENT,
            cwd="/",
            start_new_session=True,
        )

    def ask(self, request: bytes, deadline_seconds: float, last: bool = False) -> bytes:
        """Give it a request and take its answer: the next line, or all that it says after the last one.

        Raises:
            DataFault: D-DEADLINE, D-DIED. Bug: V-REPLY.
        """
        threading.Thread(target=self._give, args=(request, last), daemon=True).start()
        reply = self._take(time.monotonic() + deadline_seconds, last)
        if not last and not reply.endswith(b"\n"):
            raise fault("D-DIED", status=self.ended())
        return reply

    def ended(self) -> object:
        """How it ended, where it did within a moment."""
        try:
            return self._process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            return "none"

    def end(self) -> None:
        """End it, whatever it does."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            with suppress(OSError):  # what could not be given is of no use any more
                assert pipe is not None
                pipe.close()

    def _give(self, request: bytes, last: bool) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(request + b"\n")
            self._process.stdin.flush()
            if last:
                self._process.stdin.close()
        except (OSError, ValueError):
            pass  # it died, or was ended; the reader notices

    def _take(self, until: float, last: bool) -> bytes:
        assert self._process.stdout is not None
        reply = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._process.stdout, selectors.EVENT_READ)
            while True:
                left = until - time.monotonic()
                if left <= 0 or not ready.select(left):
                    raise fault("D-DEADLINE")
                chunk = os.read(self._process.stdout.fileno(), _CHUNK)
                reply += chunk
                if not chunk or (not last and chunk.endswith(b"\n")):
                    return bytes(reply)
                if len(reply) > MAX_REPLY:
                    raise fault("V-REPLY")
