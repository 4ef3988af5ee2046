"""The vault: the child process that opens data, computes, passes the gate, and answers each task once.

It holds no signing key and imports no cryptography; the only room that joins analytics, policy and
engine. Nothing that an engine says leaves it: failures are codes of the catalogue.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from typing import Any

from fedcli.analytics import parse
from fedcli.analytics._contract import Analytic, Iterative
from fedcli.engine.bounded import BoundedRows
from fedcli.engine.cage import Cage, alone, shut
from fedcli.engine.check import check
from fedcli.engine.derived import derive
from fedcli.engine.draft import draft, draft_events
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.given import write_given
from fedcli.engine.mock import mock
from fedcli.engine.opening import Opened, begin, open_source
from fedcli.engine.probes import probes
from fedcli.engine.room import Room
from fedcli.errors import FedcliError, fault, place
from fedcli.files.canonical import digest_of
from fedcli.files.strict import parse_json
from fedcli.model.dataset import Dictionary
from fedcli.model.disclosure import Verdict
from fedcli.model.identifiers import Digest
from fedcli.model.judged import Judged
from fedcli.model.query import Analysis
from fedcli.model.vault import (
    Answering,
    Checking,
    Drafting,
    Mocking,
    Places,
    Private,
    Probing,
    Reply,
    Request,
    Showing,
    Writing,
    places,
)
from fedcli.policy.gate import gate, noised, shown
from fedcli.statistics.rows import Rows
from fedcli.statistics.seal import Bounded, Exact, Sealed
from fedcli.workflows.recollection import Recall

MODULE = __name__
MAX_REQUEST = 2**29
_VERDICTS = {Verdict.PASS: "released", Verdict.REVIEW: "parked", Verdict.FAIL: "refused"}


class Vault:
    """What lives as long as the process: the opened source, the rows of each analysis, and which were told.

    A process has one task, or the rounds of one query on data that stay as they are; the signer sees to it.
    """

    def __init__(self, shut_in: Callable[[Places, int], Cage] = Cage) -> None:
        self._shut = shut_in
        self._opened: dict[str, Opened] = {}
        self._rows: dict[str, DuckRows] = {}
        self._room: Room | None = None
        self._told: set[Digest] = set()
        self._cage: Cage | None = None

    def answer(self, request: Request) -> Reply:
        """Do one task; a failure is the reply's fault, without its message."""
        try:
            return self._reply(request)
        except FedcliError as error:
            return Reply(fault=error.code, facts=error.facts)
        except MemoryError:  # beyond the cage's limit, and outside the engine
            return Reply(fault="D-MEMORY")
        except Exception as error:  # its text may hold a row, so only its place goes on
            return Reply(fault="V-BUG", facts={"place": place(error)})

    def _reply(self, request: Request) -> Reply:
        task, cage = request.task, self._shut_in(request)
        match task:
            case Probing():
                return Reply(refused=probes(task.folder), missing=cage.missing)
            case Mocking():
                return Reply(persons=mock(task.dictionary, task.rows, task.site, task.path, task.table))
            case Writing():
                write_given(task.dictionary, task.columns, task.path)
                return Reply()
            case _:
                return self._read(task, self._open(task, request))

    def _read(self, task: Answering | Showing | Checking | Drafting, opened: Opened) -> Reply:
        match task:
            case Showing():
                told = {one.id: self._context(one, task, opened) for one in task.of.analyses}
                return Reply(context=told)
            case Answering():
                return self._answers(task, opened)
            case Checking():
                return Reply(checked=check(opened, task.dictionary, task.source, task.key))
            case Drafting():
                own = draft(opened, task.min_count)
                return Reply(drafted=own, drafted_events=draft_events(opened, own, task.min_count))

    def _shut_in(self, request: Request) -> Cage:
        """The cage of the first task, which is that of all: nothing is opened outside it."""
        self._cage = self._cage or self._shut(places(request.task), request.memory_mb)
        if request.sandbox == "required" and self._cage.missing:
            raise fault("V-SANDBOX", missing=" and ".join(self._cage.missing))
        return self._cage

    def _open(self, task: Answering | Showing | Checking | Drafting, request: Request) -> Opened:
        source = task.of.source if isinstance(task, Showing) else task.source
        self._room = self._room or Room(request.remember)
        of = task.of if isinstance(task, Showing) else task
        if source.sha256 not in self._opened:
            agreed = None if isinstance(of, Drafting) else _own(of)
            opened = open_source(source, request.memory_mb, request.threads, agreed)
            self._opened[source.sha256] = opened
        opened = self._opened[source.sha256]
        return self._derived(of, opened) if isinstance(of, Answering) and of.derive else opened

    def _derived(self, task: Answering, opened: Opened) -> Opened:
        """The source with the columns that a query derives; the same in every round."""
        name = digest_of([task.source.sha256, [one.json_value() for one in task.derive or ()]])
        if name not in self._opened:
            self._opened[name] = derive(opened, task.dictionary, task.derive or ())
        return self._opened[name]

    def _answers(self, task: Answering, opened: Opened) -> Reply:
        """All analyses, one after the other: each is judged in the light of those before.

        A task without the memory that its rules want is a bug, not a first question.
        """
        if task.private is not None:
            return Reply(
                judged={one.id: self._noised(one, task, task.private, opened) for one in task.analyses}
            )
        if task.disclosure.remembers and task.memory is None:
            raise fault("B-EVIDENCE", evidence="memory", field="the task")
        recall = Recall(task.memory, task.disclosure, opened, task.dictionary) if task.memory else None
        judged = {one.id: self._judged(one, task, opened, recall) for one in task.analyses}
        return Reply(judged=judged, remember=recall.added() if recall else ())

    def _judged(self, analysis: Analysis, task: Answering, opened: Opened, recall: Recall | None) -> Judged:
        """One analysis: ask, compute, pass the gate."""
        rows, seen = self._seen(analysis, task, opened, recall)
        again = analysis.id in task.states and seen in self._told  # a later round tells of the same persons
        history = recall.history if recall and not again else None
        looked = task.looked.get(analysis.id)
        decision = gate(
            _exact(analysis, task, rows),
            task.disclosure,
            task.review != "findings" and looked is None,
            looked or (),
            history,
            task.cohort,
            task.derive,
        )
        if recall and decision.told:
            recall.adopt(decision.told)
            self._told.add(seen)
        return Judged(
            verdict=_VERDICTS[decision.verdict],  # type: ignore[arg-type]
            answered=decision.released.answered if decision.released else None,
            findings=decision.findings,
        )

    def _noised(self, analysis: Analysis, task: Answering, private: Private, opened: Opened) -> Judged:
        """One analysis under differential privacy: ask of bounded rows, draw noise. Nothing is remembered."""
        analytic = parse(analysis, "the vault's task")
        visible = analytic.reads()
        rows = BoundedRows(opened, task.dictionary, task.cohort, visible, private.contribution, private.key)
        bounded = _local(analytic, task.states.get(analysis.id), rows)
        if not isinstance(bounded, Bounded):
            raise fault("B-SHAPE", kind="bounded")
        decision = noised(bounded, private.shares[analysis.id], private.contribution)
        return Judged(verdict="released", answered=decision.released.answered if decision.released else None)

    def _context(self, analysis: Analysis, task: Showing, opened: Opened) -> tuple[str, ...]:
        """What people who review see of one analysis; nothing of it passes the gate."""
        rows, _ = self._seen(analysis, task.of, opened, None)
        earlier = task.earlier.get(analysis.id, ())
        return shown(_exact(analysis, task.of, rows), task.of.disclosure, earlier)

    def _seen(
        self, analysis: Analysis, task: Answering, opened: Opened, recall: Recall | None
    ) -> tuple[DuckRows, Digest]:
        """The rows that an analysis may see, of a cohort under a dictionary; and what identifies them."""
        analytic = parse(analysis, "the vault's task")
        one: dict[str, Any] = {"analyses": (analysis,), "states": {}, "memory": None, "looked": {}}
        rules = task.model_copy(update=one).sha256
        if rules not in self._rows:
            register = recall.register if recall else None
            self._rows[rules] = DuckRows(
                opened, task.dictionary, task.cohort, analytic.reads(), self._room, register, task.draws
            )
        return self._rows[rules], rules


