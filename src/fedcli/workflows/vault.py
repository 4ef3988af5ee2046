"""The vault: the child process that opens data, computes, passes the gate, and answers each task once.

It holds no signing key and imports no cryptography; the only room that joins analytics, policy and
engine. Nothing that an engine says leaves it: failures are codes of the catalogue.
"""

from __future__ import annotations

import sys
from typing import Any

from fedcli.analytics import parse
from fedcli.analytics._contract import Analytic, Iterative
from fedcli.engine.cage import shut
from fedcli.engine.check import check
from fedcli.engine.draft import draft
from fedcli.engine.duckdb import DuckRows
from fedcli.engine.given import write_given
from fedcli.engine.mock import mock
from fedcli.engine.opening import Opened, open_source
from fedcli.engine.room import Room
from fedcli.errors import FedcliError, fault, place
from fedcli.files.strict import parse_json
from fedcli.model.disclosure import Verdict
from fedcli.model.judged import Judged
from fedcli.model.query import Analysis
from fedcli.model.vault import Answering, Checking, Drafting, Mocking, Reply, Request, Source, Writing
from fedcli.policy.gate import gate
from fedcli.statistics.seal import Exact, Sealed

MODULE = __name__
MAX_REQUEST = 64 * 2**20
_VERDICTS = {Verdict.PASS: "released", Verdict.REVIEW: "parked", Verdict.FAIL: "refused"}


class Vault:
    """What lives as long as the process: the opened source, and the rows of each analysis.

    A process has one task, or the rounds of one query on data that stay as they are; the signer sees to it.
    """

    def __init__(self) -> None:
        self._opened: dict[str, Opened] = {}
        self._rows: dict[str, DuckRows] = {}
        self._room: Room | None = None

    def answer(self, request: Request) -> Reply:
        """Do one task; a failure is the reply's fault, without its message."""
        try:
            return self._reply(request)
        except FedcliError as error:
            return Reply(fault=error.code, facts=error.facts)
        except Exception as error:  # its text may hold a row, so only its place goes on
            return Reply(fault="V-BUG", facts={"place": place(error)})

    def _reply(self, request: Request) -> Reply:
        task = request.task
        if isinstance(task, Mocking):
            return Reply(persons=mock(task.dictionary, task.rows, task.site, task.path))
        if isinstance(task, Writing):
            write_given(task.dictionary, task.columns, task.path)
            return Reply()
        opened = self._open(task.source, request)
        match task:
            case Answering():
                self._room = self._room or Room(request.remember)
                return Reply(judged={one.id: self._judged(one, task, opened) for one in task.analyses})
            case Checking():
                return Reply(checked=check(opened, task.dictionary, task.source, task.key))
            case Drafting():
                return Reply(drafted=draft(opened, task.min_count))

    def _open(self, source: Source, request: Request) -> Opened:
        if source.sha256 not in self._opened:
            self._opened[source.sha256] = open_source(source, request.memory_mb, request.threads)
        return self._opened[source.sha256]

    def _judged(self, analysis: Analysis, task: Answering, opened: Opened) -> Judged:
        """One analysis: ask, compute, pass the gate."""
        analytic = parse(analysis, "the vault's task")
        exact = _local(analytic, task.states.get(analysis.id), self._seen(analysis, analytic, task, opened))
        if not isinstance(exact, Exact):
            raise fault("B-SHAPE", kind="exact")
        decision = gate(exact, task.disclosure, review_all=task.review == "all")
        return Judged(
            verdict=_VERDICTS[decision.verdict],  # type: ignore[arg-type]
            answered=decision.released.answered if decision.released else None,
            findings=decision.findings,
        )

    def _seen(self, analysis: Analysis, analytic: Analytic[Any], task: Answering, opened: Opened) -> DuckRows:
        """The rows that an analysis may see: those of a cohort, under a dictionary."""
        rules = task.model_copy(update={"analyses": (analysis,), "states": {}})
        if rules.sha256 not in self._rows:
            self._rows[rules.sha256] = DuckRows(
                opened, task.dictionary, task.cohort, analytic.reads(), self._room
            )
        return self._rows[rules.sha256]


def _local(analytic: Analytic[Any], state: dict[str, Any] | None, rows: DuckRows) -> Sealed[Any]:
    """The site's step, at the state of a round where there is one."""
    if state is None or not isinstance(analytic, Iterative):
        return analytic.local(rows)
    return analytic.local_at(rows, analytic.state.read(state, "the vault's task"))


def main() -> None:
    """For each line of stdin that is a request, one line of stdout that is the reply."""
    shut()
    vault = Vault()
    while line := sys.stdin.buffer.readline(MAX_REQUEST):
        request = Request.read(parse_json(line, "the vault's task", MAX_REQUEST), "task")
        sys.stdout.buffer.write(vault.answer(request).canonical() + b"\n")
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
