"""The door of the vault: a child process with no key and no settings of ours, and a line each way.

A request and a reply are each one line of canonical JSON, in which no other line can begin.
"""

from __future__ import annotations

import os
import select
import selectors
import signal
import subprocess
import sys
import threading
import time
from abc import ABC, abstractmethod
from contextlib import suppress
from io import FileIO
from typing import NamedTuple, Self

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
    "MALLOC_MMAP_THRESHOLD_": "33554432",  # what one block took, the next one has
    "MALLOC_TRIM_THRESHOLD_": "67108864",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",  # what is copied has one thread
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


def _begin(module: str, pipes: Pipes, inherited: tuple[int, ...]) -> subprocess.Popen[bytes]:
    """Start `python -m module` apart from us; its own messages go nowhere: an engine's may quote a row."""
    return subprocess.Popen(  # noqa: S603 - our own interpreter and a module of ours
        [sys.executable, "-I", "-X", "utf8", "-m", module],
        stdin=pipes.given,
        stdout=pipes.taken,
        stderr=subprocess.DEVNULL,
        env=ENVIRONMENT,
        cwd="/",
        start_new_session=True,
        pass_fds=inherited,
    )


def _wait(process: int) -> None:
    """Until it has ended, or for a moment: the kernel tells (Linux); elsewhere one asks again and again."""
    with suppress(AttributeError, OSError):
        ending = os.pidfd_open(process)
        try:
            ready = select.poll()  # a process may have more open than select(2) can look at
            ready.register(ending, select.POLLIN)
            ready.poll(1000 * _GRACE)
        finally:
            os.close(ending)


class Pipes(NamedTuple):
    """A pipe each way: we write to `give` and read from `take`, a child has the other ends."""

    give: int
    given: int
    take: int
    taken: int

    @classmethod
    def new(cls) -> Self:
        """Ends that no process inherits unless it is told to."""
        (given, give), (take, taken) = os.pipe(), os.pipe()
        return cls(give, given, take, taken)

    def handed_over(self) -> None:
        """Close the ends that are now another process's."""
        os.close(self.given)
        os.close(self.taken)

    def close(self) -> None:
        """Close all four, where no other process was begun."""
        self.handed_over()
        os.close(self.give)
        os.close(self.take)


class Child(ABC):
    """A process of ours that is asked line by line."""

    def __init__(self, pipes: Pipes) -> None:
        self._to, self._from = FileIO(pipes.give, "wb"), FileIO(pipes.take, "rb")

    @abstractmethod
    def ended(self) -> object:
        """How it ended, where it did within a moment."""

    @abstractmethod
    def kill(self) -> None:
        """End it, whatever it does."""

    def end(self) -> None:
        """End it, and close what leads to it."""
        self.kill()
        for pipe in (self._to, self._from):
            with suppress(OSError):  # what could not be given is of no use any more
                pipe.close()

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

    def _give(self, request: bytes, last: bool) -> None:
        try:
            left = memoryview(request + b"\n")
            while left:
                left = left[self._to.write(left) :]
            if last:
                self._to.close()
        except (OSError, ValueError):
            pass  # it died, or was ended; the reader notices

    def _take(self, until: float, last: bool) -> bytes:
        reply = bytearray()
        with selectors.DefaultSelector() as ready:
            ready.register(self._from, selectors.EVENT_READ)
            while True:
                left = until - time.monotonic()
                if left <= 0 or not ready.select(left):
                    raise fault("D-DEADLINE")
                chunk = os.read(self._from.fileno(), _CHUNK)
                reply += chunk
                if not chunk or (not last and chunk.endswith(b"\n")):
                    return bytes(reply)
                if len(reply) > MAX_REPLY:
                    raise fault("V-REPLY")


class Alone(Child):
    """A process of its own. Where it is killed, its whole process group is."""

    def __init__(self, module: str, inherited: tuple[int, ...] = ()) -> None:
        pipes = Pipes.new()
        super().__init__(pipes)
        self._process = _begin(module, pipes, inherited)
        pipes.handed_over()

    def tell(self, line: bytes) -> None:
        """Give it a line, which is short, and wait for no answer."""
        self._to.write(line + b"\n")

    def lives(self) -> bool:
        """Whether it has not ended yet."""
        return self._process.poll() is None

    def ended(self) -> object:
        """Its exit status, or "none"."""
        _wait(self._process.pid)
        try:
            return self._process.wait(timeout=_GRACE)
        except subprocess.TimeoutExpired:
            return "none"

    def kill(self) -> None:
        """With all that it has started."""
        if self._process.poll() is None:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