def _own(task: Answering | Checking) -> Dictionary:
    """The dictionary without what a query derives: folders may be called so, and are no columns."""
    derived = {one.name for one in task.derive or ()} if isinstance(task, Answering) else set[str]()
    columns = {name: one for name, one in task.dictionary.columns.items() if name not in derived}
    return task.dictionary.model_copy(update={"columns": columns}) if derived else task.dictionary


def _exact(analysis: Analysis, task: Answering, rows: DuckRows) -> Exact[Any]:
    analytic = parse(analysis, "the vault's task")
    exact = _local(analytic, task.states.get(analysis.id), rows)
    if not isinstance(exact, Exact):
        raise fault("B-SHAPE", kind="exact")
    return exact


def _local(analytic: Analytic[Any], state: dict[str, Any] | None, rows: Rows) -> Sealed[Any]:
    """The site's step, at the state of a round where there is one."""
    if state is None or not isinstance(analytic, Iterative):
        return analytic.local(rows)
    return analytic.local_at(rows, analytic.state.read(state, "the vault's task"))


def main() -> None:
    """For each line of stdin that is a request, one line of stdout that is the reply.

    What else is written to stdout goes nowhere: a solver's words would be read as a reply.
    """
    shut()
    begin()
    vault, replies = Vault(), alone(sys.stdout.buffer)
    while line := sys.stdin.buffer.readline(MAX_REQUEST):
        request = Request.read(parse_json(line, "the vault's task", MAX_REQUEST), "task")
        replies.write(vault.answer(request).canonical() + b"\n")
        replies.flush()


if __name__ == "__main__":
    main()
    os._exit(0)  # all is told, and nothing of it is to be tidied away
