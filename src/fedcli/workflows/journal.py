"""What a run writes down of itself while it goes: its heartbeat and its log, for monitoring and the doctor.

A run that cannot say that it began does not begin. What it cannot say later is left out: nothing of a
query depends on it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime
from types import TracebackType
from typing import Any, Literal, NamedTuple, Self

from fedcli.errors import FedcliError, Outcome, Terminated, gravest
from fedcli.files.reader import read
from fedcli.files.strict import parse_json
from fedcli.files.writer import PRIVATE, append, write
from fedcli.model.document import instant
from fedcli.model.heartbeat import End, Event, Heartbeat, LastEnd
from fedcli.model.home import Home
from fedcli.model.identifiers import Digest, Duration
from fedcli.model.query import Query
from fedcli.model.verified import Verified
from fedcli.workflows.ran import Ran

LOG_BYTES = 2**20
#: The code of what a run had no time for.
NO_TIME = "A-TIME"
#: Ends of a run that are no success of it.
UNFIT = (Outcome.BUG, Outcome.INTEGRITY, Outcome.BUSY)


class Manner(NamedTuple):
    """How a run is conducted: by which clock, how long at the most, and who hears each line of its log."""

    clock: Callable[[], datetime]
    most: Duration | None = None
    say: Callable[[str], None] = lambda _: None


def last(home: Home) -> Heartbeat | None:
    """The heartbeat of the last run, if it can be read; it guards nothing, so a broken one is none."""
    with suppress(FedcliError):
        return Heartbeat.read(parse_json(read(home.heartbeat), "the heartbeat"), "the heartbeat")
    return None


class Journal:
    """Of a rehearsal or a dry run nothing is written down."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """The end of the run."""

    def in_turn(self, queries: list[Verified[Query]]) -> list[Verified[Query]]:
        """The queries in the order in which they are begun."""
        return queries

    def begins(self, query: Digest) -> None:
        """A query is begun."""

    def ends(self, ended: Ran, begun: bool = True) -> Ran:
        """A query has ended, or there was no time to begin it; whether that is news is in what comes back."""
        del begun
        return ended


class SiteJournal(Journal):
    """The journal of a site's run, kept while the run's lock is held, so that one process writes it.

    `everything` says that the run is for all that is pending, as a schedule has it.
    """

    def __init__(self, home: Home, manner: Manner, everything: bool) -> None:
        self._home, self._manner, self._everything = home, manner, everything
        self._met: dict[Digest, tuple[Outcome, str]] = {}
        self._known: dict[Digest, End] = {}

    def __enter__(self) -> Self:
        before, now = last(self._home), instant(self._manner.clock())
        schedule = self._home.file.schedule
        self._known = before.ends if before else {}
        self._beat = Heartbeat(
            site=self._home.file.name,
            pid=os.getpid(),
            phase="running",
            began=now,
            beat=now,
            last=before.last if before else None,
            succeeded=before.succeeded if before else None,
            due=instant(schedule.due(now)) if schedule else None,
            ends=self._known,
            left=before.left if before else (),
        )
        write(self._home.heartbeat, self._beat.canonical() + b"\n", PRIVATE)
        self._log("began")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, _: TracebackType | None
    ) -> None:
        """The end of the run; who is killed cannot tell it, and its heartbeat says that it runs."""
        found = self._decided(error)
        if found is None:
            return
        end, now = _end(*found), instant(self._manner.clock())
        changed: dict[str, object] = {"phase": "ended", "query": None, "last": LastEnd(at=now, **dict(end))}
        if error is None and self._everything:
            changed["ends"] = {query: one for query, one in self._beat.ends.items() if query in self._met}
            changed |= {} if found[0] in UNFIT else {"succeeded": now}
        self._beats(**changed)
        self._log("ended", end=end)

    def in_turn(self, queries: list[Verified[Query]]) -> list[Verified[Query]]:
        """First what the last run had no time to begin, so that a slow query does not keep the others out."""
        named = {one.value.sha256 for one in queries}
        left = self._beat.left
        self._beats(pending=len(queries), left=tuple(query for query in left if query not in named))
        return sorted(queries, key=lambda one: one.value.sha256 not in left)

    def begins(self, query: Digest) -> None:
        """Say which query is under way."""
        self._beats(query=query)

    def ends(self, ended: Ran, begun: bool = True) -> Ran:
        """Note the end of a query; it is news where it did not end so before."""
        end = _end(ended.outcome, ended.code)
        self._met[ended.query] = (ended.outcome, ended.code)
        changed: dict[str, object] = (
            {"done": self._beat.done + 1} if begun else {"left": (*self._beat.left, ended.query)}
        )
        if ended.code != NO_TIME:
            changed["ends"] = self._beat.ends | {ended.query: end}
        self._beat = self._beat.model_copy(update=changed)
        self._log("query", query=ended.query, end=end)
        return ended._replace(new=end != self._known.get(ended.query))

    def _decided(self, error: BaseException | None) -> tuple[Outcome, str] | None:
        match error:
            case None:
                outcome = gravest(one for one, _ in self._met.values())
                return outcome, next((code for one, code in self._met.values() if one is outcome), "")
            case FedcliError():
                return error.outcome, error.code
            case KeyboardInterrupt():
                return Outcome.INTERRUPTED, ""
            case Terminated():
                return Outcome.TERMINATED, ""
            case Exception():
                return Outcome.BUG, "B-BUG"
            case _:
                return None

    def _beats(self, **changed: object) -> None:
        now = instant(self._manner.clock())
        self._beat = self._beat.model_copy(update={"beat": now, **changed})
        with suppress(FedcliError):
            write(self._home.heartbeat, self._beat.canonical() + b"\n", PRIVATE)

    def _log(self, event: Literal["began", "query", "ended"], **more: Any) -> None:
        line = Event(at=instant(self._manner.clock()), pid=self._beat.pid, event=event, **more).canonical()
        with suppress(FedcliError):
            append(self._home.run_log, line + b"\n", LOG_BYTES)
        self._manner.say(line.decode())


def _end(outcome: Outcome, code: str) -> End:
    return End(status=outcome.word, exit=outcome.exit_code, code=code)
