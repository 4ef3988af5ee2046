"""What a site writes down of its runs: the heartbeat, which monitoring reads, and the lines of its log.

Both stay in the site's home, readable by its owner alone. They name queries, statuses and codes as the
site's own people see them; no message of an engine and no number that was computed is in them.
"""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from fedcli.model.document import Document
from fedcli.model.identifiers import Count, Digest, Moment, Name


class End(Document):
    """How a query, or a run, ended: its status word, its exit code, and the code that decided."""

    status: str
    exit: Count
    code: str


class LastEnd(End):
    """How the last run that ended did, and when."""

    at: Moment


class Heartbeat(Document):
    """A site's last run, written at its start, at each query, and at its end.

    `succeeded` is when all that was pending last came to an end of its own; `due` is when the next run
    is, where the settings say so; `left` are the queries that a run had no time to begin.
    """

    schema_: Annotated[Literal["fedcli/heartbeat/1"], Field(alias="schema")] = "fedcli/heartbeat/1"
    site: Name
    pid: Count
    phase: Literal["running", "ended"]
    began: Moment
    beat: Moment
    pending: Count = 0
    done: Count = 0
    query: Digest | None = None
    last: LastEnd | None = None
    succeeded: Moment | None = None
    due: Moment | None = None
    ends: dict[Digest, End] = Field(default_factory=dict)
    left: tuple[Digest, ...] = ()


class Event(Document):
    """One line of the log of runs."""

    at: Moment
    pid: Count
    event: Literal["began", "query", "ended"]
    query: Digest | None = None
    end: End | None = None
