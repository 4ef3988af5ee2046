"""What the signer asks of the vault, and what the vault may answer."""

from __future__ import annotations

from pathlib import PurePath
from typing import Annotated, Any, Literal, NamedTuple, TypeAlias

from pydantic import Field

from fedcli.model.checked import Checked
from fedcli.model.dataset import Code as Value
from fedcli.model.dataset import Dictionary, Level, Unit
from fedcli.model.derived import Deriving
from fedcli.model.document import Document
from fedcli.model.identifiers import Amount, Code, ColumnName, Count, Digest, Line, Name
from fedcli.model.judged import Judged
from fedcli.model.policy import Contribution, Disclosure, Review, Sandbox
from fedcli.model.predicate import Predicate
from fedcli.model.query import Analysis
from fedcli.model.release import Left


class EventFiles(Document):
    """Where a table of events is: its files, or its table where the dataset is a DuckDB database."""

    paths: Annotated[tuple[str, ...], Field(max_length=100_000)] = ()
    table: Line | None = None


class Source(Document):
    """Files of one dataset at a site, and the table where they are a DuckDB database.

    `events` has the tables beside the dataset's own, under the names that the dictionary gives them.
    """

    kind: Literal["parquet", "duckdb"]
    paths: Annotated[tuple[str, ...], Field(min_length=1, max_length=100_000)]
    table: Line | None = None
    events: dict[ColumnName, EventFiles] | None = None

    @property
    def files(self) -> tuple[str, ...]:
        """All files, those of the dataset's own table first."""
        others = (path for _, one in sorted((self.events or {}).items()) for path in one.paths)
        return tuple(dict.fromkeys((*self.paths, *others)))


class Outside(Document):
    """A table of a cohort of the dataset that left by another door: the levels of the cells that it told."""

    cohort: Predicate | None = None
    by: tuple[ColumnName, ...] = ()
    told: tuple[tuple[Level, ...], ...]


class Memory(Document):
    """What a site remembers of a population, for the vault's eyes, and how it tells persons apart.

    `records` were written by a vault, `outside` by people; `key` is for the digests of persons, `snapshot`
    names the data.
    """

    records: tuple[str, ...] = ()
    outside: tuple[Outside, ...] = ()
    snapshot: Digest
    key: Digest


class Private(Document):
    """Answer under differential privacy: with what rho each analysis, and how much a person counts.

    `key` chooses among the rows of a person who has more; it is the site's, and never leaves it.
    """

    shares: dict[Name, Amount]
    contribution: Contribution
    key: Digest


class Answering(Document):
    """Compute these analyses of one dataset under one set of rules; with a memory, in its light.

    `draws` is the site's key to values that are filled in, so that every round fills in the same. `looked`
    names the analyses that people have let out, and the checks that they saw not to pass. With `private`
    nothing is judged or remembered: rows are opened bounded, and every answer has noise. The dictionary has
    the columns of `derive` too.
    """

    task: Literal["answer"] = "answer"
    source: Source
    dictionary: Dictionary
    unit: Unit
    derive: Deriving | None = None
    cohort: Predicate | None = None
    analyses: tuple[Analysis, ...]
    states: dict[Name, dict[str, Any]] = {}
    disclosure: Disclosure
    review: Review
    draws: Digest
    looked: dict[Name, tuple[ColumnName, ...]] = {}
    memory: Memory | None = None
    private: Private | None = None


class Showing(Document):
    """Compute analyses that are parked once more, for the eyes of who reviews them.

    `earlier` has for each what left before in answer to the same.
    """

    task: Literal["show"] = "show"
    of: Answering
    earlier: dict[Name, tuple[Left, ...]] = {}


class Checking(Document):
    """Hold a source against its dictionary, and give its keyed digest (HMAC-SHA256)."""

    task: Literal["check"] = "check"
    source: Source
    dictionary: Dictionary
    key: Digest


class Drafting(Document):
    """Draft a dictionary from a source: types, and levels that at least `min_count` rows have."""

    task: Literal["draft"] = "draft"
    source: Source
    dataset: Name
    min_count: Count


class Mocking(Document):
    """Write mock rows of a dictionary, or of its `table`, to a file of the signer's; no source is opened."""

    task: Literal["mock"] = "mock"
    dictionary: Dictionary
    table: ColumnName | None = None
    rows: Count
    site: Count
    path: str


class Writing(Document):
    """Write these rows, which are nobody's, to a file of the signer's; no source is opened."""

    task: Literal["write"] = "write"
    dictionary: Dictionary
    columns: dict[ColumnName, tuple[Value | None, ...]]
    path: str


class Probing(Document):
    """Try what the cage forbids, on the files of a folder of the signer's; no source is opened."""

    task: Literal["probe"] = "probe"
    folder: str


Task: TypeAlias = Annotated[
    Answering | Showing | Checking | Drafting | Mocking | Writing | Probing, Field(discriminator="task")
]


class Places(NamedTuple):
    """The files that a task reads, and the folders that it writes to and reads: it gets no others."""

    reads: tuple[str, ...] = ()
    writes: tuple[str, ...] = ()

    def hold(self, others: Places) -> bool:
        """Whether who may touch these may touch others too."""
        within = {path for path in others.reads if str(PurePath(path).parent) not in self.writes}
        return within <= set(self.reads) and set(others.writes) <= set(self.writes)


def places(task: Task) -> Places:
    """What a task touches."""
    match task:
        case Probing():
            return Places()
        case Mocking() | Writing():
            return Places(writes=(str(PurePath(task.path).parent),))
        case Showing():
            return Places(reads=task.of.source.files)
        case _:
            return Places(reads=task.source.files)


class Request(Document):
    """One message to the vault.

    `remember` is how many bytes of a model's rows it may keep for the next round, `threads` on how many it
    may read; left out, on all. Where the `sandbox` is required, no task is done with a wall missing.
    """

    task: Task
    memory_mb: int
    sandbox: Sandbox = "available"
    remember: Count = 0
    threads: Annotated[int, Field(ge=1)] | None = None


class Reply(Document):
    """One message from the vault: the part that its task asked for, or a fault by code.

    `remember` is what the site must remember of the answers; nobody but a vault reads it. `refused` tells
    of each forbidden act whether the cage refused it, `missing` what the machine lacks for a whole one.
    """

    judged: dict[Name, Judged] = {}
    remember: tuple[str, ...] = ()
    context: dict[Name, tuple[Line, ...]] = {}
    checked: Checked | None = None
    drafted: dict[str, Any] | None = None
    drafted_events: dict[str, dict[str, Any]] = {}
    persons: Count | None = None
    refused: dict[Line, bool] = {}
    missing: tuple[Line, ...] = ()
    fault: Code | None = None
    facts: dict[str, Line] = {}
