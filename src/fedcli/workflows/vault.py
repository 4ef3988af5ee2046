"""The vault: the child process that opens data, computes, passes the gate, and sends one message.

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
from fedcli.engine.mock import mock
from fedcli.engine.opening import Opened, open_source
from fedcli.errors import FedcliError, fault, place
from fedcli.files.strict import parse_json
from fedcli.model.disclosure import Verdict
from fedcli.model.query import Analysis
from fedcli.model.vault import Answering, Checking, Drafting, Judged, Mocking, Reply, Request
from fedcli.policy.gate import gate
from fedcli.statistics.seal import Exact, Sealed

MODULE = __name__
MAX_REQUEST = 64 * 2**20
_VERDICTS = {Verdict.PASS: "released", Verdict.REVIEW: "parked", Verdict.FAIL: "refused"}


def answer(request: Request) -> Reply:
    """Do one task; a failure is the reply's fault, without its message."""
    try:
        task = request.task
        if isinstance(task, Mocking):
            return Reply(persons=mock(task.dictionary, task.rows, task.site, task.path))
        opened = open_source(task.source, request.memory_mb, request.scratch)
        match task:
            case Answering():
                return Reply(
                    judged={analysis.id: judged(analysis, task, opened) for analysis in task.analyses}
                )
            case Checking():
                return Reply(checked=check(opened, task.dictionary, task.source, task.key))
            case Drafting():
                return Reply(drafted=draft(opened, task.min_count))
    except FedcliError as error:
        return Reply(fault=error.code, facts=error.facts)
    except Exception as error:  # its text may hold a row, so only its place goes on
        return Reply(fault="V-BUG", facts={"place": place(error)})


def judged(analysis: Analysis, task: Answering, opened: Opened) -> Judged:
    """One analysis: ask, compute, pass the gate."""
    analytic = parse(analysis, "the vault's task")
    rows = DuckRows(opened, task.dictionary, task.cohort, analytic.reads())
    exact = _local(analytic, task.states.get(analysis.id), rows)
    if not isinstance(exact, Exact):
        raise fault("B-SHAPE", kind="exact")
    decision = gate(exact, task.disclosure, review_all=task.review == "all")
    return Judged(
        verdict=_VERDICTS[decision.verdict],  # type: ignore[arg-type]
        answered=decision.released.answered if decision.released else None,
        findings=decision.findings,
    )


def _local(analytic: Analytic[Any], state: dict[str, Any] | None, rows: DuckRows) -> Sealed[Any]:
    """The site's step, at the state of a round where there is one."""
    if state is None or not isinstance(analytic, Iterative):
        return analytic.local(rows)
    return analytic.local_at(rows, analytic.state.read(state, "the vault's task"))


def main() -> None:
    """Read one request from stdin, write one reply to stdout."""
    shut()
    request = Request.read(
        parse_json(sys.stdin.buffer.read(MAX_REQUEST), "the vault's task", MAX_REQUEST), "task"
    )
    sys.stdout.buffer.write(answer(request).canonical())


if __name__ == "__main__":
    main()
