"""Sending tasks to the vault, and reading its messages: a process for each, or one that is kept."""

from __future__ import annotations

from typing import Self

from fedcli.engine.vault import MAX_REPLY, Child, ask
from fedcli.errors import CATALOGUE, FedcliError, fault
from fedcli.files.strict import parse_json
from fedcli.model.identifiers import Digest, duration, megabytes
from fedcli.model.policy import Limits
from fedcli.model.vault import (
    Answering,
    Checking,
    Drafting,
    Mocking,
    Places,
    Probing,
    Reply,
    Request,
    Showing,
    Task,
    Writing,
    places,
)
from fedcli.workflows.allowance import UNLIMITED, Allowance
from fedcli.workflows.sources import look
from fedcli.workflows.spare import Spares

#: What a vault that is kept may remember of the rows of models, in bytes.
REMEMBERED = 100 * 2**20
_NONE = Spares(0)


def errand(
    task: Task,
    limits: Limits,
    kept: Kept | None = None,
    spares: Spares | None = None,
    allowance: Allowance = UNLIMITED,
) -> Reply:
    """Ask a vault, within the limits of a policy: one that is kept for its query, a spare or a new one.

    Raises:
        Pending: A-TIME where the time of the run was over first, which says nothing of the query.
        FedcliError: the fault that the vault names, by code.
    """
    seconds = allowance.within(duration(limits.deadline).total_seconds())
    try:
        if kept is not None and not isinstance(task, Drafting | Showing | Probing):
            return _told(kept.ask(task, limits, seconds))
        request = Request(task=task, memory_mb=megabytes(limits.memory), sandbox=limits.sandbox)
        return _told(ask((spares or _NONE).take(), request.canonical(), seconds))
    except FedcliError as error:
        if error.code == "D-DEADLINE" and allowance.over:
            raise fault("A-TIME") from None
        raise


class Kept:
    """A vault that lives for the rounds of one query, or one trial, as long as its data stay as they are."""

    def __init__(self, threads: int | None = None, spares: Spares | None = None) -> None:
        self._threads, self._spares = threads, spares or _NONE
        self._child: Child | None = None
        self._looks: dict[Digest, str] = {}
        self._places = Places()

    def start(self) -> None:
        """Begin a process, or take one that waits."""
        self._child = self._spares.take()

    def end(self) -> None:
        """End it, if it lives."""
        child, self._child = self._child, None
        self._looks = {}
        if child is not None:
            child.end()

    def ask(self, task: Answering | Checking | Mocking | Writing, limits: Limits, seconds: float) -> bytes:
        """Let it compute.

        The next one is a new process after a failure, where the data were changed, and where a task touches
        what the process has given up with its first.
        """
        wanted = places(task)
        looked = {} if isinstance(task, Mocking | Writing) else {task.source.sha256: look(task.source)}
        changed = any(self._looks.get(key, now) != now for key, now in looked.items())
        if self._child is None or changed or not self._places.hold(wanted):
            self.end()
            self.start()
            self._places = wanted
        assert self._child is not None
        self._looks |= looked
        request = Request(
            task=task,
            memory_mb=megabytes(limits.memory),
            sandbox=limits.sandbox,
            remember=REMEMBERED,
            threads=self._threads,
        )
        try:
            return self._child.ask(request.canonical(), seconds)
        except BaseException:
            self.end()
            raise


class Vaults:
    """The vaults of a watch: one for each query, as long as it takes rounds.

    A rehearsal has one query, and `one` vault for all that it does with a site's data.
    """

    def __init__(self, threads: int | None = None, one: bool = False, spares: Spares | None = None) -> None:
        self._threads, self._one, self._spares = threads, one, spares
        self._kept: dict[Digest, Kept] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for query in tuple(self._kept):
            self.end(query)

    def of(self, query: Digest) -> Kept:
        """The vault of a query."""
        return self._kept.setdefault("" if self._one else query, Kept(self._threads, self._spares))

    def end(self, query: Digest) -> None:
        """End the vault of a query, if it has one."""
        if query in self._kept:
            self._kept.pop(query).end()


def _told(message: bytes) -> Reply:
    reply = Reply.read(parse_json(message, "the vault's message", MAX_REPLY), "the vault's message")
    if reply.fault is not None:
        code = reply.fault if reply.fault in CATALOGUE else "V-BUG"
        raise fault(code, **{"place": "unknown", **reply.facts})
    return reply
